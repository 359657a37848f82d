"""Telephones on lines of FXS ports of a simulated board, in virtual time: dial tone to howler."""

from __future__ import annotations

import pytest

from trunkd.board.line import Battery, PulseShape
from trunkd.board.media_events import SegmentHeard
from trunkd.errors import LocalError
from trunkd.hil.telephone import Telephone
from trunkd.hil.telephone_bench import MS, PHONES, TelephoneBench
from trunkd.signaling.call import (
    CallAlerting,
    CallConnected,
    CallOffered,
    CallReleased,
    CallRequest,
    PartyNumber,
)
from trunkd.signaling.call_line import CallFlashed, CallHeld, CallsJoined, LineReported

SECOND = 1_000_000_000
FOUR = {"max_digits": 4}


def dialled(bench: TelephoneBench, digits: str = "9051", phone: int = 1) -> int:
    """The telephone is lifted and dials by DTMF; the call's handle."""
    bench.phones[phone].lift()
    bench.run_for(3500)
    bench.phones[phone].press(digits)
    bench.run_for(200 * len(digits) + 300)
    offered = bench.events(CallOffered)[-1]
    assert isinstance(offered, CallOffered)
    assert offered.request.called.digits == digits
    return offered.call


def talking(bench: TelephoneBench, phone: int = 1) -> int:
    call = dialled(bench, phone=phone)
    bench.trunk.answer(call, bench.now)
    bench.run_for(500)
    assert bench.trunk.channel_text(phone) == "talking"
    return call


def placed(bench: TelephoneBench, calling: str = "01065554321", channel: int = 1) -> int:
    request = CallRequest(PartyNumber(""), PartyNumber(calling), channel=channel)
    return bench.trunk.place(request, bench.now)


def kinds(bench: TelephoneBench) -> list[str]:
    return [type(event).__name__ for _, event in bench.told]


def idle(bench: TelephoneBench, phone: int = 1) -> None:
    bench.phones[phone].hang_up()
    bench.run_for(2000)
    assert bench.trunk.channel_text(phone) == "idle"
    assert not bench.trunk.calls


# ---- from the telephone


@pytest.mark.parametrize("country", ["cn", "us", "gb", "de", "fr", "jp", "se", "in"])
def test_dial_tone_digits_ringback_and_busy_of_the_country(country: str) -> None:
    bench = TelephoneBench(FOUR, country)
    call = dialled(bench)
    bench.trunk.alert(call, False, bench.now)
    bench.run_for(13_000)
    bench.trunk.clear(call, 17, bench.now)
    bench.run_for(9000)
    heard = bench.phones[1].names
    # Where two of a country's tones are one the follower may give either name.
    assert heard[0] in ("dial", "unobtainable") and "ringback" in heard
    assert {"busy", "congestion"} & set(heard[2:])
    idle(bench)


def test_dtmf_stops_the_dial_tone_and_ends_with_the_terminator() -> None:
    bench = TelephoneBench()
    assert dialled_with(bench, "12#") == "12"
    idle(bench)


def dialled_with(bench: TelephoneBench, press: str) -> str:
    bench.phones[1].lift()
    bench.run_for(1500)
    bench.phones[1].press(press)
    bench.run_for(3000)
    offered = bench.events(CallOffered)[-1]
    assert isinstance(offered, CallOffered)
    return offered.request.called.digits


@pytest.mark.parametrize("pps", [8.0, 9.0, 10.0, 11.0, 12.0])
@pytest.mark.parametrize("broken", [50.0, 57.0, 61.5, 67.0, 75.0])
def test_pulse_dialling_of_all_digits(pps: float, broken: float) -> None:
    bench = TelephoneBench({"max_digits": 10})
    phone = bench.phones[1]
    phone.lift()
    bench.run_for(500)
    phone.dial("1234567890", PulseShape(pps, broken, 500))
    bench.run_for(20_000)
    assert not phone.busy
    (offered,) = bench.events(CallOffered)
    assert isinstance(offered, CallOffered)
    assert offered.request.called.digits == "1234567890"
    idle(bench)


@pytest.mark.parametrize("ms", [80, 95, 100, 150, 300, 600, 800])
def test_flashes_are_flashes(ms: int) -> None:
    bench = TelephoneBench({**FOUR, "features": "event"})
    talking(bench)
    bench.phones[1].flash(ms)
    bench.run_for(2000)
    assert len(bench.events(CallFlashed)) == 1
    assert bench.trunk.channel_text(1) == "talking"
    idle(bench)


