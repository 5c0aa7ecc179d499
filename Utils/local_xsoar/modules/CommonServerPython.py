"""The common code which Cortex XSOAR loads before every Python integration, for running integrations locally.

Integrations begin with `from CommonServerPython import *`; in the unified script of a pack that line is gone and the
names are simply there. This module offers those of them that packs of this kind use, with the parameters, defaults,
return shapes and error texts of the platform's module, and no public name which the platform has not: code that works
here must work there. Each other name of the platform's is refused by name (the section *refused* says how to add one).
Where the platform's behaviour is odd but observable, it is kept, and a comment says so.

Everything lives in this one module, as on the platform, so that each run of a command can execute a fresh copy:
nothing is remembered outside the module object.

A function that is here has not each parameter of the platform's: Python refuses the others by their name.

Sections: names for integrations - constants - lines in tracebacks - the platform - proxies and certificates - text -
Markdown - arguments - data - indicators - command results - returning - polling - HTTP - logs - errors of commands - events for
XSIAM - refused - at load.

The interface is documented at https://xsoar.pan.dev/docs/reference/api/common-server-python: what stands there of an argument is
not repeated here.
"""

# The platform's interface has arguments named like builtins, works with naive local times and with file names.
# ruff: noqa: DTZ005, PTH123

# ------------------------------------------------------------------------------------------ names for integrations
# Integrations use these names without importing them, so an import which looks unused is not.

# Our own imports carry an underscore, which keeps them out of the star import.

import base64
import builtins as _builtins
import collections.abc as _abc
import gc  # noqa: F401
import gzip
import http.client as _http_client
import json
import logging
import os
import re
import socket  # noqa: F401
import ssl
import sys
import time
import traceback
import types  # noqa: F401
import urllib
import urllib.parse
import warnings  # noqa: F401
import xml.etree.ElementTree as ET  # noqa: F401
from abc import abstractmethod  # noqa: F401
from collections import OrderedDict  # noqa: F401
from dataclasses import dataclass as _dataclass
from datetime import datetime, timedelta, timezone  # noqa: F401
from functools import wraps
from inspect import currentframe
from random import randint  # noqa: F401
from threading import Lock  # noqa: F401
from typing import Any, Dict, List, Optional, Set, Union, cast  # noqa: F401, UP035

import dateparser
import demistomock as demisto
import requests
from requests.adapters import HTTPAdapter
from urllib3 import disable_warnings
from urllib3.util import Retry  # noqa: F401
from urllib3.util.ssl_ import create_urllib3_context

# ---------------------------------------------------------------------------------------------------------- constants

XSIAM_EVENT_CHUNK_SIZE = 2**20  # bytes
XSIAM_EVENT_CHUNK_SIZE_LIMIT = 4 * 10**6  # bytes
EVENTS = "events"
MASK = "<XX_REPLACED>"
SEND_PREFIX = "send: b'"
SAFE_SLEEP_START_TIME = datetime.now()
MAX_ERROR_MESSAGE_LENGTH = 50000
ENDPOINT_STATUS_OPTIONS = ["Online", "Offline", "Unknown"]


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


class EntryFormat:
    """How the Contents of an entry are written."""

    HTML = "html"
    TABLE = "table"
    JSON = "json"
    TEXT = "text"
    DBOT_RESPONSE = "dbotCommandResponse"
    MARKDOWN = "markdown"


class IncidentSeverity:
    UNKNOWN = 0
    INFO = 0.5
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4


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
    """Records the line where a source file starts or ends.

    Args:
        wrapper: lines between this one and the border of the whole inlined block, negative upwards.
    """
    block = _source_blocks.setdefault(module_name, _SourceBlock())
    setattr(block, start_end, line)
    setattr(block, f"outer_{start_end}", line + wrapper)


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


def is_demisto_version_ge(version: str) -> bool:
    """Whether the server has this version or a later one."""
    server, wanted = ([part.zfill(8) for part in text.split(".")] for text in (demisto.demistoVersion()["version"], version))
    return server >= wanted


def is_debug_mode() -> bool:
    """Whether the command was started with `debug-mode=true`."""
    return demisto.is_debug


def _calling_context() -> dict[str, Any]:
    return demisto.callingContext.get("context", {})


def get_integration_name() -> str:
    return _calling_context().get("IntegrationBrand", "")


def get_integration_instance_name() -> str:
    return _calling_context().get("IntegrationInstance", "")


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
    """On the platform it puts a lock around the calls to the server; here commands call no server."""


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


# --------------------------------------------------------------------------------------------------------------- text


def urljoin(url: str, suffix: str = "") -> str:
    """Both parts with exactly one slash between them (as far as each has at most one)."""
    return (url if url.endswith("/") else url + "/") + suffix.removeprefix("/")


def stringEscape(st: str) -> str:
    return st.replace("\r", "\\r").replace("\n", "\\n").replace("\t", "\\t")


