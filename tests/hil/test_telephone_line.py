"""FXS lines in trouble: cut in each state, line tests of good and bad lines, second telephones."""

from __future__ import annotations

import pytest

from trunkd.hil.telephone_bench import TelephoneBench
from trunkd.signaling.call import CallOffered, CallRequest, PartyNumber
from trunkd.signaling.call_line import LineReported

VALUES: dict[str, object] = {
    "max_digits": 4,
    "features": "hold,transfer,conference,waiting",
    "caller_id": "v23-lr",
    "first_digit": 3000,
    "interdigit": 3000,
    "tone_time": 3000,
    "howler_time": 3000,
    "ring_timeout": 20_000,
    "rering": 20_000,
}


def dial(bench: TelephoneBench, digits: str = "9051") -> None:
    bench.phones[1].lift()
    bench.run_for(700)
    bench.phones[1].press(digits)
    bench.run_for(200 * len(digits))


def to_state(bench: TelephoneBench, state: str) -> None:
    """Bring port 1 into a state, by the telephone and the application."""
    trunk, phone = bench.trunk, bench.phones[1]
    if state in ("caller ID before ringing", "ringing"):
        trunk.place(CallRequest(PartyNumber(""), PartyNumber("5551000"), channel=1), bench.now)
        bench.run_for(400 if state.startswith("caller") else 3000)
    elif state == "dial tone":
        phone.lift()
        bench.run_for(1000)
    elif state == "dialling":
        dial(bench, "90")
    elif state in ("tone", "howler", "parked"):
        phone.lift()
        bench.run_for({"tone": 4500, "howler": 7500, "parked": 10_500}[state])
    else:
        dial(bench)
        to_call_state(bench, state)
    assert trunk.channel_text(1) == state


def to_call_state(bench: TelephoneBench, state: str) -> None:
    trunk, phone = bench.trunk, bench.phones[1]
    call = trunk.last_handle
    if state == "far end alerting":
        trunk.alert(call, False, bench.now)
    elif state != "dialled":
        trunk.answer(call, bench.now)
        bench.run_for(300)
    if state == "talking, a call waiting":
        trunk.place(CallRequest(PartyNumber(""), PartyNumber("5551000"), channel=1), bench.now)
        bench.run_for(300)
    elif state in ("dial tone, one call held", "ringing back"):
        phone.flash(200)
        bench.run_for(1000)
    if state == "ringing back":
        phone.hang_up()
    bench.run_for(1500)


STATES = [
    "dial tone",
    "dialling",
    "dialled",
    "far end alerting",
    "talking",
    "talking, a call waiting",
    "dial tone, one call held",
    "ringing back",
    "caller ID before ringing",
    "ringing",
    "tone",
    "howler",
    "parked",
]


@pytest.mark.parametrize("state", STATES)
def test_the_line_is_cut_in_each_state(state: str) -> None:
    bench = TelephoneBench(VALUES)
    to_state(bench, state)
    bench.board.line_cable(1).cut()
    # Calls that ring end by their time, the others as when the telephone hangs up.
    bench.run_for(45_000)
    assert bench.trunk.channel_text(1) == "idle"
    assert not bench.trunk.calls
    bench.phones[1].hang_up()
    bench.board.line_cable(1).mend()
    bench.run_for(1000)
    dial(bench)
    bench.run_for(1000)
    assert bench.trunk.channel_text(1) == "dialled"


@pytest.mark.parametrize("state", STATES)
def test_the_telephone_is_put_down_in_each_state(state: str) -> None:
    bench = TelephoneBench(VALUES)
    to_state(bench, state)
    bench.phones[1].hang_up()
    bench.run_for(45_000)
    assert bench.trunk.channel_text(1) == "idle"
    assert not bench.trunk.calls and bench.trunk.next_timeout() is None


@pytest.mark.parametrize("state", STATES)
def test_the_board_is_lost_in_each_state(state: str) -> None:
    bench = TelephoneBench(VALUES)
    to_state(bench, state)
    bench.trunk.line_down((1,), bench.now)
    assert bench.trunk.channel_text(1) == "out of service" and not bench.trunk.calls
    bench.run_for(10_000)
    bench.phones[1].hang_up()
    bench.run_for(2000)
    bench.trunk.line_up((1,), bench.now)
    bench.run_for(500)
    assert bench.trunk.channel_text(1) == "idle"


def test_a_cable_mended_with_the_receiver_up_has_dial_tone() -> None:
    bench = TelephoneBench()
    bench.board.line_cable(1).cut()
    bench.run_for(100)
    bench.phones[1].lift()
    bench.run_for(1000)
    assert bench.trunk.channel_text(1) == "idle"
    bench.board.line_cable(1).mend()
    bench.run_for(500)
    assert bench.trunk.channel_text(1) == "dial tone"


def found_by_test(bench: TelephoneBench) -> str:
    bench.trunk.line_test(1, bench.now)
    bench.run_for(4000)
    report = bench.events(LineReported)[-1]
    assert isinstance(report, LineReported) and report.what == "line test"
    assert bench.trunk.channel_text(1) == "idle"
    return report.text


