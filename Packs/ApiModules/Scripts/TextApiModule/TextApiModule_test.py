"""What people type, and exactly what it is read as; what they are shown, and what they are not."""

import base64
import html
import json
import re
import time
import traceback
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
import TextApiModule
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from TextApiModule import (
    ExplainedError,
    collect,
    csv_cell,
    flat,
    flatten,
    joined,
    moment_text,
    objects,
    pairs,
    pick,
    texts,
    uid_set,
    MAX_ECHO,
    LINE_ENDS,
    NO_DIRECTION,
    NO_TIME,
    NO_ZONE,
    ArgumentError,
    Secrets,
    DateArgument,
    age_text,
    api_time,
    as_dict,
    as_dicts,
    as_whole,
    choice,
    coming_date,
    fenced,
    mask_error,
    fix_dates,
    flag,
    markdown_text,
    parse_api_time,
    parse_utc,
    past_dates,
    plain,
    read_date,
    cells,
    cells_table,
    heading,
    paragraphs,
    split_values,
    utc_now,
    table,
    text_within,
    uid,
    version_key,
    version_range,
    whole_number,
    wildcard_match,
)

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=timezone.utc)
UID = "5b1f7c1e-0d3a-4c55-9a77-1f2e3d4c5b6a"
OFFSETS = st.integers(-23 * 60 - 59, 23 * 60 + 59).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The engine's own time zone has no part in anything."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        yield
    time.tzset()


def read(text: Any, now: datetime = NOW) -> tuple[str, str]:
    """The moment that a date is read as, and what is taken for granted."""
    found = read_date("since", text, now, "x")
    return found.moment.isoformat().replace("+00:00", "Z"), found.assumed


