"""`python -m command_line` is `absolute` where it is not installed."""

import sys

from command_line.program import main

if __name__ == "__main__":
    sys.exit(main())
