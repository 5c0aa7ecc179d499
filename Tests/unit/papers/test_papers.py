"""The papers name what exists, and their pictures and figures are those of today."""

from __future__ import annotations

import re

import pytest
from pack_files import read_item
from papers import checks, figures, lost_device_picture, names, war_room_picture
from papers.checks import CHECKS, Check
from papers.figures import MEASURED, NoFiguresError
from papers.texts import DESCRIPTION, PACK, README, ROOT, Paper, papers
from PIL import Image, ImageChops

PAPERS = papers()
NOTES = PACK / "ReleaseNotes"


@pytest.mark.parametrize("paper", PAPERS, ids=str)
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_what_is_named_exists(check: Check, paper: Paper) -> None:
    assert sorted(set(check(paper))) == []


# The checks can fail: each of these names something that does not exist ---------------------------------------------

WRONG: tuple[tuple[Check, str], ...] = (
    (checks.unknown_commands, "Type `!absolute-device-melt`."),
    (checks.unknown_commands, "the ***absolute-device-melt*** command"),
    (checks.unknown_arguments, "```\n!absolute-device-list colour=red limit=5\n```"),
    (checks.unknown_arguments, "Type `!endpoint colour=red`."),
    (checks.unknown_make_targets, "Run `make tea`."),
    (checks.unknown_make_targets, "```\nmake tea  # now\n```"),
    (checks.unknown_modules, "Run `python -m teapot`."),
    (checks.unknown_variables, "Set `ABSOLUTE_TEAPOT`."),
    (checks.unknown_content, "The playbook *Absolute - Make Tea* does it."),
    (checks.unknown_content, "**Absolute - Freeze Devicess**"),
    (checks.unknown_parameters, "| parameter | meaning |\n| --- | --- |\n| Server URL, Teapot | x |\n"),
    (checks.unknown_italics, "Raise *Maximum teapots per action*."),
    (checks.unknown_messages, "| Message | What to do |\n| --- | --- |\n| `The teapot … is short.` | Pour. |\n"),
    (checks.unknown_operations, "`GET /v3/reporting/teapots`"),
    (checks.unknown_programs, "```\nabsolute teapot\n```"),
    (checks.unknown_programs, "```\nabsolute device-list --teapots 5  # tea\n```"),
    (checks.missing_files, "See `Tests/teapot.py`."),
    (checks.missing_files, "See `teapot_test.py`."),
    (checks.missing_files, "See `Packs/Absolute/Teapots`."),
    (checks.missing_files, "```\nUtils/command_line/demo.py, Teapots/     tea\n```"),
    (checks.broken_links, "[x](Tests/teapot.py)"),
    (checks.broken_links, "[x](#no-such-heading)"),
    (checks.broken_links, "[x](README.md#no-such-heading)"),
    (checks.broken_links, '<img src="docs/pictures/teapot.png">'),
)
RIGHT = """# A heading, and `code` (twice)

Type `!absolute-device-list limit=5`, `absolute device-list --limit 5 -o csv`,
`make war-room`, `python -m soak`; set `ABSOLUTE_URL`. *Absolute - Freeze Devices* and
JOB - Absolute - Silent Devices call `GET /v3/reporting/devices` and `GET /v3/actions/freeze/requests/5b1f`. See
`Utils/command_line/demo.py`, `demo.py`, `local_absolute/clock.py`,
`dist/Absolute.zip` and [there](#a-heading-and-code-twice), [there](README.md#commands).

| parameter | meaning |
| --- | --- |
| Server URL, Token ID | x |

| Message | What to do |
| --- | --- |
| `There is no such object, or the token may not see it.`, `… could not be reached.` | Raise *Maximum devices per action*. |
"""


@pytest.mark.parametrize(("check", "text"), WRONG, ids=[f"{check.__name__}-{number}" for number, (check, _) in enumerate(WRONG)])
def test_what_does_not_exist_is_found(check: Check, text: str) -> None:
    path = DESCRIPTION if check is checks.unknown_italics else README
    assert list(check(Paper(path, text)))


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_what_exists_is_not_found(check: Check) -> None:
    assert list(check(Paper(README.parent / "CONTRIBUTING.md", RIGHT))) == []


# Nothing is left out -------------------------------------------------------------------------------------------------


def test_the_release_notes_name_every_command() -> None:
    texts = "".join(path.read_text(encoding="utf-8") for path in NOTES.glob("*.md"))
    named = set(re.findall(r"\*\*\*([a-z-]+)\*\*\*", texts))
    assert named == set(names.commands()), f"ReleaseNotes and Absolute.yml differ in {named ^ set(names.commands())}"


