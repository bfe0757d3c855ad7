"""Checks of the rules for this repository."""