def stringUnEscape(st: str) -> str:
    return st.replace("\\r", "\r").replace("\\n", "\n").replace("\\t", "\t")


def b64_encode(text: str) -> str:
    """Base64 of the text's UTF-8 bytes."""
    return base64.b64encode(text.encode("utf-8", "ignore")).decode()


# ----------------------------------------------------------------------------------------------------------- Markdown


def tableToMarkdown(
    name: Any,
    t: Any,
    headers: Any = None,
    headerTransform: Any = None,
    removeNull: bool = False,
) -> str:
    """A Markdown table, of rows or of one row. A single value, or a list of them, makes a table of one column.

    Without `headers` it has the keys of the first row. `removeNull` leaves out columns which are empty in all rows (False and 0
    are values).
    """
    title = f"### {name}\n" if name else ""
    if not t:
        return title + "**No entries.**\n"
    rows, headers = _table_rows(t, [headers] if isinstance(headers, str) and headers else headers)
    if removeNull:
        headers = [header for header in headers if any(row.get(header) not in ("", None, [], {}) for row in rows)]
    if not headers:
        return title + "**No entries.**\n"

    def cell(value: Any) -> str:
        return "" if value is None else _escaped(_one_level(value))

    heading = headerTransform or _escaped
    lines = ["|" + "|".join(heading(header) for header in headers) + "|", "|" + "|".join(["---"] * len(headers)) + "|"]
    lines += ["| " + " | ".join(cell(row.get(header)) for header in headers) + " |" for row in rows]
    return title + "\n".join(lines) + "\n"


def _table_rows(t: Any, headers: Any) -> tuple[list[dict[str, Any]], list[Any]]:
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
    return rows, headers or sorted(rows[0])


def _escaped(text: str) -> str:
    """A cell's text on one line, with what would break a table escaped."""
    return re.sub(r"([|`])", r"\\\1", re.sub("\r\n|\r|\n", "<br>", text))


def _as_json(data: Any) -> str:
    """A value in a cell: a list as its elements, other objects as JSON."""
    if isinstance(data, (str, bytes)):
        return data  # type: ignore[return-value]
    if isinstance(data, list):
        return ",\n".join(map(str, data))
    return json.dumps(data, ensure_ascii=False, default=str)


def _one_level(data: Any) -> str:
    """A cell with one line per key, and nested values as JSON."""
    return "\n".join(f"{key}: {_as_json(value)}" for key, value in data.items()) if isinstance(data, dict) else _as_json(data)


# ---------------------------------------------------------------------------------------------------------- arguments


def argToList(arg: Any) -> list[Any]:
    """The argument as a list: of text split at commas, of a JSON array, of a single value."""
    if not arg:
        return []
    if isinstance(arg, list):
        return arg
    if not isinstance(arg, (str, bytes)):
        return [arg]
    if arg[0] == "[" and arg[-1] == "]":
        try:
            return json.loads(arg)
        except ValueError:
            demisto.debug("argToList: the argument looks like a JSON array and is none; splitting it")
    return [part.strip() for part in arg.split(",")]  # type: ignore[arg-type]


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


def arg_to_number(arg: Any) -> int | None:
    """The argument as a whole number; decimals in a text are cut off. None for a missing or an empty argument.

    Raises:
        ValueError: when it is no number.
    """
    if arg is None or arg == "":
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
    raise ValueError(f'"{arg}" is not a valid number')


def arg_to_datetime(arg: Any) -> datetime | None:
    """The argument as a time: epoch seconds or milliseconds, ISO 8601, or words such as `3 days`. None for None.

    Raises:
        ValueError: when it is no time.
    """
    if arg is None:
        return None
    if isinstance(arg, (int, float)) or (isinstance(arg, str) and arg.isdigit()):
        seconds = float(arg)
        if seconds > 2_000_000_000:  # no sensible date in seconds: these are milliseconds
            seconds /= 1000
        return datetime.fromtimestamp(seconds, timezone.utc)
    date = dateparser.parse(arg, settings={"TIMEZONE": "UTC"}) if isinstance(arg, str) else None
    if date is None:
        raise ValueError(f'"{arg}" is not a valid date')
    return date


# --------------------------------------------------------------------------------------------------------------- data


class SmartGetDict(dict):
    """A dictionary whose `get` answers with the default for None as well: empty parameters of an instance are None."""

    def get(self, key: Any, default: Any = None) -> Any:
        value = super().get(key)
        return default if value is None else value


def dict_safe_get(dict_object: Any, keys: Any, default_return_value: Any = None) -> Any:
    """The value under a path of keys and indexes, or the default."""
    try:
        for key in keys:
            dict_object = dict_object[key]
    except (KeyError, TypeError, IndexError, AttributeError):
        return default_return_value
    return dict_object


