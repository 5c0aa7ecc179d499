#!/usr/bin/env bash
# country_converter cannot be made with pandas 3: Zanzibar has no code
#
# Guess: The latest country_converter, installed by pip without a word, works with the pandas that pip
#   brings with it.
#
# Seen: With pandas 3.1.1 already CountryConverter() raises TypeError. Its file is read with
#   converter str, by which an empty code stays an empty text; pandas 3 makes it a missing value, and
#   the Channel Islands, Tanganjika and Zanzibar have none. With pandas 2.3.3 all is well.
#
# Versions: country_converter 1.3.2 with pandas 3.1.1 and 2.3.3; Python 3.11
#
# Matters: An integration that compares countries by it fails at its first event after an image was
#   built anew, although none of its own pins moved.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/old"
"$folder/old/bin/pip" install --quiet --disable-pip-version-check \
    country_converter==1.3.2 pandas==2.3.3
python3 -m venv "$folder/new"
"$folder/new/bin/pip" install --quiet --disable-pip-version-check \
    country_converter==1.3.2 pandas==3.1.1

for installed in old new; do
    "$folder/$installed/bin/python" -W ignore - <<'PYTHON'
import io
from importlib.metadata import version

import country_converter
import pandas

print("country_converter", version("country_converter"), "pandas", version("pandas"))
text = io.StringIO("name,code\nNamibia,NA\nZanzibar,\n")
codes = list(pandas.read_csv(text, converters={"code": str}, keep_default_na=False, na_values={""})["code"])
print("  codes that are read:", codes)
try:
    found = country_converter.CountryConverter().convert("Namibia", to="ISO2")
except TypeError as error:
    found = f"TypeError: {error}"
print("  Namibia:", found)
old = version("pandas").startswith("2.")
assert (found == "NA") is old and (found.startswith("TypeError")) is not old
assert codes[0] == "NA" and (codes[1] == "") is old
PYTHON
done
