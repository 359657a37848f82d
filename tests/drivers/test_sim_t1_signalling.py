"""Robbed bits and clear channels of simulated T1 spans; HDLC at 64 and 56 kbit/s; ports."""

from __future__ import annotations

import pathlib
import random
import socket
import sys

import pytest

from trunkd.board.clock import MILLISECOND, VirtualClock
from trunkd.board.events import Alarm, BitsChanged
from trunkd.board.model import HdlcConfig, Law
from trunkd.board.registry import open_board
from trunkd.errors import LocalError

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from t1_lab import Lab

BOTH = pytest.mark.parametrize("framing", ["d4", "esf"])


def attach(lab: Lab, span: int, timeslot: int, mode: str) -> socket.socket:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    lab.board.attach_port(span, timeslot, theirs.detach(), mode)
    ours.setblocking(False)
    return ours


def packets(sock: socket.socket) -> list[bytes]:
    found = []
    while True:
        try:
            found.append(sock.recv(8192))
        except BlockingIOError:
            return found


# ---- robbed bits ---------------------------------------------------------------------------------


@BOTH
def test_bits_arrive_both_ways_on_every_timeslot(framing: str) -> None:
    lab = Lab(f"framing={framing}&cas=true")
    want = {n: n % 16 for n in range(1, 25)}
    for near, far in ((1, 2), (2, 1)):
        lab.seen.clear()
        for n, bits in want.items():
            lab.board.span(near).timeslots[n].set_bits(bits)
        begun = lab.now
        lab.run(20)
        heard = want if framing == "esf" else {n: (bits >> 2) * 5 for n, bits in want.items()}
        assert dict(lab.bits(far)) == {n: bits for n, bits in heard.items() if bits}
        assert {n: lab.board.span(far).timeslots[n].bits() for n in heard} == heard
        # Two superframes, and what was left of the one under way (and the block's end).
        limit = (3 * (3 if framing == "esf" else 1.5) + 1) * MILLISECOND
        assert all(e.time - begun <= limit for e in lab.seen if isinstance(e, BitsChanged))


def test_a_wink_is_told_with_its_length() -> None:
    """E&M: AB 11 for 200 ms."""
    lab = Lab("framing=d4&cas=1-24")
    slot = lab.board.span(1).timeslots[9]
    slot.set_bits(0b1111)
    lab.run(200)
    slot.set_bits(0b0000)
    lab.run(50)
    on, off = [e for e in lab.seen if isinstance(e, BitsChanged) and e.span == 2]
    assert (on.bits, off.bits) == (15, 0)
    assert abs(off.time - on.time - 200 * MILLISECOND) <= 1_500_000


def test_robbed_bits_at_an_error_rate_of_1e_3() -> None:
    """Debounced over two superframes: of 24 idle channels in 20 s, false bits are rare, and the
    state is right in the end."""
    lab = Lab("cas=1-24&seed=6")
    for n in range(1, 25):
        lab.board.span(1).timeslots[n].set_bits(5)
    lab.run(50)
    lab.seen.clear()
    lab.board.cable(1).impair(ber=1e-3, to=2)
    lab.run(20_000)
    # By chance the same bit wrong twice running: 24 * 4 * 1e-6 in 6.7 k superframes, and back.
    assert len(lab.bits(2)) <= 8
    lab.board.cable(1).impair()
    lab.run(50)
    assert {lab.board.span(2).timeslots[n].bits() for n in range(1, 25)} == {5}


def test_bits_are_frozen_while_the_line_is_cut() -> None:
    lab = Lab("cas=1-24")
    lab.board.span(1).timeslots[1].set_bits(15)
    lab.run(30)
    lab.board.cable(1).cut(to=2)
    lab.run(100)
    lab.board.span(1).timeslots[1].set_bits(10)
    lab.run(100)
    assert lab.bits(2) == [(1, 15)] and lab.board.span(2).timeslots[1].bits() == 15
    lab.board.cable(1).mend()
    lab.run(100)
    assert lab.bits(2) == [(1, 15), (1, 10)]


# ---- clear channels ------------------------------------------------------------------------------


@BOTH
def test_robbed_bits_never_touch_a_clear_channel(framing: str) -> None:
    """Raw ports on timeslots 5 and 24, HDLC on 12, voice on the others with bits that change all
    the time: the clear channels carry a megabit each without one wrong bit, the voice channels lose
    bit 8 of each sixth frame and nothing else."""
    lab = Lab(f"framing={framing}&cas=1-24")
    rng = random.Random(3)
    near, far = lab.board.span(1), lab.board.span(2)
    pairs = {n: (attach(lab, 1, n, "raw"), attach(lab, 2, n, "raw")) for n in (5, 24)}
    for span in (near, far):
        span.timeslots[12].open_hdlc(HdlcConfig())
    voices = [n for n in range(1, 24) if n not in (5, 12)]
    for n in voices:
        near.timeslots[n].open_voice(Law.MU, 0x00)
        far.timeslots[n].open_voice(Law.MU)
        far.timeslots[n].record(20_000)
    sent = dict.fromkeys(pairs, b"")
    got = dict.fromkeys(pairs, b"")
    frames = []
    for step in range(2000):
        for n, (ours, theirs) in pairs.items():
            octets = rng.randbytes(80)
            sent[n] += octets
            ours.send(octets)
            got[n] += b"".join(packets(theirs))
        if step % 20 == 0:
            frames.append(rng.randbytes(130))
            near.timeslots[12].transmit(frames[-1])
        near.timeslots[voices[step % len(voices)]].set_bits(step * 7 % 16)
        lab.run(10)
    for n in pairs:
        at = got[n].index(sent[n][:80])
        assert got[n][at : at + 150_000] == sent[n][:150_000]
    assert lab.frames(2) == frames
    for n in voices:
        heard = far.timeslots[n].recorded()
        assert set(heard[1000:]) <= {0x00, 0x01}
        robbed = [at % 6 for at, octet in enumerate(heard) if octet == 0x01]
        assert len(set(robbed)) == 1
    for ours, theirs in pairs.values():
        ours.close()
        theirs.close()