def batch(iterable: Any, batch_size: int = 1) -> _abc.Iterator[Any]:
    """Slices of at most this size."""
    for start in range(0, len(iterable), batch_size):
        yield iterable[start : start + batch_size]


# --------------------------------------------------------------------------------------------------------- indicators


class Common:
    """Indicators, with the context that the platform keeps about each: here computers, of all kinds of them."""

    class Endpoint:
        """A computer. Its states are those of ENDPOINT_STATUS_OPTIONS."""

        CONTEXT_PATH = "Endpoint(val.ID && val.ID == obj.ID && val.Vendor == obj.Vendor)"

        def __init__(
            self,
            id: Any,  # noqa: A002
            hostname: Any = None,
            ip_address: Any = None,
            domain: Any = None,
            mac_address: Any = None,
            os: Any = None,
            os_version: Any = None,
            *,
            bios_version: Any = None,
            model: Any = None,
            vendor: Any = None,
            status: Any = None,
        ) -> None:
            self.id = id
            self.status = status
            self._known = {
                "Hostname": hostname,
                "IPAddress": ip_address,
                "Domain": domain,
                "MACAddress": mac_address,
                "OS": os,
                "OSVersion": os_version,
                "BIOSVersion": bios_version,
                "Model": model,
                "Vendor": vendor,
                "Status": status,
            }

        def to_context(self) -> dict[str, Any]:
            if self.status and self.status not in ENDPOINT_STATUS_OPTIONS:
                raise ValueError("Status does not have a valid value such as: Online or Offline")
            known = {key: value for key, value in self._known.items() if value}
            return {self.CONTEXT_PATH: {"ID": self.id, **known}}


# ---------------------------------------------------------------------------------------------------- command results


class ScheduledCommand:
    """Has the server run a command again, after 10 seconds at least. The time-out counts from the first run."""

    def __init__(
        self,
        command: str,
        next_run_in_seconds: int,
        args: dict[str, Any] | None = None,
        timeout_in_seconds: int | None = None,
    ) -> None:
        self._schedule: dict[str, Any] = {
            "PollingCommand": command,
            "NextRun": str(max(next_run_in_seconds, 10)),
            "PollingItemsRemaining": 0,
        }
        if args:
            self._schedule["PollingArgs"] = args
        if timeout_in_seconds:
            self._schedule["Timeout"] = str(timeout_in_seconds)

    def to_results(self) -> dict[str, Any]:
        return self._schedule


@_dataclass(eq=False, repr=False, kw_only=True)
class CommandResults:
    """The result of a command, to be given to `return_results`.

    A dictionary of outputs without a prefix holds complete context paths. Without a text the war room shows a table of the
    outputs, without a raw response they are that too.

    Raises:
        ValueError, TypeError: for arguments which contradict each other.
    """

    outputs_prefix: str | None = None
    outputs_key_field: Any = None
    outputs: Any = None
    readable_output: str | None = None
    raw_response: Any = None
    indicator: Any = None
    scheduled_command: ScheduledCommand | None = None
    entry_type: int | None = None
    execution_metrics: Any = None

    def __post_init__(self) -> None:
        if self.outputs is not None:
            if not isinstance(self.outputs, dict) and not self.outputs_prefix:
                raise ValueError("outputs_prefix is missing")
            if self.outputs_prefix == ".":
                raise ValueError("outputs_prefix cannot be a period.")
        if self.outputs_key_field and not isinstance(self.outputs_key_field, (str, bytes, list)):
            raise TypeError("outputs_key_field must be of type str or list")
        if self.raw_response is None:
            self.raw_response = self.outputs
        if self.entry_type is None:
            self.entry_type = EntryType.NOTE

    def to_context(self) -> dict[str, Any]:
        """The war-room entry."""
        plain = isinstance(self.raw_response, (str, bytes, int))
        indicators = {path: [value] for path, value in self.indicator.to_context().items()} if self.indicator else {}
        entry = {
            "Type": self.entry_type,
            "ContentsFormat": EntryFormat.TEXT if plain else EntryFormat.JSON,
            "Contents": self.raw_response,
            "HumanReadable": self._human_readable(),
            "EntryContext": {**indicators, **self._outputs_context()},
            "IndicatorTimeline": [],
            "IgnoreAutoExtract": False,
            "Note": False,
            "Relationships": [],
        }
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

    def _human_readable(self) -> Any:
        if self.readable_output:
            return self.readable_output
        if not self._has_outputs():
            return None
        return tableToMarkdown("Results", self.outputs) if isinstance(self.outputs, (dict, list)) else self.outputs

    def _outputs_context(self) -> dict[str, Any]:
        if not self._has_outputs():
            return {}
        if not self.outputs_prefix:
            return self.outputs
        if not self.outputs_key_field:
            return {self.outputs_prefix: self.outputs}
        keys = self.outputs_key_field if isinstance(self.outputs_key_field, list) else [self.outputs_key_field]
        same = " && ".join(f"val.{key} && val.{key} == obj.{key}" for key in keys)
        return {f"{self.outputs_prefix}({same})": self.outputs}


