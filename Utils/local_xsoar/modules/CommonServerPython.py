"""The common code which Cortex XSOAR loads before every Python integration, for running integrations locally.

Integrations begin with `from CommonServerPython import *`; in the unified script of a pack that line is gone and the
names are simply there. This module therefore offers the names, parameters, defaults, return shapes and error texts
which the platform's module has, and no public name which the platform has not: code that works here must work there.
Where the platform's behaviour is odd but observable, it is kept, and a comment says so.

Everything lives in this one module, as on the platform, so that each run of a command can execute a fresh copy:
nothing is remembered outside the module object.

Sections: names for integrations - constants - lines in tracebacks - the platform - proxies and certificates - text -
Markdown - arguments - data - dates - indicators - command results - returning - polling - HTTP - logs - fetch -
integration context - mirroring - commands of other integrations - events for XSIAM - at load.

The interface is documented at https://xsoar.pan.dev/docs/reference/api/common-server-python
"""

# The platform's interface has arguments named like builtins, works with naive local times and with file names.
# ruff: noqa: A002, DTZ005, DTZ006, DTZ007, PTH104, PTH123
# A ClassVar annotation on the constant tables of the indicators would be noise.
# ruff: noqa: RUF012

# ------------------------------------------------------------------------------------------ names for integrations
# Integrations use these names without importing them, so an import which looks unused is not.

# Our own imports carry an underscore, which keeps them out of the star import.

import base64
import builtins as _builtins
import collections.abc as _abc
import gc  # noqa: F401
import gzip
import http.client as _http_client
import inspect as _inspect
import json
import logging
import os
import re
import socket
import ssl
import sys
import time
import traceback
import types  # noqa: F401
import urllib
import urllib.parse
import warnings  # noqa: F401
import xml.etree.ElementTree as ET
from abc import abstractmethod
from collections import OrderedDict  # noqa: F401
from datetime import datetime, timedelta, timezone
from functools import wraps
from inspect import currentframe
from random import randint
from threading import Lock
from typing import Any, Dict, List, Optional, Set, Union, cast  # noqa: F401, UP035

import dateparser
import demistomock as demisto
import requests
from requests.adapters import HTTPAdapter
from urllib3 import disable_warnings
from urllib3.util import Retry
from urllib3.util.ssl_ import create_urllib3_context

# ---------------------------------------------------------------------------------------------------------- constants

XSIAM_EVENT_CHUNK_SIZE = 2**20  # bytes
XSIAM_EVENT_CHUNK_SIZE_LIMIT = 4 * 10**6  # bytes
ASSETS = "assets"
EVENTS = "events"
DATA_TYPES = [EVENTS, ASSETS]
MASK = "<XX_REPLACED>"
SEND_PREFIX = "send: b'"
SAFE_SLEEP_START_TIME = datetime.now()
MAX_ERROR_MESSAGE_LENGTH = 50000
CONTENT_RELEASE_VERSION = "0.0.0"
CONTENT_BRANCH_NAME = "master"
IS_PY3 = True
PY_VER_MINOR = sys.version_info[1]
STIX_PREFIX = "STIX "
ZERO = timedelta(0)
HOUR = timedelta(hours=1)
STRING_TYPES = (str, bytes)
STRING_OBJ_TYPES = (str,)
OS_LINUX = sys.platform.startswith("linux")
OS_MAC = sys.platform.startswith("darwin")
OS_WINDOWS = sys.platform.startswith("win32")
CONTEXT_UPDATE_RETRY_TIMES = 3
MIN_VERSION_FOR_VERSIONED_CONTEXT = "6.0.0"
MARKDOWN_CHARS = r"\`*_{}[]()#+-!|"
ENDPOINT_STATUS_OPTIONS = ["Online", "Offline", "Unknown"]
ENDPOINT_ISISOLATED_OPTIONS = ["Yes", "No", "Pending isolation", "Pending unisolation"]


class _Constants:
    """A set of named values; unlike an Enum's members they are plain strings and numbers, fit for an entry."""

    @classmethod
    def is_valid_type(cls, _type: Any) -> bool:
        return any(_type == value for name, value in vars(cls).items() if name.isupper())


class EntryType:
    """What a war-room entry is."""

    NOTE = 1
    DOWNLOAD_AGENT = 2
    FILE = 3
    ERROR = 4
    PINNED = 5
    USER_MANAGEMENT = 6
    IMAGE = 7
    PLAYGROUND_ERROR = 8
    ENTRY_INFO_FILE = 9
    VIDEO_FILE = 10
    WARNING = 11
    STATIC_VIDEO_FILE = 12
    MAP_ENTRY_TYPE = 15
    WIDGET = 17
    EXECUTION_METRICS = 19


class EntryFormat(_Constants):
    """How the Contents of an entry are written."""

    HTML = "html"
    TABLE = "table"
    JSON = "json"
    TEXT = "text"
    DBOT_RESPONSE = "dbotCommandResponse"
    MARKDOWN = "markdown"


class FileAttachmentType:
    ATTACHED = "attached_file"


class IncidentStatus:
    PENDING = 0
    ACTIVE = 1
    DONE = 2
    ARCHIVE = 3


class IncidentSeverity:
    UNKNOWN = 0
    INFO = 0.5
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4


class DBotScoreType(_Constants):
    """Indicator types of a DBot score."""

    IP = "ip"
    FILE = "file"
    DOMAIN = "domain"
    URL = "url"
    CVE = "cve"
    ACCOUNT = "account"
    CIDR = ("cidr",)  # a tuple on the platform too: the plain text 'cidr' is refused there
    DOMAINGLOB = "domainglob"
    CERTIFICATE = "certificate"
    CRYPTOCURRENCY = "cryptocurrency"
    EMAIL = "email"
    ATTACKPATTERN = "attackpattern"
    CUSTOM = "custom"


class DBotScoreReliability(_Constants):
    """How far a source of indicators can be trusted."""

    A_PLUS = "A+ - 3rd party enrichment"
    A = "A - Completely reliable"
    B = "B - Usually reliable"
    C = "C - Fairly reliable"
    D = "D - Not usually reliable"
    E = "E - Unreliable"
    F = "F - Reliability cannot be judged"

    @staticmethod
    def get_dbot_score_reliability_from_str(reliability_str: str) -> str:
        if DBotScoreReliability.is_valid_type(reliability_str):
            return reliability_str
        raise Exception("Please use supported reliability only.")


class ErrorTypes:
    """Outcomes of API calls which execution metrics count."""

    SUCCESS = "Successful"
    QUOTA_ERROR = "QuotaError"
    GENERAL_ERROR = "GeneralError"
    AUTH_ERROR = "AuthError"
    SERVICE_ERROR = "ServiceError"
    CONNECTION_ERROR = "ConnectionError"
    PROXY_ERROR = "ProxyError"
    SSL_ERROR = "SSLError"
    TIMEOUT_ERROR = "TimeoutError"
    RETRY_ERROR = "RetryError"


class FeedIndicatorType:
    """Indicator types as the platform names them."""

    Account = "Account"
    CVE = "CVE"
    Domain = "Domain"
    DomainGlob = "DomainGlob"
    Email = "Email"
    File = "File"
    FQDN = "Domain"
    Host = "Host"
    IP = "IP"
    CIDR = "CIDR"
    IPv6 = "IPv6"
    IPv6CIDR = "IPv6CIDR"
    Registry = "Registry Key"
    SSDeep = "ssdeep"
    URL = "URL"
    AS = "ASN"
    MUTEX = "Mutex"
    Malware = "Malware"
    Identity = "Identity"
    Location = "Location"
    Software = "Software"
    X509 = "X509 Certificate"

    @staticmethod
    def list_all_supported_indicators() -> list[str]:
        return [value for name, value in vars(FeedIndicatorType).items() if isinstance(value, str) and name[0] != "_"]

    @staticmethod
    def is_valid_type(_type: Any) -> bool:
        return _type in FeedIndicatorType.list_all_supported_indicators()

    @staticmethod
    def ip_to_indicator_type(ip: str) -> str | None:
        """The type of an IP address or range, None for anything else."""
        for pattern, indicator_type in (
            (ipv4cidrRegex, FeedIndicatorType.CIDR),
            (ipv4Regex, FeedIndicatorType.IP),
            (ipv6cidrRegex, FeedIndicatorType.IPv6CIDR),
            (ipv6Regex, FeedIndicatorType.IPv6),
        ):
            if re.match(pattern, ip):
                return indicator_type
        return None

    @staticmethod
    def indicator_type_by_server_version(indicator_type: str) -> str:
        return indicator_type.removeprefix(STIX_PREFIX)


# Names from before the enumerations, which older integrations still use.
entryTypes = {
    "note": 1,
    "downloadAgent": 2,
    "file": 3,
    "error": 4,
    "pinned": 5,
    "userManagement": 6,
    "image": 7,
    "playgroundError": 8,
    "entryInfoFile": 9,
    "warning": 11,
    "map": 15,
    "debug": 16,
    "widget": 17,
}
formats = {
    "html": "html",
    "table": "table",
    "json": "json",
    "text": "text",
    "dbotResponse": "dbotCommandResponse",
    "markdown": "markdown",
}
brands = {"xfe": "xfe", "vt": "virustotal", "wf": "WildFire", "cy": "cylance", "cs": "crowdstrike-intel"}
providers = {"xfe": "IBM X-Force Exchange", "vt": "VirusTotal", "wf": "WildFire", "cy": "Cylance", "cs": "CrowdStrike"}
thresholds = {"xfeScore": 4, "vtPositives": 10, "vtPositiveUrlsForIP": 30}


def _same(*keys: str) -> str:
    """A DT selector for objects which agree in one of the keys."""
    return " || ".join(f"val.{key} && val.{key} == obj.{key}" for key in keys)


outputPaths = {
    "file": f"File({_same('MD5', 'SHA1', 'SHA256', 'SHA512', 'CRC32', 'CTPH', 'SSDeep')})",
    "ip": f"IP({_same('Address')})",
    "url": f"URL({_same('Data')})",
    "domain": f"Domain({_same('Name')})",
    "cve": f"CVE({_same('ID')})",
    "email": f"Account.Email({_same('Address')})",
    "dbotscore": "DBotScore",
}

regexFlags = re.M
_OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|0?[1-9]?\d|00\d)"
_GROUP = r"[0-9A-Fa-f]{1,4}"
_IPV6 = (
    "(?:"
    + "|".join(
        [
            rf"(?:{_GROUP}:){{7}}{_GROUP}",
            *(rf"(?:{_GROUP}:){{1,{left}}}(?::{_GROUP}){{1,{7 - left}}}" for left in range(6, 0, -1)),
            rf"(?:{_GROUP}:){{1,7}}:",
            rf":(?:(?::{_GROUP}){{1,7}}|:)",
        ]
    )
    + ")"
)
_HOST_NAME = r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\[?\.\]?)+[a-z][a-z-]*[a-z]"
ipv4Regex = rf"^(?P<ipv4>{_OCTET}(?:\.{_OCTET}){{3}})(?::?(?P<port>\d+))?$"
ipv4cidrRegex = r"^\d{1,3}(?:\.\d{1,3}){3}/(?:3[0-2]|[12]?\d)$"
ipv6Regex = rf"^{_IPV6}$"
ipv6cidrRegex = rf"^{_IPV6}/(?:12[0-8]|1[01]\d|[1-9]?\d)$"
emailRegex = rf"(?i)[a-z0-9.!#$%&'*+/=?^_`{{|}}~-]+\[?@\]?{_HOST_NAME}"
urlRegex = (
    rf"(?i)(?:(?:https?|hxxps?|s?ftps?)\[?:\]?//|www\.)(?:[\w.~%!$&+-]+(?::[^@\s/]*)?@)?"
    rf"(?:{_HOST_NAME}|{_OCTET}(?:\[?\.\]?{_OCTET}){{3}}|\[{_IPV6}\])(?::\d+)?(?:[/?#]\S*)?"
)
domainRegex = rf"(?i)(?P<scheme>(?:http|hxxp|s?ftp)s?://)?(?P<fqdn>{_HOST_NAME})"
cveRegex = r"(?i)^cve-\d{4}-(?:\d{4}|[1-9]\d{4,})$"
hashRegex = r"\b[0-9a-fA-F]+\b"
md5Regex = re.compile(r"\b[0-9a-fA-F]{32}\b", regexFlags)
sha1Regex = re.compile(r"\b[0-9a-fA-F]{40}\b", regexFlags)
sha256Regex = re.compile(r"\b[0-9a-fA-F]{64}\b", regexFlags)
sha512Regex = re.compile(r"\b[0-9a-fA-F]{128}\b", regexFlags)
pascalRegex = re.compile("([A-Z]?[a-z]+)")


class DemistoException(Exception):
    """An error to be shown to the user, with the exception or the HTTP response behind it.

    `str()` is the message alone; `exception` and `res` are for code which catches it.
    """

    def __init__(self, message: Any, exception: Any = None, res: Any = None, error_type: Any = None, *args: Any) -> None:
        super().__init__(message, exception, error_type, *args)
        self.message = message
        self.exception = exception
        self.res = res
        self.error_type = error_type

    def __str__(self) -> str:
        return str(self.message)


# -------------------------------------------------------------------------------------------------- lines in tracebacks
# A unified script holds several source files one after the other. Each calls
# `register_module_line('Name', 'start', __line__())` before and `'end'` after its code, so that tracebacks can name
# the source file and its own line.


def __line__() -> int:
    """The line it is called from."""
    return currentframe().f_back.f_lineno  # type: ignore[union-attr]


class _SourceBlock:
    """Where a source file lies in the script; `outer_*` includes the lines which the unifier wrote around it."""

    start: float = 0
    end: float = float("inf")
    outer_start: float = 0
    outer_end: float = float("inf")


_source_blocks: dict[str, _SourceBlock] = {}


def register_module_line(module_name: str, start_end: str, line: int, wrapper: int = 0) -> None:
    """Records the line where a source file starts or ends. Errors are logged, never raised.

    Args:
        wrapper: lines between this one and the border of the whole inlined block, negative upwards.
    """
    try:
        if start_end not in ("start", "end"):
            raise ValueError("Invalid start_end argument. Acceptable values are: start, end.")
        if not isinstance(line, int) or line < 0:
            raise ValueError(f"Invalid line argument. Expected non-negative integer, got {type(line)}({line})")
        block = _source_blocks.setdefault(module_name, _SourceBlock())
        setattr(block, start_end, line)
        setattr(block, f"outer_{start_end}", line + wrapper)
    except Exception as exc:
        demisto.info(
            f'failed to register module line. module: "{module_name}" start_end: "{start_end}" line: "{line}".\nError: {exc}'
        )


def fix_traceback_line_numbers(trace_str: str) -> str:
    """The traceback with `File "<string>", line N,` replaced by the source file's name and its own line number."""

    def own_position(match: re.Match[str]) -> str:
        line = int(match.group(1))
        around = [(block.start, name) for name, block in _source_blocks.items() if block.start <= line <= block.end]
        if not around:
            return match.group(0)
        start, name = max(around, key=lambda found: found[0])
        return f'File "<{name}>", line {line - int(start) - _inlined_lines(start, line)},'

    return re.sub(r'File "<string>", line (\d+),', own_position, trace_str)


def _inlined_lines(start: float, line: float) -> int:
    """How many lines between the two belong to other source files which were inlined there."""
    counted: list[tuple[float, float]] = []
    for block in sorted(_source_blocks.values(), key=lambda block: block.outer_start):
        within_counted = any(begin < block.outer_start < block.outer_end < end for begin, end in counted)
        if start < block.outer_start and block.outer_end < line and not within_counted:
            counted.append((block.outer_start, block.outer_end))
    return sum(int(end - begin) for begin, end in counted)


# ------------------------------------------------------------------------------------------------------- the platform


class GetDemistoVersion:
    """Asks the server for its version once."""

    def __init__(self) -> None:
        self._version: dict[str, Any] | None = None

    def __call__(self) -> dict[str, Any]:
        if self._version is None:
            if not hasattr(demisto, "demistoVersion"):
                raise AttributeError("demistoVersion attribute not found.")
            self._version = demisto.demistoVersion()
        return self._version


get_demisto_version = GetDemistoVersion()


def get_demisto_version_as_str() -> str:
    """For showing only, such as `8.3.0-12345`; compare versions with `is_demisto_version_ge`."""
    try:
        version = get_demisto_version()
    except AttributeError:
        return "Unknown"
    return f"{version.get('version', 'Unknown')}-{version.get('buildNumber', 'Unknown')}"


def is_demisto_version_ge(version: str, build_number: str = "") -> bool:
    """Whether the server has this version, and build, or a later one."""

    def parts(text: str) -> tuple[str, ...]:
        return tuple(part.zfill(8) for part in text.split("."))

    server: dict[str, Any] = {}
    try:
        server = get_demisto_version()
        if parts(server["version"]) == parts(version) and build_number:
            return int(server["buildNumber"]) >= int(build_number)
        return parts(server["version"]) >= parts(version)
    except (AttributeError, KeyError):
        # Servers before 5.0.0 cannot tell their version.
        if version >= "5.0.0":
            return False
        raise
    except ValueError:
        # Development builds have no comparable number.
        demisto.log(
            f"is_demisto_version_ge: ValueError. \n input: server version: {version} build number: {build_number}\n"
            f"server version: {server}"
        )
        return True


