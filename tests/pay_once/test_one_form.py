"""A prompt in another form is the same request: also one that an earlier version sent as it was written."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

import qwen_notebook as qn
from qwen_notebook.journal.records import REAPI
from qwen_notebook.reapi.request import GenerationRequest
from qwen_notebook.simulator import running
from qwen_notebook.studio.studio import core_of
from tests.support import journal_lines
from tests.support.studios import instant_simulator, studio_and_service, studio_at

CAFE, NFD_CAFE = "a caf\u00e9 at night", "a cafe\u0301 at night"
FORMS = [
    (f"{CAFE}\n", CAFE),
    (NFD_CAFE, CAFE),
    (f"{NFD_CAFE}\r\n", f"{CAFE}\n\n"),
    ("a fox\r\nat night", "a fox\nat night"),
    ("a fox\rat night\n    ", "a fox\nat night"),
]


def earlier_key(fields: dict[str, Any]) -> str:
    """The key that version 0.1 had for a request, whose prompt it took as it was written."""
    plain = GenerationRequest(prompt="-").to_fields()
    text = json.dumps(plain | fields, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def earlier_cell(fields: dict[str, Any], repeat: int = 0) -> str:
    """The identity that version 0.1 had for a cell of an experiment."""
    return hashlib.sha256(f"{earlier_key(fields)} {REAPI} {repeat}".encode()).hexdigest()[:32]


def seed_drawn_for(cell: str) -> int:
    return int(cell[:8], 16) & 0x7FFFFFFF


@pytest.mark.parametrize(("one", "other"), FORMS)
def test_the_same_words_are_bought_once(tmp_path: Path, one: str, other: str) -> None:
    with studio_and_service(tmp_path) as (studio, simulator):
        first, second = studio.generate(one, seed=7), studio.generate(other, seed=7)

        assert first.id == second.id
        assert len(simulator.books.posts) == 1
        assert first.request == second.request


@pytest.mark.parametrize(("written", "asked"), [*FORMS, *((form, form) for form, _ in FORMS)])
@pytest.mark.parametrize("state", ["saved", "uncertain"])
def test_what_an_earlier_version_bought_is_found(
    tmp_path: Path, written: str, asked: str, state: str
) -> None:
    fields = {"prompt": written, "seed": 7}
    line = journal_lines.saved("4kx", request=fields, key=earlier_key(fields), state=state)
    journal_lines.put(tmp_path, line)
    simulator = instant_simulator()
    with running(simulator) as url, studio_at(url, tmp_path) as studio:
        job = studio.submit(asked, seed=7)

        assert job.id == "4kx"
        assert core_of(studio).find_equal(job.request) is job
        assert studio.spent + studio.committed == (62 if state == "saved" else 31)
    assert simulator.books.posts == []


def test_the_cells_of_an_earlier_experiment_are_found_with_the_seeds_that_were_drawn(tmp_path: Path) -> None:
    lines = []
    for number, (animal, repeat) in enumerate((a, r) for a in ("fox", "cafe\u0301") for r in (0, 1)):
        prompt = f"a {animal} in the rain\n"
        cell = earlier_cell({"prompt": prompt}, repeat)
        fields = {"prompt": prompt, "seed": seed_drawn_for(cell)}
        about = {
            "request": fields,
            "key": earlier_key(fields),
            "client_id": f"cell-{cell}",
            "seq": number + 1,
        }
        lines.append(journal_lines.saved(f"4k{number}", **about))
    journal_lines.put(tmp_path, *lines)
    simulator = instant_simulator()
    with running(simulator) as url, studio_at(url, tmp_path) as studio:
        for animals in (["fox", "cafe\u0301"], ["cafe\u0301"]):
            sweep = qn.experiment("a {animal} in the rain\n", animal=animals, repeats=2, studio=studio)
            sweep.run(progress=False)

            assert [cell_job.job_id for cell_job in sweep.cell_jobs()] == ["4k0", "4k1", "4k2", "4k3"][
                -len(sweep) :
            ]
    assert simulator.books.posts == []


def test_a_line_whose_key_is_another_s_is_found_by_no_other_request(tmp_path: Path) -> None:
    fields = {"prompt": f"{CAFE}\n", "seed": 7}
    wanted = GenerationRequest(prompt="a fox", seed=7)
    journal_lines.put(tmp_path, journal_lines.saved("4kx", request=fields, key=wanted.key))
    simulator = instant_simulator()
    with running(simulator) as url, studio_at(url, tmp_path) as studio:
        assert core_of(studio).admit(wanted).job.id != "4kx"
        assert studio.submit(CAFE, seed=7).id == "4kx"


def test_a_prompt_that_is_longer_when_composed_is_still_read(tmp_path: Path) -> None:
    fields = {"prompt": "\u0958" * 800, "seed": 7}  # composed it would be 1,600
    journal_lines.put(tmp_path, journal_lines.saved("4kx", request=fields, key=earlier_key(fields)))
    simulator = instant_simulator()
    with running(simulator) as url, studio_at(url, tmp_path) as studio:
        assert studio.submit(**fields).id == "4kx"
    assert simulator.books.posts == []
