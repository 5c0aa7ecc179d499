"""What is fetched from Absolute: the types of rows, how they become events and incidents, and how a run is set up.

Knows the engine (LosslessFetchApiModule) and the API's lists. Must not know: commands, and how XSIAM takes events.
"""

from CommonServerPython import *
from CommonServerUserPython import *
from LosslessFetchApiModule import *
from AbsoluteAccountApiModule import *

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Any, NamedTuple

# region Fetch: types, reading
SIEM_EVENTS = "siem_events"
MISSING_DEVICES = "missing_devices"
NON_COMPLIANT_DEVICES = "non_compliant_devices"
DEVICES_TITLE = "Devices"
# What the inventory says of a device. Passcodes and keys of products are no part of it.
INVENTORY_FIELDS = selected_fields(
    [
        *(name for name in GET_FIELDS if name not in (FREEZE_DETAILS, "operatingSystem.productKey")),
        "accountUid",
        "agentVersion",
        "deviceGroupIds",
        "firstCallDateTimeUtc",
        "lastUpdatedDateTimeUtc",
        "unenrollmentDateTimeUtc",
    ],
    (),
)
RETENTION = timedelta(hours=72)
MILLISECOND = timedelta(milliseconds=1)
# Events within that of their deletion are read with care: for clocks that differ, and for the time of a walk through pages.
EDGE_MS = 10 * 60 * SECOND_MS
NEVER_MS = 10**15
FORGET_DAYS = 30


def newly_non_compliant(known: dict[str, str], row: dict[str, Any]) -> bool:
    """A judge for the compliance report, whose rows are renewed all the time: news is what a device fails for now and did not.

    It notes by device what it fails for, and the day on which that was last renewed.
    """
    device_uid = str(row.get("deviceUid"))
    if str(row.get("compliant")).lower() != "false":
        known.pop(device_uid, None)
        return False
    failing = digest(sorted(f"{reason.get('type')}:{reason.get('condition')}" for reason in as_dicts(row.get("reasons"))))[:8]
    news = known.get(device_uid, "").partition(" ")[0] != failing
    renewed = parse_utc(row.get("lastCompliantUpdatedUtc"))
    known[device_uid] = f"{failing} {milliseconds(renewed) // DAY_MS}" if renewed else failing
    return news


def still_reported(known: Mapping[str, str], now: int) -> dict[str, str]:
    """The notes without those of devices that the report has not renewed for FORGET_DAYS: they have left the fleet.

    A note without a day, as version 3.0.0 wrote it, counts as renewed now.
    """
    today = now // DAY_MS
    noted = {uid: (failing, day) for uid, (failing, _, day) in ((uid, note.partition(" ")) for uid, note in known.items())}
    days = {uid: int(day) if day.isdecimal() else today for uid, (_, day) in noted.items()}
    return {uid: f"{noted[uid][0]} {day}" for uid, day in days.items() if day > today - FORGET_DAYS}


def digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode("ascii")).hexdigest()[:32]


class FetchType(NamedTuple):
    """A kind of thing that is fetched.

    Attributes:
        title: Its name for people, and among the values of the parameter `fetch_types`.
        operation: A list operation that can be narrowed by time of creation.
        start: Parameter for the start of the window; `end` for its end.
        created: Field that holds the time of creation.
        identity: Fields that tell two rows apart.
        retention: How long Absolute keeps the rows; None for as long as the thing lasts.
        inclusive: Whether the window's bounds belong to it.
        product: The dataset of XSIAM that the rows are for.
        select: The fields to ask for; empty for all.
        pause_ms: What has to pass from one look that came to its end until the next.
        longest_ms: The longest window that is asked for at once. How long one of events may be is not documented.
    """

    name: str
    title: str
    operation: Operation
    page_size: int
    start: str
    end: str
    created: str
    identity: tuple[str, ...]
    retention: timedelta | None = None
    inclusive: bool = True
    longest_ms: int = 100 * 366 * DAY_MS
    judge: Judge = every_row
    product: str = PRODUCT
    select: Sequence[str] = ()
    pause_ms: int = 0

    def steady_from(self, now: int) -> int:
        """Events are there until they are deleted; rows of the other reports go or are renewed at any time."""
        return now - self.retention // MILLISECOND + EDGE_MS if self.retention else NEVER_MS

    def due(self, progress: Progress | None, now: int) -> bool:
        """Whether to look again: what was not read to its end is read on at once."""
        return progress is None or not 0 <= now - progress.complete < self.pause_ms

    def remembered(self, known: Mapping[str, str], now: int) -> Mapping[str, str]:
        """Only the compliance report's judge has notes."""
        return still_reported(known, now)

    def params(self, piece: Slice) -> Params:
        """Both ends of the API's windows are in milliseconds; rows at the very end belong to the next slice."""
        margin = 0 if self.inclusive else 1
        return [
            (self.start, ms_text(piece.start - margin)),
            (self.end, ms_text(piece.end + margin)),
            *([("select", ",".join(self.select))] if self.select else []),
            ("pageSize", str(self.page_size)),
        ]

    def row(self, data: dict[str, Any], piece: Slice) -> Row:
        """A row without a readable time counts as the newest of its slice, one without an ID goes by its content."""
        created = parse_utc(data.get(self.created))
        parts = [str(data.get(name) or "") for name in self.identity]
        row_id = digest(data) if "" in parts else "@".join(parts)
        return Row(milliseconds(created) if created else piece.end - 1, row_id, data)


