"""The built wheel, installed where there is nothing else, makes an image."""

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = """
import qwen_notebook as qn
picture = qn.generate("a sign that reads HELLO", seed=1, image_size="1:1")
panel = qn.qwen_widget()
assert picture.image.size == (2048, 2048), picture.image.size
assert len(panel._esm) > 10_000 and len(panel._css) > 1_000
print("made", picture.path.name)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True, text=True)
    return next(out.glob("*.whl"))


def test_the_wheel_has_what_it_needs_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()

    built = {
        f"qwen_notebook/widget/static/{name}.{kind}" for name in ("panel", "grid") for kind in ("js", "css")
    }
    assert built <= set(names)
    assert "qwen_notebook/py.typed" in names
    assert any(name.endswith(".ttf") for name in names)
    assert not [name for name in names if "node_modules" in name or name.startswith(("tests/", "js/"))]
    assert wheel.stat().st_size < 1_500_000


def test_it_makes_an_image_in_an_empty_environment_without_node(wheel: Path, tmp_path: Path) -> None:
    place = tmp_path / "env"
    venv.create(place, with_pip=False, symlinks=os.name != "nt")
    python = place / ("Scripts" if os.name == "nt" else "bin") / "python"
    environment = {
        k: v for k, v in os.environ.items() if not k.startswith(("REAPI_", "PYTHON", "VIRTUAL_ENV"))
    }
    uv = [sys.executable, "-m", "uv", "pip", "install", "-q", "--python", str(python), str(wheel)]
    subprocess.run(uv, check=True, capture_output=True, env=environment)

    ran = subprocess.run(
        [str(python), "-c", SCRIPT],
        cwd=tmp_path,
        env=environment | {"PATH": str(python.parent)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 0, ran.stderr
    assert "made" in ran.stdout
