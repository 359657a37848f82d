"""examples/agent.py: the page, a click that dials, and what is shown of calls that come in."""

from __future__ import annotations

import json
import pathlib
import sys
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from example import answer, running, since

from trunkd.daemon import events as ev
from trunkd.daemon import methods as m
from trunkd.daemon import methods_media as mm


def test_click_to_dial_and_screen_pop(daemon, app, tmp_path: pathlib.Path) -> None:
    customers = tmp_path / "customers.csv"
    customers.write_text("number,name\n5552000,Ms Smith\n")
    arguments = ("--phone", "trunk/exchange,301", "--device", "trunk/exchange")
    more = ("--trunk", "exchange", "--customers", str(customers), "--port", "0")
    with running("agent.py", daemon, *arguments, *more) as agent:
        url = f"http://127.0.0.1:{agent.line().strip()}"
        with urllib.request.urlopen(url + "/", timeout=90) as page:
            assert b"<form" in page.read()
        pops = urllib.request.urlopen(url + "/pops", timeout=90)
        mark = len(app.seen)
        with urllib.request.urlopen(url + "/dial?5552000", data=b"", timeout=90) as done:
            assert done.status == 202
        phone = answer(app, mark, called="301")
        customer = answer(app, mark, called="5552000")
        told = []
        while not told or told[-1]["what"] != "connected":
            line = pops.readline().decode().strip()
            told += [json.loads(line.removeprefix("data: "))] if line else []
        assert [t["what"] for t in told] == ["dialling", "connected"]
        assert told[1]["customer"] == {"number": "5552000", "name": "Ms Smith"}
        app.call(mm.StartDigitsCollection(call_id=phone, max_digits=1, first_timeout=60))
        app.call(mm.GenerateDigits(call_id=customer, digits="3"))
        assert app.wait(ev.DigitsCollected, call_id=phone).digits == "3"
        app.call(m.ClearConnection(call_id=customer))
        since(app, mark, ev.ConnectionCleared, call_id=phone)
        agent.line('"over"')
        # And one that comes in.
        made = app.call(m.MakeCall(called="1", calling="5552000", device="trunk/pstn")).call_id
        assert json.loads(agent.line('"rings"'))["customer"]["name"] == "Ms Smith"
        app.call(m.ClearConnection(call_id=made))
        app.wait(ev.ConnectionCleared, call_id=made)
        pops.close()