# Devices that have changed since the last look; the first one is at the whole fleet.
DEVICES_CHANGED = FetchType(
    name="devices",
    title=DEVICES_TITLE,
    operation=GET_DEVICES,
    page_size=DEVICE_PAGE_SIZE,
    start="lastUpdatedDateTimeUtcFromInclusive",
    end="lastUpdatedDateTimeUtcToInclusive",
    created="lastUpdatedDateTimeUtc",
    identity=("deviceUid", "lastUpdatedDateTimeUtc"),
    product=DEVICES_PRODUCT,
    select=INVENTORY_FIELDS,
)
FETCH_TYPES = (
    DEVICES_CHANGED,
    # Whether unenrolling counts as an update of the device is not documented.
    DEVICES_CHANGED._replace(
        name="unenrolled_devices",
        start="unenrollmentDateTimeUtcFrom",
        end="unenrollmentDateTimeUtcTo",
        created="unenrollmentDateTimeUtc",
        identity=("deviceUid", "unenrollmentDateTimeUtc"),
        inclusive=False,
    ),
    FetchType(
        name=MISSING_DEVICES,
        title="Missing devices",
        operation=LIST_MISSING,  # disable-secrets-detection
        page_size=PAGE_SIZE,  # disable-secrets-detection
        start="creationDateTimeUtcFromInclusive",
        end="creationDateTimeUtcToInclusive",
        created="creationDateTimeUtc",
        identity=("deviceUid", "creationDateTimeUtc"),
    ),
    FetchType(
        name=NON_COMPLIANT_DEVICES,
        title="Non-compliant devices",
        operation=GET_COMPLIANCE,  # disable-secrets-detection
        page_size=1000,
        start="lastCompliantUpdatedUtcFrom",
        end="lastCompliantUpdatedUtcTo",
        created="lastCompliantUpdatedUtc",
        identity=("deviceUid", "lastCompliantUpdatedUtc"),
        inclusive=False,
        judge=newly_non_compliant,
    ),
    FetchType(
        name=SIEM_EVENTS,
        title="SIEM events",
        operation=GET_SIEM_EVENTS,
        page_size=1000,
        start="fromDateTimeUtc",
        end="toDateTimeUtc",
        created="createdDateTimeUtc",
        identity=("id",),
        retention=RETENTION,
        longest_ms=DAY_MS,
    ),
)
SIEM_SOURCE = FETCH_TYPES[-1]
TITLES = {source.name: source.title for source in FETCH_TYPES}


class AbsoluteServer:
    """The API as the engine reads it."""

    def __init__(self, client: Client) -> None:
        self._client = client

    @property
    def answered(self) -> bool:
        return self._client.answered

    @property
    def clock_known(self) -> bool:
        return self._client.clock_known

    def now(self) -> datetime:
        return server_now(self._client)

    def pages(self, source: FetchType, piece: Slice) -> Iterator[list[dict[str, Any]]]:
        """Raises: OverfullError, ApiError, TransportError, RepeatedCursorError."""
        pages = self._client.pages(source.operation, params=source.params(piece))
        while True:
            try:
                page = next(pages)
            except StopIteration:
                return
            except (RepeatedCursorError, ApiError) as error:
                # How long a window may be is not documented, nor whether it may end in the future, nor how long a cursor
                # lives: a smaller slice may do.
                refused = isinstance(error, ApiError) and error.status == 400
                if piece.smallest and refused and piece.end > milliseconds(self.now()):
                    return
                if piece.smallest or (isinstance(error, ApiError) and error.status not in (400, 404, 409, 410)):
                    raise
                raise OverfullError(error.message) from error
            yield page


