"""A signalling point: MTP level 3 with its links, and the user parts above it, as one engine.

    stack = Ss7Stack(Mtp3Config(…))
    trunk = stack.add_isup(IsupConfig(…))
    stack.start(now)
    stack.receive(link, su, now); stack.transmit(link); trunk.engine.place(request, now)
    stack.pump(now); trunk.events(); stack.events()

After a request to a user part's engine call ``pump``: it carries primitives between the layers
until there are none.
"""

from __future__ import annotations

from typing import Final, Protocol

from ...errors import ConfigError
from ..call import CallRequest, KeptCall, LinkChanged, PartyNumber, SignallingEvent
from .isup import Isup
from .isup_config import IsupConfig
from .labels import show_point_code
from .mtp3 import Mtp3
from .mtp3_config import Mtp3Config
from .mtp3_events import (
    STATUS_CONGESTED,
    Level3Fault,
    Mtp3Event,
    Paused,
    Resumed,
    Status,
    TransferIndication,
)
from .tup import Tup
from .tup_config import TupConfig

TUP: Final = 4
ISUP: Final = 5
"""Service indicators (Q.704 14.2.1)."""

REACHABLE: Final = "the exchange can be reached"
UNREACHABLE: Final = "the exchange cannot be reached: no signalling route to it is up"


class CircuitEngine(Protocol):
    """What ISUP and TUP engines are asked alike; see SignallingEngine. A channel is a CIC."""

    def place(self, request: CallRequest, now: int) -> int: ...
    def send_digits(self, call: int, digits: str, complete: bool, now: int) -> None: ...
    def want_digits(self, call: int, now: int) -> None: ...
    def proceed(self, call: int, now: int) -> None: ...
    def progress(self, call: int, indicator: int, now: int) -> None: ...
    def alert(self, call: int, inband: bool, now: int) -> None: ...
    def answer(self, call: int, now: int, connected: PartyNumber | None = None) -> None: ...
    def clear(self, call: int, cause: int, now: int) -> None: ...
    def notify(self, call: int, indicator: int, now: int) -> None: ...
    def send_user_information(self, call: int, data: bytes, now: int) -> None: ...
    def restart(self, channels: tuple[int, ...], now: int) -> None: ...
    def block(self, cics: tuple[int, ...], hardware: bool, now: int) -> None: ...
    def unblock(self, cics: tuple[int, ...], hardware: bool, now: int) -> None: ...
    def continuity_test(self, cic: int, now: int) -> None: ...
    def continuity_result(self, cic: int, ok: bool, now: int) -> None: ...
    def drain(self, on: bool, now: int) -> None: ...
    def keep(self, call: int) -> KeptCall | None: ...
    def adopt(self, kept: KeptCall, now: int) -> int: ...


class UserPart:
    """The circuits towards one exchange, between MTP and their engine."""

    def __init__(self, service: int, dpc: int, circuits: tuple[int, ...]) -> None:
        self.service: Final = service
        self.dpc: Final = dpc
        self.circuits: Final = frozenset(circuits)
        self.reachable: bool = False
        self.told: Final[list[SignallingEvent]] = []

    def start(self, now: int) -> None:
        """The board runs."""

    def receive(self, sls: int, data: bytes, now: int) -> None:
        """A message from the exchange: the octets behind the routing label."""

    def cic_of(self, sls: int, data: bytes) -> int:
        """The circuit that a message is about; -1: it is too short to say."""
        return -1

    def outgoing(self) -> list[tuple[int, bytes]]:
        """Take what is to be sent: SLS and the octets behind the label."""
        return []

    def pause(self, now: int) -> None:
        """MTP-PAUSE."""
        self.reachable = False
        self.told.append(LinkChanged(False, UNREACHABLE))

    def resume(self, now: int) -> None:
        """MTP-RESUME."""
        self.reachable = True
        self.told.append(LinkChanged(True, REACHABLE))

    def status(self, cause: int, level: int, now: int) -> None:
        """MTP-STATUS."""

    def happened(self) -> list[SignallingEvent]:
        """Take the engine's events."""
        return []

    def events(self) -> list[SignallingEvent]:
        """Take what happened, in order: what MTP said of the exchange, then the calls."""
        happened = self.happened()
        if self.told:
            happened = [*self.told, *happened]
            self.told.clear()
        return happened

    def next_timeout(self) -> int | None:
        """When ``handle_timeout`` wants to be called."""
        return None

    def handle_timeout(self, now: int) -> None:
        """Let every timer that is due by ``now`` expire."""


