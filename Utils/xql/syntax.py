"""How XQL is written: text → stages → expressions."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*)
    |(?P<text>"[^"]*")
    |(?P<number>\d+(?:\.\d+)?(?![\w.]))
    |(?P<name>[A-Za-z_][\w.]*)
    |(?P<mark>->|~=|!=|<=|>=|[=<>(),|;:\[\]-]|\d+[a-z]+)""",
    re.VERBOSE,
)
CLOSING = {"(": ")", "[": "]"}
COMPARISONS = ("=", "!=", "~=", "<", "<=", ">", ">=", "contains", "in")


class XqlError(Exception):
    """Something that XQL, or what is known of it here, does not have."""


class Token(NamedTuple):
    kind: str
    text: str


@dataclass(frozen=True)
class Literal:
    """A text, a number or null."""

    value: Any


@dataclass(frozen=True)
class Field:
    name: str


@dataclass(frozen=True)
class Member:
    """`object -> name`."""

    value: Expression
    name: str


@dataclass(frozen=True)
class Call:
    function: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True)
class Compare:
    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Choice:
    """The values after `in`."""

    values: tuple[Expression, ...]


@dataclass(frozen=True)
class Logic:
    """and, or, not."""

    operator: str
    operands: tuple[Expression, ...]


Expression = Any  # mypy 0.982 knows no recursive types: one of the classes above


def tokens(text: str) -> list[Token]:
    """Raises XqlError for what is no token, and for brackets that do not match."""
    found: list[Token] = []
    open_brackets: list[str] = []
    place = 0
    while place < len(text):
        match = TOKEN.match(text, place)
        if not match or not match.lastgroup:
            raise XqlError(f"no XQL: {text[place : place + 40]!r}")
        place = match.end()
        if match.lastgroup == "space":
            continue
        found.append(Token(match.lastgroup, match.group()))
        if match.group() in CLOSING:
            open_brackets.append(CLOSING[match.group()])
        elif match.group() in CLOSING.values() and (not open_brackets or open_brackets.pop() != match.group()):
            raise XqlError(f"{match.group()} closes nothing: {text[max(place - 40, 0) : place]!r}")
    if open_brackets:
        raise XqlError(f"{open_brackets[-1]} is missing")
    return found


def split(found: list[Token], mark: str) -> list[list[Token]]:
    """The tokens between the marks that stand in no bracket."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in found:
        depth += (token.text in CLOSING) - (token.text in CLOSING.values())
        if token.kind == "mark" and token.text == mark and depth == 0:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def expression(found: list[Token]) -> Expression:
    """The expression that all the tokens are."""
    reader = Reader(found)
    parsed = reader.disjunction()
    if not reader.at_end():
        raise XqlError(f"not understood after an expression: {reader.rest()}")
    return parsed


def assignment(found: list[Token]) -> tuple[str, Expression]:
    """`name = expression`."""
    if len(found) < 3 or found[0].kind != "name" or found[1].text != "=":
        raise XqlError(f"no assignment: {words(found)}")
    return found[0].text, expression(found[2:])


def words(found: list[Token]) -> str:
    return " ".join(token.text for token in found)


@dataclass
class Reader:
    """Recursive descent; each method reads what it is named after."""

    found: list[Token]
    place: int = 0

    def at_end(self) -> bool:
        return self.place == len(self.found)

    def rest(self) -> str:
        return words(self.found[self.place :])

    def take(self, *texts: str) -> str:
        """The next token's text if it is one of these, else nothing."""
        if not self.at_end() and self.found[self.place].kind != "text" and self.found[self.place].text in texts:
            self.place += 1
            return self.found[self.place - 1].text
        return ""

    def expect(self, text: str) -> None:
        if not self.take(text):
            raise XqlError(f"{text} expected before: {self.rest()}")

    def disjunction(self) -> Expression:
        return self._chain("or", self.conjunction)

    def conjunction(self) -> Expression:
        return self._chain("and", self.negation)

    def _chain(self, operator: str, part: Callable[[], Expression]) -> Expression:
        parts = [part()]
        while self.take(operator):
            parts.append(part())
        return parts[0] if len(parts) == 1 else Logic(operator, tuple(parts))

    def negation(self) -> Expression:
        return Logic("not", (self.negation(),)) if self.take("not") else self.comparison()

    def comparison(self) -> Expression:
        left = self.operand()
        negated = self.take("not")
        operator = self.take("contains", "in") if negated else self.take(*COMPARISONS)
        if not operator:
            if negated:
                raise XqlError(f"only contains and in follow not: {self.rest()}")
            return left
        compared = Compare(operator, left, Choice(self.arguments()) if operator == "in" else self.operand())
        return Logic("not", (compared,)) if negated else compared

    def operand(self) -> Expression:
        value = self.primary()
        if self.take("->"):
            name = self.primary()
            if not isinstance(name, Field):
                raise XqlError(f"-> wants a name, not {name}")
            return Member(value, name.name)
        return value

    def primary(self) -> Expression:
        if self.take("("):
            inner = self.disjunction()
            self.expect(")")
            return inner
        if self.at_end():
            raise XqlError("an expression ends too early")
        token = self.found[self.place]
        self.place += 1
        if token.kind == "text":
            return Literal(token.text[1:-1])
        if token.kind == "number":
            return Literal(float(token.text) if "." in token.text else int(token.text))
        if token.kind != "name":
            raise XqlError(f"no expression: {token.text} {self.rest()}")
        if not self.at_end() and self.found[self.place].text == "(":
            return Call(token.text, self.arguments())
        return Literal(None) if token.text == "null" else Field(token.text)

    def arguments(self) -> tuple[Expression, ...]:
        self.expect("(")
        if self.take(")"):
            return ()
        values = [self.disjunction()]
        while self.take(","):
            values.append(self.disjunction())
        self.expect(")")
        return tuple(values)
