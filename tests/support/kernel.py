"""A real kernel, spoken to as a front end speaks to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Empty
from time import monotonic
from typing import Any, TypeVar

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from tests.support.environment import clean_environment, jupyter_folders
from tests.support.panel_comm import PanelComm

T = TypeVar("T")
Message = dict[str, Any]
PATIENCE_SECONDS = 40.0
SLICE_SECONDS = 0.1


@dataclass(frozen=True)
class Cell:
    """A cell that was sent to the kernel."""

    kernel: Kernel
    id: str

    def _own(self, *types: str) -> list[Message]:
        return [
            m["content"] for m in self.kernel.published(*types) if m["parent_header"].get("msg_id") == self.id
        ]

    @property
    def ended(self) -> bool:
        return any(content["execution_state"] == "idle" for content in self._own("status"))

    @property
    def printed(self) -> str:
        return "".join(content["text"] for content in self._own("stream"))

    @property
    def lines(self) -> list[str]:
        """The lines of progress as they stand: outputs of text that are updated."""
        status: dict[str, str] = {}
        for content in self._own("display_data", "update_display_data"):
            name = content.get("transient", {}).get("display_id", "")
            if name.startswith("qwen-line-"):
                status[name] = content["data"]["text/plain"]
        return list(status.values())

    @property
    def shown(self) -> list[Message]:
        """The mimebundles that the cell showed."""
        return [content["data"] for content in self._own("display_data", "execute_result")]

    @property
    def error(self) -> str | None:
        """The name of the exception that ended it."""
        return next((content["ename"] for content in self._own("error")), None)

    def end(self) -> Cell:
        """Wait for its end, whatever that is."""
        self.kernel.until(lambda: self.ended, f"the end of the cell (printed: {self.printed!r})")
        return self


class Kernel:
    """One kernel and all that it has published so far, in order."""

    def __init__(self, manager: KernelManager, client: BlockingKernelClient, folder: Path, log: Path) -> None:
        self._manager = manager
        self._client = client
        self.messages: list[Message] = []
        self.folder = folder
        self._log = log

    def start(self, code: str, cell_id: str | None = None) -> Cell:
        """Send a cell, and do not wait for its end; with the id that JupyterLab tells of it, or without."""
        if cell_id is None:
            return Cell(self, self._client.execute(code))
        content = {
            "code": code,
            "silent": False,
            "store_history": True,
            "allow_stdin": True,
            "stop_on_error": True,
        }
        metadata = {"cellId": cell_id}
        return Cell(
            self, self.send("execute_request", {**content, "user_expressions": {}}, metadata=metadata)
        )

    def run(self, code: str, cell_id: str | None = None) -> str:
        """Run a cell to its good end; what it printed."""
        cell = self.start(code, cell_id).end()
        assert cell.error is None, (cell.error, [m["content"] for m in self.published("error")])
        return cell.printed

    def panel(self, code: str) -> PanelComm:
        """Run a cell that makes a panel, and take the front end's end of its comm."""
        return self.widget(code, "prompt")

    def grid(self, code: str) -> PanelComm:
        """Run a cell that makes a grid, and take the front end's end of its comm."""
        return self.widget(code, "_sweep")

    def widget(self, code: str, trait: str) -> PanelComm:
        """Run a cell that makes a widget with this trait, and take the front end's end of its comm."""
        known = len(self.messages)
        self.run(code)
        opened = [m["content"] for m in self.messages[known:] if m["header"]["msg_type"] == "comm_open"]
        ids = [content["comm_id"] for content in opened if trait in content["data"]["state"]]
        assert len(ids) == 1, "the cell has to make one such widget"
        return PanelComm(self, ids[0])

    def send(
        self, kind: str, content: Message, *, subshell: str | None = None, metadata: Message | None = None
    ) -> str:
        """Send a message on the shell channel, to the main shell or to a subshell."""
        message = self._client.session.msg(kind, content, metadata=metadata)
        if subshell is not None:
            message["header"]["subshell_id"] = subshell
        self._client.shell_channel.send(message)
        return str(message["header"]["msg_id"])

    def open_subshell(self) -> str:
        """A new subshell, as JupyterLab opens one for comms."""
        request = self._client.session.msg("create_subshell_request", {})
        self._client.control_channel.send(request)
        until = monotonic() + PATIENCE_SECONDS
        while monotonic() < until:
            reply = self._client.get_control_msg(timeout=PATIENCE_SECONDS)
            if reply["parent_header"].get("msg_id") == request["header"]["msg_id"]:
                return str(reply["content"]["subshell_id"])
        raise AssertionError("the kernel opened no subshell")

    def interrupt(self) -> None:
        """Press the stop button."""
        self._manager.interrupt_kernel()

    def published(self, *types: str) -> list[Message]:
        return [m for m in self.messages if m["header"]["msg_type"] in types]

    def until(self, found: Callable[[], T], what: str) -> T:
        """Take in what the kernel publishes until `found` gives something, and return that."""
        until = monotonic() + PATIENCE_SECONDS
        while not (value := found()):
            assert monotonic() < until, f"waited in vain for {what}\n{self.log[-2000:]}"
            try:
                self.messages.append(self._client.get_iopub_msg(timeout=SLICE_SECONDS))
            except Empty:
                assert self._manager.is_alive(), f"the kernel died before {what}\n{self.log[-2000:]}"
        return value

    def take_in(self) -> None:
        """Take in all that was published by now: what a cell that starts now prints comes after it."""
        self.run("pass")

    def shut_down(self) -> int | None:
        """Ask it to end, as closing it does, and give its exit code; None if it does not end by itself."""
        provisioner = self._manager.provisioner
        assert isinstance(provisioner, LocalProvisioner)
        process: Any = provisioner.process
        self._client.shutdown()
        until = monotonic() + 10
        while monotonic() < until:
            if (code := process.poll()) is not None:
                return int(code)
            try:
                self._client.get_iopub_msg(timeout=SLICE_SECONDS)
            except Empty:
                continue
        return None

    @property
    def log(self) -> str:
        """What it wrote to the terminal that it was started from."""
        return self._log.read_text(errors="replace")


@contextmanager
def kernel(root: Path, **environment: str) -> Iterator[Kernel]:
    """Run a kernel in ``root/work`` until the block ends."""
    folder, settings = root / "work", root / "jupyter"
    folder.mkdir(parents=True, exist_ok=True)
    settings.mkdir(exist_ok=True)
    log = settings / "kernel.log"
    manager = KernelManager(kernel_name="python3", connection_file=str(settings / "connection.json"))
    with log.open("ab") as terminal:
        manager.start_kernel(
            cwd=str(folder),
            env=clean_environment(**jupyter_folders(settings), **environment),
            stdout=terminal,
            stderr=terminal,
        )
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        yield Kernel(manager, client, folder, log)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
