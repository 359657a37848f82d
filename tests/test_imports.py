"""Imports point one way: daemon -> signaling -> board <- drivers -> native (DESIGN.md)."""

from __future__ import annotations

import ast
import pathlib

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent

MAY_IMPORT = {
    "errors": set(),
    "native": {"errors"},
    "board": {"errors"},
    "drivers": {"errors", "board", "native"},
    "signaling": {"errors", "board"},
    "hil": {"errors", "board", "signaling", "daemon", "native", "drivers"},
    "daemon": {"errors", "board", "signaling", "native"},
    "client": {"errors", "daemon"},
}
"""Which parts of the package each part may import. daemon/ finds drivers by entry point only."""

FORBIDDEN_IN_ENGINES = {"asyncio", "time", "socket", "threading", "select", "os", "subprocess"}


def imports(path: pathlib.Path) -> list[tuple[int, str]]:
    """(line, absolute dotted name) of every import of a file, relative ones resolved."""
    package = ("trunkd", *path.relative_to(ROOT).parent.parts)
    found: list[tuple[int, str]] = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = list(package[: len(package) - node.level + 1]) if node.level else []
            module = [*base, *(node.module.split(".") if node.module else [])]
            found += [(node.lineno, ".".join([*module, alias.name])) for alias in node.names]
    return found


@pytest.mark.parametrize("part", MAY_IMPORT)
def test_imports_point_one_way(part: str) -> None:
    files = [ROOT / "errors.py"] if part == "errors" else sorted((ROOT / part).rglob("*.py"))
    assert files
    wrong = []
    for path in files:
        for line, name in imports(path):
            parts = name.split(".")
            if parts[0] != "trunkd" or len(parts) < 2 or parts[1] in {part, "__version__"}:
                continue
            if parts[1] not in MAY_IMPORT[part]:
                wrong.append(f"{path.relative_to(ROOT)}:{line} imports {name}")
    assert not wrong


def test_engines_have_no_clock_and_no_io() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in sorted((ROOT / "signaling").rglob("*.py"))
        for line, name in imports(path)
        if name.split(".")[0] in FORBIDDEN_IN_ENGINES
    ]
    assert not wrong


def test_only_wrappers_know_the_abi() -> None:
    users = {
        path.relative_to(ROOT).as_posix()
        for path in ROOT.rglob("*.py")
        if not {".venv", "build", "dist"} & set(path.relative_to(ROOT).parts)
        and "_native" in path.read_text()
    }
    users -= {"setup.py", "native/build.py", "tests/test_imports.py"}
    assert all(
        user.startswith(("native/wrap", "tests/native/", "tests/fuzz/")) for user in users
    ), users
