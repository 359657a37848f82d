"""The board: channels of DonJin's library, in its child process, as spans and timeslots."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Final

import msgspec

from ...board.capability import Capabilities, Capability, by_board
from ...board.clock import Clock, VirtualClock
from ...board.media import ConferenceConfig, Role
from ...board.model import Board, Feature, Law, SpanKind
from ...board.registry import Address
from ...errors import ConfigError, DriverError
from ..sdk_board import SdkBoard, SdkSpan
from ..sdk_child import Child
from ..sdk_conference import SdkConference
from ..sdk_render import IDLE
from ..sdk_timeslot import SdkTimeslot
from . import facts
from .config import DonjinConfig, check
from .protocol import Channel, Survey
from .timeslot import ALawTimeslot, DonjinTimeslot, MuLawTimeslot

E1_TIMESLOTS: Final = 32
MODES: Final = {Role.TALK: 0, Role.HEAR: -1, Role.SPEAK: facts.ONLY_SPEAKS}
"""NoiseSupp of AddChnl; -1: AddListenChnl."""


class DonjinSpan(SdkSpan):
    """A link of E1 cards, or all ports of the analog cards together. ``link`` -1: analog."""

    timeslots: Sequence[DonjinTimeslot]

    def __init__(self, board: DonjinBoard, number: int, link: int, ports: dict[int, bool]) -> None:
        self.link: Final = link
        kind = SpanKind.ANALOG if link < 0 else SpanKind.E1
        last = max(ports, default=0) if link < 0 else E1_TIMESLOTS - 1
        made = ALawTimeslot if board.config.law == "a" else MuLawTimeslot
        super().__init__(
            number, kind, [made(board, number, n, ports.get(n, False)) for n in range(last + 1)]
        )


class DonjinBoard(SdkBoard):
    """All channels of the library."""

    spans: Sequence[DonjinSpan]

    def __init__(self, address: str, config: DonjinConfig) -> None:
        self.config: Final = config
        options: dict[str, Any] = {
            name: getattr(config, name)
            for name in (
                *("family", "more", "directory", "ini", "prompts", "buffer_octets", "dial_mode"),
                *("kd", "ka", "prefix", "caller_id_ms", "ring_gap_ms", "guard_ms"),
            )
        }
        options["idle"] = IDLE[Law.A if config.law == "a" else Law.MU]
        starting = "DJSys_EnableCard" if config.family == "e1" else "LoadDRV"
        child = Child(config, "trunkd.drivers.donjin.host", options, starting)
        super().__init__(address, config, child, FEATURES, LIMITS)
        options["folder"] = self.folder
        self.open()

    # Layout

    def made(self, survey: Any) -> list[DonjinSpan]:
        return self._spans(msgspec.convert(survey, Survey).channels)

    def _spans(self, channels: list[Channel]) -> list[DonjinSpan]:
        spans = []
        for number, link in enumerate(sorted({c.link for c in channels}), 1):
            ports = {c.timeslot: c.kind in facts.KINDS for c in channels if c.link == link}
            spans.append(DonjinSpan(self, number, link, ports))
        return spans

    def expected(self) -> list[DonjinSpan]:
        count = range(self.config.channels)
        if self.config.family == "e1":
            return self._spans([Channel(facts.E1, *facts.slot_of(ch)) for ch in count])
        return self._spans([Channel(facts.TRUNK, -1, ch + 1) for ch in count])

    def unknown(self) -> str:
        return "without channels in the configuration"

    def mapped(self, survey: Any) -> None:
        """Which channel of the library each timeslot is."""
        ready = msgspec.convert(survey, Survey)
        self.missing = ready.missing
        if not ready.conferences:
            self.features &= ~Feature.CONFERENCE
            self.limits = {f: text for f, text in LIMITS.items() if f in self.features}
        for ch, channel in enumerate(ready.channels):
            span = next((s for s in self.spans if s.link == channel.link), None)
            if span is None or channel.timeslot >= len(span.timeslots):
                continue  # it came later than the spans were made: the next start has it
            if channel.kind not in facts.KINDS:
                continue
            slot = span.timeslots[channel.timeslot]
            slot.ch = ch
            slot.control.exists(channel.kind)
            self.by_ch[ch] = slot
        for span in self.spans:
            self.queue += span.became(frozenset(), "", self.clock.now())

    def span(self, number: int) -> DonjinSpan:
        span = super().span(number)
        assert isinstance(span, DonjinSpan)
        return span

    def conference(self, config: ConferenceConfig | None = None) -> SdkConference:
        """``config`` is the cards' affair: 10 conferences of 6 members, 32 members in all."""
        if Feature.CONFERENCE not in self.features:
            raise DriverError(f"{self.address}: this board mixes no conferences")
        return SdkConference(self, int(self.ask(self.address, "group", 0)), MODES)

    def told(self, slot: SdkTimeslot, what: str, values: list[Any]) -> None:
        assert isinstance(slot, DonjinTimeslot)
        slot.control.told(what, values)


FEATURES: Final = (
    Feature.PLAY | Feature.PLAY_LIST | Feature.RECORD | Feature.RECORD_TO | Feature.CONNECT
    | Feature.LISTEN | Feature.CONFERENCE | Feature.CALLS
)  # fmt: skip
LIMITS: Final = {
    Feature.PLAY_LIST: "no other speed, no FSK, no pause, no seeking, no volume while it plays",
    Feature.RECORD_TO: "received only, in the cards' law; no end at silence, no time before",
    Feature.LISTEN: "DTMF only, without levels and lengths",
    Feature.CONNECT: "what plays on a connected channel ends its connection",
    Feature.CONFERENCE: "analog cards only, 6 members; no coaching; who talks is not told",
}


class DonjinDriver:
    """Entry point ``donjin`` of the group ``trunkd.drivers``."""

    config_type: ClassVar[type[msgspec.Struct]] = DonjinConfig
    capabilities: ClassVar[Capabilities] = {
        Capability.E1: by_board("CAS"),
        Capability.FXS: by_board("stations"),
        Capability.FXO: by_board("analog trunks"),
        Capability.TAP: by_board("recording channels"),
        Capability.CALLS: by_board("analog lines and E1 CAS, by the library"),
        Capability.PLAY: by_board(),
        Capability.PLAY_LIST: by_board(LIMITS[Feature.PLAY_LIST]),
        Capability.RECORD: by_board(),
        Capability.RECORD_TO: by_board(LIMITS[Feature.RECORD_TO]),
        Capability.LISTEN: by_board(LIMITS[Feature.LISTEN]),
        Capability.CONNECT: by_board(LIMITS[Feature.CONNECT]),
        Capability.CONFERENCE: by_board(LIMITS[Feature.CONFERENCE]),
    }

    @staticmethod
    def check(config: msgspec.Struct) -> None:
        """What a configuration's types cannot say: ConfigError "key: what is wrong: remedy"."""
        if isinstance(config, DonjinConfig):
            check(config)

    @staticmethod
    def open(address: Address, config: msgspec.Struct, clock: Clock | None) -> Board:
        """The library's board, not started."""
        if not isinstance(config, DonjinConfig):
            raise ConfigError(f"{address}: {type(config).__name__} given: give a DonjinConfig")
        if isinstance(clock, VirtualClock):
            raise DriverError(f"{address} runs in real time: open it without a VirtualClock")
        check(config)
        return DonjinBoard(str(address), config)
