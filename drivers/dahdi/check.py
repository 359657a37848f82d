"""What is wrong between ``system.conf``, the spans that are there, and who uses them: in words."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from typing import Final

from ...errors import DriverError
from ...native import wrap_dahdi as native
from .find import DEVICES, channel_infos, holders, span_infos, why_not
from .system_conf import Channel, Problem, SystemConf

SIZES: Final = {"e1": 31, "t1": 24}


@dataclass(frozen=True)
class SpanPlace:
    """A span and its channels: DAHDI's numbers."""

    number: int
    first: int
    channels: int
    kind: str
    """``e1``, ``t1``, ``bri``, ``analog`` or ``dynamic``."""
    name: str = ""

    @property
    def range(self) -> range:
        return range(self.first, self.first + self.channels)


def places_of(conf: SystemConf) -> list[SpanPlace]:
    """Where spans must be, by the file alone: in order, without gaps. Analog boards have no lines
    there, so their channels are whatever is left over, as one span."""
    found: list[SpanPlace] = []
    at = 1
    for span in sorted(conf.spans.values(), key=lambda s: s.number):
        bri = span.kind == "e1" and span.coding == "ami" and not span.options
        size = 3 if bri else SIZES[span.kind]
        found.append(SpanPlace(span.number, at, size, "bri" if bri else span.kind))
        at += size
    for n, dynamic in enumerate(conf.dynamics, len(found) + 1):
        found.append(SpanPlace(n, at, dynamic.channels, "dynamic", dynamic.address))
        at += dynamic.channels
    left = sorted(n for n in conf.channels if n >= at)
    if left:
        found.append(SpanPlace(len(found) + 1, left[0], left[-1] - left[0] + 1, "analog"))
    return found


def places_there(
    infos: list[native.SpanInfo], channels: list[native.ChannelInfo]
) -> list[SpanPlace]:
    """Where they are, by the kernel."""
    found = []
    for info in infos:
        first = min(
            (c.number - c.position + 1 for c in channels if c.span == info.number), default=0
        )
        kind = info.type.lower()
        if kind.startswith("dyn") or info.name.startswith("DYN/"):
            kind = "dynamic"
        elif kind not in ("e1", "t1", "j1", "bri"):
            kind = "analog"
        found.append(SpanPlace(info.number, first, info.channels, kind, info.name))
    return found


# ---- the file by itself --------------------------------------------------------------------------


def _timing(conf: SystemConf) -> list[Problem]:
    found = []
    sources = [s for s in conf.spans.values() if s.timing]
    for span in sources:
        same = [s for s in sources if s.timing == span.timing and s.number < span.number]
        if same:
            found.append(
                Problem(
                    span.line,
                    f"spans {same[0].number} and {span.number} are both timing source "
                    f"{span.timing}",
                    f"give span {span.number} the next rank, or 0 when its far end takes our clock",
                )
            )
    if conf.spans and not sources:
        found.append(
            Problem(
                min(s.line for s in conf.spans.values()),
                "no span is a timing source: the board runs by its own crystal",
                "give 1 to the span of a public exchange (span=1,1,…), or slips will be heard; 0 "
                "is right only where we give the clock",
                warning=True,
            )
        )
    return found


def _d_channels(conf: SystemConf, place: SpanPlace) -> list[Problem]:
    own = [conf.channels[n] for n in place.range if n in conf.channels]
    bearers = [c for c in own if c.keyword == "bchan"]
    dchans = [c for c in own if c.role == "dchan"]
    if not bearers or place.kind == "dynamic":
        return []
    usual = place.first + {"e1": 15, "t1": 23, "bri": 2}.get(place.kind, 0)
    line = bearers[0].line
    if not dchans:
        return [
            Problem(
                line,
                f"span {place.number} has B-channels and no D-channel",
                f"write 'dchan={usual}' (or 'hardhdlc={usual}' where the board frames HDLC); none "
                "is right only with NFAS, or when SS7 has its circuits there",
                warning=True,
            )
        ]
    if dchans[0].number != usual and len(dchans) == 1 and place.kind in ("e1", "t1"):
        return [
            Problem(
                dchans[0].line,
                f"the D-channel of span {place.number} is timeslot "
                f"{dchans[0].number - place.first + 1}",
                f"it is {usual - place.first + 1} (channel {usual}) nearly everywhere: ask",
                warning=True,
            )
        ]
    return []


