"""Public objects can always be printed, also those whose making failed halfway: tracebacks print them."""

import functools
from typing import TypeVar

T = TypeVar("T")


def always_printable(cls: type[T]) -> type[T]:
    """Give a class a ``repr`` that never fails.

    IPython's tracebacks, debuggers and loggers print ``self``; where that raised, the person would read of a missing
    attribute and not of what went wrong.

    Examples
    --------
    >>> @always_printable
    ... class Half:
    ...     def __repr__(self) -> str:
    ...         return self.never_set
    >>> Half()
    <Half · incomplete>
    """
    original = cls.__repr__

    @functools.wraps(original)
    def tell(self: T) -> str:
        try:
            return original(self)
        except Exception:
            return f"<{type(self).__name__} · incomplete>"

    cls.__repr__ = tell
    if cls.__str__ is original:  # of a class that says both in one
        cls.__str__ = tell
    return cls