def is_versioned_context_available() -> bool:
    return is_demisto_version_ge(MIN_VERSION_FOR_VERSIONED_CONTEXT)


def is_xsiam_or_xsoar_saas() -> bool:
    return is_demisto_version_ge("8.0.0")


def is_xsoar() -> bool:
    return "xsoar" in demisto.demistoVersion()["platform"]


def is_xsoar_on_prem() -> bool:
    return demisto.demistoVersion().get("platform") == "xsoar" and not is_demisto_version_ge("8.0.0")


def is_xsoar_hosted() -> bool:
    return demisto.demistoVersion().get("platform") == "xsoar_hosted"


def is_xsoar_saas() -> bool:
    return demisto.demistoVersion().get("platform") == "xsoar" and is_xsiam_or_xsoar_saas()


def is_xsiam() -> bool:
    return demisto.demistoVersion().get("platform") == "x2"


def is_using_engine() -> Any:
    return demisto.demistoVersion().get("engine")


def is_debug_mode() -> bool:
    """Whether the command was started with `debug-mode=true`."""
    return hasattr(demisto, "is_debug") and demisto.is_debug


def is_time_sensitive() -> bool:
    return hasattr(demisto, "isTimeSensitive") and demisto.isTimeSensitive()


def _calling_context() -> dict[str, Any]:
    return demisto.callingContext.get("context", {})


def get_integration_name() -> str:
    return _calling_context().get("IntegrationBrand", "")


def get_integration_instance_name() -> str:
    return _calling_context().get("IntegrationInstance", "")


def get_script_name() -> str:
    return _calling_context().get("ScriptName", "")


def is_integration_command_execution() -> bool:
    """Whether an integration's command is running and not a script."""
    try:
        return demisto.callingContext["context"]["ExecutedCommands"][0]["moduleBrand"] != "Scripts"
    except (KeyError, IndexError, TypeError):
        # Scripts in dynamic sections have no executed commands.
        return not isinstance(_calling_context(), dict) or _calling_context().get("ScriptName", "") == ""


def get_tenant_account_name() -> str:
    """The account (`acc_name`) in the server's address, empty for a server without accounts."""
    server = demisto.demistoUrls().get("server", "")
    name = server.split("acc_")[-1] if "/acc_" in server else ""
    return f"acc_{name}" if name else ""


def get_server_config() -> dict[str, Any]:
    response = demisto.internalHttpRequest(method="GET", uri="/system/config")
    return parse_json_string(response.get("body")).get("sysConf", {})


def safe_sleep(duration_seconds: float) -> None:
    """Sleeps, unless the command would be ended by the server before it woke up.

    Raises:
        ValueError: when the container's remaining time is shorter.
    """
    if "runDuration" in _calling_context():
        run_duration = int(_calling_context()["runDuration"]) * 60
        time_left = run_duration - (datetime.now() - SAFE_SLEEP_START_TIME).total_seconds()
        if duration_seconds > time_left:
            raise ValueError(
                f"Requested a sleep of {duration_seconds} seconds, but time left until docker timeout is {run_duration} seconds."
            )
    else:
        demisto.info("Safe sleep is not supported in this server version, sleeping for the requested time.")
    time.sleep(duration_seconds)


def support_multithreading() -> None:
    """Puts a lock around the calls to the server, for integrations which make them from several threads."""
    # Only the server's own demisto object has the channel; elsewhere there is nothing to protect.
    unlocked: Any = getattr(demisto, "_Demisto__do", None)
    if unlocked is None:
        return
    lock = Lock()

    def locked(command: Any) -> Any:
        if not lock.acquire(timeout=60):
            raise RuntimeError("Failed acquiring lock")
        try:
            return unlocked(command)
        finally:
            lock.release()

    demisto.lock = lock  # type: ignore[attr-defined]
    demisto._Demisto__do = locked  # type: ignore[attr-defined]


# ------------------------------------------------------------------------------------------ proxies and certificates

_PROXY_VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")
_PROXY_SCHEMES = ("http://", "https://", "socks5://", "socks5h://", "socks4://", "socks4a://")


def add_http_prefix_if_missing(address: str = "") -> str:
    """The proxy address with `http://` before it, unless it names a scheme."""
    return address if not address or address.startswith(_PROXY_SCHEMES) else "http://" + address


def ensure_proxy_has_http_prefix() -> None:
    """Completes the proxy addresses in the environment."""
    for variable in _PROXY_VARIABLES:
        if os.environ.get(variable):
            os.environ[variable] = add_http_prefix_if_missing(os.environ[variable])


def skip_proxy() -> None:
    """Takes the proxies out of the environment: requests go out directly."""
    for variable in _PROXY_VARIABLES:
        os.environ.pop(variable, None)


def skip_cert_verification() -> None:
    """Takes the certificate bundles out of the environment, where requests prefers them to a session's `verify`."""
    for variable in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        os.environ.pop(variable, None)


def handle_proxy(
    proxy_param_name: str = "proxy",
    checkbox_default_value: bool = False,
    handle_insecure: bool = True,
    insecure_param_name: str | None = None,
) -> dict[str, str]:
    """Sets the environment up as the instance's proxy and insecure checkboxes ask for.

    Returns:
        What `requests` takes as `proxies`; empty without a proxy.
    """
    proxies: dict[str, Any] = {}
    if demisto.params().get(proxy_param_name, checkbox_default_value):
        ensure_proxy_has_http_prefix()
        proxies = {
            scheme: os.environ.get(f"{scheme.upper()}_PROXY") or os.environ.get(f"{scheme}_proxy", "")
            for scheme in ("http", "https")
        }
    else:
        skip_proxy()

    insecure_names = ("insecure", "unsecure") if insecure_param_name is None else (insecure_param_name,)
    if handle_insecure and any(demisto.params().get(name, False) for name in insecure_names):
        skip_cert_verification()
    return proxies


# --------------------------------------------------------------------------------------------------------------- text


def urljoin(url: str, suffix: str = "") -> str:
    """Both parts with exactly one slash between them (as far as each has at most one)."""
    return (url if url.endswith("/") else url + "/") + suffix.removeprefix("/")


def _camel_case(text: str, delim: str, upper_camel: bool) -> str:
    first, *others = text.split(delim)
    return (first.title() if upper_camel else first.lower()) + "".join(word.title() for word in others)


def camelize_string(src_str: str, delim: str = "_", upper_camel: bool = True) -> str:
    """`some_text` as `SomeText`, or as `someText`."""
    return _camel_case(src_str, delim, upper_camel) if src_str else ""


def underscoreToCamelCase(s: Any, upper_camel: bool = True) -> Any:
    """`some_text` as `SomeText`, or as `someText`; anything but text is returned as it is."""
    return _camel_case(s, "_", upper_camel) if isinstance(s, str) else s


def camelize(src: Any, delim: str = " ", upper_camel: bool = True) -> Any:
    """The dictionary, or the list of dictionaries, with camel-case keys."""
    if isinstance(src, list):
        return [camelize(element, delim, upper_camel=upper_camel) for element in src]
    return {_camel_case(_as_text(key), delim, upper_camel): value for key, value in src.items()}


def replace_in_keys(src: Any, existing: str = ".", new: str = "_") -> Any:
    """The dictionary, or the list of dictionaries, with a piece of text replaced in the keys."""
    if isinstance(src, list):
        return [replace_in_keys(element, existing, new) for element in src]
    return {_as_text(key).replace(existing, new): value for key, value in src.items()}


def _as_text(value: Any) -> Any:
    return value.decode("utf-8") if isinstance(value, bytes) else value


def camel_case_to_underscore(s: str) -> str:
    """`someText` as `some_text`; a run of capitals is one word."""
    words = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", s)
    return re.sub("([a-z0-9])([A-Z])", r"\1_\2", words).lower()


def snakify(src: dict[str, Any]) -> dict[str, Any]:
    return {camel_case_to_underscore(key): value for key, value in src.items()}


def pascalToSpace(s: Any) -> Any:
    """`someIPAddress` as `Some IP Address`, for table headers; anything but text is returned as it is."""
    if not isinstance(s, str):
        return s
    return " ".join(pascalRegex.sub(lambda word: f" {word.group().title()} ", s).split())


def string_to_table_header(string: str) -> str:
    """`some_text` as `Some Text`."""
    return " ".join(word.capitalize() for word in _expect_text(string).replace("_", " ").split())


def string_to_context_key(string: str) -> str:
    """`some_text` as `SomeText`."""
    return "".join(word.capitalize() for word in _expect_text(string).split("_"))


def _expect_text(key: Any) -> str:
    if not isinstance(key, str):
        raise Exception(f"The key is not a string: {key}")
    return key


def response_to_context(reponse_obj: Any, user_predefiend_keys: dict[str, str] | None = None) -> Any:
    """An API answer with all its keys as context keys. The caller's own names apply to the outermost keys only."""
    if isinstance(reponse_obj, list):
        return [response_to_context(element) for element in reponse_obj]
    if not isinstance(reponse_obj, dict):
        return reponse_obj
    names = {"id": "ID", "uuid": "UUID", **(user_predefiend_keys or {})}
    return {
        names[key] if key in names else string_to_context_key(key): response_to_context(value)
        for key, value in reponse_obj.items()
    }


def stringEscape(st: str) -> str:
    return st.replace("\r", "\\r").replace("\n", "\\n").replace("\t", "\\t")


def stringUnEscape(st: str) -> str:
    return st.replace("\\r", "\r").replace("\\n", "\n").replace("\\t", "\t")


def encode_string_results(text: Any) -> Any:
    return str(text) if isinstance(text, str) else text


def b64_encode(text: Any) -> str:
    """Base64 of the text's UTF-8 bytes."""
    if not text:
        return ""
    raw = text if isinstance(text, bytes) else text.encode("utf-8", "ignore")
    return base64.b64encode(raw).decode("utf-8")


def replace_spaces_in_credential(credential: str | None) -> str | None:
    """A PEM block which a one-line field has robbed of its line breaks gets them back; other text is unchanged."""
    if not credential:
        return credential
    begin = re.search("-----BEGIN(.*?)-----", credential)
    end = re.search("-----END(.*?)-----", credential)
    if not begin or not end:
        return credential
    body = re.compile(f"(?<={re.escape(begin.group())})(.*?)(?={re.escape(end.group())})")
    return body.sub(lambda match: match.group().replace(" ", "\n"), credential)


def is_mac_address(mac: str) -> bool:
    """Whether there is a MAC address of the form AA:BB:CC:00:11:22 in the text."""
    return re.search(r"(?:[0-9A-F]{2}:){5}[0-9A-F]{2}", mac.upper()) is not None


def is_ipv6_valid(address: str) -> bool:
    try:
        socket.inet_pton(socket.AF_INET6, address)
    except OSError:
        return False
    return True


def is_ip_valid(s: str, accept_v6_ips: bool = False) -> bool:
    """Whether the text is an IPv4 address or, on demand, an IPv6 address."""
    if accept_v6_ips and is_ipv6_valid(s):
        return True
    octets = s.split(".")
    return len(octets) == 4 and all(octet.isdigit() and int(octet) <= 255 for octet in octets)


def get_hash_type(hash_file: str) -> str:
    """The kind of hash, judged by its length."""
    return {32: "md5", 40: "sha1", 64: "sha256", 128: "sha512"}.get(len(hash_file), "Unknown")


def detect_file_indicator_type(indicator_value: str) -> str | None:
    """The kind of hash, judged by its characters."""
    if ":" in indicator_value:
        return "ssdeep"
    patterns = {"sha256": sha256Regex, "md5": md5Regex, "sha1": sha1Regex, "sha512": sha512Regex}
    return next((name for name, pattern in patterns.items() if pattern.match(indicator_value)), None)


def auto_detect_indicator_type(indicator_value: str) -> str | None:
    """The type of an indicator, None when it is of no known type.

    Raises:
        Exception: when the image lacks the package tldextract, which knows the top-level domains.
    """
    try:
        import tldextract  # type: ignore[import]
    except ImportError as e:
        raise Exception(
            "Missing tldextract module, In order to use the auto detect function please use a docker image with it "
            "installed such as: demisto/jmespath"
        ) from e

    value = indicator_value.replace("[.]", ".").replace("[@]", "@")
    address_type = FeedIndicatorType.ip_to_indicator_type(value)
    if address_type:
        return address_type
    if re.match(cveRegex, value):
        return FeedIndicatorType.CVE
    if any(pattern.match(value) for pattern in (md5Regex, sha1Regex, sha256Regex, sha512Regex)):
        return FeedIndicatorType.File
    if re.match(emailRegex, value):
        return FeedIndicatorType.Email
    if re.match(urlRegex, value):
        return FeedIndicatorType.URL
    if tldextract.TLDExtract(cache_dir=None, suffix_list_urls=())(value).suffix:
        return FeedIndicatorType.DomainGlob if "*" in value else FeedIndicatorType.Domain
    demisto.debug(f"Failed to detect indicator type. Indicator value: {value}")
    return None


# ----------------------------------------------------------------------------------------------------------- Markdown


def stringEscapeMD(st: str, minimal_escaping: bool = False, escape_multiline: bool = False) -> str:
    """Text which Markdown shows as it is.

    Args:
        minimal_escaping: escape only what would break a table.
        escape_multiline: write line breaks as `<br>`.
    """
    if escape_multiline:
        st = re.sub("\r\n|\r|\n", "<br>", st)
    special = "|`" if minimal_escaping else MARKDOWN_CHARS
    return "".join("\\" + char if char in special else char for char in st)


def create_clickable_url(url: Any, text: Any = None) -> Any:
    """A Markdown link to the URL, or a list of links to a list of URLs; without a text the URL is the text."""
    if not url:
        return None
    if isinstance(url, list):
        texts = text if isinstance(text, list) else url
        assert len(url) == len(texts), "The URL list and the text list must be the same length."
        return [f"[{label}]({address})" for label, address in zip(texts, url, strict=True)]
    return f"[{text or url}]({url})"


def url_to_clickable_markdown(data: Any, url_keys: Any) -> Any:
    """The data with the values of these keys, at any depth, as Markdown links."""
    if isinstance(data, list):
        return [url_to_clickable_markdown(element, url_keys) for element in data]
    if isinstance(data, dict):
        return {
            key: create_clickable_url(value) if key in url_keys else url_to_clickable_markdown(value, url_keys)
            for key, value in data.items()
        }
    return data


def flattenCell(data: Any, is_pretty: bool = True) -> Any:
    """A table cell in one text: a list as its elements, other objects as JSON."""
    if isinstance(data, STRING_TYPES):
        return data
    if isinstance(data, list):
        return ",\n".join(str(_as_text(element)) for element in data)
    return json.dumps(data, indent=4 if is_pretty else None, ensure_ascii=False, default=str)


class JsonTransformer:
    """Writes the JSON of a table cell as text.

    Args:
        flatten: one line per key, with nested values as JSON; otherwise nested lists of Markdown.
        keys: show only these keys, and what is under them.
        is_nested: look for the keys at any depth.
        func: a function which writes the cell instead.
    """

    def __init__(self, flatten: bool = False, keys: Any = None, is_nested: bool = False, func: Any = None) -> None:
        self.flatten = flatten
        self.keys = set(keys or ())
        self.is_nested = is_nested
        self.func = func

    def json_to_str(self, json_input: Any, is_pretty: bool = True) -> Any:
        if self.func:
            return self.func(json_input)
        if isinstance(json_input, STRING_TYPES):
            return json_input
        if not self.flatten:
            return self._nested_list(json_input, is_pretty)
        if isinstance(json_input, dict):
            return "\n".join(f"{key}: {flattenCell(value, is_pretty)}" for key, value in json_input.items())
        return flattenCell(json_input, is_pretty)

    def _nested_list(self, json_input: Any, is_pretty: bool) -> str:
        """A bold line for each new level and an indented line for each value. Bare numbers yield nothing."""
        lines = []
        previous: list[Any] = []
        for path, key, value in self.json_to_path_generator(json_input):
            levels, indent = "", "\t" * len(path)
            if path != previous:
                levels = self._levels(path, previous)
                previous = path
                if path and isinstance(path[-1], int):
                    indent = "\t"  # the dash of the list element stands on the same line
            lines.append(f"{levels}{indent}***{key}***: {flattenCell(value, is_pretty)}")
        return "\n".join(lines)

    @staticmethod
    def _levels(path: list[Any], previous: list[Any]) -> str:
        """The steps of the path in which it differs from the previous one."""
        shared = 0
        while path[: shared + 1] == previous[: shared + 1] and shared < len(previous):
            shared += 1
        return "".join(
            "\t" * depth + ("**-**" if isinstance(step, int) else f"**{step}**:\n")
            for depth, step in enumerate(path[shared:], start=shared)
        )

    def json_to_path_generator(self, json_input: Any, path: Any = None) -> _abc.Iterator[tuple[list[Any], Any, Any]]:
        """Yields (path, key, value) for each value which is not a container."""
        path = path or []
        if isinstance(json_input, dict):
            wanted = not self.keys or any(step in self.keys for step in path)
            for key, value in json_input.items():
                if wanted or key in self.keys:
                    if isinstance(value, (dict, list)):
                        yield from self.json_to_path_generator(value, [*path, key])
                    else:
                        yield path, key, value
                elif self.is_nested:
                    yield from self.json_to_path_generator(value, [*path, key])
        elif isinstance(json_input, list):
            if json_input and isinstance(json_input[0], (dict, list)):
                for index, element in enumerate(json_input):
                    yield from self.json_to_path_generator(element, [*path, index])
            else:
                yield path, "values", ", ".join(json_input)  # as on the platform, only text can be listed


