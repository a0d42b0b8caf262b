"""The command line: ``qwen-notebook simulate`` serves the simulator, ``qwen-notebook jobs`` reads a folder."""

import argparse
import os
import sys
from contextlib import suppress

from qwen_notebook import __version__


def main(arguments: list[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments
        The command line; None for that of the process.

    Returns
    -------
    int
        The exit status.
    """
    try:
        status = _run(sys.argv[1:] if arguments is None else arguments)
        if sys.stdout is not None:  # pyright: ignore[reportUnnecessaryComparison]
            sys.stdout.flush()
    except BrokenPipeError:  # the reader, such as head, has seen enough
        _write_nowhere()
        return 0
    except OSError as error:
        _write_nowhere()
        with suppress(OSError, ValueError):
            print(f"It cannot be read or written: {error.strerror or error}.", file=sys.stderr)
        return 1
    return status


def _run(given: list[str]) -> int:
    if given[:1] == ["simulate"]:
        from qwen_notebook.simulator.__main__ import main as simulate

        simulate(given[1:])
        return 0
    parser = argparse.ArgumentParser(prog="qwen-notebook", description="The image lab for Jupyter.")
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("simulate", help="serve the simulator on a port; --help tells its options")
    jobs = commands.add_parser("jobs", help="list the jobs of a folder, newest last")
    jobs.add_argument("folder", nargs="?", default="qwen-images")
    jobs.add_argument("--full", action="store_true", help="cut no line to the width of the terminal")
    options = parser.parse_args(given)
    return _list_jobs(options.folder, full=options.full)


def _list_jobs(folder: str, *, full: bool) -> int:
    from qwen_notebook.errors import QwenError
    from qwen_notebook.studio.exports.listing import job_lines

    width = None if full else _width()
    try:
        lines = job_lines(folder, width)
    except QwenError as error:
        print(error, file=sys.stderr)
        return 1
    for line in lines:
        _say(line)
    return 0


def _width() -> int | None:
    """Columns of the terminal; None where the lines go elsewhere, and are not cut."""
    from shutil import get_terminal_size

    try:
        on_terminal = sys.stdout.isatty()
    except (AttributeError, ValueError):
        on_terminal = False
    return get_terminal_size().columns if on_terminal else None


def _say(line: str) -> None:
    """Print a line; what the output's code page has no character for is replaced."""
    if sys.stdout is None or sys.stdout.closed:  # pyright: ignore[reportUnnecessaryComparison]
        return
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    print(line.encode(encoding, "replace").decode(encoding))


def _write_nowhere() -> None:
    """Have what is still waiting to be written go nowhere, so that it is no trouble once more at the end."""
    with suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())
