"""Scripts about time: Sleep, GetTime."""

from collections.abc import Iterator
from datetime import datetime, timezone

from dateutil.relativedelta import relativedelta

from local_xsoar.moments import read_moment
from local_xsoar.scripts.script import Args, Entry, Script, ScriptCall, note

ANNOUNCED_FROM_SECONDS = 300  # from here on Sleep is a scheduled command that says when it is over
UNITS = {"minutesAgo": "minutes", "hoursAgo": "hours", "daysAgo": "days", "monthsAgo": "months", "yearsAgo": "years"}


def _sleep(call: ScriptCall, args: Args) -> Iterator[Entry | float]:
    seconds, timeout = int(args["seconds"]), call.behaviour.sleep_timeout
    if timeout is not None:
        yield float(min(seconds, timeout))
        if seconds >= timeout:
            raise ValueError(f"Timeout Error: the script Sleep ran longer than {timeout} seconds.")
        return
    if seconds >= ANNOUNCED_FROM_SECONDS:
        yield note(f"Sleep will complete in {seconds} seconds")
    yield float(seconds)
    if seconds >= ANNOUNCED_FROM_SECONDS:
        yield note(f"Sleep completed in {seconds} seconds")


def _get_time(call: ScriptCall, args: Args) -> Iterator[Entry]:
    """Only the ISO and UTC formats: the others depend on where the server stands."""
    moment = _parsed_time(args["date"]) if args.get("date") else call.now
    for argument, unit in UNITS.items():
        if args.get(argument):
            moment -= relativedelta(**{unit: int(args[argument])})
    prefix = args.get("contextKey") or ""
    shown = _formatted(moment, str(args.get("dateFormat") or "").lower())
    yield note(shown, shown, {f"{prefix}TimeNowUnix": int(moment.timestamp() * 1000), f"{prefix}TimeNow": shown})


def _formatted(moment: datetime, name: str) -> str:
    """Raises ValueError for a format that is not known."""
    if name == "iso":
        return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"
    if name in ("utc", "gmt"):
        return moment.strftime("%a, %d %b %Y %H:%M:%S GMT")
    raise ValueError(f"Unsupported date format: {name or 'none'}")


def _parsed_time(text: str) -> datetime:
    """Raises ValueError for a text that is no time."""
    found = read_moment(text)
    if found is None:
        raise ValueError(f"{text!r} is no time.")
    return found.astimezone(timezone.utc)


SCRIPTS = {
    "Sleep": Script({"seconds": True}, _sleep),
    "GetTime": Script({"date": False, "dateFormat": True, "contextKey": False, **dict.fromkeys(UNITS, False)}, _get_time),
}
