"""How a command ended, as the exit status tells it to the shell.

0  done           what was asked for was done, or found
1  error          it failed, for all devices or for some; or whether it was done is unknown
2  refused        it was not begun: wrong input, a guard of the pack, no confirmation. Nothing was changed
3  nothing found  it looked, and there is nothing
4  not finished   it was to be waited for, and something is still pending
130               Ctrl-C; what was sent before is not taken back
"""

from __future__ import annotations

from enum import IntEnum


class Outcome(IntEnum):
    DONE = 0
    ERROR = 1
    REFUSED = 2
    NOTHING_FOUND = 3
    NOT_FINISHED = 4
    INTERRUPTED = 130


class RefusedError(Exception):
    """Nothing was begun; the text says why, and what to do."""


class FailedError(Exception):
    """It could not be done; the text says why."""
