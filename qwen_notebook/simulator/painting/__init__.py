"""How a poster is painted: colour, canvas, type, scenes."""
