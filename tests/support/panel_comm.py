"""The front end's end of a panel's comm."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.support.kernel import Kernel, Message

_numbers = itertools.count(1)


def request(prompt: str = "a red fox", **fields: Any) -> dict[str, Any]:
    """A complete request, as the front end sends it."""
    return {
        "prompt": prompt,
        "image_url": None,
        "image_size": "1:1",
        "output_format": "jpeg",
        "seed": 7,
        "nsfw_checker": False,
    } | fields


@dataclass(frozen=True)
class PanelComm:
    """What a panel in the browser would know and do."""

    kernel: Kernel
    comm_id: str
    _sent: list[str] = field(default_factory=list)

    def _traffic(self) -> list[Message]:
        return [
            message
            for message in self.kernel.published("comm_open", "comm_msg", "comm_close")
            if message["content"]["comm_id"] == self.comm_id
        ]

    def _states(self) -> list[dict[str, Any]]:
        return [state for m in self._traffic() if (state := m["content"]["data"].get("state")) is not None]

    def _custom(self, kind: str) -> list[Message]:
        return [m for m in self._traffic() if m["content"]["data"].get("content", {}).get("kind") == kind]

    @property
    def opened_with(self) -> dict[str, Any]:
        return self._states()[0]

    @property
    def traits(self) -> dict[str, Any]:
        merged: dict[str, Any] = {}
        for state in self._states():
            merged |= state
        return merged

    @property
    def state_messages(self) -> list[Message]:
        """The messages that carried traits."""
        return [m for m in self._traffic() if "state" in m["content"]["data"]]

    @property
    def closed(self) -> bool:
        return self._traffic()[-1]["header"]["msg_type"] == "comm_close"

    def send(self, content: Any, *, subshell: str | None = None) -> None:
        """Send a custom message, whatever it holds."""
        data = {"method": "custom", "content": content}
        self.kernel.send("comm_msg", {"comm_id": self.comm_id, "data": data}, subshell=subshell)

    def ask(self, kind: str, *, subshell: str | None = None, **fields: Any) -> str:
        """Send a message as the panel does; its id."""
        message_id = fields.pop("id", None) or f"m{next(_numbers)}"
        self.send({"kind": kind, "id": message_id} | fields, subshell=subshell)
        return message_id

    def submit(self, *, subshell: str | None = None, again: bool = False, **fields: Any) -> str:
        """Press Create; the message's id."""
        return self.ask("submit", request=request(**fields), again=again, subshell=subshell)

    def answers(self, message_id: str) -> list[dict[str, Any]]:
        """The answers to a message: there is to be one."""
        both = [*self._custom("ack"), *self._custom("reject")]
        return [
            m["content"]["data"]["content"]
            for m in both
            if m["content"]["data"]["content"]["id"] == message_id
        ]

    def answer(self, message_id: str) -> dict[str, Any]:
        """Wait for the answer to a message."""
        return self.kernel.until(lambda: self.answers(message_id), f"the answer to {message_id}")[0]

    def accepted(self, message_id: str) -> dict[str, Any]:
        """Wait for a message to be taken; what came of it."""
        answer = self.answer(message_id)
        assert answer["kind"] == "ack", answer
        return answer["result"]

    def rejected(self, message_id: str) -> dict[str, Any]:
        """Wait for a message to be turned down; why."""
        answer = self.answer(message_id)
        assert answer["kind"] == "reject", answer
        return answer["error"]

    def catch_up(self) -> None:
        """Wait until everything that was sent to the main shell so far is answered, by a message sent after it."""
        self.accepted(self.ask("hello", v=1))

    def phases(self, job: str) -> list[str]:
        """The states in which a job was seen, in order."""
        seen = [
            info["state"] for state in self._states() for info in state.get("_jobs", ()) if info["id"] == job
        ]
        return [state for state, _ in itertools.groupby(seen)]

    def until_in(self, job: str, state: str) -> None:
        self.kernel.until(lambda: state in self.phases(job), f"{job} to be {state}")

    def previews(self, job: str) -> list[Message]:
        """The messages that carried a job's bytes."""
        return [m for m in self._custom("preview") if m["content"]["data"]["content"]["job"] == job]
