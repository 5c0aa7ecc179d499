"""Which devices are meant: target arguments, exact selection, and the guards that stop a command before anything is sent.

Knows the device report. Must not know: what is done to the devices.
"""

from CommonServerPython import *
from CommonServerUserPython import *
from AbsoluteClientApiModule import *

import ipaddress
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

# region Constants
MAX_TERM = 1000
MOVED_SERIALS = "Some serial numbers have _Moved behind them, as the API has them: serial_numbers={} finds those too."
NOT_SEEN = f"A token does not find what it may not see ({GET_DEVICES.permission}, and its device groups)."
DEFAULT_MAX_DEVICES = 50
AGENT_STATUS_NAMES = {"A": "Active", "D": "Disabled", "I": "Inactive"}


# endregion


# region Lists of devices
NAMED_BY = ("deviceUid", "esn", "serialNumber", "deviceName", "fullSystemName")
LIST_SEPARATORS = ",;\uff0c\uff1b\t\r\n\v\f\x85\u2028\u2029"
# What may stand around an entry: quotes as several languages have them, and brackets.
ENCLOSING = {
    *('""', "''", "{}", "[]"),
    *("\u201c\u201d", "\u201e\u201c", "\u201d\u201d", "\u2018\u2019", "\u201a\u2018", "\u00ab\u00bb", "\u00bb\u00ab"),
}
DASHES = str.maketrans(dict.fromkeys("\N{FIGURE DASH}\N{EN DASH}\N{EM DASH}", "-"))  # what word processors make of a hyphen
UID_WITHOUT_HYPHENS = r"(?i)([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})"
DOMAIN = r"(?i)(?:[a-z0-9-]+\.)*[a-z][a-z0-9-]*"


class DeviceEntry(NamedTuple):
    """One entry of a list of devices that are to be left alone, and what it is compared by, the whole of it first."""

    typed: str
    patterns: tuple[str, ...]

    def names(self, known: Iterable[str]) -> bool:
        return any(wildcard_match(pattern, identity) for pattern in self.patterns for identity in known)


def device_entries(args: Mapping[str, Any], name: str) -> tuple[DeviceEntry, ...]:
    """The one reader of lists of devices that are to be left alone: UIDs, ESNs, serial numbers or names, in which `*` stands
    for any characters, as people type and paste them.

    Raises:
        ArgumentError: What an entry means is not certain: left out, it would leave its device without protection.
    """
    given = args.get(name)
    if given in (None, "") or (isinstance(given, str) and not as_seen(given)):
        return ()
    return tuple(device_entry(name, value) for value in split_values(args, name, LIST_SEPARATORS))


def device_entry(name: str, typed: str) -> DeviceEntry:
    text = compared(typed)
    while len(text) > 1 and text[0] + text[-1] in ENCLOSING:
        text = text[1:-1].strip()
    if problem := unclear(text):
        raise ArgumentError(name, f'"{typed[: MAX_ECHO // 2]}" cannot be understood: {problem}.', "DC-*, SN000111")
    text = with_hyphens(text)
    bare, _ = split_domain(text.removesuffix("."), ".")
    return DeviceEntry(typed, tuple(dict.fromkeys([text, *([bare] if any(map(str.isalnum, bare)) else [])])))


def with_hyphens(text: str) -> str:
    """A UID without hyphens as the API writes it; anything else as it is."""
    found = re.fullmatch(UID_WITHOUT_HYPHENS, text)
    return "-".join(found.groups()) if found else text


