#!/usr/bin/env bash
# One crontab line, three libraries, three schedules
#
# Guess: `0 0 * * 1` is Monday everywhere, and when the day of the month and the weekday are both
#   given, either is enough, except for a field that begins with *, where cron wants both.
#
# Seen: APScheduler's from_crontab counts weekdays from Monday = 0: 1 is Tuesday, 1-5 is Tuesday to
#   Saturday. It always wants both days. cronsim does as cron; croniter takes either day even where a
#   field begins with *.
#
# Versions: APScheduler 3.11.3, croniter 7.0.0, cronsim 2.8; Python 3.11
#
# Matters: A rule that was copied from one console into another runs on another day; 'every second
#   day, if a Monday' runs every second day and every Monday as well.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    APScheduler==3.11.3 croniter==7.0.0 cronsim==2.8

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from datetime import datetime, timedelta, timezone
from importlib.metadata import version

from apscheduler.triggers.cron import CronTrigger
from croniter import croniter
from cronsim import CronSim

START = datetime(2026, 7, 1, 12, tzinfo=timezone.utc)  # a Wednesday


def with_apscheduler(line):
    trigger, moment = CronTrigger.from_crontab(line, timezone=timezone.utc), START
    while True:
        moment = trigger.get_next_fire_time(None, moment + timedelta(seconds=1))
        yield moment


def with_croniter(line):
    schedule = croniter(line, START)
    while True:
        yield schedule.get_next(datetime)


WAYS = {"APScheduler": with_apscheduler, "croniter": with_croniter, "cronsim": lambda line: CronSim(line, START)}
found = {}
for line in ("0 0 * * 1", "0 0 13 * 5", "0 0 */2 * 1"):
    for library, runs in WAYS.items():
        found[library, line] = [f"{moment:%a %d.%m.}" for moment, _ in zip(runs(line), range(3))]
        print(f"{line} with {library} {version(library)}: {', '.join(found[library, line])}")
assert found["croniter", "0 0 * * 1"] == found["cronsim", "0 0 * * 1"] == ["Mon 06.07.", "Mon 13.07.", "Mon 20.07."]
assert found["APScheduler", "0 0 * * 1"] == ["Tue 07.07.", "Tue 14.07.", "Tue 21.07."]
assert found["croniter", "0 0 13 * 5"] == found["cronsim", "0 0 13 * 5"] == ["Fri 03.07.", "Fri 10.07.", "Mon 13.07."]
assert found["APScheduler", "0 0 13 * 5"] == ["Sat 13.02.", "Sat 13.03.", "Sat 13.11."]
assert found["croniter", "0 0 */2 * 1"] == ["Fri 03.07.", "Sun 05.07.", "Mon 06.07."]
assert found["cronsim", "0 0 */2 * 1"] == ["Mon 13.07.", "Mon 27.07.", "Mon 03.08."]
PYTHON