@pytest.mark.parametrize("ms", [900, 1200])
def test_a_longer_break_is_a_hang_up(ms: int) -> None:
    bench = TelephoneBench({**FOUR, "features": "event"})
    talking(bench)
    bench.phones[1].flash(ms)
    bench.run_for(500 + ms)
    assert not bench.events(CallFlashed)
    assert len(bench.events(CallReleased)) == 1
    assert bench.trunk.channel_text(1) == "dial tone"
    idle(bench)


# ---- to the telephone


def test_ring_answer_talk_hang_up() -> None:
    bench = TelephoneBench()
    phone = bench.phones[1]
    phone.answer_after = 2
    call = placed(bench)
    bench.run_for(9000)
    assert [n for n in kinds(bench) if n.startswith("Call")] == ["CallAlerting", "CallConnected"]
    assert bench.trunk.channel_text(1) == "talking"
    phone.hang_up()
    bench.run_for(2000)
    (released,) = bench.events(CallReleased)
    assert isinstance(released, CallReleased)
    assert (released.call, released.cause, released.local) == (call, 16, False)
    idle(bench)


def test_pick_up_in_the_middle_of_caller_id() -> None:
    bench = TelephoneBench()
    phone = bench.phones[1]
    placed(bench)
    bench.run_for(1950)
    phone.lift()
    bench.run_for(1500)
    assert bench.trunk.channel_text(1) == "talking"
    assert not phone.callers
    idle(bench)


@pytest.mark.parametrize("after", [100, 400, 700, 1100, 1500, 3000])
def test_pick_up_at_any_moment_of_caller_id_before_ringing(after: int) -> None:
    bench = TelephoneBench({"caller_id": "bt"})
    placed(bench)
    bench.run_for(after)
    bench.phones[1].lift()
    bench.run_for(1000)
    assert bench.trunk.channel_text(1) == "talking"
    assert bench.port.line(1).battery() is Battery.NORMAL
    idle(bench)


def test_it_rings_until_the_time_is_over() -> None:
    bench = TelephoneBench({"ring_timeout": 30_000})
    placed(bench)
    bench.run_for(40_000)
    (released,) = bench.events(CallReleased)
    assert isinstance(released, CallReleased) and released.cause == 19
    assert bench.phones[1].rings == 6
    idle(bench)


