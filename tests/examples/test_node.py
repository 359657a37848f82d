"""examples/node: a client in JavaScript that is made from the schema, at a real daemon."""

from __future__ import annotations

import json
import pathlib
import shutil
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from example import EXAMPLES, Example, at_work, since

from trunkd.daemon import events as ev
from trunkd.daemon import methods as m
from trunkd.daemon import methods_media as mm
from trunkd.daemon.methods import METHODS
from trunkd.daemon.schema import openrpc

WRONG = """
const { Trunkd } = require(process.argv[1])
const schema = JSON.parse(require('fs').readFileSync(process.argv[2]))
const trunkd = new Trunkd(schema, process.argv[3])
trunkd.answerCall({ callId: 999999 }).catch(async refused => {
  console.log(refused.code, refused.data.error)
  await trunkd.makeCall({ called: '1', colour: 'red' }).catch(e => console.log(e.message))
  await trunkd.makeCall({}).catch(e => console.log(e.message))
  trunkd.close()
})
"""


@pytest.fixture
def schema(tmp_path: pathlib.Path) -> str:
    assert shutil.which("node"), "install nodejs"
    path = tmp_path / "schema.json"
    path.write_text(json.dumps(openrpc()))
    return str(path)


@pytest.mark.peer
def test_a_call_is_answered_by_javascript(daemon, app, schema: str) -> None:
    process = subprocess.Popen(
        ["node", str(EXAMPLES / "node" / "answer.js"), schema, daemon.socket, "exchange"],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        node = Example(process)
        node.line("waiting for calls", f"{len(METHODS)} methods")
        mark = len(app.seen)
        call = app.call(m.MakeCall(called="5551000", device="trunk/pstn")).call_id
        since(app, mark, ev.Established, call_id=call)
        answered = since(app, mark, ev.Delivered, direction="in").call_id
        at_work(app, answered, "collect")
        app.call(mm.GenerateDigits(call_id=call, digits="4"))
        node.line("4 (maximum)")
        since(app, mark, ev.ConnectionCleared, call_id=call)
    finally:
        process.kill()
        process.communicate(timeout=90)


@pytest.mark.peer
def test_what_does_not_fit_the_schema_is_said(daemon, schema: str) -> None:
    done = subprocess.run(
        ["node", "-e", WRONG, str(EXAMPLES / "node" / "trunkd.js"), schema, daemon.socket],
        capture_output=True,
        text=True,
        timeout=90,
        check=True,
    )
    assert done.stdout.splitlines() == [
        "-32001 invalidCallID",
        "makeCall: unknown colour, missing ",
        "makeCall: unknown , missing called",
    ]