# endregion


# region Fetch: events and incidents
# As the modeling rule reads them; its blanks are those of RE2.
BLANKS = " \t\n\f\r"


def property_pattern(index: str) -> "re.Pattern[str]":
    """A property with its name, and its old and new value as far as it has them. Each goes on to a mark that can follow it; any
    other mark belongs to it. `Value` stands for the new value where there is no old one."""

    def up_to(marks: str) -> str:
        return rf"([^;]*(?:;(?![{BLANKS}]*(?:{marks}){index}=)[^;]*)*)"

    return re.compile(
        rf";[{BLANKS}]*PropertyName{index}={up_to('PropertyName|OldValue|NewValue|Value')}"
        rf"(?:;[{BLANKS}]*OldValue{index}={up_to('PropertyName|NewValue')})?"
        rf"(?:;[{BLANKS}]*(?:New)?Value{index}={up_to('PropertyName')})?"
    )


INDEXED, WITHOUT_INDEX = property_pattern(r"\[[0-9]+\]"), property_pattern("")


def changes(text: Any) -> tuple[dict[str, str], dict[str, str]]:
    """Old and new values by name of the property, from the string `objectProperties` of an event.

    `PropertyName[0]=…;OldValue[0]=…;NewValue[0]=…;` is the form on the wire, `PropertyName[0]=…;Value[0]=…;` the one
    without old values; where no property has an index, both are read without any. Values may hold `=`, `;` and quotes. Those
    of a property that comes twice are joined. Dots in names become underscores, as keys of the context and fields of a dataset
    need.
    """
    old: dict[str, str] = {}
    new: dict[str, str] = {}
    text = f";{str(text or '').rstrip(BLANKS).removesuffix(';')}"
    for name, before, after in INDEXED.findall(text) or WITHOUT_INDEX.findall(text):
        key = "" if ";" in name else name.strip(BLANKS).replace(".", "_")
        if key and before:
            old[key] = f"{old[key]}, {before}" if key in old else before
        if key and after:
            new[key] = f"{new[key]}, {after}" if key in new else after
    return old, new


def with_changes(event: Mapping[str, Any]) -> dict[str, Any]:
    """An event with its original fields untouched, and what changed beside them."""
    found = dict(event)
    old, new = changes(event.get("objectProperties"))
    if old:
        found["oldValues"] = old
    if new:
        found["newValues"] = new
    return found


def happened(row: Row) -> datetime:
    """When it happened; when it was recorded, if nothing else is known."""
    return parse_utc(row.data.get("eventDateTimeUtc")) or from_milliseconds(row.ms)


def xsiam_event(source: FetchType, row: Row) -> dict[str, Any]:
    """A row as the dataset takes it. `_time` of an event is when it happened, that of a device when it arrives: its last change
    may be older than what a dataset keeps."""
    if source.product == DEVICES_PRODUCT:
        # A server that does not know `select` gives whole devices, with the passcodes of their freezes.
        return {**redact(row.data), "source_log_type": source.name}
    event, moment = with_changes(row.data), row.data.get("eventDateTimeUtc")
    event["_time"] = moment if parse_api_time(moment) else api_time(happened(row))
    event["source_log_type"] = source.name
    return event


class EventFilter(NamedTuple):
    """Event types to take and to leave out; `*` stands for any characters, `!` before a type leaves it out."""

    taken: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    def takes(self, known: dict[str, str], row: dict[str, Any]) -> bool:
        """A judge, which needs no notes."""
        event_type = plain(row.get("eventType"))
        wanted = not self.taken or any(wildcard_match(pattern, event_type) for pattern in self.taken)
        return wanted and not any(wildcard_match(pattern, event_type) for pattern in self.left_out)


