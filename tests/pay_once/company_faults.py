"""What others do to a folder that a studio has open, and what people do by hand: played for the table of faults."""

import json
import shutil
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE, Popen

import qwen_notebook as qn
from qwen_notebook.journal.states import State
from qwen_notebook.simulator import TEST_KEY, Rule
from tests.support.containers import Container
from tests.support.environment import clean_environment
from tests.support.fault_proxy import Trouble
from tests.support.programs import Program
from tests.support.stage import WAIT_SECONDS, Stage

POST = "POST", "/images/generations"
SEED = 7
_FORKING = Path(__file__).parents[1] / "support" / "company_program.py"


@dataclass(frozen=True)
class Played:
    """A studio that sees what came of a fault, and the job."""

    studio: qn.Studio
    job: qn.Job


def two_at_once(stage: Stage) -> Played:
    """Another kernel asks for it at the same moment."""
    with Program([stage], seeds=[SEED], wait_for_word=True, anyway=True) as other:
        studio = stage.open(base_url=stage.url)
        other.until("ready")
        other.say()
        job = studio.submit("a fox", seed=SEED)
        job.wait(WAIT_SECONDS)
        other.until_done()
    return Played(studio, job)


def two_containers(stage: Stage) -> Played:
    """Two kernels that look alike: one is sending it when the other opens the folder and asks for it too."""
    stage.gate.hold(*POST)
    with Container(stage, SEED) as one:
        stage.gate.wait_held()
        with Container(stage, SEED) as other:
            other.until("asked")
            stage.gate.let_go()
            for container in (one, other):
                container.until("saved")
    return _opened(stage)


def dies_while_planned(stage: Stage) -> Played:
    """Another kernel waits to send it, and is killed; it was asked for here too."""
    stage.simulator.faults.switch_on("submit-429-seconds", Rule(seconds=3600))
    with Program([stage], seeds=[SEED]) as other:
        other.read_until(lambda state, rest: state == State.PLANNED and rest != str(SEED))  # with a note
        studio = stage.open(base_url=stage.url)
        job = studio.submit("a fox", seed=SEED)
    stage.simulator.faults.switch_off()
    return Played(studio, job)


def dies_while_sending(stage: Stage) -> Played:
    """Another kernel is killed before the answer comes."""
    stage.gate.hold(*POST)
    with Program([stage], seeds=[SEED]):
        stage.gate.wait_held()
    stage.gate.let_go()
    return _opened(stage)


def forked(stage: Stage) -> Played:
    """A process is forked while the request is under way; the child asks for it too, and waits for it."""
    stage.gate.hold(*POST)
    plan = {
        "studios": 1,
        "threads": [[SEED]],
        "forks": [{"way": "os", "after": "sending", "opens": False, "threads": [[SEED]]}],
        "closes": True,
    }
    told = {
        "folder": str(stage.folder),
        "base_url": stage.url,
        "key": TEST_KEY,
        "prompt": "a fox",
        "plan": plan,
    }
    command = [sys.executable, str(_FORKING), json.dumps(told | {"budget": None})]
    with Popen(command, stdout=PIPE, text=True, env=clean_environment()) as process:
        assert process.stdout is not None
        asked = (line for line in process.stdout if line.startswith("asked"))
        for _ in range(2):  # the parent, and the child
            next(asked)
        stage.gate.let_go()
        process.communicate()
    assert process.returncode == 0
    return _opened(stage)


def renamed(stage: Stage) -> Played:
    """Somebody renames the folder."""
    stage.gate.hold(*POST)
    studio = stage.open(base_url=stage.url)
    job = studio.submit("a fox", seed=SEED)
    stage.gate.wait_held()
    stage.folder.rename(stage.folder.with_name("renamed"))
    stage.gate.let_go()
    job.wait(WAIT_SECONDS)
    studio.close()
    return _opened(stage)


def replaced(stage: Stage) -> Played:
    """A synchronising program puts a copy in the journal's place."""
    stage.gate.hold(*POST)
    studio = stage.open(base_url=stage.url)
    job = studio.submit("a fox", seed=SEED)
    stage.gate.wait_held()
    (file,) = (stage.folder / "ledger").glob("*.jsonl")
    copy = file.with_suffix(".copy")
    shutil.copy2(file, copy)
    copy.replace(file)
    stage.gate.let_go()
    job.wait(WAIT_SECONDS)
    studio.close()
    return _opened(stage)


def wrong_task_id(stage: Stage) -> Played:
    """A person gives the id of no task."""
    studio, job = _without_answer(stage)
    with suppress(qn.QwenError):
        job.resolve("task_" + "0" * 32)
    return Played(studio, job)


def sent_again(stage: Stage) -> Played:
    """A person has it sent once more."""
    studio, job = _without_answer(stage)
    job.send_again()
    return Played(studio, job)


def _without_answer(stage: Stage) -> tuple[qn.Studio, qn.Job]:
    stage.proxy.add(Trouble.LOSE_ANSWER, method="POST", path="/api/v1/images", times=1)
    studio = stage.open()
    job = studio.submit("a fox", seed=SEED)
    assert job.wait(WAIT_SECONDS) is State.UNCERTAIN
    return studio, job


def _opened(stage: Stage) -> Played:
    """A studio that opens the folder afterwards and asks for nothing."""
    studio = stage.open(base_url=stage.url)
    return Played(studio, studio.jobs[0])
