"""Queries, waits and secrets: what goes in, and exactly what comes out."""

import re
from datetime import datetime, timezone
from typing import Any
from urllib.parse import quote

import pytest
from Absolute import (
    ArgumentError,
    Criterion,
    Query,
    Term,
    encode_query,
    folded,
    halves,
    mask_secrets,
    parse_http_date,
    parse_raw_filter,
    parse_retry_after,
    plan_queries,
    redact,
    secret_values,
)

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=timezone.utc)


def terms(*values: str, field: str = "deviceName", suffix: str = "") -> tuple[Term, ...]:
    return tuple(Term(value, field, suffix, value) for value in values)


class TestTerms:
    @pytest.mark.parametrize(
        ("suffix", "text", "met"),
        [
            ("", "LAB", ["lab"]),
            ("StartsWith", "La", ["lab", "lab-1"]),
            ("EndsWith", "AB", ["lab", "my lab"]),
            ("Contains", "aB", ["lab", "lab-1", "my lab"]),
        ],
    )
    def test_without_regard_to_case(self, suffix: str, text: str, met: list[str]) -> None:
        names = ("lab", "lab-1", "my lab", "la", "")
        assert [name for name in names if Term(text, "deviceName", suffix, text).matches({"deviceName": name})] == [*met] + (
            ["la"] if suffix == "StartsWith" else []
        )

    @pytest.mark.parametrize(
        ("suffix", "met"),
        [("FromInclusive", ["2026-01-05T09:00:00.000Z", "2026-01-06T00:00:00Z"]), ("ToInclusive", ["2026-01-05T09:00:00.000Z"])],
    )
    def test_bounds_belong_to_a_range(self, suffix: str, met: list[str]) -> None:
        term = Term("x", "lastConnectedUtc", suffix, "2026-01-05T09:00:00Z")
        times = ("2026-01-05T09:00:00.000Z", "2026-01-06T00:00:00Z")
        assert [text for text in times if term.matches({"lastConnectedUtc": text})] == met
        assert not term.matches({"lastConnectedUtc": None})

    def test_an_unreadable_time_is_before_every_other(self) -> None:
        assert not Term("x", "at", "FromInclusive", "2026-01-05T09:00:00Z").matches({"at": "soon"})
        assert Term("x", "at", "ToInclusive", "2026-01-05T09:00:00Z").matches({"at": "soon"})

    def test_a_field_is_compared_where_the_report_shows_it(self) -> None:
        term = Term("x", "encryptionStatus", "", "Encrypted", "espInfo.encryptionStatus")
        assert term.matches({"espInfo": {"encryptionStatus": "ENCRYPTED"}, "encryptionStatus": "no"})
        assert not term.matches({"encryptionStatus": "Encrypted"})
        assert term.expression() == "encryptionStatus eq 'Encrypted'"

    def test_values_of_a_record(self) -> None:
        assert folded({"a": {"b": "ẞX"}}, "a.b") == "ssx"
        records: list[dict[str, Any]] = [{}, {"a": None}, {"a": {"b": None}}, {"a": {"b": ""}}]
        assert [folded(record, "a.b") for record in records] == [""] * 4

    def test_what_was_typed_is_named_exact_values_first(self) -> None:
        criterion = Criterion("names", (*terms("LAB*"[:-1], suffix="StartsWith"), *terms("lab-1", "LAB-1")))
        assert criterion.typed_for({"deviceName": "Lab-1"}) == ["lab-1", "LAB-1", "LAB"]
        assert criterion.typed_for({"deviceName": "labour"}) == ["LAB"]
        assert not criterion.matches({"deviceName": "x"})


