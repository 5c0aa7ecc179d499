"""YAML, JSON Schema, regular expressions and Markdown: where two readers of one text differ."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
import re2  # type: ignore[import]
import yaml
from jsonschema import Draft4Validator, Draft202012Validator
from markdown_it import MarkdownIt
from ruamel.yaml import YAML

# YAML -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scalar", "first", "second"), [("Yes", True, "Yes"), ("1:30", 90, "1:30"), ("010", 8, 10), ("1e3", "1e3", 1000.0)]
)
def test_the_two_versions_of_yaml_read_plain_scalars_differently(scalar: str, first: Any, second: Any) -> None:
    """PyYAML is a reader of 1.1, ruamel.yaml, with which demisto-sdk writes, one of 1.2."""
    assert yaml.safe_load(scalar) == first
    assert YAML(typ="rt").load(io.StringIO(scalar)) == second


def test_a_branch_of_a_condition_is_a_text_only_where_nothing_is_resolved() -> None:
    text = "nexttasks:\n  yes: ['2']\n"
    assert list(yaml.safe_load(text)["nexttasks"]) == [True]
    assert list(yaml.load(text, Loader=yaml.CBaseLoader)["nexttasks"]) == ["yes"]  # noqa: S506  # makes nothing but texts


# JSON Schema ----------------------------------------------------------------------------------------------------------


def test_a_whole_number_with_a_point_is_no_integer_in_draft_4() -> None:
    assert not Draft4Validator({"type": "integer"}).is_valid(1.0)
    assert Draft202012Validator({"type": "integer"}).is_valid(1.0)


# Regular expressions --------------------------------------------------------------------------------------------------


def test_the_dollar_of_re2_is_the_true_end() -> None:
    assert re.search(r"^\d{4}Z$", "2026Z\n")
    assert not re2.search(r"^\d{4}Z$", "2026Z\n")
    assert re2.search(r"^\d{4}Z$", "2026Z")


def test_a_digit_of_re2_is_one_of_ten() -> None:
    assert re.search(r"^\d+$", "\u0661\u0662")  # Arabic-Indic digits
    assert not re2.search(r"^\d+$", "\u0661\u0662")


# Markdown -------------------------------------------------------------------------------------------------------------


def cells(text: str) -> list[str]:
    """The texts of the cells of a table as they are shown."""
    inlines = (token.children or [] for token in MarkdownIt("commonmark").enable("table").parse(text) if token.type == "inline")
    return ["".join(child.content for child in children) for children in inlines]


def test_a_pipe_divides_cells_before_anything_else_is_read() -> None:
    """Even within code: there, too, it is escaped, and the backslash is not shown."""
    assert cells("| a | b |\n| --- | --- |\n| `x|y` | z |\n")[2:4] == ["`x", "y`"]
    assert cells("| a | b |\n| --- | --- |\n| `x\\|y` | z |\n")[2:4] == ["x|y", "z"]


def test_a_backtick_behind_two_backslashes_opens_code() -> None:
    assert cells("| a |\n| --- |\n| x\\`y |\n")[1] == "x`y"
    assert cells("| a |\n| --- |\n| x\\\\`y`z |\n")[1] == "x\\yz"