def test_a_channel_is_clear_while_it_is_open_for_hdlc() -> None:
    """The bits of a voice channel go on when its HDLC ends; they are refused while it lasts."""
    lab = Lab("cas=1-24")
    near, far = (lab.board.span(n).timeslots[7] for n in (1, 2))
    near.set_bits(9)
    lab.run(30)
    assert lab.bits(2) == [(7, 9)]
    near.open_hdlc(HdlcConfig())
    far.open_hdlc(HdlcConfig())
    with pytest.raises(LocalError, match="span 1 timeslot 7 is a clear channel: close it"):
        near.set_bits(3)
    lab.run(50)
    near.transmit(bytes(260))
    lab.run(100)
    assert lab.frames(2) == [bytes(260)] and lab.bits(2) == [(7, 9)]
    near.close()
    far.close()
    near.set_bits(3)
    lab.run(50)
    assert lab.bits(2)[-1] == (7, 3)


def test_timeslots_that_are_not_in_the_list_have_no_bits() -> None:
    lab = Lab("cas=1-11,13-23")
    for n in (12, 24):
        with pytest.raises(LocalError, match=f"timeslot {n} has no robbed bits: name it in"):
            lab.board.span(1).timeslots[n].set_bits(1)
    slot = lab.board.span(1).timeslots[12]
    slot.open_voice()
    lab.board.span(2).timeslots[12].open_voice()
    octets = random.Random(5).randbytes(2000)
    assert octets in lab.octets(12, octets)


# ---- D-channel, 56 kbit/s, AMI -------------------------------------------------------------------


@BOTH
def test_a_d_channel_on_timeslot_24(framing: str) -> None:
    lab = Lab(f"framing={framing}&cas=1-23")
    ends = [lab.board.span(n).timeslots[24] for n in (1, 2)]
    for end in ends:
        end.open_hdlc(HdlcConfig())
    lab.run(20)
    rng = random.Random(2)
    frames = [rng.randbytes(rng.randint(3, 260)) for _ in range(100)]
    for frame in frames:
        while not ends[0].transmit(frame):
            lab.run(20)
        while not ends[1].transmit(frame[::-1]):
            lab.run(20)
    lab.run(4000)
    assert lab.frames(2) == frames
    assert lab.frames(1) == [frame[::-1] for frame in frames]


def hdlc(lab: Lab, config: HdlcConfig, frames: list[bytes]) -> tuple[list[bytes], int]:
    """What arrives of frames on timeslot 24, and how many were faulty."""
    ends = [lab.board.span(n).timeslots[24] for n in (1, 2)]
    for end in ends:
        end.open_hdlc(config)
    lab.run(20)
    lab.seen.clear()
    for frame in frames:
        while not ends[0].transmit(frame):
            lab.run(20)
    lab.run(3000)
    return lab.frames(2), ends[1].counters().fcs


@pytest.mark.parametrize("block", [1, 2, 7, 20])
def test_56_kbit_s_where_ami_does_not_let_zeros_pass(block: int) -> None:
    """Frames full of zeros: spoilt at 64 kbit/s on AMI, right at 56, and right on B8ZS."""
    rng = random.Random(3)
    frames = [bytes(100), *(rng.randbytes(rng.randint(3, 260)) for _ in range(30)), bytes(260)]
    ami = f"framing=d4&line_code=ami&block_ms={block}&cas=1-23"
    got, faults = hdlc(Lab(ami, up=120), HdlcConfig(), frames)
    assert len(got) < len(frames) and faults
    got, faults = hdlc(Lab(ami, up=120), HdlcConfig(rate56=True), frames)
    assert got == frames and not faults
    got, faults = hdlc(Lab(f"framing=d4&block_ms={block}", up=120), HdlcConfig(), frames)
    assert got == frames and not faults


