"""Errors as the API answers them: bodies and texts are the vendor's published examples (OpenAPI components/examples)."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

BAD_FILTER_MESSAGE = "Your request is invalid, please contact us for details"
# (code, message) by status.
_EXAMPLES = {
    400: ("INVALID_REQUEST", "invalid request"),
    401: ("NOT_AUTHENTICATED", "not authenticated"),
    403: ("NOT_AUTHORIZED", "not authorized"),
    404: ("RESOURCE_NOT_FOUND", "resource not found"),
    429: ("RATE_LIMITED", "rate-limited"),
    500: (
        "INTERNAL_SERVER_ERROR",
        "We are sorry we have encountered an internal server error. Please contact us and try again later.",
    ),
    503: ("SERVICE_UNAVAILABLE", "service temporarily unavailable"),
}


@dataclass(frozen=True)
class Detail:
    """One reason of a refusal; `field` names the parameter or body member."""

    message: str
    code: str = "INVALID_VALUE"
    field: str | None = None

    def as_json(self) -> dict[str, str]:
        body = {"message": self.message, "code": self.code}
        return body if self.field is None else {**body, "field": self.field}


class ApiError(Exception):
    """An answer with the body `{code, message, details}`: the document's example for its status, or one of the same shape.

    Every cause of a 401 gives the same text: unknown token, signature, expiry, source address, clock.
    """

    def __init__(self, status: int, message: str = "", details: tuple[Detail, ...] = ()) -> None:
        phrase = HTTPStatus(status).phrase
        code, text = _EXAMPLES.get(status, (phrase.upper().replace(" ", "_"), phrase.lower()))
        super().__init__(f"{status} {code}: {message or text} {details}")
        self.status = status
        self.code = code
        self.message = message or text
        self.details = details

    def body(self) -> dict[str, Any]:
        return {"code": self.code, "message": self.message, "details": [detail.as_json() for detail in self.details]}


class EdgeError(Exception):
    """An answer of the web server in front of the API: an HTML page instead of JSON, with HTTP's title unless told otherwise."""

    def __init__(self, status: int, title: str = "") -> None:
        self.status = status
        self.title = title or HTTPStatus(status).phrase
        super().__init__(f"{status} {self.title}")

    def page(self) -> str:
        heading = f"{self.status} {self.title}"
        return (
            f"<html>\r\n<head><title>{heading}</title></head>\r\n<body>\r\n"
            f"<center><h1>{heading}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
        )


def invalid_request(*details: Detail) -> ApiError:
    return ApiError(400, details=details)


def invalid_value(field: str, message: str) -> ApiError:
    return invalid_request(Detail(message, field=field))


def bad_filter() -> ApiError:
    """The API names no reason for an advanced filter that it cannot read."""
    return ApiError(400, BAD_FILTER_MESSAGE)
