"""The service over HTTP. Knows no notebook, no file and no thread."""
