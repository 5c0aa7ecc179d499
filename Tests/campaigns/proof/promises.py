"""The promises of the integration, as checks of one run under faults. Each gives back how it is broken, or nothing."""

from __future__ import annotations

import itertools
import json
import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Any

from proof.fault_kinds import Kind, Nature
from proof.fault_plan import Call
from proof.trials import FETCHES, Outcome

JWS = re.compile(r"[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{3,}\.[A-Za-z0-9_-]{40,}")
# What only programs say.
PROGRAMMERS_TEXT = re.compile(
    r"Traceback|Exception|HTTPConnectionPool|object at 0x|NoneType|KeyError|TypeError|ValueError|has no attribute|recursion"
    r"|<html|<!DOCTYPE|\bNone\b(?! of| is)|Requested a sleep"
)
# Ways in which an answer says that it does not hold everything, or that something is not known for certain.
INCOMPLETE = re.compile(
    r"incomplete|could not|unknown|cannot be read|not listed|no event|probably|cut off|\| no \|", re.IGNORECASE
)
UNKNOWN = re.compile(r"\bunknown\b", re.IGNORECASE)
HOW_TO_FIND_OUT = re.compile(r"absolute-[a-z]|look again|list of|(in|with) the console", re.IGNORECASE)
SAID_TO_BE_DONE = re.compile(r"was accepted")
NOTHING_SENT = re.compile(r"nothing was sent", re.IGNORECASE)
READ_BACK = re.compile("this was read back|policy group shows it")
# Operations whose repetition changes nothing (RFC 9110 section 9.2.2, and cancellations).
REPEATABLE = re.compile(r"^(DELETE |PUT /v3/actions/freeze/messages/|PUT \S+/policies/|POST /v3/actions/[a-z-]+/cancel-actions/)")
CALLS_PER_SECOND = 20
# A busy machine lets calls arrive closer together than they were sent: the limit is looked at over some seconds.
SECONDS_OF_CALLS, JITTER_SECONDS = 2, 0.3
SLACK_SECONDS = 5.0
# Events are read by several threads: what is on its way when the 429 comes can no longer be held back. Meanwhile another thread
# may sleep, which makes virtual time jump.
READ_SIDE_BY_SIDE, ON_THE_WAY_SECONDS = frozenset({*FETCHES, "absolute-device-get-events"}), 3.0
# The platform ends a command after that many seconds, with nothing to show for it.
RUN_SECONDS = 300
# Differ from run to run: ages, and what the host's clock says.
VOLATILE_TEXT = re.compile(r"\d+ (minute|hour|day)s? ago|just now")
VOLATILE_KEYS = frozenset({"ClockDifferenceSeconds", "TokenId"})

Promise = Callable[[Outcome], Iterator[str]]


def no_programmers_text(outcome: Outcome) -> Iterator[str]:
    if found := PROGRAMMERS_TEXT.search(outcome.text):
        yield f"speaks like a program: {around(outcome.text, found.start())}"


def discreet(outcome: Outcome) -> Iterator[str]:
    shown = outcome.command == "absolute-device-freeze-passcode-get"
    kept = json.dumps([outcome.run.logs, outcome.context]) if shown else outcome.kept
    for secret in outcome.secrets:
        if secret in kept:
            yield f"shows a secret: {around(kept, kept.index(secret)).replace(secret, '***')}"
    if JWS.search(kept):
        yield "shows a JWS"


def never_twice(outcome: Outcome) -> Iterator[str]:
    done: dict[Hashable, int] = defaultdict(int)
    for call in outcome.calls.writes_done:
        done[call.identity] += not REPEATABLE.match(f"{call.method} {call.path}")
    if twice := [str(key)[:120] for key, count in done.items() if count > 1]:
        yield f"carried out twice: {twice}"


def truthful(outcome: Outcome) -> Iterator[str]:
    """A command that changes something says whether it did, or that it does not know and how to find out."""
    tried = [call for call in outcome.calls.calls if call.is_write]
    done, text, ok = outcome.calls.writes_done, outcome.text, outcome.run.ok
    if done and not ok and not UNKNOWN.search(text) and not SAID_TO_BE_DONE.search(text):
        yield f"was carried out, and is reported as failed: {text[:300]}"
    # What is replaced may have been as it was asked for before: then reading it back shows just that.
    replaced = all(REPEATABLE.match(f"{call.method} {call.path}") for call in tried) and READ_BACK.search(text)
    if tried and not done and ok and not UNKNOWN.search(text) and not replaced:
        yield f"was not carried out, and is reported as done: {text[:300]}"
    if UNKNOWN.search(text) and tried and not HOW_TO_FIND_OUT.search(text):
        yield f"is unknown, and nothing says how to find out: {text[:300]}"


def nothing_sent_is_true(outcome: Outcome) -> Iterator[str]:
    """That nothing was sent is not said of a change that arrived."""
    if any(call.is_write for call in outcome.calls.calls) and NOTHING_SENT.search(outcome.text):
        yield f"arrived, and is said not to have been sent: {outcome.text[:300]}"


def certain_when_refused(outcome: Outcome) -> Iterator[str]:
    """What the API refused is reported as not done, not as unknown."""
    tried = [call for call in outcome.calls.calls if call.is_write]
    refused = all(call.answered and call.answered.status in (400, 401, 403, 404, 407, 409, 429) for call in tried)
    if tried and refused and not outcome.calls.writes_done and UNKNOWN.search(outcome.text):
        yield f"was refused, and is reported as unknown: {outcome.text[:300]}"


