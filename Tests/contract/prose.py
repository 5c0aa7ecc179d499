"""What the document says of request bodies in prose alone, as JSON Schema.

Each rule stands beside the words that it is made of; a test looks for them in the document.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]


def up_to(most: int) -> Schema:
    return {"properties": {"deviceUids": {"maxItems": most}}}


def either(*members: str) -> Schema:
    """One of the members, and not two."""
    return {"oneOf": [{"required": [member]} for member in members]}


def has(member: str, *values: Any) -> Schema:
    """The member is there, with one of the values if there are any."""
    return {"required": [member], **({"properties": {member: {"enum": [*values]}}} if values else {})}


def both_or_none(one: Schema, other: Schema) -> Schema:
    return {"oneOf": [{"allOf": [one, other]}, {"not": {"anyOf": [one, other]}}]}


def not_both(one: Schema, other: Schema) -> Schema:
    return {"not": {"allOf": [one, other]}}


def within(member: str, rule: Schema) -> Schema:
    return {"properties": {member: rule}}


SPECIFIC_FILES = has("wipeType", "wipeSpecificUserFiles")
RUN_TIME: Schema = {
    "allOf": [
        within("maxRunTime", {"minimum": 1, "maximum": 1440}),
        {"anyOf": [{"not": has("maxRunTimeUnit", "hour")}, within("maxRunTime", {"maximum": 24})]},
    ]
}
MAC_OPTIONS: Schema = {
    "properties": {
        "displayMode": {"enum": ["Hidden"]},
        "runWhen": {"enum": ["UserIsOrIsNotSignedIn"]},
        "alwaysRun32bits": {"enum": [False]},
    }
}
MISSING = "POST /v3/tracking/device-missing/missing"
FILE_DELETE = "POST /v3/actions/requests/file-delete"
MESSAGE = "POST /v3/actions/requests/eum"
FREEZE = "POST /v3/actions/requests/freeze"
SCRIPT = "POST /v3/actions/requests/reach"
# Operation, words of the document, rule.
RULES_IN_PROSE: tuple[tuple[str, str, Schema], ...] = (
    (MISSING, "You can include up to 100 devices in each request", up_to(100)),
    (FILE_DELETE, "Deletes all user files (limited to 100 devices per request)", {"anyOf": [SPECIFIC_FILES, up_to(100)]}),
    (FILE_DELETE, "Options are `1`, `3`, or `7`", within("secureEraseCount", {"enum": [1, 3, 7]})),
    (FILE_DELETE, "Deletes the files specified in `filePatterns`", both_or_none(SPECIFIC_FILES, has("filePatterns"))),
    (
        FILE_DELETE,
        "When `wipeType` is `wipeSpecificUserFiles`, indicates whether the generated log file includes",
        {"anyOf": [SPECIFIC_FILES, {"not": has("includeFileDateInLog")}]},
    ),
    (
        FILE_DELETE,
        "When `wipeType` is not `wipeSpecificUserFiles`, indicates whether a Windows device should be unenrolled",
        not_both(SPECIFIC_FILES, has("unenrollDevicesAndFreeLicenses")),
    ),
    (MESSAGE, "The message can be up to 15,000 characters", within("message", {"minLength": 1, "maxLength": 15_000})),
    (MESSAGE, "To use an existing End User Message", either("message", "messageUid")),
    (FREEZE, "Alternatively, to create a new message", either("message", "messageUid")),
    (FREEZE, "enter content in the `message` and `messageName` parameters", both_or_none(has("message"), has("messageName"))),
    (
        FREEZE,
        "Use when `freezeDefinition.deviceFreezeType` is `Scheduled`",
        within("freezeDefinition", both_or_none(has("deviceFreezeType", "Scheduled"), has("scheduledFreezeDateTimeUtc"))),
    ),
    (
        FREEZE,
        "The length of time (in seconds) that a device can be offline before it is frozen",
        within("freezeDefinition", both_or_none(has("deviceFreezeType", "OffLine"), has("offlineTimeSeconds"))),
    ),
    (
        FREEZE,
        "The user-defined 4 to 8 digit numeric unfreeze code",
        within("passcodeDefinition", within("passcode", {"pattern": "^[0-9]{4,8}$"})),
    ),
    (
        FREEZE,
        "Use when `passcodeDefinition.option` is `UserDefined`",
        within("passcodeDefinition", both_or_none(has("option", "UserDefined"), has("passcode"))),
    ),
    (
        FREEZE,
        "Use when `passcodeDefinition.option` is `RandomForEach` or `RandomForAll`",
        within("passcodeDefinition", not_both(has("option", "UserDefined"), has("length"))),
    ),
    (
        SCRIPT,
        "If `maxRunTimeUnit` is `hour`: ; minimum: `1` ; maximum: `24`",
        {"properties": {"winScriptOption": RUN_TIME, "macScriptOption": RUN_TIME}},
    ),
    (SCRIPT, "Always `Hidden` on Mac devices", within("macScriptOption", MAC_OPTIONS)),
)
