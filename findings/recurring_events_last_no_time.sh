#!/usr/bin/env bash
# A maintenance window of one hour lasts none in March and two in October
#
# Guess: An event of a calendar from 2:30 to 3:30 each Sunday lasts an hour on every Sunday: RFC 5545
#   says that an end stands for an exact duration, and PT1H says it of itself.
#
# Seen: On the day when the clocks go forward recurring-ical-events starts it at 2:30+01:00, a time that
#   the clocks leave out, and ends it at 3:30+02:00, which is the same moment. On the day when they go
#   back it lasts two hours. A night of PT8H lasts seven. It makes no difference which of DTEND and
#   DURATION is written.
#
# Versions: recurring-ical-events 3.8.2, icalendar 7.3.2, tzdata 2026.6; Python 3.11
#
# Matters: In that night no update runs, or it is taken for one outside of the window; in autumn alerts
#   are kept back for an hour longer.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    recurring-ical-events==3.8.2 icalendar==7.3.2 tzdata==2026.6

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from datetime import datetime, timedelta, timezone
from importlib.metadata import version

import icalendar
import recurring_ical_events

print(", ".join(f"{name} {version(name)}" for name in ("recurring-ical-events", "icalendar", "tzdata")))


def calendar(*lines):
    event = ["BEGIN:VEVENT", "UID:1", "DTSTAMP:20260101T000000Z", *lines, "END:VEVENT"]
    text = "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//example.com//EN", *event, "END:VCALENDAR", ""])
    return recurring_ical_events.of(icalendar.Calendar.from_ical(text))


def hours(events, month, day):
    (event,) = events.at((2026, month, day, 2))
    print(f"{event.start} to {event.end}")
    return (event.end.timestamp() - event.start.timestamp()) / 3600


weekly = "DTSTART;TZID=Europe/Berlin:20260301T023000", "RRULE:FREQ=WEEKLY"
for end in ("DTEND;TZID=Europe/Berlin:20260301T033000", "DURATION:PT1H"):
    print(f"weekly at 2:30, {end}:")
    window = calendar(*weekly, end)
    assert [hours(window, *day) for day in ((3, 22), (3, 29), (10, 25))] == [1, 0, 2]

    for day, found in ((22, 1), (29, 0)):
        moment = datetime(2026, 3, day, 1, 45, tzinfo=timezone.utc)
        events = window.between(moment, moment + timedelta(minutes=1))
        print(f"at {moment}: {len(events)} event(s)")
        assert len(events) == found

night = calendar("DTSTART;TZID=Europe/Berlin:20260328T230000", "DURATION:PT8H", "RRULE:FREQ=DAILY")
print("daily at 23:00, DURATION:PT8H:")
assert hours(night, 3, 29) == 7
assert hours(night, 3, 31) == 8
PYTHON
