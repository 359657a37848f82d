"""DAHDI in a machine: its kernel driver, device files, and spans, by /sys, /dev and /proc/dahdi."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from ..board.found import Found, Missing
from .discover_machine import Machine

CONTROL: Final = "/dev/dahdi/ctl"

NO_MODULE: Final = Missing(
    "the kernel module dahdi is not loaded",
    "`modprobe dahdi`, and a line dahdi in /etc/modules-load.d/dahdi.conf",
)
NO_PACKAGE: Final = Missing(
    "the kernel has no module dahdi",
    "`apt-get install linux-headers-$(uname -r) dahdi-dkms dahdi`, then `modprobe dahdi`",
)
NO_DEVICE: Final = Missing(
    f"{CONTROL} is missing though the module dahdi is loaded",
    "`udevadm trigger --subsystem-match=dahdi` (is udev running?)",
)
NO_SPANS: Final = Missing(
    "DAHDI has no spans",
    "load the board's module (`dahdi_hardware` names it), then `dahdi_span_assignments auto`",
)

_SPAN: Final = re.compile(r'Span (\d+): (\S+) "([^"]*)"')
_CHANNEL: Final = re.compile(r"(\d+) (\S+)(?: (.*))?")
_NO_SIGNALLING: Final = re.compile(r"Reserved|RED|YELLOW|BLUE|LOOPBACK|NOTOPEN|RECOVERING|\(.*")
"""What may stand after a channel's name where no signalling does: alarms and remarks."""


class Span(NamedTuple):
    """One span by /proc/dahdi."""

    number: int
    name: str
    text: str
    channels: int
    configured: dict[str, int]
    """Signalling, as DAHDI names it, and how many channels have it."""
    in_use: int


def spans(machine: Machine) -> list[Span]:
    """All assigned spans, by number."""
    found = []
    for entry in machine.folder("/proc/dahdi"):
        read = _read(machine.read(f"/proc/dahdi/{entry}")) if entry.isdigit() else None
        if read is not None:
            found.append(read)
    return sorted(found)


def _read(text: str) -> Span | None:
    head = _SPAN.match(text)
    if head is None:
        return None
    channels, in_use = 0, 0
    configured: dict[str, int] = {}
    for line in text.splitlines()[1:]:
        channel = _CHANNEL.fullmatch(line.strip())
        if channel is None:
            continue
        channels += 1
        rest = channel[3] or ""
        in_use += "(In use)" in rest
        signalling = rest.partition(" ")[0]
        if signalling and not _NO_SIGNALLING.fullmatch(signalling):
            configured[signalling] = configured.get(signalling, 0) + 1
    return Span(int(head[1]), head[2], head[3], channels, configured, in_use)


def missing(machine: Machine) -> tuple[Missing, ...]:
    """What is missing before any board of DAHDI's can be used; "no spans" is not among it."""
    if not machine.loaded("dahdi"):
        return (NO_MODULE if machine.has_module("dahdi") else NO_PACKAGE,)
    if not machine.exists(CONTROL):
        return (NO_DEVICE,)
    if not machine.may_use(CONTROL):
        return (machine.permission(CONTROL),)
    return ()


def find(machine: Machine) -> list[Found]:
    """The kernel driver, if it is there, and each of its spans. ``dahdi://`` has all of them."""
    if not machine.loaded("dahdi") and not machine.exists("/dev/dahdi"):
        return []
    lacks = missing(machine)
    have = spans(machine)
    if not have:
        lacks += (NO_SPANS,)
    configured = any(span.configured for span in have)
    if have and not configured:
        lacks += (_unconfigured("no channel of DAHDI"),)
    version = machine.read("/sys/module/dahdi/version")
    count = f"{len(have)} span{'s' * (len(have) != 1)}"
    kernel = Found(
        kind="kernel",
        what=f"DAHDI {version}".strip() + f", {count}",
        where="/dev/dahdi",
        driver="dahdi",
        address="" if lacks else "dahdi://",
        missing=lacks,
    )
    return [kernel, *(_span(span, missing(machine)) for span in have)]


def _span(span: Span, lacks: tuple[Missing, ...]) -> Found:
    if not span.configured:
        lacks += (_unconfigured(f"no channel of span {span.number}"),)
    kinds = ", ".join(f"{count} {name}" for name, count in sorted(span.configured.items()))
    notes = [kinds] if kinds else [f"{span.channels} channels"]
    if span.in_use:
        notes.append(f"{span.in_use} in use now")
    return Found(
        kind="span",
        what=span.text or span.name,
        where=f"DAHDI span {span.number}, {span.name}",
        driver="dahdi",
        address="" if lacks else f"dahdi://?spans={span.number}",
        missing=lacks,
        note=", ".join(notes),
    )


def _unconfigured(what: str) -> Missing:
    return Missing(
        f"{what} is configured",
        "name the channels in /etc/dahdi/system.conf (`dahdi_genconf` writes one), then "
        "`dahdi_cfg`; `trunkd dahdi check` looks at it",
    )
