"""The vendor's OpenAPI document of API v3: its operations, and what each of them takes and answers."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from pack_files import ROOT

from contract.schemas import Schemas

DEFAULT_PATH = ROOT / ".cache" / "openapi.json"
PREFIX = "/v3"


@dataclass(frozen=True)
class Parameter:
    """A path or query parameter. `pointer` is the place of its schema in the document."""

    name: str
    place: str
    required: bool
    type: str
    description: str
    pointer: str

    @property
    def allowed(self) -> frozenset[str]:
        """The values that the description lists after "(show options):"; empty when it lists none."""
        return frozenset(re.findall(r"`([^`]+)`", self.description.partition("(show options):")[2]))

    @property
    def maximum(self) -> int | None:
        """The "Maximum: `500`" of a description; pageSize is a string for the schema."""
        found = re.search(r"Maximum: `(\d+)`", self.description)
        return int(found.group(1)) if found else None


@dataclass(frozen=True)
class DocumentedOperation:
    """One operation. `path` has the prefix /v3 and names in braces; `pointer` is its place in the document."""

    method: str
    path: str
    pointer: str
    definition: Mapping[str, Any] = field(repr=False, compare=False)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def group(self) -> str:
        return str(self.definition["tags"][0])

    @cached_property
    def parameters(self) -> dict[str, Parameter]:
        """By name; one of the path hides one of the query."""
        given = enumerate(self.definition.get("parameters", ()))
        return {
            one["name"]: Parameter(
                one["name"],
                one["in"],
                bool(one.get("required")),
                one["schema"]["type"],
                one.get("description", ""),
                f"{self.pointer}/parameters/{place}/schema",
            )
            for place, one in sorted(given, key=lambda pair: pair[1]["in"] == "path")
        }

    @property
    def body(self) -> str | None:
        """The place of the body's schema; None for an operation without a body."""
        content = self.definition.get("requestBody", {}).get("content", {})
        return f"{self.pointer}/requestBody/content/application~1json/schema" if content else None

    @cached_property
    def answers(self) -> dict[int, dict[str, str]]:
        """By status, and then by media type, the place of the body's schema; no media type is no body."""
        return {
            int(status): {
                kind: f"{self.pointer}/responses/{status}/content/{escaped(kind)}/schema" for kind in answer.get("content", {})
            }
            for status, answer in self.definition["responses"].items()
        }

    def path_values(self, path: str) -> dict[str, str] | None:
        """The values in a path, as they stand there; None when it is another operation's path."""
        found = self._pattern.fullmatch(path)
        return found.groupdict() if found else None

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(self.path)))


class Document:
    """The document, and its schemas ready to check values with."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        self.content = content
        self.operations = tuple(_operations(content))
        self.schemas = Schemas(content)

    def find(self, method: str, path: str) -> tuple[DocumentedOperation, dict[str, str]] | None:
        """The operation of a call and the values in its path; None when there is no such operation."""
        found = [
            (operation, values)
            for operation in self.operations
            if operation.method == method and (values := operation.path_values(path)) is not None
        ]
        # A path with fewer values in it is the more literal one.
        return min(found, key=lambda one: len(one[1])) if found else None

    def operation(self, name: str) -> DocumentedOperation:
        """By its method and path, such as "GET /v3/actions/freeze/messages/{}"; the names in braces do not matter.

        KeyError when there is none.
        """
        return self._by_name[nameless(name)]

    @cached_property
    def _by_name(self) -> dict[str, DocumentedOperation]:
        return {nameless(str(operation)): operation for operation in self.operations}


def read_document() -> Document:
    """Raises FileNotFoundError where the document is absent; the text says what to do."""
    path = Path(os.environ.get("ABSOLUTE_OPENAPI") or DEFAULT_PATH)
    if not path.is_file():
        raise FileNotFoundError(
            f"They need the vendor's OpenAPI document, which is not at {path}: put it there, or name it with ABSOLUTE_OPENAPI."
        )
    return Document(json.loads(path.read_text("utf-8")))


def nameless(name: str) -> str:
    return re.sub(r"\{\w+\}", "{}", name)


def escaped(name: str) -> str:
    """A member name as part of a JSON pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")


def _operations(content: Mapping[str, Any]) -> Iterator[DocumentedOperation]:
    for path, methods in content["paths"].items():
        for method, definition in methods.items():
            yield DocumentedOperation(method.upper(), PREFIX + path, f"#/paths/{escaped(path)}/{method}", definition)
