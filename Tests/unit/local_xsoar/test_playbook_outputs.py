"""What of a private context comes back."""

from __future__ import annotations

from typing import Any

import pytest
from local_xsoar import Context
from local_xsoar.playbooks.outputs import copy_outputs

ONE: dict[str, Any] = {"Id": "1", "Name": "a", "State": {"Code": "F", "Since": "now"}, "Tags": ["x"]}
TWO: dict[str, Any] = {"Id": "2", "Name": "b"}
SUMMARY: dict[str, Any] = {"Id": "1", "Tags": ["x"], "Flag": False}


@pytest.mark.parametrize(
    ("outputs", "source", "before", "after"),
    [
        pytest.param(["V.D.Id"], {"V": {"D": [ONE, TWO]}}, {}, {"V": {"D": [{"Id": "1"}, {"Id": "2"}]}}, id="fields of objects"),
        pytest.param(["V.D"], {"V": {"D": ONE, "E": 1}}, {}, {"V": {"D": ONE}}, id="a whole object"),
        pytest.param(["V.D.Id", "V.D"], {"V": {"D": ONE}}, {}, {"V": {"D": ONE}}, id="a whole object and its fields"),
        pytest.param(
            ["V.D.Id", "V.D.State.Code"],
            {"V": {"D": [ONE, TWO]}},
            {},
            {"V": {"D": [{"Id": "1", "State": {"Code": "F"}}, {"Id": "2"}]}},
            id="fields within fields",
        ),
        pytest.param(["V.D"], {"V": {"D": TWO}}, {"V": {"D": ONE}}, {"V": {"D": [ONE, TWO]}}, id="added to one"),
        pytest.param(["V.D"], {"V": {"D": ONE}}, {"V": {"D": [ONE, TWO]}}, {"V": {"D": [ONE, TWO]}}, id="none twice"),
        pytest.param(
            ["S.Id"], {"S": SUMMARY}, {"S": [{"Id": "0"}]}, {"S": [{"Id": "0"}, {"Id": "1"}]}, id="one object without a vendor"
        ),
        pytest.param(["S.Id", "S.Flag"], {"S": [SUMMARY]}, {}, {"S": {"Id": "1", "Flag": False}}, id="a list of one"),
        pytest.param(
            ["V.Ids"], {"V": {"Ids": ["1", "2"], "D": ONE}}, {"V": {"D": ONE}}, {"V": {"D": ONE, "Ids": ["1", "2"]}}, id="plain"
        ),
        pytest.param(["List"], {"List": ["a", "a", "b"]}, {"List": "b"}, {"List": ["b", "a"]}, id="plain values once"),
        pytest.param(["Missing.A", "Missing"], {}, {"x": 1}, {"x": 1}, id="nothing"),
        pytest.param(
            ["V.D(val.Id == obj.Id)"],
            {"V": {"D": {"Id": "1", "Name": "c"}}},
            {"V": {"D": [ONE, TWO]}},
            {"V": {"D": [{**ONE, "Name": "c"}, TWO]}},
            id="updated by key",
        ),
    ],
)
def test_outputs(outputs: list[str], source: dict[str, Any], before: dict[str, Any], after: dict[str, Any]) -> None:
    private, parent = Context(), Context()
    private.data, parent.data = source, before
    copy_outputs(tuple(outputs), private, parent)
    assert parent.data == after


def test_what_comes_back_is_a_copy() -> None:
    private, parent = Context(), Context()
    private.data = {"V": {"D": {"Tags": ["x"]}}}
    copy_outputs(("V.D",), private, parent)
    parent.data["V"]["D"]["Tags"].append("y")
    assert private.data["V"]["D"]["Tags"] == ["x"]