class TestTimestamps:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("2026-01-05T08:15:30.120Z", "2026-01-05T08:15:30.120Z"),
            ("2026-01-05T08:15:30Z", "2026-01-05T08:15:30.000Z"),
            ("2026-01-05T08:15:30", "2026-01-05T08:15:30.000Z"),
            ("2026-01-05T08:15:30.5", "2026-01-05T08:15:30.500Z"),
            ("2026-01-05T10:15:30.1234567+02:00", "2026-01-05T08:15:30.123Z"),
            (" 2026-01-05T06:45:30-0130 ", "2026-01-05T08:15:30.000Z"),
        ],
    )
    def test_of_the_api(self, text: str, expected: str) -> None:
        moment = parse_utc(text)
        assert moment is not None
        assert api_time(moment) == expected

    @pytest.mark.parametrize(
        "text", [None, "", "yesterday", "2026-13-05T08:15:30Z", "0001-01-01T00:00:00+01:00", 1700000000, "２026-01-05T08:15:30Z"]
    )
    def test_unreadable_ones_are_none(self, text: Any) -> None:
        assert parse_utc(text) is None

    @given(st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1)))
    def test_what_is_written_is_read(self, moment: datetime) -> None:
        aware = moment.replace(microsecond=moment.microsecond // 1000 * 1000, tzinfo=timezone.utc)
        assert parse_utc(api_time(aware)) == parse_api_time(api_time(aware)) == aware

    def test_milliseconds_are_cut_off(self) -> None:
        assert api_time(NOW + timedelta(microseconds=1999)) == "2026-01-05T09:00:00.001Z"
        assert api_time(NOW.astimezone(timezone(timedelta(hours=2)))) == "2026-01-05T09:00:00.000Z"

    @pytest.mark.parametrize(
        ("seconds", "said"),
        [
            (-5, "just now"),
            (59, "just now"),
            (60, "1 minute ago"),
            (3599, "59 minutes ago"),
            (3600, "1 hour ago"),
            (86399, "23 hours ago"),
            (2 * 86400, "2 days ago"),
        ],
    )
    def test_ages_in_the_largest_unit(self, seconds: int, said: str) -> None:
        assert age_text(NOW - timedelta(seconds=seconds), NOW) == said
        assert age_text(None, NOW) == "unknown"


class TestDates:
    @pytest.mark.parametrize(
        ("text", "moment"),
        [
            ("2026-07-01T18:00:00Z", "2026-07-01T18:00:00Z"),
            ("2026-07-01t18:00z", "2026-07-01T18:00:00Z"),
            ("2026-07-01 18:00 UTC", "2026-07-01T18:00:00Z"),
            ("2026-07-01 18:00:00 gmt", "2026-07-01T18:00:00Z"),
            ("2026-07-01T18:00:00+02:00", "2026-07-01T16:00:00Z"),
            ("2026-07-01T18:00:00 -0530", "2026-07-01T23:30:00Z"),
            ("2026-07-01T18:00:00+02", "2026-07-01T16:00:00Z"),
            ("2026-07-01T18:00:00,5Z", "2026-07-01T18:00:00.500000Z"),
            ("2026-07-01T18:00:00.1234567899Z", "2026-07-01T18:00:00.123456Z"),
            ("\ufeff 2026\N{NON-BREAKING HYPHEN}07-01\N{NO-BREAK SPACE}18:00\N{ZERO WIDTH SPACE}Z ", "2026-07-01T18:00:00Z"),
        ],
    )
    def test_with_a_zone_nothing_is_assumed(self, text: str, moment: str) -> None:
        assert read(text) == (moment, "")

    @given(st.datetimes(min_value=datetime(1970, 1, 2), max_value=datetime(2199, 1, 1), timezones=OFFSETS))
    def test_whatever_python_writes_is_read(self, moment: datetime) -> None:
        assert read_date("since", moment.isoformat(), NOW, "x") == DateArgument("since", moment.astimezone(timezone.utc))

    def test_what_is_not_typed_is_said(self) -> None:
        assert read("2026-07-01 18:00") == ("2026-07-01T18:00:00Z", NO_ZONE)
        assert read("2026-07-01") == ("2026-07-01T00:00:00Z", NO_TIME)
        assert read("3 days") == ("2026-01-02T09:00:00Z", NO_DIRECTION)

    @pytest.mark.parametrize(
        ("text", "span"),
        [
            ("3 days ago", timedelta(days=-3)),
            ("in 2 hours", timedelta(hours=2)),
            ("In 1 Hour", timedelta(hours=1)),
            ("-3 days", timedelta(days=-3)),
            ("+2 hours", timedelta(hours=2)),
            ("90d ago", timedelta(days=-90)),
            ("in 15min", timedelta(minutes=15)),
            ("1.5 days ago", timedelta(hours=-36)),
            ("in 90.0 s", timedelta(seconds=90)),
            ("0 days ago", timedelta(0)),
            ("2 weeks ago", timedelta(days=-14)),
            ("one minute ago", timedelta(minutes=-1)),
            ("Now", timedelta()),
            ("An hour ago", timedelta(hours=-1)),
            ("in ten days", timedelta(days=10)),
        ],
    )
    def test_spans(self, text: str, span: timedelta) -> None:
        assert read(text) == ((NOW + span).isoformat().replace("+00:00", "Z"), "")

    @pytest.mark.parametrize(
        ("text", "moment"),
        [
            ("1 month ago", "2026-02-28T09:00:00Z"),
            ("13 months ago", "2025-02-28T09:00:00Z"),
            ("in 3 months", "2026-06-30T09:00:00Z"),
            ("in 9 months", "2026-12-31T09:00:00Z"),
            ("2 years ago", "2024-03-31T09:00:00Z"),
        ],
    )
    def test_months_and_years_go_by_the_calendar(self, text: str, moment: str) -> None:
        assert read(text, NOW.replace(month=3, day=31)) == (moment, "")

    @pytest.mark.parametrize(
        "text",
        [
            "2026",
            "20260201",
            "1764288000",
            "1764288000000",
            1764288001000,
            "1.764288e+12",
            "3",
            "2026-13-01",
            "2026-02-30",
            "2026-31-12",
            "2026-01",
            "2026-1-5",
            "26-01-05",
            "01/02/2026",
            "13/02/2026",
            "01.02.2026",
            "2026/01/05",
            "5 Jan 2026 09:00",
            "2026-07-01T18",
            "2026-07-01T24:00:00Z",
            "2026-07-01T18:60:00Z",
            "2026-07-01T18:00:60Z",
            "2026-07-01 18:00 BST",
            "2026-07-01 18:00 IST",
            "2026-07-01 18:00 ET",
            "2026-07-01 18:00 CEST",
            "2026-07-01 18:00 UTC+1",
            "2026-07-01T18:00:00+24:00",
            "2026-07-01T18:00:00+05:60",
            "2026-07-01T18:00:00+5",
            "2026-07-01Z",
            "６026-07-01",
            "6 PM",
            "18:00",
            "today",
            "tomorrow",
            "next monday",
            "1,5 days",
            "3m",
            "3 m",
            "3M ago",
            "anhour ago",
            "eleven hours ago",
            "1 day 2 hours",
            "2h30m",
            "1.5 months",
            "in 3 days ago",
            "in -2 hours",
            "days",
            "3 pigs",
            "9" * 400 + " days",
            "9" * 5000 + " months",
            "99999 years",
            "3000 years ago",
            "0001-01-01T00:00:00Z",
            "0001-01-01T00:00:00+01:00",
            "when pigs fly",
            " ",
            "[]",
            [],
            True,
            "${Absolute.Device.LastConnectedUtc}",
        ],
    )
    def test_everything_else_is_refused_with_an_example(self, text: Any) -> None:
        with pytest.raises(ArgumentError, match=r"(?s)^since: .*is no date that can be .*Example: since=2026-01-05T"):
            past_dates({"since": text}, ["since"])

    def test_what_filters(self) -> None:
        args = {"since": "2026-01-05T09:00:00Z", "until": "2026-01-06", "other": "", "none": None}
        dates = past_dates(args, ["since", "until", "other", "none", "absent"])
        assert [str(date) for date in dates] == [
            "since: 2026-01-05T09:00:00.000Z.",
            "until: 2026-01-06T00:00:00.000Z (no time was given: 00:00 UTC).",
        ]

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("2 hours", '"2 hours" does not say in which direction: write "in 2 hours" or "2 hours ago".'),
            ("2030-02-01", '"2030-02-01" has no time of day.'),
            ("2 hours ago", '"2 hours ago" is not in the future (2026-01-05T07:00:00.000Z, UTC).'),
            ("in 0 hours", '"in 0 hours" is not in the future (2026-01-05T09:00:00.000Z, UTC).'),
            ("2026-01-05T09:00:00Z", '"2026-01-05T09:00:00Z" is not in the future (2026-01-05T09:00:00.000Z, UTC).'),
            ("2027-01", '"2027-01" is no date that can be read for certain'),
            ("2 pigs", '"2 pigs" is no date that can be read for certain'),
        ],
    )
    def test_what_schedules_is_exact(self, text: str, said: str) -> None:
        with pytest.raises(ArgumentError, match="^at: " + re.escape(said)) as refused:
            coming_date({"at": text}, "at", NOW)
        assert str(refused.value).endswith('Example: at=2030-02-01T18:00:00Z or "in 2 hours"')

    def test_dates_that_schedule_are_fixed_once(self) -> None:
        given = {"at": "in 2 hours", "on": "2030-02-01 18:00", "empty": "", "x": "y"}
        args, note = fix_dates(given, ["at", "on", "empty", "absent"], NOW)
        assert args == {**given, "at": "2026-01-05T11:00:00.000Z", "on": "2030-02-01T18:00:00.000Z"}
        assert note == "at: 2026-01-05T11:00:00.000Z. on: 2030-02-01T18:00:00.000Z (no time zone was given: UTC)."
        assert fix_dates(args, ["at", "on"], NOW)[0] == args


