"""Files are written whole or not at all on whatever is mounted there, and a group that shares a folder shares them."""

import errno
import os
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from qwen_notebook.files import make_folder, sync_file, sync_folder, write_whole
from qwen_notebook.studio.disk_advice import advice_for

posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX has modes and syncs folders")


@pytest.fixture
def umask() -> Iterator[None]:
    before = os.umask(0o077)
    yield
    os.umask(before)


def fsync_that_answers(number: int, *, folders: bool) -> Callable[[int], None]:
    real = os.fsync

    def fsync(handle: int) -> None:
        if stat.S_ISDIR(os.fstat(handle).st_mode) == folders:
            raise OSError(number, os.strerror(number))
        real(handle)

    return fsync


@posix
@pytest.mark.parametrize(
    "name", ["EINVAL", "EACCES", "EPERM", "ENOTSUP", "EOPNOTSUPP", "EBADF", "EISDIR", "ENOSYS"]
)
def test_a_folder_that_cannot_be_synced_is_no_trouble(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(os, "fsync", fsync_that_answers(getattr(errno, name), folders=True))
    write_whole(tmp_path / "a", b"one")

    assert (tmp_path / "a").read_bytes() == b"one"


@posix
def test_a_folder_that_cannot_be_opened_is_no_trouble(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)

    sync_folder(tmp_path)


@posix
@pytest.mark.parametrize("folders", [True, False], ids=["folder", "file"])
def test_a_disk_that_fails_is_trouble(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folders: bool) -> None:
    monkeypatch.setattr(os, "fsync", fsync_that_answers(errno.EIO, folders=folders))

    with pytest.raises(OSError, match="Input/output error"):
        write_whole(tmp_path / "a", b"one")


@pytest.mark.parametrize("name", ["EINVAL", "ENOTSUP"])
def test_a_file_that_cannot_be_synced_is_no_trouble(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(os, "fsync", fsync_that_answers(getattr(errno, name), folders=False))
    write_whole(tmp_path / "a", b"one")

    assert (tmp_path / "a").read_bytes() == b"one"


@posix
def test_a_file_whose_handle_is_wrong_is_trouble() -> None:
    with pytest.raises(OSError, match="Bad file descriptor"):
        sync_file(10**6)


LONG = bytes(range(256)) * 12_000  # more than is looked at in one go


@pytest.mark.parametrize(
    "spoil",
    [
        lambda handle: os.ftruncate(handle, 0),
        lambda handle: os.ftruncate(handle, len(LONG)),
        lambda handle: os.pwrite(handle, b"!", 2 << 20),
        lambda handle: os.pwrite(handle, b"!", len(LONG) + 3),
    ],
    ids=["nothing", "too little", "a byte", "too much"],
)
@posix
def test_what_reads_differently_never_takes_the_place_of_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spoil: Callable[[int], object]
) -> None:
    target = tmp_path / "a"
    target.write_bytes(b"old")

    monkeypatch.setattr("qwen_notebook.files.sync_file", spoil)
    with pytest.raises(OSError, match="Something else is read"):
        write_whole(target, LONG, memoryview(b"new"))

    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"old"]


def test_what_cannot_get_its_name_never_takes_the_place_of_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "a"
    target.write_bytes(b"old")

    def refuse(*_: object) -> Path:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OSError, match="Permission denied"):
        write_whole(target, b"new")

    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"old"]


def test_a_file_is_written_of_parts(tmp_path: Path) -> None:
    write_whole(tmp_path / "a", LONG, b"", memoryview(LONG)[3:], lasting=False)

    assert (tmp_path / "a").read_bytes() == LONG + LONG[3:]


@posix
@pytest.mark.usefixtures("umask")
def test_a_group_that_shares_the_folder_shares_what_is_made_in_it(tmp_path: Path) -> None:
    studio = tmp_path / "studio"
    studio.mkdir()
    studio.chmod(0o2770)
    make_folder(studio / "images")
    write_whole(studio / "images" / "a", b"one")

    assert stat.S_IMODE((studio / "images").stat().st_mode) == 0o2770
    assert stat.S_IMODE((studio / "images" / "a").stat().st_mode) == 0o660


@posix
@pytest.mark.usefixtures("umask")
@pytest.mark.parametrize("mode", [0o700, 0o750, 0o2750])
def test_a_folder_of_one_s_own_stays_one_s_own(tmp_path: Path, mode: int) -> None:
    studio = tmp_path / "studio"
    studio.mkdir()
    studio.chmod(mode)
    make_folder(studio / "images")
    write_whole(studio / "images" / "a", b"one")

    assert stat.S_IMODE((studio / "images").stat().st_mode) & 0o777 == 0o700
    assert stat.S_IMODE((studio / "images" / "a").stat().st_mode) == 0o600


@posix
@pytest.mark.usefixtures("umask")
def test_no_other_group_is_let_in_where_the_folder_s_cannot_be_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    studio = tmp_path / "studio"
    studio.mkdir()
    studio.chmod(0o770)
    real = os.fstat
    other = list(real(os.open(studio, os.O_RDONLY)))
    other[5] = 54321
    monkeypatch.setattr(os, "fchown", refuse)
    monkeypatch.setattr(os, "fstat", lambda _: os.stat_result(other))
    make_folder(studio / "images")

    assert stat.S_IMODE((studio / "images").stat().st_mode) == 0o700


def test_a_file_in_the_place_of_a_folder_is_said(tmp_path: Path) -> None:
    (tmp_path / "images").write_bytes(b"")

    with pytest.raises(FileExistsError):
        make_folder(tmp_path / "images")


@pytest.mark.parametrize(
    ("name", "elsewhere", "here"),
    [
        ("EACCES", "right to write there, or choose another folder", "Get the right to write there."),
        ("EPERM", "right to write there, or choose another folder", "Get the right to write there."),
        ("EROFS", "Choose another folder", "Make its disk writable."),
        ("ENOSPC", "Make room", "Make room"),
        ("EDQUOT", "Make room", "Make room"),
        ("ENAMETOOLONG", "Choose a folder with a shorter path", "shorter path"),
        ("ENOENT", "Bring the folder back", "Bring the folder back"),
        ("EMFILE", "too many are open", "too many are open"),
        ("EIO", "choose another folder", "disk"),
        ("EXDEV", "choose another folder", "keeps it from being written"),
    ],
)
def test_the_advice_fits_the_error(name: str, elsewhere: str, here: str) -> None:
    error = OSError(getattr(errno, name), "what the system says")

    assert elsewhere in advice_for(error, elsewhere=True)
    assert here in advice_for(error, elsewhere=False)
    assert "another folder" not in advice_for(error, elsewhere=False)


@pytest.mark.parametrize(
    ("number", "words"), [(206, "shorter path"), (32, "Close the program"), (1295, "Make room")]
)
def test_windows_own_numbers_are_known(number: int, words: str) -> None:
    error = OSError(errno.ENOENT, "what the system says")
    error.winerror = number  # type: ignore[attr-defined]

    assert words in advice_for(error, elsewhere=True)
