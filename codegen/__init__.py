"""Generates C, documents and tests from the specs of actions."""
