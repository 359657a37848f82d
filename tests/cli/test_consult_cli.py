"""``trunkd call consult``, alternate, reconnect, conference, transfer and deflect, against a daemon
whose trunk ``pstn`` is the user of its trunk ``exchange``."""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest

from trunkd.daemon import events as ev
from trunkd.daemon import methods as m
from trunkd.daemon.client import Refused
from trunkd.daemon.methods_switch import JoinCalls, SingleStepTransferCall
from trunkd.daemon.methods_switch_divert import DeflectCall

Run = Callable[..., subprocess.CompletedProcess[str]]

ROUTE = """
[[group]]
name = "out"
members = ["exchange"]
[[route]]
name = "all"
prefix = ["5"]
choices = ["out"]
"""


ANSWERS = """
[[dnis]]
prefix = ["6"]
treatment = "answer"
"""


class Desk:
    """A daemon and the command against it; ``app`` is the exchange and all who are behind it."""

    def __init__(self, app: Any, run: Run, socket: str) -> None:
        self.app = app
        self.run = run
        self.socket = socket

    def do(self, *words: object) -> str:
        done = self.run(*[str(word) for word in words])
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def said(self, *words: object) -> Any:
        return json.loads(self.do(*words, "--json"))

    def answered(self, call_id: int) -> int:
        """Answer a call at its far end, whose callId this is, once both know of it."""
        far: int = self.app.wait(ev.Delivered, direction="in").call_id
        self.app.call(m.AnswerCall(call_id=far))
        waiting = {far, call_id}
        while waiting:
            waiting.discard(self.app.wait(ev.Established).call_id)
        return far

    def dial(self, number: str, device: str = "trunk/pstn") -> tuple[int, int]:
        """An answered call: both its ends."""
        call_id = self.app.call(m.MakeCall(called=number, device=device)).call_id
        return call_id, self.answered(call_id)

    def consult(self, call_id: int, number: str) -> tuple[int, int]:
        """By the command; both ends of the new call, answered."""
        made = self.said("call", "consult", call_id, number, "--trunk", "pstn")["callId"]
        return made, self.answered(made)

    def behind(self, far: int) -> int:
        """Somebody whom the exchange connects a call with: his end, at pstn."""
        call_id, end = self.dial("5558", "trunk/exchange")
        self.app.call(JoinCalls(call_id=far, other=call_id))
        return end

    def hears(self, call_id: int) -> set[int]:
        """With whom a call is connected."""
        shown = self.said("call", "show", call_id)
        return {c["callId"] for c in shown["connections"]} - {call_id}


@pytest.fixture
def made(
    start_daemon: Callable[..., Any],
    subscribed: Callable[..., Any],
    at_socket: Callable[[Any], Run],
) -> Callable[..., Desk]:
    def make(network: str = "", **more: str) -> Desk:
        daemon = start_daemon(network=network, **more)
        app = subscribed(daemon)
        app.links_up()
        return Desk(app, at_socket(daemon), daemon.socket)

    return make


def test_a_consultation(made: Callable[..., Desk]) -> None:
    desk = made()
    a, _ = desk.dial("5551001")
    b, _ = desk.dial("5551002")
    desk.app.call(JoinCalls(call_id=a, other=b))
    c, _ = desk.consult(b, "5551003")
    assert desk.hears(a) == {c} and desk.said("call", "show", b)["held"]
    assert f"consults with call {c}" in desk.do("call", "show", b)
    assert desk.do("call", "alternate", c) == f"call {b} is spoken with, call {c} waits"
    assert desk.hears(a) == {b}
    assert desk.said("call", "alternate", b) == {"heldCall": b, "activeCall": c}
    assert desk.do("call", "reconnect", b) == f"call {b} is spoken with, call {c} is hung up"
    desk.app.wait(ev.ConnectionCleared, call_id=c)
    assert desk.hears(a) == {b}

    d, _ = desk.consult(b, "5551004")
    assert desk.do("call", "conference", d) == f"calls {b} and {d} talk together"
    assert desk.hears(a) == {b, d}
    desk.do("hangup", d)
    desk.app.wait(ev.ConnectionCleared, call_id=d)

    e, _ = desk.consult(b, "5551005")
    assert desk.do("call", "transfer", e) == f"trunkd connects {b} and {e}"
    desk.app.wait(ev.ConnectionCleared, call_id=a)
    assert desk.hears(b) == {e}
    refused = desk.run("call", "alternate", str(b))
    assert refused.returncode == 1
    assert f"begin one with `trunkd call consult {b} NUMBER`" in refused.stderr
    assert desk.run("call", "alternate", "9999").returncode == 1


