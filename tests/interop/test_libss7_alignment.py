"""Initial alignment with libss7 (Q.703 7), normal and emergency, and the link test (Q.707 2.2)."""

from __future__ import annotations

import select
import socket
import subprocess
from collections.abc import Callable, Iterator

import pytest

from trunkd.board.clock import MILLISECOND, SECOND, RealClock
from trunkd.signaling.ss7.labels import ITU14, encode_label
from trunkd.signaling.ss7.mtp2 import SignallingLink
from trunkd.signaling.ss7.mtp2_config import Mtp2Config
from trunkd.signaling.ss7.mtp2_events import InService, Level2Event, Message

OURS, THEIRS = 2058, 2057
PATTERN = b"0123456789"
SLTM, SLTA = b"\x11", b"\x21"
"""Heading codes (Q.707 5.4)."""
SIN, SIE = 1, 2
"""Status of an LSSU (Q.703 11.1)."""


class Level2:
    """Our level 2 alone, in real time, against the libss7 process."""

    def __init__(self, program: str, options: str) -> None:
        self.link = SignallingLink(Mtp2Config())
        self.clock = RealClock()
        self.events: list[Level2Event] = []
        self.heard: list[bytes] = []
        self.sent: list[bytes] = []
        self.ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.ours.setblocking(False)
        words = [program, "--opc", str(THEIRS), "--dpc", str(OURS), "--mode", "answer"]
        with theirs:
            self.process = subprocess.Popen(
                [*words, "--fd", str(theirs.fileno()), *options.split()],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )

    def run(self, until: Callable[[], bool], timeout: float = 90.0) -> None:
        end = self.clock.now() + round(timeout * SECOND)
        while not until():
            now = self.clock.now()
            assert now < end, f"not so within {timeout} s: {self.events}"
            while select.select([self.ours], [], [], 0)[0]:
                self.heard.append(self.ours.recv(4096))
                self.link.receive(self.heard[-1], now)
            self.link.handle_timeout(now)
            self.events += self.link.events()
            for su in self.link.transmit():
                self.sent.append(su)
                self.ours.send(su)
            due = self.link.next_timeout()
            wait = 20 * MILLISECOND if due is None else min(max(due - now, 0), 20 * MILLISECOND)
            select.select([self.ours], [], [], wait / SECOND)

    def align(self, emergency: bool) -> float:
        """How long it took from the first SIE or SIN to in service, s."""
        now = self.clock.now()
        self.link.emergency(emergency, now)
        self.link.start(now)
        proving = (SIN, SIE)
        self.run(lambda: any(len(su) == 4 and su[3] & 7 in proving for su in self.sent))
        began = self.clock.now()
        self.run(lambda: any(isinstance(event, InService) for event in self.events))
        return (self.clock.now() - began) / SECOND


@pytest.fixture
def level2(libss7_peer: str) -> Iterator[Callable[[str], Level2]]:
    made: list[Level2] = []

    def make(options: str) -> Level2:
        made.append(Level2(libss7_peer, options))
        return made[-1]

    yield make
    for end in made:
        end.process.kill()
        end.process.wait()
        end.ours.close()


def statuses(units: list[bytes]) -> set[int]:
    return {su[3] & 7 for su in units if len(su) in (4, 5) and su[2] & 63 in (1, 2)}


@pytest.mark.peer
@pytest.mark.parametrize(
    ("ours", "theirs", "least", "most"),
    [(False, False, 8.0, 12.0), (False, True, 0.4, 3.0), (True, False, 0.4, 3.0)],
    ids=["normal", "libss7-emergency", "our-emergency"],
)
def test_alignment_and_link_test(
    level2: Callable[[str], Level2], ours: bool, theirs: bool, least: float, most: float
) -> None:
    """T4n when both are normal, T4e when one asks for it; then libss7 answers our SLTM."""
    end = level2("" if theirs else "--normal")
    assert least < end.align(ours) < most
    assert (SIE if theirs else SIN) in statuses(end.heard)
    assert (SIE if ours else SIN) in statuses(end.sent)
    test = bytes((len(PATTERN) << 4,)) + PATTERN
    end.link.send(b"\x81" + encode_label(ITU14, THEIRS, OURS, 0) + SLTM + test, end.clock.now())
    answer = b"\x81" + encode_label(ITU14, OURS, THEIRS, 0) + SLTA + test

    def messages() -> list[bytes]:
        return [event.octets for event in end.events if isinstance(event, Message)]

    end.run(lambda: answer in messages())
    counters = end.link.counters
    assert counters.retransmitted == counters.rx_nacks == counters.tx_nacks == 0