def parse_event_types(text: Any) -> EventFilter:
    """Raises ArgumentError for an exclamation mark without a type."""
    values = [plain(value) for value in re.split(r"[,;\n]", str(text or "")) if value.strip()]
    left_out = tuple(value[1:].strip() for value in values if value.startswith("!"))
    if not all(left_out):
        raise ArgumentError("event_types", "there is a ! without an event type.", "*Unprotected*, !UserLogin")
    return EventFilter(tuple(value for value in values if not value.startswith("!")), left_out)


# The first pattern that fits an event type gives its severity. The list of types is open: Absolute publishes none.
SEVERITIES = (
    ("*wipe*", IncidentSeverity.HIGH),
    ("*filedelet*", IncidentSeverity.HIGH),
    ("*stolen*", IncidentSeverity.HIGH),
    ("*missing*", IncidentSeverity.HIGH),
    ("*unprotected*", IncidentSeverity.MEDIUM),
    ("*unencrypted*", IncidentSeverity.MEDIUM),
    ("*freeze*", IncidentSeverity.MEDIUM),
    ("*frozen*", IncidentSeverity.MEDIUM),
    ("*unenroll*", IncidentSeverity.MEDIUM),
    ("*token*", IncidentSeverity.MEDIUM),
    ("*fail*", IncidentSeverity.MEDIUM),
)
EVENT_NAMES = {
    "DeviceBecameAVUnprotected": "Antivirus protection lost",
    "DeviceLocationUpdated": "Device location changed",
    "DeviceUserInformationUpdated": "Device user changed",
    "DeviceSystemInformationUpdated": "Device system information changed",
    "UserLogin": "Console sign-in",
}


def severity_of(event_type: str) -> float:
    text = plain(event_type)
    return next((severity for pattern, severity in SEVERITIES if wildcard_match(pattern, text)), IncidentSeverity.LOW)


def event_name(event_type: str) -> str:
    """`DeviceFreezeRequested` as a person reads it: Device freeze requested."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[_\-]+", " ", event_type).split()
    return EVENT_NAMES.get(event_type) or " ".join(
        word if number == 0 or word.isupper() else word.lower() for number, word in enumerate(words)
    )


# Whom or what an event is about: the prefix of the display fields, and the field with the kind. A device that reports
# something of itself comes first, because its object may have another name ("Device Location").
EVENT_SIDES = (("actor", "actorObjectType"), ("object", "objectObjectType"), ("secondaryObject", "secondaryObjectType"))


def event_device(event: Mapping[str, Any]) -> tuple[str, str]:
    """UID and name of the device that an event is about; empty when it names none."""
    for side, kind in EVENT_SIDES:
        if plain(event.get(kind)) == "device":
            return str(event.get(f"{side}DisplayId") or ""), str(event.get(f"{side}DisplayName") or "")
    return "", ""


NO_REQUESTS = {"", "na", "device", "user", "system", "apitoken"}
REQUEST_NAME = re.compile(r"[A-Za-z]+-\d+")  # eventHistoryId or requestId, such as DeviceFreeze-0042


def named_requests(event: Mapping[str, Any]) -> list[str]:
    """UID and number of the request that an event is of, as far as it names them: as one of its parties, or among its properties.

    The vendor publishes no form for it. Titles are left out, because anybody can give a request any title.
    """
    parties = [
        event.get(f"{side}{part}")
        for side, kind in EVENT_SIDES
        if plain(event.get(kind)) not in NO_REQUESTS
        for part in ("DisplayId", "DisplayName")
    ]
    _old, new = changes(event.get("objectProperties"))
    named = [str(value).strip() for value in (*parties, *(value for name, value in new.items() if "request" in plain(name)))]
    return list(dict.fromkeys(text for text in named if UUID_TEXT.fullmatch(text) or REQUEST_NAME.fullmatch(text)))


def change_rows(event: Mapping[str, Any]) -> list[dict[str, str]]:
    """What changed, as the rows of a grid field."""
    old, new = changes(event.get("objectProperties"))
    return [{"property": name, "oldvalue": old.get(name, ""), "newvalue": new.get(name, "")} for name in {**old, **new}]


def siem_incident(row: Row) -> dict[str, Any]:
    event_type = str(row.data.get("eventType") or "")
    device_uid, device_name = event_device(row.data)
    subject = device_name or row.data.get("objectDisplayName") or row.data.get("actorDisplayName")
    title = event_name(event_type) or "Absolute event"
    named = ", ".join(named_requests(row.data))
    return incident(
        f"{title}: {subject}" if subject else title,
        happened(row),
        severity_of(event_type),
        row.id,
        {
            **with_changes(row.data),
            "changes": change_rows(row.data),
            "fetchType": "SIEM event",
            "deviceUid": device_uid,
            "deviceName": device_name,
            **({"request": named} if named else {}),
        },
    )


def missing_incidents(client: Client, rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The report of missing devices has no names: they are read, as far as the token may."""
    devices, _ = read_names(client, [str(row.data.get("deviceUid")) for row in rows])
    names = [str(((devices or {}).get(str(row.data.get("deviceUid"))) or {}).get("deviceName") or "") for row in rows]
    return [
        incident(
            f"Device reported missing: {name or row.data.get('deviceUid')}",
            from_milliseconds(row.ms),
            IncidentSeverity.HIGH,
            row.id,
            {**row.data, "fetchType": "Missing device", "deviceName": name},
        )
        for row, name in zip(rows, names, strict=True)
    ]