def unclear(text: str) -> str:
    """Why an entry is no UID, serial number or name; empty when it may be one."""
    if "${" in text:
        return "it is a reference that was not resolved"
    if "?" in text:
        return "only * stands for other characters"
    pairs = (("[", "]"), ("{", "}"), ("\u201c", "\u201d"))
    if text.count('"') % 2 or text.startswith("'") or any(text.count(opens) != text.count(closes) for opens, closes in pairs):
        return "a quote or a bracket is not closed"
    if re.search("[|<>{}:]", text):
        return "it holds what no name has, as records, tables and hardware addresses do. Name such a device by its UID"
    if "\ufffd" in text or any(unicodedata.category(character) in ("Cc", "Co", "Cs") for character in text):
        return "it holds characters that nobody can read"
    if len(text) > MAX_TERM or not (any(map(str.isalnum, text)) or text.strip("*") == "" != text):
        return "it is no UID, ESN, serial number or name"
    return ""


def compared(value: Any) -> str:
    """A text for comparison: without regard to case, Unicode form, kinds of dashes, and what nobody sees."""
    return as_seen(unicodedata.normalize("NFKC", str(value or ""))).translate(DASHES).casefold()


def split_domain(name: str, mark: str) -> tuple[str, str]:
    """Bare name and domain of `DOMAIN\\name`, or of a name with its domain behind `mark`; without one the domain is empty."""
    domain, backslash, bare = name.rpartition("\\")
    if backslash:
        return split_domain(bare, mark)[0], domain
    bare, _, domain = name.partition(mark)
    return (bare, domain) if bare and re.fullmatch(DOMAIN, domain) else (name, "")


def identities(device: Mapping[str, Any]) -> set[str]:
    """All that an entry may call a device by: names without their domain too."""
    known = [compared(device.get(name)) for name in NAMED_BY]
    return {*known, *(split_domain(compared(device.get(name)), ".")[0] for name in ("deviceName", "fullSystemName"))} - {""}


def unmatched_entries(client: Client, entries: Iterable[DeviceEntry]) -> list[str]:
    """The entries that no device has which the token sees. Devices are read until each entry has one."""
    left = list(entries)
    for device in find_devices(client, [], NAMED_BY) if left else ():
        known = identities(device)
        left = [entry for entry in left if not entry.names(known)]
        if not left:
            break
    return [entry.typed for entry in left]


# endregion


# region Targets and guards
class TargetArgument(NamedTuple):
    """An argument that names devices: the field of the device report that it is compared with, and the wildcards
    that the API has for this field."""

    name: str
    api_field: str
    suffixes: tuple[str, ...]
    example: str
    reported: str = ""


STARTS = ("StartsWith",)
TARGET_ARGUMENTS = (
    TargetArgument("device_ids", "deviceUid", (), "5b1f7c1e-0d3a-4c55-9a77-1f2e3d4c5b6a"),
    TargetArgument("esns", "esn", STARTS, "2ABCDEFGH1AA9ZXY0001"),
    TargetArgument("serial_numbers", "serialNumber", STARTS, "SN000111"),
    TargetArgument("mac_addresses", "macAddress", (), "00:00:5E:00:53:01"),
    TargetArgument("device_names", "deviceName", STARTS, "LAB-0001"),
    TargetArgument("local_ips", "localIp", STARTS, "192.0.2.15"),
    TargetArgument("public_ips", "publicIp", STARTS, "198.51.100.20"),
    TargetArgument("user_names", "username", ("StartsWith", "EndsWith", "Contains"), "CORP\\jdoe"),
)
TARGET_NAMES = frozenset(argument.name for argument in TARGET_ARGUMENTS)
IDENTITY_FIELDS = (*NAMED_BY, "username", "localIp", "publicIp", "agentStatus", "lastConnectedDateTimeUtc", "accountUid")


