"""A program that runs an experiment and may be killed at it: ``sweep_program.py FOLDER URL KEY CELLS``.

It prints a line for each move of a job, and ``end`` when the run is over.
"""

import sys

import qwen_notebook as qn
from qwen_notebook.studio.studio import core_of

folder, url, key, cells = sys.argv[1:]
patience = qn.Patience(usual=0.1, backoff=0.05, backoff_ceiling=0.2)
studio = qn.Studio(folder, api_key=key, base_url=url, patience=patience, rate=1000.0)
core_of(studio).follow(lambda job: print(job.status, flush=True))
qn.experiment("a {x}", x=range(int(cells)), repeats=2, studio=studio).run(max_in_flight=4, yes=True)
print("end", flush=True)
