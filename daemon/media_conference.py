"""Conferences and connections of calls' speech, on one board or across several.

A conference is mixed by one board's engine. A call of another board takes part through a soft
channel of the conference's board, bridged to it. Announcements are played, and recordings made, by
soft channels that are members.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from ..board.media import ConferenceConfig, Role
from ..board.media_events import TalkersChanged
from ..board.model import Board, Timeslot
from ..errors import DriverError, LocalError
from . import events_media as ev
from .media_channel import MediaChannel
from .methods_media import ConferenceInfo, CreateConference, MemberInfo

if TYPE_CHECKING:
    from .calls import Call
    from .node import BoardUnit, Node

ROLES: Final = {
    "talk": Role.TALK,
    "listen": Role.HEAR,
    "speak": Role.SPEAK,
    "coach": Role.COACH | Role.HEAR,
    "monitor": Role.HEAR,
}
OWN_ROLES: Final = {"play": Role.TALK, "record": Role.HEAR, "audio": Role.TALK}
"""Of a conference's own channels. The announcer hears the digits that end a message."""


class SoftChannels:
    """The soft channels of the boards: who has which."""

    def __init__(self) -> None:
        self._used: set[tuple[int, int, int]] = set()

    def take(self, unit: BoardUnit) -> Timeslot:
        """One that is free, not open yet; LocalError when there is none."""
        for timeslot in unit.board.soft:
            key = (id(unit), timeslot.span, timeslot.number)
            if key not in self._used:
                self._used.add(key)
                return timeslot
        have = len(unit.board.soft)
        raise LocalError(
            f"board {unit.name} has no free soft channel ({have} in all): end a conference, "
            "or raise soft_spans"
        )

    def used(self, unit: BoardUnit) -> int:
        """How many of a board's are taken."""
        return sum(1 for board, _, _ in self._used if board == id(unit))

    def give(self, unit: BoardUnit, timeslot: Timeslot) -> None:
        self._used.discard((id(unit), timeslot.span, timeslot.number))


class Bridge:
    """A soft channel of the conference's board that stands for a call of another board."""

    def __init__(self, soft: SoftChannels, unit: BoardUnit, channel: MediaChannel) -> None:
        self._soft = soft
        self._unit = unit
        self._channel = channel
        self.timeslot: Final = soft.take(unit)
        try:
            self.timeslot.open_voice(channel.law)
            self.timeslot.bridge(channel.timeslot)
        except (LocalError, DriverError):
            self.timeslot.close()
            soft.give(unit, self.timeslot)
            raise

    def close(self) -> None:
        if not self._channel.closed:
            self._channel.timeslot.stop_stream()
        self.timeslot.close()
        self._soft.give(self._unit, self.timeslot)


class Member:
    """A call in a conference."""

    def __init__(self, channel: MediaChannel, call: Call, timeslot: Timeslot) -> None:
        self.channel: Final = channel
        self.call: Final = call
        self.timeslot: Final = timeslot
        self.bridge: Bridge | None = None
        self.role = ""
        self.coached: Call | None = None


