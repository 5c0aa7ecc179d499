"""A pytest plugin: what a script defines is made once for each process, and every command finds it as it was then.

The platform loads CommonServerPython and the integration anew for each command, and so does the local XSOAR. To make two hundred
classes and throw them away again took half of the time of the suite. Here the files are loaded in two parts: what they define,
once; and what they do besides, such as calling main(), for each command. Whatever a command changes in what was defined
(variables, lists, classes, caches, down to the last object that is reached from there) is put back when it ends.

In doubt a script is loaded anew: when what it defines asks the server for something, or holds an object of a kind that is not
known here; and in debug mode, for which CommonServerPython changes the process's logging as it is loaded.
"""

from __future__ import annotations

import ast
import builtins
import collections
import dataclasses
import functools
import logging
import re
import sys
import traceback
import types
import typing
import warnings
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, time, timedelta, tzinfo
from decimal import Decimal
from enum import Enum
from pathlib import Path, PurePath
from types import CodeType, FunctionType, ModuleType
from typing import Any

import pytest
from local_xsoar import PlatformModules, platform

HEAP_TYPE = 1 << 9  # Py_TPFLAGS_HEAPTYPE: a class that was made by a class statement
# Nothing in them can be changed, or it is the process's, as a logger is.
CONSTANT = (
    *(type(None), type(...), type(NotImplemented), bool, int, float, complex, str, bytes, range, slice),
    *(re.Pattern, date, time, timedelta, tzinfo, Decimal, PurePath, Enum, weakref.ref, logging.Logger),
    *(types.ModuleType, types.CodeType, types.GenericAlias, types.UnionType, typing.TypeVar, typing._Final),  # type: ignore[attr-defined]
    *(types.BuiltinFunctionType, types.MethodDescriptorType, types.ClassMethodDescriptorType, types.WrapperDescriptorType),
    *(types.MethodWrapperType, types.GetSetDescriptorType, types.MemberDescriptorType, types.MappingProxyType),
    *(dataclasses.Field, type(dataclasses.MISSING), dataclasses._DataclassParams, collections._tuplegetter),  # type: ignore[attr-defined]
)

BINDING = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
CLOCKS = ("now", "utcnow", "today", "time", "monotonic", "perf_counter")
MOST_SCRIPTS = 20  # that are kept for the next command


class UnknownKindError(Exception):
    """An object of which is not known what it holds."""


class Memory:
    """Every object that is reached from `roots` and can be changed, as it is now."""

    def __init__(self, *roots: dict[str, Any]) -> None:
        # Apart: they are most of the objects, and most are empty.
        self._empty: list[dict[Any, Any]] = []
        self._dicts: list[tuple[dict[Any, Any], dict[Any, Any]]] = []
        self._put_back: list[Callable[[], object]] = []
        self._namespaces = [id(vars(builtins)), *map(id, roots)]  # dataclasses makes its functions in that of builtins
        seen = {id(vars(builtins))}
        to_see: list[Any] = [*roots]
        while to_see:
            one = to_see.pop()
            if id(one) not in seen:
                seen.add(id(one))
                to_see += self._keep(one)

    def put_back(self) -> None:
        for one in filter(None, self._empty):
            one.clear()
        for one, contents in self._dicts:
            one.clear()
            one.update(contents)
        for put_back in self._put_back:
            put_back()

    def _keep(self, one: Any) -> Iterable[Any]:
        """Remembers the object; gives back those that it holds."""
        held: list[Any] = []
        if isinstance(one, dict):
            if one:
                self._dicts.append((one, one.copy()))
            else:
                self._empty.append(one)
            held += (*one, *one.values())
        elif isinstance(one, list):
            held += self._contents(one, one.extend)
        elif isinstance(one, set):
            held += self._contents(one, one.update)
        elif isinstance(one, tuple | frozenset):
            held += one
        elif isinstance(one, type):
            return self._class(one) if is_ours(one) else ()
        elif isinstance(one, FunctionType) and id(one.__globals__) not in self._namespaces:
            return ()  # a library's
        elif (inside := PARTS.get(type(one))) is not None:
            held += (getattr(one, name) for name in inside)
        elif isinstance(one, functools._lru_cache_wrapper):
            self._put_back.append(one.cache_clear)
            held.append(one.__wrapped__)
        elif isinstance(one, types.CellType):
            held += self._cell(one)
        elif isinstance(one, CONSTANT) or type(one) is object:
            return ()
        elif not type(one).__flags__ & HEAP_TYPE:
            raise UnknownKindError(type(one))
        return [*held, *self._attributes(one)]

    def _contents(self, one: Any, fill: Callable[[Any], object]) -> Iterable[Any]:
        contents = one.copy()

        def put_back() -> None:
            one.clear()
            fill(contents)

        self._put_back.append(put_back)
        return contents

    def _cell(self, cell: types.CellType) -> Iterable[Any]:
        try:
            contents = cell.cell_contents
        except ValueError:  # it is empty
            return ()
        self._put_back.append(lambda: setattr(cell, "cell_contents", contents))
        return (contents,)

    def _attributes(self, one: Any) -> Iterator[Any]:
        if hasattr(one, "__dict__"):
            yield one.__dict__
        for name in {name for kind in type(one).__mro__ for name in slots(kind) if hasattr(one, name)}:
            value = getattr(one, name)
            self._put_back.append(functools.partial(object.__setattr__, one, name, value))
            yield value

    def _class(self, one: type) -> Iterable[Any]:
        attributes = dict(vars(one))

        def put_back() -> None:
            if vars(one) != attributes:
                now = dict(vars(one))
                for name in now.keys() - attributes:
                    type.__delattr__(one, name)
                for name, value in attributes.items():
                    if now.get(name) is not value:
                        type.__setattr__(one, name, value)

        self._put_back.append(put_back)
        return (*attributes.values(), *one.__bases__)


