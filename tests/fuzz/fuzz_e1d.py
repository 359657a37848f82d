"""Any packets between osmo-e1d's two ends: our decoder, our server, our client.

    fuzz_e1d.py [--seconds S | --messages N] [--seed X]

Good messages that are spoilt by a seeded generator go through the decoder; to a server, as commands
of clients that come and go; and to a client, as a server's answers and events. A finding is an
exception of the decoder, of a thread, or of the client that is no trunkd error; a server or client
that answers no more; or descriptors that are left over: exit status 1, with the octets.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import pathlib
import random
import socket
import sys
import tempfile
import threading
import time

KEPT = 12
"""Packets that are shown when something is found."""
last: list[str] = []
failed: list[str] = []


def packet(rng: random.Random) -> bytes:
    """A message of either side, spoilt or not."""
    from trunkd.drivers.e1d import proto

    kinds = [*range(7), *proto.ALARM_EVENTS, proto.EVENT_SABITS, rng.randrange(256)]
    kind = rng.choice(kinds) | rng.choice((0, 0, 0, proto.RESPONSE, proto.ERROR))
    place = [rng.choice((0, 0, 1, 16, 31, 32, proto.SUPERCHANNEL, proto.INVALID)) for _ in range(3)]
    bodies = (
        b"",
        proto.TimeslotConfig(rng.choice((0, 16, 17, 18)), rng.choice((0, 128)), 160).encode(),
        proto.InterfaceInfo(0, 2).encode(),
        b"".join(proto.LineInfo(n, proto.LINE_CHANNELIZED).encode() for n in range(2)),
        b"".join(proto.TimeslotInfo(n, 16).encode() for n in range(32)),
        rng.randbytes(rng.choice((1, 1, 3, 40, 4000))),
    )
    octets = bytearray(proto.Message(kind, *place, body=rng.choice(bodies)).encode())
    spoil(rng, octets)
    last.append(bytes(octets[:64]).hex())
    del last[:-KEPT]
    return bytes(octets)


def spoil(rng: random.Random, data: bytearray) -> None:
    for _ in range(rng.choice((0, 0, 0, 1, 2))):
        at = rng.randrange(len(data) + 1)
        how = rng.randrange(4)
        if how == 0:
            del data[at:]
        elif how == 1:
            data[at:at] = rng.randbytes(rng.randint(1, 9))
        elif at < len(data):
            data[at] = rng.choice((0, 1, 0x7F, 0xFF, rng.randrange(256)))


def check_decoder(octets: bytes) -> None:
    from trunkd.drivers.e1d import proto

    read = proto.decode(octets)
    if isinstance(read, proto.Malformed):
        assert read.text
        return
    assert octets.startswith(read.encode()), "the octets did not come back"
    for entries in (proto.interfaces, proto.lines, proto.timeslots):
        made = b"".join(entry.encode() for entry in entries(read.body))
        assert read.body.startswith(made), "a body did not come back"
    config = proto.timeslot_config(read.body)
    assert config is None or config.encode() == read.body
    for octet in read.body[:1]:
        assert proto.sa_from_wire(proto.sa_to_wire(octet & 31)) == octet & 31


class Clients:
    """Several of them at one server, which is asked now and then whether it is well."""

    def __init__(self) -> None:
        from trunkd.board.clock import VirtualClock
        from trunkd.hil.e1d_thread import ServedLines

        self.served = ServedLines(VirtualClock())
        self.sockets: list[socket.socket] = []

    def send(self, rng: random.Random, octets: bytes) -> None:
        if not self.sockets or rng.random() < 0.05:
            made = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            made.connect(self.served.path)
            self.sockets.append(made)
        place = rng.randrange(len(self.sockets))
        one = self.sockets[place]
        with contextlib.suppress(OSError):  # it was turned away
            one.send(octets, socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL)
            if rng.random() < 0.5:
                _, fds, _, _ = socket.recv_fds(one, 4096, 4, socket.MSG_DONTWAIT)
                for fd in fds:
                    os.close(fd)
        if rng.random() < 0.1 or len(self.sockets) > 20:
            self.sockets.pop(place).close()
        self.served.told.clear()

    def well(self) -> None:
        """It still serves, and has no clients when all have gone."""
        from trunkd.drivers.e1d import proto
        from trunkd.drivers.e1d.link import ControlLink

        link = ControlLink(self.served.path, 60.0)
        answer, _ = link.ask(proto.Message(proto.INTF_QUERY))
        assert proto.interfaces(answer.body) == [proto.InterfaceInfo(0, 2)]
        link.close()

    def close(self) -> None:
        for each in self.sockets:
            each.close()
        self.served.close()


class OneServer:
    """Says anything to a client of ours that asks and listens."""

    def __init__(self, folder: str) -> None:
        from trunkd.drivers.e1d.link import ControlLink

        path = f"{folder}/ctl"
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listener.bind(path)
        self.listener.listen()
        self.link = ControlLink(path, 0.01)
        self.peer = self.listener.accept()[0]

    def send(self, rng: random.Random, octets: bytes) -> None:
        from trunkd.drivers.e1d import proto
        from trunkd.errors import Error

        fds = [self.listener.fileno()] * rng.choice((0, 0, 0, 1, 3))
        try:
            socket.send_fds(self.peer, [octets], fds, socket.MSG_DONTWAIT)
        except BlockingIOError:
            pass
        except OSError:  # the client has left, and comes again
            self.peer.close()
            self.peer = self.listener.accept()[0]
        for heard in self.link.take():
            assert not isinstance(heard, proto.Message) or heard.kind == proto.EVENT
        if rng.random() < 0.05:
            answer = proto.Message(proto.INTF_QUERY | proto.RESPONSE)
            with contextlib.suppress(OSError):
                self.peer.send(answer.encode(), socket.MSG_DONTWAIT)
                self.peer.send(answer.encode()[:4], socket.MSG_DONTWAIT)  # and it goes
            with contextlib.suppress(Error):
                _, fd = self.link.ask(proto.Message(proto.INTF_QUERY))
                if fd >= 0:
                    os.close(fd)

    def close(self) -> None:
        self.link.close()
        self.peer.close()
        self.listener.close()


def mutate(seconds: float, messages: int, seed: int) -> int:
    """How many packets went each way."""
    rng = random.Random(seed)
    threading.excepthook = lambda args: failed.append(repr(args.exc_value))
    before = descriptors()
    until = time.monotonic() + seconds
    done = 0
    with tempfile.TemporaryDirectory(prefix="fuzz-e1d-") as folder:
        clients, server = Clients(), OneServer(folder)
        while done < messages if messages else time.monotonic() < until:
            octets = packet(rng)
            check_decoder(octets)
            clients.send(rng, octets)
            server.send(rng, packet(rng))
            done += 1
            if done % 500 == 0:
                clients.well()
            assert not failed, f"a thread ended: {failed}"
        clients.well()
        clients.close()
        server.close()
    assert not failed, f"a thread ended: {failed}"
    left = {fd: what for fd, what in descriptors().items() if before.get(fd) != what}
    assert not left, f"descriptors are left: {left}"
    return done


def descriptors() -> dict[str, str]:
    """Those that are open, and what they are."""
    found = {}
    for fd in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):  # the folder's own
            found[fd] = os.readlink(f"/proc/self/fd/{fd}")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--messages", type=int, default=0, help="so many")
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(3)))
    given = parser.parse_args()
    try:
        done = mutate(given.seconds, given.messages, given.seed)
    except BaseException:
        print(f"FOUND by seed {given.seed}; the last packets: {last}", flush=True)
        raise
    print(f"{done} packets each way, seed {given.seed}: nothing found", flush=True)


if __name__ == "__main__":
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
    main()
