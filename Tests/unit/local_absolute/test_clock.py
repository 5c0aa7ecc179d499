"""The tenant's clocks, and when devices call in on them."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st
from local_absolute import ManualClock, RunningClock
from local_absolute.contact import CHECK_IN_INTERVAL, Contact

START = datetime(2026, 1, 5, 8, tzinfo=timezone.utc)


def test_a_manual_clock_stands_still_until_advanced() -> None:
    clock = ManualClock(START)
    assert clock.now() == START
    clock.advance(1.5)
    assert clock.now() == START + timedelta(seconds=1.5)


@given(st.lists(st.integers(0, 100)), st.integers(0, 120))
def test_what_is_due_runs_in_order_and_at_its_own_time(delays: list[int], advance: int) -> None:
    clock = ManualClock(START)
    ran: list[tuple[int, datetime]] = []
    for delay in delays:
        clock.call_at(START + timedelta(seconds=delay), lambda delay=delay: ran.append((delay, clock.now())))  # type: ignore[misc]
    clock.advance(advance)
    assert [delay for delay, _ in ran] == sorted(delay for delay in delays if delay <= advance)
    assert all(at == START + timedelta(seconds=delay) for delay, at in ran)
    assert clock.now() == START + timedelta(seconds=advance)


def test_work_that_is_added_while_advancing_runs_too() -> None:
    clock = ManualClock(START)
    ran: list[datetime] = []

    def again() -> None:
        ran.append(clock.now())
        clock.call_at(clock.now() + timedelta(seconds=10), again)

    clock.call_at(START, again)
    clock.advance(25)
    assert ran == [START + timedelta(seconds=second) for second in (0, 10, 20)]


def test_a_running_clock_runs_at_its_speed_and_does_its_work_in_the_background() -> None:
    clock = RunningClock(speed=1000)
    done = threading.Event()
    clock.start()
    try:
        clock.call_at(clock.now() + timedelta(days=300), lambda: None)
        clock.call_at(clock.now() + timedelta(seconds=50), done.set)
        assert done.wait(5)
        before = clock.now()
        clock.advance(20)
        assert clock.now() - before >= timedelta(seconds=20)
    finally:
        clock.stop()


def test_a_running_clock_serves_several_tenants() -> None:
    clock = RunningClock(speed=1000)
    done = threading.Event()
    clock.start()
    clock.start()
    clock.stop()
    try:
        clock.call_at(clock.now(), done.set)
        assert done.wait(5)
    finally:
        clock.stop()
    assert not any(thread.name == "tenant-clock" for thread in threading.enumerate())


@given(st.integers(0, 899), st.integers(0, 10**6))
def test_check_ins_are_fifteen_minutes_apart(phase: int, elapsed: int) -> None:
    contact = Contact(timedelta(seconds=phase), online=True)
    now = START + timedelta(seconds=elapsed)
    last, following = contact.last(now), contact.next_check_in(now)
    assert last is not None
    assert last <= now < following
    assert following - last == CHECK_IN_INTERVAL
    assert contact.next_check_in(last) == following


def test_an_offline_agent_keeps_its_last_contact() -> None:
    contact = Contact(timedelta(0), online=True)
    contact.go_offline(START + timedelta(minutes=20))
    assert contact.last(START + timedelta(days=9)) == START + timedelta(minutes=15)
    contact.go_online(START + timedelta(days=9, minutes=1))
    assert contact.last(START + timedelta(days=9, minutes=2)) == START + timedelta(minutes=15)
    assert contact.last(START + timedelta(days=9, minutes=15)) == START + timedelta(days=9, minutes=15)


def test_an_agent_that_never_called_in_has_no_contact_until_its_first_check_in() -> None:
    contact = Contact(timedelta(0), online=False)
    contact.go_online(START + timedelta(minutes=1))
    assert contact.last(START + timedelta(minutes=14)) is None
    assert contact.last(START + timedelta(minutes=15)) == START + timedelta(minutes=15)


def test_going_online_again_changes_nothing() -> None:
    contact = Contact(timedelta(0), online=True)
    contact.go_online(START + timedelta(minutes=1))
    assert contact.last(START + timedelta(minutes=2)) == START
