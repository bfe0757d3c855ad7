"""Makes C, documents and tests from the spec of the actions."""
