"""Traits that take whatever stands for a plain value, such as NumPy's numbers, and hold that plain value."""

from typing import Any

import traitlets as t

from qwen_notebook.reapi.values import plain


class Text(t.Unicode[Any, Any]):
    """A text, as a plain `str`."""

    def validate(self, obj: Any, value: Any) -> Any:
        """Check the plain value."""
        return super().validate(obj, plain(value))


class Whole(t.Int[Any, Any]):
    """A whole number, as an `int`; True is none."""

    def validate(self, obj: Any, value: Any) -> Any:
        """Check the plain value."""
        number = plain(value)
        if isinstance(number, bool):
            self.error(obj, value)
        return super().validate(obj, number)


class Truth(t.Bool[Any, Any]):
    """True or False, as a `bool`."""

    def validate(self, obj: Any, value: Any) -> Any:
        """Check the plain value."""
        return super().validate(obj, plain(value))


class Choice(t.Enum[Any]):
    """One of several texts, as a plain `str`."""

    def validate(self, obj: Any, value: Any) -> Any:
        """Check the plain value."""
        return super().validate(obj, plain(value))
