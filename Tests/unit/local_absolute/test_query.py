"""Query strings as pure functions, without a server."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from local_absolute import STRICT
from local_absolute.clock import ManualClock
from local_absolute.cursors import Cursors
from local_absolute.errors import BAD_FILTER_MESSAGE, ApiError
from local_absolute.query import (
    ListRules,
    QueryOptions,
    Sort,
    advanced_filter,
    parse_list_query,
    parse_query_string,
    selected,
    simple_filter,
    values_at,
)
from local_absolute.resources.devices import FILTERS, RULES

RECORD: dict[str, Any] = {
    "deviceUid": "5b1f7c1e-0d3a-4c55-9a77-1f2e3d4c5b6a",
    "deviceName": "LAB-0001",
    "username": "CORP\\O'Brien",
    "isStolen": False,
    "isCTESActive": True,
    "lastConnectedDateTimeUtc": "2026-01-05T08:15:30.120Z",
    "deviceFreezeActionStatus": {"score": 300},
    "deviceFreezeReportingStatuses": ["Frozen", "FreezeScheduled"],
    "deviceStatus": {"type": "MISSING"},
    "operatingSystem": {"name": "Microsoft Windows 11 Pro"},
    "licenseBase": [{"licenseName": "Absolute Control"}, {"licenseName": "Absolute Resilience"}],
    "hdcStatus": {"isEnabled": True, "calcStatus": "OK", "status": "OK"},
}
OPTIONS = STRICT.query
LENIENT = QueryOptions()


def simple(query: str, options: QueryOptions = OPTIONS) -> bool:
    return simple_filter(parse_query_string(query), FILTERS, options)(RECORD)


def advanced(expression: str, options: QueryOptions = OPTIONS) -> bool:
    return advanced_filter(expression, FILTERS, options)(RECORD)


def refusal(function: Any, *arguments: Any) -> ApiError:
    with pytest.raises(ApiError) as raised:
        function(*arguments)
    assert raised.value.status == 400
    assert raised.value.code == "INVALID_REQUEST"
    return raised.value


# Query strings --------------------------------------------------------------------------------------------------------

params = st.lists(st.tuples(st.text(min_size=1), st.text()))


@given(params)
def test_every_encoded_query_string_comes_back(pairs: list[tuple[str, str]]) -> None:
    assert parse_query_string(urlencode(pairs, quote_via=quote)) == pairs
    assert parse_query_string(urlencode(pairs)) == pairs


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parse_query_string(text)
    except ApiError as error:
        assert error.status == 400  # noqa: PT017


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("&pageSize=1", [("pageSize", "1")]),
        ("a=1&&b=2&", [("a", "1"), ("b", "2")]),
        ("a=2026-01-05T00:00:00.000Z", [("a", "2026-01-05T00:00:00.000Z")]),
        ("nextPage=QWJj==&a", [("nextPage", "QWJj=="), ("a", "")]),
        ("a=b+c%20d%2Be", [("a", "b c d+e")]),
        ("a=%E9%96%8B", [("a", "開")]),
    ],
)
def test_decoding(text: str, expected: list[tuple[str, str]]) -> None:
    assert parse_query_string(text) == expected


def test_what_is_not_utf8_is_refused() -> None:
    refusal(parse_query_string, "deviceName=%FF")


# Simple filters -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "matches"),
    [
        ("deviceName=LAB-0001", True),
        ("deviceName=lab-0001", True),
        ("deviceName=LAB", False),
        ("deviceNameNot=LAB-0001", False),
        ("deviceNameNot=x&deviceNameNot=y", True),
        ("deviceNameNot=x&deviceNameNot=LAB-0001", False),
        ("deviceNameStartsWith=LAB", True),
        ("deviceNameStartsWith=0001", False),
        ("deviceNameNotStartsWith=LAB", False),
        ("usernameContains=brien", True),
        ("usernameContains=%5C&usernameContains=%27", True),
        ("usernameEndsWith=brien", True),
        ("usernameEndsWith=corp", False),
        ("currentUsernameEmpty=true", True),
        ("currentUsernameEmpty=false", False),
        ("usernameEmpty=false", True),
        ("serialNumberNot=SN1", True),
        ("isStolen=false", True),
        ("isStolen=true", False),
        ("isNotStolen=true", True),
        ("isNotStolen=false", False),
        ("isCTESActive=true", True),
        ("isCTESActiveNot=true", False),
        ("hdcStatusEnabled=true", True),
        ("hdcStatusNotEnabled=true", False),
        ("sdcStatusNotEnabled=true", True),
        ("hdcCalcStatus=OK&hdcComponentStatus=OK", True),
        ("deviceStatus=MISSING", True),
        ("deviceStatusNot=STOLEN", True),
        ("operatingSystemNameStartsWith=Microsoft%20Windows", True),
        ("licenseBaseLicenseName=Absolute+Resilience", True),
        ("licenseBaseLicenseNameNotStartsWith=Absolute", False),
        ("deviceFreezeActionStatusScore=300", True),
        ("deviceFreezeActionStatusScore=15", False),
        ("deviceFreezeReportingStatusesContains=Frozen", True),
        ("deviceFreezeReportingStatusesContains=Froz", False),
        ("lastConnectedDateTimeUtcFrom=2026-01-05T08:15:30.120Z", False),
        ("lastConnectedDateTimeUtcFromInclusive=2026-01-05T08:15:30.120Z", True),
        ("lastConnectedDateTimeUtcTo=2026-01-05T08:15:30.121Z", True),
        ("lastConnectedDateTimeUtcTo=2026-01-05T08:15:30.120Z", False),
        ("lastConnectedDateTimeUtcToInclusive=2026-01-05T08:15:30.120Z", True),
        ("firstCallDateTimeUtcFrom=2020-01-01T00:00:00.000Z", False),
        ("deviceName=LAB-0001&isStolen=true", False),
        ("deviceName=LAB-0001&pageSize=1&select=esn", True),
    ],
)
def test_simple_filters(query: str, matches: bool) -> None:
    assert simple(query) is matches


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("noSuchField=1", "noSuchField"),
        ("deviceNameContains=LAB", "deviceNameContains"),
        ("deviceUidAnyOf=1", "deviceUidAnyOf"),
        ("macAddress=1", "macAddress"),
        ("$filter=1", "$filter"),
        ("$top=1", "$top"),
        ("isStolen=yes", "isStolen"),
        ("isStolen=", "isStolen"),
        ("deviceFreezeActionStatusScore=high", "deviceFreezeActionStatusScore"),
        ("lastConnectedDateTimeUtcFrom=2026-01-05T08:15:30Z", "lastConnectedDateTimeUtcFrom"),
        ("lastConnectedDateTimeUtcFrom=2026-02-30T08:15:30.000Z", "lastConnectedDateTimeUtcFrom"),
        ("deviceName=a&deviceName=b", "deviceName"),
    ],
)
def test_refused_simple_filters(query: str, field: str) -> None:
    assert refusal(simple, query).details[0].field == field


@pytest.mark.parametrize("query", ["$filter=1&noSuchField=2", "?pageSize=500", "orderBy=esn", "deviceUidAnyOf=1"])
def test_unknown_parameters_are_ignored(query: str) -> None:
    assert simple(query, LENIENT)


@pytest.mark.parametrize(
    ("query", "matches"),
    [
        ("isStolen=False", True),
        ("isStolen=True", False),
        ("isStolen=FALSE", True),
        ("isCTESActiveNot=False", True),
        ("deviceNameEmpty=False", True),
        ("lastConnectedDateTimeUtcFrom=2026-01-05T08:15:30Z", True),
        ("lastConnectedDateTimeUtcFrom=2026-01-05T08:15:31Z", False),
        ("lastConnectedDateTimeUtcFromInclusive=2026-01-05T08:15:30.12Z", True),
        ("lastConnectedDateTimeUtcFrom=2026-01-05T08:15:30.12Z", False),
        ("lastConnectedDateTimeUtcTo=2026-01-05T08:15:30.1200001Z", False),
        ("lastConnectedDateTimeUtcTo=2026-01-05T08:15:30.121Z", True),
    ],
)
def test_spellings_of_working_clients(query: str, matches: bool) -> None:
    assert simple(query, LENIENT) is matches


@pytest.mark.parametrize(
    "query",
    [
        "isStolen=yes",
        "isStolen=",
        "isStolen=1",
        "lastConnectedDateTimeUtcFrom=",
        "lastConnectedDateTimeUtcFrom=2026-01-05",
        "lastConnectedDateTimeUtcFrom=2026-01-05T08:15:30",
        "lastConnectedDateTimeUtcFrom=2026-01-05T08:15:30+00:00",
        "lastConnectedDateTimeUtcFrom=2026-02-30T08:15:30Z",
        "lastConnectedDateTimeUtcFrom=\u0662026-01-05T08:15:30Z",
    ],
)
def test_other_spellings_are_refused_all_the_same(query: str) -> None:
    refusal(simple, query, LENIENT)


def test_comparison_can_be_case_sensitive() -> None:
    strict = QueryOptions(case_sensitive=True)
    assert not simple("deviceName=lab-0001", strict)
    assert simple("deviceName=LAB-0001", strict)
    assert not simple("deviceNameStartsWith=lab", strict)


def test_all_documented_device_filters_exist() -> None:
    assert len(FILTERS) == 216
    assert len(RULES.selectable) == 573


# Advanced filters -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "matches"),
    [
        ("deviceName eq 'LAB-0001'", True),
        ("  ( deviceName   eq 'LAB-0001' )  ", True),
        ("deviceName eq 'LAB-0002' or deviceName eq 'LAB-0001'", True),
        ("deviceName eq 'LAB-0001' and isStolen eq true", False),
        ("(deviceName eq 'x' or deviceName eq 'LAB-0001') and isStolen eq false", True),
        ("isStolen eq false or isStolen eq true and deviceName eq 'x'", True),
        ("(isStolen eq false or isStolen eq true) and deviceName eq 'x'", False),
        ("deviceNameStartsWith eq 'LAB'", True),
        ("deviceName eq 'a (b) and c'", False),
        ("deviceFreezeActionStatusScore eq 300", True),
        ("lastConnectedDateTimeUtcTo eq '2026-01-06T00:00:00.000Z'", True),
        ("deviceName eq ''", False),
        (" or ".join(["(deviceName eq 'x')"] * 60 + ["(deviceName eq 'LAB-0001')"]), True),
    ],
)
def test_advanced_filters(expression: str, matches: bool) -> None:
    assert advanced(expression) is matches


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "deviceName",
        "deviceName eq",
        "deviceName eq LAB-0001",
        'deviceName eq "LAB-0001"',
        "deviceName ne 'LAB-0001'",
        "deviceName EQ 'LAB-0001'",
        "deviceName='LAB-0001'",
        "isStolen eq 'false'",
        "isStolen eq False",
        "deviceFreezeActionStatusScore eq '300'",
        "deviceFreezeActionStatusScore eq x",
        "lastConnectedDateTimeUtcTo eq 2026-01-06T00:00:00.000Z",
        "noSuchField eq '1'",
        "deviceName eq 'a' deviceName eq 'b'",
        "deviceName eq 'a' and",
        "and deviceName eq 'a'",
        "not deviceName eq 'a'",
        "(deviceName eq 'a'",
        "deviceName eq 'a')",
        "()",
        "username eq 'O'Brien'",
        "username eq 'O''Brien'",
        "username eq 'O\\'Brien'",
        "deviceName eq 'a",
        "(" * 5000 + "deviceName eq 'a'" + ")" * 5000,
    ],
)
def test_refused_advanced_filters(expression: str) -> None:
    refusal(advanced, expression)


def test_a_bad_expression_gets_the_apis_only_text() -> None:
    assert refusal(advanced, "deviceName ne 'x'").message == BAD_FILTER_MESSAGE


def test_doubled_quotes_can_be_an_escape_instead() -> None:
    escaping = QueryOptions(doubled_quotes="escape")
    assert advanced("username eq 'CORP\\O''Brien'", escaping)
    assert not advanced("username eq '''' or username eq ''", escaping)
    refusal(advanced, "username eq 'O'Brien'", escaping)


@given(st.text(alphabet=st.characters(exclude_characters="'", exclude_categories=["Cs"])))
def test_any_text_without_quotes_can_be_a_value(value: str) -> None:
    assert advanced_filter(f"deviceName eq '{value}'", FILTERS, OPTIONS)({"deviceName": value})


@given(st.text())
def test_any_expression_is_read_or_refused(expression: str) -> None:
    try:
        advanced(expression)
    except ApiError as error:
        assert error.status == 400  # noqa: PT017


expressions = st.recursive(
    st.sampled_from(["isStolen eq false", "isStolen eq true"]),
    lambda inner: st.builds("({} {} {})".format, inner, st.sampled_from(["and", "or"]), inner),
    max_leaves=12,
)


@given(expressions)
def test_expressions_mean_what_they_mean_in_python(expression: str) -> None:
    expected = eval(expression.replace("isStolen eq false", "True").replace("isStolen eq true", "False"))  # noqa: S307
    assert advanced(expression) is expected


# Shared parameters ----------------------------------------------------------------------------------------------------


def test_defaults() -> None:
    query = parse_list_query([], RULES, OPTIONS)
    assert (query.select, query.sort, query.page_size, query.cursor) == ((), None, 10, None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("deviceName", Sort("deviceName")), ("esn:asc", Sort("esn")), ("esn:desc", Sort("esn", descending=True))],
)
def test_sort(text: str, expected: Sort) -> None:
    assert parse_list_query([("sortBy", text)], RULES, OPTIONS).sort == expected


@pytest.mark.parametrize("text", ["", "localIp", "esn:up", "esn:", "esn,deviceName", "esn:asc:desc"])
def test_refused_sorts(text: str) -> None:
    assert refusal(parse_list_query, [("sortBy", text)], RULES, OPTIONS).details[0].code == "INVALID_SORT"


@pytest.mark.parametrize("text", ["0", "-1", "501", "ten", "", "1.5", "١"])
def test_refused_page_sizes(text: str) -> None:
    assert refusal(parse_list_query, [("pageSize", text)], RULES, LENIENT).details[0].field == "pageSize"


@pytest.mark.parametrize(
    "text",
    [
        "noSuchField",
        "deviceName,",
        "deviceName, esn",
        "espInfo,espInfo.encryptionStatus",
        "geoData.location,geoData.location.point",
        "customFields.cdfUid",
        "rnrBitLocker.version",
        "networkAdapters.noSuch",
    ],
)
def test_refused_selects(text: str) -> None:
    assert refusal(parse_list_query, [("select", text)], RULES, OPTIONS).details[0].field == "select"


def test_blanks_in_a_select_do_not_matter() -> None:
    query = parse_list_query([("select", " deviceName , espInfo.encryptionStatus,esn ")], RULES, LENIENT)
    assert query.select == (("deviceName",), ("espInfo", "encryptionStatus"), ("esn",))
    refusal(parse_list_query, [("select", "deviceName, noSuchField")], RULES, LENIENT)
    refusal(parse_list_query, [("select", "espInfo, espInfo.encryptionStatus")], RULES, LENIENT)
    refusal(parse_list_query, [("select", "deviceName,")], RULES, LENIENT)


def test_shared_parameters_may_be_given_once() -> None:
    refusal(parse_list_query, [("pageSize", "1"), ("pageSize", "2")], RULES, LENIENT)


def test_select_reduces_nested_objects_and_lists() -> None:
    record = {
        "esn": "E",
        "geoData": {"location": {"accuracy": 5, "point": {"x": 1, "y": 2}}},
        "networkAdapters": [{"id": "1", "macAddress": "m1"}, {"id": "2"}],
    }
    rules = ListRules(
        selectable=frozenset(
            {"esn", "geoData.location.point.x", "geoData.location.accuracy", "networkAdapters.macAddress", "bios"}
        )
    )
    select = parse_list_query([("select", ",".join(sorted(rules.selectable)))], rules, OPTIONS).select
    assert selected(record, select) == {
        "esn": "E",
        "geoData": {"location": {"accuracy": 5, "point": {"x": 1}}},
        "networkAdapters": [{"macAddress": "m1"}, {}],
    }
    assert selected(record, ()) == record


def test_values_at_leads_through_lists() -> None:
    assert values_at({"a": [{"b": 1}, {"c": 2}, {"b": [3, 4]}]}, ("a", "b")) == [1, 3, 4]
    assert values_at({"a": "text"}, ("a", "b")) == []


# Cursors --------------------------------------------------------------------------------------------------------------

QUERY = [("deviceName", "x"), ("pageSize", "2")]


@given(st.lists(st.text(), max_size=3))
def test_cursors_come_back_whatever_they_hold(position: list[str]) -> None:
    cursors = Cursors(ManualClock())
    text = cursors.write("/v3/x", QUERY, position)
    assert text.endswith("=")
    assert parse_query_string(f"nextPage={text}") == [("nextPage", text)]
    assert cursors.read("/v3/x", [*reversed(QUERY), ("nextPage", text)], text) == position


@pytest.mark.parametrize("cursor", ["", "x", "QWJjMTIzIl0=", "é", "%%%"])
def test_foreign_cursors_are_refused(cursor: str) -> None:
    refusal(Cursors(ManualClock()).read, "/v3/x", QUERY, cursor)


def test_cursors_are_bound_to_their_query_and_expire() -> None:
    clock = ManualClock()
    cursors = Cursors(clock)
    text = cursors.write("/v3/x", QUERY, ["p"])
    refusal(cursors.read, "/v3/y", QUERY, text)
    refusal(cursors.read, "/v3/x", [("deviceName", "x"), ("pageSize", "3")], text)
    refusal(cursors.read, "/v3/x", [], text)
    refusal(Cursors(clock).read, "/v3/x", QUERY, text)
    clock.advance(86400)
    assert cursors.read("/v3/x", QUERY, text) == ["p"]
    clock.advance(1)
    refusal(cursors.read, "/v3/x", QUERY, text)
