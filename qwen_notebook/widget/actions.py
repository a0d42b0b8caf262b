"""What the panel's messages do. Each gets one answer, and none waits."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from qwen_notebook.errors import Charge, InvalidRequest, QwenError
from qwen_notebook.reapi.request import GenerationRequest
from qwen_notebook.studio.job import Job
from qwen_notebook.studio.picture import code_for
from qwen_notebook.studio.states import State
from qwen_notebook.widget.describe import describe_error, describe_picture, kernel_name, unexpected
from qwen_notebook.widget.protocol import VERSION, Act, ErrorInfo, Hello, Submit, Want, from_panel

if TYPE_CHECKING:
    from qwen_notebook.widget.panel import QwenWidget

_REMEMBERED = 1000
_MAX_PAGE = 100
Result = dict[str, Any]


class Actions:
    """Answers the messages of one panel.

    Parameters
    ----------
    panel
        Whose studio is acted on, and who sends the answers.
    """

    def __init__(self, panel: QwenWidget) -> None:
        self._panel = panel
        self._answers: OrderedDict[str, dict[str, Any]] = OrderedDict()
        self._stores: set[str] = set()
        self._verbs: dict[str, Callable[[Act], Result | None]] = {
            "cancel": self._cancel,
            "resolve": lambda act: _state_of(self._job(act).resolve(str(act.args.get("task_id", "")))),
            "dismiss": self._dismiss,
            "send_again": lambda act: _state_of(self._job(act).send_again()),
            "again": self._again,
            "find": self._find,
            "balance": self._balance,
            "page": self._page,
            "code": lambda act: {"code": code_for(self._job(act).request)},
            "delete": self._delete,
            "unpause": self._unpause,
        }

    def take(self, content: object) -> None:
        """Take one message, whatever it holds, and answer it."""
        message_id = _id_of(content)
        if (answer := self._answers.get(message_id)) is not None:
            self._panel.send(answer)  # it came a second time: the thing is done, only the answer was lost
            return
        try:
            message = from_panel.validate_python(content)
            match message:
                case Hello():
                    result = self._hello(message)
                case Submit():
                    result = self._submit(message)
                case Want():
                    result = self._want(message)
                case Act():
                    result = self._verbs[message.verb](message)
        except ValidationError:
            self._reject(message_id, _not_understood())
        except QwenError as error:
            self._reject(message_id, describe_error(error))
        except Exception as error:
            self._reject(message_id, unexpected(error))
        else:
            if result is not None:
                self._answer({"kind": "ack", "id": message_id, "result": result})

    @property
    def reloaded(self) -> bool:
        """Whether the page was loaded anew since the panel was shown: then new outputs no longer reach the file."""
        return len(self._stores) > 1

    def shown(self) -> None:
        """Take note that a cell shows the panel afresh."""
        self._stores.clear()

    def forget(self) -> None:
        """Let go of all answers: the panel is closed."""
        self._answers.clear()

    def _reject(self, message_id: str, error: ErrorInfo) -> None:
        self._answer({"kind": "reject", "id": message_id, "error": error})

    def _answer(self, answer: dict[str, Any]) -> None:
        self._answers[answer["id"]] = answer
        while len(self._answers) > _REMEMBERED:
            self._answers.popitem(last=False)
        self._panel.send(answer)

    def _hello(self, hello: Hello) -> Result:
        if hello.store is not None:
            self._stores.add(hello.store)
        self._panel.refresh()
        return {"kernel": kernel_name(), "v": VERSION}

    def _submit(self, submit: Submit) -> Result:
        request = GenerationRequest.from_fields(submit.request)
        job = self._panel.submit_request(request, again=submit.again, client_id=submit.id)
        return {"job": job.id} | _state_of(job)

    def _want(self, want: Want) -> Result:
        missing: list[str] = []
        for job_id in want.jobs:
            job = self._panel.studio.job(job_id)
            try:
                if job is None or job.picture is None:
                    raise FileNotFoundError
                self._panel.send_picture(job.picture, want.size)
            except OSError:
                missing.append(job_id)
        return {"missing": missing}

    def _cancel(self, act: Act) -> Result:
        job = self._job(act)
        return {"cancelled": job.cancel()} | _state_of(job)

    def _dismiss(self, act: Act) -> Result:
        job = self._job(act)
        if job.status is State.UNCERTAIN:
            job.dismiss()
        self._panel.put_away(job)
        return _state_of(job)

    def _again(self, act: Act) -> Result:
        old = self._job(act)
        job = self._panel.submit_request(old.request, again=True, client_id=act.id)
        self._panel.put_away(old)
        return {"job": job.id} | _state_of(job)

    def _find(self, act: Act) -> Result:
        request = GenerationRequest.from_fields(act.args.get("request") or {})
        job = self._panel.studio.find_equal(request)
        picture = job.picture if job is not None else None
        return {"job": None} if picture is None else {"job": picture.id, "picture": describe_picture(picture)}

    def _balance(self, act: Act) -> None:
        def done(balance: int | QwenError) -> None:
            if isinstance(balance, QwenError):
                self._reject(act.id, describe_error(balance))
            else:
                self._answer({"kind": "ack", "id": act.id, "result": {"balance": balance}})

        self._panel.studio.ask_balance(done)

    def _page(self, act: Act) -> Result:
        offset, limit = act.args.get("offset", 0), act.args.get("limit", 24)
        if not (
            isinstance(offset, int) and isinstance(limit, int) and offset >= 0 and 0 < limit <= _MAX_PAGE
        ):
            raise InvalidRequest("That page of pictures does not exist.", charge=Charge.FREE)
        pictures = self._panel.studio.pictures
        total = len(pictures)
        newest_first = [
            pictures[i] for i in range(total - 1 - offset, max(-1, total - 1 - offset - limit), -1)
        ]
        return {"total": total, "pictures": [describe_picture(picture) for picture in newest_first]}

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


def _id_of(content: object) -> str:
    given: Any = content.get("id") if isinstance(content, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return given if isinstance(given, str) and len(given) <= 64 else ""


def _not_understood() -> ErrorInfo:
    return {
        "kind": "InvalidRequest",
        "what": "The kernel did not understand the panel.",
        "charge": "nothing",
        "todo": "The notebook may hold a panel of another version: run its cell again.",
    }