class ExecutionMetrics:
    """Counts the outcomes of API calls; `metrics` is the result which reports them, None while all are 0."""

    success = quota_error = general_error = auth_error = service_error = 0
    connection_error = proxy_error = ssl_error = timeout_error = retry_error = 0

    def __init__(self) -> None:
        self._counted: dict[str, dict[str, Any]] = {}
        self.metrics: CommandResults | None = None

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        error_type = getattr(ErrorTypes, name.upper(), None)
        if error_type and value > 0:
            self._counted[error_type] = {"Type": error_type, "APICallsCount": value}
            self.metrics = CommandResults(execution_metrics=list(self._counted.values()))

    @staticmethod
    def is_supported() -> bool:
        return is_demisto_version_ge("6.8.0")


def append_metrics(execution_metrics: ExecutionMetrics, results: list[Any]) -> list[Any]:
    """The results with the metrics added, where the server supports them."""
    if execution_metrics.metrics is not None and execution_metrics.is_supported():
        results.append(execution_metrics.metrics)
    return results


def fileResult(filename: Any, data: Any, file_type: int | None = None) -> dict[str, Any]:
    """An entry with a new file. The server takes it from the working directory, by the investigation's and the file's id.

    Args:
        file_type: `EntryType.FILE` by default, or `EntryType.ENTRY_INFO_FILE`.
    """
    name = filename.replace("../", "") if isinstance(filename, str) else filename  # the server would look for it elsewhere
    file_id = demisto.uniqueFile()
    with open(f"{demisto.investigation()['id']}_{file_id}", "wb") as file:
        file.write(data.encode("utf-8") if isinstance(data, str) else data)
    kind = EntryType.FILE if file_type is None else file_type
    return {"Contents": "", "ContentsFormat": EntryFormat.TEXT, "Type": kind, "File": name, "FileID": file_id}


# ---------------------------------------------------------------------------------------------------------- returning


def return_results(results: Any) -> None:
    """Writes results to the war room: CommandResults, entries, text, or a list of them.

    In a list, entries and texts are written together after the others.
    """
    if not results or not isinstance(results, list):
        demisto.results(results.to_context() if isinstance(results, CommandResults) else results)
        return
    plain = [result for result in results if isinstance(result, (dict, str))]
    for result in results:
        if not isinstance(result, (dict, str)):
            return_results(result)
    if plain:
        demisto.results(plain)


_FAIL_BY_EXCEPTION = ("fetch-incidents", "fetch-credentials", "long-running-execution", "fetch-indicators")


def return_error(message: Any, *, outputs: Any = None) -> None:
    """Ends the command with an error entry, and exit status 0. Known secrets in the message are masked.

    Fetch and long-running commands have no war room: they end with an exception which the server shows. The traceback
    of an exception being handled goes into the log, and in debug mode into the message.

    Raises:
        SystemExit: after the entry was written.
        Exception: with the message, in fetch and long-running commands.
    """
    text = LOG(message)
    if sys.exc_info()[0]:
        trace = fix_traceback_line_numbers(traceback.format_exc())
        LOG(f"\n{trace}")
        if is_debug_mode():
            text = f"{text}\n\n{trace}"
    LOG.print_log()

    if demisto.command() in _FAIL_BY_EXCEPTION:
        raise Exception(text)
    if len(text) > MAX_ERROR_MESSAGE_LENGTH:
        half = MAX_ERROR_MESSAGE_LENGTH // 2
        text = f"{text[:half]}...This error body was truncated...{text[-half:]}"
    demisto.results({"Type": EntryType.ERROR, "ContentsFormat": EntryFormat.TEXT, "Contents": text, "EntryContext": outputs})
    sys.exit(0)


# ------------------------------------------------------------------------------------------------------------ polling


@_dataclass(eq=False, repr=False)
class PollResult:
    """The result of one round of a polling command.

    Without `args_for_next_run` the next round has the arguments of this one; `partial_result` is shown although it follows.
    """

    response: Any
    continue_to_poll: Any = False
    args_for_next_run: dict[str, Any] | None = None
    partial_result: CommandResults | None = None


def polling_function(
    name: str,
    interval: int = 30,
    timeout: int = 600,
    poll_message: str = "Fetching Results:",
    *,
    requires_polling_arg: bool = True,
) -> _abc.Callable[..., Any]:
    """Makes a function that returns a PollResult, with the command's arguments first, a command which polls.

    `interval` and `timeout` are in seconds. The war room shows `poll_message` unless the command has `hide_polling_output` set.
    """

    def decorate(func: _abc.Callable[..., PollResult]) -> _abc.Callable[..., Any]:
        @wraps(func)
        def run(args: dict[str, Any], *arguments: Any, **kwargs: Any) -> Any:
            if requires_polling_arg and not argToBoolean(args.get("polling", False)):
                return func(args, *arguments, **kwargs).response
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


