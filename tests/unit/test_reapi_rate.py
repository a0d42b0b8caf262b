"""Never more calls than the user's rate, the urgent first, and slower after a 429. All in a time that is moved."""

import asyncio
import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qwen_notebook.reapi.rate import RateLimiter, Urgency
from tests.support.fake_time import FakeTimeLoop, run_in_fake_time

SLACK = 1e-6


def limiter_on(loop: FakeTimeLoop, rate: float, jitter: float = 0.0) -> RateLimiter:
    return RateLimiter(rate, clock=loop.time, jitter=lambda: jitter)


async def go(limiter, loop, urgency=Urgency.LOOK, log=None, name=None):
    await limiter.turn(urgency)
    if log is not None:
        log.append((loop.time(), name))


def most_in_any_window(moments: list[float], seconds: float) -> int:
    return max(sum(start <= at <= start + seconds for at in moments) for start in moments)


@pytest.mark.parametrize("rate", [0.5, 1, 2.5, 10, 100])
def test_no_window_holds_more_than_the_burst_and_the_rate(rate):
    async def main(loop):
        limiter, log = limiter_on(loop, rate), []
        await asyncio.gather(*(go(limiter, loop, log=log) for _ in range(int(5 * rate) + 5)))
        return [at for at, _ in log]

    moments = run_in_fake_time(main)
    burst = max(1, 0.8 * rate)
    for seconds in (0, 0.3, 1, 2, 5):
        assert most_in_any_window(moments, seconds) <= burst + rate * seconds + SLACK
    assert moments[-1] == pytest.approx(
        (len(moments) - burst) / rate, rel=0.1, abs=0.5
    )  # and no slower than it has to be


@given(
    st.floats(0.5, 50),
    st.lists(
        st.tuples(
            st.floats(0, 3), st.sampled_from(Urgency), st.sampled_from(["go", "go", "go", "cancel", "429"])
        ),
        max_size=60,
    ),
)
@settings(max_examples=60, deadline=None)
def test_whatever_happens_the_rate_is_kept_and_everybody_gets_a_turn(rate, events):
    async def main(loop):
        limiter, log, waiting = limiter_on(loop, rate), [], []
        for pause, urgency, event in events:
            await asyncio.sleep(pause / rate)
            task = asyncio.ensure_future(go(limiter, loop, urgency, log))
            waiting.append(task)
            if event == "cancel":
                await asyncio.sleep(0)
                task.cancel()
            elif event == "429":
                limiter.slow_down(None)
        await asyncio.gather(*waiting, return_exceptions=True)
        assert len(log) >= sum(event != "cancel" for _, _, event in events)
        return [at for at, _ in log]

    moments = run_in_fake_time(main)
    if moments:
        for seconds in (0, 1, 3):
            assert most_in_any_window(moments, seconds) <= max(1, rate) + rate * seconds + SLACK


def test_submits_go_before_looks_and_else_it_is_first_come_first_served():
    async def main(loop):
        limiter, log = limiter_on(loop, 1), []
        await limiter.turn(Urgency.LOOK)  # the burst is gone
        looks = [go(limiter, loop, Urgency.LOOK, log, f"look {n}") for n in range(3)]
        submits = [go(limiter, loop, Urgency.SUBMIT, log, f"submit {n}") for n in range(3)]
        await asyncio.gather(*looks, *submits)
        return [name for _, name in log]

    assert run_in_fake_time(main) == ["submit 0", "submit 1", "submit 2", "look 0", "look 1", "look 2"]


def test_an_hour_of_quiet_gives_less_than_a_second_of_burst():
    async def main(loop):
        limiter, log = limiter_on(loop, 10), []
        await asyncio.sleep(3600)
        await asyncio.gather(*(go(limiter, loop, log=log) for _ in range(20)))
        return sum(at == log[0][0] for at, _ in log)

    assert run_in_fake_time(main) == 8


@pytest.mark.parametrize("asked", [0.25, 2.0, 30.0])
def test_after_a_429_nobody_goes_before_the_time_that_was_asked(asked):
    async def main(loop):
        limiter, log = limiter_on(loop, 10), []
        limiter.slow_down(asked)
        await asyncio.gather(*(go(limiter, loop, urgency, log) for urgency in Urgency for _ in range(3)))
        return [at for at, _ in log]

    moments = run_in_fake_time(main)
    assert asked <= moments[0] < asked + 0.5


def test_a_429_without_a_time_waits_a_second():
    async def main(loop):
        limiter = limiter_on(loop, 10)
        limiter.slow_down(None)
        await limiter.turn(Urgency.SUBMIT)
        return loop.time()

    assert 1 <= run_in_fake_time(main) < 1.5


