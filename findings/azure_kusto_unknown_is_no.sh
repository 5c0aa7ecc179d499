#!/usr/bin/env bash
# Whether LAB-2 is isolated is not known, and azure-kusto-data's data frame says no
#
# Guess: dataframe_from_result_table keeps an empty bool empty, as it keeps an empty number, and a date
#   that Kusto knows is a date.
#
# Seen: An empty bool is False in the data frame, and None in the rows of the same table. The first and
#   the last moment of Kusto, which stand for never and for no end, become NaT like an empty date; a date
#   of the year 2026 beside them stays.
#
# Versions: azure-kusto-data 6.0.4, pandas 3.1.1; Python 3.11
#
# Matters: Devices that have not reported yet count as not isolated, not encrypted and not onboarded, and
#   are handled so. An exception without end looks like one without a date.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    azure-kusto-data==6.0.4 pandas==3.1.1

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import pandas
from azure.kusto.data._models import KustoResultTable
from azure.kusto.data.helpers import dataframe_from_result_table

print(f"azure-kusto-data {version('azure-kusto-data')}, pandas {version('pandas')}")
columns = {"DeviceName": "string", "IsIsolated": "bool", "FreeDisk": "long", "Until": "datetime"}
table = KustoResultTable(
    {
        "TableName": "Devices",
        "Columns": [{"ColumnName": name, "ColumnType": kind} for name, kind in columns.items()],
        "Rows": [
            ["LAB-1", True, 12, "2026-01-02T03:04:05Z"],
            ["LAB-2", None, None, None],
            ["LAB-3", False, 7, "9999-12-31T23:59:59.9999999Z"],
            ["LAB-4", True, 9, "0001-01-01T00:00:00Z"],
        ],
    }
)

rows = [row.to_dict() for row in table]
frame = dataframe_from_result_table(table)
print(*rows, frame.to_string(), sep="\n")
assert [row["IsIsolated"] for row in rows] == [True, None, False, True]
assert frame["IsIsolated"].tolist() == [True, False, False, True]
assert frame["FreeDisk"].isna().tolist() == [False, True, False, False]
assert [row["Until"] and row["Until"].year for row in rows] == [2026, None, 9999, 1]
assert frame["Until"][0] == pandas.Timestamp("2026-01-02T03:04:05Z")
assert frame["Until"].isna().tolist() == [False, True, True, True]
PYTHON
