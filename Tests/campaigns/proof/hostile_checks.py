"""What hostile input must not do. Each check gives back what it did, or nothing. None of them uses code of the integration."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from local_absolute.devices import Device
from local_absolute.resources import ROUTES

from proof.promises import discreet
from proof.trials import Outcome, Stage
from proof.war_room_text import broken_tables, foreign_parts

# What Python says of a value that it cannot handle.
INTERNAL_ERROR = re.compile(
    r"Traceback|object has no attribute|codec can't|recursion|not supported between|invalid literal|unhashable|out of range"
    r"|must be str|NoneType|KeyError|Exceeds the limit|not JSON serializable|expected string|unpack|subscriptable|embedded null"
)
LONGEST_ERROR = 3000
TARGETS = {
    "device_ids": "deviceUid",
    "esns": "esn",
    "serial_numbers": "serialNumber",
    "device_names": "deviceName",
    "local_ips": "localIp",
    "public_ips": "publicIp",
    "user_names": "username",
}
# The fields and parameters that the integration's queries are made of.
FIELDS = """
    deviceUid esn serialNumber deviceName localIp publicIp username agentStatus operatingSystemName operatingSystemVersion
    systemManufacturer systemModel lastConnectedDateTimeUtc userName deviceSerialNumber appName appPublisher appVersion osName
    installDateTimeUtc firstDetectDateTimeUtc creationDateTimeUtc cdfFieldName displayName scriptName
"""
SUFFIX = re.compile(r"(StartsWith|EndsWith|Contains|FromInclusive|ToInclusive)$")
OTHERS = """
    select filter pageSize nextPage macAddress compliant requestStatus actionStatus scriptType createdFromDateTime
    createdFromDateTimeUtc createdToDateTime createdToDateTimeUtc fromDateTimeUtc toDateTimeUtc lastCompliantUpdatedUtcFrom
    lastCompliantUpdatedUtcTo
