"""The sequential collector: one window, page after page, everything in one list, sent at the end."""

from datetime import datetime, timedelta, timezone

import demistomock as demisto
from CommonServerPython import send_events_to_xsiam

from bench.baselines.api import Api

now = datetime.now(timezone.utc)
start = (now - timedelta(hours=72)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
window = f"fromDateTimeUtc={start}&toDateTimeUtc={now.strftime('%Y-%m-%dT%H:%M:%S.999Z')}&pageSize=1000"
events = []
for page in Api(demisto.params()).pages("/v3/reporting/siem-events", window):
    events += page
for event in events:
    event["_time"] = event["eventDateTimeUtc"]
send_events_to_xsiam(events, "Absolute", "Secure Endpoint")
