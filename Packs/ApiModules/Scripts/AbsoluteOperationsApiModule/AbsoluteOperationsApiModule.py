"""Any operation of the API, also one that appeared today: whether it only reads, answers with secrets, and what it touches.

Knows how the API's paths and bodies name things. Must not know: what becomes of an operation, the war room, the context.
"""

from CommonServerPython import *
from CommonServerUserPython import *
from AbsoluteTargetsApiModule import *

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit
import itertools

# region Constants
# Patterns are texts, which `re` compiles where one is used and keeps: most commands use none of them.
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
API_PATH = r"/v3(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+"
PATH_EXAMPLE = "/v3/reporting/devices"
UID_IN_PATH = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
READ_BY_POST = rf"/v3/actions/(?:unenroll|wipe|file-delete|eum|reach)/get-actions(?:/{UID_IN_PATH})?"
# Operations that answer with passcodes, and the command that is for them.
PASSCODE_PATH = r"/v3/actions/freeze/requests(?:/.*)?|.*passcode.*"
PASSCODE_COMMAND = "absolute-device-freeze-passcode-get shows passcodes, absolute-device-freeze-request-get the rest of a freeze"
# Operations that change something and touch no device.
TOUCHES_NO_DEVICE = (
    ("POST", r"/v3/actions/freeze/messages"),
    ("PUT", rf"/v3/actions/freeze/messages/{UID_IN_PATH}"),
    ("DELETE", rf"/v3/actions/freeze/messages/{UID_IN_PATH}"),
    ("POST", r"/v3/configurations/policy-groups"),
    ("PUT", rf"/v3/configurations/policy-groups/{UID_IN_PATH}"),
)
# Operations whose devices nothing in a call tells: the agents of the whole account, the data that they collect, what is for
# partners of the vendor.
DEVICES_UNTOLD = (
    r"/v3/(?:configurations/(?:agents/settings|custom-data-collector/configs(?:/.*)?)|partners/.*)"  # disable-secrets-detection
)
# UIDs under these names stand for no device, nor for the devices of a group.
NO_DEVICE_NAMES = r"(?i)(?:message|script|playbookTemplate|policy|cdf|parentNode|targetPolicyGroup|account)(?:Uid|Id)"
DEVICE_NAMES = (
    r"(?i)(?:.*(?:device|computer|endpoint|machine|host)(?:uid|id|name|esn)?s?|groupMemberIds|esns?|.*serial(?:numbers?|s)?)"
)
GROUP_NAMES = r"(?i).*groups?(?:uid|id|name)?s?"
# A body that names its devices by a condition, or takes all of them.
WIDENING_NAMES = (
    r"(?:all|every)(?![a-z]).*|.*(?:All|Every)(?![a-z]).*|(?:.*_)?(?:ALL|EVERY)(?![a-z]).*"
    r"|(?i:.*(?:filter|criteri|query|search|select).*)"
    r"|(?i:.*(?:device|serial|esn|group).*(?:startswith|endswith|contains|like|match(?:es)?|pattern|prefix|from|to|inclusive|not))"
)
WIDENING_VALUES = (
    r"(?i)[*%]|(?:all|every|any)(?:[ _-]?(?:devices?|endpoints?|groups?|members?|users?))?"
    r"|account|tenant|organi[sz]ation|global|fleet|everything|everyone"
)
# What many devices can have in common.
SHARED_NAMES = (
    r"(?i)(?:(?:current|last|local|public|device|assigned)[ _-]?)?"
    r"(?:user(?:name|id|uid)?s?|ips?|ip[ _-]?address(?:es)?|macs?|mac[ _-]?address(?:es)?|agentstatus(?:es)?|orgunits?)"
)
# Those that it leaves out: all others are meant.
EXCLUDING_NAMES = r"(?:.*[^a-z])?(?:exclu|except|omit|ignor|skip|without|not(?![a-z])).*|.*(?:Exclu|Except|Omit).*"
MOST_NAMED = 1000
LONGEST_SPLIT = 1000
# Of lists and the like in one text; the words of a sentence are no names.
SEPARATORS = r"[^\w.' -]+"
PLAIN_MEMBER = r"[a-z][A-Za-z]*"


# endregion