_CONNECTION_ADVICE = {
    requests.exceptions.ConnectTimeout: (
        "Connection Timeout Error - potential reasons might be that the Server URL parameter is incorrect or that "
        "the Server is not accessible from your host."
    ),
    requests.exceptions.SSLError: (
        "SSL Certificate Verification Failed - try selecting 'Trust any certificate' checkbox in the integration configuration."
    ),
    requests.exceptions.ProxyError: (
        "Proxy Error - if the 'Use system proxy' checkbox in the integration configuration is selected, try "
        "clearing the checkbox."
    ),
}


class BaseClient:
    """An HTTP client for one API.

    Without `verify`, bundles in the environment do not count either; without `proxy`, proxies are removed from it. `timeout` is
    in seconds, and the environment has precedence: `REQUESTS_TIMEOUT.<integration>`, then `REQUESTS_TIMEOUT`.
    """

    REQUESTS_TIMEOUT = 60

    def __init__(
        self,
        base_url: str,
        verify: bool = True,
        proxy: bool = False,
        *,
        timeout: float = REQUESTS_TIMEOUT,
    ) -> None:
        self._base_url = base_url
        self._verify: bool | str = verify
        self._session = requests.Session()
        if proxy:
            ensure_proxy_has_http_prefix()
        else:
            skip_proxy()
        if not verify:
            self._session.mount("https://", SSLAdapter(verify=verify))
            skip_cert_verification()
        own_timeout = os.getenv("REQUESTS_TIMEOUT." + get_integration_name(), "")
        self.timeout = float(own_timeout or os.getenv("REQUESTS_TIMEOUT", "") or timeout)

    def __del__(self) -> None:
        if hasattr(self, "_session"):  # not after a constructor which raised
            self._session.close()

    def _http_request(
        self,
        method: str,
        url_suffix: str = "",
        *,
        timeout: Any = None,
        resp_type: str = "json",
        ok_codes: Any = None,
        error_handler: Any = None,
        **kwargs: Any,
    ) -> Any:
        """Sends a request and answers with the body: `json`, `text`, `content` (bytes), or the `requests.Response` for any other
        `resp_type`. If `error_handler` returns, the answer is used. What is not named here is for `requests.Session.request`.

        Raises:
            DemistoException: for an error status (`res`), a body which is no JSON (`res`), or no connection
                (`exception`). Time-outs while reading, and other faults of requests, come as they are.
        """
        try:
            res = self._session.request(
                method, urljoin(self._base_url, url_suffix), verify=self._verify, timeout=timeout or self.timeout, **kwargs
            )
        except requests.exceptions.ConnectionError as exception:
            if isinstance(exception, requests.exceptions.SSLError) and not self._verify:
                raise  # the advice has been taken already
            raise DemistoException(self._why_not_connected(exception), exception) from exception
        if not (res.status_code in ok_codes if ok_codes else res.ok):
            (error_handler or self.client_error_handler)(res)
        return self.cast_response(res, resp_type)

    @staticmethod
    def _why_not_connected(exception: Any) -> str:
        """In the user's terms."""
        for kind, advice in _CONNECTION_ADVICE.items():
            if isinstance(exception, kind):
                return advice
        detail = (
            f"Error Number: [{exception.errno}]\nMessage: {exception.strerror}\n"
            if exception.errno and exception.strerror
            else str(exception)
        )
        return (
            "Verify that the server URL parameter is correct and that you have access to the server from your host.\n"
            f"Error Type: <{type(exception).__module__}.{type(exception).__qualname__}>\n{detail}"
        )

    def cast_response(self, res: Any, resp_type: str) -> Any:
        """The body as `resp_type` asks for it; see `_http_request`."""
        resp_type = resp_type.lower()
        if resp_type != "json":
            return {"text": lambda: res.text, "content": lambda: res.content}.get(resp_type, lambda: res)()
        try:
            return res.json()
        except ValueError as exception:
            raise DemistoException(f"Failed to parse json object from response: {res.content}", exception, res) from exception

    def client_error_handler(self, res: Any) -> None:
        """Raises the DemistoException for an error status."""
        try:
            detail = json.dumps(res.json())
        except ValueError:
            detail = res.text
        raise DemistoException(f"Error in API call [{res.status_code}] - {res.reason}\n{detail}", res=res)


# --------------------------------------------------------------------------------------------------------------- logs

_SECRET_PARAMETERS = ("key", "private", "password", "secret", "token", "credentials", "service_account")


