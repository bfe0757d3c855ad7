"""Many runs under faults of every kind, judged by a journal of their effects. tests/chaos/run.py is the command."""
