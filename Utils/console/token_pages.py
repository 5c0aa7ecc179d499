"""API management: tokens from their creation to their end. Which rules they follow stands in local_absolute.tokens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from flask import Blueprint, abort, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue as Page
from local_absolute import LocalTenant, Permission, Token
from local_absolute.permissions import MANAGE, OTHER_ACTIONS, VIEW
from local_absolute.token_values import MAX_LIFE_DAYS, USUAL_LIFE_DAYS, TokenError, last_day, split_addresses

RANGES = (7, 30, 60, USUAL_LIFE_DAYS, 180, MAX_LIFE_DAYS)  # days; which ones the console offers is not known
UNTIL_DATE = "date"


@dataclass(frozen=True)
class TokenForm:
    """What stands in the form. `life` is a number of days, or says that `expires_on` has the last one."""

    permissions: frozenset[Permission]
    title: str = ""
    description: str = ""
    kind: str = "generate"
    public_key: str = ""
    life: str = str(USUAL_LIFE_DAYS)
    expires_on: str = ""
    approved_ips: str = ""
    error: TokenError | None = field(default=None, compare=False)

    @classmethod
    def sent(cls) -> TokenForm:
        return cls(
            permissions=frozenset(map(_permission, request.form.getlist("permissions"))),
            title=request.form.get("title", ""),
            description=request.form.get("description", ""),
            kind=request.form.get("kind", "generate"),
            public_key=request.form.get("public_key", ""),
            life=request.form.get("life", UNTIL_DATE),
            expires_on=request.form.get("expires_on", ""),
            approved_ips=_left_addresses(request.form),
        )

    @classmethod
    def copy_of(cls, token: Token) -> TokenForm:
        """All that can be the same in a new token: a life and a key of its own it needs."""
        return cls(
            permissions=token.permissions,
            title=token.title,
            description=token.description,
            kind="generate" if token.algorithm == "HS256" else "upload",
            approved_ips="\n".join(token.approved_ips),
        )

    def last_day(self, today: date) -> date:
        """TokenError for what is no day that a token may have."""
        return _read_day(self.expires_on) if self.life == UNTIL_DATE else last_day(_days(self.life), today)


def token_pages(tenant: LocalTenant) -> Blueprint:
    pages = Blueprint("tokens", __name__, url_prefix="/tokens")
    tokens = tenant.tokens

    def found(token_id: str) -> Token:
        return tokens.get(token_id) or abort(404, "There is no such token.")

    @pages.before_request
    def close_details() -> None:
        """Whoever leaves the details of a new token has closed them."""
        if request.endpoint not in ("tokens.created", "tokens.download"):
            tokens.close_details()

    @pages.get("")
    def listed() -> Page:
        return render_template("tokens.html", tokens=sorted(tokens, key=lambda token: token.created, reverse=True))

    @pages.get("/new")
    def new() -> Page:
        like = request.args.get("copy")
        blank = TokenForm(permissions=tokens.creator.permissions)
        return form_page(TokenForm.copy_of(found(like)) if like else blank)

    @pages.post("/new")
    def create() -> Page:
        form = TokenForm.sent()
        if "drop" in request.form:
            return form_page(form)
        try:
            token = tokens.create(
                title=form.title,
                description=form.description,
                permissions=form.permissions,
                expires_on=form.last_day(tenant.clock.now().date()),
                approved_ips=split_addresses(form.approved_ips),
                public_key=form.public_key if form.kind == "upload" else None,
            )
        except TokenError as error:
            return form_page(replace(form, error=error)), 400
        return redirect(url_for(".created", token_id=token.id), 303)

    def form_page(form: TokenForm) -> str:
        columns = {
            column: sorted((one for one in tokens.creator.permissions if one.column == column), key=lambda one: one.value)
            for column in (VIEW, MANAGE, OTHER_ACTIONS)
        }
        return render_template("token_new.html", form=form, columns=columns, ranges=RANGES, **days())

    @pages.get("/<token_id>/created")
    def created(token_id: str) -> Page:
        token = found(token_id)
        if not token.details_open:
            return redirect(url_for(".details", token_id=token_id))
        return render_template("token_created.html", token=token)

    @pages.get("/<token_id>/download")
    def download(token_id: str) -> Page:
        token = found(token_id)
        try:
            answer = make_response(token.file())
        except TokenError as error:
            abort(410, str(error))
        answer.mimetype = "text/plain"
        answer.headers.set("Content-Disposition", "attachment", filename=f"{_file_name(token.title)}.token")
        return answer

    @pages.post("/close")
    def close() -> Page:
        return redirect(url_for(".listed"), 303)

    @pages.get("/<token_id>")
    def details(token_id: str) -> Page:
        return details_page(found(token_id))

    @pages.post("/<token_id>")
    def change(token_id: str) -> Page:
        """One form with one button for both things that can change: either both are taken, or none."""
        token = found(token_id)
        typed = {"expires_on": request.form.get("expires_on", ""), "approved_ips": _left_addresses(request.form)}
        if "drop" in request.form:
            return details_page(token, typed=typed)
        try:
            token.change(_read_day(typed["expires_on"]), split_addresses(typed["approved_ips"]))
        except TokenError as error:
            return details_page(token, error, typed), 400
        return redirect(url_for(".details", token_id=token_id), 303)

    @pages.post("/<token_id>/<any(enable, disable, delete):action>")
    def act(token_id: str, action: str) -> Page:
        token = found(token_id)
        try:
            {"enable": token.enable, "disable": token.disable, "delete": token.delete}[action]()
        except TokenError as error:
            return details_page(token, error), 409
        return redirect(url_for(".details", token_id=token_id), 303)

    def details_page(token: Token, error: TokenError | None = None, typed: Mapping[str, str] | None = None) -> str:
        groups = [group.name for group in tenant.device_groups if group.uid in (token.device_group_uids or ())]
        shown = typed or {"expires_on": f"{token.expires_on}", "approved_ips": "\n".join(token.approved_ips)}
        return render_template("token.html", token=token, error=error, typed=shown, groups=groups, **days())

    def days() -> dict[str, date]:
        today = tenant.clock.now().date()
        return {"first_day": today + timedelta(days=1), "latest_day": today + timedelta(days=MAX_LIFE_DAYS)}

    return pages


def _permission(name: str) -> Permission:
    try:
        return Permission[name]
    except KeyError:
        abort(400, f"There is no permission {name}.")


def _read_day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise TokenError(f"{text!r} is no date such as 2027-02-27", "expires_on") from None


def _left_addresses(sent: Mapping[str, str]) -> str:
    """The addresses as they were typed, without the one whose *Delete* was pressed."""
    typed = sent.get("approved_ips", "")
    dropped = sent.get("drop")
    return typed if dropped is None else "\n".join(part for part in split_addresses(typed) if part != dropped)


def _file_name(title: str) -> str:
    """What every file system takes."""
    return "".join(char if char.isalnum() or char in " -_" else "_" for char in title)[:60].strip() or "token"


def _days(life: str) -> int:
    if not life.isascii() or not life.isdigit() or int(life[:9]) not in RANGES:
        raise TokenError(f"A token lives for {', '.join(map(str, RANGES))} days, or until a date", "expires_on")
    return int(life)