class IntegrationLogger:
    """A log in which the instance's secrets, and strings added later, are masked.

    Called with a message it keeps it until `print_log`. It can stand for a file, which is how it receives what `http.client`
    and Python's logging write in debug mode.
    """

    def __init__(self, debug_logging: bool = False) -> None:
        self.messages: list[str] = []
        self.write_buf: list[str] = []
        self.replace_strs: list[str] = []
        self.debug_logging = debug_logging
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
        self.messages.append(text)
        if self.debug_logging:
            demisto.debug(text)
        return text

    def print_log(self) -> None:
        """Logs what was kept."""
        if self.messages and not self.debug_logging:  # which has logged each message already
            demisto.info("Full Integration Log:\n" + "\n".join(self.messages))
        self.messages = []

    def write(self, msg: Any) -> None:
        """Takes text as a file does, and logs it line by line."""
        text = self.encode(msg)
        self.write_buf.append(text.removesuffix("\n"))
        if "\n" not in text:
            return
        line = "".join(self.write_buf)
        self.write_buf = []
        if line.startswith(("send:", "header:")):
            line = censor_request_logs(line.replace('send: b"', SEND_PREFIX))
        demisto.info(line)

    def print_override(self, *args: Any, **kwargs: Any) -> None:
        """Stands for `print` in another module: what would go to the terminal goes to the log."""
        _builtins.print(*args, **kwargs, file=self)


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


class DebugLogger:
    """Debug mode: the HTTP traffic and everything given to Python's logging goes, masked, to the platform's log.

    It lasts until the object is dropped.
    """

    def __init__(self) -> None:
        self.int_logger = IntegrationLogger()
        self.handler = logging.StreamHandler(self.int_logger)
        self.handler.setFormatter(logging.Formatter("python logging: %(levelname)s [%(name)s] - %(message)s"))
        self.root_logger = logging.getLogger()
        connection = _http_client.HTTPConnection
        self._before = (
            vars(_http_client).get("print"),
            connection.debuglevel,
            self.root_logger.handlers[:],
            self.root_logger.level,
        )
        _http_client.print = self.int_logger.print_override  # type: ignore[attr-defined]
        connection.debuglevel = 1
        self.root_logger.handlers[:] = [self.handler]
        self.root_logger.setLevel(logging.DEBUG)

    def __del__(self) -> None:
        previous_print, debuglevel, handlers, level = self._before
        self.root_logger.handlers[:] = handlers
        self.root_logger.setLevel(level)
        self.handler.close()
        _http_client.HTTPConnection.debuglevel = debuglevel
        if previous_print:
            _http_client.print = previous_print  # type: ignore[attr-defined]
        else:
            del _http_client.print  # type: ignore[attr-defined]

    def log_start_debug(self) -> None:
        lines = [
            "debug-mode started.",
            f"Params: {json.dumps(demisto.params(), indent=2)}.",
            f"Docker image: [{_calling_context().get('DockerImage')}]",
            f"Integration: brand: [{get_integration_name()}] instance: [{get_integration_instance_name()}]",
        ]
        self.int_logger.write("\n#### ".join(lines) + "\n")


def add_sensitive_log_strs(sensitive_str: str) -> None:
    """Masks the string in the logs from now on, such as a token which was fetched by the command."""
    if _requests_logger:
        _requests_logger.int_logger.add_replace_strs(sensitive_str)
    LOG.add_replace_strs(sensitive_str)


# ------------------------------------------------------------------------------------------------- errors of commands


def is_error(execute_command_result: Any) -> bool:
    """Whether an entry, or one of a list of entries, is an error."""
    entries = execute_command_result if isinstance(execute_command_result, list) else [execute_command_result]
    return any(type(entry) is dict and entry["Type"] == EntryType.ERROR for entry in entries)


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


# --------------------------------------------------------------------------------------------------- events for XSIAM


def split_data_to_chunks(data: str, target_chunk_size: int) -> _abc.Iterator[list[str]]:
    """Lists of lines, each closed when it has reached the size (bytes in memory, at most 4 MB)."""
    limit = min(target_chunk_size, XSIAM_EVENT_CHUNK_SIZE_LIMIT)
    chunk: list[str] = []
    size = 0
    for line in data.split("\n"):
        if size >= limit:
            yield chunk
            chunk, size = [], 0
        chunk.append(line)
        size += sys.getsizeof(line)
    yield chunk


