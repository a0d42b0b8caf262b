"""The notebook extension: ``%%qwen`` makes the pictures that a cell describes, ``%qwen`` tells about the studio.

``%load_ext qwen_notebook`` loads it. The magic is synchronous, as IPython awaits none, and waits on the studio's
worker in short slices: panels stay alive, and an interrupt acts at once.
"""

import argparse
import unicodedata
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any, cast

from IPython.core.error import UsageError
from IPython.core.magic_arguments import MagicArgumentParser
from IPython.display import display  # pyright: ignore[reportUnknownVariableType]

from qwen_notebook.errors import InvalidRequest
from qwen_notebook.experiments.template import Template
from qwen_notebook.journal.states import State
from qwen_notebook.reapi.formatting import clock_time, in_credits, one_line
from qwen_notebook.reapi.models import QWEN_IMAGE_2
from qwen_notebook.reapi.request import GenerationRequest
from qwen_notebook.studio.default import default_studio
from qwen_notebook.studio.job import Job, waiters_of
from qwen_notebook.studio.picture import Picture
from qwen_notebook.studio.progress_line import remark, say
from qwen_notebook.studio.providers.choice import provider_named
from qwen_notebook.studio.providers.provider import noun_of
from qwen_notebook.studio.purchase import MOST_UNASKED, forecast, require_confirmation
from qwen_notebook.studio.status_line import StatusLine, charge_words
from qwen_notebook.studio.studio import Studio, core_of

_ABOUT = """Make the pictures that the cell describes, and show them.

{name} in the prompt stands for a variable of the notebook, {red|blue} for alternatives that are made each, {{ for a
brace. Running the cell again pays nothing again."""
_EXAMPLE = """
    %%qwen --size 16:9 --seed 1-4 -o posters
    a vintage travel poster that reads VISIT {planet}

As a line, %qwen tells about the studio: budget, balance, jobs; and %qwen resume fetches what an earlier kernel left."""
_MOST_SEEDS = 64
_JOBS_SHOWN = 10
_PROMPT_SHOWN = 60


def register(shell: Any) -> None:
    """Give an `InteractiveShell` the magic and the completion of its arguments."""
    shell.register_magic_function(_magic_for(shell), "line_cell", "qwen")
    for command in ("%qwen", "%%qwen"):
        shell.set_hook("complete_command", _complete, str_key=command)
    before = shell.input_transformers_cleanup
    before[:] = [each for each in before if getattr(each, "__name__", "") != _help_without_a_prompt.__name__]
    before.append(_help_without_a_prompt)


def _magic_for(shell: Any) -> Callable[[str, str | None], None]:
    def qwen(line: str, cell: str | None = None) -> None:
        try:
            given = _PARSER.parse_argstring(line)
        except _HelpAsked:
            say(_help())
            return
        variables: dict[str, Any] = shell.user_ns
        studio = _studio_of(given.studio, variables)
        try:
            if cell is None:
                _tell(studio, given.what)
                return
            if given.what:
                raise UsageError(
                    f"{given.what!r} is for the line form: %qwen {given.what}. The prompt stands below."
                )
            lines = _submit(studio, given, cell, variables)
        except InvalidRequest as error:
            raise UsageError(str(error)) from None
        pictures = _wait_and_show(lines)
        if given.output is not None and pictures:
            variables[given.output] = pictures[0] if len(lines) == 1 else pictures
        for line_of_job in lines:
            if line_of_job.job.error is not None:
                raise line_of_job.job.error

    qwen.__doc__ = _help()
    return qwen


def _help() -> str:
    return f"{_ABOUT}\n\n{_PARSER.format_help()}{_EXAMPLE}"


class _HelpAsked(Exception):
    """Raised in place of argparse's own way to show help, which ends the process."""


class _Help(argparse.Action):
    def __call__(self, *_: object) -> None:
        raise _HelpAsked


def _help_without_a_prompt(lines: list[str]) -> list[str]:
    """Let ``%%qwen -h`` stand alone in a cell: IPython calls no cell magic whose cell has no body."""
    words = lines[0].split() if lines else []
    if words[:1] == ["%%qwen"] and {"-h", "--help"} & set(words) and not "".join(lines[1:]).strip():
        return [lines[0].replace("%%", "%", 1)]
    return lines