def test_who_consults_is_named(made: Callable[..., Desk]) -> None:
    """A call that is alone: the one who is to speak is another connection."""
    desk = made()
    a, _ = desk.dial("5551001")
    b, _ = desk.dial("5551002")
    made_ = desk.said("call", "consult", b, "5551003", "--trunk", "pstn", "--speaker", a)
    desk.answered(made_["callId"])
    assert desk.hears(a) == {made_["callId"]}


def test_transfer_by_the_network(made: Callable[..., Desk]) -> None:
    desk = made()
    a, far_a = desk.dial("5551001")
    one = desk.behind(far_a)
    b, far_b = desk.consult(a, "5551002")
    other = desk.behind(far_b)
    said = desk.do("call", "transfer", a, "--by", "network")
    assert said == f"the network connects {a} and {b}: the channels come free"
    told = desk.app.wait(ev.Transferred, call_id=a)
    assert (told.by, told.secondary) == ("network", b)
    ended = {a, b, far_a, far_b}
    while ended:
        cleared = desk.app.wait(ev.ConnectionCleared)
        assert cleared.call_id in ended, cleared
        ended.discard(cleared.call_id)
    calls = {c["callId"] for c in desk.said("calls")}
    assert {one, other} <= calls and len(calls) == 4
    shown = desk.do("events", "--after", "0", "--count", str(told.seq))
    assert "by the network" in shown and "asked by call" in shown


@pytest.mark.parametrize("by", ["network", "any"])
def test_a_single_step_waits_for_its_outcome(made: Callable[..., Desk], by: str) -> None:
    """The exchange answers by itself and connects nobody: it refuses, and our switch may do it."""
    desk = made(ANSWERS)
    a, _ = desk.dial("5551001")
    done = desk.run("transfer", str(a), "6551002", "--by", by)
    (told,) = [desk.app.wait(ev.NetworkRefused)]
    b = told.secondary
    assert done.stdout.startswith(f"call {b} trunk/pstn")
    if by == "any":
        assert done.returncode == 0 and f"trunkd connects {a}" in done.stdout
        assert desk.hears(a) == {b}
        return
    assert done.returncode == 1 and "no singleStepTransfer by the network" in done.stderr
    desk.app.wait(ev.ConnectionCleared, call_id=b)
    assert not desk.said("call", "show", a)["held"]
    wrong = desk.run("transfer", str(a), "6551002", "--trunk", "exchange", "--by", "network")
    assert wrong.returncode == 1 and "leave out device 'trunk/exchange'" in wrong.stderr


def test_the_network_refuses(made: Callable[..., Desk]) -> None:
    desk = made("offer_transfer = false")
    a, _ = desk.dial("5551001")
    b, _ = desk.consult(a, "5551002")
    refused = desk.run("transfer", str(a), "--by", "network")
    assert refused.returncode == 1 and "not transferred by the network" in refused.stderr
    assert desk.said("call", "show", b)["consultation"] == a
    assert desk.said("transfer", a, "--with", b, "--by", "any") == {"by": "switch"}
    assert desk.hears(a) == {b}


@pytest.mark.parametrize("by", ["network", "any"])
def test_a_single_step_is_one_document(made: Callable[..., Desk], by: str) -> None:
    """Printed once it is known who did it, and only if somebody did."""
    desk = made(ANSWERS)
    a, _ = desk.dial("5551001")
    done = desk.run("transfer", str(a), "6551002", "--by", by, "--json")
    b = desk.app.wait(ev.NetworkRefused).secondary
    if by == "any":
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout) == {"callId": b, "device": "trunk/pstn", "by": "switch"}
    else:
        assert done.returncode == 1 and done.stdout == ""
        assert "no singleStepTransfer by the network" in done.stderr


HASTY = '[sessions]\nanswer_within = "100ms"\n'
PATIENT = 'line_hold = "60s"'
LINK = "[trunk.pri.link]\nn200 = 100\n"


@pytest.fixture
def hasty(made: Callable[..., Desk]) -> Callable[[str], Desk]:
    """A daemon that answers `timeout` very soon, and whose lines may be cut for some time."""

    def make(offer: str) -> Desk:
        more = {"pstn": PATIENT, "exchange": PATIENT, "user": LINK}
        return made(f"{offer}\n{LINK}{HASTY}{ROUTE}", **more)

    return make


def offered(desk: Desk) -> int:
    """A call that comes in at pstn."""
    desk.app.call(m.MakeCall(called="4001", device="trunk/exchange"))
    call_id: int = desk.app.wait(ev.Delivered, direction="in").call_id
    return call_id