def send_events_to_xsiam(
    events: Any,
    vendor: str,
    product: str,
    data_format: str | None = None,
    *,
    chunk_size: int = XSIAM_EVENT_CHUNK_SIZE,
    should_update_health_module: bool = True,
) -> None:
    """Sends events to the tenant's data sets, and shows their number as the health of the instance.

    The collector's address and token are in the licence. Without events nothing is sent, and the health says 0.

    Args:
        events: a list of dictionaries or texts, or one text with an event on each line.
        data_format: of texts: `cef`, `leef`, or `text` by default.
        chunk_size: bytes of events in one request.

    Raises:
        DemistoException: when the collector does not accept the data.
    """
    if not events:
        demisto.debug("There are no events, nothing is sent to XSIAM.")
        demisto.updateModuleHealth({f"{EVENTS}Pulled": 0})
        return
    if isinstance(events, list):
        if isinstance(events[0], dict):
            data_format = "json"
            events = [json.dumps(event) for event in events]
        events = "\n".join(events)
    elif not isinstance(events, str):
        raise DemistoException(f"Unsupported type: {type(events)} for the {EVENTS} parameter. Should be a string or list.")

    url = f"https://api-{demisto.getLicenseCustomField('Http_Connector.url')}"
    headers = {
        "authorization": demisto.getLicenseCustomField("Http_Connector.token"),
        "format": data_format or "text",
        "product": product,
        "vendor": vendor,
        "content-encoding": "gzip",
        "collector-name": get_integration_name(),
        "instance-name": get_integration_instance_name(),
        "final-reporting-device": demisto.params().get("url"),
        "collector-type": EVENTS,
    }
    client = BaseClient(base_url=url)
    for chunk in split_data_to_chunks(events, chunk_size):
        answer = _post_to_collector(client, headers, gzip.compress("\n".join(chunk).encode("utf-8"))).json()
        if answer.get("error", "").lower() != "false":
            raise DemistoException(_NOT_SENT + answer.get("error"))
    if should_update_health_module:
        demisto.updateModuleHealth({f"{EVENTS}Pulled": events.count("\n") + 1})


_NOT_SENT = f"Error sending new {EVENTS} into XSIAM.\n"


def _post_to_collector(client: BaseClient, headers: dict[str, Any], body: bytes, attempts: int = 3) -> Any:
    """The Response of the collector, which is asked after a second again when it answers 429; the last attempt raises."""

    def refused(res: Any) -> None:
        try:
            answer = res.json().get("error")
            # As on the platform, an answer without "error" ends in AttributeError.
            error = f"{res.reason}: {answer}" if answer.lower() == "false" else res.reason
        except ValueError:
            error = f"\n{res.text}" if res.text else "Received empty response from the server"
        demisto.error(f"{_NOT_SENT}Response status code: {res.status_code}\nError received:\n\t{error}")
        raise DemistoException(_NOT_SENT + error)

    for ok_codes in [(200, 429)] * (attempts - 1) + [None]:
        response = client._http_request(
            "POST",
            "/logs/v1/xsiam",
            data=body,
            headers=headers,
            error_handler=refused,
            resp_type="response",
            ok_codes=ok_codes,
        )
        demisto.debug(f"received status code: {response.status_code}")
        if response.status_code == 200:
            break
        time.sleep(1)
    return response


# ------------------------------------------------------------------------------------------------------------ refused


class _Refused:
    """A name of the platform's module that this one has not: whatever is done with it says so."""

    def __init__(self, name: str) -> None:
        self._name = name

    def _refuse(self, *_args: Any, **_kwargs: Any) -> Any:
        raise NotImplementedError(
            f"CommonServerPython.{self._name} is not part of the local XSOAR, which has what packs of this kind use. "
            "`make genuine` brings the platform's own module, which has it; to have it here, take its name out of "
            "_REFUSED_NAMES in Utils/local_xsoar/modules/CommonServerPython.py and write it there as the platform documents it."
        )

    __call__ = __getattr__ = __getitem__ = __contains__ = __iter__ = __len__ = __bool__ = __str__ = __format__ = _refuse
    __eq__ = __lt__ = __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __or__ = __ror__ = _refuse
    __mro_entries__ = __instancecheck__ = __subclasscheck__ = _refuse


