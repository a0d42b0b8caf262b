"""A widget of somebody else's in a real kernel: what it gets for nothing works while a cell blocks."""

from qwen_notebook.widget.outputs import MARKED_PREFIX
from tests.support.busy import busy
from tests.support.kernel import Kernel

NEWEST = """
import qwen_notebook as qn, traitlets

class NewestSession(qn.WidgetSession):
    def update(self):
        for picture in self.studio.pictures[-1:]:
            self.front_end.send_picture(picture)
            self.front_end.share(picture)
            return {"newest": picture.id}
        return {}

    def handlers(self):
        return super().handlers() | {"star": self.star}

    def star(self, message):
        self.studio.job(message["job"]).picture.star()
        return {"starred": True}

class Newest(qn.Widget):
    _esm = "export default { render() {} }"
    _session_class = NewestSession
    newest = traitlets.Unicode().tag(sync=True)

widget = Newest()
widget
"""


def test_it_shows_what_is_made_and_answers_while_a_cell_runs(offline: Kernel) -> None:
    widget = offline.widget(NEWEST, "newest")
    subshell = offline.open_subshell()
    widget.accepted(widget.ask("hello", v=1, subshell=subshell))

    with busy(offline, "job = qn.submit('a red fox', seed=7)"):
        job = offline.until(lambda: widget.traits["newest"], "the newest picture")
        offline.until(lambda: widget.previews(job), "its bytes")
        assert widget.accepted(widget.ask("star", job=job, subshell=subshell)) == {"starred": True}
        shared = offline.until(
            lambda: [
                content["data"]["image/jpeg"]
                for message in offline.published("display_data")
                if "image/jpeg" in (content := message["content"])["data"]
            ],
            "the plain output",
        )

    assert [jpeg.startswith(MARKED_PREFIX) for jpeg in shared] == [True]
    assert offline.run("print(widget.studio.find(starred=True)[0].id)") == f"{job}\n"
    offline.run("widget.close()")
    assert widget.closed
