"""`trunkd boards` on DAHDI's real kernel driver: spans, what is missing, addresses that open."""

from __future__ import annotations

import subprocess
from typing import Any

from trunkd.board.found import Found
from trunkd.board.registry import open_board
from trunkd.daemon.config_check import check
from trunkd.drivers import discover
from trunkd.drivers.discover_config import skeleton
from trunkd.drivers.discover_machine import Machine


def rows(user: int = 0) -> list[Found]:
    found = discover.find(Machine("/", user, (user,)))
    return [row for row in found if row.driver == "dahdi"]


def test_what_is_found_can_be_opened(configure: Any) -> None:
    configure("clear")
    kernel, *spans = rows()
    assert (
        kernel.kind == "kernel" and kernel.address == "dahdi://" and kernel.what.endswith(" spans")
    )
    assert {row.address for row in spans} >= {"dahdi://?spans=1", "dahdi://?spans=2"}
    assert all(row.kind == "span" and "31" in row.note for row in spans[:2])
    for row in (kernel, *spans):
        if row.ready:
            with open_board(row.address) as board:
                assert board.spans


def test_a_user_without_permission_is_told(configure: Any) -> None:
    configure("clear")
    kernel = rows(user=65534)[0]
    assert not kernel.ready and "no permission for /dev/dahdi/ctl" in kernel.missing[0].what


def test_its_configuration_is_taken(configure: Any, tmp_path: Any) -> None:
    configure("clear")
    file = tmp_path / "trunkd.toml"
    file.write_text(skeleton(rows()))
    loaded, findings = check(file)
    assert loaded is not None and not findings
    assert [board.address for board in loaded.board] == ["dahdi://"]


def test_spans_that_are_taken_away(configure: Any) -> None:
    configure("clear")
    before = {row.address for row in rows()}
    subprocess.run(["dahdi_spans", "unassign", "2"], check=True)
    try:
        assert {row.address for row in rows()} == before - {"dahdi://?spans=2"}
    finally:
        subprocess.run(["dahdi_spans", "assign", "2"], check=True)
    assert "dahdi://?spans=2" in before
