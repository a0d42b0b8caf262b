"""Never more calls than the user's rate, the urgent first, and slower after a 429. All in a time that is moved."""

import asyncio
import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qwen_notebook.studio.learned_rate import LearnedRate
from qwen_notebook.studio.rate_limit import RateLimiter, Urgency
from tests.support.examples import examples
from tests.support.fake_time import FakeTimeLoop, run_in_fake_time

SLACK = 1e-6


def limiter_on(loop: FakeTimeLoop, rate: LearnedRate | float, jitter: float = 0.0) -> RateLimiter:
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
@examples(60)
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


@pytest.mark.parametrize("asked", [0.25, 2.0, 5.0])
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


def test_a_rate_that_is_learned_recovers_as_it_is_used_up_to_what_was_refused_and_slowly_beyond():
    async def main(loop):
        limiter = limiter_on(loop, LearnedRate(16, first=16))
        for _ in range(8):
            limiter.slow_down(2.0)
        assert limiter.rate == 8
        await asyncio.sleep(60)
        assert limiter.rate < 9.5, "nobody has called since, so nothing is known that was not"
        calls = asyncio.ensure_future(looks_for(120, limiter, loop))
        rates = []
        while not calls.done():
            await asyncio.sleep(0.5)
            rates.append(limiter.rate)
        assert all(earlier <= later for earlier, later in pairwise(rates))
        assert rates[20] == pytest.approx(0.9 * 16, rel=0.05), "within seconds nearly as fast as was refused"
        assert rates[20] < 16, "and faster only slowly"
        assert rates[-1] == 16, "but never for good"

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


def test_a_call_that_waits_for_no_turn_is_waited_for_by_the_next():
    async def main(loop):
        limiter, log = limiter_on(loop, 1), []
        await limiter.turn(Urgency.LOOK)
        limiter.draw()
        await go(limiter, loop, log=log)
        return log[0][0]

    assert run_in_fake_time(main) == pytest.approx(2, abs=0.01)


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


HOUR = 3600.0


def go_on(limiter, loop, urgency, log):
    """A call that goes as soon as it may, and notes when that was."""
    return asyncio.ensure_future(go(limiter, loop, urgency, log, urgency))


async def looks_for(seconds, limiter, loop, answer=lambda: None):
    """When looks went in this time, one asking after the other; each is answered by `answer`."""
    log = []

    async def look():
        while True:
            await go(limiter, loop, Urgency.LOOK, log)
            answer()

    lookers = [asyncio.ensure_future(look()) for _ in range(5)]
    await asyncio.sleep(seconds)
    for looker in lookers:
        looker.cancel()
    await asyncio.gather(*lookers, return_exceptions=True)
    return [at for at, _ in log]


def test_in_a_long_pause_no_submit_goes_and_looks_behind_them_go_on():
    async def main(loop):
        limiter, log = limiter_on(loop, 10), []
        limiter.slow_down(HOUR)
        submits = [go_on(limiter, loop, Urgency.SUBMIT, log) for _ in range(3)]
        looks = [go_on(limiter, loop, Urgency.LOOK, log) for _ in range(4)]
        await asyncio.gather(*submits, *looks)
        return log

    log = run_in_fake_time(main)
    assert [name for _, name in log] == [Urgency.LOOK] * 4 + [Urgency.SUBMIT] * 3
    assert [at for at, _ in log[:4]] == pytest.approx([3, 6, 9, 12], abs=0.1)
    assert all(HOUR <= at < HOUR + 1 for at, _ in log[4:])


@pytest.mark.parametrize(("rate", "gap"), [(10, 3), (0.1, 10), (0.01, 100), (math.inf, 3)])
def test_in_a_long_pause_looks_go_every_few_seconds_and_never_faster_than_the_rate(rate, gap):
    async def main(loop):
        limiter = limiter_on(loop, rate)
        limiter.slow_down(HOUR)
        return await looks_for(1000, limiter, loop)

    moments = [0.0, *run_in_fake_time(main)]  # the first does not go at once
    assert [later - earlier for earlier, later in pairwise(moments)] == pytest.approx(
        [gap] * (len(moments) - 1), rel=0.01
    )
    assert len(moments) > 1000 / gap * 0.9


def test_looks_that_are_turned_away_in_the_pause_become_fewer_down_to_one_a_minute_and_prolong_nothing():
    async def main(loop):
        limiter = limiter_on(loop, 10)
        limiter.slow_down(HOUR)
        for _ in range(8):  # looks that were out when it began, and say nothing of looks in the pause
            limiter.slow_down(None, Urgency.LOOK)
        moments = await looks_for(600, limiter, loop, lambda: limiter.slow_down(None, Urgency.LOOK))
        assert limiter.paused_for == pytest.approx(HOUR - 600)
        await asyncio.sleep(HOUR)
        limiter.slow_down(HOUR)  # another pause begins with the first gap again
        return [0.0, *moments], [at - 600 - HOUR for at in await looks_for(4, limiter, loop)]

    moments, later_moments = run_in_fake_time(main)
    gaps = [later - earlier for earlier, later in pairwise(moments)]
    assert gaps == pytest.approx([3, 6, 12, 24, 48, *[60] * (len(gaps) - 5)], abs=0.1)
    assert later_moments == pytest.approx([3], abs=0.1)


