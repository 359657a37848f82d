"""LAPD frames as trees: the Q.921 header, then Q.931 where it carries that."""

from __future__ import annotations

from typing import Final

from ...errors import RemoteError
from ..dissect_tree import (
    FROM_NETWORK,
    FROM_USER,
    RECEIVED,
    SENT,
    UNKNOWN_DIRECTION,
    Dissection,
    Field,
)
from . import q921_frames as q921
from .dissect_q931 import dissect_q931

SAPIS: Final[dict[int, str]] = {
    0: "call control",
    1: "packet mode with Q.931 call control",
    12: "teleaction",
    16: "packet communication (X.25)",
    63: "layer 2 management",
}
"""Table 2/Q.921."""

GROUP_TEI: Final = 127


def dissect_lapd(octets: bytes, direction: int) -> Dissection:
    """A frame of a D-channel, from its address field to before its FCS."""
    try:
        frame = q921.decode(octets)
    except RemoteError as error:
        field = Field("Q.921", "invalid frame", None, octets, reason=str(error))
        return Dissection("Q.921", "invalid frame", direction, [field])
    from_network = _sender(frame, direction)
    direction = _direction(direction, from_network)
    link = _link(frame, octets, from_network)
    call = f"TEI {frame.tei}" if frame.sapi == 0 else f"SAPI {frame.sapi} TEI {frame.tei}"
    if frame.kind in (q921.I, q921.UI) and frame.info:
        if frame.sapi == 0:
            inner = dissect_q931(frame.info, direction)
            return Dissection(
                inner.protocol,
                inner.title,
                direction,
                [link, *inner.fields],
                inner.call,
                inner.notes,
            )
        link.children.append(
            Field(
                "Information",
                f"{len(frame.info)} octets",
                frame.info,
                frame.info,
                reason=f"SAPI {frame.sapi} ({SAPIS.get(frame.sapi, 'reserved')}) is not decoded",
            )
        )
    bare = frame.kind == q921.RR
    return Dissection("Q.921", frame.name, direction, [link], call, _notes(frame), bare)


def _sender(frame: q921.Frame, direction: int) -> int:
    """1 if the network sent it, 0 if the user did, -1 if nothing says so.

    A frame that can only be a command, or only a response, shows its sender by its C/R bit
    (table 1/Q.921) whatever the capture says of "sent" and "received".
    """
    if direction == FROM_NETWORK:
        return 1
    if direction == FROM_USER:
        return 0
    command, response = q921.AS_COMMAND[frame.kind], q921.AS_RESPONSE[frame.kind]
    if command and not response:
        return frame.cr
    if response and not command:
        return 1 - frame.cr
    return -1


def _direction(direction: int, from_network: int) -> int:
    if direction in (SENT, RECEIVED):
        return direction
    if from_network < 0:
        return UNKNOWN_DIRECTION
    return FROM_NETWORK if from_network else FROM_USER


def _link(frame: q921.Frame, octets: bytes, from_network: int) -> Field:
    """The header's tree."""
    role = "C/R not decided: the direction is not known"
    as_command = -1
    if q921.AS_COMMAND[frame.kind] and not q921.AS_RESPONSE[frame.kind]:
        as_command = 1
    elif q921.AS_RESPONSE[frame.kind] and not q921.AS_COMMAND[frame.kind]:
        as_command = 0
    elif from_network >= 0:
        as_command = 1 if frame.cr == from_network else 0
    if as_command >= 0:
        role = "command" if as_command else "response"
    tei = "group TEI (broadcast)" if frame.tei == GROUP_TEI else str(frame.tei)
    head = 4 if frame.kind <= q921.REJ else 3
    control = octets[2:head]
    fields = [
        Field("SAPI", f"{frame.sapi} {SAPIS.get(frame.sapi, 'reserved')}", frame.sapi, octets[:1]),
        Field("C/R", f"{frame.cr} ({role})", frame.cr, octets[:1]),
        Field("TEI", tei, frame.tei, octets[1:2]),
        Field("Frame type", frame.name, frame.name, control),
    ]
    if frame.kind == q921.I:
        fields.append(Field("N(S)", str(frame.ns), frame.ns, control[:1]))
    if frame.kind <= q921.REJ:
        fields.append(Field("N(R)", str(frame.nr), frame.nr, control[1:]))
    letter = "P/F" if as_command < 0 else ("P" if as_command else "F")
    fields.append(Field(letter, str(frame.pf), frame.pf, control[-1:]))
    if frame.kind == q921.FRMR:
        fields.append(_frmr(frame.info))
    elif frame.kind not in (q921.I, q921.UI) and frame.info:
        if frame.kind == q921.XID:
            fields.append(Field("XID information", frame.info.hex(" "), frame.info, frame.info))
        else:
            reason = f"{frame.name} may carry no information (5.8.5 of Q.921)"
            fields.append(
                Field("Information", frame.info.hex(" "), frame.info, frame.info, reason=reason)
            )
    return Field("Q.921", f"{frame.name} {role}", None, octets[:head], fields)


def _frmr(info: bytes) -> Field:
    """What an FRMR says (figure 7/Q.921)."""
    try:
        field = q921.FrmrField(info)
    except RemoteError as error:
        return Field("FRMR", "cannot be read", None, info, reason=str(error))
    why = []
    if field.w:
        why.append("control field undefined or not implemented")
    if field.x:
        why.append("information not permitted or of wrong length")
    if field.y:
        why.append("information too long")
    if field.z:
        why.append("N(R) invalid")
    return Field(
        "FRMR",
        "; ".join(why) if why else "no reason given",
        None,
        info,
        [
            Field("Rejected control field", field.control.hex(" "), field.control, info[:2]),
            Field("V(S)", str(field.vs), field.vs, info[2:3]),
            Field("Rejected frame was", "response" if field.response else "command", None, b""),
            Field("V(R)", str(field.vr), field.vr, info[3:4]),
        ],
    )


def _notes(frame: q921.Frame) -> list[str]:
    """What a ladder says of a frame without layer 3."""
    notes = []
    if frame.kind == q921.I:
        notes.append(f"N(S)={frame.ns} N(R)={frame.nr}")
    elif frame.kind <= q921.REJ:
        notes.append(f"N(R)={frame.nr}")
    if frame.pf:
        notes.append("P/F=1")
    return notes
