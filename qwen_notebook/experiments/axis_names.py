"""How an axis may be called: by no name that a table of the experiment needs for itself."""

from collections.abc import Iterable

from qwen_notebook.errors import InvalidRequest
from qwen_notebook.reapi.formatting import shown
from qwen_notebook.reapi.values import has_half_character
from qwen_notebook.studio.exports.table import COLUMNS, DATASET_COLUMNS

SETTINGS = ("image_url", "image_size", "output_format", "nsfw_checker", "seed")
"""The request's fields that may vary, in the order in which they are multiplied out."""
_OF_THE_SWEEP = ("prompt", "prompts", "template", "repeat")
_RESERVED = frozenset({*COLUMNS, *DATASET_COLUMNS, *_OF_THE_SWEEP} - {*SETTINGS})
_FILE_ENDINGS = ("_file_name", "_file_names")
"""In a dataset the values of such columns are the names of files."""


def check_names(names: Iterable[str]) -> None:
    """Refuse axes whose values would be lost behind a column of ours, or that no prompt could name.

    Parameters
    ----------
    names
        All of them; the request's own fields are fine.

    Raises
    ------
    InvalidRequest
        For the first of them, with a name that is free.
    """
    for name in names:
        if not name or any(mark in name for mark in "|{}\0") or has_half_character(name):
            raise InvalidRequest(
                f"An axis cannot be called {shown(name)}: no prompt could name it.",
                "Give it a name of letters, digits and _.",
                field=name,
            )
        if name in ("prompt", "prompts"):
            raise InvalidRequest(
                f"An axis cannot be called {name!r}.", "Give the prompts as prompts=[…].", field=name
            )
        if name in _RESERVED or name.endswith(_FILE_ENDINGS):
            free = f"my_{name}"
            raise InvalidRequest(
                f"An axis cannot be called {name!r}: tables of the experiment have a column of that name.",
                f"Give it another name, as in {free}=… and {{{free}}} in the prompt.",
                field=name,
            )
