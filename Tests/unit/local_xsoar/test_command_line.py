"""The line that an analyst types."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from local_xsoar.command_line import CommandLineError, parse


@pytest.mark.parametrize(
    ("line", "arguments"),
    [
        ("!c", []),
        ("  !c   a=1  ", [("a", "1")]),
        ("!c a=1,2 b=x=y", [("a", "1,2"), ("b", "x=y")]),
        ('!c a="two words" b=3', [("a", "two words"), ("b", "3")]),
        ("!c a='two words'", [("a", "two words")]),
        ('!c a="a \\"quoted\\" b"', [("a", 'a "quoted" b')]),
        ('!c a="back\\\\slash" b="line\\nbreak\\ttab"', [("a", "back\\slash"), ("b", "line\nbreak\ttab")]),
        ('!c a=`{"x": "it\'s \\n"}`', [("a", '{"x": "it\'s \\n"}')]),
        ("!c a= b=1", [("a", ""), ("b", "1")]),
        ('!c a=""', [("a", "")]),
        ("!c 192.0.2.1", [("", "192.0.2.1")]),
        ('!c "a=b"', [("", "a=b")]),
        ("!c filter=deviceName eq", [("filter", "deviceName"), ("", "eq")]),
        ("!c https://example.com/?a=b", [("", "https://example.com/?a=b")]),
        ("!c name=O'Brien", [("name", "O'Brien")]),
        ("!c name=日本語", [("name", "日本語")]),
        ('!c a="1"b="2"', [("a", "1"), ("b", "2")]),
        ("!c\ta=1\nb=2", [("a", "1"), ("b", "2")]),
    ],
)
def test_reading_a_line(line: str, arguments: list[tuple[str, str]]) -> None:
    command, typed = parse(line)
    assert command == "c"
    assert [(argument.name, argument.value) for argument in typed] == arguments


@pytest.mark.parametrize("line", ["", "c a=1", "!", "! c", '!c a="1', "!c a='1", "!c a=`1", '!c a="1\\'])
def test_a_line_that_cannot_be_read(line: str) -> None:
    with pytest.raises(CommandLineError):
        parse(line)


@given(st.dictionaries(st.from_regex(r"[a-z_]{1,8}", fullmatch=True), st.text(max_size=30)))
def test_any_value_survives_quoting(args: dict[str, str]) -> None:
    def quoted(value: str) -> str:
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'

    _, typed = parse("!c " + " ".join(f"{name}={quoted(value)}" for name, value in args.items()))
    assert {argument.name: argument.value for argument in typed} == args


@given(st.text(max_size=60))
def test_a_line_is_read_or_refused(rest: str) -> None:
    line = "!c " + rest
    try:
        _, typed = parse(line)
    except CommandLineError:
        return
    ends = [0, *(argument.end for argument in typed)]
    assert all(before <= argument.start < argument.end for before, argument in zip(ends, typed, strict=False))