def formatCell(data: Any, is_pretty: bool = True, json_transform: JsonTransformer | None = None) -> Any:
    """A table cell as text."""
    return (json_transform or JsonTransformer(flatten=True)).json_to_str(data, is_pretty)


def flattenRow(rowDict: dict[str, Any]) -> dict[str, Any]:
    return {key: formatCell(value) for key, value in rowDict.items()}


def flattenTable(tableDict: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [flattenRow(row) for row in tableDict]


def tableToMarkdown(
    name: Any,
    t: Any,
    headers: Any = None,
    headerTransform: Any = None,
    removeNull: bool = False,
    metadata: str | None = None,
    url_keys: Any = None,
    date_fields: Any = None,
    json_transform_mapping: dict[str, JsonTransformer] | None = None,
    is_auto_json_transform: bool = False,
    sort_headers: bool = True,
) -> str:
    """A Markdown table.

    Args:
        name: the heading over the table.
        t: rows, or one row. A single value, or a list of them, makes a table of one column.
        headers: the keys to show, in this order; one text for one column. Without them the keys of the first row.
        headerTransform: makes the shown header of a key.
        removeNull: leave out columns which are empty in all rows (False and 0 are values).
        metadata: a line under the heading.
        url_keys: keys whose values become links.
        date_fields: keys whose values are epoch milliseconds and become local dates.
        json_transform_mapping: how to write the cells of a column. It switches `is_auto_json_transform` off.
        is_auto_json_transform: write nested cells as Markdown lists rather than as JSON.
        sort_headers: sort the keys when no headers were given.
    """
    title = (f"### {name}\n" if name else "") + (f"{metadata}\n" if metadata else "")
    if url_keys:
        t = url_to_clickable_markdown(t, url_keys)
    if not t or len(t) == 0:
        return title + "**No entries.**\n"

    if isinstance(headers, STRING_TYPES) and headers:
        headers = [headers]
    rows, headers = _table_rows(t, headers, sort_headers)
    if removeNull:
        headers = [header for header in headers if any(row.get(header) not in ("", None, [], {}) for row in rows)]
    if not headers:
        return title + "**No entries.**\n"

    transformers = json_transform_mapping or {header: JsonTransformer(flatten=not is_auto_json_transform) for header in headers}
    if headerTransform is None:
        headerTransform = _escape_cell
    lines = ["|" + "|".join(headerTransform(header) for header in headers) + "|", "|" + "|".join(["---"] * len(headers)) + "|"]
    for row in rows:
        values = {**row, **_local_dates(row, date_fields or ())}
        lines.append("| " + " | ".join(_table_cell(values.get(header), transformers.get(header)) for header in headers) + " |")
    return title + "\n".join(lines) + "\n"


def _table_rows(t: Any, headers: Any, sort_headers: bool) -> tuple[list[dict[str, Any]], list[Any]]:
    """The rows as dictionaries, and the keys to show."""
    if not headers and isinstance(t, dict) and len(t) == 1:
        # One key with a list is a column, one row for each element.
        headers = list(t)
        t = t[headers[0]]
    rows = t if isinstance(t, list) else [t]
    if not isinstance(rows[0], dict):
        if not headers:
            raise Exception("Missing headers param for tableToMarkdown. Example: headers=['Some Header']")
        rows = [{headers[0]: value} for value in rows]
    if not headers:
        headers = sorted(rows[0]) if sort_headers else list(rows[0])
    return rows, headers


def _local_dates(row: dict[str, Any], date_fields: Any) -> dict[str, str]:
    """The row's dates as text; a value which is no epoch time stays as it is."""
    dates = {}
    for field in date_fields:
        try:
            dates[field] = datetime.fromtimestamp(int(row[field]) / 1000).strftime("%Y-%m-%d %H:%M:%S")
        except (KeyError, TypeError, ValueError, OverflowError, OSError):
            continue
    return dates


def _table_cell(value: Any, transformer: JsonTransformer | None) -> str:
    return "" if value is None else _escape_cell(formatCell(value, False, transformer))


def _escape_cell(text: str) -> str:
    return stringEscapeMD(text, minimal_escaping=True, escape_multiline=True)


tblToMd = tableToMarkdown


# ---------------------------------------------------------------------------------------------------------- arguments


def argToList(arg: Any, separator: str = ",", transform: Any = None) -> list[Any]:
    """The argument as a list: of text split at the separator, of a JSON array, of a single value.

    Args:
        transform: a function for each element.
    """
    values = _split_argument(arg, separator) if arg else []
    return [transform(value) for value in values] if transform else values


def _split_argument(arg: Any, separator: str) -> list[Any]:
    if isinstance(arg, list):
        return arg
    if not isinstance(arg, STRING_TYPES):
        return [arg]
    if arg[0] == "[" and arg[-1] == "]":
        try:
            return json.loads(arg)
        except ValueError:
            demisto.debug("argToList: the argument looks like a JSON array and is none; splitting it")
    return [part.strip() for part in arg.split(separator)]  # type: ignore[arg-type]


def remove_duplicates_from_list_arg(args: dict[str, Any], field: str) -> list[Any]:
    """The list argument without repetitions, in no particular order."""
    return list(set(argToList(args.get(field))))


def argToBoolean(value: Any) -> bool:
    """True or false for a boolean or one of the words true, yes, false and no in any case.

    Raises:
        ValueError: for anything else.
    """
    if isinstance(value, bool):
        return value
    if not isinstance(value, str):
        raise ValueError("Argument is neither a string nor a boolean")
    if value.lower() in ("true", "yes"):
        return True
    if value.lower() in ("false", "no"):
        return False
    raise ValueError("Argument does not contain a valid boolean-like value")


def arg_to_number(arg: Any, arg_name: str | None = None, required: bool = False) -> int | None:
    """The argument as a whole number; decimals in a text are cut off. None for a missing or an empty argument.

    Raises:
        ValueError: when it is no number, or is missing and required.
    """
    if arg is None or arg == "":
        _refuse_if_required(arg_name, required)
        return None
    if isinstance(arg, str):
        if arg.isdigit():
            return int(arg)
        try:
            return int(float(arg))
        except (ValueError, OverflowError):
            pass
    elif isinstance(arg, int):
        return arg
    raise ValueError(f'Invalid number: "{arg_name}"="{arg}"' if arg_name else f'"{arg}" is not a valid number')


def arg_to_datetime(
    arg: Any, arg_name: str | None = None, is_utc: bool = True, required: bool = False, settings: dict[str, Any] | None = None
) -> datetime | None:
    """The argument as a time: epoch seconds or milliseconds, ISO 8601, or words such as `3 days`. None for None.

    Args:
        is_utc: whether an epoch time becomes an aware UTC time, rather than a naive local one.
        settings: for dateparser, which reads the words.

    Raises:
        ValueError: when it is no time, or is missing and required.
    """
    if arg is None:
        _refuse_if_required(arg_name, required)
        return None
    if isinstance(arg, (int, float)) or (isinstance(arg, str) and arg.isdigit()):
        seconds = float(arg)
        if seconds > 2_000_000_000:  # no sensible date in seconds: these are milliseconds
            seconds /= 1000
        return datetime.fromtimestamp(seconds, timezone.utc if is_utc else None)
    date = dateparser.parse(arg, settings=settings or {"TIMEZONE": "UTC"}) if isinstance(arg, str) else None
    if date is None:
        raise ValueError(f'Invalid date: "{arg_name}"="{arg}"' if arg_name else f'"{arg}" is not a valid date')
    return date


def _refuse_if_required(arg_name: str | None, required: bool) -> None:
    if required is True:
        raise ValueError(f'Missing "{arg_name}"' if arg_name else "Missing required argument")


def assign_params(keys_to_ignore: Any = None, values_to_ignore: Any = None, **kwargs: Any) -> dict[str, Any]:
    """The keyword arguments as a dictionary, without empty ones (None, '', [], {}, ()) or without those to ignore."""
    if values_to_ignore is None:
        values_to_ignore = (None, "", [], {}, ())
    return {key: value for key, value in kwargs.items() if value not in values_to_ignore and key not in (keys_to_ignore or ())}


def comma_separated_mapping_to_dict(raw_text: str | None) -> dict[str, str]:
    """`key1=value1, key2=value2` as a dictionary; a piece which is no pair is logged and becomes an empty key."""
    mapping = {}
    for pair in raw_text.split(",") if raw_text else ():
        key, equals, value = pair.strip().partition("=")
        if not equals or "=" in value:
            demisto.error(
                "Error: Invalid mapping was provided. Expected comma-separated mapping of format `key1=value1, key2=value2, ...`"
            )
            key = value = ""
        mapping[key] = value
    return mapping


# --------------------------------------------------------------------------------------------------------------- data


class SmartGetDict(dict):
    """A dictionary whose `get` answers with the default for None as well: empty parameters of an instance are None."""

    def get(self, key: Any, default: Any = None) -> Any:
        value = super().get(key)
        return default if value is None else value


def remove_empty_elements(d: Any) -> Any:
    """The data without None, empty lists and empty dictionaries at any depth. False, 0 and '' stay."""

    def filled(value: Any) -> bool:
        return not (value is None or value == {} or value == [])

    if isinstance(d, list):
        return [value for value in map(remove_empty_elements, d) if filled(value)]
    if isinstance(d, dict):
        cleaned = ((key, remove_empty_elements(value)) for key, value in d.items())
        return {key: value for key, value in cleaned if filled(value)}
    return d


def remove_nulls_from_dictionary(data: dict[Any, Any]) -> None:
    """Deletes the keys with None, '', [], {} or () from the dictionary itself."""
    for key in [key for key, value in data.items() if value in ("", None, [], {}, ())]:
        del data[key]


def dict_safe_get(
    dict_object: Any, keys: Any, default_return_value: Any = None, return_type: Any = None, raise_return_type: bool = True
) -> Any:
    """The value under a path of keys and indexes, or the default.

    Raises:
        TypeError: when the value is not of `return_type` and `raise_return_type` is set.
    """
    value = dict_object
    for key in keys:
        try:
            value = value[key]
        except (KeyError, TypeError, IndexError, AttributeError):
            value = default_return_value
            break
    if return_type and not isinstance(value, return_type):
        if raise_return_type:
            raise TypeError(
                f"Safe get Error:\nDetails: Return Type Error Excepted return type {return_type}, but actual type "
                f"from nested dict/list is {type(value)} with value {value}.\n"
                f"Query: {keys}\nQueried object: {dict_object}"
            )
        return default_return_value
    return value


def batch(iterable: Any, batch_size: int = 1) -> _abc.Iterator[Any]:
    """Slices of at most this size."""
    for start in range(0, len(iterable), batch_size):
        yield iterable[start : start + batch_size]


def merge_lists(original_list: list[dict[str, Any]], updated_list: list[dict[str, Any]], key: str) -> list[dict[str, Any]]:
    """The elements of both lists, one for each value of the key, the later one wins; `remove: True` removes it."""
    merged = {element[key]: element for element in original_list + updated_list}
    for removed in (element for element in merged.values() if element.get("remove", False) is True):
        demisto.debug(f"Removing from integration context: {removed}")
    return [element for element in merged.values() if element.get("remove", False) is False]


def convert_dict_values_bytes_to_str(input_dict: dict[Any, Any]) -> dict[Any, Any]:
    """The dictionary with bytes as text, in nested dictionaries and in lists of values or dictionaries too."""

    def converted(value: Any) -> Any:
        return convert_dict_values_bytes_to_str(value) if isinstance(value, dict) else _as_text(value)

    return {
        key: [converted(element) for element in value] if isinstance(value, list) else converted(value)
        for key, value in input_dict.items()
    }


def parse_json_string(json_string: Any) -> Any:
    """The parsed JSON; an error is logged and answered with {}."""
    try:
        return json.loads(json_string)
    except json.JSONDecodeError as error:
        demisto.error(f"Error decoding JSON: {error}")
        return {}


def safe_load_json(json_object: Any) -> Any:
    """The data of a JSON text, or of a war-room file given by its entry ID; else the command ends with an error entry."""
    if isinstance(json_object, (dict, list)):
        return json_object
    try:
        if (json_object[:1], json_object[-1:]) in (("{", "}"), ("[", "]")):
            return json.loads(json_object)
    except ValueError as e:
        return_error(f"Unable to parse JSON string. Please verify the JSON is valid. - {e}")
    try:
        with open(demisto.getFilePath(json_object)["path"], "rb") as file:
            return json.load(file)
    except Exception as e:
        return_error(f"Unable to parse JSON file. Please verify the JSON is valid or the EntryID is correct. - {e}")


def appendContext(key: str, data: Any, dedup: bool = False) -> None:
    """Adds to the value at a context path: text before text with a comma, anything else in a list."""
    if data is None:
        return
    existing = demisto.get(demisto.context(), key)
    if not existing:
        demisto.setContext(key, data)
        return
    if isinstance(existing, str):
        value = data + "," + existing if isinstance(data, str) else data + existing
    elif isinstance(existing, list):
        value = existing + (data if isinstance(data, list) else [data])
    elif isinstance(existing, dict) and isinstance(data, list) and all(isinstance(element, dict) for element in data):
        value = [existing, *data]
    elif isinstance(existing, dict) and not isinstance(data, dict):
        value = data + existing  # a TypeError which names both types
    else:
        value = [existing, data]
    demisto.setContext(key, list(set(value)) if dedup and isinstance(value, list) else value)


# -------------------------------------------------------------------------------------------------------------- dates


def FormatIso8601(t: datetime) -> str:
    return t.strftime("%Y-%m-%dT%H:%M:%S")


def datetime_to_string(datetime_obj: Any) -> str | None:
    """For `json.dumps(..., default=datetime_to_string)`."""
    return str(datetime_obj) if isinstance(datetime_obj, datetime) else None


def epochToTimestamp(epoch: float) -> str:
    """Epoch milliseconds as a UTC date."""
    return datetime.fromtimestamp(epoch / 1000, timezone.utc).strftime("%Y-%m-%d %H:%M:%S")


def formatTimeColumns(data: list[dict[str, Any]], timeColumnNames: list[str]) -> None:
    for row in data:
        row.update({name: epochToTimestamp(row[name]) for name in timeColumnNames})


def timestamp_to_datestring(timestamp: Any, date_format: str = "%Y-%m-%dT%H:%M:%S.000Z", is_utc: bool = False) -> str:
    """Epoch milliseconds as a date: in UTC when asked for or when the format ends with Z, else in local time."""
    zone = timezone.utc if is_utc or date_format.endswith("Z") else None
    return datetime.fromtimestamp(int(timestamp) / 1000, zone).strftime(date_format)


def date_to_timestamp(date_str_or_dt: Any, date_format: str = "%Y-%m-%dT%H:%M:%S") -> int:
    """Epoch milliseconds of a local time."""
    local = time.strptime(date_str_or_dt, date_format) if isinstance(date_str_or_dt, str) else date_str_or_dt.timetuple()
    return int(time.mktime(local) * 1000)


def parse_date_string(date_string: str, date_format: str = "%Y-%m-%dT%H:%M:%S") -> datetime:
    """The time, in the given format or else in ISO 8601 with any fraction and offset; a literal offset is ignored.

    Raises:
        ValueError: when it is neither.
    """
    try:
        return datetime.strptime(date_string, date_format)
    except ValueError:
        # A bare time which did not fit the given format is refused.
        iso = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?=.)(?:\.(\d+))?(?:[Zz]|[+-].*)?", date_string)
        if not iso:
            raise
        fraction = (iso.group(2) or "0")[:6]
        return datetime.strptime(f"{iso.group(1)}.{fraction}", "%Y-%m-%dT%H:%M:%S.%f")


_RANGE_UNITS = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "month": timedelta(days=30),
    "year": timedelta(days=365),
}


