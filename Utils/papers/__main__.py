"""`python -m papers` brings the papers' pictures and figures up to date, the last part of `make pictures`."""

import sys

from papers import dashboard_picture, figures, lost_device_picture, war_room_picture


def main() -> int:
    try:
        for write in (war_room_picture.write, lost_device_picture.write, dashboard_picture.write, figures.write):
            print(write())
    except figures.NoFiguresError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
