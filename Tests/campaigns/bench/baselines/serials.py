"""One call for each serial number."""

from urllib.parse import quote

import demistomock as demisto

from bench.baselines.api import Api

api = Api(demisto.params())
devices = []
for serial in demisto.args()["serial_numbers"].split(","):
    devices += api.call("GET", "/v3/reporting/devices", f"serialNumber={quote(serial)}&pageSize=500")["data"]
demisto.results({"Type": 1, "ContentsFormat": "json", "Contents": devices, "EntryContext": {"Absolute.Device": devices}})