def test_jitter_only_lengthens_the_wait():
    async def main(loop):
        limiter = limiter_on(loop, 10, jitter=1.0)
        limiter.slow_down(10.0)
        await limiter.turn(Urgency.SUBMIT)
        return loop.time()

    assert 12 <= run_in_fake_time(main) < 12.5


@pytest.mark.parametrize("absurd", [1e9, 1e300])
def test_an_absurd_wait_ends_within_an_hour_or_so(absurd):
    async def main(loop):
        limiter = limiter_on(loop, 10)
        limiter.slow_down(absurd)
        await limiter.turn(Urgency.SUBMIT)
        return loop.time()

    assert run_in_fake_time(main) < 2 * 3600


def test_the_rate_halves_once_for_a_squeeze_that_several_calls_report_and_recovers():
    async def main(loop):
        limiter = limiter_on(loop, 16)
        for _ in range(8):
            limiter.slow_down(2.0)
        assert limiter.rate == 8
        await asyncio.sleep(2.0)
        assert limiter.rate == pytest.approx(8)
        limiter.slow_down(2.0)
        assert limiter.rate == pytest.approx(4, rel=0.1)
        await asyncio.sleep(2.0)
        rates = []
        for _ in range(40):
            await asyncio.sleep(0.5)
            rates.append(limiter.rate)
        assert all(earlier <= later for earlier, later in pairwise(rates))
        assert rates[0] < 6
        assert rates[-1] == 16

    run_in_fake_time(main)


def test_many_429s_that_ask_for_no_wait_do_not_bring_it_to_a_stop():
    async def main(loop):
        limiter = limiter_on(loop, 16)
        for _ in range(16):
            limiter.slow_down(0.0)
        assert limiter.rate == 8

    run_in_fake_time(main)


@pytest.mark.parametrize("rate", [0.05, 0.1, 1])
def test_slowing_down_never_speeds_up(rate):
    async def main(loop):
        limiter = limiter_on(loop, rate)
        for _ in range(20):
            limiter.slow_down(1.0)
            await asyncio.sleep(2)
            assert limiter.rate <= rate

    run_in_fake_time(main)


def test_calls_spread_out_after_a_squeeze():
    async def main(loop):
        limiter, log = limiter_on(loop, 10), []
        limiter.slow_down(2.0)
        await asyncio.gather(*(go(limiter, loop, log=log) for _ in range(30)))
        return [at for at, _ in log]

    moments = run_in_fake_time(main)
    assert most_in_any_window(moments, 0.05) <= 2  # no second burst into a service that is full
    assert moments[-1] < 2 + 30 / 5 + 1


def test_a_cancelled_turn_takes_no_token():
    async def main(loop):
        limiter, log = limiter_on(loop, 1), []
        await limiter.turn(Urgency.LOOK)
        dead = [asyncio.ensure_future(go(limiter, loop)) for _ in range(5)]
        alive = asyncio.ensure_future(go(limiter, loop, log=log))
        await asyncio.sleep(0)
        for task in dead:
            task.cancel()
        await alive
        return log[0][0]

    assert run_in_fake_time(main) == pytest.approx(1, abs=0.01)


def test_a_turn_that_is_cancelled_just_after_it_was_given_passes_its_token_on():
    async def main(loop):
        limiter, log = limiter_on(loop, 1), []
        await limiter.turn(Urgency.LOOK)
        first = asyncio.ensure_future(go(limiter, loop, log=log))
        second = asyncio.ensure_future(go(limiter, loop, log=log))
        await asyncio.sleep(0)
        loop.call_at(limiter._timer.when(), first.cancel)  # right after it is given, before it runs on
        await second
        assert first.cancelled()
        return log[0][0]

    assert run_in_fake_time(main) == pytest.approx(1, abs=0.01)


def test_without_a_limit_nobody_waits():
    async def main(loop):
        limiter = limiter_on(loop, math.inf)
        await asyncio.gather(*(limiter.turn(Urgency.LOOK) for _ in range(10_000)))
        return loop.time()

    assert run_in_fake_time(main) == 0


def test_many_jobs_in_flight_never_ask_faster_than_the_rate():
    """A hundred jobs looked at by their own schedules, all through one limiter."""

    async def main(loop):
        limiter, log = limiter_on(loop, 20), []

        async def job():
            await go(limiter, loop, Urgency.SUBMIT, log)
            for _ in range(6):
                await asyncio.sleep(0.5)
                await go(limiter, loop, Urgency.LOOK, log)

        await asyncio.gather(*(job() for _ in range(100)))
        return [at for at, _ in log]

    moments = run_in_fake_time(main)
    assert len(moments) == 700
    for seconds in (1, 5):
        assert most_in_any_window(moments, seconds) <= 20 + 20 * seconds + SLACK
    assert moments[-1] == pytest.approx((700 - 20) / 20, rel=0.05)
