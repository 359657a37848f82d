"""``trunkd clients``."""

from __future__ import annotations

import json

from trunkd.daemon import methods as m
from trunkd.daemon import methods_session as ms


def test_clients(daemon, app, trunkd) -> None:
    client = daemon.client()
    client.call(m.Hello(client="ivr 2", session="ivr"))
    made = client.call(m.MakeCall(called="200", device="trunk/pstn")).call_id
    done = trunkd("clients")
    assert done.returncode == 0
    row = next(line for line in done.stdout.splitlines() if "ivr 2" in line).split()
    assert row[1:5] == ["ivr", "2", "ivr", "administer"] and row[-1] == "1"
    assert any(line.startswith("ivr ") and line.split()[-1] == str(made)
               for line in done.stdout.splitlines())  # fmt: skip
    found = json.loads(trunkd("clients", "--json").stdout)
    assert {c["session"] for c in found["clients"]} == {"", "ivr"}
    assert found["sessions"][0]["calls"] == [made]
    app.hang_up(made)
    assert client.call(ms.ClientsOf()).sessions[0].calls == []


def test_no_daemon(inside, tmp_path) -> None:
    done = inside("--socket", str(tmp_path / "none"), "clients")
    assert done.returncode == 3
    done = inside("--socket", "tcp://127.0.0.1:1", "clients")
    assert done.returncode == 3 and "tcp://127.0.0.1:1" in done.stderr
    done = inside("--socket", "tcp://nowhere", "clients")
    assert done.returncode == 1 and "tcp://127.0.0.1:9620" in done.stderr
