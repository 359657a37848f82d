"""The board: the service's interface channels, by its client library, as spans and timeslots."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Final

import msgspec

from ....board.capability import UNSEEN, Capabilities, Capability, by_board
from ....board.clock import Clock, VirtualClock
from ....board.media import ConferenceConfig, Role
from ....board.model import Board, Feature, SpanKind
from ....board.registry import Address
from ....errors import ConfigError, DriverError
from ...sdk_board import SdkBoard, SdkSpan
from ...sdk_child import Child
from ...sdk_conference import SdkConference
from ...sdk_protocol import Happened
from ...sdk_timeslot import SdkTimeslot
from . import facts
from .config import KeygoeConfig, check
from .survey import Channel, Survey
from .timeslot import KeygoeTimeslot

MODES: Final = {Role.TALK: 0, Role.HEAR: 2, Role.SPEAK: 3}


class KeygoeSpan(SdkSpan):
    """A digital port (E1) of a module, or all its analog channels together (``port`` -1)."""

    timeslots: Sequence[KeygoeTimeslot]

    def __init__(
        self, board: KeygoeBoard, number: int, module: int, port: int, calls: dict[int, bool]
    ) -> None:
        self.module = module
        self.port = port
        last = facts.E1_CHANNELS - 1 if port >= 0 else max(calls, default=0)
        super().__init__(
            number,
            SpanKind.E1 if port >= 0 else SpanKind.ANALOG,
            [KeygoeTimeslot(board, number, n, calls.get(n, False)) for n in range(last + 1)],
        )


class KeygoeBoard(SdkBoard):
    """All channels of the service, or those of some modules."""

    spans: Sequence[KeygoeSpan]

    def __init__(self, address: str, config: KeygoeConfig) -> None:
        self.config: Final = config
        options = msgspec.to_builtins(config)
        options["word"] = 0 if config.word == "auto" else int(config.word)
        child = Child(config, "trunkd.drivers.donjin.keygoe.host", options, "XMS_acsOpenStream")
        super().__init__(address, config, child, FEATURES, LIMITS)
        self.exchange: Final = config.folder or self.folder
        """Where sound lies that the service reads and writes."""
        options["folder"] = self.exchange
        self.word = 0
        self.voices: dict[int, int] = {}
        """Voice devices of each module."""
        self.open()

    # Layout

    def made(self, survey: Any) -> list[KeygoeSpan]:
        """Spans for what the service has: of each module first its E1, then its analog channels."""
        ready = msgspec.convert(survey, Survey)
        ports = _e1_ports(ready)
        spans: list[KeygoeSpan] = []
        for module in sorted({c.module for c in ready.channels} | {m for m, _ in ports}):
            own = [c for c in ready.channels if c.module == module]
            here = [port for of, port in ports if of == module]
            for port in here:
                calls = {t: _calls(c) for c in own if (t := _timeslot(c, port)) is not None}
                spans.append(KeygoeSpan(self, len(spans) + 1, module, port, calls))
            rest = [c for c in own if all(_timeslot(c, port) is None for port in here)]
            if rest:
                calls = {n: _calls(c) for n, c in enumerate(rest, 1)}
                spans.append(KeygoeSpan(self, len(spans) + 1, module, -1, calls))
        return spans

    def expected(self) -> list[KeygoeSpan]:
        every = dict.fromkeys(range(1, facts.E1_CHANNELS), True)
        return [KeygoeSpan(self, n + 1, 0, n, every) for n in range(self.config.expected_spans)]

    def unknown(self) -> str:
        return "without expected_spans in [board.keygoe]"

    def mapped(self, survey: Any) -> None:
        """Which channel of the service each timeslot is."""
        ready = msgspec.convert(survey, Survey)
        self.missing, self.word, self.voices = ready.missing, ready.word, dict(ready.voices)
        self._settle_expected(ready)
        analog: dict[int, int] = {}
        for ch, channel in enumerate(ready.channels):
            place = self._slot_of(channel, analog)
            if place is None:
                continue  # it came later than the spans were made: the next start has it
            place.ch = ch
            place.control.exists(channel.sub, channel.state)
            self.by_ch[ch] = place
        for span in self.spans:
            state = next(
                (p.state for p in ready.ports if (p.module, p.channel) == (span.module, span.port)),
                0,
            )
            self.queue += span.became(facts.alarms_of(state), "", self.clock.now())
        for span in self.spans:
            for slot in span.timeslots:
                if slot.ch >= 0:
                    slot.reopen()
                elif slot.calls is not None:
                    slot.control.absent()

    def _settle_expected(self, ready: Survey) -> None:
        """Spans that were made before the service was known get its ports, in order."""
        if any(span.module for span in self.spans) or not ready.ports:
            return
        for span, (module, port) in zip(self.spans, _e1_ports(ready), strict=False):
            span.module, span.port = module, port

    def _slot_of(self, channel: Channel, analog: dict[int, int]) -> KeygoeTimeslot | None:
        for span in self.spans:
            if span.module == channel.module and span.port >= 0:
                timeslot = _timeslot(channel, span.port)
                if timeslot is not None:
                    return span.timeslots[timeslot]
        analog[channel.module] = number = analog.get(channel.module, 0) + 1
        for span in self.spans:
            if span.module == channel.module and span.port < 0 and number < len(span.timeslots):
                return span.timeslots[number]
        return None

    def span(self, number: int) -> KeygoeSpan:
        span = super().span(number)
        assert isinstance(span, KeygoeSpan)
        return span

    def conference(self, config: ConferenceConfig | None = None) -> SdkConference:
        """``config`` is the service's affair."""
        return SdkConference(self, int(self.ask(self.address, "group", 0, 0, 0)), MODES)

    # Events

    def told_of_span(self, message: Happened) -> bool:
        if message.what != "port":
            return False
        module, port, state = message.values
        for span in self.spans:
            if (span.module, span.port) == (module, port):
                alarms = facts.alarms_of(state)
                self.queue += span.became(alarms, span.fault, self.clock.now())
        return True

    def told(self, slot: SdkTimeslot, what: str, values: list[Any]) -> None:
        assert isinstance(slot, KeygoeTimeslot)
        control = slot.control
        if what == "state":
            control.changed(*values)
        elif what == "called":
            control.came(*values)
        elif what == "dialled":
            control.dialled(*values)
        elif what == "answered":
            control.answer_done(*values)
        elif what == "cleared":
            control.cleared(*values)
        elif what == "tone":
            control.tone(*values)
        elif what == "failed":
            control.failed(*values)


