"""The console as a WSGI application (Flask, Jinja2)."""

from __future__ import annotations

from datetime import datetime

from command_line.connection import Params
from command_line.outcome import FailedError, RefusedError
from flask import Flask, redirect, render_template, url_for
from local_absolute import LocalTenant
from werkzeug.exceptions import HTTPException, SecurityError
from werkzeug.wrappers import Response

from .account_pages import account_pages
from .device_pages import device_pages
from .guard import protect
from .log_pages import log_pages
from .markdown import as_html
from .token_pages import token_pages
from .war_room_pages import war_room_pages
from .xsoar import Xsoar


def create_app(tenant: LocalTenant, params: Params | None = None, key: str = "") -> Flask:
    """The pages of one tenant that runs. The war room signs in with `params`, without them with a token of its own. With
    a `key`, only who brings it is let in."""
    app = Flask(__package__ or "console")
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.add_template_filter(_moment, "moment")
    app.add_template_filter(as_html, "markdown")
    protect(app, key)
    xsoar = Xsoar(tenant, params)
    for pages in (token_pages, device_pages, log_pages):
        app.register_blueprint(pages(tenant))
    for joined in (account_pages, war_room_pages):
        app.register_blueprint(joined(tenant, xsoar))
    app.add_url_rule("/", "start", lambda: redirect(url_for("tokens.listed")))
    app.register_error_handler(HTTPException, _error_page)
    for unusable in (RefusedError, FailedError):
        app.register_error_handler(unusable, _not_done)
    return app


def _moment(when: datetime | None) -> str:
    """A time of the tenant, UTC, for people."""
    return "never" if when is None else f"{when:%Y-%m-%d %H:%M:%S}"


def _error_page(error: HTTPException) -> Response | tuple[str, int]:
    # Werkzeug redirects by raising, too; and for a host that is not trusted, Flask makes no addresses, not even of a style sheet.
    if error.code is None or error.code < 400 or isinstance(error, SecurityError):
        return error.get_response()
    return render_template("error.html", code=error.code, name=error.name, text=error.description), error.code


def _not_done(error: Exception) -> tuple[str, int]:
    """The accounts cannot be read or written, a keyring does not answer, or the integration cannot be prepared."""
    return render_template("error.html", code=409, name="Not done", text=str(error)), 409
