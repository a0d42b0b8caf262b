"""Another client of the same wire: the openai package gets a task id from the simulator on a port."""

import openai

from qwen_notebook.reapi.contract import API_PATH
from qwen_notebook.simulator import TEST_KEY, Simulator, running


def test_images_generate_starts_a_task():
    simulator = Simulator(picture_pixels="tiny")
    with running(simulator) as url, openai.OpenAI(api_key=TEST_KEY, base_url=url + API_PATH) as client:
        answer = client.images.generate(
            model="qwen-image-2", prompt="a fox", extra_body={"image_size": "1:1"}
        )
    [task] = simulator.books.tasks.values()
    assert answer.model_extra is not None
    assert answer.model_extra["id"] == task.id
    assert task.order.image_size == "1:1"
