"""What the service's own page tells everybody to write, with httpx: POST, ask until it is completed, download.

To be fair it keeps its connections, asks in the middle of the 1 to 2 s that are asked for, and does with each file
what has to be done with one that was paid for: decodes it, makes a preview, and puts both on disk.
"""

import asyncio
import io
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import time

import httpx
from PIL import Image

from tests.bench.load import KEY, Load, Times, Watch

ASKED_EVERY = 1.5


def make_images(url: str, folder: str, load: Load, watch: Watch) -> list[Times]:
    watch.start()
    return asyncio.run(_make_images(url, Path(folder), load.jobs))


async def _make_images(url: str, folder: Path, jobs: int) -> list[Times]:
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    headers = {"Authorization": f"Bearer {KEY}"}
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        async with httpx.AsyncClient(base_url=url, headers=headers, limits=limits, timeout=60) as client:
            return list(
                await asyncio.gather(
                    *(_make_image(client, threads, folder, number) for number in range(jobs))
                )
            )


async def _make_image(
    client: httpx.AsyncClient, threads: ThreadPoolExecutor, folder: Path, number: int
) -> Times:
    answer = await client.post(
        "/api/v1/images/generations",
        json={"model": "qwen-image-2", "prompt": f"job {number}", "seed": number, "image_size": "16:9"},
    )
    task_id = answer.raise_for_status().json()["id"]
    while True:
        await asyncio.sleep(ASKED_EVERY)
        task = (await client.get(f"/api/v1/tasks/{task_id}")).raise_for_status().json()
        if task["status"] == "completed":
            break
    seen = time()
    file = await client.get(task["output"]["image_urls"][0], headers={"Authorization": ""})
    content = file.raise_for_status().content
    await asyncio.get_running_loop().run_in_executor(threads, _save, folder / str(number), content)
    return Times(task_id, seen, time())


def _save(path: Path, content: bytes) -> None:
    _write(path.with_suffix(".png"), content)
    with Image.open(io.BytesIO(content)) as image:
        image.load()
        image.thumbnail((384, 384))
        preview = io.BytesIO()
        image.convert("RGB").save(preview, "JPEG", quality=82)
    _write(path.with_suffix(".jpg"), preview.getvalue())


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
