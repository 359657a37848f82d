"""A message desk link at work: the port, which may come and go, and the engine behind it.

smdi_desk.py and smdi_exchange.py are its two kinds.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Final

from ..board.clock import MILLISECOND, SECOND
from ..signaling.call import LinkChanged, ProtocolFault, SignallingEvent
from ..signaling.smdi.codec import Lengths
from ..signaling.smdi.events import MessageSeen
from ..signaling.smdi.framing import EVEN, NO_PARITY, ODD
from ..signaling.smdi.link import Link
from . import events
from . import events_smdi as ev
from .config_smdi import SmdiTable
from .methods_smdi import SmdiInfo
from .node_parts import Timed
from .serial_port import SerialPort, open_port

if TYPE_CHECKING:
    from .node import Node

LOOK: Final = 20 * MILLISECOND
"""A port without a descriptor is looked at so often; one that is full is tried again."""

FAULTS_A_SECOND: Final = 20
"""Protocol faults that clients are told of; all are counted."""

READS: Final = 16
"""A port is read so often at once: one that never ends must not keep the loop."""


def parity_of(table: SmdiTable) -> int:
    """Of the octets themselves: NO_PARITY where the port has it."""
    if not table.raw_parity:
        return NO_PARITY
    return EVEN if table.parity == "even" else ODD


def lengths_of(table: SmdiTable) -> Lengths:
    return Lengths(table.digits)


class SmdiLink(Timed, ABC):
    """One ``[[smdi]]``. Opens its port again and again until it can be had."""

    engine: Link

    def __init__(self, node: Node, table: SmdiTable) -> None:
        self.node = node
        self.table: Final = table
        self.name: Final = table.name
        self.since = 0
        self.closed = False
        self._port: SerialPort | None = None
        self._started = 0
        self._blocked = False
        self._faults_from = 0
        self._faults_told = 0

    # Life

    def now(self) -> int:
        return self.node.now()

    def start(self, now: int) -> None:
        self.since = self._started = now
        self._open()

    def _open(self, now: int = 0) -> None:
        if self.closed or self._port is not None:
            return
        table = self.table

        def opening() -> SerialPort:
            bits = 8 if table.raw_parity else table.bits
            parity = "none" if table.raw_parity else table.parity
            return open_port(table.port, table.baud, bits, parity, table.stop_bits)

        self.node.offload(opening, self._opened)

    def _opened(self, port: SerialPort | None, error: Exception | None) -> None:
        now = self.now()
        if port is None:
            if not self.closed:
                self.engine.line_down(str(error), now)
                self.node.at(now + self.table.reopen, self._open)
                self.pump(now)
            return
        if self.closed:
            port.close()
            return
        self._port = port
        if port.descriptor >= 0:
            self.node.watch(port.descriptor, self._readable)
        else:
            self.node.at(now + LOOK, self._look)
        self.engine.line_up(now)
        self.pump(now)

    def close(self) -> None:
        """The daemon ends."""
        self.closed = True
        self._close_port()

    def _close_port(self) -> None:
        port = self._port
        if port is not None:
            self._port = None
            if port.descriptor >= 0:
                self.node.unwatch(port.descriptor)
            port.close()

    def handle_timeout(self, now: int) -> None:
        self.engine.handle_timeout(now)
        self.pump(now)

    # The port

    def _readable(self) -> None:
        """The port has something, or is gone."""
        try:
            self._read(self.now())
        except Exception as exc:
            self.node.problem(exc)

    def _look(self, now: int) -> None:
        if self._port is not None and not self.closed:
            self.node.at(now + LOOK, self._look)
            self._read(now)

    def _read(self, now: int) -> None:
        port = self._port
        if port is None:
            return
        for _ in range(READS):
            data = port.read()
            if not data:
                break
            self.engine.receive(data, now)
        self._check(port, now)
        self.pump(now)

    def _check(self, port: SerialPort, now: int) -> None:
        """Is the port still there?"""
        if port.lost and port is self._port:
            self._close_port()
            self.engine.line_down(port.lost, now)
            self.node.at(now + self.table.reopen, self._open)

    def _write(self, data: bytes, now: int) -> None:
        port = self._port
        if port is None:
            return
        if not port.write(data) and not self._blocked:
            self._blocked = True
            self.node.at(now + LOOK, self._unblock)
        self._check(port, now)

    def _unblock(self, now: int) -> None:
        self._blocked = False
        self._write(b"", now)

    # The engine

    def pump(self, now: int) -> None:
        """Carry out what the engine wants, until it wants nothing more."""
        engine = self.engine
        while True:
            out, happened = engine.transmit(), engine.events()
            if not (out or happened):
                break
            for octets in out:
                self._write(octets, now)
            for event in happened:
                try:
                    self._tell(event, now)
                except Exception as exc:
                    self.node.problem(exc)
        self.deadline = engine.next_timeout()

    def _tell(self, event: SignallingEvent, now: int) -> None:
        if isinstance(event, MessageSeen):
            self.tell(ev.SmdiMessage, now, event.sent, event.text, event.raw.hex())
        elif isinstance(event, LinkChanged):
            self.since = now
            self.tell(ev.SmdiChanged, now, event.up, event.reason)
        elif isinstance(event, ProtocolFault):
            self._fault(event, now)
        else:
            self.happened(event, now)

    @abstractmethod
    def happened(self, event: SignallingEvent, now: int) -> None:
        """What only one kind of link knows."""

    def tell(self, kind: type[events.Event], now: int, *rest: Any) -> None:
        """An event of this link."""
        self.node.tell_at(kind, now, "", self.name, *rest)

    def _fault(self, event: ProtocolFault, now: int) -> None:
        if now >= self._faults_from + SECOND:
            self._faults_from, self._faults_told = now, 0
        self._faults_told += 1
        if self._faults_told <= FAULTS_A_SECOND:
            rest = (event.kind, event.text, event.clause, event.raw.hex())
            self.tell(events.ProtocolFault, now, *rest)

    # For clients

    def info(self) -> SmdiInfo:
        """The link as clients see it."""
        engine = self.engine
        stations, waiting = self.stations()
        heard = self.node.wall(engine.heard) if engine.framer.octets else 0
        return SmdiInfo(
            name=self.name,
            role=self.table.role,
            port=self.table.port,
            up=engine.up,
            reason=engine.reason,
            since=self.node.wall(self.since),
            terminals=self.terminals(),
            stations=stations,
            waiting=waiting,
            heard=heard,
            counters=engine.counters(),
        )

    @abstractmethod
    def terminals(self) -> int:
        """Lines of the desk."""

    @abstractmethod
    def stations(self) -> tuple[int, int]:
        """Stations that are known, and requests for them that wait."""
