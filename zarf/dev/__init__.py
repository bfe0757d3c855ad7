"""The development stack: a private PostgreSQL, a Temporal dev server and worker processes, with nothing left behind."""
