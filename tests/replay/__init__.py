"""Histories of the Go worker, and how they must be read."""
