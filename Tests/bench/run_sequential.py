"""Measured process: the baseline collector. One window, page after page, everything in one list, sent at the end."""

from __future__ import annotations

import gzip
import json
import sys
import time
from datetime import datetime, timedelta, timezone

import jwt
import requests


def main() -> None:
    task = json.loads(sys.argv[1])
    params, now = task["params"], datetime.now(timezone.utc)
    start = (now - timedelta(hours=72)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    window = f"fromDateTimeUtc={start}&toDateTimeUtc={now.strftime('%Y-%m-%dT%H:%M:%S.999Z')}&pageSize=1000"
    session, events, cursor, calls = requests.Session(), [], "", 0
    started = time.perf_counter()
    while True:
        header = {
            "kid": params["credentials"]["identifier"],
            "method": "GET",
            "content-type": "application/json",
            "uri": "/v3/reporting/siem-events",
            "query-string": f"{window}&nextPage={cursor}" if cursor else window,
            "issuedAt": int(time.time() * 1000),
        }
        body = jwt.encode({}, params["credentials"]["password"], algorithm="HS256", headers=header)
        answer = session.post(f"{params['url']}/jws/validate", data=body, headers={"Content-Type": "text/plain"}, timeout=60)
        answer.raise_for_status()
        page, calls = answer.json(), calls + 1
        events += page["data"]
        cursor = page["metadata"]["pagination"].get("nextPage")
        if not cursor:
            break
    for event in events:
        event["_time"] = event["eventDateTimeUtc"]
    for place in range(0, len(events), 2000):
        gzip.compress("\n".join(json.dumps(event) for event in events[place : place + 2000]).encode())
    print(json.dumps({"seconds": time.perf_counter() - started, "events": len(events), "calls": calls}))


if __name__ == "__main__":
    main()