def parse_term(argument: TargetArgument, typed: str) -> Term:
    """Split a value into suffix and text: `x*` starts with, `*x` ends with, `*x*` contains.

    Raises:
        ArgumentError: A wildcard that the API does not have for this field, a malformed UID or address, or a text too long.
    """
    if len(typed) > MAX_TERM:
        problem = f"a value of {len(typed)} characters is longer than any that Absolute has: {typed[:MAX_ECHO]} …"
        raise ArgumentError(argument.name, problem, argument.example)
    text = typed.strip("*")
    wildcards = {(True, True): "Contains", (True, False): "EndsWith", (False, True): "StartsWith", (False, False): ""}
    suffix = wildcards[(typed.startswith("*"), typed.endswith("*"))]
    if not text or "*" in text or (suffix and suffix not in argument.suffixes):
        offered = " or ".join({"StartsWith": "x*", "EndsWith": "*x", "Contains": "*x*"}[s] for s in argument.suffixes)
        example = argument.example.strip('"')
        raise ArgumentError(
            argument.name,
            f'"{typed}" cannot be searched; use a full value{f" or {offered}" if offered else ""}.',
            f'"{example[: len(example) // 2].rstrip()}*"' if offered and "StartsWith" in argument.suffixes else argument.example,
        )
    if argument.api_field == "deviceUid":
        text = uid(argument.name, text)
    elif argument.api_field == "esn":
        text = text.upper()
    elif argument.api_field in ("localIp", "publicIp") and not suffix:
        try:
            ipaddress.ip_address(text)
        except ValueError:
            raise ArgumentError(argument.name, f'"{text}" is not an IP address.', argument.example) from None
    return Term(typed, argument.api_field, suffix, text, argument.reported)


def mac_digits(text: Any) -> str:
    """The twelve digits of a MAC address in any notation (`0x` before them included), lower-case; other texts as they are."""
    return re.sub("[:.-]", "", str(text).strip().lower().removeprefix("0x"))


def mac_forms(typed: str) -> list[str]:
    """The ways to write a MAC address; the vendor documents none, so each is tried until one is found.

    Raises:
        ArgumentError: It is not a MAC address.
    """
    digits = mac_digits(typed).upper()
    if not re.fullmatch("[0-9A-F]{12}", digits):
        raise ArgumentError("mac_addresses", f'"{typed}" is not a MAC address.', "00:00:5E:00:53:01")
    pairs = re.findall("..", digits)
    usual = [":".join(pairs), "-".join(pairs), digits]
    rare = [".".join(re.findall("....", digits)), ".".join(pairs)]
    lower = [[form.lower() for form in forms] for forms in (usual, rare)]
    return list(dict.fromkeys([typed, *usual, *lower[0], *rare, *lower[1], f"0x{digits}", f"0x{digits.lower()}"]))


def mac_text(reported: Any) -> str:
    """A MAC address as other products write it; what is none as it came."""
    digits = mac_digits(reported)
    return ":".join(re.findall("..", digits)).upper() if re.fullmatch("[0-9a-f]{12}", digits) else str(reported)


def target_values(args: Mapping[str, Any], name: str) -> list[str]:
    """The values of a target argument, which may be pasted with semicolons too. Raises: ArgumentError."""
    return split_values(args, name, separators=",;\t\r\n")


@dataclass(frozen=True)
class Selection:
    """Devices that meet all target arguments, and what became of each value that was typed."""

    devices: tuple[dict, ...]
    criteria: tuple[Criterion, ...] = ()
    unmatched_macs: tuple[str, ...] = ()

    @cached_property
    def found(self) -> dict[str, list[dict]]:
        """The selected devices of each value that was typed, as `argument=value`."""
        found: dict[str, list[dict]] = {f"{c.argument}={term.typed}": [] for c in self.criteria for term in c.terms}
        for device in self.devices:
            for criterion in self.criteria:
                for typed in dict.fromkeys(criterion.typed_for(device)):
                    found[f"{criterion.argument}={typed}"].append(device)
        return found

    def unmatched(self) -> list[str]:
        """Values that no selected device has."""
        return [value for value, devices in self.found.items() if not devices] + [
            f"mac_addresses={m}" for m in self.unmatched_macs
        ]

    def note(self) -> str:
        return not_found_text(self.unmatched(), bool(self.devices))

    def ambiguous(self) -> dict[str, list[dict]]:
        """Values that several selected devices have."""
        return {value: devices for value, devices in self.found.items() if len(devices) > 1}


