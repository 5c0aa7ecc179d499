#!/usr/bin/env bash
# Limiters that are set to 20 calls per second let nearly 40 pass within one
#
# Guess: A limiter that is set to 20 per second never lets more than 20 pass within any second.
#
# Seen: ratelimit counts in windows, so 20 at the end of one and 20 at the start of the next make
#   about 39 within a second. aiolimiter lets 20 pass at once and 20 more while its bucket leaks.
#   pyrate-limiter holds to 20.
#
# Versions: ratelimit 2.2.1, aiolimiter 1.3.0, pyrate-limiter 4.5.1; Python 3.11
#
# Matters: An API with a hard limit per account answers 429, or locks the account out, although the
#   client is limited to just what is allowed.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    ratelimit==2.2.1 aiolimiter==1.3.0 pyrate-limiter==4.5.1

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import asyncio
import time
from importlib.metadata import version

import ratelimit
from aiolimiter import AsyncLimiter
from pyrate_limiter import Duration, Limiter, Rate

CALLS = 40


def worst_second(moments):
    return max(sum(first <= moment < first + 1 for moment in moments) for first in moments)


def with_ratelimit():
    take = ratelimit.sleep_and_retry(ratelimit.limits(calls=20, period=1)(time.monotonic))
    first = take()
    time.sleep(0.8)  # the others come at the end of the window that the first has opened
    return [first, *(take() for _ in range(CALLS - 1))]


async def with_aiolimiter():
    limiter, moments = AsyncLimiter(20, 1), []
    while len(moments) < CALLS:
        async with limiter:
            moments.append(time.monotonic())
    return moments


def with_pyrate_limiter():
    limiter, moments = Limiter(Rate(20, Duration.SECOND)), []
    while len(moments) < CALLS:
        limiter.try_acquire("api")
        moments.append(time.monotonic())
    return moments


worst = {
    "ratelimit": worst_second(with_ratelimit()),
    "aiolimiter": worst_second(asyncio.run(with_aiolimiter())),
    "pyrate-limiter": worst_second(with_pyrate_limiter()),
}
for library, count in worst.items():
    print(f"{library} {version(library)}, 20 per second: {count} calls in the worst second")
assert worst["ratelimit"] > 30 and worst["aiolimiter"] > 30, worst
assert worst["pyrate-limiter"] <= 20, worst
PYTHON
