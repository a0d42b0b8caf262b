"""What is taken on: tables, files and folders for other programs."""
