"""Signal units and MTP messages as trees: Q.703's header, the routing label, network management
and link tests; the users' messages by service indicator (ISUP, TUP)."""

from __future__ import annotations

from typing import Final

from ...errors import RemoteError
from ..dissect_tree import Dissection, Field
from . import mtp3_messages as m
from .dissect_isup import dissect_isup
from .dissect_tup import dissect_tup
from .isup_messages_table import LAYOUTS, LAYOUTS_CHINA
from .labels import CHINA24, ITU14, Label, LabelFormat, decode_label, show_point_code
from .mtp2_units import STATUS_NAMES
from .tup_messages import CHINA_LABEL, ITU_LABEL

STATUS_TEXTS: Final = (
    "out of alignment",
    "normal alignment",
    "emergency alignment",
    "out of service",
    "processor outage",
    "busy",
)
"""Q.703 11.1.3."""

TUP: Final = 4
ISUP: Final = 5


def dissect_mtp2(octets: bytes, direction: int, label: LabelFormat = ITU14) -> Dissection:
    """A signal unit, BSN octet first, without its check bits."""
    if len(octets) < 3:
        reason = f"{len(octets)} octets; a signal unit has at least 3 (Q.703 2.2)"
        field = Field("MTP2", "too short", None, octets, reason=reason)
        return Dissection("MTP2", "invalid signal unit", direction, [field])
    li = octets[2] & 63
    size = len(octets) - 3
    kind = "FISU" if size == 0 else "LSSU" if size <= 2 else "MSU"
    wrong = not (li == size or (li == 63 and size >= 63))
    header = _header(octets, kind, wrong)
    back, front = octets[0], octets[1]
    notes = [f"BSN={back & 127} FSN={front & 127}"]
    if kind == "MSU":
        inner = dissect_mtp3(octets[3:], direction, label)
        return Dissection(
            inner.protocol,
            inner.title,
            direction,
            [header, *inner.fields],
            inner.call,
            inner.notes + (["wrong LI"] if wrong else []),
        )
    title = kind
    if kind == "LSSU":
        status = _status(octets[3:])
        header.children.append(status)
        title = status.text.split(" ")[0]
    if wrong:
        notes.append("wrong LI")
    return Dissection("MTP2", title, direction, [header], "link", notes, kind == "FISU")


def _header(octets: bytes, kind: str, wrong: bool) -> Field:
    """The three octets before the rest."""
    back, front, li = octets[0], octets[1], octets[2] & 63
    size = len(octets) - 3
    reason = f"LI is {li} with {size} octets behind it (Q.703 2.3.3)" if wrong else ""
    header = Field(
        "MTP2",
        kind,
        None,
        octets[:3],
        [
            Field("BSN", str(back & 127), back & 127, octets[:1]),
            Field("BIB", str(back >> 7), back >> 7, octets[:1]),
            Field("FSN", str(front & 127), front & 127, octets[1:2]),
            Field("FIB", str(front >> 7), front >> 7, octets[1:2]),
            Field("LI", str(li), li, octets[2:3], reason=reason),
        ],
    )
    if octets[2] >> 6:
        spare = octets[2] >> 6
        header.children.append(Field("Priority", str(spare), spare, octets[2:3]))
    return header


def _status(field: bytes) -> Field:
    """The status field of an LSSU."""
    code = field[0] & 7
    if code >= len(STATUS_NAMES):
        reason = "no status has this code (Q.703 11.1.3)"
        return Field("Status", f"spare {code}", code, field, reason=reason)
    return Field("Status", f"{STATUS_NAMES[code]} {STATUS_TEXTS[code]}", code, field)


