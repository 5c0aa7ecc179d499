"""What happened: the calls that came in, the event history, the e-mails that were sent."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, render_template, request
from local_absolute import LocalTenant

LAST_CALLS = 200
LAST_EVENTS = 100
HISTORY = timedelta(hours=24)  # of the tenant's time
TOKEN_EVENTS = "APITokenUpdated"


def log_pages(tenant: LocalTenant) -> Blueprint:
    pages = Blueprint("logs", __name__)

    @pages.get("/requests")
    def calls() -> str:
        records = list(tenant.requests)[: -LAST_CALLS - 1 : -1]
        return render_template("requests.html", rows=[(record, tenant.tokens.get(record.token_id)) for record in records])

    @pages.get("/history")
    def history() -> str:
        everything = request.args.get("events") == "all"
        events = tenant.siem.visible(start=tenant.clock.now() - HISTORY)
        shown = [event for event in reversed(events) if everything or event.fields["eventType"] == TOKEN_EVENTS]
        return render_template("history.html", events=shown[:LAST_EVENTS], everything=everything, count=len(shown))

    @pages.get("/mails")
    def mails() -> str:
        return render_template("mails.html", mails=tenant.tokens.mails[::-1])

    return pages