class Sought:
    """Which of the values that were typed are met by rows that pass by, in a list that is too long to keep."""

    def __init__(self, criteria: Sequence[Criterion], unmatched_macs: Sequence[str] = ()) -> None:
        self.criteria = criteria
        self.macs = [f"mac_addresses={mac}" for mac in unmatched_macs]
        self.met: set[tuple[str, str]] = set()

    def watch(self, rows: Iterable[dict]) -> Iterator[dict]:
        for row in rows:
            for criterion in self.criteria:
                self.met.update((criterion.argument, typed) for typed in criterion.typed_for(row))
            yield row

    def unmet(self) -> list[tuple[str, str]]:
        """Argument and value of each that no row has met."""
        typed = dict.fromkeys((criterion.argument, term.typed) for criterion in self.criteria for term in criterion.terms)
        return [value for value in typed if value not in self.met]

    def note(self) -> str:
        return not_found_text([*("=".join(value) for value in self.unmet()), *self.macs], bool(self.met))


def not_found_text(missing: Sequence[str], some_found: bool) -> str:
    """What is said of values (`argument=value`) that no device has, as Markdown; they may be those of a device all the same."""
    if not missing:
        return ""
    macs = any(value.startswith("mac_addresses=") for value in missing)
    compliance = "(MAC addresses are found only for devices of the compliance report.)" if macs else ""
    return markdown_text(joined(f"Not found: {', '.join(missing)}.", compliance, unseen(missing, some_found)))


def unseen(missing: Sequence[str], some_found: bool) -> str:
    """Why there may be a device with these values all the same; empty when there is nothing to say."""
    serials = [value.partition("=")[2] for value in missing if re.fullmatch(r"serial_numbers=[^*]+", value)]
    return joined(MOVED_SERIALS.format(f"{serials[0]}*") if serials else "", "" if some_found else NOT_SEEN)


def absence_note(client: Client, asked: Iterable[tuple[str, str]], absent: str, needs: str, whole: bool = True) -> str:
    """A note on target values (argument and value) that no row of a report has: there is no such device, or it has nothing.

    Args:
        absent: What is said of a device that there is, such as `Not reported missing`.
        needs: The permission without which some accounts answer with an empty list, instead of 403.
        whole: Whether all rows were read; if not, a device that there is may have some among the others.
    """
    values: dict[str, list[str]] = {}
    for argument, value in asked:
        values.setdefault(argument, []).append(value)
    try:
        found = [select_devices(client, {argument: typed}, ("serialNumber",)) for argument, typed in values.items()]
    except ExplainedError as error:
        named = ", ".join(f"{argument}={value}" for argument, typed in values.items() for value in typed)
        return markdown_text(f"{absent}, or no such device: {named}. Whether there is one could not be read: {error.message}")
    there = [device_label(device) for selection in found for device in selection.devices]
    known = markdown_text(f"{absent}: {'; '.join(there)}. A token without {needs} may see none.") if there and whole else ""
    return joined(known, not_found_text([value for selection in found for value in selection.unmatched()], bool(there)))


def target_criteria(client: Client, args: Mapping[str, Any]) -> tuple[list[Criterion], list[str]]:
    """The criteria of the target arguments, all of them checked before the first call; and MAC addresses not found."""
    criteria = [
        Criterion(argument.name, tuple(parse_term(argument, value) for value in target_values(args, argument.name)))
        for argument in TARGET_ARGUMENTS
        if argument.api_field != "macAddress" and target_values(args, argument.name)
    ]
    macs = {mac: mac_forms(mac) for mac in target_values(args, "mac_addresses")}
    terms = tuple(
        Term(mac, "deviceUid", "", device_uid) for mac, forms in macs.items() for device_uid in find_by_mac(client, forms)
    )
    missing = [mac for mac in macs if mac not in {term.typed for term in terms}]
    if macs:
        criteria.append(Criterion("mac_addresses", terms))
    return criteria, missing


