"""Boards that control their calls by themselves, for test_calls.py. A new SDK driver adds a maker.

A maker gives a ``CallBench``: an opened board, not started, and a far end that calls and is called.
"""

from __future__ import annotations

import pathlib
import select
import shutil
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "drivers"))

import donjin_rig
import keygoe_rig
import synway_rig
from sdk_rig import record, recorded, rig

from trunkd.board.events import BoardEvent
from trunkd.board.model import Board, Timeslot
from trunkd.board.registry import open_board
from trunkd.daemon import events as ev
from trunkd.daemon import methods as m
from trunkd.daemon.methods_media import GenerateDigits, PlayMessage
from trunkd.drivers.donjin.keygoe import KeygoeConfig
from trunkd.drivers.synway import SynwayConfig

ANALOG_PORTS = """\
[[board]]
name = "ports"
address = "sim://ports"
[board.sim]
spans = 1
[[board.sim.span]]
number = 1
kind = "analog"
ports = "fxs:1-2,tap:3"
[[trunk]]
name = "phones"
span = "ports/1"
signalling = "fxs"
[trunk.fxs]
channels = "1-2"
[[trunk]]
name = "recorder"
span = "ports/1"
signalling = "tap"
[trunk.tap]
channels = "3"
"""


class CallBench(ABC):
    """The board, and who stands at the other end of its lines."""

    board: Board
    called_comes = True
    """The lines tell the called number; analog lines do not."""
    calling_goes = True
    """The far end learns our number; analog lines have their own."""

    def __init__(self) -> None:
        self.seen: list[BoardEvent] = []

    def close(self) -> None:
        self.board.close()

    def channels(self) -> list[Timeslot]:
        return [s for span in self.board.spans for s in span.timeslots if s.calls is not None]

    def wait_for(self, kind: type[BoardEvent], **fields: Any) -> Any:
        """The first event with these fields, which is taken away with those before."""
        end = time.monotonic() + 60
        while True:
            for n, event in enumerate(self.seen):
                if isinstance(event, kind) and all(
                    getattr(event, k) == v for k, v in fields.items()
                ):
                    del self.seen[: n + 1]
                    return event
            rest = end - time.monotonic()
            assert rest > 0, f"no {kind.__name__} {fields}: {self.seen}"
            select.select([self.board.fileno()], [], [], min(1, rest))
            self.seen += self.board.events()

    @abstractmethod
    def call_in(self, called: str, calling: str) -> Any:
        """The far end calls; a handle for the next four."""

    @abstractmethod
    def far_talks(self, handle: Any) -> None:
        """Until the far end, too, knows that its call was answered."""

    @abstractmethod
    def called(self) -> Any:
        """The far end is called: answers, and gives the handle."""

    @abstractmethod
    def far_hangs_up(self, handle: Any) -> None: ...

    @abstractmethod
    def far_plays(self, handle: Any, octets: bytes) -> None: ...

    @abstractmethod
    def far_sends(self, handle: Any, digits: str) -> None: ...

    @abstractmethod
    def far_hears(self, handle: Any) -> Callable[[], bytes]:
        """Record from now on; the result ends it and gives the octets."""


class DoubleBench(CallBench):
    """The double of a maker's library on a daemon with a simulated board."""

    more = ""
    """What the daemon's configuration has before the rig's boards."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="contract-"))
        text = rig.CONFIG.replace("[[board]]", f"{self.more}[[board]]", 1)
        self.daemon = rig.Daemon(self.folder, text)
        self.party = rig.Party(self.daemon)
        self.board = self.opened()

    @abstractmethod
    def opened(self) -> Board:
        """The board, by its double."""

    def close(self) -> None:
        super().close()
        self.party.client.close()
        self.daemon.close()
        shutil.rmtree(self.folder)

    def call_in(self, called: str, calling: str) -> int:
        return self.party.dial(called, calling=calling)

    def far_talks(self, handle: int) -> None:
        self.party.wait(ev.Established, call_id=handle)

    def called(self) -> int:
        return self.party.answer()

    def far_hangs_up(self, handle: int) -> None:
        self.party.client.call(m.ClearConnection(call_id=handle))

    def far_plays(self, handle: int, octets: bytes) -> None:
        rig.write_wav(self.daemon.media / "says.wav", octets)
        self.party.client.call(PlayMessage(call_id=handle, message="says.wav"))
        self.party.wait(ev.Stop, call_id=handle, kind="play")

    def far_sends(self, handle: int, digits: str) -> None:
        self.party.client.call(GenerateDigits(call_id=handle, digits=digits))
        self.party.wait(ev.Stop, call_id=handle, kind="play")

    def far_hears(self, handle: int) -> Callable[[], bytes]:
        record(self.party, handle, "heard.wav")

        def heard() -> bytes:
            recorded(self.party, handle)
            return rig.read_alaw(self.daemon.media / "heard.wav")

        return heard


class SynwayBench(DoubleBench):
    """Synway's library."""

    def opened(self) -> Board:
        rig.builder().build(rig.NATIVE)
        config = SynwayConfig(
            library=str(synway_rig.LIBRARY),
            shconfig=synway_rig.write_ini(self.daemon),
            required=True,
        )
        return open_board("synway://", config)


class DonjinBench(DoubleBench):
    """DonJin's library of the analog cards: stations, a recording module, then telephone lines."""

    family = "analog"
    trunks = "phones,recorder,exchange"
    called_comes = calling_goes = False
    more = ANALOG_PORTS

    def opened(self) -> Board:
        donjin_rig.builder().build(rig.NATIVE)
        folder = donjin_rig.write_ini(self.daemon, self.family, Trunks=self.trunks)
        return open_board(
            "donjin://", donjin_rig.config(self.daemon, self.family, directory=folder)
        )


class DonjinE1Bench(DonjinBench):
    """DonJin's library of the E1 cards."""

    family = "e1"
    trunks = "exchange"
    called_comes = calling_goes = True


class KeygoeBench(DoubleBench):
    """DonJin's Keygoe client library."""

    def opened(self) -> Board:
        keygoe_rig.build()
        config = KeygoeConfig(
            library=str(keygoe_rig.LIBRARY), server=keygoe_rig.server(self.daemon), required=True
        )
        return open_board("keygoe://", config)


CALL_MAKERS: dict[str, Callable[[], CallBench]] = {
    "donjin": DonjinBench,
    "donjin-e1": DonjinE1Bench,
    "keygoe": KeygoeBench,
    "synway": SynwayBench,
}