def _made_parser() -> Any:
    parser: Any = MagicArgumentParser("%%qwen", add_help=False)
    add = parser.add_argument
    add("what", nargs="?", choices=sorted(_LINES), help="as a line: what to tell or do")
    add("-s", "--size", choices=QWEN_IMAGE_2.image_sizes, help="the shape")
    add(
        "--seed",
        nargs="+",
        type=_seeds,
        metavar="N",
        help="one or several, or a range as 1-4: a picture of each",
    )
    add(
        "-o", "--output", type=_name, metavar="NAME", help="the variable for the picture, or the list of them"
    )
    add("-e", "--edit", metavar="SOURCE", help="edit this: a variable with a picture, or a public https URL")
    add("--format", choices=QWEN_IMAGE_2.output_formats, default="png", help="of the file")
    add("--nsfw-checker", action="store_true", help="let the service moderate the content")
    add("--again", action="store_true", help="buy another even if an equal picture is there")
    add("--yes", action="store_true", help=f"confirm a purchase of more than {MOST_UNASKED} images")
    add("--studio", metavar="NAME", help="the variable with the studio, else the default one")
    add("-h", "--help", action=_Help, nargs=0, help="show this")
    return parser


def _seeds(text: str) -> list[int]:
    first, dash, last = text.partition("-")
    if not first.isdecimal() or (dash and not last.isdecimal()):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a valid seed: give a whole number, or a range as 1-4"
        )
    count = int(last if dash else first) - int(first) + 1
    if not 0 < count <= _MOST_SEEDS:
        raise argparse.ArgumentTypeError(f"{text!r} is not a range of 1 to {_MOST_SEEDS} seeds")
    return [int(first) + step for step in range(count)]


def _name(text: str) -> str:
    if not text.isidentifier():
        raise argparse.ArgumentTypeError(f"{text!r} cannot be the name of a variable")
    return unicodedata.normalize("NFKC", text)  # as Python reads it


def _studio_of(name: str | None, variables: dict[str, Any]) -> Studio:
    if name is None:
        return default_studio()
    studio = variables.get(name)
    if not isinstance(studio, Studio):
        raise UsageError(
            f"There is no studio in the variable {name!r}. Make one: {name} = qn.Studio('posters')"
        )
    return studio


def _submit(
    studio: Studio, given: argparse.Namespace, cell: str, variables: dict[str, Any]
) -> list[StatusLine]:
    """Say what it takes to make the pictures of a cell, and ask for them."""
    template = Template(cell.strip())
    template.check([name for name in variables if not name.startswith("_")], kind="variable")
    seeds: list[int | None] = [seed for seeds in given.seed or () for seed in seeds] or [None]
    template.refuse_many(len(set(seeds)))
    requests = [
        studio.request(
            prompt=prompt,
            image_url=_source_of(given.edit, variables),
            image_size=given.size,
            output_format=given.format,
            seed=seed,
            nsfw_checker=given.nsfw_checker,
        )
        for prompt in template.texts(variables)
        for seed in dict.fromkeys(seeds)
    ]
    requests = _without_repeats(requests)
    found = [None] * len(requests) if given.again else core_of(studio).foresee(requests)
    buys = sum(job is None for job in found)
    if not (given.yes or studio.offline or studio.budget is not None):
        require_confirmation(buys, studio.price, "Write %%qwen --yes, or give the studio a budget=.")
    states = [job.status for job in found if job is not None]
    free = f"{_noun_of(studio.service)}s" if studio.offline else ""
    say(forecast(states, buys, studio.price, free=free))
    count = len(requests)
    return [
        StatusLine(
            core_of(studio),
            core_of(studio).admit(request, again=given.again),
            place=f"{number} of {count}" if count > 1 else "",
            another="--again makes another",
            seed_word="--seed ",
        )
        for number, request in enumerate(requests, 1)
    ]


def _without_repeats(requests: Sequence[GenerationRequest]) -> list[GenerationRequest]:
    """Each request once; without a seed each is a picture of its own."""
    seeded: set[GenerationRequest] = set()
    kept: list[GenerationRequest] = []
    for request in requests:
        if request not in seeded:
            kept.append(request)
        if request.seed is not None:
            seeded.add(request)
    return kept