_REFUSED_NAMES = """
    ASSETS AutoFocusKeyRetriever BarColumnPieWidget BaseWidget CONTENT_BRANCH_NAME CONTENT_RELEASE_VERSION
    CONTEXT_UPDATE_RETRY_TIMES CommandRunner ConfKey DATA_TYPES DBotScoreReliability DBotScoreType DemistoHandler
    ENDPOINT_ISISOLATED_OPTIONS EXECUTION_METRICS_SCRIPT_SKIP_MSG EntityRelationship FeedIndicatorType FileAttachmentType
    FormatADTimestamp FormatIso8601 GetDemistoVersion GetMappingFieldsResponse GetModifiedRemoteDataArgs
    GetModifiedRemoteDataResponse GetRemoteDataArgs GetRemoteDataResponse HOUR INDICATOR_TYPE_TO_CONTEXT_KEY IS_PY3 IncidentStatus
    IndicatorsSearcher IndicatorsTimeline InputArgument JsonTransformer LineWidget LooseVersion MARKDOWN_CHARS
    MIN_VERSION_FOR_VERSIONED_CONTEXT NormalizeRegistryPath NumberWidget OS_LINUX OS_MAC OS_WINDOWS OutputArgument
    PROFILING_DUMP_ROWS_LIMIT PY_VER_MINOR ParameterTypes PrettifyCompactedTimestamp STIX_PREFIX STRING_OBJ_TYPES STRING_TYPES
    SchemeTypeMapping TableOrListWidget TextWidget ThreatIntel TrendWidget UpdateRemoteSystemArgs WarningsHandler
    YMLMetadataCollector ZERO appendContext assign_params auto_detect_indicator_type aws_table_to_markdown brands build_dbot_entry
    build_malicious_dbot_entry calculate_new_offset camel_case_to_underscore camelize camelize_string
    comma_separated_mapping_to_dict convert_dict_values_bytes_to_str createContext createContextSingle create_clickable_url
    create_indicator_result_with_dbotscore_unknown create_updated_last_run_object cveRegex date_to_timestamp datetime_to_string
    detect_file_indicator_type domainRegex elem2json elem_to_internal emailRegex encode_string_results entryTypes epochToTimestamp
    excluded_globals excluded_types_names execute_command file_result_existing_file filter_incidents_by_duplicates_and_limit
    flattenCell flattenRow flattenTable formatAllArgs formatCell formatEpochDate formatTimeColumns formats generic_http_request
    get_current_time get_demisto_version get_demisto_version_as_str get_feed_last_run get_fetch_run_time_range
    get_found_incident_ids get_hash_type get_integration_context get_integration_context_with_version get_last_mirror_run
    get_latest_incident_created_time get_message_classes_dump get_message_global_vars get_message_local_vars
    get_message_memory_dump get_message_modules_sizes get_message_threads_dump get_pack_version get_schedule_metadata
    get_script_name get_server_config get_size_of_object get_tenant_account_name get_x_content_info_headers handle_proxy
    handle_proxy_for_long_running has_passed_time_threshold hashRegex hash_djb2 indicators_value_to_clickable internal_to_elem
    ipv4Regex ipv4cidrRegex ipv6Regex ipv6cidrRegex isCommandAvailable isError is_filename_valid is_integration_command_execution
    is_ip_valid is_ipv6_valid is_mac_address is_scheduled_command_retry is_time_sensitive is_using_engine
    is_versioned_context_available is_xsiam is_xsiam_or_xsoar_saas is_xsoar is_xsoar_hosted is_xsoar_on_prem is_xsoar_saas
    json2elem json2xml logger md5Regex merge_lists outputPaths parse_date_range parse_date_string parse_json_string pascalRegex
    pascalToSpace positiveFile positiveIp positiveUrl providers raiseTable regexFlags register_signal_handler_profiling_dump
    remove_duplicates_from_list_arg remove_empty_elements remove_nulls_from_dictionary remove_old_incidents_ids replace_in_keys
    replace_spaces_in_credential response_to_context retry return_outputs return_warning safe_load_json scoreToReputation
    sectionsToMarkdown send_data_to_xsiam set_feed_last_run set_integration_context set_last_mirror_run
    set_to_integration_context_with_retries sha1Regex sha256Regex sha512Regex shortCrowdStrike shortDomain shortFile shortIp
    shortUrl shorten_string_for_printing signal_handler_profiling_dump snakify stringEscapeMD string_to_context_key
    string_to_table_header strip_tag tblToMd thresholds timestamp_to_datestring underscoreToCamelCase update_integration_context
    update_last_run_object urlRegex url_to_clickable_markdown vtCountPositives xml2json xsiam_api_call_with_retries zoomField
    Common.Account Common.AttackPattern Common.Behaviors Common.CPE Common.CVE Common.Certificate Common.CertificateExtension
    Common.CertificatePublicKey Common.Certificates Common.CommunityNotes Common.Cryptocurrency Common.CustomIndicator
    Common.DBotScore Common.DNSRecord Common.Domain Common.EMAIL Common.ExternalReference Common.FeedRelatedIndicators Common.File
    Common.FileSignature Common.GeneralName Common.Hash Common.IP Common.Indicator Common.Publications Common.Rank
    Common.ThreatTypes Common.URL Common.WhoisRecord
"""
for _name in _REFUSED_NAMES.split():
    if _name.startswith("Common."):
        setattr(Common, _name.removeprefix("Common."), _Refused(_name))
    else:
        globals()[_name] = _Refused(_name)


# ------------------------------------------------------------------------------------------------------------ at load

disable_warnings()  # of urllib3, about requests whose certificates the user chose not to verify

if demisto.params():
    demisto.callingContext["params"] = SmartGetDict(demisto.params())

LOG = IntegrationLogger(debug_logging=is_debug_mode())
_requests_logger: DebugLogger | None = None
if is_debug_mode():
    _requests_logger = DebugLogger()
    _requests_logger.log_start_debug()