PARTS: dict[type, tuple[str, ...]] = {
    FunctionType: ("__defaults__", "__kwdefaults__", "__closure__"),
    property: ("fget", "fset", "fdel"),
    staticmethod: ("__func__",),
    classmethod: ("__func__",),
    functools.cached_property: ("func",),
    functools.partial: ("func", "args", "keywords"),
    types.MethodType: ("__self__", "__func__"),
}


def slots(kind: type) -> list[str]:
    """Those that a class statement has declared."""
    declared = vars(kind).get("__slots__", ()) if kind.__flags__ & HEAP_TYPE else ()
    return [name for name in vars(kind) if name in declared]


def is_ours(kind: type) -> bool:
    """Whether a script has defined the class."""
    return kind.__module__ == platform.SCRIPT_NAME and bool(kind.__flags__ & HEAP_TYPE)


def compiled(tree: ast.Module, path: Path) -> CodeType:
    return compile(tree, str(path), "exec")


class Parts:
    """The two parts of a file: what it defines, and what it does besides. `imports` are modules and names in them."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._body = ast.parse(path.read_bytes()).body
        self._defines = [statement for statement in self._body if binds(statement)]
        self.imports = {name for one in self._body for node in ast.walk(one) for name in imported(node)}
        self._compile()

    def _compile(self) -> None:
        does = [one for one in self._body if one not in self._defines or reads_the_clock(one)]
        self._definitions, self._doings = (compiled(ast.Module(body, []), self._path) for body in (self._defines, does))

    def define(self, namespace: dict[str, Any]) -> None:
        """A value that only the server knows is no definition. Raises NotImplementedError for another thing that it is asked."""
        try:
            exec(self._definitions, namespace)  # noqa: S102
        except NotImplementedError as refusal:
            (line,) = (line for frame, line in traceback.walk_tb(refusal.__traceback__) if frame.f_code is self._definitions)
            (asks,) = (one for one in self._defines if one.lineno <= line <= (one.end_lineno or 0))
            if not isinstance(asks, ast.Assign):
                raise
            self._defines.remove(asks)
            self._compile()
            self.define(namespace)

    def do(self, namespace: dict[str, Any]) -> None:
        exec(self._doings, namespace)  # noqa: S102


parts = functools.cache(Parts)


def reads_the_clock(statement: ast.stmt) -> bool:
    """Whether it says when the command began, by which safe_sleep counts how long one may still wait."""
    calls = (node.func for node in ast.walk(statement) if isinstance(node, ast.Call))
    return isinstance(statement, ast.Assign) and any(isinstance(one, ast.Attribute) and one.attr in CLOCKS for one in calls)


def imported(node: ast.AST) -> list[tuple[str, str]]:
    """Modules, and names in them."""
    if isinstance(node, ast.Import):
        return [(one.name, "") for one in node.names]
    return [(node.module or "", one.name) for one in node.names] if isinstance(node, ast.ImportFrom) else []


def binds(statement: ast.stmt) -> bool:
    """Whether it binds names, on which other statements may build."""
    return any(
        isinstance(node, BINDING) or (isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))
        for node in ast.walk(statement)
    )


def files(modules: PlatformModules, script: Path) -> list[Parts]:
    """What the platform runs one after the other."""
    paths = (*(modules._path(name) for name in platform.MODULE_NAMES[1:]), script)
    return [parts(path) for path in paths if path.is_file()]


@functools.lru_cache
def imports(modules: PlatformModules, script: Path) -> list[tuple[str, str]]:
    """Those of all of it, but for the platform's modules: modules, and names in them."""
    names = set[tuple[str, str]]().union(*(file.imports for file in files(modules, script)))
    return sorted(one for one in names if one[0] not in platform.MODULE_NAMES)