def parse_date_range(
    date_range: str, date_format: str | None = None, to_timestamp: bool = False, timezone: float = 0, utc: bool = True
) -> tuple[Any, Any]:
    """Start and end of a range up to now, such as `2 hours` (a month has 30 days, a year 365).

    A range which cannot be read ends the command with an error entry.

    Args:
        date_format: answer with texts in this format.
        to_timestamp: answer with epoch milliseconds.
        timezone: hours to add to the current time.
        utc: whether the current time is UTC, rather than local.
    """
    words = date_range.strip().split(" ")
    if len(words) != 2:
        return_error('date_range must be "number date_range_unit", examples: (2 hours, 4 minutes,6 months, 1 day, etc.)')
    try:
        number = int(words[0])
    except ValueError:
        return_error("The time value is invalid. Must be an integer.")
    unit = words[1].lower().removesuffix("s")
    if unit not in _RANGE_UNITS:
        return_error("The unit of date_range is invalid. Must be minutes, hours, days, months or years.")
    if not isinstance(timezone, (int, float)):
        return_error(f'Invalid timezone "{timezone}" - must be a number (of type int or float).')

    end = (_utc_now().replace(tzinfo=None) if utc else datetime.now()) + timedelta(hours=timezone)
    start = end - number * _RANGE_UNITS[unit]
    if to_timestamp:
        return date_to_timestamp(start), date_to_timestamp(end)
    if date_format:
        return start.strftime(date_format), end.strftime(date_format)
    return start, end


def _utc_now() -> datetime:
    # `timezone` is the name of an argument in functions which use this one.
    return datetime.now(timezone.utc)


def has_passed_time_threshold(timestamp_str: str, seconds_threshold: float) -> bool:
    """Whether more than this many seconds have passed since the time.

    Raises:
        ValueError: when the text is no time.
    """
    then = dateparser.parse(timestamp_str, settings={"TIMEZONE": "UTC"})
    if then is None:
        raise ValueError(f"Failed to parse timestamp: {timestamp_str}")
    return (_utc_now() - then).total_seconds() > seconds_threshold


# --------------------------------------------------------------------------------------------------------- indicators


