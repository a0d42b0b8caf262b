"""A request becomes a saved picture, once."""
