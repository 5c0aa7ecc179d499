#!/usr/bin/env bash
# 'One of these two, and managed' finds unmanaged computers through Jamf's SDK, and page 0 alone is all pages
#
# Guess: Filters that are joined by Python's & and | mean what they mean in Python, brackets
#   included; start_page=0 with end_page=0 is the first page, as 1 with 1 is the second.
#
# Seen: (a | b) & c becomes the text a,b;c, and in RSQL ; binds more than , does: a, or b and c. The
#   brackets come from filter_group() alone. end_page=0 counts as not given: every page is read.
#
# Versions: jamf-pro-sdk 0.9a1; Python 3.11
#
# Matters: The selection that a lock or a wipe is sent to is wider than its author wrote; what was to
#   be a look at one page is the whole fleet.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    jamf-pro-sdk==0.9a1

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

from jamf_pro_sdk.clients.pro_api.pagination import FilterField, Paginator, filter_group

print("jamf-pro-sdk", version("jamf-pro-sdk"))
first, second = FilterField("general.name").eq("LAB-1"), FilterField("general.name").eq("LAB-2")
managed = FilterField("general.remoteManagement.managed").eq("true")
print("(first | second) & managed:              ", (first | second) & managed)
print("filter_group(first | second) & managed:  ", filter_group(first | second) & managed)
assert str((first | second) & managed) == f"{first},{second};{managed}" == str(first | (second & managed))
assert str(filter_group(first | second) & managed) == f"({first},{second});{managed}"


class Fleet:
    """What the paginator asks of a client; 500 computers."""

    def api_request(self, method, resource_path, query_params):
        self.page = query_params["page"]
        return self

    def json(self):
        return {"totalCount": 500, "results": [{"id": self.page * 100 + each} for each in range(100)]}

    def concurrent_api_requests(self, handler, arguments):
        return (handler(**each) for each in arguments)


for page, expected in ((0, 500), (1, 100), (3, 100)):
    rows = Paginator(Fleet(), "v1/computers-inventory", None, start_page=page, end_page=page)(return_generator=False)
    print(f"start_page={page}, end_page={page}: {len(rows)} computers")
    assert len(rows) == expected
PYTHON
