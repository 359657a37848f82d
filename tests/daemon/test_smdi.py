"""Message desk links in the daemon: calls' history and message waiting, on simulated lines."""

from __future__ import annotations

import ast
import pathlib
import sys
from typing import Any

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from smdi_rig import SmdiBench, smdi_config

from trunkd.board.clock import VirtualClock
from trunkd.daemon import events as ev
from trunkd.daemon import line_requests
from trunkd.daemon.config_check import loads
from trunkd.daemon.node import Node
from trunkd.daemon.smdi_calls import FIELDS, copied, handed_on, history_of
from trunkd.errors import ConfigError, LocalError
from trunkd.signaling import call_request
from trunkd.signaling.call import CallRequest, PartyNumber
from trunkd.signaling.smdi.codec import CallHistory, WaitingRefused, WaitingRequest

BUSY = CallHistory(1, 2, "B", "3500", "5551234")


def delivered(bench: SmdiBench) -> list[Any]:
    return [e for e in bench.of(ev.Delivered, direction="in") if e.device.startswith("trunk/off")]


def ring(bench: SmdiBench) -> Any:
    """The PBX rings the second line of the desk; what its line shows of the caller is nothing."""
    return bench.place("phones", "8002", 2, exclusive=True, calling="")


# We are the message desk


@pytest.mark.parametrize("first", ["message", "ringing"])
def test_a_call_is_told_with_who_forwarded_it(first: str) -> None:
    bench = SmdiBench("desk", answers=False)
    if first == "message":
        bench.say(BUSY)
    ring(bench)
    if first == "ringing":
        bench.until(lambda: any(p.state for p in bench.link.engine.matching.places.values()))
        assert not delivered(bench)
        bench.say(BUSY)
    bench.until(lambda: bool(delivered(bench)))
    (call,) = delivered(bench)
    assert call.device == "trunk/office/6"
    assert (call.calling, call.redirecting, call.original_called) == ("5551234", "3500", "3500")
    assert call.redirect_reason == 1
    assert bench.link.engine.counters()["matched"] == 1
    bench.close()


def test_a_direct_call_has_its_caller_and_nobody_who_forwarded() -> None:
    bench = SmdiBench("desk", answers=False)
    bench.say(CallHistory(1, 2, "D", "", "3501"))
    ring(bench)
    bench.until(lambda: bool(delivered(bench)))
    (call,) = delivered(bench)
    assert (call.calling, call.redirecting, call.redirect_reason) == ("3501", "", 0)
    bench.close()


def test_a_call_waits_so_long_as_configured_and_is_told_the_rest_later() -> None:
    bench = SmdiBench("desk", 'hold = "2s"', answers=False)
    ring(bench)
    bench.until(lambda: bool(delivered(bench)))
    (call,) = delivered(bench)
    assert call.redirecting == ""
    bench.say(BUSY)
    (late,) = bench.of(ev.CallRedirected)
    assert (late.call_id, late.calling, late.redirecting) == (call.call_id, "5551234", "3500")
    assert late.redirect_reason == 1
    assert bench.node.calls[call.call_id].calling == "5551234"
    counters = bench.link.engine.counters()
    assert (counters["without"], counters["late"]) == (1, 1)
    bench.close()


def test_lines_of_others_do_not_wait() -> None:
    bench = SmdiBench("desk", answers=False)
    lines = bench.trunk("office").desk_lines
    assert lines is not None
    del lines.ours[6]
    ring(bench)
    bench.until(lambda: bool(delivered(bench)))
    assert "without" not in bench.link.engine.counters()
    bench.close()


def test_a_caller_who_gives_up_while_the_call_is_held_is_counted() -> None:
    bench = SmdiBench("desk", 'hold = "60s"', answers=False)
    call = ring(bench)
    bench.until(lambda: any(p.state for p in bench.link.engine.matching.places.values()))
    bench.clear(call)
    bench.until(lambda: "gave_up" in bench.link.engine.counters(), 60)
    bench.until(bench.idle, 60)
    assert not delivered(bench) and not bench.of(ev.CallRedirected)
    assert all(p.state == 0 for p in bench.link.engine.matching.places.values())
    bench.close()