def compliance_incident(row: Row) -> dict[str, Any]:
    name = str(row.data.get("deviceName") or row.data.get("deviceUid") or "")
    why = "; ".join(reason_text(reason) for reason in as_dicts(row.data.get("reasons")))
    raw = {**row.data, "fetchType": "Non-compliant device"}
    found = incident(f"Device not compliant: {name}", from_milliseconds(row.ms), IncidentSeverity.MEDIUM, row.id, raw)
    return {**found, "details": why} if why else found


def incident(name: str, occurred: datetime, severity: float, row_id: str, raw: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "occurred": api_time(occurred),
        "severity": severity,
        "dbotMirrorId": row_id,
        # ASCII, because a text of the API may be cut in the middle of a character outside of the BMP.
        "rawJSON": json.dumps(redact(raw)),
    }


def loss_text(loss: Loss) -> str:
    hours = RETENTION // timedelta(hours=1)
    return (
        f"{TITLES[loss.name]} recorded from {ms_text(loss.start)} to {ms_text(loss.end)}, if there were any, are gone for good: "
        f"Absolute deletes them after {hours} hours, and they were not fetched before."
    )


def loss_incident(loss: Loss) -> dict[str, Any]:
    """What was lost is said where analysts look."""
    start, end = ms_text(loss.start), ms_text(loss.end)
    raw = {"fetchType": "Gap", "eventType": "FetchGap", "from": start, "to": end}
    lasted = timedelta(milliseconds=loss.end - loss.start)
    span = age_text(EPOCH, EPOCH + lasted).removesuffix(" ago") if lasted >= timedelta(minutes=1) else "less than a minute"
    name = f"Absolute: {TITLES[loss.name]} of {span} could not be fetched"
    gap = incident(name, from_milliseconds(loss.end), IncidentSeverity.LOW, f"gap@{start}", raw)
    return {**gap, "details": loss_text(loss)}


def refusal_text(state: LastRun) -> str:
    """What was put aside and not told yet."""
    latest = state.refusals[-1]
    title = TITLES.get(latest.name, latest.name)
    return (
        f"Put aside because they were refused: {state.refused} so far. The latest is {latest.id} ({title}, recorded "
        f"{ms_text(latest.ms)}): {latest.why}"
    )


INCIDENTS: dict[str, Callable[[Client, Sequence[Row]], list[dict[str, Any]]]] = {
    SIEM_EVENTS: lambda client, rows: [siem_incident(row) for row in rows],
    MISSING_DEVICES: missing_incidents,
    NON_COMPLIANT_DEVICES: lambda client, rows: [compliance_incident(row) for row in rows],
}


# endregion


# region Fetch: runs
RUN_SECONDS = 180


def read_last_run(state: Any) -> LastRun:
    """Read a lastRun of this version or of the existing pack; what cannot be read is left out."""
    read = LastRun.from_dict(state)
    migrated = None if SIEM_EVENTS in read.types else progress_of_existing_pack(as_dict(state))
    return read.with_progress(SIEM_EVENTS, migrated) if migrated else read