class Conference:
    """One conference. Also the owner of its announcer's and recorder's channels."""

    call_id: Final = 0

    def __init__(
        self, conferences: Conferences, unit: BoardUnit, number: int, asked: CreateConference
    ) -> None:
        self._all: Final = conferences
        self.unit: Final = unit
        self.number: Final = number
        self.name: Final = asked.name
        self.device: Final = f"conference/{number}"
        self.members: Final[dict[int, Member]] = {}
        config = ConferenceConfig(asked.gate_above, report_ms=round(1000 * asked.speakers))
        self.mixer: Final = unit.board.conference(config)
        self._own: dict[str, MediaChannel] = {}
        self.playing = ""
        self.recording = ""
        self.joins_calls = False
        """The switching function made it (switch_media.py), and it alone ends it."""

    # Announcer and recorder

    def channel(self, kind: str) -> MediaChannel:
        """Its "play", "record" or "audio" channel, made when it is needed first."""
        found = self._own.get(kind)
        if found is not None:
            return found
        law = next((m.channel.law for m in self.members.values()), None)
        node = self._all.node
        timeslot = self._all.soft.take(self.unit)
        law = law or node.media.law
        try:
            timeslot.open_voice(law)
            self.mixer.join(timeslot, OWN_ROLES[kind])
        except (LocalError, DriverError):
            timeslot.close()
            self._all.soft.give(self.unit, timeslot)
            raise
        made = MediaChannel(node, self.unit, timeslot, law, self, "", node.media.country)
        self._own[kind] = made
        node.media.opened(made)
        return made

    def existing(self, kind: str) -> MediaChannel | None:
        """As ``channel``, where it was needed already."""
        return self._own.get(kind)

    def channels(self) -> Iterator[MediaChannel]:
        yield from self._own.values()

    # Members

    def join(self, channel: MediaChannel, call: Call, role: str, coached: Call | None) -> None:
        """Take in a call, or change its role."""
        member = self.members.get(call.call_id)
        whom = None
        if coached is not None:
            if coached.call_id not in self.members:
                raise LocalError(f"call {coached.call_id} is not in conference {self.number}")
            whom = self.members[coached.call_id].timeslot
        if member is None:
            if channel.conference is not None:
                number = channel.conference.number
                raise LocalError(f"call {call.call_id} is in conference {number}: leave it first")
            if channel.source:
                how = "disconnect it" if channel.source.startswith("call/") else "stop that"
                raise LocalError(f"call {call.call_id} hears {channel.source}: {how} first")
            member = self._member(channel, call)
        try:
            self.mixer.join(member.timeslot, ROLES[role], whom)
        except (LocalError, DriverError):
            if call.call_id not in self.members and member.bridge is not None:
                member.bridge.close()
            raise
        change = "role" if call.call_id in self.members else "joined"
        self.members[call.call_id] = member
        member.role, member.coached = role, coached
        channel.conference = self
        channel.tell(ev.ConferenceChanged, self.number, change, role, len(self.members))

    def _member(self, channel: MediaChannel, call: Call) -> Member:
        if channel.unit is self.unit:
            return Member(channel, call, channel.timeslot)
        bridge = Bridge(self._all.soft, self.unit, channel)
        member = Member(channel, call, bridge.timeslot)
        member.bridge = bridge
        return member

    def leave(self, call_id: int) -> None:
        member = self.members.pop(call_id, None)
        if member is None:
            raise LocalError(f"call {call_id} is not in conference {self.number}")
        self.mixer.leave(member.timeslot)
        if member.bridge is not None:
            member.bridge.close()
        member.channel.conference = None
        member.channel.tell(
            ev.ConferenceChanged, self.number, "left", member.role, len(self.members)
        )
        for coach in self.members.values():
            if coach.coached is member.call:
                # Another call may have the timeslot next: nobody else is to hear the coach.
                self.join(coach.channel, coach.call, "monitor", None)

    def close(self) -> None:
        for call_id in list(self.members):
            self.leave(call_id)
        node = self._all.node
        for made in self._own.values():
            node.media.closing(made)
            made.timeslot.close()
            self._all.soft.give(self.unit, made.timeslot)
        self._own.clear()
        self.mixer.close()
        self._tell("closed")

    def _tell(self, change: str) -> None:
        node = self._all.node
        node.seq += 1
        wall = node.wall(node.now())
        node.emit(ev.ConferenceChanged(node.seq, wall, 0, self.device, self.number, change), "")  # type: ignore[arg-type]

    def created(self) -> None:
        self._tell("created")

    def talkers(self, event: TalkersChanged) -> None:
        """Who talks, told of calls; monitors and soft channels are left out."""
        by_timeslot = {
            (m.timeslot.span, m.timeslot.number): m.call.call_id for m in self.members.values()
        }
        found = [
            (by_timeslot[span, timeslot], level)
            for span, timeslot, level in event.talkers
            if (span, timeslot) in by_timeslot
        ]
        node = self._all.node
        node.seq += 1
        wall = self.unit.board.clock.wall(self.unit.moment(event.time))
        calls, levels = [c for c, _ in found], [level for _, level in found]
        node.emit(ev.ActiveSpeakers(node.seq, wall, 0, self.device, self.number, calls, levels), "")

    def info(self) -> ConferenceInfo:
        return ConferenceInfo(
            conference=self.number,
            name=self.name,
            board=self.unit.name,
            members=[
                MemberInfo(
                    call_id=m.call.call_id,
                    device=m.call.device,
                    role=m.role,
                    coached=m.coached.call_id if m.coached is not None else 0,
                )
                for m in self.members.values()
            ],
            playing=self.playing,
            recording=self.recording,
        )


