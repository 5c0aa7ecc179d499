#!/usr/bin/env bash
# celpy finds 20.5 greater than 20, and cannot say whether 20 is greater than 4.5
#
# Guess: In CEL numbers of different types can be compared (specification, *Equality* and
#   *Ordering*), and 5 == 5.0 is true.
#
# Seen: A double compares with an int, an int with a double is an error: no matching overload. So
#   is 5 == 5.0. JSON has one type of number, so it is the value that decides whether a rule works:
#   20.5 is a double, 20 is an int. The Rust implementation compares both ways.
#
# Versions: cel-python 0.5.0, common-expression-language 0.10.0; Python 3.11
#
# Matters: A rule on the accuracy of a position or the days since the last contact works until a
#   value comes without decimals.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    cel-python==0.5.0 common-expression-language==0.10.0

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import cel
import celpy

print("cel-python", version("cel-python"), "common-expression-language", version("common-expression-language"))


def by_celpy(rule, device):
    environment = celpy.Environment()
    try:
        return bool(environment.program(environment.compile(rule)).evaluate({"device": celpy.json_to_cel(device)}))
    except celpy.CELEvalError as error:
        return str(error.args[0]).split(" for ")[0]


def judged(rule, accuracy):
    device = {"accuracy": accuracy}
    answers = by_celpy(rule, device), cel.evaluate(rule, {"device": device})
    print(f"{rule} with {accuracy}: {answers}")
    return answers


REFUSED = "found no matching overload"
assert judged("device.accuracy > 20", 20.5) == (True, True)
assert judged("device.accuracy > 4.5", 20.5) == (True, True)
assert judged("device.accuracy > 4.5", 20) == (REFUSED, True)
assert judged("device.accuracy == 20.0", 20) == (REFUSED, True)
PYTHON
