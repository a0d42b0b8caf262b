"""Journals of any kind: several writers who do not agree, in any order, with marks and damaged lines among the rest."""

from typing import Any

from hypothesis import strategies as st

from qwen_notebook.journal.states import State
from qwen_notebook.reapi.request import GenerationRequest
from tests.support.journal_lines import Line, beginning, mark, move

JOBS, WRITERS = ("a", "b", "c", "d"), ("one", "two")
PROMPTS = (
    "a fox",
    "a Fox at NIGHT",
    "Straße bei Nacht",
    "STRASSE",
    "Nuit d'été",
    "nuit d'e\u0301te\u0301",
    "een vos\r\n's nachts ",
    "ΟΔΟΣ 猫",
)
WORDS = ("fox", "night", "strasse", "été", "e\u0301te\u0301", "'s", "οδοσ", "ος", "猫", "cover", "a fox", "")
_OF_A_JOB: dict[str, st.SearchStrategy[Any]] = {
    "credits": st.none() | st.integers(0, 40),
    "seconds": st.none() | st.sampled_from([0, 2.5]),
    "saved": st.none() | st.integers(0, 9),
    "copy": st.integers(1, 2),
    "file": st.none()
    | st.sampled_from(["images/x.png", "images/y z.jpg", "images/..", "images/a/b", "/etc/passwd"]),
    "sha256": st.none() | st.just("0" * 64),
    "width": st.none() | st.just(2688),
    "task_id": st.none() | st.sampled_from(["task_1", "task_2"]),
    "note": st.none() | st.just("why it waits"),
    "earlier": st.lists(st.just({"number": 1, "credits": 9}), max_size=1),
    "error": st.none() | st.just({"kind": "GenerationFailed", "what": "It failed in /tmp/somewhere."}),
}
_MARKS: dict[str, st.SearchStrategy[Any]] = {
    "starred": st.booleans(),
    "deleted": st.booleans(),
    "note": st.sampled_from(["", "for the Cover", "été"]),
}
_DAMAGED = st.sampled_from([b"{", b"\xff", b"", b'{"v":1,"kind":"job","job":"a"}', b"[1]"])


@st.composite
def _requests(draw: st.DrawFn) -> Line:
    asked: Line = {"prompt": draw(st.sampled_from(PROMPTS)), "seed": draw(st.none() | st.integers(0, 3))}
    match draw(st.integers(0, 9)):
        case 0:
            return asked | {"image_url": "https://example.com/fox.png?signed=1", "image_size": "3:2"}
        case 1:
            return asked | {"model": "another", "image_size": "5:4"}
        case _:
            size = draw(st.none() | st.sampled_from(["1:1", "9:16"]))
            return asked if size is None else asked | {"image_size": size, "output_format": "jpeg"}


@st.composite
def _lines(draw: st.DrawFn) -> Line | bytes:
    if draw(st.integers(0, 9)) == 0:
        return draw(_DAMAGED)
    job, writer = draw(st.sampled_from(JOBS)), draw(st.sampled_from(WRITERS))
    about: Line = {"writer": writer, "seq": draw(st.integers(1, 9)), "at": draw(st.integers(1, 9))}
    if draw(st.integers(0, 4)) == 0:
        return mark(job, **about, **draw(st.fixed_dictionaries({}, optional=_MARKS)))
    about |= {
        "state": draw(st.sampled_from([State.SAVED, State.SAVED, *State])).value,
        "attempt": draw(st.integers(0, 1)),
        **draw(st.fixed_dictionaries({}, optional=_OF_A_JOB)),
    }
    if draw(st.booleans()):
        return move(job, **about)
    request = draw(_requests())
    key = GenerationRequest.recorded(request).key
    return beginning(job, **(about | {"request": request, "key": key, "created": draw(st.integers(1, 3))}))


def journals(most: int = 14) -> st.SearchStrategy[list[tuple[str, list[Line | bytes]]]]:
    """Files by name, each with its lines, in the order in which they come to the folder; a name may come again."""
    part = st.tuples(st.sampled_from(["one", "two", "copy"]), st.lists(_lines(), min_size=1, max_size=most))
    return st.lists(part, min_size=1, max_size=4)