class Conferences:
    """All conferences of a node."""

    def __init__(self, node: Node) -> None:
        self.node: Final = node
        self.soft: Final = SoftChannels()
        self._all: Final[dict[int, Conference]] = {}
        self._by_mixer: Final[dict[tuple[int, int], Conference]] = {}
        self._last = 0

    def create(self, asked: CreateConference) -> Conference:
        units = self.node.boards
        if asked.board and asked.board not in units:
            raise LocalError(f"there is no board '{asked.board}': {', '.join(units)}")
        unit = units[asked.board] if asked.board else next(iter(units.values()), None)
        if unit is None:
            raise LocalError("there is no board to mix a conference on")
        self._last += 1
        conference = Conference(self, unit, self._last, asked)
        self._all[conference.number] = conference
        self._by_mixer[id(unit.board), conference.mixer.number] = conference
        conference.created()
        return conference

    def get(self, number: int) -> Conference:
        """LocalError when there is none."""
        found = self._all.get(number)
        if found is None:
            raise LocalError(
                f"there is no conference {number}: `trunkd conference list` shows those there are"
            )
        return found

    def close(self, number: int) -> None:
        conference = self.get(number)
        del self._all[number]
        del self._by_mixer[id(conference.unit.board), conference.mixer.number]
        conference.close()

    def talkers(self, board: Board, event: TalkersChanged) -> None:
        conference = self._by_mixer.get((id(board), event.conference))
        if conference is not None:
            conference.talkers(event)

    def infos(self) -> list[ConferenceInfo]:
        return [conference.info() for conference in self._all.values()]

    def __iter__(self) -> Iterator[Conference]:
        return iter(list(self._all.values()))


# Connections of two calls


def connect(one: MediaChannel, other: MediaChannel, half: bool) -> None:
    """``other`` hears ``one``, and unless ``half`` the other way round. Who is only heard may hear
    whom it will."""
    for channel in (other,) if half else (one, other):
        if channel.source.startswith("music/"):
            raise LocalError(f"{channel.owner.device} hears music on hold: stopMusic first")
        if channel.source or channel.conference is not None:
            raise LocalError(
                f"{channel.owner.device} is connected already: disconnect it, or leave its "
                "conference, first"
            )
    if one.unit is other.unit:
        other.timeslot.connect(one.timeslot)
        if not half:
            one.timeslot.connect(other.timeslot)
    elif half:
        # One way between boards: by a soft channel of the one that hears.
        bridge = Bridge(other.node.media.conferences.soft, other.unit, one)
        other.timeslot.connect(bridge.timeslot)
        other.bridge = bridge
    else:
        one.timeslot.bridge(other.timeslot)
    _says(other, f"call/{one.owner.call_id}")
    if not half:
        _says(one, f"call/{other.owner.call_id}")


def _says(channel: MediaChannel, source: str) -> None:
    channel.source = source
    channel.tell(ev.ConnectionChanged, source)


def disconnect(channel: MediaChannel, node: Node) -> None:
    """End what it hears by a connection, and the other way if there is one."""
    kind, _, name = channel.source.partition("/")
    if kind != "call":
        raise LocalError(f"{channel.owner.device} is not connected with a call")
    partner = node.media.of_call(int(name))
    _release(channel, partner)
    if partner is not None and partner.source == f"call/{channel.owner.call_id}":
        _release(partner, channel)


def _release(channel: MediaChannel, partner: MediaChannel | None) -> None:
    if not channel.closed:
        if channel.bridge is not None or partner is None or partner.unit is channel.unit:
            channel.timeslot.connect(None)
        else:
            channel.timeslot.stop_stream()
    if channel.bridge is not None:
        channel.bridge.close()
        channel.bridge = None
    _says(channel, "")