def find_by_mac(client: Client, forms: Sequence[str]) -> list[str]:
    """UIDs of the devices with this MAC address, as far as the compliance report knows them."""
    for form in forms:
        rows = [*client.rows(GET_COMPLIANCE, params=[("macAddress", form)])]
        uids = [uid_in(row, GET_COMPLIANCE) for row in rows if mac_digits(form) in row_macs(row)]
        if uids:
            return list(dict.fromkeys(uids))
    return []


def row_macs(row: Mapping[str, Any]) -> set[str]:
    adapters = as_dicts(row.get("networkAdapters"))
    texts = [row.get("macAddress"), *(adapter.get("macAddress") for adapter in adapters)]
    return {mac_digits(text) for text in texts if text}


def uid_criterion(device_uids: Iterable[str]) -> Criterion:
    """The devices of these UIDs."""
    return Criterion("device_ids", tuple(Term(device_uid, "deviceUid", "", device_uid) for device_uid in device_uids))


def find_devices(client: Client, criteria: Sequence[Criterion], select: Sequence[str], raw_filter: str = "") -> Iterator[dict]:
    """Devices that meet all criteria, each once, checked again on this side."""
    return find_rows(client, DEVICES, criteria, ["deviceName", *select], raw_filter)


def find_rows(
    client: Client, report: Report, criteria: Sequence[Criterion], select: Sequence[str], raw_filter: str = ""
) -> Iterator[dict]:
    """Rows of a report that meet all criteria, each once, checked again on this side."""
    fields = selected_fields([*report.key, *select], criteria)
    seen: set[tuple] = set()
    for query in plan_queries(criteria, raw_filter):
        for page in client.report(report, query, fields):
            for row in page:
                key = tuple(row.get(name) for name in report.key)
                if key not in seen and all(criterion.matches(row) for criterion in criteria) and uid_in(row, report.simple):
                    seen.add(key)
                    yield row


def selected_fields(select: Sequence[str], criteria: Sequence[Criterion]) -> list[str]:
    """The fields to ask for. A parent and one of its children must not be mixed: the parent wins."""
    wanted = [*select, *(term.path for criterion in criteria for term in criterion.terms)]
    return [name for name in dict.fromkeys(wanted) if not any(name.startswith(f"{other}.") for other in wanted)]


def select_devices(client: Client, args: Mapping[str, Any], select: Sequence[str]) -> Selection:
    """Resolve the target arguments of a command that only reads.

    Raises:
        ArgumentError: No target argument is given, or one is malformed.
    """
    criteria, missing = target_criteria(client, args)
    if not criteria:
        names = ", ".join(argument.name for argument in TARGET_ARGUMENTS)
        raise ArgumentError("device_ids", f"no device is named. Give at least one of {names}.", TARGET_ARGUMENTS[0].example)
    found = selected(client, criteria, missing, select)
    if len(found.criteria) < len(criteria):  # a MAC address that nobody has: nothing can meet all arguments
        return found
    respelled = [other_spellings(client, criterion, found.unmatched()) for criterion in criteria]
    return selected(client, respelled, missing, select) if respelled != criteria else found


def selected(client: Client, criteria: Sequence[Criterion], missing: Sequence[str], select: Sequence[str]) -> Selection:
    searched = [criterion for criterion in criteria if criterion.terms]
    devices = tuple(find_devices(client, criteria, select)) if len(searched) == len(criteria) else ()
    selection = Selection(devices, tuple(searched), tuple(missing))
    # In the order in which they were typed: answers are compared with what was pasted.
    typed = {str(device.get("deviceUid")): device for devices in selection.found.values() for device in devices}
    return replace(selection, devices=tuple(typed.values()))


# Arguments whose names may be written with or without a domain, and what stands before one that follows the name.
DOMAIN_MARKS = {"device_names": ".", "user_names": "@"}


