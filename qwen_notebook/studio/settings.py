"""What a studio was opened with, but for its key: what another process needs to open it too."""

import secrets
from dataclasses import dataclass, field

from qwen_notebook.reapi.models import QWEN_IMAGE_2
from qwen_notebook.studio.patience import Patience


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of one studio, as they are pickled.

    Attributes
    ----------
    folder
        Absolute.
    service
        Who makes its images: it does not become another one on the way. A process without a key makes no previews in
        place of images, and one with a key buys nothing in place of previews.
    base_url
        As it was given; where it was not, the environment of the process that opens it decides.
    has_own_key
        Whether a key was given to it, rather than found. It is not among the settings, and no other may stand in for
        it: that could be another account's.
    token
        Tells the studios of one process apart; drawn anew for each.
    """

    folder: str
    service: str
    base_url: str | None = None
    has_own_key: bool = False
    budget: int | None = None
    price: int | None = QWEN_IMAGE_2.price
    model: str = QWEN_IMAGE_2.name
    max_in_flight: int | None = None
    rate: float | None = None
    patience: Patience = field(default_factory=Patience)
    token: str = field(default_factory=lambda: secrets.token_hex(8))
