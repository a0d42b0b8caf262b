"""Image files: read, checked, shown and written by rules of our own."""
