"""`python -m playbook_pictures layout` and `python -m playbook_pictures draw`: `make pictures` runs both."""

import argparse
import sys
from pathlib import Path

from playbook_pictures.files import all_playbooks, is_current, playbooks, rewrite_positions, write_picture
from playbook_pictures.layers import LoopError
from playbook_pictures.view import ViewError


def main() -> int:
    options = _options()
    files = options.playbook or options.default()
    try:
        for file in files:
            options.step(file)
    except (LoopError, ViewError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _layout(playbook: Path) -> None:
    print(f"{playbook.name}: {'laid out' if rewrite_positions(playbook) else 'as it was'}")


def _draw(playbook: Path) -> None:
    if is_current(playbook):
        print(f"{playbook.name}: its picture is current")
    else:
        print(write_picture(playbook))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m playbook_pictures", description="Playbooks laid out, and as pictures.")
    programs = parser.add_subparsers(required=True)
    layout = programs.add_parser("layout", help="write the positions of the tasks into the playbooks and test playbooks")
    layout.set_defaults(step=_layout, default=all_playbooks)
    drawing = programs.add_parser("draw", help="draw the playbooks whose pictures are not current into doc_files")
    drawing.set_defaults(step=_draw, default=playbooks)
    for program in (layout, drawing):
        program.add_argument("playbook", nargs="*", type=Path, help="YAML files; default: all of the packs")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
