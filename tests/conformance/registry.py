"""The ITU's test lists and our cases for them; what docs/conformance/ is written from.

A folder tests/conformance/q781 holds ``list.md`` (the Recommendation's numbers and titles, in its
order) and test files. A test file makes one ``Cases("q781")``, adds a function for each number,
and ends with ``test_case = CASES.test()``, so that pytest's ids are the ITU's numbers. A function
raises AssertionError when the engine fails; what it returns is printed as the evidence of the run.

The page is held row by row by the very runs: each test compares its row with the page on disk.
"""

from __future__ import annotations

import functools
import importlib.util
import pathlib
import re
import sys
from collections.abc import Callable, Iterable
from typing import Any, Final

import pytest

HERE: Final = pathlib.Path(__file__).resolve().parent
PAGES: Final = HERE.parent.parent / "docs" / "conformance"
COMMAND: Final = ".venv/bin/python docs/conformance.py"

PASSED: Final = "pass"
NOT_APPLICABLE: Final = "not applicable"
FAILED: Final = "FAIL"

LINE: Final = re.compile(r"- (\d[\w.]*(?:\([a-z]\))?)\s+(.*)")


class Entry:
    """A line of a list: ``number`` "1.1(a)", ``title``, ``section``."""

    def __init__(self, number: str, title: str, section: str) -> None:
        self.number: Final = number
        self.title: Final = title
        self.section: Final = section


class TestList:
    """``list.md`` of a folder: a heading, what it says about the run, sections, numbers."""

    __test__ = False

    def __init__(self, folder: str) -> None:
        self.folder: Final = folder
        self.heading = ""
        self.about: list[str] = []
        self.entries: dict[str, Entry] = {}
        section = ""
        for line in (HERE / folder / "list.md").read_text().splitlines():
            if line.startswith("# "):
                self.heading = line[2:]
            elif line.startswith("## "):
                section = line[3:]
            elif match := LINE.fullmatch(line):
                assert match[1] not in self.entries, f"{folder}/list.md: {match[1]} stands twice"
                self.entries[match[1]] = Entry(match[1], match[2], section)
            elif not section:
                self.about.append(line)


@functools.cache
def test_list(folder: str) -> TestList:
    return TestList(folder)


test_list.__test__ = False  # type: ignore[attr-defined]


class Case:
    """One number. ``run`` raises AssertionError when it fails and returns evidence (or None)."""

    def __init__(
        self, entry: Entry, clause: str, run: Callable[[], str | None] | None, reason: str
    ) -> None:
        self.entry: Final = entry
        self.clause: Final = clause
        """Where the behaviour is demanded, "Q.703 7.3"."""
        self.run: Final = run
        self.reason: Final = reason
        """Why it does not apply; "" where it does."""

    def row(self, result: str, evidence: str) -> str:
        """Its line of the page."""
        cells = (self.entry.number, self.entry.title, self.clause, result, evidence)
        return "| " + " | ".join(text.replace("|", "\\|") for text in cells) + " |"

    def passed(self, evidence: str | None) -> str:
        return self.row(PASSED, evidence or "")

    def result(self) -> str:
        """Run it: its line of the page, whatever happens."""
        if self.run is None:
            return self.row(NOT_APPLICABLE, self.reason)
        try:
            return self.passed(self.run())
        except Exception as exc:  # a case that cannot be run is a failed case
            return self.row(FAILED, f"{type(exc).__name__}: {exc}".replace("\n", " "))


class Cases:
    """The cases of one test file."""

    def __init__(self, folder: str) -> None:
        self.folder: Final = folder
        self.list: Final = test_list(folder)
        self.cases: Final[list[Case]] = []

    def case(
        self, number: str, clause: str, *arguments: Any
    ) -> Callable[[Callable[..., str | None]], Callable[..., str | None]]:
        """Decorator: the function, called with ``arguments``, is the case ``number``."""

        def add(function: Callable[..., str | None]) -> Callable[..., str | None]:
            run = functools.partial(function, *arguments)
            self.cases.append(Case(self._entry(number), clause, run, ""))
            return function

        return add

    def not_applicable(self, numbers: Iterable[str] | str, clause: str, reason: str) -> None:
        """These numbers cannot apply, and why, in a full sentence."""
        for number in [numbers] if isinstance(numbers, str) else numbers:
            self.cases.append(Case(self._entry(number), clause, None, reason))

    def _entry(self, number: str) -> Entry:
        assert number in self.list.entries, f"{self.folder}/list.md has no {number}"
        assert all(c.entry.number != number for c in self.cases), f"{number} is there twice"
        return self.list.entries[number]

    def test(self) -> Callable[[Case], None]:
        """The pytest function of the file: ``test_case = CASES.test()``."""
        running = [case for case in self.cases if case.run is not None]
        mark = pytest.mark.parametrize("case", running, ids=[c.entry.number for c in running])

        def test_case(case: Case) -> None:
            assert case.run is not None
            row = case.passed(case.run())
            assert row in page_lines(self.folder), f"the page is old: run {COMMAND}\n{row}"

        return mark(test_case)


def page_lines(folder: str) -> list[str]:
    """The page of a folder as it is on disk."""
    path = PAGES / f"{folder}.md"
    return path.read_text().splitlines() if path.is_file() else []


def folders() -> list[str]:
    """Every list that there is."""
    return sorted(path.parent.name for path in HERE.glob("*/list.md"))


def load(folder: str) -> dict[str, Case]:
    """All cases of a folder, by number, from its test files."""
    found: dict[str, Case] = {}
    for path in (str(HERE), str(HERE / folder)):
        if path not in sys.path:
            sys.path.insert(0, path)
    for path in sorted((HERE / folder).glob("test_*.py")):
        spec = importlib.util.spec_from_file_location(f"conformance_{folder}_{path.stem}", path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        for value in vars(module).values():
            if isinstance(value, Cases):
                for case in value.cases:
                    number = case.entry.number
                    assert number not in found, f"{folder}: {number} stands in two files"
                    found[number] = case
    return found


def skeleton(folder: str, rows: dict[str, str]) -> str:
    """The page, with ``rows`` where there are any: heading, words, totals, a table a section."""
    listed = test_list(folder)
    results = [row.split(" | ")[-2] for row in rows.values()]
    lines = [
        f"<!-- Made by {COMMAND} from a run of the cases. Do not edit. -->",
        "",
        f"# {listed.heading}",
        "",
        "\n".join(listed.about).strip(),
        "",
        f"Cases: {len(listed.entries)}. Passed: {results.count(PASSED)}. "
        f"Not applicable: {results.count(NOT_APPLICABLE)}. Failed: {results.count(FAILED)}.",
    ]
    section = ""
    for number, entry in listed.entries.items():
        if entry.section != section:
            section = entry.section
            lines += ["", f"## {section}", ""]
            lines += ["| Number | Title | Clause | Result | Evidence |", "|" + " --- |" * 5]
        lines.append(rows.get(number, f"| {number} | {entry.title} | | {FAILED} | no case |"))
    return "\n".join(lines) + "\n"


def page(folder: str) -> str:
    """Run every case of a folder and write its page."""
    return skeleton(folder, {number: case.result() for number, case in load(folder).items()})