def dissect_mtp3(octets: bytes, direction: int, label: LabelFormat = ITU14) -> Dissection:
    """SIO and SIF: service information octet, routing label, and what is behind them."""
    if not octets:
        field = Field("MTP3", "empty", None, octets, reason="there is no SIO")
        return Dissection("MTP3", "unreadable message", direction, [field])
    try:
        parts = decode_label(label, octets, 1)
    except RemoteError as error:
        field = Field("MTP3", "unreadable label", None, octets, reason=str(error))
        return Dissection("MTP3", "unreadable message", direction, [field])
    service = octets[0] & 15
    header = _label(octets, parts, label)
    inner = _content(service, octets[1 + label.octets :], direction, parts.sls, label)
    return Dissection(
        inner.protocol,
        inner.title,
        direction,
        [header, *inner.fields],
        inner.call,
        inner.notes,
    )


def _label(octets: bytes, parts: Label, label: LabelFormat) -> Field:
    """SIO and routing label."""
    service, network = octets[0] & 15, octets[0] >> 6
    short, text = m.SERVICE_NAMES.get(service, ("spare", "spare"))
    head = 1 + label.octets
    dpc = show_point_code(parts.dpc, label)
    opc = show_point_code(parts.opc, label)
    codes = label.pc_octets
    label_octets = octets[1:head]
    raw_dpc, raw_opc = label_octets, label_octets
    if codes == 3:
        raw_dpc, raw_opc = octets[1:4], octets[4:7]
    header = Field(
        "MTP3",
        f"{short} {opc} -> {dpc}",
        None,
        octets[:head],
        [
            Field("Service indicator", f"{service} {short}, {text}", service, octets[:1]),
            Field(
                "Network indicator", f"{network} {m.NETWORK_NAMES[network]}", network, octets[:1]
            ),
            Field("DPC", f"{dpc} ({parts.dpc})", parts.dpc, raw_dpc),
            Field("OPC", f"{opc} ({parts.opc})", parts.opc, raw_opc),
            Field("SLS", str(parts.sls), parts.sls, octets[head - 1 : head]),
        ],
    )
    spare = octets[0] >> 4 & 3
    if spare:
        header.children.append(Field("Priority", str(spare), spare, octets[:1]))
    return header


def _content(service: int, data: bytes, direction: int, sls: int, label: LabelFormat) -> Dissection:
    """What is behind the label."""
    if service == m.SNM:
        return _snm(data, direction, sls, label)
    if service in (m.SLT, m.SLT_SPECIAL):
        return _slt(data, direction, sls, label)
    if service == TUP:
        kind = CHINA_LABEL if label is CHINA24 else ITU_LABEL
        return dissect_tup(data, direction, sls, kind, label is CHINA24)
    if service == ISUP:
        return dissect_isup(data, direction, LAYOUTS_CHINA if label is CHINA24 else LAYOUTS)
    short, text = m.SERVICE_NAMES.get(service, ("spare", "spare"))
    reason = f"service {service} ({text}) is not decoded"
    field = Field(short, f"{len(data)} octets", data, data, reason=reason)
    return Dissection("MTP3", short, direction, [field], "link")


def _snm(data: bytes, direction: int, sls: int, label: LabelFormat) -> Dissection:
    """A network management message."""
    if not data:
        field = Field("SNM", "empty", None, data, reason="there is no heading code (Q.704 15.1)")
        return Dissection("SNM", "unreadable message", direction, [field])
    heading = data[0]
    row = m.SNM_NAMES.get(heading)
    group = m.GROUP_NAMES.get(heading & 15, "spare")
    title = m.name_of(heading)
    unknown = "" if row else "no message has this heading code (Q.704 table 1)"
    words = f"{title}, {row[1]}" if row else title
    fields = [
        Field("Message group", f"{group} (H0 {heading & 15})", heading & 15, data[:1]),
        Field("Heading code", words, heading, data[:1], None, unknown),
    ]
    notes: list[str] = []
    if heading in m.OF_A_LINK:
        slc = m.slc_in(label, sls, data)
        if slc < 0:
            fields.append(Field("SLC", "missing", None, b"", reason="the message is cut short"))
        else:
            fields.append(Field("SLC", str(slc), slc, data[1:2] if label.slc_in_message else b""))
            notes.append(f"link {slc}")
    _contents(heading, data, label, fields, notes)
    whole = Field("SNM", title, None, data, fields)
    return Dissection("SNM", title, direction, [whole], "link", notes)


