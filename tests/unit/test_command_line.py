"""The list of jobs on a command line: any output takes it, and nothing in it acts on a terminal."""

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from unicodedata import category, east_asian_width

import pytest

import qwen_notebook as qn
from qwen_notebook.studio.exports.listing import job_lines
from tests.support.environment import clean_environment
from tests.support.studios import studio_and_service

ACTING = "\x1b[31m\x1b]0;owned\x07 \x9b2J \u202e\u2066 \x07\r\n"
PROMPTS = ["a fox", "火星 的 海报 " * 20, "an owl", "👩‍🚀 " * 30, f"evil {ACTING} end"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("posters")
    with studio_and_service(folder) as (studio, _):
        for seed, prompt in enumerate(PROMPTS):
            studio.generate(prompt, seed=seed)
    return folder


def command(
    *arguments: str, stdout: int = subprocess.PIPE, **environment: str
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "qwen_notebook.cli", *arguments],
        stdout=stdout,
        stderr=subprocess.PIPE,
        env=clean_environment(**environment),
        timeout=60,
        check=False,
    )


def columns(text: str) -> int:
    seen = [letter for letter in text if category(letter) not in ("Mn", "Me", "Cf")]
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in seen)


def test_a_line_has_the_prompt_s_beginning_and_the_price(folder: Path) -> None:
    done = command("jobs", str(folder), PYTHONIOENCODING="utf-8")
    lines = done.stdout.decode().splitlines()
    assert len(lines) == len(PROMPTS)
    assert done.stderr == b""
    for line, start in zip(lines, ["a fox", "火星 的 海报", "an owl", "👩‍🚀", "evil end"], strict=True):
        assert start in line
        assert "31 credits" in line
        assert "task_" in line
        assert ".png" in line
    places = {columns(line.partition("reapi")[0]) for line in lines}
    assert len(places) == 1, "aligned"


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal of POSIX")
@pytest.mark.parametrize("width", [20, 60, 80, 120, 300])
def test_no_line_is_wider_than_the_terminal(folder: Path, width: int) -> None:
    def on_terminal(*arguments: str) -> list[str]:
        reading, writing = os.openpty()
        try:
            done = command(
                *arguments, str(folder), stdout=writing, PYTHONIOENCODING="utf-8", COLUMNS=str(width)
            )
            os.close(writing)
            assert (done.returncode, done.stderr) == (0, b"")
            said = b""
            with suppress(OSError):  # what Linux says at the end of a terminal
                while more := os.read(reading, 65536):
                    said += more
        finally:
            os.close(reading)
        return said.decode().split("\r\n")[:-1]

    lines = on_terminal("jobs")
    assert len(lines) == len(PROMPTS)
    assert all(columns(line) <= width for line in lines)
    assert all("task_" in line for line in on_terminal("jobs", "--full"))


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "cp437", "latin-1", "utf-16", "shift_jis"])
def test_a_code_page_that_lacks_a_character_replaces_it(folder: Path, encoding: str) -> None:
    done = command("jobs", str(folder), PYTHONIOENCODING=encoding)
    assert (done.returncode, done.stderr) == (0, b"")
    assert len(done.stdout.decode(encoding).splitlines()) == len(PROMPTS)


def test_nothing_in_a_journal_acts_on_the_terminal(folder: Path) -> None:
    done = command("jobs", str(folder), PYTHONIOENCODING="utf-8")
    assert not set(done.stdout.decode()) & set("\x1b\x9b\x07\r\u202e\u2066")


def test_a_reader_that_has_seen_enough_is_no_error(folder: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = command("jobs", str(folder), stdout=writing)
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(sys.platform == "win32", reason="a shell of POSIX closes it")
def test_without_an_output_there_is_no_error(folder: Path) -> None:
    line = f'"{sys.executable}" -m qwen_notebook.cli jobs "{folder}" >&-'
    done = subprocess.run(line, shell=True, stderr=subprocess.PIPE, env=clean_environment(), check=False)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
def test_an_output_that_is_full_is_said(folder: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = command("jobs", str(folder), stdout=full.fileno())
    assert done.returncode == 1
    assert b"No space" in done.stderr
    assert b"Traceback" not in done.stderr


def test_a_folder_that_is_none_is_said_without_acting(tmp_path: Path) -> None:
    done = command("jobs", str(tmp_path / "\x1b[31mred"))
    assert done.returncode == 1
    assert b"no studio" in done.stderr
    assert b"\x1b" not in done.stderr


def test_what_is_shown_of_a_job_and_a_picture_acts_on_nothing(folder: Path) -> None:
    studio = qn.Studio(folder, offline=True)
    for shown in (*map(repr, studio.jobs), *map(repr, studio.pictures), repr(studio), *job_lines(folder)):
        assert not set(shown) & set("\x1b\x9b\x07\r\n\u202e\u2066")
    studio.close()
