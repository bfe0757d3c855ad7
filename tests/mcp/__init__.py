"""`workflow-worker mcp`, seen by the official client and by hostile ones."""