def other_spellings(client: Client, criterion: Criterion, unmatched: Sequence[str]) -> Criterion:
    """The criterion with names that no device has replaced by the devices that have them with, or without, a domain.

    Two domains that are both known must agree: CORP agrees with corp.example.com, for the short name is its first label.
    """
    mark = DOMAIN_MARKS.get(criterion.argument, "")
    terms: list[Term] = []
    for term in criterion.terms:
        again = mark and not term.suffix and f"{criterion.argument}={term.typed}" in unmatched
        terms += (again and spelled_otherwise(client, term, mark)) or [term]
    return replace(criterion, terms=tuple(terms))


def spelled_otherwise(client: Client, term: Term, mark: str) -> list[Term]:
    """The devices that have a name with, or without, its domain, as terms."""
    bare, domain = split_domain(term.text, mark)
    forms = [term._replace(text=bare), term._replace(suffix="StartsWith", text=bare + mark)]
    if mark == "@":
        forms.append(term._replace(suffix="EndsWith", text=f"\\{bare}"))
    found = find_devices(client, [Criterion(term.typed, tuple(forms))], ("fullSystemName", "domain"))
    return [
        Term(term.typed, "deviceUid", "", str(device.get("deviceUid")))
        for device in found
        if split_domain(folded(device, term.path), mark)[0] == bare.casefold()
        and any(agree(domain, known) for known in domains(device, term.path, mark))
    ]


def domains(device: Mapping[str, Any], path: str, mark: str) -> set[str]:
    """The domains that a device's host or user name may have; the empty one when none is known."""
    names = (path, "fullSystemName") if mark == "." else (path,)
    known = {split_domain(folded(device, name), mark)[1] for name in names}
    known |= {folded(device, "domain")} if mark == "." else set()
    return known - {"", "workgroup"} or {""}


def agree(one: str, other: str) -> bool:
    """Whether two domains may be the same: one is not known, or one is the short name or the parent of the other."""
    one, other = sorted((one.casefold(), other.casefold()), key=len)
    return not one or one == other or other.startswith(f"{one}.") or other.endswith(f".{one}")


@dataclass(frozen=True)
class Guard:
    """What bounds a command that changes devices; and whether calls of which nothing else is known may read, and change."""

    max_devices: int = DEFAULT_MAX_DEVICES
    protected: tuple[DeviceEntry, ...] = ()
    any_read: bool = False
    any_change: bool = False

    def check_count(self, count: int) -> None:
        if count > self.max_devices:
            raise TargetError(
                f"{count} devices are meant, but the instance allows {self.max_devices} per action (max_devices_per_action). "
                "Nothing was sent. Name fewer devices, or raise the limit in the instance settings."
            )

    def check_protected(self, devices: Iterable[Mapping[str, Any]]) -> None:
        hits = [device_label(device) for device in devices if self.protects(device)]
        if hits:
            raise TargetError(f"Nothing was sent: protected by the instance settings (protected_devices): {'; '.join(hits)}.")

    def protects(self, device: Mapping[str, Any]) -> bool:
        """A device of which too little is known to compare it counts as protected."""
        if not device.get("deviceName") and not all(UUID_TEXT.fullmatch(entry.patterns[0]) for entry in self.protected):
            return True
        known = identities(device) if self.protected else set()
        return any(entry.names(known) for entry in self.protected)


class Targets(NamedTuple):
    """The devices a command will change, each meant exactly once.

    Attributes:
        unchecked: Whether they are what was typed, because the token may not read devices.
    """

    devices: tuple[dict, ...]
    note: str = ""
    unchecked: bool = False

    @property
    def uids(self) -> list[str]:
        return uids_of(self.devices)

    def noted(self, text: str) -> "Targets":
        """The same devices with another text before the note."""
        return self._replace(note=f"{text} {self.note}".strip())


def uids_of(devices: Iterable[Mapping[str, Any]]) -> list[str]:
    return [str(device.get("deviceUid")) for device in devices]


