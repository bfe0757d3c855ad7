"""The worker in a simulated world."""
