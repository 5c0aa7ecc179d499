#!/usr/bin/env bash
# A daily job runs twice on the day when the clocks go back
#
# Guess: croniter, cronsim and APScheduler treat a fixed time as cron does: once a day, also on the
#   day on which 02:30 comes twice; in spring the skipped time is made up for once.
#
# Seen: croniter and APScheduler give 02:30 twice in autumn, cronsim once. In spring APScheduler fires
#   at 02:30 with the winter offset, a time that no clock showed.
#
# Versions: croniter 7.0.0, APScheduler 3.11.3, cronsim 2.8; Python 3.11
#
# Matters: The nightly wipe of returned laptops, the mail to their users, the report that is counted:
#   twice, one night a year, and only where the server is not on UTC.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    APScheduler==3.11.3 croniter==7.0.0 cronsim==2.8 tzdata==2026.6

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from datetime import datetime, timedelta, timezone
from importlib.metadata import version
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger
from croniter import croniter
from cronsim import CronSim

BERLIN = ZoneInfo("Europe/Berlin")
LINE = "30 2 * * *"


def with_apscheduler(start):
    trigger, moment, last = CronTrigger.from_crontab(LINE, timezone=BERLIN), start, None
    while True:
        last = trigger.get_next_fire_time(last, moment)
        yield last
        moment = (last.astimezone(timezone.utc) + timedelta(seconds=1)).astimezone(BERLIN)


def with_croniter(start):
    schedule = croniter(LINE, start)
    while True:
        yield schedule.get_next(datetime)


WAYS = {"croniter": with_croniter, "APScheduler": with_apscheduler, "cronsim": lambda start: CronSim(LINE, start)}
found = {}
for season, start in (("autumn", datetime(2026, 10, 24, 12, tzinfo=BERLIN)), ("spring", datetime(2027, 3, 27, 12, tzinfo=BERLIN))):
    for library, runs in WAYS.items():
        found[library, season] = [moment.isoformat() for moment, _ in zip(runs(start), range(2))]
        print(f"{season}, {library} {version(library)}: {', '.join(found[library, season])}")
twice = ["2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00"]
assert found["croniter", "autumn"] == found["APScheduler", "autumn"] == twice
assert found["cronsim", "autumn"] == ["2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00"]
assert found["croniter", "spring"][0] == found["cronsim", "spring"][0] == "2027-03-28T03:00:00+02:00"
assert found["APScheduler", "spring"][0] == "2027-03-28T02:30:00+01:00"
PYTHON