class TestNumbers:
    @pytest.mark.parametrize(
        ("value", "number"),
        [
            (5, 5),
            (6.0, 6),
            (" 7 ", 7),
            ("8.0", 8),
            ("60.00", 60),
            ("+60", 60),
            ("2.592e+06", 2_592_000),
            (2.592e6, 2_592_000),
            ("1E3", 1000),
            ("6\N{ZERO WIDTH SPACE}0", 60),
        ],
    )
    def test_as_the_platform_prints_them(self, value: Any, number: int) -> None:
        assert as_whole(value, range(1, 10**7)) == number

    @pytest.mark.parametrize(
        "value",
        [
            *("", "5.5", "5.", ".5", "1_000", "1,000", "６０", "5 0", "five", "0x10", "1e", "1e-3", "2.59255e+04"),
            *("NaN", "Infinity", "1e999999999", "1e-999999999", "1e" + "9" * 30, "9" * 5000),
            *(True, None, [5], float("nan"), float("inf")),
        ],
    )
    def test_everything_else_is_none(self, value: Any) -> None:
        assert as_whole(value, range(1, 10**7)) is None

    @given(st.integers(-(10**6), 10**9))
    def test_every_number_in_every_spelling(self, number: int) -> None:
        for text in (number, str(number), float(number), f"{number}.0", f"{number:e}" if abs(number) < 10**6 else number):
            assert as_whole(text, range(-(10**6), 10**9 + 1)) == number

    def test_within_bounds(self) -> None:
        assert [whole_number({"n": value}, "n", range(1, 6), 4) for value in (None, "", " 5 ", 1, 1.0)] == [4, 4, 5, 1, 1]
        for text in ("0", "6", "1.5", "x"):
            with pytest.raises(ArgumentError, match=rf'^n: "{text}" is not a whole number from 1 to 5\. Example: n=4$'):
                whole_number({"n": text}, "n", range(1, 6), 4)
        with pytest.raises(ArgumentError, match="from 0 to 5"):
            whole_number({"n": "x"}, "n", range(6), 4)


class TestArguments:
    def test_a_choice_is_written_as_the_api_does(self) -> None:
        assert choice({"a": " PENDING "}, "a", ("Done", "Pending")) == "Pending"
        assert choice({}, "a", ("Done", "Pending"), "pending") == "Pending"
        with pytest.raises(ArgumentError, match=r'^a: "x" is not one of Done, Pending\. Example: a=Done$'):
            choice({"a": "x"}, "a", ("Done", "Pending"), "Done")
        with pytest.raises(ArgumentError, match=r"^a: it is missing; one of Done, Pending\. Example: a=Done$"):
            choice({}, "a", ("Done", "Pending"))

    def test_flags(self) -> None:
        assert [flag({"f": value}, "f") for value in (None, "", "false", "no", True, "yes")] == [False] * 4 + [True] * 2
        with pytest.raises(ArgumentError, match=r'^f: "maybe" is neither true nor false\. Example: f=true$'):
            flag({"f": "maybe"}, "f")

    def test_texts_of_limited_length(self) -> None:
        assert text_within({"t": " abc "}, "t", 3, "x") == "abc"
        with pytest.raises(ArgumentError, match=r"^t: it is missing\. Example: t=x$"):
            text_within({"t": " "}, "t", 3, "x")
        with pytest.raises(ArgumentError, match=r"^t: it has 4 characters; the API takes at most 3\.$"):
            text_within({"t": "abcd"}, "t", 3, "x")

    def test_uids(self) -> None:
        assert uid("u", f" {UID.upper()} ") == UID
        with pytest.raises(ArgumentError, match=rf'^u: "5b1f" is not a UUID\. Example: u={UID}$'):
            uid("u", "5b1f")
        for missing in (None, ""):
            with pytest.raises(ArgumentError, match=r"^u: it is missing\."):
                uid("u", missing)

    def test_values_are_distinct_and_hold_something(self) -> None:
        assert split_values({"a": " x , y,x,, "}, "a") == ["x", "y"]
        assert split_values({"a": ["x", None, 5]}, "a") == ["x", "5"]
        assert split_values({}, "a") == []
        with pytest.raises(ArgumentError, match=r"^a: it holds no value\.$"):
            split_values({"a": " , "}, "a")


