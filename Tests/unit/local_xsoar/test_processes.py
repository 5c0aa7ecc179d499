"""Processes that go on at the same time, on a clock that somebody else moves."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st
from local_xsoar.playbooks.processes import Latch, Processes


def test_the_one_that_was_started_first_goes_on_until_it_waits() -> None:
    seen: list[str] = []

    def process(name: str) -> Iterator[float | Latch]:
        seen.append(f"{name}1")
        yield 0.0
        seen.append(f"{name}2")

    processes = Processes(lambda _seconds: None)
    processes.start([process("a"), process("b")])
    processes.run()
    assert seen == ["a1", "b1", "a2", "b2"]


def test_what_a_process_starts_goes_on_before_the_others() -> None:
    seen: list[str] = []
    processes = Processes(lambda _seconds: None)

    def child() -> Iterator[float | Latch]:
        seen.append("child")
        yield from ()

    def parent() -> Iterator[float | Latch]:
        processes.start([child()])
        seen.append("parent")
        yield from ()

    def other() -> Iterator[float | Latch]:
        seen.append("other")
        yield from ()

    processes.start([parent(), other()])
    processes.run()
    assert seen == ["parent", "child", "other"]


def test_a_latch_lets_go_all_that_wait_for_it_and_stays_open() -> None:
    seen: list[str] = []
    latch = Latch()

    def waits(name: str) -> Iterator[float | Latch]:
        yield latch
        seen.append(name)
        yield latch
        seen.append(f"{name} again")

    def opens() -> Iterator[float | Latch]:
        yield 5.0
        seen.append("open")
        latch.open()

    processes = Processes(lambda _seconds: None)
    processes.start([waits("a"), waits("b"), opens()])
    processes.run()
    assert seen == ["open", "a", "a again", "b", "b again"]


def test_a_latch_that_nobody_opens_holds_nothing_up() -> None:
    processes = Processes(lambda _seconds: None)
    processes.start([iter([Latch()])])
    processes.run()
    assert processes.now == 0


@given(st.lists(st.lists(st.integers(min_value=0, max_value=9), max_size=4), max_size=4))
def test_time_passes_once_for_all(plans: list[list[int]]) -> None:
    """The clock moves as far as the longest process waits, and every process sees its own waits pass."""
    waits: list[float] = []
    processes = Processes(waits.append)

    def process(plan: list[int]) -> Iterator[float | Latch]:
        for number, seconds in enumerate(plan):
            assert processes.now == sum(plan[:number])
            yield float(seconds)
        assert processes.now == sum(plan)

    processes.start([process(plan) for plan in plans])
    processes.run()
    assert sum(waits) == max((sum(plan) for plan in plans), default=0)
    assert all(seconds > 0 for seconds in waits)