def _source_of(given: str | None, variables: dict[str, Any]) -> object:
    source = given if given is None else variables.get(given, given)
    if isinstance(source, Picture) or source is None or "://" in str(source):
        return source
    raise UsageError(f"{given!r} is neither a variable with a picture nor a URL.")


def _wait_and_show(lines: Sequence[StatusLine]) -> list[Picture]:
    """Wait for each in turn and show it; an interrupt cancels all that is not sent."""
    pictures: list[Picture] = []
    waiting = list(lines)
    try:
        while waiting:
            line = waiting[0]
            line.wait()
            waiting.pop(0)
            if line.job.picture is not None:
                pictures.append(line.job.picture)
                display(line.job.picture)
    except BaseException:
        rest = [
            line.job for line in waiting[1:] if waiters_of(line.job).is_one_persons
        ]  # what others wait for is not ours
        if cancelled := sum(job.cancel() for job in rest):
            remark(f"{cancelled} more were not sent, and are cancelled.")
        raise
    return pictures


# The line form


def _tell(studio: Studio, what: str | None) -> None:
    if what is None:
        say(f"{studio!r}\n%qwen {' | '.join(sorted(_LINES))} · %%qwen? helps")
        return
    _LINES[what](studio)


def _tell_budget(studio: Studio) -> None:
    say(str(studio.money))


def _tell_balance(studio: Studio) -> None:
    if studio.offline:
        say(str(studio.money))
        return
    balance = studio.balance()
    images = f" · {balance // studio.price:,} images" if studio.price else ""
    say(f"{in_credits(balance)} at {clock_time(0)}{images}")


def _tell_jobs(studio: Studio) -> None:
    shown = studio.jobs[-_JOBS_SHOWN:]
    say("\n".join(_row_of(job) for job in shown) if shown else "no jobs yet")


def _noun_of(service: str) -> str:
    """What a picture of a service is called in one word."""
    return noun_of(provider_named(service)).rpartition(" ")[2]


def _row_of(job: Job) -> str:
    """A job on one line: its id, where it is, what it cost, its seed and its prompt."""
    service = job.record.service
    cost = f"free {_noun_of(service)}" if provider_named(service).free else charge_words(job)
    words = one_line(job.request.prompt)
    words = words if len(words) <= _PROMPT_SHOWN else f"{words[: _PROMPT_SHOWN - 1]}…"
    note = f" · {job.note}" if job.note else ""
    return f"{job.id} · {job.status:<11} · {cost:<12} · seed {job.request.seed:<10} · {words}{note}"


def _resume(studio: Studio) -> None:
    studio.unpause()
    taken = len(studio.resume())
    uncertain = [job for job in studio.unsettled if job.status is State.UNCERTAIN]
    say(f"{taken} jobs are being fetched" if taken else "nothing was left behind")
    for job in uncertain:
        say(f"{job!r} waits for your word: job.resolve(task_id), job.send_again() or job.dismiss()")


_LINES: dict[str, Callable[[Studio], None]] = {
    "balance": _tell_balance,
    "budget": _tell_budget,
    "jobs": _tell_jobs,
    "resume": _resume,
}
_PARSER = _made_parser()


# Completion


def _complete(_: object, event: SimpleNamespace) -> list[str]:
    """What may stand at the cursor; IPython splits words at a colon, so of ``16:9`` it wants what follows there."""
    before = cast("str", event.text_until_cursor)
    words = before.split()
    begun = "" if before[-1:].isspace() else words[-1]
    previous = words[-1] if not begun else words[-2] if len(words) > 1 else ""
    if previous in ("--size", "-s"):
        may_be: Sequence[str] = QWEN_IMAGE_2.image_sizes
    elif previous == "--format":
        may_be = QWEN_IMAGE_2.output_formats
    else:
        options = [name for action in _PARSER._actions for name in action.option_strings]
        lines = [] if event.command == "%%qwen" else sorted(_LINES)
        may_be = [*lines, *(name for name in options if name.startswith("--"))]
    cut = len(begun) - len(event.symbol)
    return [choice[cut:] for choice in may_be if choice.startswith(begun)]
