"""The image lab for Jupyter: Qwen Image 2 on reAPI, paid once, kept for good.

Names are fetched when first used, so that importing the package costs next to nothing; `__init__.pyi` tells type
checkers what they are.

Examples
--------
>>> import qwen_notebook as qn
>>> qn.qwen_widget()  # doctest: +SKIP
>>> picture = qn.generate("a poster that reads VISIT MARS", seed=7)  # doctest: +SKIP
"""

from importlib import import_module
from typing import Any

from qwen_notebook import errors

__version__ = "0.1.0"

_HOME = {
    "auth": ("login", "logout"),
    "errors": tuple(errors.__all__),
    "experiments.experiment": ("experiment",),
    "experiments.grid.widget": ("SweepGrid",),
    "experiments.plan": ("Plan",),
    "experiments.sweep": ("Sweep",),
    "journal.states": ("State",),
    "reapi.request": ("GenerationRequest",),
    "studio.default": ("default_studio", "generate", "submit"),
    "studio.job": ("Job",),
    "studio.patience": ("Patience",),
    "studio.picture": ("Picture",),
    "studio.studio": ("Studio",),
    "widget.panel": ("QwenWidget", "qwen_widget"),
}
_HOME_OF_SEAMS = {
    "reapi.client": ("AsyncClient",),
    "reapi.models": ("ModelSpec", "register_model"),
    "reapi.task": ("Download", "Task"),
    "studio.providers.provider": ("Connection", "Provider"),
    "studio.providers.choice": ("register_provider",),
    "widget.base": ("Widget",),
    "widget.base_session": ("WidgetSession",),
}
"""What one more model, provider or widget is made with. Their names are too common for a star-import."""
_MODULE_OF = {
    name: f"{__name__}.{module}"
    for homes in (_HOME, _HOME_OF_SEAMS)
    for module, names in homes.items()
    for name in names
}

__all__ = sorted(name for names in _HOME.values() for name in names)  # noqa: PLE0605  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # First of all: a fork may come while this thread imports the rest.
    import_module(f"{__name__}.concurrency.forking")
    value = getattr(import_module(_MODULE_OF[name]), name)
    globals()[name] = value
    return value


def load_ipython_extension(ipython: Any) -> None:
    """Load the magics: ``%load_ext qwen_notebook`` calls this."""
    from qwen_notebook.magics import register

    register(ipython)


def __dir__() -> list[str]:
    return sorted({"__version__", "errors", "load_ipython_extension", *_MODULE_OF})
