"""The cable between two boards' ports: packets both ways, also to an end that came back."""

from __future__ import annotations

import contextlib
import os
import pathlib
import socket

from trunkd.hil.port_relay import PortRelay


class Port:
    """As a board's: it listens, and has one connection."""

    def __init__(self, path: pathlib.Path) -> None:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listener.settimeout(60)
        self.listener.bind(str(path))
        self.listener.listen()

    def accept(self) -> None:
        self.socket, _ = self.listener.accept()
        self.socket.settimeout(60)

    def close(self) -> None:
        self.socket.close()
        self.listener.close()


def test_packets_pass_and_an_end_comes_back(tmp_path: pathlib.Path) -> None:
    paths = [tmp_path / name for name in "abcd"]
    relay = PortRelay([(str(paths[0]), str(paths[1])), (str(paths[2]), str(paths[3]))])
    first = Port(paths[0])
    with relay:
        first.accept()
        first.socket.send(b"nobody is there")
        ends = [first, *map(Port, paths[1:])]
        for end in ends[1:]:
            end.accept()
        # Until both ends are connected packets are lost, as on a line that is cut.
        reach(ends[0], ends[1])
        reach(ends[1], ends[0])
        reach(ends[3], ends[2])
        ends[0].close()
        ends[1].socket.send(b"lost, or not")
        ends[0] = Port(paths[0])
        ends[0].accept()
        reach(ends[1], ends[0])
        reach(ends[0], ends[1])
        ends[2].socket.send(b"last")
        assert ends[3].socket.recv(100) == b"last"
    for end in ends:
        assert end.socket.recv(100) == b"", "its end is closed with the cable"
        end.close()


def reach(one: Port, other: Port) -> None:
    """Send until it arrives: the relay connects an end before the other one."""
    other.socket.settimeout(0.05)
    for _ in range(1200):
        one.socket.send(b"hello")
        with contextlib.suppress(TimeoutError):
            while other.socket.recv(100) != b"hello":
                pass
            break
    else:
        raise AssertionError("nothing arrives")
    with contextlib.suppress(TimeoutError):
        while True:
            other.socket.recv(100)
    other.socket.settimeout(60)
