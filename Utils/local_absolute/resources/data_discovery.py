"""Endpoint Data Discovery: files with regulated data (/reporting/edd-matchdetail), and the newest scans (/reporting/edd-summary).

The document shows one object as the answer of each, though the first are paged like lists (Options.data_discovery).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from ..data_discovery import is_scanned, matches, summary
from ..devices import Device
from ..listing import list_answer
from ..permissions import Permission
from ..query import ListQuery, ListRules, refuse_unknown_parameters, selected, simple_filter, suffixed_filters
from ..routes import Answer, Call, Route, path_device

_NAMES = """
    itemId deviceIdentifier userName deviceSerialNo deviceManufacturer deviceModelNo deviceName deviceUid fileName fileExt
    fileNameNoPath fileHash fileOwner contentType matches matchedTokens tokenOffsets tokenLengths algorithmMatchedMetadata
    mergedViolations algorithmMatchIndex mqFileDateTime fileMatchStatus scanGuid scanGuidSequence fileContentHash
    quotaDelimited policyGroupName excludeFromReport platformType createdDateTimeUtc lastAccessedDateTimeUtc
    lastedModifiedDateTimeUtc scanDateUtc dlStatus dlStatusEnabled score score.systemId score.name score.matchScore espInfo
    espInfo.encryptionProductName espInfo.encryptionVersion espInfo.encryptionAlgorithm espInfo.encryptionStatusDescription
    espInfo.encryptionKeySize espInfo.hardwareEncryption espInfo.lastEncryptionDataReceivedUtc espInfo.encryptionStatus
    espInfo.allDrivesEncrypted
"""
FIELDS = frozenset(_NAMES.split())
_TEXTS = suffixed_filters("deviceUid fileMatchStatus matchScore", "=")
_SCORE = replace(_TEXTS["matchScore"], path=("score", "matchScore"), kind="integer")
FILTERS = {**_TEXTS, "matchScore": _SCORE, **suffixed_filters("scanDateUtc", "From To")}
RULES = ListRules(default_page_size=10, selectable=FIELDS, sort_keys=("itemId", "scanDateUtc"))


def list_matches(call: Call) -> Answer:
    return _matches(call, call.devices())


def list_matches_of_device(call: Call) -> Answer:
    return _matches(call, [path_device(call)])


def _matches(call: Call, devices: Iterable[Device]) -> Answer:
    now, policies = call.account.clock.now(), call.account.policies
    fits = simple_filter(call.params, FILTERS, call.account.options.query)
    rows = [row for device in devices for row in matches(device, policies, now)]

    def ordered(query: ListQuery) -> tuple[list[tuple[str, str]], list[dict[str, Any]]]:
        key = query.sort.key if query.sort else "itemId"
        pairs = sorted(((str(row[key]), row["itemId"]), place) for place, row in enumerate(rows))
        return [pair for pair, _ in pairs], [rows[place] for _, place in pairs]

    return _shown(call, list_answer(call, RULES, ordered, fits, selected))


def list_summaries(call: Call) -> Answer:
    refuse_unknown_parameters(call.params, frozenset(), call.account.options.query)
    now, policies = call.account.clock.now(), call.account.policies
    scanned = (device for device in call.devices() if is_scanned(device, policies))
    return _shown(call, Answer(data=[summary(device, policies, now) for device in scanned]))


def _shown(call: Call, answer: Answer) -> Answer:
    if call.account.options.data_discovery == "object":
        return Answer(data=answer.data[0] if answer.data else {}, bare=True)
    return answer


_VIEW = (Permission.VIEW_DATA_DISCOVERY,)
ROUTES = (
    Route("GET", "/reporting/edd-matchdetail", _VIEW, list_matches, as_object=True),
    Route("GET", "/reporting/edd-matchdetail/devices/{deviceUid}", _VIEW, list_matches_of_device, as_object=True),
    Route("GET", "/reporting/edd-summary", _VIEW, list_summaries, as_object=True),
)
