#!/usr/bin/env bash
# singer-sdk compares timestamps as texts, and half a second is before the full one
#
# Guess: A stream that is sorted by time is seen as sorted; the bookmark is the latest time.
#
# Seen: The values are compared as texts: 10:00:00.500Z is smaller than 10:00:00Z, because a dot is
#   smaller than a Z. A sorted stream is refused as unsorted, an unsorted one keeps the earlier time
#   as its bookmark.
#
# Versions: singer-sdk 0.54.9; Python 3.11
#
# Matters: Java's Instant leaves the decimals out when they are zero. Such an API is in order for
#   hours, until two events share a second of which one falls on its beginning.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    singer-sdk==0.54.9

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import logging
from importlib.metadata import version

from singer_sdk.helpers._state import increment_state

logging.disable(logging.CRITICAL)
print("singer-sdk", version("singer-sdk"))
TIMES = ("2026-07-01T09:59:59.750Z", "2026-07-01T10:00:00Z", "2026-07-01T10:00:00.500Z")


def bookmark(is_sorted):
    state = {}
    for time in TIMES:
        increment_state(
            state, latest_record={"time": time}, replication_key="time", is_sorted=is_sorted, check_sorted=True
        )
    return state


try:
    refused = str(bookmark(is_sorted=True))
except Exception as error:
    refused = type(error).__name__
    print(f"sorted: {refused}: {error}")
unsorted = bookmark(is_sorted=False)["progress_markers"]["replication_key_value"]
print(f"unsorted: the bookmark is {unsorted}")
assert refused == "InvalidStreamSortException", refused
assert unsorted == "2026-07-01T10:00:00Z", unsorted
PYTHON