# region Any operation: what is asked for
class AnyRequest(NamedTuple):
    """One call as somebody has written it, checked: `path` without query, `params` decoded, `body` None for none."""

    method: str
    path: str
    params: tuple[tuple[str, str], ...] = ()
    body: Any = None

    @property
    def reads(self) -> bool:
        return self.method == "GET" or (self.method == "POST" and re.fullmatch(READ_BY_POST, self.path.lower()) is not None)

    @property
    def touches_no_device(self) -> bool:
        return any(self.method == method and re.fullmatch(path, self.path.lower()) for method, path in TOUCHES_NO_DEVICE)

    @property
    def operation(self) -> Operation:
        """How it is sent: what changes something once, whatever becomes of the answer."""
        return Operation(
            self.method,
            self.path,
            f"send {self.method} {self.path}",
            "that this operation needs",
            idempotent=self.reads,
            answers=object if self.reads else None,
            files=tuple(FILES) if self.reads else (),
            bare=True,
            seen_with="absolute-api-request method=GET, or a command that lists what was to be changed",
            reads_by_post=self.reads and self.method != "GET",
        )


def any_request(args: Mapping[str, Any], base_url: str) -> AnyRequest:
    """The arguments method, path, query and body.

    Raises:
        ArgumentError: One is malformed, leaves the API of the instance, or asks for passcodes.
    """
    method = choice(args, "method", METHODS, "GET")
    path, query = api_path(str(args.get("path") or "").strip(), base_url)
    params = [*query_params("path", query), *query_params("query", str(args.get("query") or "").strip().lstrip("?"))]
    request = AnyRequest(method, path, tuple(params), json_body(args, method))
    asked = [path, *(text for pair in params for text in pair)]
    if re.fullmatch(PASSCODE_PATH, path.lower()) or any("passcode" in text.lower() for text in asked):
        raise ArgumentError("path", f"what answers with passcodes is not sent so: {PASSCODE_COMMAND}.", PATH_EXAMPLE)
    return request


def api_path(typed: str, base_url: str) -> tuple[str, str]:
    """Path and query of what was typed, which may be a whole URL of the instance's own API.

    Raises:
        ArgumentError: It is another host's, or no plain path below /v3.
    """
    try:
        parts = urlsplit(typed)
        foreign = bool(parts.scheme or parts.netloc) and api_base_url(f"{parts.scheme}://{parts.netloc}") != base_url
    except (ValueError, ArgumentError):
        foreign = True
    if foreign or parts.username is not None:
        raise ArgumentError("path", "it is an address of another host than the instance's.", PATH_EXAMPLE)
    if parts.fragment or not re.fullmatch(API_PATH, parts.path):
        problem = f'"{typed[:MAX_ECHO]}" is not a path of the API: /v3/… of letters, digits, dots, hyphens and underlines.'
        raise ArgumentError("path", problem, PATH_EXAMPLE)
    return parts.path, parts.query


def query_params(name: str, text: str) -> list[tuple[str, str]]:
    """Names and values of a query, percent-decoded; a plus sign stands for itself. Raises: ArgumentError."""
    pairs = [part.partition("=") for part in text.split("&") if part]
    if any(not key for key, _, _ in pairs):
        raise ArgumentError(name, "a parameter of the query has no name.", "pageSize=10&agentStatus=A")
    return [(unquote(key), unquote(value)) for key, _, value in pairs]


def json_body(args: Mapping[str, Any], method: str) -> Any:
    """The body, which the platform hands over as a text or as an object. Raises: ArgumentError."""
    if method == "GET" and args.get("body") not in (None, ""):
        raise ArgumentError("body", "GET takes none.", "method=POST")
    body = json_argument(args, "body", '\'{"deviceUids": ["5b1f7c1e-0d3a-4c55-9a77-1f2e3d4c5b6a"]}\'')
    # The client puts it there, and the API's examples show it.
    return body["data"] if isinstance(body, dict) and body.keys() == {"data"} else body


def json_argument(args: Mapping[str, Any], name: str, example: str) -> Any:
    """A JSON object or list, which the platform hands over as a text or as it is; None for none. Raises: ArgumentError."""
    given = args.get(name)
    if given in (None, ""):
        return None
    with suppress(ValueError, RecursionError):
        value = json.loads(given) if isinstance(given, str) else given
        if isinstance(value, dict | list):
            return value
    raise ArgumentError(name, "it is not a JSON object or list.", example)