def test_line_test_of_a_good_line() -> None:
    bench = TelephoneBench(ren=1.0)
    assert found_by_test(bench).startswith("good")
    found = bench.trunk.last_test(1)
    assert found is not None
    assert 40 < found.volts < 60 and found.milliamps < 0.1
    assert abs(found.foreign_volts) < 1 and found.ring_volts > 40 and abs(found.ring_hz - 25) < 2


@pytest.mark.parametrize("ren", [0.0, 1.0, 2.0, 4.0])
def test_ren_of_the_ringers_beside_the_telephone(ren: float) -> None:
    bench = TelephoneBench({"loop_ohms": 300}, ren=ren)
    found_by_test(bench)
    found = bench.trunk.last_test(1)
    # The telephone itself is one.
    assert found is not None and abs(found.ren - (1.0 + ren)) <= 0.05 * (1.0 + ren)


def test_line_test_of_bad_lines() -> None:
    bench = TelephoneBench()
    cable = bench.board.line_cable(1)
    cable.leak(20_000.0)
    assert found_by_test(bench).startswith("leak")
    cable.leak(None)
    cable.power_cross(40.0)
    assert found_by_test(bench).startswith("foreign")
    cable.power_cross(None)
    assert found_by_test(bench).startswith("good")
    cable.cut()
    assert found_by_test(bench).startswith("no telephone")


def test_a_line_test_is_given_up_for_a_telephone() -> None:
    bench = TelephoneBench()
    bench.trunk.line_test(1, bench.now)
    bench.run_for(350)
    bench.phones[1].lift()
    bench.run_for(2500)
    assert bench.trunk.channel_text(1) == "dial tone"
    reports = [e.text for e in bench.events(LineReported) if isinstance(e, LineReported)]
    assert reports == ["given up: the telephone is off hook"]


def test_two_telephones_call_each_other_through_an_application() -> None:
    bench = TelephoneBench({"max_digits": 4}, count=2, numbers={1: "8001", 2: "8002"})
    bench.phones[2].answer_after = 1
    dial(bench, "8002")
    bench.run_for(500)
    (offered,) = bench.events(CallOffered)
    assert isinstance(offered, CallOffered)
    request = offered.request
    assert request.calling is not None and request.calling.digits == "8001"
    second = bench.trunk.place(CallRequest(request.called, request.calling), bench.now)
    bench.trunk.alert(offered.call, False, bench.now)
    bench.run_for(4000)
    bench.trunk.answer(offered.call, bench.now)
    bench.run_for(500)
    assert [bench.trunk.channel_text(n) for n in (1, 2)] == ["talking", "talking"]
    bench.phones[1].hang_up()
    bench.run_for(1500)
    bench.trunk.clear(second, 16, bench.now)
    bench.run_for(500)
    assert [bench.trunk.channel_text(n) for n in (1, 2)] == ["idle", "tone"]


@pytest.mark.parametrize("apart", [-60, -30, -10, -1, 0, 1, 10, 30, 60, 200])
@pytest.mark.parametrize("start", ["loop", "kewl"])
def test_glare_the_telephone_is_lifted_as_it_is_called(apart: int, start: str) -> None:
    bench = TelephoneBench({"start": start})
    bench.run_for(500)
    phone = bench.phones[1]
    request = CallRequest(PartyNumber(""), PartyNumber("5551000"), channel=1)
    if apart < 0:
        phone.lift()
        bench.run_for(-apart)
        bench.trunk.place(request, bench.now)
    else:
        bench.trunk.place(request, bench.now)
        bench.run_for(apart)
        phone.lift()
    bench.run_for(3000)
    # Either the call was answered at once, or the telephone was busy with its own.
    assert bench.trunk.channel_text(1) in ("talking", "dial tone")
    assert (bench.trunk.channel_text(1) == "talking") == (len(bench.trunk.calls) == 1)
    phone.hang_up()
    bench.run_for(2000)
    assert bench.trunk.channel_text(1) == "idle" and not bench.trunk.calls


@pytest.mark.parametrize("state", STATES)
def test_the_wires_are_exchanged_in_the_middle(state: str) -> None:
    bench = TelephoneBench(VALUES)
    to_state(bench, state)
    cable = bench.board.line_cable(1)
    cable.reverse()
    bench.run_for(40)
    assert bench.trunk.channel_text(1).split(",")[0] == state.split(",")[0]
    bench.run_for(200)
    cable.reverse(False)
    bench.phones[1].hang_up()
    bench.run_for(45_000)
    assert bench.trunk.channel_text(1) == "idle" and not bench.trunk.calls


def test_a_line_that_is_off_hook_for_ever_and_then_not() -> None:
    bench = TelephoneBench(VALUES)
    bench.phones[1].lift()
    bench.run_for(3_600_000)
    assert bench.trunk.channel_text(1) == "parked"
    bench.phones[1].hang_up()
    bench.run_for(2000)
    bench.phones[1].answer_after = 1
    to_state(bench, "caller ID before ringing")
    bench.run_for(4000)
    assert bench.trunk.channel_text(1) == "talking"