def progress_of_existing_pack(fields: Mapping[str, Any]) -> Progress | None:
    """The existing pack keeps the creation time of its last event, and the IDs that it delivered of that time."""
    moment = parse_utc(fields.get("latest_events_time"))
    if moment is None:
        return None
    ids = fields.get("latest_events_id")
    ids = ids if isinstance(ids, list) else [ids] if ids else []
    ms = milliseconds(moment)
    return Progress((ms, ""), {str(row_id): ms for row_id in ids})


DEFAULT_FETCH_TYPES = "SIEM events"
DEFAULT_FIRST_FETCH = "3 days"
DEFAULT_LOOK_BACK_MINUTES = 5
DEFAULT_MAX_EVENTS = 1_000_000
DEFAULT_MAX_INCIDENTS = 50
DEFAULT_DEVICES_HOURS = 24
WHOLE_FLEET = timedelta(days=40 * 366)


def event_settings(params: Mapping[str, Any]) -> FetchSettings:
    """Settings of fetch-events: every event. Raises ArgumentError."""
    return fetch_settings(params, whole_number(params, "max_events_per_fetch", range(1, 1_000_001), DEFAULT_MAX_EVENTS))


def settings_by_product(settings: FetchSettings) -> dict[str, FetchSettings]:
    """The settings for each dataset of XSIAM; events first, because they expire."""
    found = {}
    for product, first_fetch in ((PRODUCT, settings.first_fetch), (DEVICES_PRODUCT, lambda: WHOLE_FLEET)):
        if sources := tuple(source for source in settings.sources if source.product == product):
            found[product] = settings._replace(sources=sources, first_fetch=first_fetch)
    return found


def incident_settings(params: Mapping[str, Any]) -> FetchSettings:
    """Settings of fetch-incidents: the events that the parameter `event_types` takes. Raises ArgumentError."""
    settings = fetch_settings(params, whole_number(params, "max_fetch", range(1, 10_001), DEFAULT_MAX_INCIDENTS))
    events = parse_event_types(params.get("event_types"))
    # Where each event is wanted, no more are read than the limit takes.
    judges = {SIEM_EVENTS: events.takes} if any(events) else {}
    sources = tuple(
        source._replace(judge=judges.get(source.name, source.judge)) for source in settings.sources if source.name in INCIDENTS
    )
    if not sources:
        problem = f"{DEVICES_TITLE} make no incidents: they are for a dataset of Cortex XSIAM."
        raise ArgumentError("fetch_types", problem, f"{DEFAULT_FETCH_TYPES},{DEVICES_TITLE}")
    return settings._replace(sources=sources)


def fetch_settings(params: Mapping[str, Any], limit: int) -> FetchSettings:
    return FetchSettings(
        sources=fetch_sources(params),
        first_fetch=cache(partial(first_fetch_time, params)),
        look_back=timedelta(minutes=whole_number(params, "look_back", range(24 * 60 + 1), DEFAULT_LOOK_BACK_MINUTES)),
        limit=limit,
    )


def fetch_sources(params: Mapping[str, Any]) -> tuple[FetchType, ...]:
    """Raises: ArgumentError when `fetch_types` names something that cannot be fetched."""
    by_title = {source.title.casefold(): source for source in FETCH_TYPES}
    names = {plain(name): str(name) for name in argToList(params.get("fetch_types") or DEFAULT_FETCH_TYPES)}
    if unknown := [typed for name, typed in names.items() if name not in by_title]:
        options = ", ".join(dict.fromkeys(source.title for source in FETCH_TYPES))
        raise ArgumentError("fetch_types", f'"{", ".join(unknown)}" is none of: {options}.', DEFAULT_FETCH_TYPES)
    pause = whole_number(params, "devices_interval", range(1, 169), DEFAULT_DEVICES_HOURS) * HOUR_MS
    return tuple(
        source._replace(pause_ms=pause) if source.product == DEVICES_PRODUCT else source
        for source in FETCH_TYPES
        if source.title.casefold() in names
    )


def first_fetch_time(params: Mapping[str, Any]) -> timedelta:
    """How far back the first run reaches. Raises ArgumentError."""
    text, now = params.get("first_fetch") or DEFAULT_FIRST_FETCH, utc_now()
    start = read_date("first_fetch", text, now, DEFAULT_FIRST_FETCH).moment
    if start > now:
        raise ArgumentError("first_fetch", f'"{text}" lies in the future.', DEFAULT_FIRST_FETCH)
    return now - start


# endregion