def resolve_targets(client: Client, args: Mapping[str, Any], guard: Guard, select: Sequence[str] = ()) -> Targets:
    """Resolve the target arguments of a command that changes devices: every value is exactly one device, or nothing is sent.

    Raises:
        ArgumentError: No target argument is given, or one is malformed.
        TargetError: A value matches no device or several; too many devices; a protected device.
    """
    named = [values for argument in TARGET_ARGUMENTS if (values := target_values(args, argument.name))]
    if named:
        guard.check_count(min(len(values) for values in named))
    by_uid = len(named) == 1 and bool(target_values(args, "device_ids"))
    try:
        selection = select_devices(client, args, (*IDENTITY_FIELDS, *select))
    except MissingPermissionError as error:
        if not by_uid:
            raise
        return unchecked_targets(args, guard, error.message)
    if by_uid and not selection.devices and not sees_devices(client):
        return unchecked_targets(args, guard, "The device report has no device for this token.")
    refuse_inexact(selection)
    guard.check_count(len(selection.devices))
    guard.check_protected(selection.devices)
    return Targets(selection.devices)


def sees_devices(client: Client) -> bool:
    """Whether the token sees any device. Some accounts answer an empty report for want of permission, instead of 403."""
    return bool(client.call(GET_DEVICES, params=[("select", "deviceUid"), ("pageSize", "1")])["data"])


def unchecked_targets(args: Mapping[str, Any], guard: Guard, problem: str) -> Targets:
    """A token that may act on devices but not read them works by UID, unless the protected list would be skipped."""
    if guard.protected:
        raise TargetError(
            "Nothing was sent: the instance has protected devices, and this token cannot read the devices to compare them. "
            f"{problem}"
        )
    uids = dict.fromkeys(uid("device_ids", value) for value in target_values(args, "device_ids"))
    note = (
        "This token may not read devices (View Device reports): whether they exist, their names and their state were not checked."
    )
    return Targets(tuple({"deviceUid": device_uid} for device_uid in uids), note, unchecked=True)


def refuse_inexact(selection: Selection) -> None:
    problems = []
    if missing := selection.unmatched():
        problems.append(f"no device matches {', '.join(missing)}")
    for value, devices in selection.ambiguous().items():
        problems.append(f"{value} matches {len(devices)} devices: {'; '.join(told_apart(d) for d in devices[:10])}")
    if problems:
        raise TargetError(
            f"Nothing was sent: {'. '.join(problems)}. Each value must match exactly one device; only device_ids are "
            f"unambiguous. {unseen(selection.unmatched(), bool(selection.devices))}".strip()
        )


def nothing_found(title: str, what: str = "Nothing", note: str = "", needs: str = "") -> str:
    """What a search without rows says. It proves nothing: some accounts answer so for want of the permission that it needs."""
    permission = f" ({needs})" if needs else ""
    return f"### {title}\n{what} was found, or the token may not see it{permission}. {note}".strip()


def told_apart(device: Mapping[str, Any]) -> str:
    """What tells two records of one device apart (repaired, enrolled again, in two accounts)."""
    status = str(device.get("agentStatus") or "")
    facts = {
        "": AGENT_STATUS_NAMES.get(status, status) or "status unknown",
        "last contact": device.get("lastConnectedDateTimeUtc") or "unknown",
        "account": device.get("accountUid") or "unknown",
        "ESN": device.get("esn") or "unknown",
    }
    return ", ".join([device_label(device), *(joined(name, value) for name, value in facts.items())])


def device_label(device: Mapping[str, Any]) -> str:
    """Name, serial number and UID: what a person needs to tell two devices apart."""
    parts = [device.get("deviceName"), device.get("serialNumber") and f"serial {device['serialNumber']}", device.get("deviceUid")]
    return ", ".join(str(part)[:MAX_ECHO] for part in parts if part)


# endregion
