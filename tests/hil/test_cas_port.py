"""CasPorts: what a LineEngine asks for is on the wire, and what comes is what it is told."""

from __future__ import annotations

import socket

import pytest

from trunkd.errors import LocalError
from trunkd.hil.cas_port import CasPorts
from trunkd.native.wrap import alaw_encode
from trunkd.native.wrap_tones import ALAW, DtmfBank, MfBank, digits
from trunkd.signaling import line_actions as act
from trunkd.signaling.line_names import DTMF, LISTEN_DTMF, LISTEN_MODEM, R1, R2_FORWARD
from trunkd.signaling.line_signals import BitsReceived, DigitReceived, LineSignal, SendingEnded

QUIET = bytes((0xD5,)) * 160
MS = 1_000_000


class Listener:
    """A LineEngine as far as ports know one: it keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[int, LineSignal]] = []

    def receive(self, signal: LineSignal, now: int) -> None:
        self.told.append((now, signal))


class Line:
    """One channel in lockstep whose far end is this test."""

    def __init__(self) -> None:
        near, self.far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.near = near
        self.ports = CasPorts([near], lockstep=True, first=7)
        self.engine = Listener()
        self.sent = b""
        self.bits: list[int] = []

    def run(self, sound: bytes = b"", blocks: int = 1) -> None:
        """Exchange blocks: ours are ``sound``, then silence."""
        sound = sound.ljust(160 * blocks, QUIET[:1])
        for at in range(0, len(sound), 160):
            self.far.send(b"A" + sound[at : at + 160])
            begin = self.ports.lines.heard()
            while self.ports.lines.heard() == begin:
                self.ports.run(self.engine, (begin + 160) * 125_000)  # type: ignore[arg-type]
            while True:
                packet = self.far.recv(321)
                if packet[:1] == b"A":
                    self.sent += packet[1:]
                    break
                self.bits.append(packet[1])

    def close(self) -> None:
        self.near.close()
        self.far.close()


def test_actions_in_their_order() -> None:
    line = Line()
    line.ports.carry_out(
        [
            act.SendBits(7, 9),
            act.SendSignal(7, R2_FORWARD, "5"),
            act.SendDigits(7, DTMF, "12,3", on_ms=60, off_ms=60, tag=4),
            act.SendBits(7, 1),
            act.OpenSpeech(7, True),
        ]
    )
    line.run(blocks=130)
    assert line.bits == [9, 1]
    heard = DtmfBank(1).process(line.sent, ALAW)
    assert "".join(e.digit for e in heard if e.phase == 1) == "123"
    third = [e.start for e in heard if e.phase == 1][2]
    assert third == pytest.approx(2 * 960 + 16000, abs=60)
    assert MfBank(1, R2_FORWARD).process(line.sent, ALAW) == []
    assert [s for _, s in line.engine.told] == [SendingEnded(7, 4, True)]
    line.close()


def test_what_takes_the_place_of_digits_cuts_them_short() -> None:
    line = Line()
    line.ports.carry_out([act.SendDigits(7, R1, "K1S", tag=1), act.StopSignal(7)])
    line.run(blocks=2)
    assert line.sent == QUIET * 2
    assert [s for _, s in line.engine.told] == [SendingEnded(7, 1, False)]
    line.close()


def test_pulses_of_a_signal_and_steps_end() -> None:
    line = Line()
    line.ports.carry_out([act.SendSignal(7, R2_FORWARD, "4", 150, 3)])
    line.run(blocks=10)
    (begun, over) = MfBank(1, R2_FORWARD).process(line.sent, ALAW)
    assert begun.digit == "4" and over.duration == pytest.approx(1200, abs=40)
    line.ports.carry_out([act.SendSteps(7, (((425.0,), 30, -10.0), ((), 20, -10.0)), 9)])
    line.sent = b""
    line.run(blocks=4)
    assert [s for _, s in line.engine.told] == [SendingEnded(7, 3, True), SendingEnded(7, 9, True)]
    assert line.sent[:240].count(0xD5) < 20 and line.sent[240:] == QUIET[:1] * 400
    line.close()


@pytest.mark.parametrize("name", ["busy", "dial"])
def test_a_tone_goes_on_until_it_is_stopped(name: str) -> None:
    line = Line()
    line.ports.carry_out([act.SendTone(7, "cn", name)])
    line.run(blocks=200)
    silent = sum(octet == 0xD5 for octet in line.sent) / len(line.sent)
    assert silent < 0.1 if name == "dial" else 0.4 < silent < 0.6
    line.ports.carry_out([act.StopSignal(7)])
    line.sent = b""
    line.run(blocks=2)
    assert line.sent == QUIET * 2
    line.close()


def test_signals_with_their_times() -> None:
    line = Line()
    line.ports.carry_out([act.ListenFor(7, LISTEN_DTMF)])
    line.far.send(b"C\x0d")
    line.run(alaw_encode(bytes(2 * 800) + digits(DTMF, "8", on=0.08, off=0.08)), 20)
    (at, bits), (_, begun), (_, over) = line.engine.told
    assert bits == BitsReceived(7, 13) and at == 20 * MS
    assert isinstance(begun, DigitReceived) and isinstance(over, DigitReceived)
    assert (begun.channel, begun.kind, begun.digit, begun.on) == (7, DTMF, "8", True)
    assert begun.began == pytest.approx(100 * MS, abs=5 * MS)
    assert not over.on and over.duration == pytest.approx(80 * MS, abs=6 * MS)
    line.close()


@pytest.mark.parametrize(
    "action",
    [
        act.SetLoop(7, True),
        act.SetFeed(7, 1),
        act.SendPulses(7, "1"),
        act.SendFlash(7, 100),
        act.SendMetering(7, 100, 16000),
        act.SendFsk(7, True, b"x"),
        act.ListenFor(7, LISTEN_MODEM),
    ],
)
def test_what_no_such_line_can_do_is_named(action: act.LineAction) -> None:
    line = Line()
    with pytest.raises(LocalError, match="bits and sound alone"):
        line.ports.carry_out([act.SendBits(7, 1), action])
    assert line.far.recv(10) == b"C\x01"
    line.close()


def test_far_ends_that_hang_up() -> None:
    line = Line()
    line.run()
    line.far.close()
    line.ports.run(line.engine, 10**10)  # type: ignore[arg-type]
    assert line.ports.closed == {7} and line.ports.all_closed
    line.near.close()
