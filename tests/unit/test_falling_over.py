"""A fault of our own is said, and never leaves a job standing still."""

import logging
from pathlib import Path

import pytest

import qwen_notebook as qn
from qwen_notebook.studio.pipeline import Pipeline
from tests.support.studios import studio_and_service


async def broken(*_: object, **__: object) -> None:
    raise ZeroDivisionError("ours")


def test_before_sending_nothing_was_charged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Pipeline, "run", broken)
    with studio_and_service(tmp_path) as (studio, service):
        with pytest.raises(qn.QwenError, match=r"itself \(ZeroDivisionError\)\. Nothing was charged\."):
            studio.generate("a red fox", seed=1)

        assert service.books.tasks == {}


def test_after_sending_the_image_can_still_be_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with studio_and_service(tmp_path) as (studio, service):
        with monkeypatch.context() as patched, caplog.at_level(logging.ERROR, "qwen_notebook"):
            patched.setattr(Pipeline, "_follow", broken)
            job = studio.submit("a red fox", seed=1)
            with pytest.raises(qn.StillRunning, match="not lost"):
                job.result()

        assert job.result().path.exists()
        assert len(service.books.tasks) == 1
        assert "report" in caplog.text
