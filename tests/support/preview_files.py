"""The file of a picture's preview, which is written soon after the picture is in hand."""

from pathlib import Path
from time import monotonic, sleep

import qwen_notebook as qn

WAIT_SECONDS = 60.0


def made_preview(picture: qn.Picture) -> Path:
    """Where it is, once nobody is making it any more."""
    store, until = picture._store, monotonic() + WAIT_SECONDS
    while store.unmade.get(picture.id) is not None:
        assert monotonic() < until, "The preview is never made."
        sleep(0.001)
    return store.preview_path(picture.id)
