"""What the panel's messages do. Each gets one answer, and none waits."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from qwen_notebook.errors import Charge, InvalidRequest, QwenError
from qwen_notebook.journal.states import State
from qwen_notebook.reapi.request import GenerationRequest
from qwen_notebook.studio.admission import Admitted
from qwen_notebook.studio.job import Job
from qwen_notebook.studio.scheduler import Decision
from qwen_notebook.studio.studio import core_of
from qwen_notebook.widget.replies import LaterReply, Result
from qwen_notebook.widget.serialize import describe_picture

if TYPE_CHECKING:
    from qwen_notebook.widget.messages import Act, Hello, Submit, Want
    from qwen_notebook.widget.panel import QwenWidget

_MAX_PAGE = 100


class PanelHandlers:
    """Does what the messages of one panel ask for.

    Parameters
    ----------
    panel
        Whose studio is acted on.
    """

    def __init__(self, panel: QwenWidget) -> None:
        self._panel = panel
        self._verbs: dict[str, Callable[[Act], Result | LaterReply]] = {
            "cancel": self._cancel,
            "resolve": lambda act: self._decided(act, "resolve", str(act.args.get("task_id", ""))),
            "take_back": self._take_back,
            "dismiss": self._dismiss,
            "send_again": lambda act: self._decided(act, "send_again"),
            "look_again": lambda act: self._decided(act, "look_again"),
            "again": self._again,
            "find": self._find,
            "balance": self._balance,
            "page": self._page,
            "code": lambda act: {"code": self._job(act).code()},
            "delete": self._delete,
            "unpause": self._unpause,
        }

    def do(self, message: Hello | Submit | Act | Want) -> Result | LaterReply:
        """Do what a message asks for, or begin it."""
        match message.kind:
            case "hello":
                return self._panel.greet(message)
            case "submit":
                return self._submit(message)
            case "want":
                return self._panel.deliver(message)
            case "act":
                return self._verbs[message.verb](message)

    def _submit(self, submit: Submit) -> LaterReply:
        request = GenerationRequest.from_fields(submit.request)
        return self._admitted(request, again=submit.again, client_id=submit.id)

    def _admitted(self, request: GenerationRequest, *, again: bool, client_id: str) -> LaterReply:
        def taken(admitted: Admitted) -> Result:
            self._panel.take_in(admitted.job)
            return {"job": admitted.job.id} | _state_of(admitted.job)

        return LaterReply(self._panel.ask_for(request, again=again, client_id=client_id), taken)

    def _decided(self, act: Act, decision: Decision, *arguments: str) -> LaterReply:
        return LaterReply(
            core_of(self._panel.studio).decide_soon(self._job(act), decision, *arguments), _state_of
        )

    def _cancel(self, act: Act) -> Result:
        job = self._job(act)
        cancelled = job.cancel()
        if not cancelled and job.status is State.PLANNED:
            raise QwenError("Another kernel planned it, so it is cancelled there.", charge=Charge.FREE)
        return {"cancelled": cancelled} | _state_of(job)

    def _dismiss(self, act: Act) -> Result | LaterReply:
        job = self._job(act)
        if job.status is not State.UNCERTAIN:
            self._panel.hide(job)
            return _state_of(job)

        def dismissed(job: Job) -> Result:
            self._panel.hide(job)
            return _state_of(job)

        return LaterReply(core_of(self._panel.studio).decide_soon(job, "dismiss"), dismissed)

    def _take_back(self, act: Act) -> LaterReply:
        def taken_back(job: Job) -> Result:
            self._panel.withdraw(job)  # what was fetched is another request's picture
            self._panel.take_in(job)
            return _state_of(job)

        return LaterReply(core_of(self._panel.studio).decide_soon(self._job(act), "take_back"), taken_back)

    def _again(self, act: Act) -> LaterReply:
        old = self._job(act)
        later = self._admitted(old.request, again=True, client_id=act.id)

        def taken(admitted: Admitted) -> Result:
            self._panel.hide(old)
            return later.result(admitted)

        return LaterReply(later.work, taken)

    def _find(self, act: Act) -> Result:
        request = GenerationRequest.from_fields(act.args.get("request") or {})
        job = core_of(self._panel.studio).find_equal(request)
        picture = job.picture if job is not None else None
        return {"job": None} if picture is None else {"job": picture.id, "picture": describe_picture(picture)}

    def _balance(self, _: Act) -> LaterReply:
        return LaterReply(
            core_of(self._panel.studio).balance_soon(), lambda seen: {"balance": seen.credits, "at": seen.at}
        )

    def _page(self, act: Act) -> Result:
        offset, limit = act.args.get("offset", 0), act.args.get("limit", 24)
        if not (
            isinstance(offset, int) and isinstance(limit, int) and offset >= 0 and 0 < limit <= _MAX_PAGE
        ):
            raise InvalidRequest("That page of pictures does not exist.", charge=Charge.FREE)
        pictures = self._panel.studio.pictures
        total = len(pictures)
        page = pictures[max(0, total - offset - limit) : max(0, total - offset)]
        return {"total": total, "pictures": [describe_picture(picture) for picture in reversed(page)]}

    def _delete(self, act: Act) -> Result:
        job = self._job(act)
        picture = job.picture
        if picture is None:
            raise QwenError("That picture is not in the folder any more.", charge=Charge.FREE)
        picture.delete()
        self._panel.withdraw(job)
        return {}

    def _unpause(self, _: Act) -> Result:
        self._panel.studio.unpause()
        return {}

    def _job(self, act: Act) -> Job:
        job = self._panel.studio.job(act.job) if act.job is not None else None
        if job is None:
            raise QwenError("The folder has no such job any more.", charge=Charge.FREE)
        return job


def _state_of(job: Job) -> Result:
    return {"state": job.status.value}
