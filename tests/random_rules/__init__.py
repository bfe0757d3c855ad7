"""Random valid rules on the real server."""
