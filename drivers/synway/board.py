"""The board: channels of Synway's library, in its child process, as spans and timeslots."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Final

import msgspec

from ...board.capability import UNSEEN, Capabilities, Capability, by_board
from ...board.clock import Clock, VirtualClock
from ...board.media import ConferenceConfig, Role
from ...board.model import Board, Feature, SpanKind
from ...board.registry import Address
from ...errors import ConfigError, DriverError
from ..sdk_board import SdkBoard, SdkSpan
from ..sdk_child import Child
from ..sdk_conference import SdkConference
from ..sdk_protocol import Happened
from ..sdk_timeslot import SdkTimeslot
from . import facts, shconfig
from .config import SynwayConfig, check, read
from .protocol import Channel, Survey
from .timeslot import SynwayTimeslot

E1_TIMESLOTS: Final = 32


MODES: Final = {Role.TALK: 0, Role.HEAR: 2, Role.SPEAK: 3}
"""Modes of SsmJoinConfGroup."""


class SynwaySpan(SdkSpan):
    """A PCM link (E1), or all analog ports together. ``pcm``: the library's number, -1: analog."""

    timeslots: Sequence[SynwayTimeslot]

    def __init__(self, board: SynwayBoard, number: int, pcm: int, ports: dict[int, bool]) -> None:
        self.pcm: Final = pcm
        kind = SpanKind.ANALOG if pcm < 0 else SpanKind.E1
        last = max(ports, default=0) if pcm < 0 else E1_TIMESLOTS - 1
        super().__init__(
            number,
            kind,
            [SynwayTimeslot(board, number, n, ports.get(n, False)) for n in range(last + 1)],
        )


class SynwayBoard(SdkBoard):
    """All channels of the library."""

    spans: Sequence[SynwaySpan]

    def __init__(self, address: str, config: SynwayConfig) -> None:
        self.config: Final = config
        options = {
            "shconfig": config.shconfig,
            "shindex": config.shindex,
            "dword": 0 if config.dword == "auto" else int(config.dword),
        }
        child = Child(config, "trunkd.drivers.synway.host", options, "SsmStartCti")
        super().__init__(address, config, child, FEATURES, LIMITS)
        self.dword = 0
        self.open()

    # Layout

    def made(self, survey: Any) -> list[SynwaySpan]:
        """Spans for what the library has."""
        channels = msgspec.convert(survey, Survey).channels
        links = msgspec.convert(survey, Survey).links
        spans = []
        for pcm in range(len(links)):
            ports = {c.timeslot: _calls(c) for c in channels if c.pcm == pcm}
            spans.append(SynwaySpan(self, pcm + 1, pcm, ports))
        analog = [c for c in channels if c.pcm < 0]
        if analog:
            ports = {n: _calls(c) for n, c in enumerate(analog, 1)}
            spans.append(SynwaySpan(self, len(spans) + 1, -1, ports))
        return spans

    def expected(self) -> list[SynwaySpan]:
        """Spans for what ShConfig.ini has, until the library tells."""
        if not self.config.shconfig:
            return []
        own = shconfig.parse(read(self.config.shconfig), self.config.shconfig)
        links = shconfig.total_links(own)
        every = dict.fromkeys(range(1, E1_TIMESLOTS), True)
        spans = [SynwaySpan(self, pcm + 1, pcm, every) for pcm in range(links)]
        if not links:
            ports = dict.fromkeys(range(1, shconfig.total_channels(own) + 1), True)
            spans = [SynwaySpan(self, 1, -1, ports)] if ports else []
        return spans

    def unknown(self) -> str:
        return "without shconfig"

    def mapped(self, survey: Any) -> None:
        """Which channel of the library each timeslot is."""
        ready = msgspec.convert(survey, Survey)
        self.missing, self.dword = ready.missing, ready.dword
        analog = 0
        for ch, channel in enumerate(ready.channels):
            number = channel.timeslot
            if channel.pcm < 0:
                analog += 1
                number = analog
            span = next((s for s in self.spans if s.pcm == channel.pcm), None)
            if span is None or number >= len(span.timeslots):
                continue  # it came later than the spans were made: the next start has it
            slot = span.timeslots[number]
            slot.ch = ch
            slot.control.exists(channel.type, channel.state)
            self.by_ch[ch] = slot
        for span in self.spans:
            status = ready.links[span.pcm] if 0 <= span.pcm < len(ready.links) else 0
            self.queue += span.became(facts.alarms_of(status), "", self.clock.now())

    def span(self, number: int) -> SynwaySpan:
        span = super().span(number)
        assert isinstance(span, SynwaySpan)
        return span

    def conference(self, config: ConferenceConfig | None = None) -> SdkConference:
        """``config`` is the library's affair, but for the numbers in [board.synway]."""
        values = (self.config.max_members, self.config.max_mixed)
        return SdkConference(self, int(self.ask(self.address, "group", 0, *values)), MODES)

    # Events

    def told_of_span(self, message: Happened) -> bool:
        if message.what != "link":
            return False
        for span in self.spans:
            if span.pcm == message.ch:
                alarms = facts.alarms_of(message.values[0])
                self.queue += span.became(alarms, span.fault, self.clock.now())
        return True

    def told(self, slot: SdkTimeslot, what: str, values: list[Any]) -> None:
        assert isinstance(slot, SynwayTimeslot)
        if what == "state":
            slot.control.changed(*values)
        elif what == "dialled":
            slot.control.dialled(*values)
        elif what == "number":
            slot.control.grew(*values)


def _calls(channel: Channel) -> bool:
    return channel.type in facts.LINE_TYPES


FEATURES: Final = (
    Feature.PLAY | Feature.PLAY_LIST | Feature.RECORD | Feature.RECORD_TO | Feature.CONNECT
    | Feature.LISTEN | Feature.CONFERENCE | Feature.CALLS
)  # fmt: skip
LIMITS: Final = {
    Feature.PLAY_LIST: "no other speed, no FSK; volume in steps of 3 dB while it plays",
    Feature.RECORD_TO: "received or mixed; no end at silence, no time before",
    Feature.LISTEN: "DTMF only, without levels and lengths",
    Feature.CONFERENCE: "no coaching; who talks is not told",
}


class SynwayDriver:
    """Entry point ``synway`` of the group ``trunkd.drivers``."""

    config_type: ClassVar[type[msgspec.Struct]] = SynwayConfig
    capabilities: ClassVar[Capabilities] = {
        Capability.E1: by_board(),
        Capability.FXS: by_board(f"stations, {UNSEEN}"),
        Capability.FXO: by_board(f"analog trunks, {UNSEEN}"),
        Capability.TAP: by_board(f"recording channels, {UNSEEN}"),
        Capability.CALLS: by_board("ISDN, ISUP, TUP, SS1 and analog lines, by the library"),
        Capability.PLAY: by_board(),
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
        if isinstance(config, SynwayConfig):
            check(config)

    @staticmethod
    def open(address: Address, config: msgspec.Struct, clock: Clock | None) -> Board:
        """The library's board, not started."""
        if not isinstance(config, SynwayConfig):
            raise ConfigError(f"{address}: {type(config).__name__} given: give a SynwayConfig")
        if isinstance(clock, VirtualClock):
            raise DriverError(f"{address} runs in real time: open it without a VirtualClock")
        check(config)
        return SynwayBoard(str(address), config)
