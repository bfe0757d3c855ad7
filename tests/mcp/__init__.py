"""`workflow-worker mcp`, tested with the official client and with hostile ones."""