class TestRecords:
    @pytest.mark.parametrize("value", [None, "x", 5, [], ()])
    def test_other_things_are_no_objects(self, value: Any) -> None:
        assert as_dict(value) == {}
        assert as_dicts(value) == []

    def test_objects(self) -> None:
        assert as_dict({"a": 1}) == {"a": 1}
        assert as_dicts([{"a": 1}, None, "x", {}]) == [{"a": 1}, {}]


class TestWildcards:
    @given(pattern=st.text("a*b?[!]", max_size=8), text=st.text("ab?[!]", max_size=8))
    def test_a_star_stands_for_any_characters(self, pattern: str, text: str) -> None:
        expression = ".*".join(re.escape(part) for part in pattern.split("*"))
        assert wildcard_match(pattern, text) == bool(re.fullmatch(expression, text, re.DOTALL))

    def test_many_stars_take_no_longer(self) -> None:
        assert not wildcard_match("*a" * 200 + "b", "a" * 100_000)

    @pytest.mark.parametrize(
        ("pattern", "text", "fits"),
        [
            ("a*b*c", "a-b-c", True),
            ("a*b*c", "abc", True),
            ("a*b*c", "ac", False),
            ("ab*ba", "aba", False),
            ("a*bb*b", "abb", False),
            ("*b*b*", "ab-ba", True),
            ("*b*b*", "aba", False),
            ("a*", "ba", False),
            ("*a", "ab", False),
            ("ab?a*", "ab?ab", True),
            ("ab?b*", "abab", False),
            ("ab[a]*", "ab[a]", True),
            ("ab[b]*", "abb", False),
        ],
    )
    def test_parts_do_not_overlap(self, pattern: str, text: str, fits: bool) -> None:
        assert wildcard_match(pattern, text) is fits


class TestText:
    def test_decorations_do_not_count(self) -> None:
        assert plain(" \t\r\n[{\"'Ｌab 1X'\"}]\n") == "lab 1x"
        assert plain(None) == ""


READER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
WORDS = """
    ` ``` \\ | * ** _ __init__ ~ ~~ # ## - + --- === 1. 9) ! [ ] ( ) > & : % { &amp; &#35; <b> <!-- [a]: é 🦊 ab 1 \x00 \u202e
    [x](http://192.0.2.1) ![x](x.png) <http://192.0.2.1> http://192.0.2.1 www.example.com a@example.com
    %%%{"message":"x"}%%% {{color:red}}(x)
"""
BLANKS = [" ", "    ", "\t", "\n", "\r\n", "\x0b", "\x85", "\u2028", "\N{NO-BREAK SPACE}"]
MARKS = st.sampled_from([*WORDS.split(), *BLANKS])
NAMES = st.lists(MARKS | st.text(max_size=3), max_size=8).map("".join)


def shown(markdown: str) -> list[str]:
    """The texts that a reader shows, blanks counting once; it fails on everything that is no text, heading or table."""
    texts = []
    for block in READER.parse(markdown):
        assert re.match("paragraph|heading|inline|table|t[hrd]_|thead|tbody", block.type), (block.type, markdown)
        for part in block.children or []:
            assert part.type in ("text", "softbreak"), (part.type, markdown)
        if block.type == "inline":
            texts.append(one_line("".join(part.content or "\n" for part in block.children or [])))
    return texts


def one_line(text: str) -> str:
    return " ".join(text.replace("\0", "\N{REPLACEMENT CHARACTER}").split())


class TestMarkdown:
    @settings(max_examples=1000)
    @given(NAMES)
    def test_any_name_is_shown_as_it_is_in_running_text(self, name: str) -> None:
        text, line = markdown_text(name), LINE_ENDS.sub(" ", name).strip()
        assert shown(f"The device {text} was frozen.") == [one_line(f"The device {line} was frozen.")]
        assert shown(f"The device {text}.") == [one_line(f"The device {line}.")]
        assert shown(f"Before\n{text}") == [one_line(f"Before {line}")]
        if line:
            assert shown(text) == [one_line(line)]
            assert shown(f"### {text}") == [one_line(line)]

    @settings(max_examples=1000)
    @given(NAMES, NAMES)
    def test_any_name_is_shown_as_it_is_in_cells(self, one: str, two: str) -> None:
        rows: list[dict[str, Any]] = [{"A": one, "B": two}, {"A": [two, one], "B": 5}]
        cells = shown(table("T", rows, ["A", "B"], markdown_text(two) or "x"))
        assert cells[:5] == ["T", "A", "B", one_line(one), one_line(two)]
        assert cells[5:7] == [one_line(f"{two}, {one}"), "5"]
        assert len(cells) == 8

    @pytest.mark.parametrize("mark", ["%%%", "{{", "://", "www."])
    def test_marks_that_only_the_platform_knows_are_broken_up(self, mark: str) -> None:
        assert mark not in markdown_text(f"a {mark}x{mark} b")

        assert mark in ("://", "www.") or mark not in fenced(f"a {mark}x{mark} {{{mark}{{{{{{")

    @pytest.mark.parametrize(
        "text", ["LAB-0001", "CORP\\jdoe", "192.0.2.15", "10.0.22631", "SN_000111", "jdoe@example.com", "C++ 2015 (x64)"]
    )
    def test_usual_names_stay_readable(self, text: str) -> None:
        assert markdown_text(text) == text


