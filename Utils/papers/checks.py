"""Whether what a paper names exists. Each check gives back what is wrong, in words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from papers import names
from papers.texts import DESCRIPTION, PACK, ROOT, Paper

Check = Callable[[Paper], Iterator[str]]

COMMAND = re.compile(r"(?<![\w/.-])absolute-(?:[a-z]+-)+[a-z]+\b(?!-|/|\.[a-z])")
COMMAND_LINE = re.compile(r"!((?:absolute|endpoint)[a-z-]*)((?: +[a-z_]+=\S*)*)")
MAKE = re.compile(r"(?:^|`|&& |\| )make ([a-z-]+)", re.MULTILINE)
MODULE = re.compile(r"python -m ([a-z_]+)(?:\.[a-z_]+)*")
UPPER_CASE = re.compile(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b")
CONTENT_NAME = re.compile(r"(?:JOB - )?\bAbsolute - (?=\w)")
OPERATION = re.compile(r"\b(?:GET|POST|PUT|PATCH|DELETE) /v3[^\s`]*")
FILE_NAME = re.compile(r"[\w./-]+\.(?:py|md|yml|toml|json|txt|xif|png|svg|zip)")
FOREIGN_MODULES = {"pytest", "pip", "venv"}
# Written by `make`, and not part of the repository.
MADE = ("dist/", ".venv/", ".cache/")


def unknown_commands(paper: Paper) -> Iterator[str]:
    for name in set(COMMAND.findall(paper.text)) - names.commands().keys():
        yield f"there is no command {name}"


def unknown_arguments(paper: Paper) -> Iterator[str]:
    """Of the commands that are written out, in code blocks and in lines."""
    for line in (*paper.code_lines, *paper.spans):
        for command, typed in COMMAND_LINE.findall(line):
            known = names.commands().get(command, frozenset())
            for argument in set(re.findall(r" ([a-z_]+)=", typed)) - known:
                yield f"{command} has no argument {argument}"


def unknown_make_targets(paper: Paper) -> Iterator[str]:
    for target in set(MAKE.findall(paper.text)) - names.make_targets():
        yield f"there is no target {target} in the Makefile"


def unknown_modules(paper: Paper) -> Iterator[str]:
    """`python -m …`: our own modules."""
    for module in set(MODULE.findall(paper.text)) - FOREIGN_MODULES:
        places = (base / module.replace(".", "/") for base in names.BASES)
        if not any(place.is_dir() or place.with_suffix(".py").is_file() for place in places):
            yield f"there is no module {module}"


def unknown_programs(paper: Paper) -> Iterator[str]:
    """`absolute device-list --limit 5` in code: the command and its options."""
    for line in (*paper.code_lines, *paper.spans):
        words = re.match(r"absolute ([a-z][a-z-]+)(.*)", line.partition("  #")[0])
        if not words:
            continue
        options = names.program_options(words[1])
        if options is None:
            yield f"absolute has no command {words[1]}"
        for option in set(re.findall(r" (--[a-z-]+)", words[2])) - (options or frozenset()):
            yield f"absolute {words[1]} has no option {option}"


def unknown_variables(paper: Paper) -> Iterator[str]:
    """Environment variables and constants: upper case with an underscore, as code."""
    text = "\n".join((*paper.code_lines, *paper.spans))
    for name in set(UPPER_CASE.findall(text)) - names.upper_case_names():
        yield f"no code knows {name}"


def unknown_content(paper: Paper) -> Iterator[str]:
    """Playbooks, rules and widgets are called `Absolute - …`."""
    for found in CONTENT_NAME.finditer(paper.text):
        here = paper.text[found.start() :].replace("\n", " ")
        if not any(re.match(rf"{re.escape(name)}(?!\w)", here) for name in names.own_names()):
            yield f"nothing in the pack is called {here[:40]}…"


def unknown_parameters(paper: Paper) -> Iterator[str]:
    """In tables of which the first title is `parameter`."""
    for names_of_row in (row[0] for row in paper.table_of("parameter")):
        for name in names_of_row.split(", "):
            if name not in names.parameters():
                yield f"the integration has no parameter {name}"


def unknown_italics(paper: Paper) -> Iterator[str]:
    """In what the pack tells its users, italics are names, as the SDK's style wants it."""
    if paper.path != DESCRIPTION and paper.path.parent not in (PACK, PACK / "ReleaseNotes"):
        return
    for text in set(paper.emphasised) - names.shown_in_italics():
        if not any(name.startswith(f"{text} ") for name in names.parameters()):
            yield f"{text} is no name of the integration or the console"


def unknown_messages(paper: Paper) -> Iterator[str]:
    """In tables of which the first title is `Message`: what the integration says, … for what comes from outside."""
    for cell in (row[0] for row in paper.table_of("Message")):
        for message in re.findall(r"`([^`]+)`", cell):
            pattern = ".*".join(re.escape(part) for part in message.split("…"))
            if not any(re.search(pattern, text, re.DOTALL) for text in names.messages()):
                yield f"the integration never says: {message}"


def unknown_operations(paper: Paper) -> Iterator[str]:
    for operation in set(OPERATION.findall(paper.text)) - names.operations():
        if not any(operation.startswith(known.partition("{")[0]) for known in names.operations() if "{" in known):
            yield f"the API has no operation {operation}"


def missing_files(paper: Paper) -> Iterator[str]:
    """Files and folders that are named as code, and those that a code block lists in its first column."""
    listed = [name for line in paper.code_lines for name in _listed(line)]
    for name in (*filter(_is_path, paper.spans), *listed):
        if not _exists(name, paper.path.parent):
            yield f"there is no {name}"


def broken_links(paper: Paper) -> Iterator[str]:
    """Links within the repository, with their anchors."""
    for link in paper.links:
        parts = urlsplit(link)
        if parts.scheme or parts.netloc:
            continue
        target = (paper.path.parent / unquote(parts.path)).resolve() if parts.path else paper.path
        if not target.exists():
            yield f"the link {link} leads nowhere"
        elif parts.fragment and parts.fragment not in (paper if target == paper.path else Paper.read(target)).anchors:
            yield f"the link {link} names no heading there"


def _is_path(span: str) -> bool:
    if not re.fullmatch(r"[\w./-]+", span) or span.startswith("/"):
        return False
    first, slash, _ = span.partition("/")
    return bool(FILE_NAME.fullmatch(span)) or bool(slash and any((base / first).is_dir() for base in names.BASES))


def _listed(line: str) -> list[str]:
    """`Tests/unit/, Tests/contract/   what they are`: the names before the blanks."""
    found = line.strip().partition("  ")[0].split(", ")
    return found if all(re.fullmatch(r"[\w.-]+/[\w./-]*", name) or FILE_NAME.fullmatch(name) for name in found) else []


def _exists(span: str, folder: Path) -> bool:
    if span.startswith(MADE):
        return True
    return any((base / span).exists() for base in (*names.BASES, folder)) or ("/" not in span and _named_anywhere(span))


def _named_anywhere(name: str) -> bool:
    """A bare file name may be one of any folder."""
    return any(next((ROOT / folder).rglob(name), None) for folder in ("Packs", "Utils", "Tests", "docs", "Config"))


CHECKS: tuple[Check, ...] = (
    unknown_commands,
    unknown_arguments,
    unknown_make_targets,
    unknown_modules,
    unknown_programs,
    unknown_variables,
    unknown_content,
    unknown_parameters,
    unknown_italics,
    unknown_messages,
    unknown_operations,
    missing_files,
    broken_links,
)
