"""Cells without a seed that are run again in a real kernel: none pays twice, and what is no cell buys."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.support.environment import clean_environment
from tests.support.kernel import Kernel, kernel
from tests.support.service import Service

FOX = "studio.submit('a fox', image_size='1:1')"
MAKE = f"{FOX}.result(60)"
STUDIO = "import qwen_notebook as qn; studio = qn.Studio('qwen-images')\n"
"""In the cell itself, so that each run makes a new one."""


def loop(times: int) -> str:
    return f"{STUDIO}print([{MAKE}.id for _ in range({times})])"


@pytest.fixture(params=["cell", None], ids=["with ids", "without ids"])
def cell(request: pytest.FixtureRequest) -> str | None:
    """The id of a cell, or that the front end tells none."""
    return request.param  # type: ignore[no-any-return]


class TestRunAgain:
    def test_a_loop_gets_the_same(self, online: Kernel, paid_service: Service, cell: str | None) -> None:
        first = online.run(loop(4), cell)

        assert paid_service.bought == 4
        assert online.run(loop(4), cell) == first
        assert paid_service.bought == 4

    def test_a_longer_loop_gets_two_more(self, online: Kernel, paid_service: Service) -> None:
        first = online.run(loop(4), "cell")
        longer = online.run(loop(6), "cell")

        assert longer.startswith(first.rstrip("]\n"))
        assert paid_service.bought == 6

    def test_cells_with_the_same_text_have_pictures_of_their_own(
        self, online: Kernel, paid_service: Service
    ) -> None:
        first = [online.run(loop(1), cell) for cell in "ab"]

        assert [online.run(loop(1), cell) for cell in "ab"] == first
        assert len(set(first)) == paid_service.bought == 2

    def test_awaited_ones_come_in_the_order_of_the_calls(
        self, online: Kernel, paid_service: Service, cell: str | None
    ) -> None:
        awaited = (
            f"{STUDIO}import asyncio\n"
            f"async def make(): return await {FOX}\n"
            "print([one.id for one in await asyncio.gather(*(make() for _ in range(4)))])"
        )
        first = online.run(awaited, cell)

        assert online.run(awaited, cell) == first
        assert paid_service.bought == 4

    def test_the_magic_gets_the_same(self, online: Kernel, paid_service: Service, cell: str | None) -> None:
        online.run("%load_ext qwen_notebook")
        runs = [online.start("%%qwen --size 1:1\na poster that reads MARS", cell).end() for _ in range(2)]

        assert "1 to make · 31 credits" in runs[0].printed
        assert "1 is there already, nothing to make" in runs[1].printed
        assert "Another: --seed " in runs[1].lines[0]
        assert paid_service.bought == 1

    def test_cells_within_a_cell_are_the_cell(self, online: Kernel, paid_service: Service) -> None:
        nested = f"{STUDIO}get_ipython().run_cell({MAKE!r})\nprint({MAKE}.id)"
        captured = f"%%capture\n{MAKE}"
        first = online.run(nested, "a")
        online.run(captured, "b")
        online.run(captured, "b")

        assert online.run(nested, "a") == first
        assert paid_service.bought == 3

    def test_an_interrupted_run_counts(self, online: Kernel, paid_service: Service) -> None:
        online.run(STUDIO)
        paid_service.clock.hold()
        interrupted = online.start(f"print('asking', flush=True)\n{MAKE}", "cell")
        online.until(lambda: paid_service.bought == 1, "the first image to be bought")
        online.interrupt()
        assert interrupted.end().error == "KeyboardInterrupt"
        paid_service.clock.release()

        online.run(f"print('asking', flush=True)\n{MAKE}", "cell")
        assert paid_service.bought == 1


def test_a_new_kernel_pays_nothing(paid_service: Service, work: Path) -> None:
    cells = {"a": loop(2), "b": loop(1), "c": loop(2).replace("a fox", "an owl")}
    printed: list[list[str]] = []
    for _ in range(2):
        with kernel(work, **paid_service.environment) as fresh:
            printed.append([fresh.run(code, cell) for cell, code in cells.items()])

    assert printed[0] == printed[1]
    assert paid_service.bought == 5


def test_a_notebook_run_from_end_to_end_twice_pays_once(
    paid_service: Service, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in clean_environment(**paid_service.environment).items():
        monkeypatch.setenv(name, value)
    printed: list[list[str]] = []
    for _ in range(2):
        notebook = nbformat.v4.new_notebook(  # type: ignore[no-untyped-call]
            cells=[nbformat.v4.new_code_cell(loop(times)) for times in (1, 2, 1)]  # type: ignore[no-untyped-call]
        )
        folder = {"metadata": {"path": str(work / "work")}}
        NotebookClient(notebook, timeout=100, resources=folder).execute()
        printed.append([cell["outputs"][0]["text"] for cell in notebook["cells"]])

    assert printed[0] == printed[1]
    assert printed[0][0] != printed[0][2]  # two cells with one text
    assert paid_service.bought == 4


class TestWhatIsNoCell:
    def test_a_thread_buys(self, online: Kernel, paid_service: Service) -> None:
        code = f"{STUDIO}import threading\nt = threading.Thread(target=lambda: {MAKE})\nt.start(); t.join()"
        for _ in range(2):
            online.run(code, "cell")

        assert paid_service.bought == 2

    def test_work_in_the_context_of_a_cell_on_another_thread_buys(
        self, online: Kernel, paid_service: Service
    ) -> None:
        for _ in range(2):
            online.run(f"{STUDIO}import asyncio\nawait asyncio.to_thread(lambda: {MAKE})", "cell")

        assert paid_service.bought == 2

    @pytest.mark.parametrize(
        "meanwhile", ["", "await asyncio.wait_for(done.wait(), 30)"], ids=["idle", "a cell awaits"]
    )
    def test_a_task_that_outlives_its_cell_buys(
        self, online: Kernel, paid_service: Service, meanwhile: str
    ) -> None:
        online.run(loop(2), "a")
        online.run(
            f"{STUDIO}import asyncio\n{MAKE}\ngo = asyncio.Event(); done = asyncio.Event()\n"
            "async def later():\n"
            "    await go.wait()\n"
            f"    print('late', flush=True); await {FOX}\n"
            "    done.set()\n"
            "task = asyncio.create_task(later())\nawait asyncio.sleep(0)",
            "a",
        )
        online.run(f"go.set()\n{meanwhile}", "a")
        online.run("await asyncio.wait_for(done.wait(), 30)", "b")

        assert paid_service.bought == 3

    def test_a_callback_between_cells_buys(self, online: Kernel, paid_service: Service) -> None:
        online.run(loop(2), "a")
        online.run(
            f"{STUDIO}import asyncio\n{MAKE}\n"
            f"asyncio.get_running_loop().call_later(0, lambda: jobs.append({FOX}))\njobs = []",
            "a",
        )
        online.run("import asyncio\nwhile not jobs: await asyncio.sleep(0.01)\nawait jobs[0]", "a")

        assert paid_service.bought == 3

    def test_a_message_that_is_handled_in_the_midst_of_a_cell_buys(
        self, online: Kernel, paid_service: Service
    ) -> None:
        online.run(loop(2), "a")
        press = {"header": {"msg_id": "press", "msg_type": "comm_msg"}, "metadata": {}, "content": {}}
        online.run(
            f"{STUDIO}{MAKE}\nkernel = get_ipython().kernel\ncell = kernel.get_parent()\n"
            f"kernel.set_parent([], {press})\npressed = {FOX}\nkernel.set_parent([], cell)\npressed.result(60)",
            "a",
        )
        online.run(f"{STUDIO}{MAKE}", "a")

        assert paid_service.bought == 3

    def test_a_forked_child_buys(self, online: Kernel, paid_service: Service) -> None:
        online.run(
            f"{STUDIO}{MAKE}\nimport os\n"
            "if (child := os.fork()) == 0:\n"
            f"    {MAKE}; os._exit(0)\n"
            "assert os.waitpid(child, 0)[1] == 0",
            "a",
        )

        assert paid_service.bought == 2

    def test_again_buys(self, online: Kernel, paid_service: Service) -> None:
        for _ in range(2):
            online.run(f"{STUDIO}studio.submit('a fox', again=True).result(60)", "a")

        assert paid_service.bought == 2


def test_a_cell_that_cannot_be_told_by_its_id_leaves_no_path_behind(
    online: Kernel, paid_service: Service
) -> None:
    cell = "vscode-notebook-cell:/home/somebody/secret.ipynb#W0sZmlsZQ"
    online.run(f"{STUDIO}panel = qn.qwen_widget(studio=studio); panel\n{MAKE}\ndisplay(panel)", cell)
    online.run("panel.prompt = 'a fox'; panel.create()[0].result(60)", cell)

    journal = "".join(file.read_text() for file in (online.folder / "qwen-images" / "ledger").glob("*.jsonl"))
    assert paid_service.bought == 2
    assert "somebody" not in journal
    assert '"origin"' in journal
