"""Many requests: planned, priced, resumable, and a table in the end."""
