"""`python -m local_xsoar job` and `… survey`: a fetch of any integration, and playbooks of any folder.

The rest a terminal has from `absolute`.
"""

import argparse
import sys

from local_xsoar import job_command, survey


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m local_xsoar", description="A local Cortex XSOAR.")
    programs = parser.add_subparsers(required=True)
    job_command.add_arguments(
        programs.add_parser("job", description="A scheduled fetch of one instance. It can be killed and started again.")
    )
    survey.add_arguments(programs.add_parser("survey", description="Which playbooks of a folder can be read, and why not."))
    options = parser.parse_args()
    return int(options.start(options))


if __name__ == "__main__":
    sys.exit(main())
