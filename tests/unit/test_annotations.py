"""Stars, notes and deletions: kept with the folder, shared by its kernels, and nothing paid is forgotten."""

import json
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue

import pytest

import qwen_notebook as qn
from qwen_notebook.journal.journal import Journal
from qwen_notebook.simulator import Simulator, running
from tests.support.preview_files import made_preview
from tests.support.studios import instant_simulator, studio_and_service, studio_at

Bench = tuple[qn.Studio, Simulator]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with studio_and_service(tmp_path / "posters") as both:
        yield both


class TestStarsAndNotes:
    def test_a_picture_begins_with_neither(self, bench: Bench) -> None:
        studio, _ = bench
        picture = studio.generate("a red fox", seed=1)

        assert not picture.starred
        assert picture.note == ""

    def test_the_last_word_counts(self, bench: Bench) -> None:
        studio, _ = bench
        picture = studio.generate("a red fox", seed=1).star().annotate("too dark").annotate("for the cover")

        assert studio.pictures[0].starred
        assert studio.pictures[0].note == "for the cover"
        assert not picture.star(False).starred

    def test_they_outlive_the_studio_and_reach_other_kernels(self, tmp_path: Path) -> None:
        simulator = instant_simulator()
        with running(simulator) as url, studio_at(url, tmp_path) as studio:
            picture = studio.generate("a red fox", seed=1)
            with studio_at(url, tmp_path) as other:
                picture.star().annotate("the one")
                other.refresh()
                assert other.pictures[0].starred
            with studio_at(url, tmp_path) as later:
                assert later.pictures[0].note == "the one"

    def test_a_listener_hears_of_them(self, bench: Bench) -> None:
        studio, _ = bench
        picture = studio.generate("a red fox", seed=1)
        heard: SimpleQueue[str] = SimpleQueue()
        studio.subscribe(lambda job: heard.put(job.id))
        picture.star()

        assert heard.get(timeout=30) == picture.id

    @pytest.mark.parametrize("order", [(0, 1), (1, 0)])
    def test_two_people_s_words_are_merged_by_the_clock_whatever_is_read_first(
        self, tmp_path: Path, order: tuple[int, int]
    ) -> None:
        (tmp_path / "ledger").mkdir()
        for name, at, note in (("ab"[order[0]], 1.0, "earlier"), ("ab"[order[1]], 2.0, "later")):
            said = {"v": 1, "kind": "mark", "writer": name, "seq": 1, "at": at, "job": "4kx", "note": note}
            (tmp_path / "ledger" / f"{name}.jsonl").write_text(json.dumps(said) + "\n")
        journal = Journal(tmp_path)
        journal.refresh()

        assert journal.annotations.of("4kx").note == "later"

    def test_a_mark_that_makes_no_sense_loses_only_itself(self, tmp_path: Path) -> None:
        (tmp_path / "ledger").mkdir()
        lines = [
            {"kind": "mark", "writer": "a", "seq": 1, "at": 1.0, "job": "4kx", "starred": "very"},
            {"kind": "mark", "writer": "a", "seq": 2, "at": 2.0, "job": "4kx", "note": "kept", "mood": "new"},
            {"kind": "hologram", "writer": "a", "seq": 3, "at": 3.0, "job": "4kx"},
        ]
        (tmp_path / "ledger" / "a.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
        journal = Journal(tmp_path)
        journal.refresh()

        assert journal.annotations.of("4kx").note == "kept"
        assert journal.damaged == 1


class TestDeleting:
    def test_its_files_go_and_its_price_stays(self, bench: Bench) -> None:
        studio, _ = bench
        kept, picture = studio.generate("a red fox", seed=1), studio.generate("a red fox", seed=2)
        sidecar = picture.path.with_name(picture.path.name + ".xmp")
        sidecar.write_text("as a sealed file has one")
        preview = made_preview(picture)
        picture.delete()

        assert [p.id for p in studio.pictures] == [kept.id]
        assert studio.picture_count == 1
        assert not picture.path.exists()
        assert not sidecar.exists()
        assert not preview.exists()
        assert studio.spent == 62
        assert len(studio.jobs) == 2

    def test_its_job_says_so(self, bench: Bench) -> None:
        studio, _ = bench
        job = studio.submit("a red fox", seed=1)
        job.result().delete()

        assert job.picture is None
        with pytest.raises(qn.QwenError, match="was deleted"):
            job.result()

    def test_an_equal_request_makes_another(self, bench: Bench) -> None:
        studio, simulator = bench
        first = studio.generate("a red fox", seed=1)
        first.delete()
        second = studio.generate("a red fox", seed=1)

        assert second.id != first.id
        assert len(simulator.books.tasks) == 2
        assert studio.generate("a red fox", seed=1).id == second.id

    def test_it_stays_deleted_in_a_later_studio(self, tmp_path: Path) -> None:
        simulator = instant_simulator()
        with running(simulator) as url:
            with studio_at(url, tmp_path) as studio:
                studio.generate("a red fox", seed=1).delete()
            with studio_at(url, tmp_path) as later:
                assert later.picture_count == len(later.pictures) == 0
                assert later.spent == 31

    def test_a_file_that_is_gone_already_is_no_trouble(self, bench: Bench) -> None:
        studio, _ = bench
        picture = studio.generate("a red fox", seed=1)
        picture.path.unlink()
        picture.delete()

        assert studio.picture_count == 0
