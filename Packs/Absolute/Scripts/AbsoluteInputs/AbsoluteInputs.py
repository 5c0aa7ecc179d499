import demistomock as demisto
from CommonServerPython import *
from CommonServerUserPython import *
from TextApiModule import *

from collections.abc import Mapping
from datetime import datetime
from typing import Any

CONTEXT = "AbsoluteInputs"
SWITCH = ("true", "false", "yes", "no")  # in any case, as argToBoolean and the conditions of the playbooks read them
HOURS = range(1, 30 * 24 + 1)
SECONDS = range(10, 30 * 86_400 + 1)  # timeout_in_seconds of the commands
DATES = ("Scheduled_date",)  # when something will be done
PAST_DATES = ("Not_again_within",)  # from when on what was done counts
LOOKS = 500  # the rounds of the loop of "Absolute - Follow Device Location"

# The inputs of playbooks that are no free text: those that switch something, and those that are a time in hours.
SWITCHES = """
    All_of_user Clear Clear_device_fields Close_incident Confirm_report Contain Exclude_missing Follow_location Freeze_device
    Freeze_devices Only_while_missing Only_while_silent Release Remove_offline Remove_scheduled Require_approval Send_message
    Sensitive_data Separate_approver Show_pending Stop_when_found Unenroll Update_device_fields Wait
"""
TIMES = "Action_hours Answer_hours Approval_hours Decision_hours Timeout_hours"
# What each of them may be: one of some words, or a whole number of a range.
INPUTS: "Mapping[str, Any]" = {
    **dict.fromkeys(SWITCHES.split(), SWITCH),
    **dict.fromkeys(TIMES.split(), HOURS),
    "Default_answer": ("Lost", "Stolen", "Stop"),
    "Follow_hours": range(30 * 24 + 1),
    "Follow_interval_minutes": range(1, 24 * 60 + 1),
    "Freeze_type": ("OnDemand", "Scheduled", "OffLine"),
    "Kind": ("wipe", "file delete", "script", "unenroll"),
    "Offline_seconds": range(1_200, 172_800_000 + 1),
    "Passcode_length": range(4, 8 + 1),
    "Passcode_type": ("RandomForEach", "RandomForAll"),
    "Silent_days": range(1, 3_650 + 1),
    "Timeout_in_seconds": SECONDS,
    "Wipe_device": ("Ask", *SWITCH),
}


def fault(name: str, value: Any, allowed: Any) -> "str | None":
    """What is wrong with the value of an input, or nothing. `allowed`: words in any case, or the range of a whole number."""
    text = str(value).strip()
    if isinstance(allowed, range):
        known = as_whole(value, allowed) is not None
        unit = name.rpartition("_")[2]
        wanted = f"a whole number{f' of {unit}' if unit.endswith('s') else ''} from {allowed.start} to {allowed.stop - 1}"
    else:
        known = text.casefold() in {word.casefold() for word in allowed} and text == str(value)
        wanted = ", ".join(allowed[:-1]) + f" or {allowed[-1]}"
    return None if known else f"{name} must be {wanted}, and is: {text[:MAX_ECHO] or 'empty'}."


def faults(inputs: Mapping[str, Any]) -> list[str]:
    """What is wrong with the inputs of a playbook, a sentence each. `required` names those that must not be empty."""
    needed = dict.fromkeys(argToList(inputs.get("required")), "")
    given = {name: value for name, value in {**needed, **inputs}.items() if name in needed or value not in (None, "")}
    found = [text for name in sorted(INPUTS.keys() & given.keys()) if (text := fault(name, given[name], INPUTS[name]))]
    hours, minutes = (as_whole(given.get(name), INPUTS[name]) for name in ("Follow_hours", "Follow_interval_minutes"))
    if hours and minutes and hours * 60 > LOOKS * minutes:
        found.append(
            f"Follow_hours and Follow_interval_minutes make more than {LOOKS} looks. Follow for fewer hours, or look less."
        )
    return found


def read_dates(inputs: Mapping[str, Any], now: datetime) -> "tuple[dict[str, str], list[str]]":
    """The dates that are given, as the API writes them, in UTC; and what is wrong with the others."""
    understood, found = {}, []
    for name in (*DATES, *PAST_DATES):
        try:
            if name in PAST_DATES:
                past_dates(inputs, [name])
            elif date := coming_date(inputs, name, now):
                understood[name] = api_time(date.moment)
        except ArgumentError as error:
            found.append(str(error))
    return understood, found


def main() -> None:
    try:
        dates, wrong = read_dates(demisto.args(), utc_now())
        found = faults(demisto.args()) + wrong
        demisto.setContext(CONTEXT, {"Reason": " ".join(found)} if found else dates)
        # What an earlier run said of the instance is not the reason why this one stops.
        demisto.setContext("AbsoluteInstance", {})
        if found:
            raise ValueError(" ".join(found))
        return_results("The inputs can be understood.")
    except Exception as error:
        return_error(str(error))


if __name__ in ("__main__", "__builtin__", "builtins"):
    main()
