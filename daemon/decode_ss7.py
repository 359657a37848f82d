"""SS7 frames of captures: which label format they have, and which ladder they belong to.

pcap does not say how long a routing label is. Captures of trunkd's own say it in the interface's
description; in others it is made out from the messages, or told by whoever asks.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from typing import Final

from ..board.capture import (
    LINKTYPE_MTP2,
    LINKTYPE_MTP2_WITH_PHDR,
    LINKTYPE_MTP3,
    CapturedFrame,
    read_capture,
)
from ..errors import ConfigError, RemoteError
from ..signaling.dissect import RECEIVED, SENT, UNKNOWN_DIRECTION, Dissection
from ..signaling.ss7.dissect_mtp import dissect_mtp2, dissect_mtp3
from ..signaling.ss7.labels import FORMATS, ITU14, LabelFormat
from .events import LINE_SIGNALS
from .ss7_engines import LABELS

SS7_TYPES: Final = frozenset({LINKTYPE_MTP2, LINKTYPE_MTP2_WITH_PHDR, LINKTYPE_MTP3})

LEAST_MSU: Final = 6
"""Octets of a signal unit that has more than a status field."""

LOOKED_AT: Final = 300
"""Messages of an interface that are tried with each label."""

_SAID: Final = re.compile(r"\blabel (\w+)")
_LINK: Final = re.compile(r"SS7 link (\S+) of (\S+) to (\S+), label")


def description(name: str, point: str, adjacent: str, label: str) -> str:
    """An interface's description in our captures."""
    return f"SS7 link {name} of {point} to {adjacent}, label {label}"


def label_named(name: str) -> LabelFormat:
    """A label by its name; ConfigError names those there are."""
    found = LABELS.get(name.lower())
    if found is None:
        raise ConfigError(f"there is no label '{name}'; there are {', '.join(FORMATS)}")
    return found


class Labels:
    """Which label each interface of a capture has. ``told``: all have this one."""

    def __init__(self, told: LabelFormat | None = None) -> None:
        self._told: Final = told
        self._found: Final[dict[str, LabelFormat]] = {}

    def of(self, frame: CapturedFrame) -> LabelFormat:
        if self._told is not None:
            return self._told
        said = _SAID.search(frame.description)
        if said is not None and said[1] in FORMATS:
            return FORMATS[said[1]]
        return self._found.get(frame.interface, ITU14)

    def look_at(self, frames: Iterable[CapturedFrame]) -> None:
        """Make out the labels of interfaces that say none: with the right one, the fewest things
        cannot be decoded."""
        if self._told is not None:
            return
        looked: dict[str, int] = {}
        wrong: dict[str, dict[str, int]] = {}
        for frame in frames:
            name = frame.interface
            if frame.link_type not in SS7_TYPES or _SAID.search(frame.description):
                continue
            if not _is_message(frame) or looked.get(name, 0) >= LOOKED_AT:
                continue
            looked[name] = looked.get(name, 0) + 1
            counts = wrong.setdefault(name, dict.fromkeys(FORMATS, 0))
            for label in FORMATS.values():
                counts[label.name] += len(dissect_ss7(frame, UNKNOWN_DIRECTION, label).reasons())
        for name, counts in wrong.items():
            self._found[name] = FORMATS[min(counts, key=lambda each: counts[each])]


def labels_of(path: str | os.PathLike[str], told: str = "") -> Labels:
    """The labels of a capture file; ``told``: the one they all have."""
    labels = Labels(label_named(told) if told else None)
    frames = []
    try:
        for frame in read_capture(path):
            frames.append(frame)
            if len(frames) >= 50 * LOOKED_AT:
                break
    except RemoteError:
        pass  # told when the frames are shown
    labels.look_at(frames)
    return labels


def _is_message(frame: CapturedFrame) -> bool:
    return frame.link_type == LINKTYPE_MTP3 or len(frame.data) >= LEAST_MSU


def dissect_ss7(frame: CapturedFrame, direction: int, label: LabelFormat) -> Dissection:
    """The tree of a frame of one of SS7_TYPES."""
    if frame.link_type == LINKTYPE_MTP3:
        return dissect_mtp3(frame.data, direction, label)
    return dissect_mtp2(frame.data, direction, label)


def ladder_key(frame: CapturedFrame) -> str:
    """Frames with the same one are in one ladder: all links to one point, and their calls; all
    lines of a trunk are in one."""
    if frame.link_type == LINE_SIGNALS:
        return frame.description
    link = _LINK.search(frame.description)
    return f"{link[2]} to {link[3]}" if link is not None else frame.interface


def link_of(frame: CapturedFrame) -> str:
    """The link's name in a ladder of several; of a line, ``trunk/channel``."""
    if frame.link_type == LINE_SIGNALS:
        place, _, trunk = frame.interface.partition(" ")
        return f"{trunk}/{place.rpartition('/')[2]}"
    link = _LINK.search(frame.description)
    return link[1] if link is not None else ""


class Sides:
    """Who stands left and right where a capture has no directions: by point codes."""

    def __init__(self) -> None:
        self._left: Final[dict[str, object]] = {}

    def placed(self, key: str, tree: Dissection) -> Dissection:
        """With the direction made out, if it is a message: the first to speak stands left."""
        opc = tree.find("MTP3", "OPC")
        if tree.direction != UNKNOWN_DIRECTION or opc is None:
            return tree
        left = self._left.setdefault(key, opc.value)
        direction = SENT if opc.value == left else RECEIVED
        return Dissection(
            tree.protocol, tree.title, direction, tree.fields, tree.call, tree.notes, tree.bare
        )


def ends(tree: Dissection) -> tuple[str, str] | None:
    """Point codes of the left and the right end, if it is a message with a direction."""
    opc, dpc = tree.find("MTP3", "OPC"), tree.find("MTP3", "DPC")
    if opc is None or dpc is None or tree.direction not in (SENT, RECEIVED):
        return None
    codes = (opc.text.split(" ")[0], dpc.text.split(" ")[0])
    return codes if tree.direction == SENT else (codes[1], codes[0])
