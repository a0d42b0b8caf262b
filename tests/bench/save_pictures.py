"""A client that saves pictures, all at once: ``python -m tests.bench.save_pictures URL NUMBER``.

It imports nothing that a person's own program would not, since its memory is looked at.
"""

import json
import sys
import tempfile
from statistics import mean
from time import process_time

import qwen_notebook as qn
from tests.bench.load import books_of
from tests.bench.memory import peak_megabytes


def save_pictures(url: str, number: int) -> dict[str, float]:
    """Peak memory in MB, processor time in all and mean delay from finished to saved in seconds."""
    with tempfile.TemporaryDirectory() as folder:
        studio = qn.Studio(folder, api_key="rk_test_bench", base_url=url, rate=1000, max_in_flight=number)
        busy = process_time()
        jobs = [studio.submit(f"job {seed}", seed=seed) for seed in range(number)]
        for job in jobs:
            job.result(300)
        busy, peak = process_time() - busy, peak_megabytes()
        records = [job.record for job in jobs]
        studio.close()
    tasks = {task["id"]: task for task in books_of(url)["tasks"]}
    delays = [(record.saved or 0) - tasks[str(record.task_id)]["ready"] for record in records]
    return {"peak": peak, "cpu": busy, "saved": mean(delays)}


if __name__ == "__main__":
    print(json.dumps(save_pictures(sys.argv[1], int(sys.argv[2]))))
