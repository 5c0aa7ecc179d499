#!/usr/bin/env bash
# cron-descriptor says every 40 minutes of a job that waits 40 and 20 by turns
#
# Guess: The description of */40 says that it runs at minute 0 and 40 of each hour, or does not speak of
#   an interval.
#
# Seen: */40 * * * * is 'Every 40 minutes', 0 */5 * * * 'Every 5 hours', 0 0 */2 * * 'every 2 days'.
#   cronsim runs them after 40 and 20 minutes, after 5 and 4 hours, after 2 days and, from the 31st to
#   the 1st, after one.
#
# Versions: cron-descriptor 2.2.1, cronsim 2.8; Python 3.11
#
# Matters: It is how consoles show a schedule to the person who decides whether a fetch is often enough,
#   and calls stay below a limit.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    cron-descriptor==2.2.1 cronsim==2.8

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from datetime import datetime, timezone
from importlib.metadata import version
from itertools import islice, pairwise

from cron_descriptor import get_description
from cronsim import CronSim

SEEN = {
    "*/40 * * * *": ("Every 40 minutes", {20, 40}),
    "0 */5 * * *": ("Every 5 hours", {4 * 60, 5 * 60}),
    "0 0 */2 * *": ("At 12:00 AM, every 2 days", {24 * 60, 2 * 24 * 60}),
}
for line, (words, gaps) in SEEN.items():
    runs = islice(CronSim(line, datetime(2026, 1, 1, tzinfo=timezone.utc)), 60)
    minutes = {round((later - earlier).total_seconds() / 60) for earlier, later in pairwise(runs)}
    print(f"{line}: '{get_description(line)}' (cron-descriptor {version('cron-descriptor')}); gaps of {sorted(minutes)} minutes")
    assert (get_description(line), minutes) == (words, gaps)
PYTHON