class IsupPart(UserPart):
    """ISUP circuits towards one exchange."""

    def __init__(self, config: IsupConfig) -> None:
        super().__init__(ISUP, config.dpc, config.circuits)
        self.engine: Final = Isup(config)

    def start(self, now: int) -> None:
        self.engine.start(now)

    def receive(self, sls: int, data: bytes, now: int) -> None:
        self.engine.receive(data, now)

    def cic_of(self, sls: int, data: bytes) -> int:
        return data[0] | (data[1] & 15) << 8 if len(data) > 1 else -1

    def outgoing(self) -> list[tuple[int, bytes]]:
        return self.engine.transmit()

    def pause(self, now: int) -> None:
        super().pause(now)
        self.engine.mtp_pause(now)

    def resume(self, now: int) -> None:
        super().resume(now)
        self.engine.mtp_resume(now)

    def status(self, cause: int, level: int, now: int) -> None:
        self.engine.mtp_status(cause, level, now)

    def happened(self) -> list[SignallingEvent]:
        return self.engine.events()

    def next_timeout(self) -> int | None:
        return self.engine.next_timeout()

    def handle_timeout(self, now: int) -> None:
        self.engine.handle_timeout(now)


class TupPart(UserPart):
    """TUP circuits towards one exchange."""

    def __init__(self, config: TupConfig) -> None:
        super().__init__(TUP, config.dpc, config.circuits)
        self.engine: Final = Tup(config)

    def start(self, now: int) -> None:
        self.engine.start(now)

    def receive(self, sls: int, data: bytes, now: int) -> None:
        self.engine.receive(data, sls, now)

    def cic_of(self, sls: int, data: bytes) -> int:
        return self.engine.cic_of(data, sls)

    def outgoing(self) -> list[tuple[int, bytes]]:
        return self.engine.transmit()

    def pause(self, now: int) -> None:
        super().pause(now)
        self.engine.mtp_pause(now)

    def resume(self, now: int) -> None:
        super().resume(now)
        self.engine.mtp_resume(now)

    def status(self, cause: int, level: int, now: int) -> None:
        self.engine.mtp_status(cause, level, now)

    def happened(self) -> list[SignallingEvent]:
        return self.engine.events()

    def next_timeout(self) -> int | None:
        return self.engine.next_timeout()

    def handle_timeout(self, now: int) -> None:
        self.engine.handle_timeout(now)


