"""Small damages to the pure core of the integration, each of which some test should notice.

mutmut says what is damaged and how; a few damages to conditions and statements, which it does not have, are added. Neither
mutmut nor cosmic-ray runs them: mutmut leaves out decorated classes, and some of the core is frozen dataclasses; cosmic-ray
starts pytest anew for each mutant, which takes hours here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import CodeType

import libcst as cst
from libcst.metadata import CodeRange, MetadataWrapper, PositionProvider
from mutmut.mutation.mutators import mutation_operators

CORE_REGIONS = (
    # TextApiModule
    *("Errors", "Time", "Dates that people type", "Arguments", "Records and lists", "Text that people read"),
    # AbsoluteClientApiModule, AbsoluteTargetsApiModule, AbsoluteOperationsApiModule
    *("Pure functions", "Operations, and errors in words", "Targets and guards", "Any operation"),
    # LosslessFetchApiModule, AbsoluteFetchApiModule
    *("Rows, progress, windows", "Reading slices", "Runs", "Fetch: "),
)
# Pure parts of the client; and a table of paths, which is checked over HTTP.
ALSO_CORE = frozenset({"Deadline", "Pacer", "wait_before_retry"})
NOT_CORE = frozenset({"ActionKind"})
REGION = re.compile(r"# (?:region (?P<title>.*)|endregion)")
# Python reads these names without regard to case.
CODECS = frozenset({"ascii", "utf-8", "utf-8-sig", "sha256"})
LONGEST = 100

Positions = Mapping[cst.CSTNode, CodeRange]
Damage = tuple[cst.CSTNode, cst.CSTNode]  # what is there, and what there is instead


@dataclass(frozen=True)
class Mutant:
    """One function with one damage.

    Attributes:
        function: Its qualified name.
        line: Where the damaged node begins.
        source: The text of this line.
        statement: The lines of the damaged statement.
        description: What is there, and what there is instead.
    """

    file: str
    function: str
    line: int
    source: str
    statement: range
    description: str
    code: CodeType = field(repr=False, compare=False)


def mutants(source: str, filename: str) -> Iterator[Mutant]:
    """Every mutant of the core that is Python, in the order of the source."""
    lines = source.splitlines()
    wrapper = MetadataWrapper(cst.parse_module(source), unsafe_skip_copy=True)
    positions, core = wrapper.resolve(PositionProvider), core_lines(lines)
    for top in wrapper.module.body:
        if isinstance(top, cst.FunctionDef | cst.ClassDef) and _is_core(top, positions[top].start.line, core):
            for path, function in functions(top, top.name.value):
                yield from _mutants_of(path, function, positions, lines, filename)


def _is_core(top: cst.FunctionDef | cst.ClassDef, line: int, core: set[int]) -> bool:
    return top.name.value in ALSO_CORE or (line in core and top.name.value not in NOT_CORE)


def core_lines(lines: list[str]) -> set[int]:
    """The numbers of the lines of the core's regions."""
    found: set[int] = set()
    inside = False
    for number, line in enumerate(lines, 1):
        if mark := REGION.fullmatch(line):
            inside = bool(mark["title"]) and mark["title"].startswith(CORE_REGIONS)
        if inside:
            found.add(number)
    return found


def functions(node: cst.FunctionDef | cst.ClassDef, path: str) -> Iterator[tuple[str, cst.FunctionDef]]:
    """The function itself, or those of the class. Functions inside of functions are part of these."""
    if isinstance(node, cst.FunctionDef):
        yield path, node
        return
    for inner in node.body.body:
        if isinstance(inner, cst.FunctionDef | cst.ClassDef):
            yield from functions(inner, f"{path}.{inner.name.value}")


def _mutants_of(path: str, function: cst.FunctionDef, positions: Positions, lines: list[str], filename: str) -> Iterator[Mutant]:
    """Each node of the body, replaced in each way."""
    bare = function.with_changes(leading_lines=(), lines_after_decorators=())
    first = positions[function.decorators[0] if function.decorators else function].start.line
    for node, begin, end in _nodes(function.body, positions, first, first):
        for there, instead in damages(node):
            line = positions[there].start.line if there in positions else begin
            if code := _compiled(bare, there, instead, first, filename):
                yield Mutant(
                    filename, path, line, lines[line - 1].strip(), range(begin, end + 1), _description(there, instead), code
                )


def _compiled(function: cst.FunctionDef, there: cst.CSTNode, instead: cst.CSTNode, first: int, filename: str) -> CodeType | None:
    """The code of the function with the damage; it begins at the line `first`. None when it is no Python any more."""
    text = cst.Module([function.deep_replace(there, instead)]).code  # type: ignore[arg-type]
    try:
        module = compile("\n" * (first - 1) + text, filename, "exec", dont_inherit=True)
    except SyntaxError:
        return None
    return next(constant for constant in module.co_consts if isinstance(constant, CodeType))


def _nodes(node: cst.CSTNode, positions: Positions, begin: int, end: int) -> Iterator[tuple[cst.CSTNode, int, int]]:
    """The nodes of a body that can be damaged, with the lines of their statement; of one with a body, those of its head."""
    if isinstance(node, cst.SimpleStatementLine | cst.BaseCompoundStatement):
        begin, end = positions[node].start.line, positions[node].end.line
        if isinstance(node, cst.BaseCompoundStatement):
            end = max(begin, positions[node.body.body[0]].start.line - 1)
    yield node, begin, end
    for child in () if isinstance(node, cst.Raise) else node.children:
        if not _left_alone(child):
            yield from _nodes(child, positions, begin, end)


def _left_alone(node: cst.CSTNode) -> bool:
    """What was evaluated when the module was loaded, texts for people, names of codecs, and the log."""
    if isinstance(node, cst.Call):
        return cst.Module([]).code_for_node(node.func) in ("log", "demisto.debug")
    if isinstance(node, cst.Expr):
        return isinstance(node.value, cst.BaseString | cst.Ellipsis) or _left_alone(node.value)
    if isinstance(node, cst.SimpleString):
        return node.evaluated_value in CODECS or is_prose(str(node.evaluated_value))
    return isinstance(node, cst.Annotation | cst.Parameters | cst.Decorator)


def is_prose(text: str) -> bool:
    """Text for people: tests look at what it says, not at each of its letters."""
    return bool(re.search(r"[A-Za-z,.:;]\s|\s[A-Za-z]", text))


def damages(node: cst.CSTNode) -> Iterator[Damage]:
    """What to put in the place of a node."""
    for kind, operator in mutation_operators:
        if isinstance(node, kind):
            yield from ((node, instead) for instead in operator(node))
    if isinstance(node, cst.If | cst.IfExp | cst.CompIf):
        yield from ((node.test, cst.Name(constant)) for constant in ("True", "False"))
    if isinstance(node, cst.Raise | cst.Expr):
        yield node, cst.Pass()
    if isinstance(node, cst.Return) and node.value and not (isinstance(node.value, cst.Name) and node.value.value == "None"):
        yield node.value, cst.Name("None")


def _description(there: cst.CSTNode, instead: cst.CSTNode) -> str:
    before, after = (_short(node) for node in (there, instead))
    return f"`{before}` is left out" if isinstance(instead, cst.Pass) else f"`{before}` is `{after}`"


def _short(node: cst.CSTNode) -> str:
    text = re.sub(r"\s+", " ", cst.Module([]).code_for_node(node)).strip()
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