@pytest.mark.parametrize(
    ("calling", "on"),
    [("5551000", [800, 800]), ("0", [300, 300]), ("13", [1000])],
)
def test_distinctive_ringing(calling: str, on: list[int]) -> None:
    values = {"distinctive": "555=800,400,800,4000;0=recall", "caller_id": "none"}
    bench = TelephoneBench(values)
    placed(bench, calling)
    bench.run_for(3500)
    ringing = bench.phones[1].ringing
    came = [at for at, rings in ringing if rings]
    went = [at for at, rings in ringing if not rings]
    # Ringing is told after two cycles of 25 Hz, its end after 100 ms.
    lengths = [(b - a) // MS + 80 - 100 for a, b in zip(came, went, strict=True)]
    assert len(lengths) == len(on)
    assert all(abs(length - ms) <= 45 for length, ms in zip(lengths, on, strict=True))


def test_a_telephone_off_hook_is_busy() -> None:
    bench = TelephoneBench()
    bench.phones[1].lift()
    bench.run_for(500)
    call = placed(bench)
    bench.run_for(100)
    (released,) = bench.events(CallReleased)
    assert isinstance(released, CallReleased)
    assert (released.call, released.cause) == (call, 17)
    idle(bench)


# ---- supervision


def test_reversal_on_answer_and_clear() -> None:
    values = {**FOUR, "reversal_on_answer": True, "reversal_on_clear": True}
    bench = TelephoneBench(values)
    call = talking(bench)
    assert bench.phones[1].batteries[-1][1] is Battery.REVERSED
    bench.trunk.clear(call, 16, bench.now)
    bench.run_for(500)
    assert bench.phones[1].batteries[-1][1] is Battery.NORMAL
    idle(bench)


def test_battery_drop_of_kewl_start() -> None:
    bench = TelephoneBench({**FOUR, "start": "kewl", "drop": 600})
    call = talking(bench)
    bench.trunk.clear(call, 16, bench.now)
    bench.run_for(400)
    phone = bench.phones[1]
    assert phone.batteries[-1][1] is Battery.ABSENT
    bench.run_for(5000)
    (absent, _), (back, battery) = phone.batteries[-2:]
    assert battery is Battery.NORMAL and abs(back - absent - 600 * MS) <= 10 * MS
    assert bench.trunk.channel_text(1) == "tone" and phone.names[-1] == "busy"
    idle(bench)


def test_a_telephone_put_down_during_the_drop_is_idle_after_it() -> None:
    bench = TelephoneBench({**FOUR, "start": "kewl"})
    bench.trunk.clear(talking(bench), 16, bench.now)
    bench.run_for(200)
    bench.phones[1].hang_up()
    bench.run_for(2500)
    assert bench.trunk.channel_text(1) == "idle"


def test_ground_start_both_ways() -> None:
    bench = TelephoneBench({**FOUR, "start": "ground"})
    phone = bench.phones[1]
    bench.run_for(200)
    assert phone.line.battery() is Battery.ABSENT
    phone.line.ground(True)
    bench.run_for(100)
    assert phone.line.battery() is Battery.NORMAL
    phone.lift()
    phone.line.ground(False)
    bench.run_for(1500)
    assert bench.trunk.channel_text(1) == "dial tone"
    phone.press("1234")
    bench.run_for(1500)
    (offered,) = bench.events(CallOffered)
    assert isinstance(offered, CallOffered)
    bench.trunk.answer(offered.call, bench.now)
    bench.run_for(500)
    bench.trunk.clear(offered.call, 16, bench.now)
    bench.run_for(300)
    assert phone.line.battery() is Battery.ABSENT
    phone.hang_up()
    bench.run_for(2000)
    assert bench.trunk.channel_text(1) == "idle"
    phone.answer_after = 1
    placed(bench)
    bench.run_for(3000)
    assert bench.trunk.channel_text(1) == "talking"
    idle(bench)


# ---- off hook too long


def test_permanent_signal_howler_park() -> None:
    bench = TelephoneBench({"first_digit": 5000, "tone_time": 5000, "howler_time": 8000})
    phone = bench.phones[1]
    phone.lift()
    bench.run_for(15_000)
    assert phone.names[0] == "dial" and phone.names[-1] == "howler"
    reports = [e.what for e in bench.events(LineReported) if isinstance(e, LineReported)]
    assert reports == ["nothing dialled", "off hook too long"]
    bench.run_for(8000)
    assert bench.trunk.channel_text(1) == "parked"
    idle(bench)


def test_power_denial_until_the_telephone_is_put_down() -> None:
    values = {"first_digit": 2000, "tone_time": 2000, "howler_time": 2000, "power_denial": True}
    bench = TelephoneBench({**values, "probe": 5000})
    phone = bench.phones[1]
    phone.lift()
    bench.run_for(8000)
    assert bench.trunk.channel_text(1) == "power denied"
    assert phone.line.battery() is Battery.ABSENT
    bench.run_for(30_000)
    assert bench.trunk.channel_text(1) == "power denied"
    phone.hang_up()
    bench.run_for(7000)
    assert bench.trunk.channel_text(1) == "idle"
    assert phone.line.battery() is Battery.NORMAL
    placed(bench)
    bench.run_for(1000)
    assert phone.rings == 1


# ---- features


FEATURES = {**FOUR, "features": "hold,transfer,conference,waiting"}


def test_hold_conference_and_transfer() -> None:
    bench = TelephoneBench(FEATURES)
    phone = bench.phones[1]
    first = talking(bench)
    phone.flash(200)
    bench.run_for(2000)
    assert phone.names[-1] == "special-dial"
    phone.press("8002")
    bench.run_for(1500)
    second = bench.trunk.last_handle
    bench.trunk.answer(second, bench.now)
    bench.run_for(500)
    phone.flash(200)
    bench.run_for(500)
    phone.hang_up()
    bench.run_for(2000)
    told = [e for _, e in bench.told if isinstance(e, (CallHeld, CallsJoined))]
    assert told == [
        CallHeld(first, True),
        CallsJoined(first, second, False),
        CallsJoined(first, second, True),
    ]
    assert bench.trunk.channel_text(1) == "idle" and not bench.trunk.calls


def test_a_held_call_rings_back() -> None:
    bench = TelephoneBench(FEATURES)
    phone = bench.phones[1]
    first = talking(bench)
    phone.flash(200)
    bench.run_for(1000)
    phone.hang_up()
    bench.run_for(2500)
    assert bench.trunk.channel_text(1) == "ringing back" and phone.rings >= 1
    phone.lift()
    bench.run_for(500)
    held = [e for e in bench.events(CallHeld) if isinstance(e, CallHeld)]
    assert held == [CallHeld(first, True), CallHeld(first, False)]
    idle(bench)


@pytest.mark.parametrize("country", ["cn", "us", "gb", "de", "au"])
def test_call_waiting_with_caller_id(country: str) -> None:
    bench = TelephoneBench(FEATURES, country)
    phone = bench.phones[1]
    first = talking(bench)
    second = placed(bench, "5551000")
    bench.run_for(4000)
    assert len(phone.alerts) == 1
    assert [caller.number for caller in phone.callers] == ["5551000"]
    phone.flash(300)
    bench.run_for(1500)
    told = [e for _, e in bench.told if isinstance(e, (CallHeld, CallAlerting))]
    assert told == [CallAlerting(second, 1, False), CallHeld(first, True)]
    connected = bench.events(CallConnected)[-1]
    assert isinstance(connected, CallConnected) and connected.call == second
    bench.trunk.clear(first, 16, bench.now)
    idle(bench)


def test_call_waiting_for_a_telephone_that_knows_no_caller_id() -> None:
    bench = TelephoneBench(FEATURES)
    phone = bench.phones[1]
    phone.acknowledges = ""
    talking(bench)
    second = placed(bench, "5551000")
    bench.run_for(25_000)
    assert not phone.callers and len(phone.alerts) == 1
    # The tone comes again each ten seconds.
    assert bench.trunk.channel_text(1) == "talking, a call waiting"
    phone.hang_up()
    bench.run_for(4000)
    assert bench.trunk.channel_text(1) == "ringing" and phone.rings == 1
    phone.lift()
    bench.run_for(500)
    connected = bench.events(CallConnected)[-1]
    assert isinstance(connected, CallConnected) and connected.call == second
    idle(bench)


def test_messages_waiting_stutter_fsk_and_lamp() -> None:
    bench = TelephoneBench({"message_waiting": "stutter,fsk,neon"})
    phone = bench.phones[1]
    bench.trunk.message_waiting(1, True, bench.now)
    bench.run_for(3000)
    assert [(c.waiting, c.is_call) for c in phone.callers] == [(True, False)]
    assert phone.line.measure().volts > 80
    bench.trunk.message_waiting(1, False, bench.now)
    bench.run_for(3000)
    assert [c.waiting for c in phone.callers] == [True, False]
    assert phone.line.measure().volts < 60


@pytest.mark.parametrize("country", ["cn", "us", "de", "fr"])
def test_the_dial_tone_stutters_while_messages_wait(country: str) -> None:
    bench = TelephoneBench({}, country)
    phone = bench.phones[1]
    bench.trunk.message_waiting(1, True, bench.now)
    phone.lift()
    bench.run_for(2500)
    assert not phone.names or phone.names[0] != "dial"
    bench.run_for(3000)
    assert phone.names[-1] == "dial"
    idle(bench)


def test_metering_pulses_reach_the_telephone() -> None:
    bench = TelephoneBench({**FOUR, "metering_on": 150, "metering_off": 300})
    call = talking(bench)
    bench.trunk.meter(call, 3, bench.now)
    bench.trunk.meter(call, 2, bench.now)
    bench.run_for(4000)
    metered = bench.phones[1].metered
    assert len(metered) == 5
    assert all(abs(length - 150 * MS) <= 20 * MS for length in metered)
    idle(bench)


def test_what_is_no_telephone() -> None:
    bench = TelephoneBench()
    with pytest.raises(LocalError, match="no analog port"):
        Telephone(bench.board.span(1).timeslots[PHONES + 2])
    bench.close()


def test_telephones_hear_each_other_when_their_ports_are_connected() -> None:
    bench = TelephoneBench(count=2, numbers={1: "8001", 2: "8002"})
    bench.phones[2].answer_after = 1
    dialled_with(bench, "8002#")
    call = bench.trunk.last_handle
    bench.trunk.place(CallRequest(PartyNumber("8002")), bench.now)
    bench.run_for(5000)
    bench.trunk.answer(call, bench.now)
    bench.run_for(200)
    slots = bench.port.slots
    for channel in (1, 2):
        bench.port.sound.open(channel)
    slots[1].connect(slots[2])
    slots[2].connect(slots[1])
    bench.phones[1].press("1590")
    bench.run_for(1500)
    assert bench.phones[2].digits == "1590"
    # G.711 octets of 1004 Hz, as digital milliwatts are: the other one hears a tone.
    octets = bytes((0x34, 0x21, 0x21, 0x34, 0xB4, 0xA1, 0xA1, 0xB4)) * 500
    bench.phones[2].speak(octets)
    bench.run_for(1000)
    heard = [
        event.frequencies
        for event in bench.seen
        if isinstance(event, SegmentHeard) and event.timeslot == PHONES + 1 and not event.ended
    ]
    assert any(abs(hz[0] - 1000) < 10 for hz in heard if hz)
    for phone in (1, 2):
        bench.phones[phone].hang_up()
    bench.run_for(2000)
    assert [bench.trunk.channel_text(n) for n in (1, 2)] == ["idle", "idle"]
