"""Threads, event loops and waiting, for code that must never block a notebook."""
