"""The image of the worker."""
