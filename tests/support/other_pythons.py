"""Run unit tests on other Pythons that the machine has: ``python -m tests.support.other_pythons``.

On the newest those of what Python itself does for us, which may differ between versions; with ``--all`` every unit test
on every one. Each has an environment of its own under ``.venv/others``, made once and kept until pyproject.toml
changes. Prints a line a version and ends with 1 where a test failed. What no machine offers is not fetched; a missing
version is no failure.
"""

import argparse
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
WHAT_MAY_DIFFER = {
    "test_forking": "os.fork, and what a child inherits",
    "test_fork_locks": "locks of threading and of files across a fork",
    "test_nesting": "the inner parts of asyncio that let a blocking call run within a loop",
    "test_pickling": "pickle, and how multiprocessing starts a process",
    "test_executor": "threads, and their end with the interpreter",
    "test_proof_of_death": "what the system says of processes and locks",
    "test_files": "pathlib, tempfile and the errors of the file system",
    "test_values": "texts, numbers and the order of enums",
    "test_table": "datetime, and pandas and polars of that Python",
    "test_inspection": "zlib and Pillow of that Python",
    "test_magics": "IPython of that Python",
    "test_public_face": "what an import loads, and the names that it gives",
    "test_reapi_envelopes": "what json, httpx and ssl raise",
    "test_reapi_request": "pydantic, which reads annotations in the way of that Python",
}
"""Files of unit tests, with what of Python they stand on: where it differs between versions, these show it."""
ASK = "import sys, ssl, sqlite3; print('%d.%d' % sys.version_info[:2], sys.implementation.name)"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--all", action="store_true", help="every unit test on every Python, not what may differ"
    )
    everything = parser.parse_args().all
    tests = ["tests/unit"] if everything else [f"tests/unit/{name}.py" for name in WHAT_MAY_DIFFER]
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if uv is None:
        print("uv is missing: pip install uv")
        return 1
    mine = ".".join(map(str, sys.version_info[:2]))
    found = {version: python for version, python in interpreters(uv).items() if version != mine}
    versions = sorted(found, key=VERSIONS.index)
    if not everything:
        versions = versions[-1:]
    failed = [version for version in versions if not passes(uv, version, found[version], tests)]
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


def passes(uv: str, version: str, python: Path, tests: list[str]) -> bool:
    began = monotonic()
    try:
        own = environment(uv, version, python)
    except subprocess.CalledProcessError as error:
        print(f"{version}: the environment cannot be made\n{error.stderr}")
        return False
    made = monotonic() - began
    done = subprocess.run(
        [own, "-m", "pytest", "-n5", "--dist=worksteal", *tests, "-pno:cacheprovider", "--tb=short"],
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
    # Compiled Python is kept, for the many programs that these tests start, but not among the sources.
    return kept | {"PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": str(HOME / "bytecode")}


if __name__ == "__main__":
    sys.exit(main())