def test_a_stopping_daemon_tells_of_the_calls_that_wait() -> None:
    bench = SmdiBench("desk", 'hold = "60s"', answers=False)
    ring(bench)
    bench.until(lambda: any(p.state for p in bench.link.engine.matching.places.values()))
    bench.node.drain(True)
    assert len(delivered(bench)) == 1
    bench.close()


def test_messages_without_a_call_are_told() -> None:
    bench = SmdiBench("desk", 'window = "5s"')
    bench.say(BUSY, CallHistory(2, 77, "D", "", "1"))
    bench.run(6)
    told = [(e.why, e.desk, e.terminal) for e in bench.of(ev.SmdiUnmatched)]
    assert told == [("unknown terminal", 2, 77), ("expired", 1, 2)]
    seen = [e.text for e in bench.of(ev.SmdiMessage, sent=False)]
    assert seen[0].startswith("desk 001 terminal 0002: forwarded on busy from 3500")
    bench.close()


def test_what_the_line_damages_is_a_fault_and_no_call_has_it() -> None:
    bench = SmdiBench("desk", "digits = [4, 7]")
    bench.say(b"\r\nMD0010002B350 5551234 \r\n\x19")
    (fault,) = bench.of(ev.ProtocolFault)
    assert (fault.trunk, fault.kind) == ("vm", "malformed") and "3 digits" in fault.text
    for _ in range(60):
        bench.say(b"xx\x19")
    assert len(bench.of(ev.ProtocolFault)) == 20  # a second; all are counted
    assert bench.link.engine.counters()["malformed"] == 61
    bench.close()


def test_message_waiting_goes_out_and_refusals_come_back() -> None:
    bench = SmdiBench("desk", 'answer = "1s"\nretry = "2s"\ntries = 2\npace = "100ms"')
    desk = bench.link
    for number in ("3500", "999"):
        desk.set_waiting(number, True, bench.node.now())
    bench.run(0.2)
    assert [m.text() for m in bench.hear(2)] == [
        "message waiting on for 3500",
        "message waiting on for 999",
    ]
    bench.say(WaitingRefused("999", "INV"))
    bench.run(1)
    bench.hear(3)
    bench.say(WaitingRefused("999", "INV"))
    bench.run(2)
    changes = [(e.number, e.state) for e in bench.of(ev.MessageWaitingChanged)]
    assert [s for n, s in changes if n == "3500"] == ["wanted", "sent", "set"]
    assert [s for n, s in changes if n == "999"][-1] == "failed"
    stations, more = desk.station_infos("", 1)
    assert [(x.number, x.on, x.state) for x in stations] == [("3500", True, "set")] and more
    assert [x.number for x in desk.station_infos("3500", 10)[0]] == ["999"]
    assert desk.info().stations == 2 and desk.info().up
    bench.close()


def test_the_port_comes_back_and_what_was_wanted_goes_out() -> None:
    bench = SmdiBench("desk", 'reopen = "1s"')
    bench.hang_up()
    assert "closed by the far end" in bench.of(ev.SmdiChanged, up=False)[-1].reason
    bench.link.set_waiting("3500", True, bench.node.now())
    bench.listener.listen()
    bench.until(lambda: bench.link.engine.up)
    bench.accept()
    bench.run(1)
    (message,) = bench.hear(1)
    assert isinstance(message, WaitingRequest) and message.number == "3500"
    bench.close()


def test_a_port_that_cannot_be_had_says_why() -> None:
    text = smdi_config("desk", "/dev/ttyNONE7")
    seen: list[ev.Event] = []
    node = Node(loads(text), VirtualClock())
    node.sinks.append(lambda event, trunk: seen.append(event))
    node.open()
    node.start()
    (change,) = [e for e in seen if isinstance(e, ev.SmdiChanged)]
    assert not change.up and change.reason.startswith("/dev/ttyNONE7: no such device")
    node.smdi["vm"].handle_timeout(node.now())
    node.close()


