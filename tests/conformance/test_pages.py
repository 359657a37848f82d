"""The pages of docs/conformance/: every number of every list, by the command that runs them.

That each row is what a run gave is held by the case's own test (registry.Cases.test).
"""

from __future__ import annotations

import pytest
import registry

FOLDERS = registry.folders()


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_number_has_a_case_or_a_reason(folder: str) -> None:
    cases = registry.load(folder)
    missing = [number for number in registry.test_list(folder).entries if number not in cases]
    assert not missing
    for case in cases.values():
        assert (case.run is None) == (len(case.reason) > 20), case.entry.number
        assert case.clause, case.entry.number


@pytest.mark.parametrize("folder", FOLDERS)
def test_page_has_what_the_registry_has(folder: str) -> None:
    on_disk = registry.page_lines(folder)
    cases = registry.load(folder)
    rows: dict[str, str] = {}
    for line in on_disk:
        number = line.removeprefix("| ").split(" | ")[0]
        if number in cases and line.startswith("| "):
            rows[number] = line
    assert rows.keys() == cases.keys()
    for number, case in cases.items():
        if case.run is None:
            assert rows[number] == case.result()
        else:
            assert rows[number].startswith(case.passed("")[: -len("|") - 1]), number
    assert "\n".join(on_disk) + "\n" == registry.skeleton(folder, rows)


def test_a_failing_case_is_told() -> None:
    entry = registry.Entry("9.9", "Title", "Section")

    def fails() -> None:
        raise AssertionError("no SIOS\nwithin 50 ms")

    row = registry.Case(entry, "Q.703 7", fails, "").result()
    assert row == "| 9.9 | Title | Q.703 7 | FAIL | AssertionError: no SIOS within 50 ms |"
