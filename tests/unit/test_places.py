"""Places whose number changes while some are taken, and people who stop waiting for one."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qwen_notebook.studio.places import Places
from tests.support.examples import examples


def test_they_are_given_in_the_order_of_asking():
    async def main():
        places, log = Places(1), []

        async def work(name):
            async with places:
                log.append(name)
                await asyncio.sleep(0)

        await asyncio.gather(*(work(name) for name in range(5)))
        return log, places.taken

    assert asyncio.run(main()) == ([0, 1, 2, 3, 4], 0)


def test_fewer_places_take_none_away_and_more_let_others_in_at_once():
    async def main():
        places = Places(3)
        for _ in range(3):
            await places.acquire()
        places.count = 1
        assert places.are_too_few
        waiting = [asyncio.ensure_future(places.acquire()) for _ in range(3)]
        for _ in range(2):
            places.release()
            await asyncio.sleep(0)
            assert not any(one.done() for one in waiting)
        assert not places.are_too_few
        places.count = 3
        await asyncio.sleep(0)
        assert [one.done() for one in waiting] == [True, True, False]
        assert places.taken == 3
        waiting[2].cancel()

    asyncio.run(main())


@pytest.mark.parametrize("given_first", [True, False])
def test_who_stops_waiting_leaves_the_place_to_the_next(given_first):
    async def main():
        places = Places(1)
        await places.acquire()
        first, second = (asyncio.ensure_future(places.acquire()) for _ in range(2))
        await asyncio.sleep(0)
        if given_first:
            places.release()  # it is given, and not yet noticed
        first.cancel()
        if not given_first:
            places.release()
        await asyncio.wait_for(second, 5)
        assert first.cancelled()
        assert places.taken == 1

    asyncio.run(main())


@given(
    st.integers(1, 4),
    st.lists(st.sampled_from(["ask", "leave", "stop", "turn", 1, 2, 3, 5]), max_size=60),
)
@examples(200)
def test_whatever_happens_no_more_are_given_than_there_are_and_none_is_lost(count, events):
    async def main():
        places, waiting, held = Places(count), [], 0
        for event in events:
            before = places.taken
            if event == "ask":
                waiting.append(asyncio.ensure_future(places.acquire()))
            elif event == "leave" and held:
                held -= 1
                places.release()
            elif event == "stop" and waiting:
                waiting.pop().cancel()
            elif isinstance(event, int):
                places.count = event
            await asyncio.sleep(0)
            held += sum(one.done() for one in waiting)
            waiting = [one for one in waiting if not one.done()]
            assert places.taken <= max(places.count, before)
        await asyncio.sleep(0)
        held += sum(one.done() for one in waiting)
        waiting = [one for one in waiting if not one.done()]
        assert places.taken == held
        assert not waiting or held >= places.count
        for one in waiting:
            one.cancel()

    asyncio.run(main())
