"""The cable between two peers: what is lost, what is cut, what is captured."""

from __future__ import annotations

import pathlib
import socket
import struct
import threading

import pytest

from trunkd.board.capture import CaptureWriter, Direction, read_capture
from trunkd.hil.relay_frames import FrameRelay


def ends() -> tuple[socket.socket, socket.socket]:
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


def drain(sock: socket.socket) -> list[bytes]:
    """All packets until the far end hangs up."""
    found = []
    while packet := sock.recv(4096):
        found.append(packet)
    return found


def through(frames: list[bytes], **more: object) -> tuple[list[bytes], FrameRelay]:
    """What of ``frames``, sent by end A, arrives at end B."""
    a, near_a = ends()
    b, near_b = ends()
    relay = FrameRelay(near_a, near_b, **more)  # type: ignore[arg-type]

    def send() -> None:
        for frame in frames:
            a.send(frame)
        a.shutdown(socket.SHUT_WR)

    threads = [threading.Thread(target=relay.run, args=(10.0,)), threading.Thread(target=send)]
    for thread in threads:
        thread.start()
    with a, b:
        arrived = drain(b)
        for thread in threads:
            thread.join()
    return arrived, relay


def test_all_frames_pass_in_order() -> None:
    frames = [bytes([n % 256]) * (1 + n % 260) for n in range(1000)]
    arrived, relay = through(frames)
    assert arrived == frames
    assert relay.frames.passed == [1000, 0] and relay.frames.lost == [0, 0]


def test_loss_is_the_same_for_the_same_seed_and_near_its_rate() -> None:
    frames = [struct.pack(">I", n) for n in range(5000)]
    first, relay = through(frames, loss=0.01, seed=3)
    again, _ = through(frames, loss=0.01, seed=3)
    other, _ = through(frames, loss=0.01, seed=4)
    assert first == again != other
    assert relay.frames.lost[0] + len(first) == 5000
    # 5000 draws at 1 %: mean 50, standard deviation 7.04; five of them either way.
    assert 15 <= relay.frames.lost[0] <= 85


def test_a_cut_cable_passes_nothing() -> None:
    arrived, relay = through([b"\x02\x01\x7f"] * 20, cut=(0.0, 60.0))
    assert arrived == []
    assert relay.frames.cut == [20, 0]


def test_run_ends_after_its_time() -> None:
    a, near_a = ends()
    b, near_b = ends()
    with a, b:
        assert FrameRelay(near_a, near_b).run(0.01) is False


@pytest.mark.parametrize("a_is_network", [True, False])
def test_capture_has_what_arrived(tmp_path: pathlib.Path, a_is_network: bool) -> None:
    file = tmp_path / "cable.pcapng"
    frames = [b"\x02\x01" + bytes([n]) for n in range(100)]
    with CaptureWriter(file) as writer:
        arrived, _ = through(frames, loss=0.2, seed=1, capture=writer, a_is_network=a_is_network)
    found = list(read_capture(file))
    assert [f.data for f in found] == arrived
    assert 0 < len(arrived) < 100
    assert {f.direction for f in found} == {Direction.OUT}
