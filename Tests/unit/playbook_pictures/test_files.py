"""Positions in the YAML, pictures beside it, and that both are those of the playbooks in the packs."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from pack_files import read_item
from PIL import Image
from playbook_pictures.files import all_playbooks, is_current, picture_of, playbooks, rewrite_positions, write_picture
from playbook_pictures.graph import Link, read_graph
from playbook_pictures.layout import lay_out
from playbook_pictures.view import ViewError, with_positions

SAMPLE = Path(__file__).parent / "data" / "Packs" / "Sample" / "Playbooks" / "playbook-Sample_-_Find_a_Device.yml"
MOST_PIXELS_WIDE = 1_900
MOST_BYTES = 200_000


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """A copy of the sample playbook, in a pack of its own."""
    shutil.copytree(SAMPLE.parents[1], tmp_path / "Packs" / "Sample")
    return tmp_path / "Packs" / "Sample" / "Playbooks" / SAMPLE.name


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


class TestThePacks:
    @pytest.mark.parametrize("playbook", all_playbooks(), ids=lambda path: path.stem)
    def test_it_is_laid_out(self, playbook: Path) -> None:
        text = playbook.read_bytes().decode()
        is_laid_out = with_positions(text, lay_out(read_graph(playbook))) == text
        assert is_laid_out, "run: python -m playbook_pictures layout"

    @pytest.mark.parametrize("playbook", playbooks(), ids=lambda path: path.stem)
    def test_its_picture_is_not_older_than_it(self, playbook: Path) -> None:
        assert is_current(playbook), "run: python -m playbook_pictures draw"

    @pytest.mark.parametrize("playbook", playbooks(), ids=lambda path: path.stem)
    def test_its_picture_can_be_read_in_a_readme(self, playbook: Path) -> None:
        picture = picture_of(playbook)
        with Image.open(picture) as image:
            assert image.width <= MOST_PIXELS_WIDE
        assert picture.stat().st_size <= MOST_BYTES


class TestReading:
    def test_tasks_and_links(self) -> None:
        graph = read_graph(SAMPLE)
        assert [(task.id, task.kind) for task in graph.tasks.values()][:3] == [("0", "start"), ("1", "title"), ("2", "condition")]
        assert Link("2", "3", "yes") in graph.links
        assert Link("2", "6", "else / no") in graph.links
        assert Link("3", "6", "on error") in graph.links

    def test_what_a_person_does_and_what_runs_again(self) -> None:
        graph = read_graph(SAMPLE)
        assert [task.id for task in graph.tasks.values() if task.manual] == ["4"]
        assert [task.id for task in graph.tasks.values() if task.looped] == ["5"]


class TestPositions:
    def test_nothing_but_positions_changes(self, sample: Path) -> None:
        before = sample.read_bytes()
        assert rewrite_positions(sample)
        after = sample.read_bytes()
        assert after != before
        number = rb'("(?:x|y|width|height)":) -?\d+'
        assert re.sub(number, rb"\1 0", after) == re.sub(number, rb"\1 0", before)

    def test_the_positions_are_those_of_the_layout(self, sample: Path) -> None:
        rewrite_positions(sample)
        layout = lay_out(read_graph(sample))
        playbook = read_item(sample)
        for task_id, task in playbook["tasks"].items():
            box = layout.boxes[task_id]
            assert json.loads(task["view"]) == {"position": {"x": box.x, "y": box.y}}
        paper = json.loads(playbook["view"])["paper"]["dimensions"]
        assert paper == {"x": 50, "y": 50, "width": layout.width, "height": layout.height}

    def test_longer_and_shorter_numbers_change_places(self, sample: Path) -> None:
        laid_out = sample.read_bytes()
        sample.write_bytes(laid_out.replace(b": 450", b": -450000.123456"))
        rewrite_positions(sample)
        crooked = sample.read_bytes()
        sample.write_bytes(laid_out)
        rewrite_positions(sample)
        assert crooked == sample.read_bytes()

    def test_twice_is_as_once(self, sample: Path) -> None:
        rewrite_positions(sample)
        once = sample.read_bytes()
        assert not rewrite_positions(sample)
        assert sample.read_bytes() == once

    def test_line_ends_stay(self, sample: Path) -> None:
        sample.write_bytes(sample.read_bytes().replace(b"\n", b"\r\n"))
        rewrite_positions(sample)
        content = sample.read_bytes()
        assert content.count(b"\r\n") == content.count(b"\n")

    @pytest.mark.parametrize(
        ("old", "new", "complaint"),
        [
            ('"position"', '"place"', "a view has no position"),
            ('"x": 450', '"x": "left"', "a view has no x in its position"),
            ("    view: |-", "    viewed: |-", "task 0 has no view"),
        ],
    )
    def test_another_form_is_refused(self, sample: Path, old: str, new: str, complaint: str) -> None:
        edit(sample, old, new)
        before = sample.read_bytes()
        with pytest.raises(ViewError, match=complaint):
            rewrite_positions(sample)
        assert sample.read_bytes() == before


class TestPictures:
    def test_it_stands_in_doc_files_and_has_a_palette(self, sample: Path) -> None:
        picture = write_picture(sample)
        assert picture == sample.parents[1] / "doc_files" / "Sample_-_Find_a_Device.png"
        with Image.open(picture) as image:
            assert (image.format, image.mode) == ("PNG", "P")

    def test_the_same_playbook_gives_the_same_bytes(self, sample: Path) -> None:
        first = write_picture(sample).read_bytes()
        assert write_picture(sample).read_bytes() == first

    def test_a_missing_picture_is_not_current(self, sample: Path) -> None:
        assert not is_current(sample)
        write_picture(sample)
        assert is_current(sample)

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            pytest.param("name: Look it up", "name: Look for it", id="another name"),
            pytest.param("'yes':\n      - '3'", "'true':\n      - '3'", id="another label"),
            pytest.param("'#none#':\n      - '5'", "'#none#':\n      - '6'", id="another way"),
            pytest.param("forEach: true", "forEach: false", id="no loop any more"),
        ],
    )
    def test_a_picture_older_than_its_playbook_is_not_current(self, sample: Path, old: str, new: str) -> None:
        write_picture(sample)
        edit(sample, old, new)
        assert not is_current(sample)

    def test_what_is_not_seen_does_not_age_a_picture(self, sample: Path) -> None:
        write_picture(sample)
        edit(sample, "description: Looks up the device.", "description: Finds the device.")
        rewrite_positions(sample)
        assert is_current(sample)