def test_the_readme_links_every_playbook_that_is_no_part_of_another() -> None:
    playbooks = {path: read_item(path) for path in PACK.glob("Playbooks/*.yml")}
    called = {task["task"].get("playbookName") for playbook in playbooks.values() for task in playbook["tasks"].values()}
    alone = {path.with_name(f"{path.stem}_README.md") for path, playbook in playbooks.items() if playbook["name"] not in called}
    links = Paper.read(README).links
    assert {path.name for path in alone if str(path.relative_to(README.parent)) not in links} == set()


def test_every_decision_is_in_the_list() -> None:
    index = Paper.read(README.parent / "docs" / "decisions" / "README.md")
    assert {path.name for path in index.path.parent.glob("0*.md")} == set(index.links)


def test_what_is_quoted_from_the_code_stands_there() -> None:
    quoted = [block for block in Paper.read(README.parent / "CONTRIBUTING.md").blocks if block.info in ("python", "yaml")]
    sources = [*PACK.rglob("*.py"), README.parent / "Utils" / "catalogue" / "commands.yml"]
    texts = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    assert quoted
    assert [block.content for block in quoted if block.content.rstrip() not in texts] == []


def test_where_a_conclusion_is_drawn_there_is_such_code() -> None:
    rows = Paper.read(README.parent / "docs" / "certainty.md").table_of("conclusion")
    named = {name for row in rows for name in re.findall(r"`([\w.]+)`", row[1])}
    sources = [path for path in README.parent.glob("Packs/**/*.py") if not path.stem.endswith("_test")]
    defined = set(re.findall(r"(?:def|class) (\w+)", "\n".join(path.read_text(encoding="utf-8") for path in sources)))
    defined |= {name for path in sources for name in (path.stem, path.name)}
    assert rows
    assert {name for name in named if name not in defined and name.rpartition(".")[2] not in defined} == set()


# Pictures and figures ------------------------------------------------------------------------------------------------


def test_the_war_room_is_drawn_as_the_demo_prints_it() -> None:
    drawn, now = war_room_picture.PICTURE.read_text(encoding="utf-8"), war_room_picture.picture()
    assert drawn == now, "run make pictures"


def test_the_playbook_is_drawn_as_it_is() -> None:
    with Image.open(lost_device_picture.PICTURE) as drawn:
        now = lost_device_picture.picture()
        assert drawn.size == now.size, "run make pictures"
        assert ImageChops.difference(drawn.convert("RGB"), now.convert("RGB")).getbbox() is None, "run make pictures"


def test_the_figures_are_those_of_the_bench() -> None:
    text = README.read_text(encoding="utf-8")
    assert MEASURED.is_file(), "run make bench"
    assert text == figures.with_figures(text, Paper.read(MEASURED)), "run make pictures"


REPORT = """# Measured

## Tea

| | time |
| --- | ---: |
| a cup | 3 min |

| target | wanted | measured |  |
| --- | ---: | ---: | --- |
| time for a cup | at most 4 min | 3 min | met |
| cups | at least 2 | 1 | **missed** |

## No target
"""


def test_figures_are_copied_with_their_results() -> None:
    text = figures.with_figures(f"a\n{figures.BEGIN}old\n{figures.END}\nb", Paper(MEASURED, REPORT))
    assert "old" not in text
    assert text.startswith("a\n")
    assert text.endswith("\nb")
    assert "| [Tea](docs/measured.md#tea) | time for a cup | at most 4 min | 3 min | met |\n" in text
    assert "cups" not in text
    assert "| all targets |  |  |  | 1 of 2 met |\n" in text
    assert "No target" not in text


@pytest.mark.parametrize(("readme", "report"), [("no place", REPORT), (figures.BEGIN + figures.END, "# Measured\n")])
def test_figures_that_cannot_be_copied_are_refused(readme: str, report: str) -> None:
    with pytest.raises(NoFiguresError):
        figures.with_figures(readme, Paper(MEASURED, report))


def test_the_tests_that_papers_name_are_there() -> None:
    tests = [path for folder in ("Tests", "Packs") for path in (ROOT / folder).rglob("*test*.py")]
    defined = set(re.findall(r"def (test_\w+)", "\n".join(path.read_text("utf-8") for path in tests)))
    files = {path.name for path in tests}
    named = {name for paper in PAPERS for name in re.findall(r"`(?:\S*/)?(test_\w+|\w+_test\.py)`", paper.text)}
    assert len(named) > 10
    assert {name for name in named if name not in defined | files} == set()
