"""Errors as the API answers them: bodies and texts are the vendor's published examples (OpenAPI components/examples)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

BAD_FILTER_MESSAGE = "Your request is invalid, please contact us for details"


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
    """An answer with the body `{code, message, details}`."""

    def __init__(self, status: int, code: str, message: str, details: tuple[Detail, ...] = ()) -> None:
        super().__init__(f"{status} {code}: {message} {details}")
        self.status = status
        self.code = code
        self.message = message
        self.details = details

    def body(self) -> dict[str, Any]:
        return {"code": self.code, "message": self.message, "details": [detail.as_json() for detail in self.details]}


class EdgeError(Exception):
    """An answer of the web server in front of the API: an HTML page instead of JSON."""

    def __init__(self, status: int, title: str) -> None:
        super().__init__(f"{status} {title}")
        self.status = status
        self.title = title

    def page(self) -> str:
        heading = f"{self.status} {self.title}"
        return (
            f"<html>\r\n<head><title>{heading}</title></head>\r\n<body>\r\n"
            f"<center><h1>{heading}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
        )


def invalid_request(*details: Detail, message: str = "invalid request") -> ApiError:
    return ApiError(400, "INVALID_REQUEST", message, details)


def invalid_value(field: str, message: str) -> ApiError:
    return invalid_request(Detail(message, field=field))


def bad_filter() -> ApiError:
    """The API names no reason for an advanced filter that it cannot read."""
    return invalid_request(message=BAD_FILTER_MESSAGE)


def not_authenticated() -> ApiError:
    """Every cause gives the same text: unknown token, signature, expiry, source address, clock."""
    return ApiError(401, "NOT_AUTHENTICATED", "not authenticated")


def not_authorized() -> ApiError:
    return ApiError(403, "NOT_AUTHORIZED", "not authorized")


def not_found() -> ApiError:
    return ApiError(404, "RESOURCE_NOT_FOUND", "resource not found")


def rate_limited() -> ApiError:
    return ApiError(429, "RATE_LIMITED", "rate-limited")


def no_such_path() -> EdgeError:
    return EdgeError(403, "Forbidden")
