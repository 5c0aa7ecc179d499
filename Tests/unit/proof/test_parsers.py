"""The parsers against random and damaged texts; `make proof` does the same for longer, guided by coverage."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from proof.parsers import PARSERS, texts


@pytest.mark.parametrize("name", PARSERS)
@settings(max_examples=60)
@given(data=st.data())
def test_any_text(name: str, data: st.DataObject) -> None:
    parser = PARSERS[name]
    parser.check(data.draw(texts(parser)))
