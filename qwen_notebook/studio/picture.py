"""A saved picture: its file, its pixels, and the request that made it."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from qwen_notebook.errors import BadImage, Charge, InvalidRequest, QwenError
from qwen_notebook.files import write_whole
from qwen_notebook.journal.annotations import Annotator, check_note
from qwen_notebook.journal.records import JobRecord, record_from
from qwen_notebook.reapi.formatting import in_credits, one_line
from qwen_notebook.reapi.reprs import always_printable
from qwen_notebook.reapi.request import GenerationRequest
from qwen_notebook.reapi.values import checked_truth
from qwen_notebook.studio.paths import OutsideFolder, checked_path, folder_key
from qwen_notebook.studio.pickles import reopen
from qwen_notebook.studio.providers.choice import provider_named
from qwen_notebook.studio.providers.provider import free_kind
from qwen_notebook.studio.storage import Storage

if TYPE_CHECKING:
    from PIL import Image

_QUALITY = 95
_OF_THE_FILE = ("id", "copy", "file", "sha256", "width", "height", "saved")
"""What of the record is pickled: which file it is. All else is read from the journal."""
_FOLDER_ENDS = tuple(separator for separator in ("/", os.sep, os.altsep) if separator)
_SUFFIXES = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg"}


class PictureHome(Annotator, Protocol):
    """What a picture needs of its folder."""

    def saved_record(self, facts: Mapping[str, Any]) -> JobRecord:
        """The record of a picture that came from another process."""
        ...

    def code_for(self, request: GenerationRequest, service: str, job_id: str) -> str:
        """The Python that shows a picture again."""
        ...


@always_printable
class Picture:
    """An image that was made and saved.

    Shown in a notebook it is its preview and a line of text, so that notebooks stay small; `image` has the pixels.
    Where a path is taken it stands for its file, as in ``Image.open(picture)``, and where an array is, for its pixels,
    as in ``np.asarray(picture)``. Two are equal if they are the same picture of the same folder. Pickled, it is its
    folder and its id, and whoever opens that reads the file there.

    Examples
    --------
    >>> picture = qn.generate("a red fox", seed=7)  # doctest: +SKIP
    >>> picture.image.size  # doctest: +SKIP
    (2688, 1536)
    """

    def __init__(
        self,
        store: Storage,
        facts: Mapping[str, Any],
        find_home: Callable[[], PictureHome],
        record: JobRecord | Callable[[], JobRecord] | None = None,
    ) -> None:
        self._store = store
        self._facts = dict(facts)
        self._find_home = find_home
        self._known = record
        self._which = facts["id"], facts["copy"]

    @property
    def id(self) -> str:
        """The id of the job that made it."""
        return self._which[0]

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

    @property
    def image(self) -> Image.Image:
        """The pixels as they stand in the file, as a `PIL.Image.Image` of your own.

        Each access gives another copy: what is done to it changes neither the picture nor its file. One that the
        file's EXIF says is to be turned is not turned here, so that `size` is right; its preview is.

        Raises
        ------
        BadImage
            If the file was changed and is not a whole image any more.
        FileNotFoundError
            If it is gone.
        """
        from qwen_notebook.imaging.decode import NotAnImage, decode
        from qwen_notebook.imaging.pixels import pixels_of

        try:
            return pixels_of(self.path, lambda: decode(self.bytes).image)
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
        from qwen_notebook.imaging.inspection import preview_of

        unmade = self._store.unmade.get(self.id)
        known = unmade.wait() if unmade is not None else self._store.read_preview(self.id)
        if known is not None:
            return known
        try:
            preview = preview_of(self.image)
        except BadImage as error:
            raise OSError(error.what) from None
        with suppress(OSError):  # a folder that cannot be written is one to look at all the same
            self._store.write_preview(self.id, preview)
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
        """How long the service took, in seconds, as nearly as its looks can tell; None where nobody looked in time."""
        return self._record.seconds

    @property
    def service(self) -> str:
        """Who made it: ``reapi``, ``simulator`` for an offline preview, or the name of another provider."""
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
        return self._home.annotation_of(self.id).starred

    @property
    def note(self) -> str:
        """What somebody wrote about it; empty where nobody did."""
        return self._home.annotation_of(self.id).note

    def star(self, starred: bool = True) -> Picture:
        """Star it, or take the star away; kept with the folder.

        Examples
        --------
        >>> picture.star()  # doctest: +SKIP
        >>> studio.find(starred=True)  # doctest: +SKIP
        """
        self._home.annotate(self.id, starred=checked_truth("starred", starred))
        return self

    def annotate(self, note: str) -> Picture:
        """Write a note about it in place of the one before, kept with the folder; an empty one takes it away.

        Raises
        ------
        InvalidRequest
            If it is not text, has more than 10,000 characters, or half of one.
        """
        self._home.annotate(self.id, note=check_note(note))
        return self

    def delete(self) -> None:
        """Remove its files from the folder.

        The journal remembers what was paid, so `Studio.spent` stays; an equal request makes another.

        Raises
        ------
        QwenError
            If the folder cannot be written.
        """
        self._home.delete(self.id)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Save a copy, with its provenance. It is written whole or not at all.

        Parameters
        ----------
        path
            Where to; ``.png``, ``.jpg`` or ``.jpeg``. In the picture's own format the file is copied as it is,
            in the other the pixels are encoded again, as viewers show them: turned as EXIF asks for, in sRGB, on
            white where they are clear. In a folder, which a final slash makes it too, it keeps its own name. Folders
            that are missing are made.

        Returns
        -------
        pathlib.Path
            The file.

        Raises
        ------
        InvalidRequest
            For another suffix, and for what is not a path on this machine.
        OSError
            If it cannot be written; what stood there before stays.
        """
        own = self.path
        target = checked_path(path)
        if target.is_dir() or os.fspath(path).endswith(_FOLDER_ENDS):
            target /= self.name
        wanted = _SUFFIXES.get(target.suffix.lower())
        if wanted is None:
            raise InvalidRequest(
                f"A picture is saved as .png, .jpg or .jpeg, not {target.suffix!r}.",
                "For other formats use picture.image.save(…).",
                field="path",
                charge=Charge.FREE,
            )
        if wanted == _SUFFIXES.get(own.suffix.lower()):
            content = self.bytes
            if target.exists() and target.samefile(own):
                return target
        else:
            content = self._encoded_as(wanted)
        target.parent.mkdir(parents=True, exist_ok=True)
        write_whole(Path(os.path.realpath(target)), content)  # through a link, as writing into it would
        return target

    def _encoded_as(self, wanted: str) -> "bytes":  # noqa: UP037
        from qwen_notebook.imaging import jpeg, png
        from qwen_notebook.imaging.appearance import as_shown
        from qwen_notebook.studio.provenance import with_provenance

        pixels = as_shown(self.image)
        encoded = jpeg.write(pixels, _QUALITY) if wanted == "jpeg" else png.write(pixels)
        return with_provenance(encoded, self._record)[0]

    def code(self) -> str:
        """The Python that shows it again, for nothing: with its seed, in its studio.

        Changed, the call makes another picture. Where the call alone would find another picture or none, as for the
        older of two copies, or an edit of what is gone since, it is named by its id, and the call stands beside it as a
        comment. The folder is named relative to the working directory or to your home, so that the line tells nobody
        where you keep it; a folder elsewhere by its whole path. A signed address is never in it.

        Examples
        --------
        >>> print(picture.code())  # doctest: +SKIP
        qn.Studio('posters').generate('a red fox', seed=7)
        """
        return self._home.code_for(self.request, self.service, self.id)

    def __fspath__(self) -> str:
        return str(self.path)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        """The pixels as a numpy array of height × width × channels (height × width where they are grey)."""
        import numpy

        if copy is False:
            raise ValueError("A picture has no array of its own, so it cannot be had without a copy.")
        image = self.image
        if image.mode in ("P", "CMYK"):  # whose numbers are no colours to those who take an array
            image = image.convert("RGBA" if image.has_transparency_data else "RGB")
        return numpy.array(image, dtype=dtype)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Picture):
            return NotImplemented
        return self._which == other._which and folder_key(self._store.folder) == folder_key(
            other._store.folder
        )

    def __hash__(self) -> int:
        return hash(self._which)

    def __copy__(self) -> Picture:
        return self

    def __deepcopy__(self, _: object) -> Picture:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return reopen, ("picture", str(self._store.folder), self._facts)

    @property
    def _record(self) -> JobRecord:
        known = self._known
        if not isinstance(known, JobRecord):
            known = self._known = self._home.saved_record(self._facts) if known is None else known()
        return known

    @property
    def _home(self) -> PictureHome:
        return self._find_home()

    def __repr__(self) -> str:
        try:
            width, height = self.size
        except QwenError:  # it came from another process, and its folder is not here
            return f"<Picture {self.id} · its folder {self._store.folder.name}/ is not here>"
        paid = free_kind(provider_named(self.service)) or in_credits(self.credits)
        name = one_line(self.name)
        return f"<Picture {width} × {height} · seed {self._record.seed} · {paid} · {name}>"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        text = repr(self)
        try:
            return {"image/jpeg": base64.b64encode(self.preview).decode(), "text/plain": text}
        except (OSError, QwenError):
            return {"text/plain": text}


def picture_of(record: JobRecord, store: Storage, home: PictureHome) -> Picture:
    """The picture of a job that is saved."""
    facts = {name: getattr(record, name) for name in _OF_THE_FILE}
    return Picture(store, facts, lambda: home, record)


def picture_from(facts: Mapping[str, Any], store: Storage, home: PictureHome) -> Picture:
    """The same, from what a record is made of: that is made where it is asked for, which of thousands few are."""
    of_the_file = {name: facts.get(name) for name in _OF_THE_FILE} | {"copy": facts.get("copy", 1)}
    return Picture(store, of_the_file, lambda: home, partial(record_from, facts))
