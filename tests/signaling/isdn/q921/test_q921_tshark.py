"""tshark dissects what our links send: every frame type, both sides, no malformed mark."""

from __future__ import annotations

import json
import shutil
import struct
import subprocess
from pathlib import Path
from typing import Any

import pytest

from trunkd.signaling.isdn import q921_frames as q
from trunkd.signaling.isdn.q921_frames import Frame, decode, encode

LINUX_LAPD = 177
UNIT = "\x08\x02\x00\x01\x75"
"""A STATUS ENQUIRY: tshark reads on into layer 3."""


def capture(path: Path, frames: list[tuple[bool, bytes]]) -> None:
    """A pcap of link type 177: its 16-octet header says whether we (the network) sent it."""
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, LINUX_LAPD))
        for n, (from_network, frame) in enumerate(frames):
            # sll_pkttype, sll_hatype, halen, address (1: we are the network), protocol
            header = struct.pack(">HHH8sH", 4 if from_network else 0, 8445, 1, b"\x01", 48)
            file.write(struct.pack("<IIII", n, 0, 16 + len(frame), 16 + len(frame)))
            file.write(header + frame)


def dissect(path: Path) -> list[dict[str, Any]]:
    tshark = shutil.which("tshark")
    assert tshark, "tshark is missing: apt-get install tshark (make test does it)"
    out = subprocess.run(
        [tshark, "-r", str(path), "-T", "json", "--no-duplicate-keys"],
        capture_output=True,
        check=True,
        timeout=60,
    )
    return [packet["_source"]["layers"] for packet in json.loads(out.stdout)]


def conversation(bench_type: Any) -> list[tuple[bool, bytes]]:
    """Network and user side in talk: all that the procedures can make them send."""
    ends = {True: bench_type(True), False: bench_type(False)}
    wire: list[tuple[bool, bytes]] = []

    def exchange(lost: bool = False) -> None:
        moved = True
        while moved:
            moved = False
            for side, end in ends.items():
                for frame in end.link.transmit():
                    wire.append((side, frame))
                    moved = True
                    if not lost:
                        ends[not side].link.receive(frame, end.now)

    network, user = ends[True], ends[False]
    user.link.establish(user.now)
    exchange()
    for end in (network, user):
        end.link.send_unit(UNIT.encode(), end.now)
        end.send(UNIT, UNIT, UNIT)
        exchange()
    network.send(UNIT)
    exchange(lost=True)
    network.send(UNIT)  # leaves a gap: REJ
    exchange()
    user.link.set_busy(True, user.now)
    network.send(UNIT)
    exchange()
    network.wait(1)
    exchange()
    user.link.set_busy(False, user.now)
    exchange()
    network.put("DM r p0")  # re-establishment
    exchange()
    network.link.release(network.now)
    exchange()
    network.link.release(network.now)
    user.link.able_to_establish = False
    network.link.establish(network.now)
    exchange()
    return wire


@pytest.mark.peer
def test_tshark_reads_every_frame(link_bench: Any, tmp_path: Path) -> None:
    wire = conversation(link_bench)
    kinds = {(decode(frame).name, side) for side, frame in wire}
    names = ("I", "RR", "RNR", "REJ", "SABME", "UA", "UI", "DISC", "DM")
    assert {name for name, _ in kinds} == set(names)
    path = tmp_path / "q921.pcap"
    capture(path, wire)
    packets = dissect(path)
    assert len(packets) == len(wire)
    for layers, (from_network, octets) in zip(packets, wire, strict=True):
        check(layers, decode(octets), from_network)


def check(layers: dict[str, Any], frame: Frame, from_network: bool) -> None:
    """Addresses, numbers, type and the P or F bit as tshark read them, and no complaint."""
    text = json.dumps(layers)
    assert "_ws.malformed" not in text and "_ws.expert" not in text, text
    address = layers["lapd"]["lapd.address_tree"]
    assert int(address["lapd.sapi"]) == 0 and int(address["lapd.tei"]) == 0
    control = layers["lapd"]["lapd.control_tree"]
    if frame.kind == q.I:
        assert int(control["lapd.control.n_s"]) == frame.ns
    if frame.kind <= q.REJ:
        assert int(control["lapd.control.n_r"]) == frame.nr
    command = frame.command(from_network)
    if frame.kind > q.REJ:
        modifier = control[
            "lapd.control.u_modifier_cmd" if command else "lapd.control.u_modifier_resp"
        ]
        assert int(modifier, 16) == (q.CONTROL[frame.kind] & 0xEC) >> 2
    # A bit that is 0 is not listed for U frames.
    poll, final = control.get("lapd.control.p", "0"), control.get("lapd.control.f", "0")
    assert (poll, final) == ((str(frame.pf), "0") if command else ("0", str(frame.pf))), control


@pytest.mark.peer
def test_tshark_knows_the_types_that_we_only_receive(tmp_path: Path) -> None:
    frames = [
        Frame(q.FRMR, cr=0, pf=1, info=bytes([0x02, 0x00, 0x02, 0x00, 0x08])),
        Frame(q.XID, cr=1, pf=1),
        Frame(q.XID, cr=0, pf=0),
    ]
    path = tmp_path / "q921.pcap"
    capture(path, [(True, encode(frame)) for frame in frames])
    for layers, frame in zip(dissect(path), frames, strict=True):
        check(layers, frame, True)