def test_a_pause_is_told_of_when_it_begins_or_grows_and_never_shortens():
    async def main(loop):
        told = []
        limiter = RateLimiter(10, on_pause=told.append, clock=loop.time, jitter=lambda: 0.0)
        assert limiter.paused_for == 0
        limiter.slow_down(100.0)
        assert limiter.paused_for == 100
        await asyncio.sleep(40)
        limiter.slow_down(2.0)
        limiter.slow_down(30.0, Urgency.LOOK)
        assert limiter.paused_for == pytest.approx(60)
        limiter.slow_down(200.0, Urgency.LOOK)
        assert limiter.paused_for == pytest.approx(200)
        await asyncio.sleep(201)
        assert limiter.paused_for == 0
        limiter.slow_down(None, Urgency.LOOK)
        return told

    assert run_in_fake_time(main) == pytest.approx([100, 200, 1])


def test_a_service_that_counts_down_does_not_draw_a_new_end_each_time():
    async def main(loop):
        ends, jitter = [], iter([0.0, *[1.0] * 100])
        limiter = RateLimiter(10, clock=loop.time, jitter=lambda: next(jitter))
        limiter.on_pause = lambda seconds: ends.append(loop.time() + seconds)
        limiter.slow_down(HOUR)
        await looks_for(300, limiter, loop, lambda: limiter.slow_down(HOUR - loop.time(), Urgency.LOOK))
        return ends

    assert run_in_fake_time(main) == [HOUR]


def test_a_short_wait_that_is_asked_of_a_look_in_the_pause_is_kept_too():
    async def main(loop):
        limiter = limiter_on(loop, 10)
        limiter.slow_down(HOUR)
        await asyncio.sleep(2)
        limiter.slow_down(5.0, Urgency.LOOK)
        return await looks_for(8, limiter, loop)

    assert run_in_fake_time(main) == pytest.approx([7], abs=0.1)


def test_a_look_that_is_cancelled_when_it_may_go_leaves_no_token_to_a_submit():
    async def main(loop):
        limiter, log = limiter_on(loop, 1), []
        limiter.slow_down(HOUR)
        look = go_on(limiter, loop, Urgency.LOOK, log)
        await asyncio.sleep(0)
        loop.call_at(limiter._timer.when(), look.cancel)  # right after it is given, before it runs on
        submits = [go_on(limiter, loop, Urgency.SUBMIT, log) for _ in range(2)]
        await asyncio.gather(look, *submits, return_exceptions=True)
        assert look.cancelled()
        return [at for at, _ in log]

    first, second = run_in_fake_time(main)
    assert first >= HOUR + 1  # at half the rate, and with nothing saved up
    assert second > first


retry_after = st.one_of(st.none(), st.floats(0, 5), st.floats(5.01, 4000))


@given(
    st.floats(0.2, 50),
    st.floats(0, 1),
    st.lists(
        st.tuples(
            st.floats(0, 20),
            st.sampled_from(Urgency),
            st.one_of(st.sampled_from(["go", "go", "cancel"]), retry_after),
        ),
        max_size=60,
    ),
)
@examples(200)
def test_whatever_is_asked_submits_keep_the_pause_and_looks_get_through_it_slowly(rate, jitter, events):
    async def main(loop):
        limiter, log, waiting, told, pauses = limiter_on(loop, rate, jitter), [], [], [], []
        limiter.on_pause = lambda seconds: told.append(loop.time() + seconds)
        for pause, urgency, event in events:
            await asyncio.sleep(pause)
            task = go_on(limiter, loop, urgency, log)
            if event != "cancel":
                waiting.append(task)
            if event in ("go", "cancel"):
                await asyncio.sleep(0)
                if event == "cancel":
                    task.cancel()
                continue
            now, before, tellings = loop.time(), limiter.paused_for, len(told)
            limiter.slow_down(event, urgency)
            after = limiter.paused_for
            assert after >= before
            assert (len(told) > tellings) == (after > before), "the owner hears of it, and of nothing else"
            if event is not None:
                assert after >= min(event, HOUR) - SLACK, "nobody submits before the time that was asked"
            if after > before:
                assert told[-1] == pytest.approx(now + after)
            pauses.append((now, now + after))
        begun = loop.time()
        await asyncio.gather(*waiting)
        assert loop.time() < begun + 1.2 * HOUR + len(waiting) / min(rate / 2, 0.1) + 1, (
            "everybody gets a turn"
        )
        return log, pauses

    log, pauses = run_in_fake_time(main)
    for begin, end in pauses:
        in_pause = [(at, urgency) for at, urgency in log if begin + SLACK < at < end - SLACK]
        assert all(urgency is not Urgency.SUBMIT for _, urgency in in_pause)
        looks = [at for at, _ in in_pause]
        assert all(at >= begin + min(3, end - begin) - SLACK for at in looks), "the first not at once"
        assert all(later - earlier >= max(3, 1 / rate) - SLACK for earlier, later in pairwise(looks))
    moments = [at for at, _ in log]
    if moments:
        for seconds in (0, 1, 3, 30):
            assert most_in_any_window(moments, seconds) <= max(1, rate) + rate * seconds + SLACK
