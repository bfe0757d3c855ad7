"""Histories of the Go worker, and what is to be made of them."""