"""
PARAMETERS = frozenset(FIELDS.split() + OTHERS.split())
QUOTED = re.compile(r"'([^']*)'")
# A filter expression with its values taken out.
EXPRESSION = re.compile(r"\(*[A-Za-z]+ eq ''\)*(?:(?: and | or )\(*[A-Za-z]+ eq ''\)*)*")
PREFIX = "/v3"
ANY_CALL = "absolute-api-request"  # whose paths and queries are what was typed
UID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"


def internal_errors(outcome: Outcome, args: Mapping[str, str]) -> Iterator[str]:
    said = outcome.error or ""
    for value in args.values():
        said = said.replace(value, "")
    if found := INTERNAL_ERROR.search(said):
        yield f"{found.group()}: {said[:400]}"
    if len(outcome.error or "") > LONGEST_ERROR:
        yield f"an error of {len(outcome.error or '')} characters"


def changed_queries(outcome: Outcome, args: Mapping[str, str]) -> Iterator[str]:
    """Every path is one of the API's, every parameter one of the integration's, every value what was typed."""
    if outcome.command == ANY_CALL:
        return
    typed = {form for value in args.values() for one in typed_values(value) for form in _with_and_without_domain(one.casefold())}
    for call in outcome.calls.calls:
        if not any(re.fullmatch(_path_pattern(route.template), call.path) for route in ROUTES if route.method == call.method):
            yield f"a path of nobody: {call.method} {call.path[:200]}"
        for name, _, encoded in (part.partition("=") for part in call.query.split("&") if call.query):
            value = unquote(encoded)
            if SUFFIX.sub("", name) not in PARAMETERS:
                yield f"a parameter of nobody: {name[:200]}"
            if name == "filter" and "filter" not in args:
                yield from _changed_expression(value, typed)


def _with_and_without_domain(name: str) -> set[str]:
    """A name as it is looked for: itself, without the domain that it has, and with the beginning or end of any."""
    bare = {name, name.partition(".")[0], name.partition("@")[0], name.rpartition("\\")[2]}
    return {form for one in bare for form in (one, f"{one}.", f"{one}@", f"\\{one}")}


def _changed_expression(expression: str, typed: set[str]) -> Iterator[str]:
    if not EXPRESSION.fullmatch(QUOTED.sub("''", expression)):
        yield f"a filter that was not meant: {expression[:300]}"
    for value in QUOTED.findall(expression):
        if value.casefold() not in typed and not re.fullmatch(rf"{UID}|\d{{4}}-\d\d-\d\dT.*Z", value):
            yield f"a value that was not typed: {value[:200]}"


def _path_pattern(template: str) -> str:
    # A UID is one, whatever was typed; other parts of a path have no slash, dot or percent sign.
    return PREFIX + re.sub(r"\{[A-Za-z]+\}", "[A-Za-z0-9_-]+", template)


INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")


def typed_values(text: str) -> list[str]:
    """The values of a list argument: a JSON list, or between separators, of which a semicolon is one in target arguments.

    Wildcards and characters that nobody sees are not part of them.
    """
    text = INVISIBLE.sub("", text)
    try:
        listed = json.loads(text) if text.startswith("[") and text.endswith("]") else None
    except (ValueError, RecursionError):
        listed = None
    values = (
        [str(value) for value in listed]
        if isinstance(listed, list)
        else [*re.split("[,\t\r\n]", text), *re.split("[,;\t\r\n]", text)]
    )
    return [part for value in (*values, text) for part in (value.strip(), value.strip().strip("*"))]


def other_devices(stage: Stage, outcome: Outcome, args: Mapping[str, str]) -> Iterator[str]:
    """What a command that names its devices gives back or changes is one of these devices, by every argument."""
    conditions = {name: typed_values(args[name]) for name in TARGETS if args.get(name, "").strip(" ,[]\"'\t\r\n")}
    if not conditions:
        return
    known = {device["deviceUid"]: device for device in stage.tenant.devices.all()}
    for uid in {*_shown(outcome.context), *_changed(outcome)}:
        device = known.get(uid)
        if device is None:
            yield f"a device that does not exist: {uid}"
        elif not all(_is_meant(device, TARGETS[name], values) for name, values in conditions.items()):
            yield f"another device: {device['deviceName']} for {str(dict(args))[:300]}"


def _is_meant(device: Device, field: str, values: list[str]) -> bool:
    have = str(device.get(field) or "").casefold()
    return any(_matches(have, value.casefold()) for value in values)


def _matches(have: str, wanted: str) -> bool:
    text = wanted.strip("*")
    if not text:
        return False
    if wanted.startswith("*"):
        return have.endswith(text) or (wanted.endswith("*") and text in have)
    return have.startswith(text) if wanted.endswith("*") else have == text


def _shown(context: Mapping[str, Any]) -> Iterator[str]:
    found = context.get("Absolute", {}).get("Device", [])
    yield from (str(one["Id"]) for one in (found if isinstance(found, list) else [found]) if "Id" in one)


def _changed(outcome: Outcome) -> Iterator[str]:
    for call in outcome.calls.writes_done:
        if isinstance(call.body, dict):
            yield from (str(uid) for uid in call.body.get("deviceUids", ()))
        if found := re.search(f"/customfields/devices/({UID})", call.path):
            yield found.group(1)


def broken_war_room(outcome: Outcome) -> Iterator[str]:
    for entry in outcome.run.entries:
        markdown = str(entry.get("HumanReadable") or "")
        yield from (f"table: {text}" for text in broken_tables(markdown))
        yield from (f"war room: {text}" for text in foreign_parts(markdown))


def damage(stage: Stage, outcome: Outcome, args: Mapping[str, str]) -> list[str]:
    """Everything that hostile arguments did."""
    return [
        *internal_errors(outcome, args),
        *changed_queries(outcome, args),
        *other_devices(stage, outcome, args),
        *broken_war_room(outcome),
        *discreet(outcome),
    ]


def damage_by_data(outcome: Outcome) -> list[str]:
    """Everything that hostile data of the API did."""
    return [*internal_errors(outcome, {}), *broken_war_room(outcome)]