def surroundings(modules: PlatformModules, script: Path) -> list[Any]:
    """What it would import now. With another `time`, or another `datetime` in its module, it defines something else."""
    there = ((sys.modules.get(module), name) for module, name in imports(modules, script))
    return [getattr(module, name, None) if name else module for module, name in there]


class Prepared:
    """A script with the platform's modules, in which nothing has run yet."""

    def __init__(self, modules: PlatformModules, script: Path) -> None:
        self._demisto = modules._demisto({})
        self._common = ModuleType("CommonServerPython")
        vars(self._common)["__name__"] = platform.SCRIPT_NAME
        self._parts = files(modules, script)
        filters = list(warnings.filters)
        self._offer()
        try:
            for part in self._parts:
                part.define(vars(self._common))
            self._memory = Memory(vars(self._common), vars(self._demisto))
        except BaseException:
            self._let_go()
            raise
        self._kept_alive = surroundings(modules, script)  # the key of PreparedScripts has their identities
        self._filters = [one for one in warnings.filters if one not in filters]
        self._show_warning = warnings.showwarning

    def _offer(self) -> None:
        sys.modules.update(dict(zip(platform.MODULE_NAMES, (self._demisto, self._common, self._common), strict=True)))

    def run(self, server_functions: Mapping[str, object]) -> None:
        self._offer()
        typing.cast(list[Any], warnings.filters)[:0] = self._filters
        warnings.showwarning = self._show_warning
        vars(self._demisto).update(server_functions)
        try:
            for part in self._parts:
                part.do(vars(self._common))
        finally:
            self._memory.put_back()

    def end(self) -> None:
        del self._memory, self._show_warning
        self._let_go()

    def _let_go(self) -> None:
        """Of the handler of warnings of the genuine modules, now and not when it is collected: when it dies it hooks another."""
        vars(self._common).pop("_warnings_handler", None)


Key = tuple[Path | int, ...]


class PreparedScripts:
    """Those in which nothing runs now, the one that ran last at the end. A script that calls itself is prepared twice."""

    def __init__(self) -> None:
        self.prepared: dict[Key, Prepared] = {}
        self._not_prepared: set[Path] = set()
        self._run_anew = PlatformModules.run

    def run(self, modules: PlatformModules, script: Path, server_functions: Mapping[str, object], folder: Path) -> None:
        """In place of PlatformModules.run."""
        if script not in self._not_prepared and not server_functions.get("is_debug"):
            with platform._preserved_process(folder):
                prepared = self.prepared.pop(self._key(modules, script), None) or self._prepare(modules, script)
                if prepared:
                    try:
                        prepared.run(server_functions)
                    finally:
                        self._keep(self._key(modules, script), prepared)
                    return
        self._run_anew(modules, script, server_functions, folder)

    @staticmethod
    def _key(modules: PlatformModules, script: Path) -> Key:
        return modules.folder, script, *map(id, surroundings(modules, script))

    def _prepare(self, modules: PlatformModules, script: Path) -> Prepared | None:
        try:
            return Prepared(modules, script)
        except (Exception, SystemExit):
            self._not_prepared.add(script)
            return None

    def _keep(self, key: Key, prepared: Prepared) -> None:
        self.prepared[key] = prepared
        if len(self.prepared) > MOST_SCRIPTS:
            self.prepared.pop(next(iter(self.prepared))).end()

    def end(self) -> None:
        with warnings.catch_warnings():
            while self.prepared:
                self.prepared.popitem()[1].end()


def pytest_configure(config: pytest.Config) -> None:
    scripts = PreparedScripts()
    PlatformModules.run = lambda *given: scripts.run(*given)  # type: ignore[assignment]
    config.add_cleanup(scripts.end)