class TestLists:
    @pytest.mark.parametrize(
        ("typed", "values"),
        [
            ('["CORP\\bob"]', ["CORP\\bob"]),
            (
                '["CORP\\nancy", "CORP\\tom","CORP\\ursula","CORP\\fred"]',
                ["CORP\\nancy", "CORP\\tom", "CORP\\ursula", "CORP\\fred"],
            ),
            ('["CORP\\\\bob"]', ["CORP\\bob"]),
            ('["a\\"b", "\\u0041/1", "x\\/y"]', ['a"b', "A/1", "x/y"]),
            ("['SN1', 'SN2']", ["SN1", "SN2"]),
            ("SN1\nSN2\r\n SN3\tSN4", ["SN1", "SN2", "SN3", "SN4"]),
            ("\ufeffLAB\u20111\u200b, LAB\u00a02 ", ["LAB-1", "LAB 2"]),
            (["SN1", None, " SN1 ", 5], ["SN1", "5"]),
            ("[Reset](http), x", ["[Reset](http)", "x"]),
            ("a;b", ["a;b"]),
            ("", []),
            (None, []),
        ],
    )
    def test_values(self, typed: Any, values: list[str]) -> None:
        assert split_values({"names": typed}, "names") == values

    @pytest.mark.parametrize("typed", ["[]", "[null]", "['']", " , ", "\u200b", [], [None], [""]])
    def test_what_holds_no_value_is_refused(self, typed: Any) -> None:
        with pytest.raises(ArgumentError, match="names: it holds no value"):
            split_values({"names": typed}, "names")

    @pytest.mark.parametrize("typed", ["${Absolute.Device.Id}", ["SN1", "${incident.x}"], "SN1,${y}"])
    def test_a_reference_that_was_not_resolved_is_refused(self, typed: Any) -> None:
        with pytest.raises(ArgumentError, match="was not resolved"):
            split_values({"names": typed}, "names")

    def test_separators_are_the_callers(self) -> None:
        assert split_values({"names": "a;b,c"}, "names", ",;") == ["a", "b", "c"]


ESCAPES: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "JSON": lambda text: json.dumps(text)[1:-1],
    "JSON in UTF-8": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    "JSON with slashes": lambda text: json.dumps(text)[1:-1].replace("/", "\\/"),
    "JSON for pages": lambda text: "".join(c if c.isascii() and c.isalnum() else f"\\u{ord(c):04X}" for c in text),
    "HTML": html.escape,
    "HTML text": lambda text: html.escape(text, quote=False),
    "HTML in numbers": lambda text: "".join(c if c.isascii() and c.isalnum() else f"&#{ord(c)};" for c in text),
    "URL": lambda text: quote(text, safe=""),
    "URL in small letters": lambda text: re.sub("%..", lambda code: code[0].lower(), quote(text, safe="")),
    "path": quote,
    "encodeURIComponent": lambda text: quote(text, safe="!'()*"),
    "form": quote_plus,
    "form in small letters": lambda text: re.sub("%..", lambda code: code[0].lower(), quote_plus(text)),
    "Python": lambda text: repr(text)[1:-1],
}
SECRET_TEXTS = st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"]), min_size=8, max_size=30).filter(
    lambda text: set(text) - {"*"}
)


def escaped(form: str, text: str) -> str:
    return ESCAPES[form](text)


def known(*secrets: str) -> Secrets:
    found = Secrets()
    found.add(*secrets)
    return found


