"""How many examples a property is tried with: a quarter of them in `make test`, all in `make test-long`.

Which ones is by chance, so that many short runs come to a long one. The profiles are hypothesis' own:
``pytest --hypothesis-profile=long`` tries all.
"""

from collections.abc import Sequence

from hypothesis import HealthCheck, settings

SHORT, LONG = "short", "long"
_PERCENT = {SHORT: 25, LONG: 100}
"""Also the number of examples where a test does not ask for another: 100 is hypothesis' usual."""


def register_profiles() -> None:
    """Make the profiles known, and use the short one where no other is asked for."""
    for name, percent in _PERCENT.items():
        settings.register_profile(name, max_examples=percent, deadline=None)
    settings.load_profile(SHORT)


def examples(most: int, *, but: Sequence[HealthCheck] = ()) -> settings:
    """Try a property with so many examples in the long form, and with its share of them now; without these checks."""
    return settings(max_examples=max(1, most * settings().max_examples // 100), suppress_health_check=but)
