"""What is to be known of an answered call for the next process to go on with it.

``kept_of`` writes a call down, ``call_of`` makes it again. Times are ns since 1970-01-01 UTC, since
board time may begin anew with the process. Another version may have written it, with fields that
this one does not know; what is no such value is refused when it is read, and not at work later.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, cast

import msgspec

from ..errors import LocalError
from ..signaling.call import (
    AUDIO_3K1,
    ORDINARY_SUBSCRIBER,
    CallRequest,
    KeptCall,
    PartyNumber,
)
from .calls import Call, bearer_name
from .events import CONNECTED, Direction
from .methods_session import OnLoss
from .methods_switch import PartyRole
from .records import CallRecord, timestamp
from .switch import CLEAR
from .switch_data import CallData

if TYPE_CHECKING:
    from .node import Node
    from .trunk import Trunk

Octet = Annotated[int, msgspec.Meta(ge=-1, le=255)]
"""-1: none."""
Channel = Annotated[int, msgspec.Meta(ge=0, le=0xFFFF_FFFF)]
Count = Annotated[int, msgspec.Meta(ge=0, le=1 << 53)]
"""Also a callId; 0: none."""
Time = Annotated[int, msgspec.Meta(ge=1, le=1 << 62)]
"""Up to the year 2116."""
Name = Annotated[str, msgspec.Meta(pattern=r"^[^\0]+$")]
"""The journal has an octet 0 behind it."""


class Number(msgspec.Struct, array_like=True):
    """A PartyNumber."""

    digits: str
    type_of_number: Octet
    plan: Octet
    presentation: Octet
    screening: Octet


class Request(msgspec.Struct, omit_defaults=True):
    """A CallRequest; what is as usual is left out."""

    called: Number | None = None
    calling: Number | None = None
    channel: Channel = 0
    exclusive: bool = False
    complete: bool = True
    bearer: Octet = AUDIO_3K1
    display: str = ""
    keypad: str = ""
    user_user: bytes = b""
    category: Octet = ORDINARY_SUBSCRIBER
    redirecting: Number | None = None
    original_called: Number | None = None
    redirect_reason: Octet = 0
    redirect_count: Octet = 1
    hop_counter: Octet = 0
    fallback: Octet = -1
    access: bytes = b""


class KeptOther(msgspec.Struct, array_like=True):
    """Who is in the same joint."""

    call_id: Count
    answered: bool
    incoming: bool


class KeptParty(msgspec.Struct, array_like=True):
    """A call in a joint."""

    joint: int
    """Those with the same are together."""
    role: PartyRole = "talk"
    coached: Count = 0
    held: bool = False
    after: str = "keep"
    others: list[KeptOther] = []
    """Of small joints: who is lost may be among them."""


class KeptConsultation(msgspec.Struct, array_like=True, frozen=True):
    """callIds; ``consulting`` 0: the application itself."""

    held: Count
    active: Count
    consulting: Count = 0
    step: bool = False
    """The network is to connect them: a single step, as singleStepTransferCall asked."""
    partner: Count = 0
    """Of that: whom ``held`` talked with."""


class KeptOrbit(msgspec.Struct, array_like=True):
    """Where a call is parked."""

    orbit: str
    timeout: Count
    """ns; 0: nobody is called back."""
    parker: Count = 0
    """callId."""
    number: str = ""
    device: str = ""
    """Where its parker can be had."""


class KeptWork(msgspec.Struct, array_like=True):
    """Media at work, whose end is to be told."""

    kind: str
    """"play", "record" …; "conference", "source": what it hears that no joint asks for."""
    message: str = ""
    number: Count = 0


class Kept(msgspec.Struct, omit_defaults=True):
    """One call."""

    call_id: Annotated[int, msgspec.Meta(ge=1, le=1 << 53)]
    instance: str
    """Run of the daemon in which it began, for its record."""
    trunk: Name
    direction: Direction
    signalling: dict[str, Channel]
    """KeptCall."""
    started: Time
    answered: Time
    request: Request
    delivered: Annotated[int, msgspec.Meta(ge=0, le=1 << 62)] = 0
    state: Literal["connected", "fail"] = CONNECTED
    called: str = ""
    calling: str = ""
    answering: str = ""
    answered_by: str = ""
    ended_by: str = ""
    cause: Octet = 0
    location: Octet = 0
    inband: bool = False
    failed: bool = False
    linkage: Count = 0
    data: tuple[str, str, str] = ("", "", "")
    route: str = ""
    group: str = ""
    attempts: Count = 0
    application: str = ""
    priority: Count = 0
    suspended: bool = False
    owner: str = ""
    on_loss: OnLoss | None = None
    treatment: str = ""
    party: KeptParty | None = None
    consultations: list[KeptConsultation] = []
    orbit: KeptOrbit | None = None
    work: list[KeptWork] = []


encode: Final = msgspec.msgpack.Encoder().encode
decode: Final = msgspec.msgpack.Decoder(Kept).decode

SMALL: Final = 8
"""Parties of a joint whose last one may be left over by a kill."""

_SAME: Final = ("called", "calling", "answering", "answered_by", "ended_by", "cause", "location",
    "inband", "failed", "route", "group", "attempts", "application", "priority", "suspended",
    "state", "direction", "call_id")  # fmt: skip
"""Fields of Kept that a Call has, too."""
_COPIED: Final = tuple(name for name in _SAME if name not in ("direction", "call_id"))
_FIELDS: Final = tuple(field.name for field in dataclasses.fields(KeptCall))
_NUMBERS: Final = frozenset({"called", "calling", "redirecting", "original_called"})
_REQUEST: Final = tuple(name for name in CallRequest.__slots__ if name not in _NUMBERS)


def number_of(party: PartyNumber | None) -> Number | None:
    if party is None:
        return None
    return Number(
        party.digits,
        party.type_of_number,
        party.plan,
        party.presentation,
        party.screening,
    )


def _party(number: Number | None) -> PartyNumber | None:
    return PartyNumber(*msgspec.structs.astuple(number)) if number is not None else None


def request_of(request: CallRequest) -> Request:
    made: dict[str, Any] = {name: getattr(request, name) for name in _REQUEST}
    for name in _NUMBERS:
        made[name] = number_of(getattr(request, name))
    return Request(**made)


def as_request(kept: Request) -> CallRequest:
    given: dict[str, Any] = {name: getattr(kept, name) for name in _REQUEST}
    for name in _NUMBERS:
        given[name] = _party(getattr(kept, name))
    given["called"] = given["called"] or PartyNumber("")
    return CallRequest(**given)


def kept_of(call: Call, signalling: KeptCall, instance: str, request: Request) -> Kept:
    """The call itself; what others know of it (joint, owner, media) is left as usual.
    ``request``: of ``request_of``, which is the same as long as the call lasts."""
    wall = call.trunk.clock.wall
    return Kept(
        instance=call.instance or instance,
        trunk=call.trunk.name,
        signalling={name: int(getattr(signalling, name)) for name in _FIELDS},
        started=wall(call.started),
        answered=wall(call.answered),
        delivered=wall(call.delivered) if call.delivered else 0,
        request=request,
        linkage=call.linkage,
        data=call.data.key(),
        **{name: getattr(call, name) for name in _SAME},
    )


def record_of_kept(kept: Kept) -> CallRecord:
    """Where neither journal nor table reach back to the call's begin."""
    return CallRecord(
        instance=kept.instance,
        call_id=kept.call_id,
        trunk=kept.trunk,
        channel=kept.signalling.get("channel", 0),
        direction=kept.direction,
        calling=kept.calling,
        called=kept.called,
        answering=kept.answering,
        started=timestamp(kept.started),
        delivered=timestamp(kept.delivered),
        answered=timestamp(kept.answered),
        ended="",
        setup_ms=(kept.answered - kept.started) // 1_000_000,
        talk_ms=0,
        bearer=bearer_name(kept.request.bearer),
        releasing="remote",
        cause="",
        q850=0,
        location=0,
        linkage=kept.linkage,
        route=kept.route,
        trunk_group=kept.group,
        attempts=kept.attempts,
        application=kept.application,
        owner=kept.owner,
        correlator=kept.data[0],
        user_data=kept.data[1],
        account_code=kept.data[2],
    )


