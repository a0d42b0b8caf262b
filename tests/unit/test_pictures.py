"""Nothing that is done with its pixels changes a picture, and it goes wherever a file or an array goes."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest
from PIL import Image, ImageDraw

import qwen_notebook as qn
from qwen_notebook.imaging import pixels
from qwen_notebook.imaging.decode import decode
from qwen_notebook.studio.picture import Picture, picture_of
from qwen_notebook.studio.saving import save_picture
from qwen_notebook.studio.storage import Storage
from qwen_notebook.studio.studio import core_of
from tests.support.image_files import jpeg, png
from tests.support.jobs import saved_record
from tests.support.preview_files import made_preview
from tests.support.studios import studio_and_service


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[qn.Studio]:
    with studio_and_service(tmp_path / "posters") as (studio, _):
        yield studio


def saved(folder: Path, content: bytes) -> Picture:
    store, record = Storage(folder), saved_record(sha256=None)
    return picture_of(replace(record, **save_picture(store, record, content)), store, None)  # type: ignore[arg-type]


def aged(picture: qn.Picture) -> None:
    """As if it had been saved a while ago."""
    os.utime(picture.path, (1_700_000_000, 1_700_000_000))


@pytest.mark.parametrize(
    "change",
    [
        lambda image: image.thumbnail((5, 5)),
        lambda image: image.paste((1, 2, 3), (0, 0, *image.size)),
        lambda image: image.putpixel((0, 0), (1, 2, 3)),
        lambda image: ImageDraw.Draw(image).rectangle((0, 0, 9, 9), fill=(1, 2, 3)),
        lambda image: image.info.clear(),
        lambda image: image.putalpha(3),
    ],
)
@pytest.mark.parametrize("old", [True, False])
def test_changes_in_place_change_nothing_else(
    studio: qn.Studio, tmp_path: Path, change: Callable[[Image.Image], object], old: bool
) -> None:
    picture = studio.generate("a fox", seed=1)
    if old:
        aged(picture)
    before, content = picture.image.tobytes(), picture.bytes
    for _ in range(2):
        change(picture.image)

    assert (picture.image.size, picture.image.mode) == (picture.size, "RGB")
    assert picture.image.tobytes() == before
    assert picture.image.info
    assert picture.image.format == "PNG"
    assert picture.save(tmp_path / "x.png").read_bytes() == content
    assert Image.open(picture.save(tmp_path / "x.jpg")).size == picture.size
    made_preview(picture).unlink()
    assert len(picture.preview) > 300


def test_pixels_are_decoded_once_and_a_bounded_number_is_kept(
    studio: qn.Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures = [studio.generate("a fox", seed=seed) for seed in range(6)]
    area = pictures[0].size[0] * pictures[0].size[1]
    monkeypatch.setattr(pixels, "_kept", ())
    monkeypatch.setattr(pixels, "_MOST_PIXELS", 3 * area)
    decoded: list[str] = []

    def count(content: bytes) -> Any:
        decoded.append("")
        return decode(content)

    monkeypatch.setattr("qwen_notebook.imaging.decode.decode", count)
    for picture in pictures:
        aged(picture)
        _ = picture.image, picture.image
    assert len(decoded) == 6
    assert len(pixels._kept) == 3
    _ = pictures[-1].image, pictures[-3].image
    assert len(decoded) == 6
    _ = pictures[0].image
    assert len(decoded) == 7


def test_a_file_that_was_changed_is_read_again(studio: qn.Studio) -> None:
    picture = studio.generate("a fox", seed=1)
    aged(picture)
    _ = picture.image
    Image.new("RGB", (7, 5)).save(picture.path)
    assert picture.image.size == (7, 5)
    picture.path.write_bytes(b"no image")
    with pytest.raises(qn.BadImage):
        _ = picture.image
    picture.path.unlink()
    with pytest.raises(FileNotFoundError):
        _ = picture.image


class TestItGoesWhereAFileOrAnArrayGoes:
    def test_it_is_a_path(self, studio: qn.Studio, tmp_path: Path) -> None:
        picture = studio.generate("a fox", seed=1)
        with Image.open(picture) as image, open(picture, "rb") as file:  # noqa: PTH123
            assert image.size == picture.size
            assert file.read() == picture.bytes
        assert Path(shutil.copy(picture, tmp_path / "copy.png")).read_bytes() == picture.bytes
        assert os.fspath(picture) == str(picture.path) == str(Path(picture))

    def test_a_path_that_leads_out_of_the_folder_is_none(self, studio: qn.Studio, tmp_path: Path) -> None:
        picture = studio.generate("a fox", seed=1)
        (tmp_path / "secret.png").write_bytes(picture.bytes)
        picture.path.unlink()
        picture.path.symlink_to(tmp_path / "secret.png")
        with pytest.raises(FileNotFoundError, match="may lead out"):
            os.fspath(picture)

    @pytest.mark.parametrize(
        ("content", "shape", "kind"),
        [
            (jpeg("RGB"), (61, 90, 3), np.uint8),
            (jpeg("L"), (61, 90), np.uint8),
            (jpeg("CMYK"), (61, 90, 3), np.uint8),
            (png(colour=3), (21, 33, 3), np.uint8),
            (png(colour=4), (21, 33, 2), np.uint8),
            (png(colour=6), (21, 33, 4), np.uint8),
            (png(depth=16, colour=0), (21, 33), np.uint16),
            (png(depth=1, colour=0), (21, 33), np.bool_),
        ],
    )
    def test_it_is_an_array(self, tmp_path: Path, content: bytes, shape: tuple[int, ...], kind: Any) -> None:
        picture = saved(tmp_path, content)
        array = np.asarray(picture)

        assert (array.shape, array.dtype) == (shape, kind)
        assert np.asarray(picture, dtype=np.float32).dtype == np.float32
        assert np.array(picture, copy=True).flags.writeable
        back = Image.fromarray(array)
        own = picture.image if picture.image.mode not in ("P", "CMYK") else picture.image.convert("RGB")
        assert (back.mode, back.tobytes()) == (own.mode, own.tobytes())

    def test_an_array_without_a_copy_is_refused_in_words(self, studio: qn.Studio) -> None:
        picture = studio.generate("a fox", seed=1)
        with pytest.raises(ValueError, match="without a copy"):
            np.array(picture, copy=False)

    def test_it_stays_one_thing_to_pandas_and_is_shown_as_its_preview(self, studio: qn.Studio) -> None:
        from IPython.core.formatters import DisplayFormatter

        pictures = [studio.generate("a fox", seed=seed) for seed in range(2)]
        assert pandas.Series(pictures).tolist() == pictures
        frame = pandas.DataFrame({"picture": pictures, "score": [1, 2]})
        scores: Any = frame.groupby("picture", sort=False)["score"].sum()
        assert scores[pictures[1]] == 2
        assert not frame.isna().any(axis=None)
        assert frame.merge(frame.drop_duplicates("picture"), on="picture").equals(
            frame.rename(columns={"score": "score_x"}).assign(score_y=frame["score"])
        )
        assert (
            len(
                qn.experiment(
                    "night",
                    table=frame.rename(columns={"picture": "image_url"})[["image_url"]],
                    studio=studio,
                )
            )
            == 2
        )
        assert set(DisplayFormatter().format(pictures[0])[0]) == {"image/jpeg", "text/plain"}


class TestSaving:
    def test_folders_are_made_and_in_a_folder_it_keeps_its_name(
        self, studio: qn.Studio, tmp_path: Path
    ) -> None:
        picture = studio.generate("a fox", seed=1)
        for given, wanted in (
            (tmp_path / "a" / "b" / "x.png", tmp_path / "a" / "b" / "x.png"),
            (tmp_path / "a", tmp_path / "a" / picture.name),
            (f"{tmp_path}/new.folder/", tmp_path / "new.folder" / picture.name),
        ):
            assert picture.save(given) == wanted
            assert wanted.read_bytes() == picture.bytes
        assert picture.save(picture.path.parent) == picture.path

    def test_it_is_written_whole_or_not_at_all(
        self, studio: qn.Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        picture = studio.generate("a fox", seed=1)
        target = picture.save(tmp_path / "x.png")
        before = target.read_bytes()

        def full(_: int) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        for name in ("x.png", "x.jpg"):
            with pytest.raises(OSError, match="No space"):
                picture.save(tmp_path / name)
        assert target.read_bytes() == before
        assert sorted(path.name for path in tmp_path.iterdir()) == ["posters", "x.png"]

    def test_through_a_link_the_file_behind_it_is_written(self, studio: qn.Studio, tmp_path: Path) -> None:
        picture = studio.generate("a fox", seed=1)
        (tmp_path / "link.png").symlink_to(tmp_path / "real.png")
        picture.save(tmp_path / "link.png")

        assert (tmp_path / "real.png").read_bytes() == picture.bytes
        assert (tmp_path / "link.png").is_symlink()

    def test_what_is_refused_makes_nothing(self, studio: qn.Studio, tmp_path: Path) -> None:
        picture = studio.generate("a fox", seed=1)
        with pytest.raises(qn.InvalidRequest, match=r"\.webp"):
            picture.save(tmp_path / "new" / "x.webp")
        picture.path.unlink()
        with pytest.raises(FileNotFoundError, match="no longer"):
            picture.save(tmp_path / "new" / "x.png")
        assert not (tmp_path / "new").exists()


class TestAStudioThatIsClosedAtTheEnd:
    def test_it_is_closed_and_its_pictures_stay(self, studio: qn.Studio) -> None:
        with qn.Studio(studio.store.folder, offline=True) as one:
            assert one.offline
        with pytest.raises(qn.QwenError, match="closed"):
            one.submit("a fox")

    def test_what_goes_wrong_inside_is_what_is_heard_of(
        self, studio: qn.Studio, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(_: qn.Studio) -> None:
            raise OSError("The disk is gone.")

        with pytest.raises(KeyError, match="inside"), qn.Studio(studio.store.folder, offline=True) as one:
            raise KeyError("inside")
        assert core_of(one).scheduler.closed
        other = qn.Studio(studio.store.folder, offline=True)
        with monkeypatch.context() as patch:
            patch.setattr(qn.Studio, "close", fail)
            with pytest.raises(KeyError, match="inside"), other:
                raise KeyError("inside")
            with pytest.raises(OSError, match="disk"), other:
                pass
        other.close()