def test_a_loop_of_pyserial_is_a_desk_that_hears_itself() -> None:
    """loop:// has no descriptor: the port is looked at."""
    from line_rig import LineBench

    bench = LineBench(smdi_config("desk", "loop://"))
    link = bench.node.smdi["vm"]
    assert not bench.node.watched and link.engine.up
    link.set_waiting("3500", True, bench.node.now())  # type: ignore[attr-defined]
    bench.until(lambda: bool(bench.of(ev.ProtocolFault, kind="wrong_way")))
    bench.close()
    bench.node.close()


# The message desk is outside


def place(bench: SmdiBench, **request: Any) -> Any:
    number = PartyNumber
    call = bench.node.place(
        bench.trunk("phones"),
        CallRequest(number(""), number("5551234"), **request),
    )
    return call


def test_a_call_to_the_voicemail_is_told_to_it_first() -> None:
    bench = SmdiBench("exchange", answers=False)
    diverted = {"redirecting": PartyNumber("3502"), "redirect_reason": 2}
    one = place(bench, **diverted, original_called=PartyNumber("3501"))
    two = place(bench)
    three = place(bench, redirecting=PartyNumber("3503"), channel=3)
    assert [c.request.channel for c in (one, two, three)] == [1, 2, 3]
    told = [
        (m.terminal, m.kind, m.forwarding, m.calling)
        for m in bench.hear(3)
        if isinstance(m, CallHistory)
    ]
    assert told == [
        (1, "N", "3502", "5551234"),
        (2, "D", "", "5551234"),
        (3, "U", "3503", "5551234"),
    ]
    bench.until(lambda: len(delivered(bench)) == 3)
    place(bench, channel=1, exclusive=True)
    bench.until(lambda: bool(bench.of(ev.Failed)))
    assert len(bench.hear(3)) == 3
    bench.close()


def test_the_telephone_beside_the_voicemail_is_called_without() -> None:
    bench = SmdiBench("exchange", answers=False)
    place(bench, channel=4, exclusive=True)
    bench.until(lambda: len(delivered(bench)) == 1)
    assert bench.link.engine.counters() == {"octets": 0}
    bench.close()


def test_the_voicemail_lights_the_lamps_of_our_telephones() -> None:
    bench = SmdiBench("exchange", fxs='message_waiting = "stutter"')
    bench.say(WaitingRequest("3504", True))
    (change,) = bench.of(ev.MessageWaitingChanged)
    assert (change.number, change.on, change.state, change.line) == (
        "3504", True, "set", "phones/4",
    )  # fmt: skip
    assert bench.trunk("phones").engine.port(4).lamp  # type: ignore[attr-defined]
    bench.say(WaitingRequest("3504", False))
    assert not bench.trunk("phones").engine.port(4).lamp  # type: ignore[attr-defined]
    bench.say(WaitingRequest("9999", True))
    (refused,) = bench.hear(1)
    assert isinstance(refused, WaitingRefused)
    assert (refused.number, refused.why) == ("9999", "INV")
    assert bench.of(ev.MessageWaitingChanged)[-1].state == "failed"
    assert bench.link.engine.counters()["lamps_set"] == 2
    bench.close()


def test_numbers_that_are_no_lines_may_be_the_applications() -> None:
    bench = SmdiBench("exchange", 'unknown_stations = "tell"')
    bench.say(WaitingRequest("9999", True))
    (asked,) = bench.of(ev.MessageWaitingRequested)
    assert (asked.smdi, asked.number, asked.on) == ("vm", "9999", True)
    assert "sent" not in bench.link.engine.counters()
    bench.close()


# Requests


def test_a_copy_of_a_request_has_all_of_its_fields() -> None:
    source = pathlib.Path(call_request.__file__).with_name("call_request.py")
    tree = ast.parse(source.read_text())
    (cls,) = (n for n in tree.body if isinstance(n, ast.ClassDef) and n.name == "CallRequest")
    (init,) = (n for n in cls.body if isinstance(n, ast.FunctionDef) and n.name == "__init__")
    assert tuple(each.arg for each in init.args.args[1:]) == FIELDS
    request = CallRequest(PartyNumber("1"), category=13, user_user=b"x", fallback=3)
    again = copied(request, display="there")
    for name in FIELDS:
        expected = "there" if name == "display" else getattr(request, name)
        assert getattr(again, name) == expected