class TestSecrets:
    @settings(max_examples=60)
    @given(secret=SECRET_TEXTS, first=st.sampled_from(list(ESCAPES)), then=st.sampled_from(list(ESCAPES)))
    def test_no_form_in_which_it_comes_back_is_seen(self, secret: str, first: str, then: str) -> None:
        form = escaped(then, escaped(first, secret))
        secrets = known(secret)
        assert secrets.masked(f"<{form}>") == "<********>"
        assert secrets.masked_data([{form: [f" {form} ", 5, None]}]) == [{"********": [" ******** ", 5, None]}]

    @given(secret=SECRET_TEXTS, form=st.sampled_from(list(ESCAPES)), ascii_only=st.booleans(), letters=st.booleans())
    def test_nor_in_the_text_of_an_answer(self, secret: str, form: str, ascii_only: bool, letters: bool) -> None:
        text = json.dumps([f"<{escaped(form, secret)}>"], ensure_ascii=ascii_only)
        if letters:
            text = re.sub(r"(?<=<)[A-Za-z0-9]", lambda mark: f"\\u{ord(mark[0]):04x}", text)
        assert known(secret).masked_json(text) == ["<********>"]

    @given(secret=SECRET_TEXTS, before=st.binary(max_size=9), after=st.binary(max_size=9))
    def test_nor_in_base64_with_whatever_is_beside_it(self, secret: str, before: bytes, after: bytes) -> None:
        encoders: tuple[Callable[[bytes], bytes], ...] = (base64.b64encode, base64.urlsafe_b64encode)
        for encode in encoders:
            alone = encode(secret.encode()).decode()
            assert re.fullmatch(r"\*{8}=*", known(secret).masked(alone))
            beside = encode(before + secret.encode() + after).decode()
            # A character at each end, and those of what is beside it.
            ends = (len(before) * 8 // 6 + 1) + (len(beside) - (len(before + secret.encode()) * 8 // 6))
            assert len(known(secret).masked(beside).replace("*" * 8, "")) <= ends

    def test_how_a_proxy_is_told_who_asks(self) -> None:
        # RFC 7617: requests sends it in Latin-1.
        pair = "operator:gr\u00fc\u00dfe!/+"
        for charset in ("utf-8", "latin-1"):
            sent = f"Basic {base64.b64encode(pair.encode(charset)).decode()}"
            assert known(pair).masked(sent).startswith("Basic ********")

    def test_lines_of_a_key_count_each(self) -> None:
        lines = [f"{letter}Zk3" * 16 for letter in "ABC"]
        secrets = known("\n".join(["-----BEGIN PRIVATE KEY-----", *lines, "-----END PRIVATE KEY-----"]))
        assert secrets.masked("".join(lines)) == "********" * 3
        assert secrets.masked("\\n".join(lines)) == "\\n".join(["********"] * 3)

    def test_a_traceback(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Of errors that name each other too."""
        monkeypatch.setattr("TextApiModule.SECRETS", known("not-a-real-secret"))
        first, second = KeyError("not-a-real-secret", 5), ValueError("say 'not-a-real-secret'")
        first.__context__, second.__cause__ = second, first
        mask_error(first)
        shown = "".join(traceback.format_exception(first))
        assert "not-a-real-secret" not in shown
        assert shown.count("********") == 2

    def test_a_short_one_may_stand_in_data_by_chance(self) -> None:
        secrets = known("1234")
        assert secrets.masked("passcode 1234") == "passcode ********"
        assert secrets.masked_data({"deviceUid": UID.replace("0d3a", "1234")}) == {"deviceUid": UID.replace("0d3a", "1234")}

    def test_nothing_is_known(self) -> None:
        assert known("").masked("x") == "x"
        assert Secrets().masked_data(["x"]) == ["x"]

    def test_what_analysts_are_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("TextApiModule.SECRETS", known("not-a-real-secret"))
        assert str(ArgumentError("x", "not-a-real-secret is wrong")) == "x: ******** is wrong"


class TestArgumentError:
    def test_it_names_the_argument_and_shows_an_example(self) -> None:
        error = ArgumentError("limit", "it is missing.", "5")
        assert (str(error), error.name) == ("limit: it is missing. Example: limit=5", "limit")
        assert str(ArgumentError("limit", "it is missing.")) == "limit: it is missing."

    def test_the_middle_of_a_long_text_is_left_out(self) -> None:
        kept = "a" * MAX_ECHO + "b" * MAX_ECHO
        assert str(ArgumentError("x", kept)) == f"x: {kept}"
        assert str(ArgumentError("x", "a" * MAX_ECHO + "!" + "b" * MAX_ECHO)) == f"x: {'a' * MAX_ECHO} … {'b' * MAX_ECHO}"


class TestVersions:
    # From low to high; what stands in one row is the same version.
    ASCENDING = (
        ("0.9",),
        ("1.0.0-alpha", "1.0-alpha", "v1-alpha"),
        ("1.0 beta 1",),
        ("1.0 beta 2",),
        ("1.0 RC1", "1.0-rc.1"),
        ("1", "1.0", "1.0.0", "v1.0", "1.0 (x64)", "1.0 64-bit", " 1,0 "),
        ("1.0.0.1",),
        ("1.0.2",),
        ("1.0.2k",),
        ("1.0.2l",),
        ("1.0.10",),
        ("5.9",),
        ("5.10",),
        ("5.13.3 (11494)",),
        ("5.13.3 (11510)",),
        ("8 Update 401",),
        ("10.0.19045",),
        ("2024.001.20604",),
        ("2024.2",),
    )

    def test_order(self) -> None:
        keys = [[version_key(text) or () for text in row] for row in self.ASCENDING]
        assert [row[0] for row in keys] == sorted(row[0] for row in reversed(keys))
        assert len({row[0] for row in keys}) == len(keys)
        for written, row in zip(self.ASCENDING, keys, strict=True):
            assert set(row) == {row[0]}, written

    @pytest.mark.parametrize("text", ["", None, "unknown", "x64", "-"])
    def test_what_is_no_version(self, text: str | None) -> None:
        assert version_key(text) is None

    @pytest.mark.parametrize(
        ("bounds", "kept"),
        [
            ("<5.10", ["5.9"]),
            ("<=5.10", ["5.9", "5.10.0"]),
            ("> 5.9", ["5.10.0", "6.0-beta", "6"]),
            (">=5.9,<6", ["5.9", "5.10.0", "6.0-beta"]),
            ("=5.10", ["5.10.0"]),
            ("==6.0", ["6"]),
            (["<6", ">5.9"], ["5.10.0", "6.0-beta"]),
        ],
    )
    def test_ranges(self, bounds: Any, kept: list[str]) -> None:
        found = version_range({"v": bounds}, "v", "a.b")
        assert found
        rows: list[dict[str, Any]] = [{"a": {"b": version}} for version in ("5.9", "5.10.0", "6.0-beta", "6", "none")]
        rows += [{"a": None}, {}]
        assert [row["a"]["b"] for row in found.watch(rows)] == kept
        assert "3 rows" in found.note()

    @pytest.mark.parametrize("typed", ["", "5.1", "5.*,*1", ["5.1"]])
    def test_versions_that_are_no_range(self, typed: Any) -> None:
        assert version_range({"v": typed}, "v", "a") is None

    @pytest.mark.parametrize("typed", ["<", "<x", "<5.*", "<5,6", ">7,<3", ">=5,<5.0-beta"])
    def test_what_is_refused(self, typed: str) -> None:
        with pytest.raises(ArgumentError, match="v: "):
            version_range({"v": typed}, "v", "a")


@pytest.mark.parametrize("count", range(1, 9))
def test_a_fence_holds_no_button(count: int) -> None:
    text = "%" * count + '{"message": "OK"}' + "%" * count
    shown = fenced(text)
    assert "%%%" not in shown
    assert shown.replace("\N{WORD JOINER}", "") == f"```\n{text}\n```"


class TestTables:
    def test_headings(self) -> None:
        headings = {
            "Id": "Device UID",
            "lastConnectedDateTimeUtc": "Last connected (UTC)",
            "osName": "OS name",
            "lastIPDateTimeUtc": "Last IP (UTC)",
            "Two words": "Two words",
        }
        assert {name: heading(name) for name in headings} == headings

    def test_columns_without_a_value_are_left_out_where_the_rows_are_cells(self) -> None:
        assert cells_table("T", [{"Id": "1", "esn": "2"}, {"Id": "3"}], ["esn", "Id", "why"]) == (
            "### T\n|ESN|Device UID|\n|---|---|\n| 2 | 1 |\n|  | 3 |\n"
        )

    def test_a_time_is_shown_as_one_where_the_heading_says_utc(self) -> None:
        time = "2026-01-05T09:00:00.000Z"
        row = {"createdDateTimeUtc": time, "Name": time, "updatedUtc": 5, "empty": ""}
        assert cells([row]) == [{"createdDateTimeUtc": "2026-01-05 09:00", "Name": time, "updatedUtc": "5"}]

    def test_paragraphs_that_say_something(self) -> None:
        assert paragraphs("a", "", "b") == "a\n\nb"

    def test_now_is_utc(self) -> None:
        assert utc_now().utcoffset() == timedelta()


class TestRecordsAndLists:
    @pytest.mark.parametrize(
        ("value", "read"),
        [
            ({"a": 1}, [{"a": 1}]),
            ([{"a": 1}, "x", None], [{"a": 1}]),
            ('{"a": 1}', [{"a": 1}]),
            ('[{"a": 1}, {}]', [{"a": 1}, {}]),
            (" ", []),
            (None, []),
        ],
    )
    def test_objects_of_an_argument(self, value: Any, read: list[dict[str, Any]]) -> None:
        assert objects(value) == read

    def test_texts_of_an_argument(self) -> None:
        assert texts([" a, b ", "c", "a, b", "", None, 7]) == ["a, b", "c", "7"]
        nothing: list[Any] = ["", None, []]
        assert [texts(value) for value in ("a, b", *nothing)] == [["a, b"], [], [], []]

    def test_what_the_api_left_out_is_left_out(self) -> None:
        record: dict[str, Any] = {"a": {"b": False}, "c": 0, "d": [], "e": None}
        assert pick(record, {"B": "a.b", "C": "c", "D": "d", "E": "e", "F": "a.x"}) == {"B": False, "C": 0, "D": []}

    def test_uids_of_a_list(self) -> None:
        assert uid_set(["A", "a", 1]) == {"a", "1"}
        assert uid_set("ab") == uid_set(None) == set()

    def test_a_record_in_one_line(self) -> None:
        record: dict[str, Any] = {"a": {"b": {"c": 1}, "d": "=1"}, "e": ["é", 1], "f": None, "g": {}}
        assert flat(record) == {"a.b.c": 1, "a.d": "=1", "e": ["é", 1], "f": None}
        assert csv_cell(["é", 1]) == '["é", 1]'

    @pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r"])
    def test_nothing_is_a_formula(self, begin: str) -> None:
        assert csv_cell(f"{begin}1") == f"'{begin}1"
        assert [csv_cell(value) for value in (f"1{begin}", -1, None)] == [f"1{begin}", -1, None]

    def test_parts_of_a_sentence(self) -> None:
        assert joined("a", "", None, 0, "b") == "a 0 b"
        assert pairs({"a": 1, "b": ""}) == "a: 1; b: "
        assert pairs("x") == ""

    @pytest.mark.parametrize(("text", "fence"), [("a", "```"), ("`a` ```b", "````"), ("``", "```")])
    def test_a_fence_is_longer_than_any_within(self, text: str, fence: str) -> None:
        assert fenced(text) == f"{fence}\n{text}\n{fence}"

    def test_moments(self) -> None:
        east = timezone(timedelta(hours=2))
        assert moment_text(datetime(2026, 1, 5, 9, 0, tzinfo=east)) == "2026-01-05 07:00 UTC"
        assert moment_text(NOW.replace(second=7)) == "2026-01-05 09:00:07 UTC"


class TestListings:
    ROWS: tuple[dict[str, Any], ...] = tuple({"id": number, "name": f"é{number}", "in": {"x": ["a"]}} for number in range(4))
    SIZE = len(json.dumps(ROWS[0], ensure_ascii=False))

    @pytest.fixture(autouse=True)
    def small(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Two rows fit into an entry, three into the context."""
        names = iter(("rows", "table"))
        monkeypatch.setattr(TextApiModule, "ENTRY_SIZE", 2 * self.SIZE)
        monkeypatch.setattr(TextApiModule, "CONTEXT_SIZE", 3 * self.SIZE)
        monkeypatch.setattr(TextApiModule.demisto, "uniqueFile", lambda: next(names))
        monkeypatch.setattr(TextApiModule.demisto, "investigation", lambda: {"id": "7"})
        monkeypatch.chdir(tmp_path)

    def failing(self, count: int) -> Iterator[dict[str, Any]]:
        yield from self.ROWS[:count]
        raise ExplainedError("No *answer*.")

    def test_a_short_list_is_in_no_file(self) -> None:
        found = collect(self.ROWS[:2])
        assert (found.rows, found.total, found.size, found.file) == ([*self.ROWS[:2]], 2, 2 * self.SIZE, None)
        assert (found.more, found.truncated, found.note) == (False, False, "")

    def test_a_long_one_is_in_two_files_as_a_whole(self, tmp_path: Path) -> None:
        found = collect(self.ROWS)
        assert ([row["id"] for row in found.rows], found.total, found.truncated) == ([0, 1, 2], 4, True)
        assert found.file is not None
        entries = found.file.entries("list")
        entry: dict[str, Any] = {"Contents": "", "ContentsFormat": "text", "Type": 9}
        assert entries == [{**entry, "File": "list.csv", "FileID": "table"}, {**entry, "File": "list.json", "FileID": "rows"}]
        text = (tmp_path / "7_rows").read_text("utf-8")
        assert json.loads(text) == [*self.ROWS]
        assert text.splitlines()[1] == json.dumps(self.ROWS[0], ensure_ascii=False) + ","
        lines = (tmp_path / "7_table").read_bytes().decode("utf-8-sig").split("\r\n")
        assert lines[:2] == ["id,name,in.x", '0,é0,"[""a""]"']
        assert len(lines) == 6
        assert (tmp_path / "7_table").read_bytes().startswith(b"\xef\xbb\xbf")

    def test_what_only_some_rows_have_is_a_column_too(self, tmp_path: Path) -> None:
        found = collect([*self.ROWS, {"only": "=x"}])
        assert found.file is not None
        found.file.entries("list")
        lines = (tmp_path / "7_table").read_bytes().decode("utf-8-sig").split("\r\n")
        assert (lines[0], lines[1], lines[5]) == ("id,name,in.x,only", '0,é0,"[""a""]",', ",,,'=x")

    def test_a_limit_and_rows_before_it(self) -> None:
        assert [(found.rows, found.more) for found in (collect(self.ROWS, 1, 1), collect(self.ROWS[:2], 2))] == [
            ([self.ROWS[1]], True),
            ([*self.ROWS[:2]], False),
        ]
        assert collect(flatten([[*self.ROWS[:1]], [], [*self.ROWS[1:2]]])).total == 2

    def test_what_was_read_before_a_failure_counts(self) -> None:
        found = collect(self.failing(2))
        assert (found.total, found.note) == (2, "**Incomplete**: only the first 2 were read. No \\*answer\\*.")
        with pytest.raises(ExplainedError):
            collect(self.failing(0))

    def test_all_of_them_or_none(self) -> None:
        with pytest.raises(ArgumentError, match=r"^fail_if_truncated: the context holds only the first 3, and more are there\."):
            collect(rows := iter((*self.ROWS, *self.ROWS)), whole=True)
        assert len([*rows]) == 4, "what does not count any more is not read"
        assert collect(self.ROWS[:2], whole=True).total == 2

    def test_rows_that_are_not_shown_are_counted(self) -> None:
        rows = [{"esn": number} for number in range(3)]
        assert table("T", rows, ("esn", "why"), most=2) == (
            "### T\n|ESN|Reason|\n|---|---|\n| 0 |  |\n| 1 |  |\n\n2 of 3 rows are shown; the context holds all of them."
        )
        assert table("T", rows, ("esn",), total=9).endswith("\n\n3 of 9 rows are shown; the context holds the first 3.")
        assert "shown" not in table("T", rows, ("esn",))
