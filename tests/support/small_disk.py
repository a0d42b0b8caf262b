"""A disk of its own for a test, small enough to be filled."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MEGABYTES = 48


@contextmanager
def small_disk(mount_point: Path) -> Iterator[Path]:
    """Mount a small file system in memory; only root may.

    Raises
    ------
    PermissionError
        If it cannot be mounted.
    """
    mount_point.mkdir(parents=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "none", str(mount_point)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise PermissionError(f"No small disk: {error}") from None
    try:
        yield mount_point
    finally:
        subprocess.run(["umount", "-l", str(mount_point)], check=True)


def fill(ballast: Path) -> None:
    """Write a file until the disk takes not one byte more."""
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 20, 4096, 1):
            try:
                while True:
                    assert file.write(b"\0" * size) == size
            except (OSError, AssertionError):
                continue
        os.fsync(file.fileno())