def test_what_the_desk_is_told_leaves_out_what_it_may_not_know() -> None:
    withheld = PartyNumber("5551234", presentation=1)
    request = CallRequest(PartyNumber(""), withheld, redirecting=PartyNumber("12145553500"))
    told = history_of(request, (1, 1), False, 0, ())
    assert (told.calling, told.forwarding, told.kind) == ("", "12145553500", "U")
    assert history_of(request, (1, 1), False, 7, (7,)).forwarding == "5553500"
    assert history_of(request, (1, 1), False, 0, (7,)).forwarding == ""
    starred = CallRequest(PartyNumber(""), PartyNumber("*69"))
    assert history_of(starred, (1, 1), False, 0, ()).calling == ""
    both = CallRequest(
        PartyNumber(""), redirecting=PartyNumber("2"), original_called=PartyNumber("1")
    )
    assert history_of(both, (1, 1), True, 0, ()).forwarding == "1"
    assert history_of(both, (1, 1), False, 0, ()).forwarding == "2"


def test_a_call_that_is_handed_on_takes_its_history_along() -> None:
    bench = SmdiBench("exchange", answers=False)
    call = place(bench, channel=4, exclusive=True, redirecting=PartyNumber("8"), redirect_reason=3)
    call.calling, call.called = "5559999", "3500"
    made = handed_on(CallRequest(PartyNumber("")), call)
    assert made.calling is not None and made.calling.digits == "5559999"
    assert made.redirecting is not None and made.redirecting.digits == "8"
    assert made.redirect_reason == 3
    direct = place(bench, channel=1, exclusive=True)
    direct.called = "3500"
    made = handed_on(CallRequest(PartyNumber(""), PartyNumber("1"), redirect_reason=2), direct)
    assert made.redirecting is not None and made.redirecting.digits == "3500"
    assert made.redirect_reason == 2
    assert made.calling is not None and made.calling.digits == "1"
    bench.close()


def test_a_line_that_its_board_does_not_have_is_an_error_at_start() -> None:
    text = smdi_config("desk", "loop://").replace('"office/5-8"', '"office/9-12"')
    node = Node(loads(text), VirtualClock())
    with pytest.raises(ConfigError, match="trunk 'office' has no channel 9: it has 5 to 8"):
        node.open()


PRI = """
[[trunk]]
name = "pstn"
span = "b0/2"
signalling = "pri"
incoming = "offer"
[trunk.pri]
side = "user"
[[trunk]]
name = "city"
span = "b0/3"
signalling = "pri"
[trunk.pri]
side = "network"
"""


def test_a_diverted_pri_call_reaches_the_voicemail_with_who_diverted_it() -> None:
    bench = SmdiBench("exchange", answers=False, extra=PRI, board='spans = 3\ncable = "2-3"')
    bench.until(lambda: bench.node.trunks["pstn"].up and bench.node.trunks["city"].up)
    bench.node.place(
        bench.node.trunk("city"),
        CallRequest(
            PartyNumber("3500"),
            PartyNumber("5551234"),
            redirecting=PartyNumber("3502"),
            redirect_reason=2,
        ),
    )
    bench.until(lambda: bool(bench.of(ev.Offered)))
    (offered,) = bench.of(ev.Offered)
    assert (offered.redirecting, offered.redirect_reason) == ("3502", 2)
    call = bench.node.call(offered.call_id)
    assert (call.info().redirecting, call.info().redirect_reason) == ("3502", 2)
    bench.node.place(bench.trunk("phones"), handed_on(CallRequest(PartyNumber("")), call))
    (told,) = bench.hear(1)
    assert isinstance(told, CallHistory)
    assert (told.kind, told.forwarding, told.calling) == ("N", "3502", "5551234")
    bench.close()


def test_only_telephones_are_told_of_messages() -> None:
    bench = SmdiBench("desk")
    with pytest.raises(LocalError, match="office/5 is fxo: only fxs lines"):
        line_requests.message_waiting(bench.trunk("office"), 5, True, 0)
    bench.close()
