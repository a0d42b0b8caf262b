"""Run the unit tests on every other Python that the machine has: ``python -m tests.support.other_pythons``.

Each gets an environment of its own under ``.venv/others``, made once and kept until pyproject.toml changes. Prints one
line a version and ends with 1 where a test failed. What no machine offers is not fetched; a missing version is no
failure.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from time import monotonic

ROOT = Path(__file__).parents[2]
HOME = ROOT / ".venv" / "others"
VERSIONS = ("3.11", "3.12", "3.13", "3.14")
# What the unit tests import beside the package and its extras; JupyterLab and the checkers of code are none of it.
NEEDED = ("hypothesis", "numpy", "openai", "polars", "pytest", "pytest-timeout", "pytest-xdist")
WITHOUT = ("dev", "lab")
ASK = "import sys, ssl, sqlite3; print('%d.%d' % sys.version_info[:2], sys.implementation.name)"


def main() -> int:
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if uv is None:
        print("uv is missing: pip install uv")
        return 1
    mine = ".".join(map(str, sys.version_info[:2]))
    found = {version: python for version, python in interpreters(uv).items() if version != mine}
    failed = [version for version, python in sorted(found.items()) if not passes(uv, version, python)]
    if missing := [version for version in VERSIONS if version not in found and version != mine]:
        print(f"not on this machine: {', '.join(missing)}")
    return 1 if failed else 0


def interpreters(uv: str) -> dict[str, Path]:
    """One interpreter a version: from the PATH, pyenv and uv, the first that works."""
    folders = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder]
    candidates = [folder / f"python{version}" for version in VERSIONS for folder in folders]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    candidates += sorted(pyenv.glob("versions/3.*/bin/python"), key=newest_first)
    told = subprocess.run(
        [uv, "python", "dir", "--color", "never"], capture_output=True, text=True, check=False
    )
    if told.returncode == 0:
        candidates += sorted(Path(told.stdout.strip()).glob("cpython-3.*/bin/python3"), key=newest_first)
    found: dict[str, Path] = {}
    for python in candidates:
        if python.exists() and (version := version_of(python)) in VERSIONS:
            found.setdefault(version, python)
    return found


def newest_first(python: Path) -> list[int]:
    return [-int(number) for number in re.findall(r"\d+", python.parts[-3])[:3]]


def version_of(python: Path) -> str | None:
    # A shim of pyenv is a file too, and says only when it is run that there is nothing behind it.
    try:
        told = subprocess.run(
            [python, "-c", ASK], capture_output=True, text=True, check=False, timeout=20, cwd="/"
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    version, _, name = told.stdout.strip().partition(" ")
    return version if told.returncode == 0 and name == "cpython" else None


def passes(uv: str, version: str, python: Path) -> bool:
    began = monotonic()
    try:
        own = environment(uv, version, python)
    except subprocess.CalledProcessError as error:
        print(f"{version}: the environment cannot be made\n{error.stderr}")
        return False
    made = monotonic() - began
    done = subprocess.run(
        [own, "-m", "pytest", "-n", "4", "tests/unit", "-p", "no:cacheprovider", "--tb=short"],
        cwd=ROOT,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    said = (done.stdout.strip() or done.stderr.strip()).splitlines()
    print(f"{version}: {said[-1] if said else 'nothing was said'} (environment {made:.0f} s)", flush=True)
    if done.returncode:
        print(done.stdout, done.stderr, sep="\n")
    return done.returncode == 0


def environment(uv: str, version: str, python: Path) -> Path:
    """The interpreter of an environment with all that the unit tests need; the package comes from the checkout."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [
        needed
        for name, extra in project["optional-dependencies"].items()
        if name not in WITHOUT
        for needed in extra
        if not needed.startswith(project["name"])
    ]
    needed = sorted([*project["dependencies"], *extras, *NEEDED])
    mark = hashlib.sha256("\n".join([str(python), *needed]).encode()).hexdigest()
    home = HOME / version
    own, stamp = home / "bin" / "python", home / "made-for"
    if stamp.exists() and stamp.read_text(encoding="utf-8") == mark:
        return own
    shutil.rmtree(home, ignore_errors=True)
    for command in (
        ["venv", "-q", "--python", str(python), str(home)],
        ["pip", "install", "-q", "--python", str(own), *needed],
    ):
        subprocess.run([uv, *command], capture_output=True, text=True, check=True)
    stamp.write_text(mark, encoding="utf-8")
    return own


def clean_environment() -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("REAPI_", "VIRTUAL_ENV", "PYTHON"))
    }
    return kept | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}


if __name__ == "__main__":
    sys.exit(main())
