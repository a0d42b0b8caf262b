"""Every move of every job, on disk before it matters."""