def _cas(conf: SystemConf, place: SpanPlace) -> list[Problem]:
    span = conf.spans.get(place.number)
    carries = conf.channels.get(place.first + 15)
    has = [n for n in place.range if n in conf.channels and conf.channels[n].role in ("cas", "em")]
    if span is None or span.kind != "e1" or not has:
        return []
    found = []
    if span.framing != "cas":
        found.append(
            Problem(
                span.line,
                f"span {place.number} has framing {span.framing} and CAS channels",
                f"write span={place.number},{span.timing},0,cas,{span.coding}",
            )
        )
    if carries is not None and carries.role != "unused":
        found.append(
            Problem(
                carries.line,
                f"channel {carries.number} is timeslot 16 of span {place.number}",
                "leave it out: it carries CAS",
            )
        )
    return found


def _outside(conf: SystemConf, places: list[SpanPlace]) -> list[Problem]:
    within = {n for place in places for n in place.range}
    beyond: dict[int, list[Channel]] = {}
    for channel in conf.channels.values():
        if channel.number not in within:
            beyond.setdefault(channel.line, []).append(channel)
    have = ", ".join(f"{p.first}-{p.first + p.channels - 1}" for p in places) or "none"
    return [
        Problem(
            line,
            f"channel {some[0].number} is in no span",
            f"the spans' channels are {have}: correct the range, or load the board's module",
        )
        for line, some in sorted(beyond.items())
    ]


def _tones(conf: SystemConf) -> list[Problem]:
    analog = [c for c in conf.channels.values() if c.role in ("fxs", "fxo")]
    if analog and not conf.default_zone:
        return [
            Problem(
                0,
                "there are analog ports and no tone zone",
                "write loadzone=cn and defaultzone=cn (your country): DAHDI cannot ring without",
            )
        ]
    return []


def _cancellers(conf: SystemConf) -> list[Problem]:
    found: dict[int, Problem] = {}
    for number, (name, line) in conf.cancellers.items():
        channel = conf.channels.get(number)
        if channel is not None and channel.role in ("dchan", "mtp2"):
            found[line] = Problem(
                line,
                f"channel {number} is '{channel.keyword}' and has echo canceller {name}",
                "leave it out: it carries no voice",
            )
    return list(found.values())


def check_file(conf: SystemConf, places: list[SpanPlace] | None = None) -> list[Problem]:
    """All that the file has wrong. ``places``: where spans are; None: where the file says."""
    at = places_of(conf) if places is None else places
    found = list(conf.problems)
    found += _timing(conf)
    for place in at:
        found += _d_channels(conf, place)
        found += _cas(conf, place)
    found += _outside(conf, at) + _tones(conf) + _cancellers(conf)
    return sorted(found, key=lambda p: p.line)


# ---- the file and the kernel ---------------------------------------------------------------------

_BITS: Final = {
    "fxs": native.FXS_PORT,
    "fxo": native.FXO_PORT,
}


def _swapped(channel: Channel, there: native.ChannelInfo) -> Problem | None:
    want = _BITS.get(channel.role)
    if want is None or there.can_signal & want:
        return None
    other = _BITS["fxo" if channel.role == "fxs" else "fxs"]
    if not there.can_signal & other:
        return Problem(
            channel.line,
            f"channel {channel.number} ({there.name}) is no analog port",
            f"'{channel.keyword}' is for analog boards",
        )
    is_a = "an FXS port, for a telephone" if channel.role == "fxo" else "an FXO port, for a line"
    right = "fxoks" if channel.role == "fxo" else "fxsks"
    return Problem(
        channel.line,
        f"channel {channel.number} ({there.name}) is {is_a}",
        f"write {right}={channel.number}: a port is signalled to as its far end is (FXS by fxo, "
        "FXO by fxs)",
    )


