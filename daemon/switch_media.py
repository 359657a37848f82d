"""What the parties of a joint hear: nothing, one another, or a mix; music, or a ringing tone.

``arrange`` looks at a joint as it is and makes the sound fit, whatever it was before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..errors import DriverError, LocalError
from . import media_conference, media_music, media_play
from .events import ALERTING, CONNECTED, FAIL
from .media_work import Done
from .methods_media import CreateConference, GenerateTone

if TYPE_CHECKING:
    from .calls import Call
    from .media_channel import MediaChannel
    from .media_conference import Conference
    from .node import Node
    from .switch import Joint, Party

RINGBACK: Final = "ringback"


def arrange(node: Node, joint: Joint) -> None:
    """Errors of a board are reported; the rest of the joint is arranged all the same."""
    try:
        _music(node, joint)
        heard = [p for p in joint.parties.values() if not p.held and _is_heard(node, p.call)]
        plain = len(heard) == 2 and all(p.role == "talk" for p in heard)
        if plain and not joint.conference:
            _pair(node, heard[0].call, heard[1].call)
        elif len(heard) < 2 or plain:
            take_apart(node, joint)
            if plain:
                _pair(node, heard[0].call, heard[1].call)
        else:
            _mix(node, joint, heard)
        _ringback(node, joint)
    except (LocalError, DriverError) as exc:
        node.problem(exc)


def _is_heard(node: Node, call: Call) -> bool:
    """Speech can pass: it is answered, or it came in and has a channel, or sends tones itself."""
    if node.media.of_call(call.call_id) is None:
        return False
    if call.direction == "in":
        return call.state in (CONNECTED, ALERTING)
    return call.state == CONNECTED or (call.inband and call.state in (ALERTING, FAIL))


def take_apart(node: Node, joint: Joint) -> None:
    """Nobody hears anybody."""
    if joint.conference:
        number, joint.conference = joint.conference, 0
        node.media.conferences.close(number)
    for party in joint.parties.values():
        _disconnect(node, party.call)


def leave(node: Node, joint: Joint, call: Call) -> None:
    """The sound of one party is taken from the others, and what we play to it ends."""
    party = joint.parties[call.call_id]
    channel = node.media.of_call(call.call_id)
    if channel is not None:
        if party.held:
            media_music.stop(channel)
        _stop_ringback(channel, party)
        if channel.conference is not None and channel.conference.number == joint.conference:
            channel.conference.leave(call.call_id)
    _disconnect(node, call)


def _disconnect(node: Node, call: Call) -> None:
    channel = node.media.of_call(call.call_id)
    if channel is not None and channel.source.startswith("call/"):
        media_conference.disconnect(channel, node)


def _free(node: Node, call: Call) -> None:
    """What an application had it in by the media verbs ends: now it is the switch's."""
    channel = node.media.need(call)
    if channel.conference is not None:
        channel.conference.leave(call.call_id)
    _disconnect(node, call)


def _pair(node: Node, one: Call, other: Call) -> None:
    a, b = node.media.need(one), node.media.need(other)
    if a.source == f"call/{other.call_id}" and b.source == f"call/{one.call_id}":
        return
    for call in (one, other):
        _free(node, call)
    media_conference.connect(a, b, False)


def _mix(node: Node, joint: Joint, heard: list[Party]) -> None:
    conferences = node.media.conferences
    if joint.conference:
        conference = conferences.get(joint.conference)
    else:
        for party in heard:
            _disconnect(node, party.call)
        board = node.media.need(heard[0].call).unit.name
        made = CreateConference(name=f"call-{joint.number}", board=board, speakers=0)
        conference = conferences.create(made)
        conference.joins_calls = True
        joint.conference = conference.number
    wanted = {party.call.call_id for party in heard}
    for call_id in [c for c in conference.members if c not in wanted]:
        conference.leave(call_id)
    # A coach needs its agent to be there first; who is coached may be a coach, too.
    parties = sorted(heard, key=lambda p: p.coached is not None)
    for party in parties:
        absent = party.coached is not None and party.coached.call_id not in conference.members
        _seat(node, conference, party.call, *(("monitor", None) if absent else _role(party)))
    for party in parties:
        role, coached = _role(party)
        if coached is not None and coached.call_id in wanted:
            _seat(node, conference, party.call, role, coached)


def _role(party: Party) -> tuple[str, Call | None]:
    return party.role, party.coached


def _seat(node: Node, conference: Conference, call: Call, role: str, coached: Call | None) -> None:
    """Who is on hold is not there and cannot be coached: his coach listens meanwhile."""
    if coached is not None and coached.call_id not in conference.members:
        role, coached = "monitor", None
    member = conference.members.get(call.call_id)
    if member is None:
        _free(node, call)
    if member is None or (member.role, member.coached) != (role, coached):
        conference.join(node.media.need(call), call, role, coached)


# Who waits


def _music(node: Node, joint: Joint) -> None:
    for party in joint.parties.values():
        channel = node.media.of_call(party.call.call_id)
        if channel is None:
            continue
        if not party.held:
            if channel.source.startswith("music/"):
                media_music.stop(channel)
            continue
        if channel.source.startswith("music/"):
            continue
        if channel.conference is not None:
            channel.conference.leave(party.call.call_id)
        _disconnect(node, party.call)
        if node.config.media.music:
            media_music.play(channel, node.media, "", _begun(node, party))


def _begun(node: Node, party: Party) -> Done:
    """Its files are read meanwhile: it may have been retrieved before they were there."""

    def begun(error: Exception | None) -> None:
        channel = node.media.of_call(party.call.call_id)
        if not party.held or channel is None:
            if channel is not None and error is None:
                media_music.stop(channel)
                node.switch.heard(party.call)
            return
        if error is not None:
            node.problem(error)

    return begun


def _ringback(node: Node, joint: Joint) -> None:
    """Who is alone with a party that alerts without tones of its own gets a ringing tone."""
    rings = any(
        p.call.direction == "out"
        and p.call.state == ALERTING
        and not p.call.inband
        and p.role == "talk"  # nobody waits for one who is to listen
        for p in joint.parties.values()
    )
    answered = [p for p in joint.parties.values() if not p.held and p.call.state == CONNECTED]
    for party in joint.parties.values():
        channel = node.media.of_call(party.call.call_id)
        if channel is None:
            continue
        wanted = rings and answered == [party]
        if wanted and not party.ringback and not channel.work.get("play"):
            media_play.tone(channel, GenerateTone(call_id=party.call.call_id, tone=RINGBACK))
            party.ringback = True
        elif party.ringback and not wanted:
            _stop_ringback(channel, party)


def _stop_ringback(channel: MediaChannel, party: Party) -> None:
    if party.ringback:
        party.ringback = False
        media_play.stop(channel)
