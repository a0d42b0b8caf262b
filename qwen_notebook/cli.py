"""The command line: ``qwen-notebook simulate`` serves the simulator, ``qwen-notebook jobs`` reads a folder."""

import argparse
import sys

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
    given = sys.argv[1:] if arguments is None else arguments
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
    options = parser.parse_args(given)
    return _list_jobs(options.folder)


def _list_jobs(folder: str) -> int:
    from pathlib import Path

    from qwen_notebook.studio.ledger import Ledger

    if not (Path(folder) / "ledger").is_dir():
        print(f"There is no studio in {folder!r}.", file=sys.stderr)
        return 1
    ledger = Ledger(Path(folder))
    ledger.refresh()
    for job_id in ledger.entries.ids:
        record = ledger.record(job_id)
        if record is not None:
            cells = (record.id, f"{record.state:<12}", f"{record.service:<9}", f"seed {record.seed:<10}")
            print(*cells, record.task_id or "-", record.file or "", sep="  ")
    return 0


if __name__ == "__main__":
    sys.exit(main())