def late(desk: Desk, probe: m.Params, *words: object) -> subprocess.CompletedProcess[str]:
    """Run a command whose answer comes too late: the line is cut until a later request has had
    `timeout`. ``probe`` is refused with other words once the daemon has the command's request."""
    third = DeflectCall(call_id=offered(desk), called="5551008", by="network")
    desk.app.call(m.SimCable(span="b0/1", action="cut"))
    line = [sys.executable, "-m", "trunkd", "--socket", desk.socket, *map(str, words)]
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as run:
        try:
            said, end = "", time.monotonic() + 90
            while "already" not in said:
                assert time.monotonic() < end and run.poll() is None, said
                with pytest.raises(Refused) as refused:
                    desk.app.call(probe)
                said = str(refused.value)
            with pytest.raises(Refused, match="RequestSettled tells"):
                desk.app.call(third)
            desk.app.call(m.SimCable(span="b0/1", action="mend"))
            out, err = run.communicate(timeout=120)
        finally:
            run.kill()
    return subprocess.CompletedProcess(line, run.returncode, out, err)


@pytest.mark.parametrize("answer", ["true", "false"])
def test_a_late_answer_for_the_two_in_the_other_order(
    hasty: Callable[[str], Desk], answer: str
) -> None:
    """Events tell of the call on hold, which is the one that was named last."""
    desk = hasty(f"offer_transfer = {answer}")
    a, far = desk.dial("5551001")
    desk.behind(far)
    b, far = desk.consult(a, "5551002")
    desk.behind(far)
    probe = SingleStepTransferCall(call_id=a, device="trunk/pstn", by="network")
    done = late(desk, probe, "transfer", b, "--with", a, "--by", "network")
    if answer == "true":
        assert done.returncode == 0, done.stderr
        assert f"the network connects {b} and {a}" in done.stdout
    else:
        assert done.returncode == 1
        assert "no transfer by the network" in done.stderr and "not subscribed" in done.stderr


@pytest.mark.parametrize("words", [[], ["--json"]])
@pytest.mark.parametrize("answer", ["true", "false"])
def test_who_took_it_when_the_answer_is_late(
    hasty: Callable[[str], Desk], answer: str, words: list[str]
) -> None:
    desk = hasty(f"offer_deflection = {answer}")
    call = offered(desk)
    probe = DeflectCall(call_id=call, device="trunk/pstn", by="network")
    done = late(desk, probe, "call", "deflect", call, "5551009", "--by", "any", *words)
    assert done.returncode == 0, done.stderr
    told = desk.app.wait(ev.Diverted, call_id=call)
    assert told.by == ("network" if answer == "true" else "switch")
    if words:
        assert json.loads(done.stdout)["callId"] == (call if answer == "true" else told.new_call)
    else:
        who = "the network" if answer == "true" else "trunkd"
        assert done.stdout.strip() == f"{who} takes call {call} to 5551009"


def test_deflect(made: Callable[..., Desk]) -> None:
    desk = made(network=ROUTE, pstn='incoming = "offer"', exchange='incoming = "offer"')
    for by, words in (("network", "the network takes call {0} to 5551009"), ("switch", "call ")):
        placed = desk.app.call(m.MakeCall(called="4001", device="trunk/exchange")).call_id
        offered = desk.app.wait(ev.Offered).call_id
        device = [] if by == "network" else ["--trunk", "exchange"]
        said = desk.do("call", "deflect", offered, "5551009", "--by", by, *device)
        assert said.startswith(words.format(offered))
        told = desk.app.wait(ev.Diverted)
        if by == "network":
            # The exchange's own connection goes on; and ours tells that it is over.
            while told.by != "network":
                assert told.call_id == placed
                told = desk.app.wait(ev.Diverted)
        assert (told.call_id, told.by, told.to) == (offered, by, "5551009")
        again = desk.app.wait(ev.Offered)
        assert again.called == "5551009"
        desk.do("hangup", again.call_id)
        while desk.said("calls"):
            desk.app.wait(ev.ConnectionCleared)
    refused = desk.run("deflect", "9999", "5551009")
    assert refused.returncode == 1


@pytest.mark.parametrize(
    "words",
    [
        ("call", "consult", "1"),
        ("call", "consult", "1", "two"),
        ("call", "alternate"),
        ("call", "reconnect", "0"),
        ("call", "conference", "x"),
        ("transfer", "1", "2", "--with", "3"),
        ("transfer", "1", "2", "--by", "magic"),
        ("deflect", "1"),
    ],
)
def test_wrong_usage(inside: Run, words: tuple[str, ...], tmp_path: pathlib.Path) -> None:
    done = inside("--socket", str(tmp_path / "none.sock"), *words)
    assert done.returncode == 2 and done.stderr


def test_no_daemon(inside: Run, tmp_path: pathlib.Path) -> None:
    for words in (
        ("call", "consult", "1", "2"),
        ("call", "alternate", "1"),
        ("call", "reconnect", "1"),
        ("call", "conference", "1"),
        ("transfer", "1"),
        ("deflect", "1", "2"),
    ):
        assert inside("--socket", str(tmp_path / "none.sock"), *words).returncode == 3