class TestPlans:
    def test_nothing_wanted_is_one_open_query(self) -> None:
        assert plan_queries([]) == [Query(())]
        assert plan_queries([], "isStolen eq true") == [Query((("filter", "isStolen eq true"),), advanced=True)]

    def test_what_the_server_cannot_do_is_left_to_us(self) -> None:
        criteria = [Criterion("a", terms("A")), Criterion("b", terms("B", field="x"), server_side=False)]
        assert plan_queries(criteria) == [Query((("deviceName", "A"),))]

    def test_two_conditions_on_one_field_become_an_expression(self) -> None:
        criteria = [Criterion("a", terms("A")), Criterion("b", terms("B"))]
        assert plan_queries(criteria) == [Query((("filter", "deviceName eq 'A' and deviceName eq 'B'"),), advanced=True)]

    def test_a_quote_beside_single_values(self) -> None:
        criteria = [Criterion("a", terms("O'B", "C")), Criterion("b", terms("S", field="serialNumber"))]
        assert plan_queries(criteria) == [
            Query((("serialNumber", "S"), ("deviceName", "O'B"))),
            Query((("filter", "deviceName eq 'C' and serialNumber eq 'S'"),), advanced=True),
        ]

    def test_the_longest_argument_is_cut_and_the_others_go_along(self) -> None:
        names, serials = [f"LAB-{i:02}" for i in range(20)], ["S1", "S2"]
        criteria = [Criterion("serials", terms(*serials, field="serialNumber")), Criterion("names", terms(*names))]
        queries = plan_queries(criteria, max_characters=400)
        fixed = " and (serialNumber eq 'S1' or serialNumber eq 'S2')"
        assert 1 < len(queries) < 5
        assert all(len(encode_query(query.params)) <= 400 + len("filter=") for query in queries)
        assert all(query.advanced and query.params[0][1].endswith(fixed) for query in queries)
        found = [name for query in queries for name in re.findall(r"deviceName eq '([^']*)'", query.params[0][1])]
        assert found == names

    def test_an_argument_that_would_fill_the_expression_is_left_to_us(self) -> None:
        serials, names = [f"S{i:03}" for i in range(15)], [f"LAB-{i:03}" for i in range(30)]
        criteria = [Criterion("names", terms(*names)), Criterion("serials", terms(*serials, field="serialNumber"))]
        assert not any("serialNumber" in query.params[0][1] for query in plan_queries(criteria, max_characters=600))

    def test_an_argument_may_fill_half_of_the_expression(self) -> None:
        names, serials = [f"LAB-{i:02}" for i in range(20)], ["S1", "S2"]
        criteria = [Criterion("names", terms(*names)), Criterion("serials", terms(*serials, field="serialNumber"))]
        half = len(quote(criteria[1].expression(), safe="()"))
        for room, along in ((2 * half, True), (2 * half - 1, False)):
            assert all(("serialNumber" in query.params[0][1]) is along for query in plan_queries(criteria, max_characters=room))

    def test_what_is_escaped_counts_as_long_as_it_is_sent(self) -> None:
        criteria = [Criterion("names", terms(*(f"LAB-{i:02}" for i in range(20))))]
        queries = plan_queries(criteria, f"path eq '{'/' * 60}'", max_characters=600)
        assert all(len(encode_query(query.params)) <= 600 + len("filter=") for query in queries)

    def test_halves_keep_the_other_parameters(self) -> None:
        query = Query((("filter", "(a eq '1' or a eq '2' or a eq '3') and b eq '4'"), ("more", "x")), advanced=True)
        assert halves(query) == [
            Query((("filter", "(a eq '1') and b eq '4'"), ("more", "x")), advanced=True),
            Query((("filter", "(a eq '2' or a eq '3') and b eq '4'"), ("more", "x")), advanced=True),
        ]
        assert halves(Query((("filter", "(a eq '1' or a eq '2')"),))) == []

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("a NE 'b'", '"NE" is not part of the v3 filter language. Use'),
            ("a eq 'b' and not (c eq 'd')", '"not" is not part'),
            ("endswith(a, 'b')", '"endswith" is not part'),
            ("a eq 'b", "a quote is not closed. Use"),
        ],
    )
    def test_what_the_filter_language_lacks_is_named(self, text: str, said: str) -> None:
        with pytest.raises(ArgumentError, match="^" + re.escape(f"filter: {said}")) as refused:
            parse_raw_filter(text)
        assert str(refused.value).endswith("Example: filter=\"deviceNameStartsWith eq 'LAB' and isStolen eq false\"")

    def test_no_filter(self) -> None:
        assert [parse_raw_filter(text) for text in (None, "", " ", " a eq 'b' ")] == ["", "", "", "a eq 'b'"]


class TestTime:
    def test_waits(self) -> None:
        assert [parse_retry_after(text) for text in (None, "", " 7 ", "-3", "soon")] == [None, None, 7.0, 0.0, None]
        assert parse_retry_after("Mon, 05 Jan 2026 09:00:30 GMT", NOW) == 30
        assert parse_retry_after("Mon, 05 Jan 2026 08:00:00 GMT", NOW) == 0

    def test_http_dates(self) -> None:
        assert parse_http_date("Mon, 05 Jan 2026 09:00:00 GMT") == NOW
        assert parse_http_date("Mon, 05 Jan 2026 10:00:00 +0100") == NOW
        assert parse_http_date("Mon, 05 Jan 2026 09:00:00 -0000") == NOW
        assert parse_http_date(None) is None


class TestSecrets:
    def test_masks_at_any_depth_and_leaves_the_rest(self) -> None:
        body = {"a": 1, "b": {"PASSCODE": "1", "c": ["x"]}, "macPwd": "2"}
        assert mask_secrets(body) == {"a": 1, "b": {"PASSCODE": "********", "c": ["x"]}, "macPwd": "********"}

    def test_every_secret_of_a_body_is_known(self) -> None:
        body = {"passcode": 4815, "x": {"macpwd": "w", "passcodeSalt": ""}, "y": ["passcode"]}
        assert secret_values(body) == ["4815", "w"]
        assert secret_values(["passcode"]) == []

    def test_tuples_and_names_that_are_no_text(self) -> None:
        assert redact({1: ({"passcode": "1", "b": 2},)}) == {1: [{"b": 2}]}
        assert redact({"key": None, "extra": 1}) == {"key": None, "extra": 1}
