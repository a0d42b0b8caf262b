"""A picture's code shows that picture and buys nothing, whatever was asked for, and tells nobody what is theirs."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import qwen_notebook as qn
from qwen_notebook.reapi.models import QWEN_IMAGE_2
from qwen_notebook.simulator import TEST_KEY, Rule, Simulator, running
from qwen_notebook.studio.default import replace_default
from qwen_notebook.studio.job_store import JobStore
from qwen_notebook.studio.python_code import code_for
from qwen_notebook.studio.studio import core_of
from tests.support.studios import QUICK, instant_simulator

AWKWARD = "a sign that says \"HI\"\nand 'HO' \\ \x00 \u2028 \U0001f98a {name}"
Place = tuple[Path, Simulator]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """A working directory in a home, and a service that the environment names."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    simulator = instant_simulator()
    with running(simulator) as url:
        monkeypatch.setenv("REAPI_API_KEY", TEST_KEY)
        monkeypatch.setenv("REAPI_BASE_URL", url)
        yield tmp_path, simulator
        replace_default(None)


def posters(folder: str = "posters", **settings: Any) -> qn.Studio:
    return qn.Studio(folder, patience=QUICK, **settings)


def run(code: str) -> Any:
    return eval(code, {"qn": qn})


class TestItShowsThePicture:
    def test_whatever_was_asked_for(self, place: Place) -> None:
        _, simulator = place
        with posters() as studio:
            source = studio.generate(
                AWKWARD, seed=1, image_size="1:1", output_format="jpeg", nsfw_checker=True
            )
            pictures = [
                source,
                studio.generate("no seed"),
                studio.generate("make it night", image_url=source, image_size="21:9"),
                studio.generate("signed", image_url=f"{source.url}?signature=secret", seed=2),
                studio.generate("elsewhere", image_url="https://example.com/a.png?token=secret", seed=2),
                studio.generate("public", image_url="https://example.com/a.png", seed=2),
                studio.generate("twice", seed=3),
                studio.generate("twice", seed=3, again=True),
            ]
            source_of_none = studio.generate("gone", seed=4)
            pictures.append(studio.generate("of what is gone", image_url=source_of_none, seed=5))
            source_of_none.delete()
            bought = len(simulator.books.posts)
            for picture in pictures:
                code = picture.code()
                assert run(code) == picture, code
                assert studio.job(picture.id).code() == code
                assert "secret" not in code
                assert code.startswith("qn.Studio('posters')")
                assert "\n" not in code

            assert len(simulator.books.posts) == bought
            assert run("qn.Studio('posters')").service == "reapi"

    def test_an_offline_preview_is_never_bought(self, place: Place) -> None:
        _, simulator = place
        with posters(offline=True) as studio:
            picture = studio.generate("a fox", seed=1, output_format="jpeg")
            assert picture.code() == (
                "qn.Studio('posters', offline=True).generate('a fox', output_format='jpeg', seed=1)"
            )
            assert run(picture.code()) == picture
            picture.delete()
            assert run(picture.code()).service == "simulator"
        assert not simulator.books.posts

    def test_of_an_edit_whose_source_is_deleted_later_it_buys_nothing(self, place: Place) -> None:
        _, simulator = place
        with posters() as studio:
            source = studio.generate("a fox", seed=1)
            code = studio.generate("make it night", image_url=source, seed=2).code()
            source.delete()
            bought = len(simulator.books.posts)
            with pytest.raises(qn.QwenError, match="deleted"):
                run(code)
            assert len(simulator.books.posts) == bought


class TestWhereThereIsNoPicture:
    def test_what_would_buy_keeps_to_the_budget_of_the_studio(self, place: Place) -> None:
        _, simulator = place
        with posters(budget=40) as studio:
            one, other = (studio.request(prompt="a fox", seed=seed) for seed in (1, 2))
            assert (
                core_of(studio).code_for(one) == "qn.Studio('posters', budget=40).generate('a fox', seed=1)"
            )
            picture = run(core_of(studio).code_for(one))
            assert picture.code() == "qn.Studio('posters').generate('a fox', seed=1)"
            with pytest.raises(qn.BudgetExceeded):
                run(core_of(studio).code_for(other))
            simulator.faults.switch_on("task-fails", Rule())
        with posters(budget=80) as studio:
            job = studio.submit("an owl", seed=1)
            with pytest.raises(qn.QwenError):
                job.result()
            assert job.code() == "qn.Studio('posters', budget=80).generate('an owl', seed=1)"

    def test_it_makes_it_and_leaves_what_may_be_signed_to_a_person(self, place: Place) -> None:
        _, simulator = place
        with posters() as studio:
            code = core_of(studio).code_for(studio.request(prompt="a fox", seed=1))
            assert run(code).request.prompt == "a fox"
            signed = studio.request(
                prompt="night", image_url="https://example.com/a.png?token=secret", seed=1
            )
            bought = len(simulator.books.posts)
            with pytest.raises(qn.InvalidRequest, match="image_url"):
                run(core_of(studio).code_for(signed))
            assert len(simulator.books.posts) == bought

    @given(
        prompt=st.text(min_size=1, max_size=200),
        seed=st.none() | st.integers(0, QWEN_IMAGE_2.seed_max),
        size=st.sampled_from(QWEN_IMAGE_2.text_sizes),
        file_format=st.sampled_from(QWEN_IMAGE_2.output_formats),
        url=st.none() | st.just("https://example.com/a'b.png"),
    )
    def test_it_is_one_line_of_python_for_every_request(
        self,
        tmp_path_factory: pytest.TempPathFactory,
        prompt: str,
        seed: Any,
        size: Any,
        file_format: Any,
        url: Any,
    ) -> None:
        try:
            request = qn.GenerationRequest(
                prompt=prompt, seed=seed, image_size=size, output_format=file_format, image_url=url
            )
        except qn.InvalidRequest:
            return
        code = code_for(request, JobStore(tmp_path_factory.getbasetemp() / "a'b"), "reapi")
        tree = ast.parse(code, mode="eval").body
        assert isinstance(tree, ast.Call)
        given: dict[str, Any] = {str(word.arg): ast.literal_eval(word.value) for word in tree.keywords}
        made = qn.GenerationRequest(prompt=ast.literal_eval(tree.args[0]), **given)

        assert made == request
        assert len(code.splitlines()) == 1


class TestTheStudioInIt:
    def test_the_default_one_is_not_named_while_it_is_the_default(self, place: Place) -> None:
        with posters("qwen-images") as studio:
            picture = studio.generate("a fox", seed=1)
            assert picture.code() == "qn.generate('a fox', seed=1)"
            assert run(picture.code()) == picture
            replace_default(posters("another"))
            assert picture.code() == "qn.Studio('qwen-images').generate('a fox', seed=1)"

    def test_a_folder_is_named_without_anybodys_home(
        self, place: Place, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        home, _ = place
        elsewhere = tmp_path_factory.mktemp("elsewhere")
        (home / "link").symlink_to(home / "work")
        for folder, name in (
            (home / "work" / "a" / "b", "a/b"),
            (home / "link" / "c", "c"),
            (home / "work" / "~tilde", "../work/~tilde"),
            (home / "work", "."),
            (home / "posters", "~/posters"),
            (elsewhere, str(elsewhere)),
        ):
            with posters(str(folder)) as studio:
                code = core_of(studio).code_for(studio.request(prompt="a fox", seed=1))
                assert code == f"qn.Studio({name!r}).generate('a fox', seed=1)"
                assert run(code.partition(".gen")[0]).store.folder.resolve() == folder.resolve()
