"""The experiment as a live table in a notebook."""