def signalling_of(kept: Kept) -> KeptCall:
    """LocalError: what every signalling needs is not there."""
    told = kept.signalling
    if "channel" not in told or "outgoing" not in told:
        raise LocalError("its channel or its direction was not kept")
    more = {name: told[name] for name in _FIELDS[2:] if name in told}
    return KeptCall(told["channel"], bool(told["outgoing"]), **more)


def call_of(kept: Kept, trunk: Trunk, now: int) -> Call:
    """The call as it was, not yet on any channel. ``now``: board time."""
    shift = trunk.clock.wall(now) - now

    def board(time: int) -> int:
        # 0 is for what has not happened.
        return (time - shift or 1) if time else 0

    call = Call(kept.call_id, trunk, kept.direction, as_request(kept.request), board(kept.started))
    call.answered, call.delivered = board(kept.answered), board(kept.delivered)
    for name in _COPIED:
        setattr(call, name, getattr(kept, name))
    call.linkage = kept.linkage or kept.call_id
    call.data = CallData(*kept.data)
    call.instance = kept.instance
    call.number_done = True
    call.unconfirmed = True
    return call


def party_of(node: Node, call: Call) -> KeptParty | None:
    """Its place in a joint."""
    joint = node.switch.joint(call)
    if joint is None:
        return None
    party = joint.parties[call.call_id]
    coached = party.coached.call_id if party.coached is not None else 0
    others = []
    if party.after == CLEAR and len(joint.parties) <= SMALL:
        others = [
            KeptOther(p.call.call_id, p.call.answered != 0, p.call.direction == "in")
            for p in joint.parties.values()
            if p is not party
        ]
    return KeptParty(
        joint.number, cast(PartyRole, party.role), coached, party.held, party.after, others
    )