# endregion


# region Any operation: which devices it touches
def named_values(request: AnyRequest) -> Iterator[tuple[str, Any]]:
    """Everything that the call names, each with the name of its member; of a path UIDs, with the part before each."""
    parts = request.path.split("/")
    yield from ((before, part) for before, part in itertools.pairwise(parts) if UUID_TEXT.search(part))
    yield from ((name, part) for name, value in request.params for part in value.split(","))
    yield from leaves("", request.body)


def leaves(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and value:
        for inner_name, inner in value.items():
            yield from [(name, inner_name)] if UUID_TEXT.search(inner_name) else []
            yield from leaves(inner_name, inner)
    elif isinstance(value, list) and value:
        for inner in value:
            yield from leaves(name, inner)
    else:
        yield name, value


def possible_names(request: AnyRequest) -> Iterator[str]:
    """Whatever in a call a device could have as its UID, ESN, serial number or name."""
    for part in request.path.split("/")[2:]:
        yield from () if re.fullmatch("[a-z-]+", part) else (part, *part.split("."))
    yield from (name for name in member_names(request.body) if not re.fullmatch(PLAIN_MEMBER, name))
    for _, value in named_values(request):
        text = text_of(value)
        yield text
        yield from re.split(SEPARATORS, text) if len(text) <= LONGEST_SPLIT else []


def text_of(value: Any) -> str:
    """A text or a number as a text; empty for anything else."""
    return str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""


def member_names(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield from value
    for inner in value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ():
        yield from member_names(inner)


def in_path(name: str) -> str:
    """The part of a path before a UID, as the name that the UID has in bodies: `policies` is policyUid."""
    singular = re.sub("s$", "", re.sub("ies$", "y", name))
    return f"{singular.replace('-', '')}Uid"


def stands_for_no_device(name: str) -> bool:
    return re.fullmatch(NO_DEVICE_NAMES, name) is not None or re.fullmatch(NO_DEVICE_NAMES, in_path(name)) is not None


def widening(request: AnyRequest) -> list[str]:
    """Names of members that take devices without naming them: all of them, those of a condition or with a common value, all
    others, an empty list."""
    return list(dict.fromkeys(name for name, value in named_values(request) if widens(name, value)))


def widens(name: str, value: Any) -> bool:
    if value in (None, "", [], {}):
        return any(re.fullmatch(names, name) for names in (DEVICE_NAMES, GROUP_NAMES))
    if not isinstance(value, bool) and any(re.fullmatch(names, name) for names in (EXCLUDING_NAMES, SHARED_NAMES)):
        return True
    if re.fullmatch(WIDENING_VALUES, str(value).strip()):
        return True
    return value is not False and re.fullmatch(WIDENING_NAMES, name) is not None


def refuse_any_request(request: AnyRequest, guard: Guard) -> None:
    """Raises: TargetError unless the instance lets any call through, or any that changes something."""
    parameter = "" if guard.any_read else "Allow any API request (allow_any_request)"
    if not request.reads and not guard.any_change:
        parameter = parameter or "Allow any API request to change something (allow_any_change)"
    if parameter:
        raise TargetError(f"Nothing was sent: the parameter of the instance '{parameter}' is not selected.")


def touched_devices(client: Client, request: AnyRequest, guard: Guard) -> Targets:
    """The devices that a call which changes something touches, all of them, within the guards.

    Every UID of path, query and body must be a device, a group whose members can be listed, or what surely is neither; what is
    named as a device must be exactly one.

    Raises:
        TargetError: Which devices it touches is not certain; too many; a protected one.
    """
    if re.fullmatch(DEVICES_UNTOLD, request.path.lower()):
        raise TargetError(f"Nothing was sent: which devices {request.method} {request.path} concerns cannot be told.")
    own = request._replace(path="") if request.touches_no_device else request
    named = [(name, text) for name, value in named_values(own) if (text := text_of(value))]
    meant = [value for name, value in named if re.fullmatch(DEVICE_NAMES, name)]
    uids = [found for name, value in named if not stands_for_no_device(name) for found in UUID_TEXT.findall(value)]
    if request.touches_no_device and not (meant or uids):
        return Targets((), "It touches no device.")
    if wide := widening(request):
        raise TargetError(f"Nothing was sent: which devices are meant cannot be told of {', '.join(wide)}. Name each by its UID.")
    guard.check_count(len(set(meant)))
    groups_by_name = [value for name, value in named if re.fullmatch(GROUP_NAMES, name) and not UUID_TEXT.fullmatch(value)]
    certain = dict.fromkeys([*meant, *uids, *groups_by_name])
    perhaps = [with_hyphens(text.strip()) for text in possible_names(own) if re.fullmatch(r".{1,64}", text.strip())]
    try:
        found = devices_named(client, [*certain, *perhaps])
        groups = members_of_groups(client, [value for value in uids if not found.get(value.casefold())])
    except ApiError as error:
        raise TargetError(f"Nothing was sent: the devices could not be looked up. {error.message}") from error
    told = {value for value in certain if value in groups or len(found[value.casefold()]) == 1} - {*groups_by_name}
    unknown = [value for value in certain if value not in told]
    devices = [*(device for rows in found.values() for device in rows), *(device for rows in groups.values() for device in rows)]
    if unknown or not certain:
        said = (
            f"these are neither one device nor a group: {', '.join(unknown[:10])}" if unknown else "it names no device or group"
        )
        raise TargetError(f"Nothing was sent: which devices {request.method} {request.path} touches cannot be told; {said}.")
    targets = Targets(tuple(first_of_each(devices, "deviceUid")))
    guard.check_count(len(targets.devices))
    guard.check_protected(targets.devices)
    return targets


def devices_named(client: Client, values: Sequence[str]) -> dict[str, list[dict]]:
    """The devices that have each value as UID, ESN, serial number or name, by the value in lower case."""
    found: dict[str, list[dict]] = {value.casefold(): [] for value in values}
    if len(found) > MOST_NAMED:
        raise TargetError(f"Nothing was sent: {len(found)} values may be devices; at most {MOST_NAMED} are looked up.")
    terms = tuple(term for value in dict.fromkeys(values) for term in identity_terms(value))
    for device in find_devices(client, [Criterion("body", terms)], IDENTITY_FIELDS):
        for value in {folded(device, term.path) for term in terms} & found.keys():
            found[value].append(device)
    return found


def identity_terms(value: str) -> Iterable[Term]:
    fields = ("deviceUid",) if UUID_TEXT.fullmatch(value) else ("esn", "serialNumber", "deviceName")
    return (Term(value, name, "", value.lower() if name == "deviceUid" else value) for name in fields)


def members_of_groups(client: Client, uids: Sequence[str]) -> dict[str, list[dict]]:
    """The devices of policy groups and device groups, by the group's UID; what is no group is left out.

    Raises:
        TargetError: A policy group has more devices than the token may see.
    """
    if not uids:
        return {}
    policy_groups = {str(row.get("policyGroupUid")).lower(): row for row in flatten(client.pages(LIST_POLICY_GROUPS))}
    device_groups = {str(row.get("deviceGroupUid")).lower() for row in flatten(client.pages(LIST_DEVICE_GROUPS))}
    wanted = [value for value in uids if value.lower() in policy_groups.keys() | device_groups]
    members: dict[str, list[dict]] = {value: [] for value in wanted}
    select = [*IDENTITY_FIELDS, "policyGroupUid", "deviceGroupIds"]
    for device in first_of_each(flatten(client.report(DEVICES, Query(), select)), "deviceUid") if wanted else ():
        for value in wanted:
            system = policy_groups.get(value.lower(), {}).get("isSystem") and not device.get("policyGroupUid")
            own = {folded(device, "policyGroupUid"), *uid_set(device.get("deviceGroupIds"))}
            if system or value.lower() in own:
                members[value].append(device)
    for value, devices in members.items():
        count = policy_groups.get(value.lower(), {}).get("deviceCount", len(devices))
        if count != len(devices):
            raise TargetError(f"Nothing was sent: of the {count} devices of the policy group {value} {len(devices)} can be seen.")
    return members


# endregion
