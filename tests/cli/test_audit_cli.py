"""``trunkd audit``."""

from __future__ import annotations

import json


def test_audit(daemon, app, trunkd) -> None:
    out, into = app.connect()
    done = trunkd("audit", "--look")
    assert done.returncode == 0 and "nothing disagreed" in done.stdout, done.stderr
    assert "one each 30 s" in done.stdout
    found = json.loads(trunkd("audit", "--look", "--json").stdout)
    assert found["every"] == 30 and found["found"] == found["suspects"] == []
    app.hang_up(out, into)


def test_no_daemon(inside, tmp_path) -> None:
    assert inside("--socket", str(tmp_path / "none"), "audit").returncode == 3


def test_the_auditor_is_off(start_daemon, at_socket) -> None:
    done = at_socket(start_daemon(daemon='audit = "0s"'))("audit")
    assert done.returncode == 0 and "the auditor is off" in done.stdout