class Ss7Stack:
    """A signalling point and its user parts. ``mtp3.links[i]`` is link i."""

    def __init__(self, config: Mtp3Config) -> None:
        self.config: Final = config
        self.mtp3: Final = Mtp3(config)
        self.parts: Final[list[UserPart]] = []
        self.by_origin: Final[dict[int, list[UserPart]]] = {}
        """OPC << 4 and service indicator -> the parts whose exchange that is."""
        self.told: list[Mtp3Event] = []

    def add_isup(self, config: IsupConfig) -> IsupPart:
        """ISUP circuits; before ``start``. ConfigError when they do not fit."""
        part = IsupPart(config)
        self._add(part)
        return part

    def add_tup(self, config: TupConfig) -> TupPart:
        """TUP circuits; before ``start``. ConfigError when they do not fit."""
        part = TupPart(config)
        self._add(part)
        return part

    def _add(self, part: UserPart) -> None:
        name = show_point_code(part.dpc, self.config.label)
        if part.dpc not in self.mtp3.destinations:
            raise ConfigError(f"there is no route to point code {name}; add a route to it")
        others = self.by_origin.setdefault(part.dpc << 4 | part.service, [])
        for other in others:
            both = sorted(part.circuits & other.circuits)
            if both:
                raise ConfigError(f"CIC {both[0]} towards {name} is given twice; take one out")
        others.append(part)
        self.parts.append(part)

    # Lines: as in Mtp3, then what follows from it above

    def start(self, now: int) -> None:
        """The board runs: bring up the links, the circuits follow."""
        for part in self.parts:
            part.start(now)
        self.mtp3.start(now)
        self.pump(now)

    def receive(self, link: int, su: bytes, now: int, sus: int = 1) -> None:
        """A good signal unit; see Mtp3.receive."""
        self.mtp3.receive(link, su, now, sus)
        if self.mtp3.happened:
            self.pump(now)

    def receive_error(self, link: int, now: int, errors: int = 1, sus: int = 1) -> None:
        """Signal units in error; see Mtp3.receive_error."""
        self.mtp3.receive_error(link, now, errors, sus)
        self.pump(now)

    def line_down(self, link: int, now: int) -> None:
        """Layer 1 of a link is lost."""
        self.mtp3.line_down(link, now)
        self.pump(now)

    def line_up(self, link: int, now: int) -> None:
        """Layer 1 of a link is back."""
        self.mtp3.line_up(link, now)
        self.pump(now)

    def transmit(self, link: int, limit: int = -1) -> list[bytes]:
        """Signal units for a link; see Mtp3.transmit."""
        return self.mtp3.transmit(link, limit)

    def events(self) -> list[Mtp3Event]:
        """Take what is for management: links, routes, tests, faults."""
        told = self.told
        self.told = []
        return told

    def next_timeout(self) -> int | None:
        """When ``handle_timeout`` wants to be called; asking changes nothing."""
        earliest = self.mtp3.next_timeout()
        for part in self.parts:
            due = part.next_timeout()
            if due is not None and (earliest is None or due < earliest):
                earliest = due
        return earliest

    def handle_timeout(self, now: int) -> None:
        """Let every timer that is due by ``now`` expire."""
        self.mtp3.handle_timeout(now)
        self.pump(now)
        for part in self.parts:
            part.handle_timeout(now)
        self.pump(now)

    # Between the layers

    def pump(self, now: int) -> None:
        """Carry primitives between MTP and the user parts until there are none."""
        mtp3 = self.mtp3
        while True:
            idle = True
            for part in self.parts:
                for sls, data in part.outgoing():
                    mtp3.send(part.dpc, sls, part.service, data, now)
            for event in mtp3.events():
                idle = False
                if isinstance(event, TransferIndication):
                    self._indication(event, now)
                elif isinstance(event, (Paused, Resumed, Status)):
                    self._inform(event, now)
                else:
                    self.told.append(event)
            if idle:
                return

    def _indication(self, event: TransferIndication, now: int) -> None:
        parts = self.by_origin.get(event.opc << 4 | event.service)
        if parts is None:
            name = show_point_code(event.opc, self.config.label)
            text = f"a message of service {event.service} from {name}, where we have no circuits"
            self.told.append(
                Level3Fault(event.link, "unknown_origin", text, "Q.704 2.4", event.data)
            )
            return
        part = parts[0]
        if len(parts) > 1:
            cic = part.cic_of(event.sls, event.data)
            for other in parts:
                if cic in other.circuits:
                    part = other
        # A circuit that nobody has is for the first one to refuse (Q.764 2.12).
        part.receive(event.sls, event.data, now)

    def _inform(self, event: Mtp3Event, now: int) -> None:
        for part in self.parts:
            if isinstance(event, Paused):
                if part.dpc == event.dpc:
                    part.pause(now)
            elif isinstance(event, Resumed):
                if part.dpc == event.dpc:
                    part.resume(now)
            elif isinstance(event, Status):
                about = event.cause == STATUS_CONGESTED or event.service == part.service
                if about and part.dpc == event.dpc:
                    part.status(event.cause, event.level, now)
