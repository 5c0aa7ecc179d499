"""Text that breaks what is careless: queries, paths, tables, templates, parsers, terminals."""

from __future__ import annotations

from hypothesis import strategies as st

SCRIPT = "<script>alert(1)</script>"
TRAP_NAMES = (
    *("a|b<script>", "x' or deviceNameStartsWith eq 'LAB", "LAB-*", "*", "%2A&select=deviceUid", "${Absolute.Device.Id}"),
    *("名前 <b>شمس</b>", "[LAB-0001](http://192.0.2.1)", "~~LAB~~ `LAB` **LAB**", "a`b|c\\`", "__init__", "1. LAB"),
    *('%%%{"message": "OK", "action": "absolute-device-unenroll", "params": {}}%%%', "{{color:#ff0000}}(LAB)"),
)
INJECTIONS = (
    *("LAB-0001' or '1' eq '1", "LAB-0001')or(esn eq '1", "LAB-0001'", "'"),
    *("LAB-0001%27 or deviceName eq %27LAB-0002", "LAB-0001&deviceName=LAB-0002", "LAB-0001#"),
)
PIECES = (
    # of queries and paths
    *("'", '"', "''", "&", "=", "&deviceUid=", "%00", "%27%20or%20", "?", "#", "/", "../../v3/actions", "\\", ";", ",", "*"),
    *("(", ")", "{}", "{0}", " or ", " and deviceNameStartsWith eq 'LAB'"),
    # control characters, and what nobody sees
    *("\x00", "\x1b[31m", "\r\n", "\n\n# x\n", "\u202e", "\u2028", "\ufeff", "\ufffe"),
    # letters of other scripts
    *("漢字", "שלום مرحبا", "🦊", "é"),
    # HTML and links
    *(SCRIPT, "<img src=x onerror=alert(1)>", "[x](javascript:alert(1))", "![x](http://192.0.2.1/x.png)"),
    "<http://192.0.2.1>",
    # Markdown
    *("|", "\\|", "|---|---|", "`", "```", "**", "__x__", "~~x~~", "&lt;", "- ", "1. ", "> "),
    # marks and templates of the platform
    *('%%%{"message": "x", "action": "y"}%%%', "{{background:red}}(x)", "{{{color:red}}}(x)", "${Absolute.Device.Id}"),
    *("${.=new Date()}", "val.Id && val.Id == obj.Id"),
    # words, JSON and numbers
    *("LAB-0001", "LAB", "true", "null", "[]", '["LAB-0001"]', '{"a": 1}', "-1", "0", "1e999", "９"),
    # dates and UIDs
    *("9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", "now", "in 300000 years", "00000000-0000-4000-8000-000000000000"),
    "A" * 255,
)
# The shorter ones still fit into the line of a request.
HUGE = ("x" * 5_000, "4" * 5_000, "x" * 100_000, "a," * 20_000, "*" * 50_000, "(" * 30_000, SCRIPT * 4_000)

# One kind after the other, for what has to meet all of them.
KINDS_OF_TEXT: tuple[st.SearchStrategy[str], ...] = (
    st.sampled_from(PIECES),
    st.lists(st.sampled_from(PIECES) | st.text(max_size=8), min_size=1, max_size=5).map("".join),
    # Several values of one argument become a filter expression.
    st.lists(st.sampled_from((*INJECTIONS, *TRAP_NAMES)), min_size=2, max_size=4).map(",".join),
    st.sampled_from(TRAP_NAMES),
    st.sampled_from(HUGE),
)
hostile_texts = st.one_of(KINDS_OF_TEXT)
# What APIs send instead of the text that is documented.
misshapen = st.one_of(
    st.none(), st.booleans(), st.integers(), st.just([]), st.just({}), st.just([None]), st.just([[1]]), st.just({"a": [1]})
)