def consultations_of(node: Node, call: Call) -> list[KeptConsultation]:
    made = []
    for found in node.switch.consultations_with(call):
        consulting = found.consulting.call_id if found.consulting is not None else 0
        step = node.switch.services.single_step(found)
        partner = step.partner if step is not None else None
        made.append(
            KeptConsultation(
                found.held.call_id,
                found.active.call_id,
                consulting,
                step is not None,
                partner.call_id if partner is not None else 0,
            )
        )
    return made


def orbit_of(node: Node, call: Call) -> KeptOrbit | None:
    parked = node.switch.orbits.of(call)
    if parked is None:
        return None
    parker, address = parked.parker, parked.address
    return KeptOrbit(
        parked.orbit,
        parked.timeout,
        parker.call_id if parker is not None else 0,
        address.number if address is not None else "",
        address.device if address is not None else "",
    )


def work_of(node: Node, call: Call) -> list[KeptWork]:
    """What is at work on its channel and is told when it ends."""
    channel = node.media.of_call(call.call_id)
    if channel is None:
        return []
    found = [
        KeptWork(kind, getattr(work, "message", ""), getattr(work, "number", 0))
        for kind, work in channel.work.items()
        if kind in TOLD and getattr(work, "is_told", True)
    ]
    conference = channel.conference
    if conference is not None:
        found.append(KeptWork("conference", conference.name, conference.number))
    if channel.source and node.switch.joint(call) is None:
        found.append(KeptWork("source", channel.source))
    return found


TOLD: Final = frozenset({"play", "record", "collect", "analysis", "audio", "fax"})
"""Kinds of work that end with an event."""
