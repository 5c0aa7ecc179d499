#!/usr/bin/env bash
# One short row, and mistune shows the whole table as text
#
# Guess: Rows of a table may have fewer or more cells than its head; the rest is empty, the excess is
#   left out (GFM, section 4.10).
#
# Seen: mistune gives up on the table: head, rule and all rows are a paragraph with pipes in it.
#   markdown-it-py, cmarkgfm, marko and Python-Markdown show the table.
#
# Versions: mistune 3.4.0, markdown-it-py 4.3.0, cmarkgfm 2025.10.22, marko 2.2.4, Markdown 3.11.3;
#   Python 3.11
#
# Matters: A report of a thousand devices, one of which has a name with a bare pipe, or lacks its last
#   cell, is a wall of text in one renderer and fine in the one that was tried.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    mistune==3.4.0 markdown-it-py==4.3.0 cmarkgfm==2025.10.22 marko==2.2.4 Markdown==3.11.3

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import cmarkgfm
import markdown
import marko.ext.gfm
import mistune
from markdown_it import MarkdownIt

RENDERERS = {
    "markdown-it-py": MarkdownIt("commonmark").enable("table").render,
    "cmarkgfm": cmarkgfm.github_flavored_markdown_to_html,
    "marko": marko.ext.gfm.gfm.convert,
    "Markdown": lambda text: markdown.markdown(text, extensions=["tables"]),
    "mistune": mistune.create_markdown(plugins=["table"]),
}
HEAD = "| name | serial |\n| --- | --- |\n| LAB-1 | SN1 |\n"
TABLES = {"even": HEAD + "| LAB-2 | SN2 |\n", "a short row": HEAD + "| LAB-2 |\n", "a long row": HEAD + "| LAB-2 | SN2 | x |\n"}
found = {}
for library, render in RENDERERS.items():
    found[library] = [kind for kind, text in TABLES.items() if "<table" in render(text)]
    print(f"{library} {version(library)}: a table if {', '.join(found[library])}")
mistune_s = found.pop("mistune")
assert mistune_s == ["even"], mistune_s
assert all(kinds == list(TABLES) for kinds in found.values()), found
PYTHON
