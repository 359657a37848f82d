"""Boards over a maker's library (drivers/sdk_board.py): a board at work, a call on it, and what an
application does with its daemon. Behind the library is another daemon, with a simulated board."""

from __future__ import annotations

import pathlib
import random
import select
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any, Self

import msgspec

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "native" / "shpa3"))

import shpa3_rig as rig

from trunkd.board.call_control import CallAnswered, CallArrived, CallEnded
from trunkd.board.events import BoardEvent
from trunkd.board.registry import open_board
from trunkd.daemon import events as ev
from trunkd.daemon import methods as m
from trunkd.daemon.methods_media import (
    PlayMessage,
    RecordMessage,
    StopMedia,
)
from trunkd.drivers.sdk_board import SdkBoard
from trunkd.drivers.sdk_timeslot import SdkTimeslot

SECONDS = 60.0
RECORDING = 100.0
"""Seconds of a recording at most: it is stopped when what it is to have was played."""


def compiled(source: str, to: pathlib.Path) -> str:
    """A library of one C text."""
    path = to.with_suffix(".c")
    path.write_text(source)
    made = ["gcc", "-shared", "-fPIC", "-O0", "-w", str(path), "-o", str(to)]
    subprocess.run(made, check=True, capture_output=True)
    return str(to)


class SdkBench:
    """An opened and started board; what it told is in ``seen``."""

    def __init__(self, address: str, config: msgspec.Struct) -> None:
        board = open_board(address, config)
        assert isinstance(board, SdkBoard)
        self.board: Any = board
        self.seen: list[BoardEvent] = []
        board.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.board.close()

    def wait(self, until: Callable[[], Any], seconds: float = SECONDS) -> Any:
        end = time.monotonic() + seconds
        while not (found := until()):
            rest = end - time.monotonic()
            assert rest > 0, f"seen: {self.seen[-20:]}"
            select.select([self.board.fileno()], [], [], min(rest, 1))
            self.seen += self.board.events()
        return found

    def wait_for(self, kind: type[BoardEvent], **fields: Any) -> Any:
        """The first event of the kind with these fields; it and those before are taken away."""

        def found() -> BoardEvent | None:
            for event in self.seen:
                if isinstance(event, kind) and all(
                    getattr(event, k) == v for k, v in fields.items()
                ):
                    return event
            return None

        event = self.wait(found)
        del self.seen[: self.seen.index(event) + 1]
        return event

    def slots(self) -> list[SdkTimeslot]:
        """Timeslots with calls."""
        return [s for span in self.board.spans for s in span.timeslots if s.calls is not None]

    def rest(self) -> None:
        """Until all channels are idle: what came before is of no interest."""
        self.seen += self.board.events()
        for slot in self.slots():
            if slot.control.call:  # type: ignore[attr-defined]
                slot.close()
                slot.control.hang_up()  # what a test that failed has left
        self.wait(lambda: all(s.control.condition().value == "idle" for s in self.slots()))
        self.seen.clear()


class Talk:
    """A call that came in and was answered: ``slot`` here, ``call`` there."""

    def __init__(
        self, bench: SdkBench, daemon: rig.Daemon, party: rig.Party, number: str = "8801"
    ) -> None:
        self.bench, self.daemon, self.party = bench, daemon, party
        self.call = party.dial(number)
        came = bench.wait_for(CallArrived)
        self.slot = bench.board.span(came.span).timeslots[came.timeslot]
        self.slot.open_voice()
        self.slot.calls.answer()
        bench.wait_for(CallAnswered, timeslot=came.timeslot)
        party.wait(ev.Established, call_id=self.call)

    def hear(self) -> str:
        """The party records from now on."""
        name = f"heard-{self.call}-{random.randrange(1 << 30)}.wav"
        record(self.party, self.call, name)
        return name

    def heard(self, name: str) -> bytes:
        recorded(self.party, self.call)
        return rig.read_alaw(self.daemon.media / name)

    def says(self, name: str, octets: bytes) -> None:
        """The party plays, to its end."""
        says(self.party, self.daemon, self.call, name, octets)

    def over(self) -> None:
        self.slot.close()
        self.slot.calls.hang_up()
        self.bench.wait_for(CallEnded, idle=True, far=False)
        self.party.wait(ev.ConnectionCleared, call_id=self.call)


def record(party: rig.Party, call: int, name: str) -> None:
    party.client.call(RecordMessage(call_id=call, message=name, max_duration=RECORDING))
    party.wait(ev.Record, call_id=call)


def recorded(party: rig.Party, call: int) -> None:
    party.client.call(StopMedia(call_id=call, kind="record"))
    party.wait(ev.Stop, call_id=call, kind="record")


def says(party: rig.Party, daemon: rig.Daemon, call: int, name: str, octets: bytes) -> None:
    """Play ``octets`` to their end, and half a second of silence for what is still on its way."""
    rig.write_wav(daemon.media / name, octets + b"\xd5" * 4000)
    party.client.call(PlayMessage(call_id=call, message=name))
    assert party.wait(ev.Stop, call_id=call, kind="play").reason == "complete"


def loudest(octets: bytes, hertz: float, samples: int = 4000) -> float:
    """The greatest amplitude of a frequency that was there for so long."""
    starts = range(0, max(1, len(octets) - samples), samples // 4)
    return max(rig.level(octets[at : at + samples], hertz) for at in starts)


# An application and its daemon


class Place:
    """The daemon with the driver and the one behind the library, with who is at work on each.
    ``numbers``: the called number comes in."""

    def __init__(self, daemon: rig.Daemon, network: rig.Daemon, numbers: bool = True) -> None:
        self.daemon, self.network, self.numbers = daemon, network, numbers
        self.app = rig.Party(daemon, "cards")
        self.far = rig.Party(network)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.app.client.close()
        self.far.client.close()

    def come_in(self) -> tuple[int, int]:
        """A call that is answered: its numbers here and there."""
        there = self.far.dial("88001", calling="13911112222")
        call = self.app.wait(ev.Delivered, direction="in")
        called = "88001" if self.numbers else ""
        assert (call.called, call.calling) == (called, "13911112222")
        self.app.client.call(m.AnswerCall(call_id=call.call_id))
        self.app.wait(ev.Established, call_id=call.call_id)
        self.far.wait(ev.Established, call_id=there)
        return call.call_id, there

    def over(self, call: int, there: int) -> None:
        self.app.client.call(m.ClearConnection(call_id=call))
        self.app.wait(ev.ConnectionCleared, call_id=call)
        self.far.wait(ev.ConnectionCleared, call_id=there)
