"""The environment of the programs that the tests start."""

import os
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
NO_KEYRING = "keyring.backends.fail.Keyring"


def use_no_keyring() -> None:
    """Keep the tests, and what they start, from the keyring of who runs them: a test that logs out removes a key."""
    os.environ["PYTHON_KEYRING_BACKEND"] = NO_KEYRING


def clean_environment(**extra: str) -> dict[str, str]:
    """The environment of a user without a key, so that nothing of this machine's leaks into a test."""
    kept = {
        k: v
        for k, v in os.environ.items()
        if not k.startswith(("REAPI_", "JUPYTER", "JPY_", "QWEN_", "IPYTHON"))
    }
    # A scratch copy of the package may stand before ours, to see the tests fail with it.
    path = os.environ.get("QWEN_TEST_PACKAGE", str(REPOSITORY))
    return kept | {"PYTHONPATH": path} | extra


def jupyter_folders(settings: Path) -> dict[str, str]:
    """Folders of their own for Jupyter's and IPython's settings, so that a user's are neither read nor written."""
    names = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "IPYTHONDIR": "ipython",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
    }
    return {variable: str(settings / name) for variable, name in names.items()}
