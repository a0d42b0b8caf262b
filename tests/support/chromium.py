"""The browser that the tests drive: what is installed, else playwright's own, else Debian's.

As a script it makes sure that there is one, or says what to do.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NAMES = ("chromium", "chromium-browser", "google-chrome")


def installed() -> str | None:
    """The path of a browser of the system's, or of the one that QWEN_TEST_CHROMIUM names."""
    return os.environ.get("QWEN_TEST_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


def launch_options() -> dict[str, Any]:
    """Options for playwright's ``chromium.launch``."""
    found = installed()
    return {"headless": True, "args": FLAGS} | ({"executable_path": found} if found else {})


def playwrights_own() -> bool:
    """Whether playwright has downloaded a browser of its own."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return Path(playwright.chromium.executable_path).exists()


def make_sure() -> bool:
    """Install a browser where there is none."""
    if installed() or playwrights_own():
        return True
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
    if playwrights_own():
        return True
    if shutil.which("apt-get") and os.geteuid() == 0:
        subprocess.run(["apt-get", "update", "-qq"], check=False)
        subprocess.run(
            ["apt-get", "install", "-y", "-qq", "chromium"],
            check=False,
            env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
        )
    return installed() is not None


if __name__ == "__main__":
    if not make_sure():
        sys.exit(
            "The tests need a browser: install Chromium (Debian: apt install chromium), then run make test again."
        )
