"""Tests against a real Temporal and a real PostgreSQL."""