def _unconfigured(conf: SystemConf, place: SpanPlace, info: native.SpanInfo) -> list[Problem]:
    if place.kind in ("e1", "t1", "bri") and place.number not in conf.spans:
        example = "ccs,hdb3,crc4" if place.kind == "e1" else "esf,b8zs"
        return [
            Problem(
                0,
                f"span {place.number} ({info.name} {info.description}) has no line",
                f"write span={place.number},1,0,{example}",
            )
        ]
    if info.configured == 0 and any(n in conf.channels for n in place.range):
        return [
            Problem(
                0,
                f"span {place.number} ({info.name}) is not configured though the file has channels "
                "of it",
                "run `dahdi_cfg -vv`; it says what it does not like",
            )
        ]
    return []


def _alarms(info: native.SpanInfo) -> list[Problem]:
    names = {
        4: ("yellow (RAI): the far end does not hear us", "look at our sending pair"),
        8: ("red: no signal or no framing comes in", "look at the cable and at framing, crc4"),
        16: ("blue (AIS): all ones come in", "the carrier's equipment has lost its own input"),
        32: ("not open", "start the span: `dahdi_cfg`"),
    }
    found = [
        Problem(0, f"span {info.number} ({info.name}) is in alarm {text}", remedy, warning=True)
        for bit, (text, remedy) in names.items()
        if info.alarms & bit
    ]
    if info.missed_interrupts:
        found.append(
            Problem(
                0,
                f"span {info.number} ({info.name}) has missed {info.missed_interrupts} interrupts",
                "give the board an interrupt of its own, and look for programs that block them",
                warning=True,
            )
        )
    return found


def check_kernel(
    conf: SystemConf, infos: list[native.SpanInfo], channels: list[native.ChannelInfo]
) -> list[Problem]:
    """What does not fit between the file and what the kernel has."""
    if not infos:
        return [
            Problem(
                0,
                "DAHDI is loaded and has no spans",
                "load the board's module (`dahdi_hardware` names it); with spans unassigned run "
                "`dahdi_span_assignments auto`",
            )
        ]
    places = places_there(infos, channels)
    found = []
    for place, info in zip(places, infos, strict=True):
        found += _unconfigured(conf, place, info) + _alarms(info)
    numbers = {c.number: c for c in channels}
    for number, channel in sorted(conf.channels.items()):
        there = numbers.get(number)
        if there is None:
            continue
        wrong = _swapped(channel, there)
        if wrong is not None:
            found.append(wrong)
        elif there.signalling == 0 and channel.role != "unused":
            text = f"channel {number} is '{channel.keyword}' here and not configured in the kernel"
            found.append(Problem(channel.line, text, "run `dahdi_cfg -vv`"))
    missing = sorted(s for s in conf.spans if s not in {p.number for p in places})
    found += [
        Problem(
            conf.spans[s].line,
            f"there is no span {s}",
            f"the kernel has {len(places)}: load the board's module, or remove the line",
        )
        for s in missing
    ]
    return found


def _permission() -> list[Problem]:
    devices = [f"{DEVICES}/{name}" for name in ("ctl", "channel", "timer")]
    for device in devices:
        if not os.path.exists(device):
            return [Problem(0, why_not(device, errno.ENOENT), "then run this again")]
        if not os.access(device, os.R_OK | os.W_OK):
            return [Problem(0, why_not(device, errno.EACCES), "then run this again")]
    return []


def check_all(conf: SystemConf) -> list[Problem]:
    """The file, the driver, permissions, spans, who has them."""
    found = _permission()
    try:
        infos = span_infos()
        channels = channel_infos(infos)
    except DriverError as exc:
        if not found:
            found.append(Problem(0, str(exc), "then run this again"))
        return found + check_file(conf)
    found += check_file(conf, places_there(infos, channels) or None)
    found += check_kernel(conf, infos, channels)
    who = holders()
    if who:
        names = ", ".join(f"{name} (pid {pid})" for pid, name in who)
        found.append(
            Problem(0, f"channels are held by {names}", "stop it before trunkd takes them", True)
        )
    return found