def _calls(channel: Channel) -> bool:
    return channel.sub in facts.LINE_TYPES


def _e1_ports(ready: Survey) -> list[tuple[int, int]]:
    """Modules and numbers of the digital ports."""
    return sorted((port.module, port.channel) for port in ready.ports if facts.is_e1(port.state))


def _timeslot(channel: Channel, port: int) -> int | None:
    """Where a channel is on an E1; None: it is not of that one."""
    of, timeslot = divmod(channel.channel, facts.E1_CHANNELS)
    digital = channel.sub not in (facts.ANALOG_TRUNK, facts.ANALOG_USER)
    return timeslot if of == port and digital else None


FEATURES: Final = (
    Feature.PLAY | Feature.PLAY_LIST | Feature.RECORD | Feature.RECORD_TO | Feature.CONNECT
    | Feature.LISTEN | Feature.CONFERENCE | Feature.CALLS
)  # fmt: skip
LIMITS: Final = {
    Feature.PLAY_LIST: "no other speed, no FSK; volume from the beginning only",
    Feature.RECORD_TO: "received or mixed; no end at silence, no time before",
    Feature.LISTEN: "DTMF only, without levels and lengths",
    Feature.CONFERENCE: "no coaching; who talks is not told",
}


class KeygoeDriver:
    """Entry point ``keygoe`` of the group ``trunkd.drivers``."""

    config_type: ClassVar[type[msgspec.Struct]] = KeygoeConfig
    capabilities: ClassVar[Capabilities] = {
        Capability.E1: by_board(),
        Capability.FXS: by_board(f"stations, {UNSEEN}"),
        Capability.FXO: by_board(f"analog trunks, {UNSEEN}"),
        Capability.CALLS: by_board("ISDN, ISUP, TUP, CAS and analog lines, by the service"),
        Capability.PLAY: by_board("voice devices of the module"),
        Capability.PLAY_LIST: by_board(LIMITS[Feature.PLAY_LIST]),
        Capability.RECORD: by_board(),
        Capability.RECORD_TO: by_board(LIMITS[Feature.RECORD_TO]),
        Capability.LISTEN: by_board(LIMITS[Feature.LISTEN]),
        Capability.CONNECT: by_board(),
        Capability.CONFERENCE: by_board(LIMITS[Feature.CONFERENCE]),
    }

    @staticmethod
    def check(config: msgspec.Struct) -> None:
        """What a configuration's types cannot say: ConfigError "key: what is wrong: remedy"."""
        if isinstance(config, KeygoeConfig):
            check(config)

    @staticmethod
    def open(address: Address, config: msgspec.Struct, clock: Clock | None) -> Board:
        """The service's board, not started."""
        if not isinstance(config, KeygoeConfig):
            raise ConfigError(f"{address}: {type(config).__name__} given: give a KeygoeConfig")
        if isinstance(clock, VirtualClock):
            raise DriverError(f"{address} runs in real time: open it without a VirtualClock")
        check(config)
        return KeygoeBoard(str(address), config)