def in_time(outcome: Outcome) -> Iterator[str]:
    """No call outlasts the time-out, retries included; and the command ends before the platform ends it.

    What is read before a change and after it are two calls.
    """
    spans: dict[Hashable, list[float]] = defaultdict(list)
    changed: Hashable = None
    for call in outcome.calls.calls:
        changed = call.identity if call.is_write else changed
        spans[changed, call.identity].append(call.moment)
    longest = max((max(moments) - min(moments) for moments in spans.values()), default=0.0)
    if not outcome.run.polls and longest > outcome.timeout + SLACK_SECONDS:
        yield f"tries one call for {longest:.0f} s, the time-out is {outcome.timeout:.0f} s"
    if not outcome.run.polls and outcome.seconds > RUN_SECONDS:
        yield f"takes {outcome.seconds:.0f} s, the platform ends it after {RUN_SECONDS} s"


def polite(outcome: Outcome) -> Iterator[str]:
    """Retry-After is obeyed: that of 429 by every call, since the limit is the account's, that of 503 by the same call.

    A poll after some minutes is another execution, which knows nothing of it.
    """
    calls = sorted(outcome.calls.calls, key=lambda call: call.moment)
    asked = [(call, wait) for call in calls if (wait := _asked_wait(call))]
    too_soon = ((after, wait) for call, wait in asked for after in _calls_after(call, calls, outcome) if after < wait - 0.1)
    for after, wait in itertools.islice(too_soon, 1):
        yield f"calls again after {after:.1f} s, Retry-After was {wait:.0f} s"
    moments, many = [call.moment for call in calls], SECONDS_OF_CALLS * CALLS_PER_SECOND
    if any(later - earlier < SECONDS_OF_CALLS - JITTER_SECONDS for earlier, later in zip(moments, moments[many:], strict=False)):
        yield f"makes more than {CALLS_PER_SECOND} calls in a second"


def _asked_wait(call: Call) -> float:
    text = call.answered.headers.get("Retry-After", "") if call.answered else ""
    return float(text) if text.isdigit() else 0.0


def _calls_after(call: Call, calls: Iterable[Call], outcome: Outcome) -> Iterator[float]:
    """Seconds from the end of this call to those that its Retry-After concerns."""
    on_the_way = ON_THE_WAY_SECONDS if outcome.command in READ_SIDE_BY_SIDE else 0.0
    for other in calls:
        after = other.moment - call.ended
        concerned = other.identity == call.identity or (call.is_limited and after > on_the_way)
        if concerned and 0 < after < RUN_SECONDS:
            yield after


def plain_spoken(outcome: Outcome) -> Iterator[str]:
    """An error names the command and says what could not be done, or for each device why; and it does not go on for ever."""
    error = outcome.error
    if error is None:
        return
    if not error.startswith((f"Failed to execute {outcome.command} command. Error: ", "**Failed on ")):
        yield f"an error that does not name its command: {error[:200]}"
    if len(error) > 3000:
        yield f"an error of {len(error)} characters"


PROMISES: tuple[Promise, ...] = (
    no_programmers_text,
    discreet,
    never_twice,
    truthful,
    nothing_sent_is_true,
    certain_when_refused,
    in_time,
    polite,
    plain_spoken,
)


def broken_promises(outcome: Outcome) -> list[str]:
    return [text for promise in PROMISES for text in promise(outcome)]


def same_as_calm(outcome: Outcome, calm: Outcome) -> bool:
    return comparable(outcome.context) == comparable(calm.context) and outcome.files == calm.files


def says_less(outcome: Outcome, calm: Outcome) -> bool:
    """Whether it says of something that it is missing or not known, of which it did not without a fault."""
    return len(INCOMPLETE.findall(outcome.text)) > len(INCOMPLETE.findall(calm.text))


def broken_reading(outcome: Outcome, calm: Outcome, kind: Kind, passing: bool) -> Iterator[str]:
    """What a command that only reads gives back: the same as without a fault, or it says what is missing.

    `passing`: the fault was over at each call's second attempt.
    """
    noticed = not outcome.run.ok or says_less(outcome, calm)
    recovers = kind.nature is Nature.HARMLESS or (passing and kind.nature is Nature.PASSING)
    if recovers and noticed:
        yield f"does not recover: {outcome.text[:300]}"
    elif not same_as_calm(outcome, calm) and not noticed and kind.nature is not Nature.UNDETECTABLE:
        yield f"gives another result without a word: {difference(calm.context, outcome.context)}"


def broken_test(outcome: Outcome, calm: Outcome, kind: Kind, passing: bool) -> Iterator[str]:
    """The Test button says "ok", or what is wrong."""
    recovers = kind.nature is Nature.HARMLESS or (passing and kind.nature is Nature.PASSING)
    if recovers and outcome.run.contents != "ok":
        yield f"does not recover: {outcome.text[:300]}"


def comparable(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: comparable(inner) for name, inner in value.items() if name not in VOLATILE_KEYS}
    if isinstance(value, list):
        return [comparable(inner) for inner in value]
    return VOLATILE_TEXT.sub("…", value) if isinstance(value, str) else value


def difference(calm: Any, now: Any) -> str:
    before, after = (json.dumps(comparable(value), sort_keys=True) for value in (calm, now))
    place = next((index for index, (one, other) in enumerate(zip(before, after, strict=False)) if one != other), 0)
    return f"{len(before)} and {len(after)} characters; {around(before, place)} and {around(after, place)}"


def around(text: str, place: int) -> str:
    return f"…{text[max(place - 80, 0) : place + 120]}…"
