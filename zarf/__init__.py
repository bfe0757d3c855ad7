"""Everything around the program: development, containers, deployment."""