def test_56_kbit_s_is_seven_eighths_as_fast_and_slips_do_no_harm() -> None:
    """Bit 8 is 1 and not looked at: also on a timeslot whose bits the far end robs."""
    lab = Lab("cas=1-24")
    lab.board.cable(1).impair(ppm=80, to=2)
    near = lab.board.span(1).timeslots[24]
    near.open_hdlc(HdlcConfig(rate56=True))
    far = lab.board.span(2).timeslots[24]
    far.open_hdlc(HdlcConfig(rate56=True))
    lab.run(20)
    begun = lab.now
    for n in range(50):
        assert near.transmit(bytes([n]) * 258)
    while len(lab.frames(2)) < 50 and lab.now - begun < 10_000 * MILLISECOND:
        lab.run(10)
    # 258 octets, FCS and a flag each: 261 times 8 bits at 56 kbit/s; zeros inserted beside.
    assert lab.now - begun >= 50 * 261 * 8 * 1_000_000_000 // 56_000
    assert lab.now - begun <= 52 * 261 * 8 * 1.06 * 1_000_000_000 // 56_000
    assert far.counters().fcs <= 1


def test_mtp2_at_56_kbit_s() -> None:
    """ANSI signalling links: fill-ins are repeated and filtered as at 64 kbit/s."""
    lab = Lab("framing=d4&line_code=ami")
    near, far = (lab.board.span(n).timeslots[24] for n in (1, 2))
    for end in (near, far):
        end.open_hdlc(HdlcConfig(mtp2=True, rate56=True))
    fisu = bytes([0xFF, 0xFF, 0])
    near.transmit(fisu)
    lab.run(1000)
    counters = far.counters()
    # 6 octets and a flag less the shared one: 48 to 57 bits each with inserted zeros.
    assert 56_000 / 60 <= counters.sus <= 56_000 / 46
    assert counters.su_errors <= 1
    assert counters.fill_ins_filtered >= counters.sus - 4


# ---- ports ---------------------------------------------------------------------------------------


def test_a_cas_port_on_a_t1_speaks_robbed_bits() -> None:
    """Mode cas: 'C' packets both ways, 0000 allowed on every timeslot, speech as octets."""
    lab = Lab("framing=esf&cas=1-24")
    port = attach(lab, 2, 3, "cas")
    slot = lab.board.span(1).timeslots[3]
    slot.open_voice(Law.MU)
    lab.run(30)
    assert packets(port)[0] == b"C\x00"
    slot.set_bits(0b1001)
    lab.run(30)
    assert b"C\x09" in packets(port)
    for bits in (0b1111, 0):
        port.send(bytes([ord("C"), bits]))
        lab.run(30)
        assert lab.bits(1)[-1] == (3, bits)
    slot.record(4000)
    speech = random.Random(4).randbytes(320)
    port.send(b"A" + speech)
    lab.run(600)
    # The far end's port robs bit 8 of each sixth octet.
    heard = slot.recorded()
    assert bytes(o | 1 for o in speech) in bytes(o | 1 for o in heard)
    port.close()


def test_an_hdlc_port_on_timeslot_24() -> None:
    lab = Lab("cas=1-23")
    port = attach(lab, 2, 24, "hdlc")
    slot = lab.board.span(1).timeslots[24]
    slot.open_hdlc(HdlcConfig())
    lab.run(30)
    slot.transmit(b"to the exchange")
    port.send(b"to the customer")
    lab.run(100)
    assert packets(port) == [b"to the exchange"]
    assert lab.frames(1) == [b"to the customer"]
    port.close()


def test_ports_of_timeslots_that_a_t1_has_not() -> None:
    lab = Lab("cas=1-23")
    with pytest.raises(LocalError, match="span 1 timeslot 25 cannot be a port: give 1 to 24"):
        lab.board.attach_port(1, 25, -1)


# ---- mixed boards --------------------------------------------------------------------------------


def test_e1_and_t1_on_one_board() -> None:
    """Spans 1 and 2 E1, 3 and 4 T1, each pair with its cable; a call from one to the other."""
    from trunkd.drivers.sim import CableConfig, SimConfig, SpanConfig

    config = SimConfig(
        spans=4,
        cas=True,
        span=[SpanConfig(3, kind="t1"), SpanConfig(4, kind="t1")],
        cables=[CableConfig([1, 2]), CableConfig([3, 4])],
    )
    board = open_board("sim://x", config, VirtualClock())
    board.start()

    def run(milliseconds: int) -> None:
        end = board.clock.now() + milliseconds * MILLISECOND
        while board.clock.now() < end:
            board.step(end)
            board.events()

    run(100)
    assert [span.alarms for span in board.spans] == [frozenset()] * 4
    e1, t1 = board.span(1).timeslots[31], board.span(3).timeslots[24]
    for slot in (e1, t1):
        slot.open_voice(Law.MU)
    t1.connect(e1)
    far, heard = board.span(2).timeslots[31], board.span(4).timeslots[24]
    far.open_voice(Law.MU)
    heard.open_voice(Law.MU)
    octets = random.Random(1).randbytes(800)
    heard.record(2400)
    far.play(octets)
    run(400)
    assert bytes(o | 1 for o in octets) in bytes(o | 1 for o in heard.recorded())
    board.cable(2).cut()  # type: ignore[attr-defined]
    run(50)
    assert board.span(4).alarms == {Alarm.LOS, Alarm.LOF} and not board.span(2).alarms
    board.close()