def _contents(
    heading: int, data: bytes, label: LabelFormat, fields: list[Field], notes: list[str]
) -> None:
    """What the message carries, into ``fields`` and ``notes``."""
    if heading in (m.COO, m.COA, m.CBD, m.CBA):
        code = m.code_in(label, data)
        name = "FSN of last accepted MSU" if heading in (m.COO, m.COA) else "Changeback code"
        if code < 0:
            fields.append(Field(name, "missing", None, b"", reason="the message is cut short"))
            return
        code &= 127 if heading in (m.COO, m.COA) else 255
        fields.append(Field(name, str(code), code, data[1:]))
        notes.append(f"FSN {code}" if heading in (m.COO, m.COA) else f"code {code}")
    elif heading in (m.TFP, m.TFR, m.TFA, m.RST, m.RSR, m.TFC, m.UPU):
        dpc = m.point_code_in(label, data)
        size = 1 + label.pc_octets
        if dpc < 0 or (heading == m.UPU and len(data) <= size):
            reason = "the message is cut short"
            fields.append(Field("Destination", "missing", None, data[1:], reason=reason))
            return
        text = show_point_code(dpc, label)
        fields.append(Field("Destination", f"{text} ({dpc})", dpc, data[1:size]))
        notes.append(text)
        if heading == m.TFC:
            status = _tfc_status(data, label)
            fields.append(Field("Congestion status", str(status), status, data[size - 1 :]))
            notes.append(f"level {status}")
        elif heading == m.UPU:
            user, cause = data[size] & 15, data[size] >> 4
            short, words = m.SERVICE_NAMES.get(user, ("spare", "spare"))
            why = m.UPU_CAUSES.get(cause, "spare")
            fields.append(Field("User part", f"{user} {short}, {words}", user, data[size:]))
            fields.append(Field("Cause", f"{cause} {why}", cause, data[size:]))
            notes.append(f"{short}: {why}")
    elif len(data) > 1 and not (label.slc_in_message and heading in m.OF_A_LINK):
        fields.append(Field("Contents", data[1:].hex(" "), data[1:], data[1:]))


def _tfc_status(data: bytes, label: LabelFormat) -> int:
    if label.pc_octets == 2:
        return data[2] >> 6
    return data[4] & 3 if len(data) > 4 else 0


def _slt(data: bytes, direction: int, sls: int, label: LabelFormat) -> Dissection:
    """SLTM and SLTA."""
    heading = data[0] if data else -1
    row = m.SLT_NAMES.get(heading)
    length = data[1] >> 4 if len(data) > 1 else 0
    pattern = data[2 : 2 + length]
    title = row[0] if row else "unknown test message"
    slc = data[1] & 15 if label.slc_in_message and len(data) > 1 else sls & 15
    reason = ""
    if row is None:
        reason = "no test message has this heading code (Q.707 5.4)"
    elif not length or len(pattern) < length:
        reason = "the test pattern is cut short"
    printable = all(32 <= octet < 127 for octet in pattern) and bool(pattern)
    text = f'"{pattern.decode("ascii")}"' if printable else pattern.hex(" ")
    fields = [
        Field("Heading code", f"{title}, {row[1]}" if row else title, heading, data[:1]),
        Field("SLC", str(slc), slc, data[1:2] if label.slc_in_message else b""),
        Field("Length", str(length), length, data[1:2]),
        Field("Test pattern", text, pattern, pattern, reason=reason),
    ]
    whole = Field("SLT", title, None, data, fields)
    return Dissection("SLT", title, direction, [whole], "link", [f"link {slc}"])
