"""What every page is guarded by: names of loopback only, a key, forms that only our own pages can send, nothing from elsewhere.

No DNS rebinding: a page of another site whose name leads to this host sends that name, and is refused. No other user of this
host: the pages show accounts, and change them, so whoever opens them brings the key that the terminal has shown. No forged
forms: what changes something carries a secret of this process, which other origins cannot read. No scripts or contents of other
hosts: the Content Security Policy (W3C, CSP 3).
"""

from __future__ import annotations

import secrets

from flask import Flask, abort, redirect, request
from werkzeug.wrappers import Response

LOOPBACK = ["127.0.0.1", "localhost"]
LARGEST_FORM = 256 * 1024  # bytes
CONTENT_SECURITY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; frame-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
READING = frozenset({"GET", "HEAD", "OPTIONS"})


def protect(app: Flask, key: str = "") -> None:
    """Guards all pages of the application; templates get `csrf`, the secret that their forms send back. With a `key`, who does
    not bring it (`?key=`, then a cookie) sees nothing."""
    app.config.update(TRUSTED_HOSTS=LOOPBACK, MAX_CONTENT_LENGTH=LARGEST_FORM)
    csrf = secrets.token_urlsafe(32)
    cookie = f"console-{secrets.token_hex(4)}"  # cookies do not tell ports apart

    def check_key() -> Response | None:
        # The screen of a device, in its sandbox, sends no cookies for its style sheet.
        if not key or request.endpoint == "static" or _same(request.cookies.get(cookie, ""), key):
            return None
        if not _same(request.args.get("key", ""), key):
            abort(403, "Open the whole address that the terminal shows, with its key.")
        answer = redirect(request.path)
        answer.set_cookie(cookie, key, httponly=True, samesite="Strict")
        return answer

    def check_form() -> None:
        if request.method not in READING and not _same(request.form.get("csrf", ""), csrf):
            abort(403, "This form was not sent by a page of this console. Load the page again, and send it once more.")

    app.before_request(check_key)
    app.before_request(check_form)
    app.after_request(_with_headers)
    app.context_processor(lambda: {"csrf": csrf})


def _same(given: str, secret: str) -> bool:
    return secrets.compare_digest(given.encode(), secret.encode())


def _with_headers(answer: Response) -> Response:
    # The screen of a device has a policy of its own.
    answer.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    # The screen of a device, in its sandbox, is of no origin, and needs its style sheet.
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin" if request.endpoint == "static" else "same-origin"
    answer.headers["Cache-Control"] = "no-store"
    return answer