class _Record:
    """Something with a context, whose arguments and attributes are named by FIELDS: name -> key in the context."""

    FIELDS: dict[str, str] = {}
    REQUIRED: tuple[str, ...] = ()
    __signature__: _inspect.Signature

    def __init_subclass__(cls) -> None:
        cls.__signature__ = _inspect.Signature(
            [
                _inspect.Parameter(
                    name,
                    _inspect.Parameter.POSITIONAL_OR_KEYWORD,
                    default=_inspect.Parameter.empty if name in cls.REQUIRED else None,
                )
                for name in cls.FIELDS
            ]
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        given = self.__signature__.bind(*args, **kwargs)
        given.apply_defaults()
        vars(self).update(given.arguments)


class _Row(_Record):
    """A row of a table in the context of an indicator."""

    def to_context(self) -> dict[str, Any]:
        return {key: getattr(self, name) for name, key in self.FIELDS.items()}


class _Indicator(_Record):
    """An indicator. The keys of its FIELDS may be paths; it writes those without a key itself."""

    CONTEXT_PATH = ""
    SHOWN_EVEN_IF_EMPTY = ("DetectionEngines", "PositiveDetections")

    dbot_score: Any = None
    relationships: Any = None

    @abstractmethod
    def to_context(self) -> dict[str, Any]: ...

    @staticmethod
    def create_context_table(data: Any) -> list[dict[str, Any]]:
        return [row.to_context() for row in data]

    def _fields_to_context(self) -> dict[str, Any]:
        """The fields which have a key and a value."""
        context: dict[str, Any] = {}
        for name, path in self.FIELDS.items():
            value = getattr(self, name)
            if not path or (not value and name not in self.REQUIRED and (value is None or path not in self.SHOWN_EVEN_IF_EMPTY)):
                continue
            *parents, key = path.split(".")
            place = context
            for parent in parents:
                place = place.setdefault(parent, {})
            place[key] = _context_of(value)
        if self.relationships:
            context["Relationships"] = [found for found in self.create_context_table(self.relationships) if found]
        return context

    def _malicious(self) -> dict[str, Any]:
        if not self.dbot_score or self.dbot_score.score != Common.DBotScore.BAD:
            return {}
        return {"Malicious": {"Vendor": self.dbot_score.integration_name, "Description": self.dbot_score.malicious_description}}

    def _at_path(self, context: dict[str, Any]) -> dict[str, Any]:
        return {self.CONTEXT_PATH: context, **(self.dbot_score.to_context() if self.dbot_score else {})}


def _context_of(value: Any) -> Any:
    if isinstance(value, list):
        return [_context_of(element) for element in value]
    return value.to_context() if hasattr(value, "to_context") else value


class Common:
    """Indicators of threats and assets, with the context which the platform keeps about each."""

    Indicator = _Indicator

    class DBotScore:
        """The verdict of a source about an indicator.

        In an integration the vendor is the integration's own name; a script gives `integration_name`.
        """

        NONE = 0
        GOOD = 1
        SUSPICIOUS = 2
        BAD = 3

        CONTEXT_PATH = (
            "DBotScore(val.Indicator && val.Indicator == obj.Indicator && val.Vendor == obj.Vendor && val.Type == obj.Type)"
        )
        CONTEXT_PATH_PRIOR_V5_5 = "DBotScore"

        def __init__(
            self,
            indicator: Any,
            indicator_type: Any,
            integration_name: str = "",
            score: int | None = None,
            malicious_description: str | None = None,
            reliability: str | None = None,
            message: str | None = None,
        ) -> None:
            if not DBotScoreType.is_valid_type(indicator_type):
                raise TypeError("indicator_type must be of type DBotScoreType enum")
            if not self.is_valid_score(score):
                raise TypeError("indicator `score` must be of type DBotScore enum")
            if reliability and not DBotScoreReliability.is_valid_type(reliability):
                raise TypeError("reliability must be of type DBotScoreReliability enum")
            own_name = get_integration_name() if demisto.callingContext.get("integration") else ""
            self.indicator = indicator
            self.indicator_type = indicator_type
            self.integration_name = own_name or integration_name
            self.score = score
            self.malicious_description = malicious_description
            self.reliability = reliability
            self.message = message

        @staticmethod
        def is_valid_score(score: Any) -> bool:
            return score in (Common.DBotScore.NONE, Common.DBotScore.GOOD, Common.DBotScore.SUSPICIOUS, Common.DBotScore.BAD)

        @staticmethod
        def get_context_path() -> str:
            return Common.DBotScore.CONTEXT_PATH

        def to_context(self) -> dict[str, Any]:
            context = {
                "Indicator": self.indicator,
                "Type": self.indicator_type,
                "Vendor": self.integration_name,
                "Score": self.score,
            }
            optional = {"Reliability": self.reliability, "Message": self.message}
            return {self.get_context_path(): {**context, **{key: value for key, value in optional.items() if value}}}

        def to_readable(self) -> str:
            return {0: "Unknown", 1: "Good", 2: "Suspicious", 3: "Bad"}.get(cast(int, self.score), "Undefined")

    class FileSignature(_Row):
        FIELDS = {
            "authentihash": "Authentihash",
            "copyright": "Copyright",
            "description": "Description",
            "file_version": "FileVersion",
            "internal_name": "InternalName",
            "original_name": "OriginalName",
        }
        REQUIRED = tuple(FIELDS)

    class FeedRelatedIndicators(_Row):
        FIELDS = {"value": "value", "indicator_type": "type", "description": "description"}

    class Rank(_Row):
        FIELDS = {"rank": "rank", "source": "source"}

    class Certificates(_Row):
        FIELDS = {"issued_to": "issuedto", "issued_by": "issuedby", "valid_from": "validfrom", "valid_to": "validto"}

    class Hash(_Row):
        FIELDS = {"hash_type": "type", "hash_value": "value"}

    class CommunityNotes(_Row):
        FIELDS = {"note": "note", "timestamp": "timestamp"}

    class Publications(_Row):
        FIELDS = {"source": "source", "title": "title", "link": "link", "timestamp": "timestamp"}

    class Behaviors(_Row):
        FIELDS = {"details": "details", "action": "title"}

    class ThreatTypes(_Row):
        FIELDS = {"threat_category": "threatcategory", "threat_category_confidence": "threatcategoryconfidence"}

    class WhoisRecord(_Row):
        FIELDS = {"whois_record_type": "key", "whois_record_value": "value", "whois_record_date": "date"}

    class DNSRecord(_Row):
        FIELDS = {"dns_record_type": "type", "dns_ttl": "ttl", "dns_record_data": "data"}

    class Endpoint(_Indicator):
        """A computer. Its states are those of ENDPOINT_STATUS_OPTIONS and ENDPOINT_ISISOLATED_OPTIONS."""

        CONTEXT_PATH = "Endpoint(val.ID && val.ID == obj.ID && val.Vendor == obj.Vendor)"
        REQUIRED = ("id",)
        FIELDS = {
            "id": "ID",
            "hostname": "Hostname",
            "ip_address": "IPAddress",
            "domain": "Domain",
            "mac_address": "MACAddress",
            "os": "OS",
            "os_version": "OSVersion",
            "dhcp_server": "DHCPServer",
            "bios_version": "BIOSVersion",
            "model": "Model",
            "memory": "Memory",
            "processors": "Processors",
            "processor": "Processor",
            "relationships": "",
            "vendor": "Vendor",
            "status": "Status",
            "is_isolated": "IsIsolated",
        }

        status: Any
        is_isolated: Any

        def to_context(self) -> dict[str, Any]:
            if self.status and self.status not in ENDPOINT_STATUS_OPTIONS:
                raise ValueError("Status does not have a valid value such as: Online or Offline")
            if self.is_isolated and self.is_isolated not in ENDPOINT_ISISOLATED_OPTIONS:
                raise ValueError(
                    "Is Isolated does not have a valid value such as: Yes, No, Pending isolation or Pending unisolation"
                )
            return self._at_path(self._fields_to_context())

    class IP(_Indicator):
        CONTEXT_PATH = outputPaths["ip"]
        REQUIRED = ("ip", "dbot_score")
        FIELDS = {
            "ip": "Address",
            "dbot_score": "",
            "asn": "ASN",
            "as_owner": "ASOwner",
            "region": "Region",
            "port": "Port",
            "internal": "Internal",
            "updated_date": "UpdatedDate",
            "registrar_abuse_name": "Registrar.Abuse.Name",
            "registrar_abuse_address": "Registrar.Abuse.Address",
            "registrar_abuse_country": "Registrar.Abuse.Country",
            "registrar_abuse_network": "Registrar.Abuse.Network",
            "registrar_abuse_phone": "Registrar.Abuse.Phone",
            "registrar_abuse_email": "Registrar.Abuse.Email",
            "campaign": "Campaign",
            "traffic_light_protocol": "TrafficLightProtocol",
            "community_notes": "CommunityNotes",
            "publications": "Publications",
            "threat_types": "ThreatTypes",
            "hostname": "Hostname",
            "geo_latitude": "",
            "geo_longitude": "",
            "geo_country": "Geo.Country",
            "geo_description": "Geo.Description",
            "detection_engines": "DetectionEngines",
            "positive_engines": "PositiveDetections",
            "organization_name": "Organization.Name",
            "organization_type": "Organization.Type",
            "feed_related_indicators": "FeedRelatedIndicators",
            "tags": "Tags",
            "malware_family": "MalwareFamily",
            "relationships": "",
            "blocked": "Blocked",
            "description": "Description",
            "stix_id": "STIXID",
            "whois_records": "WhoisRecords",
        }

        geo_latitude: Any
        geo_longitude: Any

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            if not isinstance(self.dbot_score, Common.DBotScore):
                raise ValueError("dbot_score must be of type DBotScore")

        def to_context(self) -> dict[str, Any]:
            context = {**self._fields_to_context(), **self._malicious()}
            if self.geo_latitude and self.geo_longitude:
                context.setdefault("Geo", {})["Location"] = f"{self.geo_latitude}:{self.geo_longitude}"
            return self._at_path(context)

    class URL(_Indicator):
        CONTEXT_PATH = outputPaths["url"]
        REQUIRED = ("url", "dbot_score")
        FIELDS = {
            "url": "Data",
            "dbot_score": "",
            "detection_engines": "DetectionEngines",
            "positive_detections": "PositiveDetections",
            "category": "Category",
            "feed_related_indicators": "FeedRelatedIndicators",
            "tags": "Tags",
            "malware_family": "MalwareFamily",
            "port": "Port",
            "internal": "Internal",
            "campaign": "Campaign",
            "traffic_light_protocol": "TrafficLightProtocol",
            "threat_types": "ThreatTypes",
            "asn": "ASN",
            "as_owner": "ASOwner",
            "geo_country": "Geo.Country",
            "organization": "Organization",
            "community_notes": "CommunityNotes",
            "publications": "Publications",
            "relationships": "",
            "blocked": "Blocked",
            "certificates": "Certificates",
            "description": "Description",
            "stix_id": "STIXID",
        }

        def to_context(self) -> dict[str, Any]:
            return self._at_path({**self._fields_to_context(), **self._malicious()})

    class Domain(_Indicator):
        CONTEXT_PATH = outputPaths["domain"]
        REQUIRED = ("domain", "dbot_score")
        FIELDS = {
            "domain": "Name",
            "dbot_score": "",
            "dns": "DNS",
            "detection_engines": "DetectionEngines",
            "positive_detections": "PositiveDetections",
            "organization": "Organization",
            "sub_domains": "Subdomains",
            "creation_date": "CreationDate",
            "updated_date": "UpdatedDate",
            "expiration_date": "ExpirationDate",
            "domain_status": "DomainStatus",
            "name_servers": "NameServers",
            "feed_related_indicators": "FeedRelatedIndicators",
            "malware_family": "MalwareFamily",
            "registrar_name": "",
            "registrar_abuse_email": "",
            "registrar_abuse_phone": "",
            "registrant_name": "",
            "registrant_email": "",
            "registrant_phone": "",
            "registrant_country": "",
            "admin_name": "",
            "admin_email": "",
            "admin_phone": "",
            "admin_country": "",
            "tags": "Tags",
            "domain_idn_name": "DomainIDNName",
            "port": "Port",
            "internal": "Internal",
            "category": "Category",
            "campaign": "Campaign",
            "traffic_light_protocol": "TrafficLightProtocol",
            "threat_types": "ThreatTypes",
            "community_notes": "CommunityNotes",
            "publications": "Publications",
            "geo_location": "Geo.Location",
            "geo_country": "Geo.Country",
            "geo_description": "Geo.Description",
            "tech_country": "Tech.Country",
            "tech_name": "Tech.Name",
            "tech_email": "Tech.Email",
            "tech_organization": "Tech.Organization",
            "billing": "Billing",
            "whois_records": "WhoisRecords",
            "relationships": "",
            "description": "Description",
            "stix_id": "STIXID",
            "blocked": "",
            "certificates": "Certificates",
            "dns_records": "DNSRecords",
            "rank": "Rank",
        }
        PEOPLE = {
            "Registrar": {"Name": "registrar_name", "AbuseEmail": "registrar_abuse_email", "AbusePhone": "registrar_abuse_phone"},
            "Registrant": {
                "Name": "registrant_name",
                "Email": "registrant_email",
                "Phone": "registrant_phone",
                "Country": "registrant_country",
            },
            "Admin": {"Name": "admin_name", "Email": "admin_email", "Phone": "admin_phone", "Country": "admin_country"},
        }
        WHOIS = (*PEOPLE, "DomainStatus", "CreationDate", "UpdatedDate", "ExpirationDate", "NameServers")

        stix_id: Any
        blocked: Any

        def to_context(self) -> dict[str, Any]:
            people = {role: {key: getattr(self, name) for key, name in names.items()} for role, names in self.PEOPLE.items()}
            context = {
                **self._fields_to_context(),
                **self._malicious(),
                **{role: person for role, person in people.items() if any(person.values())},
            }
            whois = {key: context[key] for key in self.WHOIS if key in context}
            if whois:
                context["WHOIS"] = whois
            if self.stix_id:
                context["Blocked"] = self.blocked  # the platform shows it only with a STIX id
            return self._at_path(context)

    class File(_Indicator):
        CONTEXT_PATH = outputPaths["file"]
        REQUIRED = ("dbot_score",)
        FIELDS = {
            "dbot_score": "",
            "name": "Name",
            "entry_id": "EntryID",
            "size": "Size",
            "md5": "MD5",
            "sha1": "SHA1",
            "sha256": "SHA256",
            "sha512": "SHA512",
            "ssdeep": "SSDeep",
            "extension": "Extension",
            "file_type": "Type",
            "hostname": "Hostname",
            "path": "Path",
            "company": "Company",
            "product_name": "ProductName",
            "digital_signature__publisher": "DigitalSignature.Published",
            "signature": "Signature",
            "actor": "Actor",
            "tags": "Tags",
            "feed_related_indicators": "FeedRelatedIndicators",
            "malware_family": "MalwareFamily",
            "imphash": "Imphash",
            "quarantined": "Quarantined",
            "campaign": "Campaign",
            "associated_file_names": "AssociatedFileNames",
            "traffic_light_protocol": "TrafficLightProtocol",
            "organization": "Organization",
            "community_notes": "CommunityNotes",
            "publications": "Publications",
            "threat_types": "ThreatTypes",
            "behaviors": "Behavior",
            "relationships": "",
            "creation_date": "",  # kept, and not shown by the platform, like the next one and the last
            "description": "",
            "hashes": "",
            "stix_id": "",
        }
        HASHES = ("MD5", "SHA1", "SHA256", "SHA512", "SSDeep", "Imphash")

        hashes: Any

        def to_context(self) -> dict[str, Any]:
            context = {**self._fields_to_context(), **self._malicious()}
            own_hashes = [{"type": kind, "value": context[kind]} for kind in self.HASHES if kind in context]
            return self._at_path({"Hashes": self.create_context_table(self.hashes or ()) + own_hashes, **context})

    class EMAIL(_Indicator):
        CONTEXT_PATH = f"Account({_same('Email.Address')})"
        REQUIRED = ("address", "dbot_score")
        FIELDS = {
            "address": "Email.Address",
            "dbot_score": "",
            "domain": "Domain",
            "blocked": "Blocked",
            "relationships": "",
            "description": "Description",
            "internal": "Internal",
            "stix_id": "STIXID",
            "tags": "Tags",
            "traffic_light_protocol": "TrafficLightProtocol",
        }

        def to_context(self) -> dict[str, Any]:
            return self._at_path(self._fields_to_context())


class EntityRelationship:
    """How two indicators are related.

    Any relationship name is accepted, as on the platform, which logs the names it does not know. The reverse of a name
    is `related-to` unless it is given; the platform's table of reverse names is the server's and not repeated here.
    """

    class Relationships:
        """The relationship names used most."""

        COMMUNICATED_WITH = "communicated-with"
        CONTAINS = "contains"
        HOSTS = "hosts"
        HOSTED_ON = "hosted-on"
        INDICATOR_OF = "indicator-of"
        LOCATED_AT = "located-at"
        OWNED_BY = "owned-by"
        OWNS = "owns"
        PART_OF = "part-of"
        RELATED_TO = "related-to"
        RESOLVED_FROM = "resolved-from"
        RESOLVES_TO = "resolves-to"
        SEEN_ON = "seen-on"
        USED_BY = "used-by"
        USES = "uses"

    def __init__(
        self,
        name: str,
        entity_a: Any,
        entity_a_type: str,
        entity_b: Any,
        entity_b_type: str,
        reverse_name: str = "",
        relationship_type: str = "IndicatorToIndicator",
        entity_a_family: str = "Indicator",
        entity_b_family: str = "Indicator",
        source_reliability: str = "",
        fields: Any = None,
        brand: str = "",
    ) -> None:
        if relationship_type != "IndicatorToIndicator":
            raise ValueError("Invalid relationship type: " + relationship_type)
        for letter, family in (("A", entity_a_family), ("B", entity_b_family)):
            if family != "Indicator":
                raise ValueError(f"Invalid entity {letter} Family type: {family}")
        if source_reliability and not DBotScoreReliability.is_valid_type(source_reliability):
            raise ValueError("Invalid source reliability value", source_reliability)
        if not entity_b:
            demisto.info(
                f"WARNING: Invalid entity B - Relationships will not be created to entity A {entity_a} with "
                f"relationship name {name}"
            )
        self._name = name
        self._reverse_name = reverse_name or self.Relationships.RELATED_TO
        self._relationship_type = relationship_type
        self._entity_a = entity_a
        self._entity_a_type = entity_a_type
        self._entity_a_family = entity_a_family
        self._entity_b = entity_b
        self._entity_b_type = entity_b_type
        self._entity_b_family = entity_b_family
        self._source_reliability = source_reliability
        self._fields = fields or {}
        self._brand = brand

    def to_indicator(self) -> dict[str, Any]:
        if not self._entity_b:
            return {}
        return {
            "name": self._name,
            "reverseName": self._reverse_name,
            "type": self._relationship_type,
            "entityA": self._entity_a,
            "entityAFamily": self._entity_a_family,
            "entityAType": self._entity_a_type,
            "entityB": self._entity_b,
            "entityBFamily": self._entity_b_family,
            "entityBType": self._entity_b_type,
            "fields": self._fields,
        }

    def to_entry(self) -> dict[str, Any]:
        source = {"reliability": self._source_reliability, "brand": self._brand} if self._entity_b else {}
        return {**self.to_indicator(), **{key: value for key, value in source.items() if value}}

    def to_context(self) -> dict[str, Any]:
        if not self._entity_b:
            return {}
        return {
            "Relationship": self._name,
            "EntityA": self._entity_a,
            "EntityAType": self._entity_a_type,
            "EntityB": self._entity_b,
            "EntityBType": self._entity_b_type,
        }


class IndicatorsTimeline:
    """Lines for the timelines of indicators."""

    def __init__(self, indicators: Any = None, category: str | None = None, message: str | None = None) -> None:
        default_category = "Integration Update" if hasattr(demisto, "params") else "Automation Update"
        self.indicators_timeline = [
            {"Value": indicator, "Category": category or default_category, **({"Message": message} if message else {})}
            for indicator in indicators or ()
        ]


# ---------------------------------------------------------------------------------------------------- command results


class ScheduledCommand:
    """Has the server run a command again.

    Args:
        next_run_in_seconds: the pause before it, at least 10 seconds.
        timeout_in_seconds: when the server gives up, counted from the first run.
        items_remaining: shown while it waits.
    """

    VERSION_MISMATCH_ERROR = (
        "This command is not supported by this XSOAR server version. Please update your server version to 6.2.0 or later."
    )

    def __init__(
        self,
        command: str,
        next_run_in_seconds: int,
        args: dict[str, Any] | None = None,
        timeout_in_seconds: int | None = None,
        items_remaining: int | None = 0,
    ) -> None:
        self.raise_error_if_not_supported()
        if next_run_in_seconds < 10:
            demisto.info(
                f"ScheduledCommandConfiguration provided value for next_run_in_seconds: {next_run_in_seconds} is too "
                "low - minimum interval is 10 seconds. next_run_in_seconds was set to 10 seconds."
            )
            next_run_in_seconds = 10
        self._command = command
        self._next_run = str(next_run_in_seconds)
        self._args = args
        self._timeout = str(timeout_in_seconds) if timeout_in_seconds else None
        self._items_remaining = items_remaining

    @staticmethod
    def raise_error_if_not_supported() -> bool:
        return True

    @staticmethod
    def supports_polling() -> bool:
        return True

    def to_results(self) -> dict[str, Any]:
        return assign_params(
            PollingCommand=self._command,
            NextRun=self._next_run,
            PollingArgs=self._args,
            Timeout=self._timeout,
            PollingItemsRemaining=self._items_remaining,
        )


class CommandResults:
    """The result of a command, to be given to `return_results`.

    Args:
        outputs_prefix: the context path of the outputs.
        outputs_key_field: the key, or keys, by which an object in the context is recognised and updated.
        outputs: what goes into the context; a dictionary without a prefix holds complete context paths.
        readable_output: Markdown for the war room; a table of the outputs when there is none.
        raw_response: the answer of the API; the outputs when there is none.
        indicator: what was learned about an indicator. (`indicators`, a list, is the deprecated form.)
        ignore_auto_extract: look for no indicators in the text.
        mark_as_note: pin the entry to the case's notes.
        replace_existing: the outputs replace what is at the path, which must have a period, rather than being added.

    Raises:
        ValueError, TypeError: for arguments which contradict each other.
    """

    def __init__(
        self,
        outputs_prefix: str | None = None,
        outputs_key_field: Any = None,
        outputs: Any = None,
        indicators: list[Any] | None = None,
        readable_output: str | None = None,
        raw_response: Any = None,
        indicators_timeline: IndicatorsTimeline | None = None,
        indicator: Any = None,
        ignore_auto_extract: bool = False,
        mark_as_note: bool = False,
        tags: list[str] | None = None,
        scheduled_command: ScheduledCommand | None = None,
        relationships: list[Any] | None = None,
        entry_type: int | None = None,
        content_format: str | None = None,
        execution_metrics: Any = None,
        replace_existing: bool = False,
    ) -> None:
        if outputs is not None:
            if not isinstance(outputs, dict) and not outputs_prefix:
                raise ValueError("outputs_prefix is missing")
            if outputs_prefix == ".":
                raise ValueError("outputs_prefix cannot be a period.")
        if indicators and indicator:
            raise ValueError("indicators is DEPRECATED, use only indicator")
        if outputs_key_field and not isinstance(outputs_key_field, (*STRING_TYPES, list)):
            raise TypeError("outputs_key_field must be of type str or list")
        if content_format is not None and not EntryFormat.is_valid_type(content_format):
            raise TypeError(f"content_format {content_format} is invalid, see CommonServerPython.EntryFormat")

        self.outputs_prefix = outputs_prefix
        self.outputs_key_field = outputs_key_field
        self.outputs = outputs
        self.indicators = indicators
        self.indicator = indicator
        self.readable_output = readable_output
        self.raw_response = outputs if raw_response is None else raw_response
        self.indicators_timeline = indicators_timeline
        self.ignore_auto_extract = ignore_auto_extract
        self.mark_as_note = mark_as_note
        self.tags = tags
        self.scheduled_command = scheduled_command
        self.relationships = relationships
        self.entry_type = EntryType.NOTE if entry_type is None else entry_type
        self.content_format = content_format
        self.execution_metrics = execution_metrics
        self.replace_existing = replace_existing

    def to_context(self) -> dict[str, Any]:
        """The war-room entry."""
        relationships = [relationship.to_entry() for relationship in self.relationships or ()]
        entry = {
            "Type": self.entry_type,
            "ContentsFormat": self.content_format or self._natural_format(),
            "Contents": self.raw_response,
            "HumanReadable": self._human_readable(),
            "EntryContext": {**self._indicators_context(), **self._outputs_context()},
            "IndicatorTimeline": self.indicators_timeline.indicators_timeline if self.indicators_timeline else [],
            "IgnoreAutoExtract": bool(self.ignore_auto_extract),
            "Note": bool(self.mark_as_note),
            "Relationships": [relationship for relationship in relationships if relationship],
        }
        if self.tags:
            entry["Tags"] = self.tags
        if self.scheduled_command:
            entry.update(self.scheduled_command.to_results())
        if self.execution_metrics:
            entry.update(
                Type=EntryType.EXECUTION_METRICS,
                ContentsFormat=EntryFormat.TEXT,
                Contents="Metrics reported successfully.",
                APIExecutionMetrics=self.execution_metrics,
            )
        return entry

    def _has_outputs(self) -> bool:
        return self.outputs is not None and self.outputs != []

    def _natural_format(self) -> str:
        return EntryFormat.TEXT if isinstance(self.raw_response, (*STRING_TYPES, int)) else EntryFormat.JSON

    def _human_readable(self) -> Any:
        if self.readable_output:
            return self.readable_output
        if not self._has_outputs():
            return None
        return tableToMarkdown("Results", self.outputs) if isinstance(self.outputs, (dict, list)) else self.outputs

    def _indicators_context(self) -> dict[str, list[Any]]:
        context: dict[str, list[Any]] = {}
        for indicator in [self.indicator] if self.indicator else self.indicators or ():
            for path, value in indicator.to_context().items():
                context.setdefault(path, []).append(value)
        return context

    def _outputs_context(self) -> dict[str, Any]:
        if not self._has_outputs():
            return {}
        if not self.outputs_prefix:
            return self.outputs
        if self.replace_existing:
            parent, _, key = self.outputs_prefix.rpartition(".")
            if not parent:
                raise DemistoException("outputs_prefix must be a nested path to replace an existing key.")
            return {f"{parent}(true)": {key: self.outputs}}
        if self.outputs_key_field:
            keys = self.outputs_key_field if isinstance(self.outputs_key_field, list) else [self.outputs_key_field]
            return {f"{self.outputs_prefix}({' && '.join(_same(key) for key in keys)})": self.outputs}
        return {str(self.outputs_prefix): self.outputs}


class ExecutionMetrics:
    """Counts the outcomes of API calls; `metrics` is the result which reports them, None while all are 0."""

    def __init__(
        self,
        success: int = 0,
        quota_error: int = 0,
        general_error: int = 0,
        auth_error: int = 0,
        service_error: int = 0,
        connection_error: int = 0,
        proxy_error: int = 0,
        ssl_error: int = 0,
        timeout_error: int = 0,
        retry_error: int = 0,
    ) -> None:
        self._metrics: list[dict[str, Any]] = []
        self.metrics: CommandResults | None = None
        self.success = success
        self.quota_error = quota_error
        self.general_error = general_error
        self.auth_error = auth_error
        self.service_error = service_error
        self.connection_error = connection_error
        self.proxy_error = proxy_error
        self.ssl_error = ssl_error
        self.timeout_error = timeout_error
        self.retry_error = retry_error

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        error_type = getattr(ErrorTypes, name.upper(), None)
        if error_type:
            self.update_metrics(error_type, value)

    @staticmethod
    def is_supported() -> bool:
        return is_demisto_version_ge("6.8.0")

    def get_metric_list(self) -> list[dict[str, Any]]:
        return self._metrics

    def update_metrics(self, metric_type: str, metric_value: int) -> None:
        if metric_value <= 0:
            return
        known = next((metric for metric in self._metrics if metric["Type"] == metric_type), None)
        if known:
            known["APICallsCount"] = metric_value
        else:
            self._metrics.append({"Type": metric_type, "APICallsCount": metric_value})
        self.metrics = CommandResults(execution_metrics=self._metrics)


def append_metrics(execution_metrics: ExecutionMetrics, results: list[Any]) -> list[Any]:
    """The results with the metrics added, where the server supports them."""
    if execution_metrics.metrics is not None and execution_metrics.is_supported():
        results.append(execution_metrics.metrics)
    return results


def _new_file(write: _abc.Callable[[str], Any], name: Any) -> dict[str, Any]:
    file_id = demisto.uniqueFile()
    write(f"{demisto.investigation()['id']}_{file_id}")
    return {"Contents": "", "ContentsFormat": EntryFormat.TEXT, "Type": EntryType.FILE, "File": name, "FileID": file_id}


def fileResult(filename: Any, data: Any, file_type: int | None = None) -> dict[str, Any]:
    """An entry with a new file. The server takes it from the working directory, by the investigation's and the file's id.

    Args:
        file_type: `EntryType.FILE` by default, or `EntryType.ENTRY_INFO_FILE`.
    """

    def write(path: str) -> None:
        with open(path, "wb") as file:
            file.write(data.encode("utf-8") if isinstance(data, str) else data)

    name = filename.replace("../", "") if isinstance(filename, str) else filename  # the server would look for it elsewhere
    entry = _new_file(write, name)
    return entry if file_type is None else {**entry, "Type": file_type}


def file_result_existing_file(filename: str, saveFilename: str | None = None) -> dict[str, Any]:
    """An entry with a file of the working directory, which is moved."""
    return _new_file(lambda path: os.rename(filename, path), saveFilename or filename)


# ---------------------------------------------------------------------------------------------------------- returning

EXECUTION_METRICS_SCRIPT_SKIP_MSG = (
    "returning results with Type=EntryType.EXECUTION_METRICS isn't fully supported for scripts. dropping result."
)


def return_results(results: Any) -> None:
    """Writes results to the war room: CommandResults, entries, text, answers of mirroring commands, or a list of them.

    In a list, entries and texts are written together after the others.
    """
    if results and isinstance(results, list):
        for result in results:
            if not isinstance(result, (dict, str)):
                return_results(result)
        plain = [result for result in results if isinstance(result, (dict, str)) and _may_be_returned(result)]
        if plain:
            demisto.results(plain)
        return
    entry = _entry_of(results)
    if _may_be_returned(entry):
        demisto.results(entry)


def _entry_of(result: Any) -> Any:
    for to_entry in ("extract_mapping", "extract_for_local", "to_entry"):
        if hasattr(result, to_entry):
            return getattr(result, to_entry)()
    return result.to_context() if isinstance(result, CommandResults) else result


def _may_be_returned(entry: Any) -> bool:
    """Metrics are dropped, with a line in the log, when a script runs."""
    if is_integration_command_execution() or not isinstance(entry, dict) or entry.get("Type") != EntryType.EXECUTION_METRICS:
        return True
    demisto.debug(EXECUTION_METRICS_SCRIPT_SKIP_MSG)
    return False


def return_outputs(
    readable_output: Any, outputs: Any = None, raw_response: Any = None, timeline: Any = None, ignore_auto_extract: bool = False
) -> None:
    """Deprecated: use `return_results`."""
    timelines = [timeline] if isinstance(timeline, dict) else timeline
    for line in timelines or ():
        line.setdefault("Category", "Integration Update")
    contents, contents_format = raw_response, EntryFormat.TEXT if isinstance(raw_response, STRING_TYPES) else EntryFormat.JSON
    if readable_output and not outputs and not raw_response:
        contents, contents_format = readable_output, EntryFormat.TEXT
    elif outputs and raw_response is None:
        contents = outputs
    demisto.results(
        {
            "Type": EntryType.NOTE,
            "HumanReadable": readable_output,
            "ContentsFormat": contents_format,
            "Contents": contents,
            "EntryContext": outputs,
            "IgnoreAutoExtract": ignore_auto_extract,
            "IndicatorTimeline": timelines,
        }
    )


_FAIL_BY_EXCEPTION = ("fetch-incidents", "fetch-credentials", "long-running-execution", "fetch-indicators")


def return_error(message: Any, error: Any = "", outputs: Any = None) -> None:
    """Ends the command with an error entry, and exit status 0. Known secrets in the message are masked.

    Fetch and long-running commands have no war room: they end with an exception which the server shows. The traceback
    of an exception being handled goes into the log, and in debug mode into the message.

    Args:
        error: details for the log.

    Raises:
        SystemExit: after the entry was written.
        Exception: with the message, in fetch and long-running commands.
    """
    command = demisto.command() if hasattr(demisto, "command") else ""
    text = LOG(message)
    if error:
        LOG(str(error))
    error_class = sys.exc_info()[0]
    if error_class:
        trace = fix_traceback_line_numbers(traceback.format_exc())
        LOG(f"\n{trace}")
        if is_debug_mode():
            text = f"{text}\n\n{trace}"
    LOG.print_log()

    not_implemented = error_class is NotImplementedError and (not error or isinstance(error, NotImplementedError))
    if command == "get-modified-remote-data" and not not_implemented:
        text = "skip update. error: " + text
    if command in _FAIL_BY_EXCEPTION:
        raise Exception(text)
    if len(text) > MAX_ERROR_MESSAGE_LENGTH:
        half = MAX_ERROR_MESSAGE_LENGTH // 2
        text = f"{text[:half]}...This error body was truncated...{text[-half:]}"
    demisto.results({"Type": EntryType.ERROR, "ContentsFormat": EntryFormat.TEXT, "Contents": text, "EntryContext": outputs})
    sys.exit(0)


def return_warning(
    message: Any, exit: bool = False, warning: str = "", outputs: Any = None, ignore_auto_extract: bool = False
) -> None:
    """Writes a warning entry, and ends the command if `exit` is set.

    Args:
        warning: details for the log.
    """
    LOG(message)
    if warning:
        LOG(warning)
    LOG.print_log()
    demisto.results(
        {
            "Type": EntryType.WARNING,
            "ContentsFormat": EntryFormat.TEXT,
            "IgnoreAutoExtract": ignore_auto_extract,
            "Contents": str(message),
            "EntryContext": outputs,
        }
    )
    if exit:
        sys.exit(0)


# ------------------------------------------------------------------------------------------------------------ polling


class PollResult:
    """The result of one round of a polling command.

    Args:
        response: the final result.
        continue_to_poll: whether to run again, or a function which says so.
        args_for_next_run: the arguments of the next round; those of this round when there are none.
        partial_result: CommandResults to show although another round follows.
    """

    def __init__(
        self,
        response: Any,
        continue_to_poll: Any = False,
        args_for_next_run: dict[str, Any] | None = None,
        partial_result: CommandResults | None = None,
    ) -> None:
        self.response = response
        self.continue_to_poll = continue_to_poll
        self.args_for_next_run = args_for_next_run
        self.partial_result = partial_result


def polling_function(
    name: str,
    interval: int = 30,
    timeout: int = 600,
    poll_message: str = "Fetching Results:",
    polling_arg_name: str = "polling",
    requires_polling_arg: bool = True,
) -> _abc.Callable[..., Any]:
    """Makes a function that returns a PollResult, with the command's arguments first, a command which polls.

    Args:
        name: the command to run again.
        interval: seconds between the rounds.
        timeout: seconds until the server gives up.
        poll_message: what the war room shows while it waits, unless the command has `hide_polling_output` set.
        polling_arg_name: the argument which asks for polling; without it the result of the first round is final.
        requires_polling_arg: whether that argument is looked at.
    """

    def decorate(func: _abc.Callable[..., PollResult]) -> _abc.Callable[..., Any]:
        @wraps(func)
        def run(args: dict[str, Any], *arguments: Any, **kwargs: Any) -> Any:
            if requires_polling_arg and not argToBoolean(args.get(polling_arg_name, False)):
                return func(args, *arguments, **kwargs).response
            ScheduledCommand.raise_error_if_not_supported()
            result = func(args, *arguments, **kwargs)
            again = result.continue_to_poll
            if not (again if isinstance(again, bool) else again()):
                return result.response

            message = None if args.get("hide_polling_output") else poll_message
            next_args = result.args_for_next_run or args
            next_args["hide_polling_output"] = True
            waiting = result.partial_result or CommandResults(readable_output=message)
            waiting.scheduled_command = ScheduledCommand(
                command=name, next_run_in_seconds=interval, args=next_args, timeout_in_seconds=timeout
            )
            return waiting

        return run

    return decorate


def get_schedule_metadata(context: dict[str, Any]) -> dict[str, Any]:
    """About the polling entry by which a command was started, from the calling context."""
    parent = context.get("ParentEntry", {})
    if not parent:
        return {}
    return assign_params(
        is_polling=bool(parent.get("polling")),
        polling_command=parent.get("pollingCommand"),
        polling_args=parent.get("pollingArgs"),
        times_ran=int(parent.get("timesRan", 0)) + 1,
        start_date=parent.get("startDate"),
        end_date=parent.get("endingDate"),
    )


def is_scheduled_command_retry() -> bool:
    """Whether this run of the command is a later round of polling."""
    return bool(get_schedule_metadata(_calling_context()).get("is_polling", False))


def retry(times: int = 3, delay: float = 1, exceptions: Any = Exception) -> _abc.Callable[..., Any]:
    """Makes a function try again after these exceptions, with a pause of `delay` seconds."""

    def decorate(func: _abc.Callable[..., Any]) -> _abc.Callable[..., Any]:
        @wraps(func)
        def run(*args: Any, **kwargs: Any) -> Any:
            for attempt in range(1, times):
                try:
                    return func(*args, **kwargs)
                except exceptions as error:
                    demisto.debug(f"Error when executing func {func.__name__}, error: {error}, time {attempt}")
                    time.sleep(delay)
            return func(*args, **kwargs)

        return run

    return decorate


# --------------------------------------------------------------------------------------------------------------- HTTP

# OpenSSL 3 refuses old ciphers and renegotiation; whoever trusts any certificate wants to reach the server at all.
CIPHERS_STRING = "DEFAULT:!aNULL:!eNULL:@SECLEVEL=1"
_OP_LEGACY_SERVER_CONNECT = 0x4  # `ssl` has a name for it since Python 3.12


class SSLAdapter(HTTPAdapter):
    """Accepts old servers and, without `verify`, any certificate."""

    def __init__(self, verify: bool = True, **kwargs: Any) -> None:
        self.context = create_urllib3_context(ciphers=CIPHERS_STRING)
        if not verify:
            self.context.check_hostname = False
            self.context.options |= ssl.Options(_OP_LEGACY_SERVER_CONNECT)
        super().__init__(**kwargs)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> Any:
        return super().init_poolmanager(*args, **kwargs, ssl_context=self.context)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        return super().proxy_manager_for(*args, **kwargs, ssl_context=self.context)


class BaseClient:
    """An HTTP client for one API.

    Args:
        verify: whether certificates are verified; if not, bundles in the environment do not count either.
        proxy: whether to go through the proxies in the environment; if not, they are removed from it.
        ok_codes: the status codes which are no error; all below 400 when empty.
        headers: for each request which has no own headers.
        auth: for each request which has no own authentication.
        timeout: seconds. The environment has precedence: `REQUESTS_TIMEOUT.<integration>`, then `REQUESTS_TIMEOUT`.
    """

    REQUESTS_TIMEOUT = 60

    def __init__(
        self,
        base_url: str,
        verify: bool = True,
        proxy: bool = False,
        ok_codes: Any = (),
        headers: dict[str, str] | None = None,
        auth: Any = None,
        timeout: float = REQUESTS_TIMEOUT,
    ) -> None:
        self._base_url = base_url
        self._verify: bool | str = verify
        self._ok_codes = ok_codes
        self._headers = headers
        self._auth = auth
        self._session = requests.Session()
        if proxy:
            ensure_proxy_has_http_prefix()
        else:
            skip_proxy()
        if not verify:
            self._session.mount("https://", SSLAdapter(verify=verify))
            skip_cert_verification()
        own_timeout = os.getenv("REQUESTS_TIMEOUT." + (get_integration_name() or get_script_name()), "")
        self.timeout = float(own_timeout or os.getenv("REQUESTS_TIMEOUT", "") or timeout)
        self.execution_metrics = ExecutionMetrics()

    def __del__(self) -> None:
        # A constructor which raised has left some of this undone.
        if hasattr(self, "execution_metrics"):
            self._return_execution_metrics_results()
        if hasattr(self, "_session"):
            self._session.close()

    def _implement_retry(
        self,
        retries: int = 0,
        status_list_to_retry: Any = None,
        backoff_factor: float = 5,
        raise_on_redirect: bool = False,
        raise_on_status: bool = False,
    ) -> None:
        """Repeats failed HTTPS requests of this session, as `urllib3.Retry` does. Plain HTTP is never repeated."""
        strategy = Retry(
            total=retries,
            read=retries,
            connect=retries,
            status=retries,
            backoff_factor=backoff_factor,
            status_forcelist=status_list_to_retry,
            raise_on_status=raise_on_status,
            raise_on_redirect=raise_on_redirect,
            allowed_methods=frozenset(["GET", "POST", "PUT", "PATCH", "DELETE"]),
        )
        adapter = HTTPAdapter(max_retries=strategy) if self._verify else SSLAdapter(verify=False, max_retries=strategy)
        self._session.mount("https://", adapter)

    def _http_request(
        self,
        method: str,
        url_suffix: str = "",
        full_url: str | None = None,
        headers: dict[str, str] | None = None,
        auth: Any = None,
        json_data: Any = None,
        params: Any = None,
        data: Any = None,
        files: Any = None,
        timeout: Any = None,
        resp_type: str = "json",
        ok_codes: Any = None,
        return_empty_response: bool = False,
        retries: int = 0,
        status_list_to_retry: Any = None,
        backoff_factor: float = 5,
        raise_on_redirect: bool = False,
        raise_on_status: bool = False,
        error_handler: Any = None,
        empty_valid_codes: Any = None,
        params_parser: Any = None,
        with_metrics: bool = False,
        **kwargs: Any,
    ) -> Any:
        """Sends a request and answers with the body.

        Args:
            full_url: instead of the base URL and the suffix.
            timeout: seconds, or (to connect, to read); the client's own when there is none.
            resp_type: `json`, `text`, `content` (bytes), or the `requests.Response` for `response` and anything else.
            return_empty_response: answer with the Response for a status in `empty_valid_codes` (204 by default).
            retries, status_list_to_retry, backoff_factor, raise_on_redirect, raise_on_status: see `urllib3.Retry`.
            error_handler: called with a Response whose status is an error; if it returns, the answer is used.
            params_parser: quotes the parameters, such as `urllib.parse.quote`.
            with_metrics: count the outcome in `execution_metrics`, which is reported when the client is dropped.
            kwargs: for `requests.Session.request`.

        Raises:
            DemistoException: for an error status (`res`), a body which is no JSON (`res`), or no connection
                (`exception`). Time-outs while reading, and other faults of requests, come as they are.
        """
        try:
            if retries:
                self._implement_retry(retries, status_list_to_retry, backoff_factor, raise_on_redirect, raise_on_status)
            if params_parser:
                params = urllib.parse.urlencode(params, quote_via=params_parser)
            res = self._session.request(
                method,
                full_url or urljoin(self._base_url, url_suffix),
                verify=self._verify,
                params=params,
                data=data,
                json=json_data,
                files=files,
                headers=headers or self._headers,
                auth=auth or self._auth,
                timeout=timeout or self.timeout,
                **kwargs,
            )
            if not self._is_status_code_valid(res, ok_codes):
                self._handle_error(error_handler, res, with_metrics)
            return self._handle_success(res, resp_type, empty_valid_codes, return_empty_response, with_metrics)
        except (requests.exceptions.ConnectionError, requests.exceptions.RetryError) as exception:
            self._raise_connection_error(exception, retries, with_metrics)

    def _raise_connection_error(self, exception: Any, retries: int, with_metrics: bool) -> None:
        """Says in the user's terms why there was no answer."""
        # Subclasses come before ConnectionError, of which the first three are.
        if isinstance(exception, requests.exceptions.ConnectTimeout):
            metric = "timeout_error"
            message = (
                "Connection Timeout Error - potential reasons might be that the Server URL parameter is incorrect or that "
                "the Server is not accessible from your host."
            )
        elif isinstance(exception, requests.exceptions.SSLError):
            metric = "ssl_error"
            message = (
                "SSL Certificate Verification Failed - try selecting 'Trust any certificate' checkbox in the integration "
                "configuration."
            )
        elif isinstance(exception, requests.exceptions.ProxyError):
            metric = "proxy_error"
            message = (
                "Proxy Error - if the 'Use system proxy' checkbox in the integration configuration is selected, try "
                "clearing the checkbox."
            )
        elif isinstance(exception, requests.exceptions.ConnectionError):
            metric = "connection_error"
            detail = (
                f"Error Number: [{exception.errno}]\nMessage: {exception.strerror}\n"
                if exception.errno and exception.strerror
                else str(exception)
            )
            message = (
                "Verify that the server URL parameter is correct and that you have access to the server from your host.\n"
                f"Error Type: <{type(exception).__module__}.{type(exception).__qualname__}>\n{detail}"
            )
        else:
            metric = "retry_error"
            try:
                reason = f"Reason: {exception.args[0].reason.args[0]}"
            except (AttributeError, IndexError):
                reason = ""
            message = f"Max Retries Error- Request attempts with {retries} retries failed. \n{reason}"
        if with_metrics:
            setattr(self.execution_metrics, metric, getattr(self.execution_metrics, metric) + 1)
        if metric == "ssl_error" and not self._verify:
            raise exception  # the advice has been taken already
        raise DemistoException(message, exception) from exception

    def _handle_error(self, error_handler: Any, res: Any, should_update_metrics: bool) -> None:
        try:
            (error_handler or self.client_error_handler)(res)
        except Exception:
            if should_update_metrics:
                self._update_metrics(res, success=False)
            raise

    def _handle_success(
        self, res: Any, resp_type: str, empty_valid_codes: Any, return_empty_response: bool, should_update_metrics: bool
    ) -> Any:
        if should_update_metrics:
            self._update_metrics(res, success=True)
        if return_empty_response and res.status_code in (empty_valid_codes or [204]):
            return res
        return self.cast_response(res, resp_type)

    def cast_response(self, res: Any, resp_type: str, raise_on_error: bool = True) -> Any:
        """The body as `resp_type` asks for it; see `_http_request`."""
        resp_type = resp_type.lower()
        try:
            if resp_type == "json":
                return res.json()
            if resp_type == "text":
                return res.text
            if resp_type == "content":
                return res.content
            if resp_type == "xml":
                ET.fromstring(res.text)  # noqa: S314  # checked only: the platform answers with the Response
            return res
        except ValueError as exception:
            if raise_on_error:
                raise DemistoException(
                    f"Failed to parse {resp_type} object from response: {res.content}", exception, res
                ) from exception

    def _update_metrics(self, res: Any, success: bool) -> None:
        if success:
            if not self.is_polling_in_progress(res):
                self.execution_metrics.success += 1
            return
        error_type = self.determine_error_type(res)
        for name in ("quota_error", "auth_error", "service_error", "general_error"):
            if error_type == getattr(ErrorTypes, name.upper()):
                setattr(self.execution_metrics, name, getattr(self.execution_metrics, name) + 1)

    def determine_error_type(self, response: Any) -> str | None:
        """How an error is counted; clients may have their own opinion."""
        return {401: ErrorTypes.AUTH_ERROR, 429: ErrorTypes.QUOTA_ERROR, 500: ErrorTypes.SERVICE_ERROR}.get(
            response.status_code, ErrorTypes.GENERAL_ERROR
        )

    def is_polling_in_progress(self, response: Any) -> bool:
        """Whether the answer is only a round of polling, which is not counted; clients may have their own opinion."""
        return False

    def _is_status_code_valid(self, response: Any, ok_codes: Any = None) -> bool:
        expected = ok_codes or self._ok_codes
        return response.status_code in expected if expected else response.ok

    def client_error_handler(self, res: Any) -> None:
        """Raises the DemistoException for an error status."""
        try:
            detail = json.dumps(res.json())
        except ValueError:
            detail = res.text
        raise DemistoException(f"Error in API call [{res.status_code}] - {res.reason}\n{detail}", res=res)

    def _return_execution_metrics_results(self) -> None:
        if self.execution_metrics.metrics:
            return_results(self.execution_metrics.metrics)


def generic_http_request(
    method: str,
    server_url: str,
    timeout: float = 60,
    verify: bool = True,
    proxy: bool = False,
    client_headers: Any = None,
    headers: Any = None,
    url_suffix: Any = None,
    data: Any = None,
    ok_codes: Any = None,
    auth: Any = None,
    error_handler: Any = None,
    files: Any = None,
    params: Any = None,
    retries: int = 0,
    resp_type: str = "json",
    status_list_to_retry: Any = None,
    json_data: Any = None,
    return_empty_response: bool = False,
    backoff_factor: float = 5,
    raise_on_redirect: bool = False,
    raise_on_status: bool = False,
    empty_valid_codes: Any = None,
    params_parser: Any = None,
    with_metrics: bool = False,
    **kwargs: Any,
) -> Any:
    """One request with a BaseClient of its own; give `url_suffix` or `full_url`."""
    client = BaseClient(
        base_url=server_url, verify=verify, proxy=proxy, ok_codes=ok_codes, headers=client_headers, auth=auth, timeout=timeout
    )
    return client._http_request(
        method=method,
        url_suffix=url_suffix,
        headers=headers,
        json_data=json_data,
        params=params,
        data=data,
        files=files,
        resp_type=resp_type,
        ok_codes=ok_codes,
        return_empty_response=return_empty_response,
        retries=retries,
        status_list_to_retry=status_list_to_retry,
        backoff_factor=backoff_factor,
        raise_on_redirect=raise_on_redirect,
        raise_on_status=raise_on_status,
        error_handler=error_handler,
        empty_valid_codes=empty_valid_codes,
        params_parser=params_parser,
        with_metrics=with_metrics,
        **kwargs,
    )


# --------------------------------------------------------------------------------------------------------------- logs

_SECRET_PARAMETERS = ("key", "private", "password", "secret", "token", "credentials", "service_account")


class IntegrationLogger:
    """A log in which the instance's secrets, and strings added later, are masked.

    Called with a message it keeps it until `print_log`, or logs it at once when buffering is off. It can stand for a
    file, which is how it receives what `http.client` prints in debug mode.
    """

    def __init__(self, debug_logging: bool = False) -> None:
        self.messages: list[str] = []
        self.write_buf: list[str] = []
        self.replace_strs: list[str] = []
        self.buffering = True
        self.debug_logging = debug_logging
        if not os.getenv("COMMON_SERVER_NO_AUTO_REPLACE_STRS") and hasattr(demisto, "getParam"):
            self._mask_secrets_of(demisto.params() or {})

    def _mask_secrets_of(self, params: dict[str, Any]) -> None:
        for name, value in params.items():
            if isinstance(value, dict):
                self._mask_secrets_of(value)
                if value.get("identifier") and value.get("password"):
                    self.add_replace_strs(b64_encode(f"{value['identifier']}:{value['password']}"))
            elif isinstance(value, str) and any(word in name.lower() for word in _SECRET_PARAMETERS):
                self.add_replace_strs(value, b64_encode(value))

    def add_replace_strs(self, *args: Any) -> None:
        """Masks these strings from now on, as they are and as they look when escaped, in JSON or in a URL."""
        # All are masked by what was registered before, and not by one another: as on the platform, overlapping ones show a rest.
        for secret in [self.encode(arg) for arg in args if arg]:
            self.replace_strs += [
                stringEscape(secret),
                stringUnEscape(secret),
                json.dumps(secret)[1:-1],
                urllib.parse.quote_plus(secret),
            ]

    def encode(self, message: Any) -> str:
        text = str(message)
        for secret in self.replace_strs:
            text = text.replace(secret, MASK)
        return text

    def __call__(self, message: Any) -> str:
        text = self.encode(message)
        if not self.buffering:
            demisto.info(text)
            return text
        self.messages.append(text)
        if self.debug_logging:
            demisto.debug(text)
        return text

    def set_buffering(self, state: bool) -> None:
        self.buffering = state

    def print_log(self, verbose: bool = False) -> None:
        """Logs what was kept, in the war room too if it is to be verbose."""
        if self.write_buf:
            self.messages.append("".join(self.write_buf))
        if not self.messages:
            return
        text = "Full Integration Log:\n" + "\n".join(self.messages)
        if verbose:
            demisto.log(text)
        if not self.debug_logging:  # which has logged each message already
            demisto.info(text)
        self.messages = []

    def write(self, msg: Any) -> None:
        """Takes text as a file does, and logs it line by line."""
        text = self.encode(msg)
        self.write_buf.append(text.removesuffix("\n"))
        if "\n" not in text:
            return
        line = "".join(self.write_buf)
        self.write_buf = []
        if self.buffering:
            self.messages.append(line)
            return
        if is_debug_mode() and line.startswith(("send:", "header:")):
            line = censor_request_logs(line.replace('send: b"', SEND_PREFIX))
        demisto.info(line)

    def print_override(self, *args: Any, **kwargs: Any) -> None:
        """Stands for `print` in another module: what would go to the terminal goes to the log."""
        if kwargs.get("file") in (None, sys.stdout, sys.stderr):
            kwargs["file"] = self
        _builtins.print(*args, **kwargs)  # noqa: T201


def logger(func: _abc.Callable[..., Any]) -> _abc.Callable[..., Any]:
    """Logs the calls of a function with LOG."""

    @wraps(func)
    def run(*args: Any, **kwargs: Any) -> Any:
        arguments = ",".join([repr(arg) for arg in args] + [f"{name}={value!r}" for name, value in kwargs.items()])
        LOG(f"calling {func.__name__}({arguments})")
        value = func(*args, **kwargs)
        if is_debug_mode():
            LOG(f"Return value [{func.__name__}]: {value}")
        return value

    return run


_CENSORED_WORDS = ("authorization:", "cookie", "token", "username", "password", "apikey")


def censor_request_logs(request_log: str) -> str:
    """A line of `http.client`'s log with the word after each of the censored ones masked, after its scheme if it has one."""
    sent = request_log.startswith(SEND_PREFIX)
    words = request_log.removeprefix(SEND_PREFIX).replace("\\r\\n", " \\r\\n").split()
    for i, word in enumerate(words[:-1]):
        if not any(censored in word.lower() for censored in _CENSORED_WORDS):
            continue
        if words[i + 1].lower() in ("bearer", "basic") and i + 2 < len(words):
            words[i + 2] = MASK
        elif words[i + 1].endswith("}'"):
            words[i + 1] = f'"{MASK}"}}\''
        else:
            words[i + 1] = MASK
    return (SEND_PREFIX if sent else "") + " ".join(words).replace(" \\r\\n", "\\r\\n")


class DemistoHandler(logging.Handler):
    """Gives records of Python's logging to an IntegrationLogger, or to the platform's debug log."""

    def __init__(self, int_logger: IntegrationLogger | None = None) -> None:
        super().__init__()
        self.int_logger = int_logger

    def emit(self, record: logging.LogRecord) -> None:
        try:
            (self.int_logger or demisto.debug)(self.format(record))
        except Exception:
            self.handleError(record)


class DebugLogger:
    """Debug mode: the HTTP traffic and everything given to Python's logging goes, masked, to the platform's log.

    It lasts until the object is dropped.
    """

    def __init__(self) -> None:
        self.int_logger = IntegrationLogger()
        self.int_logger.set_buffering(False)
        self._print = self.int_logger.print_override
        self._previous_print = getattr(_http_client, "print", None)
        _http_client.print = self._print  # type: ignore[attr-defined]
        _http_client.HTTPConnection.debuglevel = 1

        self.handler = DemistoHandler(self.int_logger)
        self.handler.setFormatter(logging.Formatter("python logging: %(levelname)s [%(name)s] - %(message)s"))
        self.root_logger = logging.getLogger()
        self.prev_log_level = self.root_logger.getEffectiveLevel()
        self.org_handlers = list(self.root_logger.handlers)
        self.root_logger.handlers[:] = [self.handler]
        self.root_logger.setLevel(logging.DEBUG)

    def __del__(self) -> None:
        if self.handler in self.root_logger.handlers:
            self.root_logger.handlers[:] = self.org_handlers
            self.root_logger.setLevel(self.prev_log_level)
        self.handler.close()
        if getattr(_http_client, "print", None) == self._print:
            _http_client.HTTPConnection.debuglevel = 0
            if self._previous_print:
                _http_client.print = self._previous_print  # type: ignore[attr-defined]
            else:
                del _http_client.print  # type: ignore[attr-defined]

    def log_start_debug(self) -> None:
        context = _calling_context()
        lines = ["debug-mode started."]
        if hasattr(demisto, "params"):
            lines.append(f"Params: {json.dumps(demisto.params(), indent=2)}.")
        lines.append(f"Docker image: [{context.get('DockerImage')}]")
        if get_integration_name():
            lines.append(f"Integration: brand: [{get_integration_name()}] instance: [{get_integration_instance_name()}]")
        schedule = get_schedule_metadata(context)
        if schedule.get("is_polling"):
            lines.append(f"Schedule Metadata: {schedule}")
        self.int_logger.write("\n#### ".join(lines) + "\n")


def add_sensitive_log_strs(sensitive_str: str) -> None:
    """Masks the string in the logs from now on, such as a token which was fetched by the command."""
    if _requests_logger:
        _requests_logger.int_logger.add_replace_strs(sensitive_str)
    LOG.add_replace_strs(sensitive_str)


# -------------------------------------------------------------------------------------------------------------- fetch


def get_current_time(time_zone: float = 0) -> datetime:
    """The UTC time plus this many hours, still marked as UTC."""
    return _utc_now() + timedelta(hours=time_zone)


def get_fetch_run_time_range(
    last_run: Any, first_fetch: str, look_back: int = 0, timezone: float = 0, date_format: str = "%Y-%m-%dT%H:%M:%S"
) -> tuple[str, str]:
    """Start and end of the time from which incidents are fetched.

    Args:
        last_run: its `time` is where the previous fetch ended.
        first_fetch: where the first fetch starts, such as `3 days`.
        look_back: minutes to look back at least, for incidents which appear late.
        timezone: hours to add to UTC.
    """
    previous = (last_run or {}).get("time")
    settings: Any = {"TIMEZONE": "UTC", "RETURN_AS_TIMEZONE_AWARE": True}
    start = cast(datetime, dateparser.parse(previous or first_fetch, settings=settings))
    if start and not previous:
        start += timedelta(hours=timezone)
    now = get_current_time(timezone)
    if look_back and look_back > 0:
        start = min(start, now - timedelta(minutes=look_back))
    return start.strftime(date_format), now.strftime(date_format)


def calculate_new_offset(old_offset: int, num_incidents: int, total_incidents: int | None) -> int:
    """Where the next page starts, 0 when there is none."""
    if not num_incidents or (total_incidents and old_offset + num_incidents >= total_incidents):
        return 0
    return old_offset + num_incidents


def filter_incidents_by_duplicates_and_limit(
    incidents_res: list[dict[str, Any]], last_run: dict[str, Any], fetch_limit: int, id_field: str
) -> list[dict[str, Any]]:
    """The incidents which were not fetched before, at most so many."""
    known = last_run.get("found_incident_ids", {})
    new = [incident for incident in incidents_res if incident[id_field] not in known]
    demisto.debug(f"lb: {len(incidents_res)} incidents, {len(new)} of them new")
    return new[:fetch_limit]


def get_latest_incident_created_time(
    incidents: list[dict[str, Any]],
    created_time_field: str,
    date_format: str = "%Y-%m-%dT%H:%M:%S",
    increase_last_run_time: bool = False,
) -> str:
    """The latest creation time, on demand one millisecond later."""
    latest = max(datetime.strptime(incident[created_time_field], date_format) for incident in incidents)
    return (latest + timedelta(milliseconds=1 if increase_last_run_time else 0)).strftime(date_format)


def remove_old_incidents_ids(found_incidents_ids: dict[str, int], current_time: int, look_back: int) -> dict[str, int]:
    """The ids (with the epoch seconds when each was found) younger than twice the look-back in minutes."""
    return {key: found for key, found in found_incidents_ids.items() if current_time - found <= look_back * 60 * 2}


def get_found_incident_ids(
    last_run: dict[str, Any], incidents: list[dict[str, Any]], look_back: int, id_field: str, remove_incident_ids: bool
) -> dict[str, int]:
    """The ids which were fetched before and now."""
    now = int(time.time())
    found = last_run.get("found_incident_ids", {})
    found.update({incident[id_field]: now for incident in incidents})
    return remove_old_incidents_ids(found, now, look_back) if remove_incident_ids else found


def create_updated_last_run_object(
    last_run: dict[str, Any],
    incidents: list[dict[str, Any]],
    fetch_limit: int,
    look_back: int,
    start_fetch_time: str,
    end_fetch_time: str,
    created_time_field: str,
    date_format: str = "%Y-%m-%dT%H:%M:%S",
    increase_last_run_time: bool = False,
    new_offset: int | None = None,
) -> tuple[dict[str, Any], bool]:
    """The next time, limit and offset, and whether old ids may be forgotten (not while the time stands still)."""
    new_last_run: dict[str, Any]
    forget = True
    if new_offset:
        new_last_run = {"time": last_run.get("time")}
    elif not incidents:
        new_last_run = {"time": end_fetch_time, "limit": fetch_limit}
    else:
        latest = get_latest_incident_created_time(incidents, created_time_field, date_format, increase_last_run_time)
        known = len(last_run.get("found_incident_ids", [])) + len(incidents)
        new_last_run = {"time": latest, "limit": known + fetch_limit if look_back > 0 else fetch_limit}
        forget = latest != start_fetch_time
    if new_offset is not None:
        new_last_run.update(offset=new_offset, limit=fetch_limit)
    demisto.debug(f"lb: new last run: {new_last_run}")
    return new_last_run, forget


def update_last_run_object(
    last_run: dict[str, Any],
    incidents: list[dict[str, Any]],
    fetch_limit: int,
    start_fetch_time: str,
    end_fetch_time: str,
    look_back: int,
    created_time_field: str,
    id_field: str,
    date_format: str = "%Y-%m-%dT%H:%M:%S",
    increase_last_run_time: bool = False,
    new_offset: int | None = None,
) -> dict[str, Any]:
    """The last run, itself updated, with the next time, limit and offset and the ids which were found."""
    updated, forget = create_updated_last_run_object(
        last_run,
        incidents,
        fetch_limit,
        look_back or 0,
        start_fetch_time,
        end_fetch_time,
        created_time_field,
        date_format,
        increase_last_run_time,
        new_offset,
    )
    updated["found_incident_ids"] = get_found_incident_ids(last_run, incidents, look_back or 0, id_field, forget)
    last_run.update(updated)
    return last_run


def get_feed_last_run() -> dict[str, Any]:
    """The feed's last run; one from before feeds had any is moved here from the integration context."""
    last_run = demisto.getLastRun() or {}
    context = {} if last_run else demisto.getIntegrationContext()
    if context:
        demisto.setLastRun(context)
        demisto.setIntegrationContext({})
    return last_run or context or {}


def set_feed_last_run(last_run_indicators: dict[str, Any]) -> None:
    demisto.setLastRun(last_run_indicators)


# ------------------------------------------------------------------------------------------------ integration context


def set_integration_context(context: dict[str, Any], sync: bool = True, version: Any = -1) -> Any:
    """Stores the context of the instance.

    Args:
        sync: write to the database at once.
        version: the version on which the change is based; the server refuses an outdated one with a ValueError.
    """
    demisto.debug("Setting integration context")
    if is_versioned_context_available():
        return demisto.setIntegrationContextVersioned(context, version, sync)
    return demisto.setIntegrationContext(context)


def get_integration_context(sync: bool = True, with_version: bool = False) -> dict[str, Any]:
    """The context of the instance; `with_version` as `{'context': ..., 'version': ...}` where the server has versions."""
    if not is_versioned_context_available():
        return demisto.getIntegrationContext()
    versioned = demisto.getIntegrationContextVersioned(sync)
    return versioned if with_version else versioned.get("context", {})


def get_integration_context_with_version(sync: bool = True) -> tuple[dict[str, Any], Any]:
    """The context of the instance and its version, -1 where it is unknown."""
    latest = get_integration_context(sync, with_version=True)
    if not is_versioned_context_available():
        return latest, -1
    return latest.get("context", {}), latest.get("version", 0) if sync else -1


def update_integration_context(
    context: dict[str, Any], object_keys: dict[str, str] | None = None, sync: bool = True
) -> tuple[dict[str, Any], Any]:
    """The stored context with these keys replaced, as JSON texts, and its version.

    Args:
        object_keys: for lists of objects which are to be merged, the key that identifies an object.
    """
    latest, version = get_integration_context_with_version(sync)
    for key, value in context.items():
        if key in (object_keys or {}):
            value = merge_lists(json.loads(latest.get(key, "[]")), value, cast(dict, object_keys)[key])
        latest[key] = json.dumps(value)
    return latest, version


def set_to_integration_context_with_retries(
    context: dict[str, Any],
    object_keys: dict[str, str] | None = None,
    sync: bool = True,
    max_retry_times: int = CONTEXT_UPDATE_RETRY_TIMES,
) -> None:
    """Merges into the stored context, again on the latest version if somebody else was faster.

    Raises:
        Exception: when somebody else was faster each time.
    """
    for _ in range(max_retry_times):
        merged, version = update_integration_context(context, object_keys, sync)
        try:
            set_integration_context(merged, sync, version)
            return
        except ValueError as e:
            demisto.debug(f"Failed updating integration context with version {version}: {e}")
            time.sleep(randint(1, 100) / 1000)
    raise Exception("Failed updating integration context. Max retry attempts exceeded.")


# ---------------------------------------------------------------------------------------------------------- mirroring


class GetRemoteDataArgs:
    """The arguments of get-remote-data."""

    def __init__(self, args: dict[str, Any]) -> None:
        self.remote_incident_id = args["id"]
        self.last_update = args["lastUpdate"]


class GetModifiedRemoteDataArgs:
    """The arguments of get-modified-remote-data."""

    def __init__(self, args: dict[str, Any]) -> None:
        self.last_update = args["lastUpdate"]


class UpdateRemoteSystemArgs:
    """The arguments of update-remote-system."""

    def __init__(self, args: dict[str, Any]) -> None:
        self.data = args.get("data")
        self.entries = args.get("entries")
        self.incident_changed = args.get("incidentChanged")
        self.remote_incident_id = args.get("remoteId")
        self.inc_status = args.get("status")
        self.delta = args.get("delta")


class GetRemoteDataResponse:
    """The mirrored incident with new entries for its war room."""

    def __init__(self, mirrored_object: dict[str, Any], entries: list[Any]) -> None:
        self.mirrored_object = mirrored_object
        self.entries = entries

    def extract_for_local(self) -> list[Any] | None:
        return [self.mirrored_object, *self.entries] if self.mirrored_object else None


class GetModifiedRemoteDataResponse:
    """The ids of the incidents to fetch again."""

    def __init__(self, modified_incident_ids: list[str]) -> None:
        self.modified_incident_ids = modified_incident_ids

    def to_entry(self) -> dict[str, Any]:
        demisto.info(f"Modified incidents: {self.modified_incident_ids}")
        return {"Contents": self.modified_incident_ids, "Type": EntryType.NOTE, "ContentsFormat": EntryFormat.JSON}


class SchemeTypeMapping:
    """The fields of an incident type in the other system, with descriptions."""

    def __init__(self, type_name: str = "", fields: dict[str, str] | None = None) -> None:
        self.type_name = type_name
        self.fields = fields or {}

    def add_field(self, name: str, description: str = "") -> None:
        self.fields[name] = description

    def extract_mapping(self) -> dict[str, dict[str, str]]:
        return {self.type_name: self.fields}


class GetMappingFieldsResponse:
    """The incident types of the other system."""

    def __init__(self, scheme_types_mapping: list[SchemeTypeMapping] | None = None) -> None:
        self.scheme_types_mappings = scheme_types_mapping or []

    def add_scheme_type(self, scheme_type_mapping: SchemeTypeMapping) -> None:
        self.scheme_types_mappings.append(scheme_type_mapping)

    def extract_mapping(self) -> dict[str, dict[str, str]]:
        return {name: fields for mapping in self.scheme_types_mappings for name, fields in mapping.extract_mapping().items()}


def set_last_mirror_run(last_mirror_run: dict[Any, Any]) -> None:
    if not is_demisto_version_ge("6.6.0"):
        raise DemistoException("You cannot use setLastMirrorRun as your version is below 6.6.0")
    demisto.setLastMirrorRun(last_mirror_run)


def get_last_mirror_run() -> dict[Any, Any]:
    if not is_demisto_version_ge("6.6.0"):
        raise DemistoException("You cannot use getLastMirrorRun as your version is below 6.6.0")
    return demisto.getLastMirrorRun() or {}


# ----------------------------------------------------------------------------------------- commands of other integrations


def is_error(execute_command_result: Any) -> bool:
    """Whether an entry, or one of a list of entries, is an error."""
    entries = execute_command_result if isinstance(execute_command_result, list) else [execute_command_result]
    return any(type(entry) is dict and entry["Type"] == EntryType.ERROR for entry in entries)


isError = is_error


def get_error(execute_command_result: Any) -> Any:
    """The text of the error entries.

    Raises:
        ValueError: when there is none.
    """
    if not is_error(execute_command_result):
        raise ValueError("execute_command_result has no error entry. before using get_error use is_error")
    if isinstance(execute_command_result, dict):
        return execute_command_result["Contents"]
    return "\n".join(entry["Contents"] for entry in execute_command_result if is_error(entry))


def isCommandAvailable(cmd: str) -> bool:
    """Whether an instance of the tenant offers the command."""
    modules = demisto.getAllSupportedCommands().values()
    return any(command["name"] == cmd for commands in modules if isinstance(commands, list) for command in commands)


def execute_command(command: str, args: dict[str, Any], extract_contents: bool = True, fail_on_error: bool = True) -> Any:
    """Runs a command and answers with the Contents of its entries, without a list if it is one entry.

    Args:
        extract_contents: answer with the Contents, not with the entries.
        fail_on_error: raise on an error; otherwise answer with (success, contents or error text).

    Raises:
        DemistoException: for an error entry, and in an integration, which may not run commands.
    """
    if not hasattr(demisto, "executeCommand"):
        raise DemistoException("Cannot run demisto.executeCommand() from integrations.")
    entries = demisto.executeCommand(command, args)
    if is_error(entries):
        if fail_on_error:
            raise DemistoException(f"Failed to execute {command}. Error details:\n{get_error(entries)}")
        return False, get_error(entries)
    answer = entries
    if extract_contents:
        contents = [entry.get("Contents", {}) for entry in entries if entry["Type"] != entryTypes["debug"]]
        answer = contents[0] if len(contents) == 1 else contents
    return answer if fail_on_error else (True, answer)


class CommandRunner:
    """Runs several commands and tells results and errors apart."""

    class Command:
        """One command with several sets of arguments, or several commands with one set each."""

        def __init__(self, commands: Any, args_lst: Any, brand: str | None = None, instance: str | None = None) -> None:
            if isinstance(commands, str) and isinstance(args_lst, dict):
                commands, args_lst = [commands], [args_lst]
            elif isinstance(commands, str) and isinstance(args_lst, list):
                commands = [commands] * len(args_lst)
            if not isinstance(commands, list):
                raise DemistoException(f'Expected "commands" argument to be a list. received: {type(commands)}')
            if not isinstance(args_lst, list):
                raise DemistoException(f'Expected "args_lst" argument to be a list. received: {type(args_lst)}')
            if len(commands) != len(args_lst):
                raise DemistoException('"commands" and "args_lst" should be in the same size')
            for args in args_lst:
                args.update({**({"using-brand": brand} if brand else {}), **({"using": instance} if instance else {})})
            self.commands = commands
            self.args_lst = args_lst

    class Result:
        """What one instance answered: an entry or its Contents, or the text of its error."""

        def __init__(self, command: str, args: dict[str, Any], brand: str, instance: str, result: Any) -> None:
            self.command = command
            self.args = args
            self.brand = brand
            self.instance = instance
            self.result = result

    @staticmethod
    def execute_commands(command: "CommandRunner.Command", extract_contents: bool = True) -> tuple[list[Any], list[Any]]:
        """The results and the errors. A command which no instance supports yields neither."""
        results, errors = [], []
        for name, args in zip(command.commands, command.args_lst, strict=True):
            try:
                entries = demisto.executeCommand(name, args)
            except ValueError as e:
                demisto.debug(f"demisto.executeCommand received an error because the command is not supported: {e}")
                continue
            for entry in entries:
                source = entry if isinstance(entry, dict) else {}
                origin = source.get("Brand", "Unknown"), source.get("ModuleName", "Unknown")
                if is_error(entry):
                    errors.append(CommandRunner.Result(name, args, *origin, get_error(entry)))
                else:
                    result = entry.get("Contents", {}) if extract_contents else entry
                    results.append(CommandRunner.Result(name, args, *origin, {} if result is None else result))
        return results, errors

    @staticmethod
    def run_commands_with_summary(commands: list[Any]) -> list[Any]:
        """The entries of all commands, for `return_results`, and a table which says how each ended.

        Raises:
            DemistoException: when no command had a result.
        """
        outcomes = [CommandRunner.execute_commands(command, extract_contents=False) for command in commands]
        results = [result for succeeded, _ in outcomes for result in succeeded]
        errors = [error for _, failed in outcomes for error in failed]
        summary = CommandRunner.get_results_summary(results, errors)
        for found in results:
            if isinstance(found.result, dict) and found.result.get("HumanReadable"):
                found.result["HumanReadable"] = f"***{found.brand} ({found.instance})***\n{found.result['HumanReadable']}"
        if results:
            return [found.result for found in results] + [CommandResults(readable_output=summary)]
        if errors:
            raise DemistoException(
                "\n".join(
                    [
                        "Script failed. The following errors were encountered: ",
                        *(f"{error.instance}: {error.result}" for error in errors),
                    ]
                )
            )
        raise DemistoException(
            "The commands that run are not supported in this Instance. Try to configure the integrations in XSOAR settings."
        )

    @staticmethod
    def get_results_summary(results: list[Any], errors: list[Any]) -> str:
        def row(outcome: Any, verdict: str, comment: Any) -> dict[str, Any]:
            outcome.args.pop("using", None)
            outcome.args.pop("using-brand", None)
            return {
                "Instance": f"***{outcome.brand}***: {outcome.instance}",
                "Command": {"command": outcome.command, "args": outcome.args},
                "Result": verdict,
                "Comment": comment,
            }

        rows = [
            row(
                found,
                "Success",
                found.result.get("Contents", "No contents found, see entry.") if isinstance(found.result, dict) else None,
            )
            for found in results
        ]
        rows += [row(error, "Error", error.result) for error in errors]
        return tableToMarkdown(
            "Results Summary", rows, headers=["Instance", "Command", "Result", "Comment"], is_auto_json_transform=True
        )


# --------------------------------------------------------------------------------------------------- events for XSIAM


def split_data_to_chunks(data: Any, target_chunk_size: int) -> _abc.Iterator[list[Any]]:
    """Lists of events, each closed when it has reached the size (bytes in memory, at most 4 MB)."""
    limit = min(target_chunk_size, XSIAM_EVENT_CHUNK_SIZE_LIMIT)
    chunk: list[Any] = []
    size = 0
    for event in data.split("\n") if isinstance(data, str) else data:
        if size >= limit:
            yield chunk
            chunk, size = [], 0
        chunk.append(event)
        size += sys.getsizeof(event)
    if chunk:
        yield chunk


def xsiam_api_call_with_retries(
    client: BaseClient,
    xsiam_url: str,
    zipped_data: bytes,
    headers: dict[str, Any],
    num_of_attempts: int,
    events_error_handler: Any = None,
    error_msg: str = "",
    is_json_response: bool = False,
    data_type: str = EVENTS,
) -> Any:
    """Posts a chunk to the collector, after a second again when it answers 429; the last attempt raises.

    Raises:
        DemistoException: for an error status, or an error in the body of the answer.
    """
    response = None
    for attempt in range(1, num_of_attempts + 1):
        demisto.debug(f"Sending {data_type} into xsiam, attempt number {attempt}")
        response = client._http_request(
            method="POST",
            full_url=urljoin(xsiam_url, "/logs/v1/xsiam"),
            data=zipped_data,
            headers=headers,
            error_handler=events_error_handler,
            resp_type="response",
            ok_codes=(200, 429) if attempt < num_of_attempts else None,
        )
        demisto.debug(f"received status code: {response.status_code}")
        if response.status_code == 200:
            break
        if response.status_code == 429:
            time.sleep(1)
    if is_json_response and response:
        response = response.json()
        if response.get("error", "").lower() != "false":
            raise DemistoException(error_msg + response.get("error"))
    return response


def send_events_to_xsiam(
    events: Any,
    vendor: str,
    product: str,
    data_format: str | None = None,
    url_key: str = "url",
    num_of_attempts: int = 3,
    chunk_size: int = XSIAM_EVENT_CHUNK_SIZE,
    should_update_health_module: bool = True,
    add_proxy_to_request: bool = False,
) -> None:
    """Sends events to the tenant's data sets; see `send_data_to_xsiam`."""
    send_data_to_xsiam(
        events,
        vendor,
        product,
        data_format,
        url_key,
        num_of_attempts,
        chunk_size,
        data_type=EVENTS,
        should_update_health_module=should_update_health_module,
        add_proxy_to_request=add_proxy_to_request,
    )


def send_data_to_xsiam(
    data: Any,
    vendor: str,
    product: str,
    data_format: str | None = None,
    url_key: str = "url",
    num_of_attempts: int = 3,
    chunk_size: int = XSIAM_EVENT_CHUNK_SIZE,
    data_type: str = EVENTS,
    should_update_health_module: bool = True,
    add_proxy_to_request: bool = False,
    snapshot_id: str = "",
    items_count: Any = None,
) -> None:
    """Sends events or assets to the tenant's data sets, and shows their number as the health of the instance.

    The collector's address and token are in the licence. Without data nothing is sent, and the health says 0.

    Args:
        data: a list of dictionaries or texts, or one text with an event on each line.
        data_format: of one text: `cef`, `leef`, or `text` by default.
        url_key: the parameter with the address of the API, which is noted as the reporting device.
        chunk_size: bytes of events in one request.
        snapshot_id, items_count: of an asset snapshot that is sent in several calls.

    Raises:
        DemistoException: when the collector does not accept the data.
    """
    if data_type not in DATA_TYPES:
        demisto.debug(f"data type must be one of these values: {DATA_TYPES}")
        return
    if not data:
        demisto.debug(f"send_data_to_xsiam function received no {data_type}, skipping the API call to send {data_type} to XSIAM")
        demisto.updateModuleHealth({f"{data_type}Pulled": 0})
        return
    count = items_count or (len(data) if isinstance(data, list) else 1)
    if isinstance(data, list):
        if isinstance(data[0], dict):
            data_format = "json"
            data = [json.dumps(event) for event in data]
        data = "\n".join(data)
    elif not isinstance(data, str):
        raise DemistoException(f"Unsupported type: {type(data)} for the {data_type} parameter. Should be a string or list.")

    xsiam_url = f"https://api-{demisto.getLicenseCustomField('Http_Connector.url')}"
    headers = {
        "authorization": demisto.getLicenseCustomField("Http_Connector.token"),
        "format": data_format or "text",
        "product": product,
        "vendor": vendor,
        "content-encoding": "gzip",
        "collector-name": get_integration_name(),
        "instance-name": get_integration_instance_name(),
        "final-reporting-device": demisto.params().get(url_key),
        "collector-type": data_type,
    }
    if data_type == ASSETS:
        # The time comes first, so that the ids of later snapshots are greater.
        headers["snapshot-id"] = (snapshot_id or str(round(time.time() * 1000))) + get_integration_instance_name()
        headers["total-items-count"] = str(count)
    problem = f"Error sending new {data_type} into XSIAM.\n"

    def refused(res: Any) -> None:
        try:
            answer = res.json().get("error")
            # As on the platform, an answer without "error" ends in AttributeError.
            error = f"{res.reason}: {answer}" if answer.lower() == "false" else res.reason
        except ValueError:
            error = f"\n{res.text}" if res.text else "Received empty response from the server"
        demisto.error(
            f"{problem}Parameters used:\n\tURL: {xsiam_url}\n\nResponse status code: {res.status_code}\n"
            f"Error received:\n\t{error}"
        )
        raise DemistoException(problem + error)

    client = BaseClient(base_url=xsiam_url, proxy=add_proxy_to_request)
    data_size = 0
    for chunk in split_data_to_chunks(data, chunk_size):
        data_size += len(chunk)
        zipped_data = gzip.compress("\n".join(chunk).encode("utf-8"))
        xsiam_api_call_with_retries(
            client=client,
            xsiam_url=xsiam_url,
            zipped_data=zipped_data,
            headers=headers,
            num_of_attempts=num_of_attempts,
            events_error_handler=refused,
            error_msg=problem,
            is_json_response=True,
            data_type=data_type,
        )
    if should_update_health_module:
        demisto.updateModuleHealth({f"{data_type}Pulled": data_size})


# ------------------------------------------------------------------------------------------------------------ at load

disable_warnings()  # of urllib3, about requests whose certificates the user chose not to verify

if not os.getenv("COMMON_SERVER_NO_AUTO_PARAMS_REMOVE_NULLS") and hasattr(demisto, "params") and demisto.params():
    demisto.callingContext["params"] = SmartGetDict(demisto.params())

LOG = IntegrationLogger(debug_logging=is_debug_mode())
_requests_logger: DebugLogger | None = None
if is_debug_mode():
    _requests_logger = DebugLogger()
    _requests_logger.log_start_debug()
