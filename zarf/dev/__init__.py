"""The development stack: a private PostgreSQL, a Temporal dev server and worker processes, all of which end on exit."""
