"""``python -m qwen_notebook.simulator``: the service on a port."""

import argparse
import math
from pathlib import Path

from .assumed import Assumed
from .faults import FaultPlan, Rule
from .serve import serve
from .service import Simulator


def main(arguments: list[str] | None = None) -> None:
    """Serve as the command line says.

    Parameters
    ----------
    arguments
        The command line; None for that of the process.
    """
    assumed = Assumed()
    parser = argparse.ArgumentParser(prog="python -m qwen_notebook.simulator", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 for a free one")
    parser.add_argument(
        "--latency", type=float, default=assumed.latency_median, help="median seconds of a task"
    )
    parser.add_argument(
        "--rate", type=float, default=assumed.rate_limit, help="requests a second; 0 for no limit"
    )
    parser.add_argument(
        "--fault", action="append", default=[], metavar="NAME=RULE", help="always, 3 (times), 25%%"
    )
    parser.add_argument("--seed", type=int, help="makes task ids, latencies and faults repeat")
    parser.add_argument("--pixels", choices=["real", "tiny"], default="real")
    parser.add_argument("--state", metavar="FILE", help="keeps tasks and charges over a restart")
    options = parser.parse_args(arguments)
    try:
        rules = {
            name: Rule.parse(rule or "always") for name, _, rule in (f.partition("=") for f in options.fault)
        }
        faults = FaultPlan(options.seed or 0, rules)
    except ValueError as error:
        parser.error(str(error))
    if not (0 <= options.latency < math.inf and 0 <= options.rate < math.inf):
        parser.error("--latency and --rate have to be numbers, from 0 on")
    try:
        if options.state:  # what cannot be kept is known before anybody asks
            Path(options.state).parent.mkdir(parents=True, exist_ok=True)
            Path(options.state).open("ab").close()
        simulator = Simulator(
            assumed=Assumed(latency_median=options.latency, rate_limit=options.rate or None),
            keys=None,
            faults=faults,
            picture_pixels=options.pixels,
            state_path=options.state,
            seed=options.seed,
        )
        serve(simulator, port=options.port)
    except OSError as error:
        parser.error(f"the file of --state cannot be used ({error.strerror})")
    except (RuntimeError, ValueError) as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
