"""The scenes that a poster can show, by name."""

from . import botanical, city, desert, forest, geometry, mountains, sea, space

SCENES = {
    "space": space.paint,
    "mountains": mountains.paint,
    "desert": desert.paint,
    "sea": sea.paint,
    "forest": forest.paint,
    "city": city.paint,
    "botanical": botanical.paint,
    "geometry": geometry.paint,
}
