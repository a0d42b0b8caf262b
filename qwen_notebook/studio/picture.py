"""A saved picture: its file, its pixels, and the request that made it."""

from __future__ import annotations

import base64
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qwen_notebook.errors import BadImage, InvalidRequest
from qwen_notebook.reapi.request import GenerationRequest
from qwen_notebook.reapi.words import one_line
from qwen_notebook.studio.marks import Marker, check_note
from qwen_notebook.studio.paths import OutsideFolder, read_file
from qwen_notebook.studio.record import SIMULATOR, JobRecord
from qwen_notebook.studio.store import Store

if TYPE_CHECKING:
    from PIL import Image

_JPEG = b"\xff\xd8"
_QUALITY = 95
_SUFFIXES = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg"}


class Picture:
    """An image that was made and saved.

    Shown in a notebook it is its preview and a line of text, so that notebooks stay small; `image` has the pixels.

    Examples
    --------
    >>> picture = qn.generate("a red fox", seed=7)  # doctest: +SKIP
    >>> picture.image.size  # doctest: +SKIP
    (2688, 1536)
    """

    def __init__(self, record: JobRecord, store: Store, marker: Marker) -> None:
        self._record = record
        self._store = store
        self._marker = marker

    @property
    def id(self) -> str:
        """The id of the job that made it."""
        return self._record.id

    @property
    def request(self) -> GenerationRequest:
        """What it was made from; the seed is the one that was sent."""
        return self._record.request

    @property
    def path(self) -> Path:
        """The file in the studio's folder.

        Raises
        ------
        OutsideFolder
            A FileNotFoundError and a ValueError: if the folder's journal names a file outside it, or a link stands in
            its place, as may be in a folder from somebody else.
        """
        return self._store.inside(self._record.file)

    @property
    def name(self) -> str:
        """The name of the file, without its folder."""
        return str(self._record.file or "").replace("\\", "/").rpartition("/")[2]

    @property
    def bytes(self) -> bytes:
        """The file's content, with its provenance."""
        try:
            return self._store.read(self._record.file)
        except OutsideFolder:
            raise
        except FileNotFoundError:
            raise FileNotFoundError(
                f"The picture {self.name} is no longer in {self.path.parent}. It was saved there; if you moved "
                "it, move it back. Nothing is charged."
            ) from None

    @cached_property
    def image(self) -> Image.Image:
        """The pixels, as a `PIL.Image.Image`.

        Raises
        ------
        BadImage
            If the file was changed and is no whole image any more.
        FileNotFoundError
            If it is gone.
        """
        from qwen_notebook.studio.decoding import NotAnImage, decode

        try:
            return decode(self.bytes).image
        except NotAnImage as error:
            raise BadImage(
                f"The file {self.name} was changed after it was saved. {error}",
                "Bring back the file as it was, or take the image again from its address while that lasts.",
            ) from None

    @property
    def preview(self) -> "bytes":  # noqa: UP037  (the property above shadows the name)
        """A JPEG with a long side of 384 pixels; made again if it was deleted.

        Raises
        ------
        OSError
            If it cannot be had: the picture's file is gone too, or no image any more.
        """
        from qwen_notebook.studio.inspection import preview_of

        with suppress(OSError):
            preview = read_file(self._store.preview_path(self.id))
            if preview.startswith(_JPEG):
                return preview
        try:
            preview = preview_of(self.image)
        except BadImage as error:
            raise OSError(error.what) from None
        with suppress(OSError):  # a folder that cannot be written is one to look at all the same
            self._store.write(self._store.preview_path(self.id), preview)
        return preview

    @property
    def task_id(self) -> str | None:
        """The service's id of the task."""
        return self._record.task_id

    @property
    def url(self) -> str | None:
        """Where the service keeps it, for a while; the address expires."""
        return self._record.url

    @property
    def by_hand(self) -> bool:
        """Whether a person gave its task id. If that was the wrong one: ``job.take_back()``."""
        return self._record.by_hand

    @property
    def sha256(self) -> str | None:
        """Hash of the file as it was received, before its provenance was put in."""
        return self._record.sha256

    @property
    def credits(self) -> int | None:
        """What it cost; 0 for an offline preview, None where the price was not known."""
        return self._record.credits

    @property
    def seconds(self) -> float | None:
        """How long the service took, in seconds."""
        return self._record.seconds

    @property
    def service(self) -> str:
        """``reapi``, or ``simulator`` for an offline preview."""
        return self._record.service

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self._record.width or 0, self._record.height or 0

    @property
    def made(self) -> float:
        """When it was saved, in Unix seconds."""
        return self._record.saved or self._record.changed

    @property
    def starred(self) -> bool:
        """Whether somebody starred it."""
        return self._marker.mark_of(self.id).starred

    @property
    def note(self) -> str:
        """What somebody wrote about it; empty where nobody did."""
        return self._marker.mark_of(self.id).note

    def star(self, starred: bool = True) -> Picture:
        """Star it, or take the star away; kept with the folder.

        Examples
        --------
        >>> picture.star()  # doctest: +SKIP
        >>> studio.find(starred=True)  # doctest: +SKIP
        """
        self._marker.mark(self.id, starred=bool(starred))
        return self

    def annotate(self, note: str) -> Picture:
        """Write a note about it in place of the one before, kept with the folder; an empty one takes it away.

        Raises
        ------
        InvalidRequest
            If it has more than 10,000 characters.
        """
        self._marker.mark(self.id, note=check_note(note))
        return self

    def delete(self) -> None:
        """Remove its files from the folder.

        The journal remembers what was paid, so `Studio.spent` stays; an equal request makes another.

        Raises
        ------
        QwenError
            If the folder cannot be written.
        """
        self._marker.delete(self.id)

    def save(self, path: str | Path) -> Path:
        """Save a copy, with its provenance.

        Parameters
        ----------
        path
            Where to; ``.png``, ``.jpg`` or ``.jpeg``. In the picture's own format the file is copied as it is,
            in the other the pixels are encoded again.

        Returns
        -------
        pathlib.Path
            The file.

        Raises
        ------
        InvalidRequest
            For another suffix.
        """
        target = Path(path).expanduser()
        wanted = _SUFFIXES.get(target.suffix.lower())
        if wanted is None:
            raise InvalidRequest(
                f"A picture is saved as .png, .jpg or .jpeg, not {target.suffix!r}.",
                "For other formats use picture.image.save(…).",
                field="path",
            )
        own = self.path
        if wanted == _SUFFIXES.get(own.suffix.lower()):
            content = self.bytes
            if not (target.exists() and target.samefile(own)):
                target.write_bytes(content)
            return target
        from qwen_notebook.studio import jpeg, png
        from qwen_notebook.studio.inspection import flat
        from qwen_notebook.studio.provenance import with_provenance

        pixels = flat(self.image)
        encoded = jpeg.write(pixels, _QUALITY) if wanted == "jpeg" else png.write(pixels)
        target.write_bytes(with_provenance(encoded, self._record)[0])
        return target

    def code(self) -> str:
        """The Python that makes it again, or gets it from the folder for nothing."""
        return code_for(self.request)

    def __repr__(self) -> str:
        width, height = self.size
        paid = "offline preview" if self.service == SIMULATOR else f"{self.credits} credits"
        if self.service != SIMULATOR and self.credits is None:
            paid = "price not known"
        name = one_line(self.name)
        return f"<Picture {width} × {height} · seed {self._record.seed} · {paid} · {name}>"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        text = repr(self)
        try:
            return {"image/jpeg": base64.b64encode(self.preview).decode(), "text/plain": text}
        except (OSError, BadImage):
            return {"text/plain": text}


def code_for(request: GenerationRequest) -> str:
    """The call that makes this request, with only what differs from the defaults."""
    plain = GenerationRequest(prompt="-")
    named = [
        f"{name}={value!r}"
        for name, value in request.to_fields().items()
        if name != "prompt" and value != getattr(plain, name)
    ]
    return f"qn.generate({', '.join([repr(request.prompt), *named])})"
