"""docs/boards.md: what each driver's boards can do, and the boards that `trunkd boards` knows."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from importlib.metadata import entry_points
from typing import Final

from page_tools import GENERATED, Undocumented, block, sentence, table

from trunkd.board.capability import ABSENT, VERBS, Capabilities, Capability, Supply
from trunkd.board.registry import GROUP, find_driver
from trunkd.drivers import discover_e1d, discover_ids, discover_libraries

SUPPLIES: Final = {
    Supply.ABSENT: "–",
    Supply.NATIVE: "native",
    Supply.SOFT: "soft",
    Supply.NATIVE | Supply.SOFT: "native, soft",
}

GROUPS: Final = {
    "Lines": ("E1", "T1", "FXS", "FXO", "TAP", "ANALOG"),
    "Signalling": ("HDLC", "MTP2", "CAS", "CALLS"),
    "Voice": ("PLAY", "PLAY_LIST", "RECORD", "RECORD_TO", "LISTEN", "CONDITION", "ECHO"),
    "Switching": ("CONNECT", "CONFERENCE", "SOFT_CHANNELS", "STREAM"),
    "Test": ("LOOPBACK", "STEPPED"),
}

HEAD: Final = """\
# Boards

`trunkd boards` says what is in the machine, which driver each thing wants, and what is missing to
use it, with what to do. An address that it prints goes into `address` of a `[[board]]` as it
stands; `trunkd boards --config` prints a configuration to begin with, which `trunkd config check`
takes, and `trunkd boards --json` the same rows for programs. It looks at the PCI and USB busses,
at DAHDI's module, device files and spans, at the sockets of osmo-e1d (which it asks for their
lines), at the folders of the loader and of the makers for their libraries, at the libraries and
sockets that /etc/trunkd/trunkd.toml names, and at the serial ports. Nothing is opened that a call
could be using. A driver of another package has its rows there too
([driver-tutorial.md](driver-tutorial.md)); one that cannot be loaded is a row with the cause.
"""

MATRIX: Final = """\
## What each driver can do

**native**: the board does it, its kernel driver, or its maker's library. **soft**: trunkd's own
engine does it, on the octets that the board gives. **–**: absent; asking for it is an error that
says so. The columns are what the drivers state of themselves (`Driver.capabilities`), and
`tests/contract/test_capabilities.py` opens a board of each driver and compares. Numbers are notes
below.
"""


def text() -> str:
    """The page."""
    schemes = our_schemes()
    columns = {scheme: find_driver(scheme).capabilities for scheme in schemes}
    left_out = set(Capability) - {Capability[n] for names in GROUPS.values() for n in names}
    if left_out:
        raise Undocumented(f"page_boards.GROUPS has no place for {left_out}")
    notes: dict[tuple[str, str], int] = {}
    parts = [GENERATED, HEAD, MATRIX]
    for title, names in GROUPS.items():
        rows = (_row(Capability[name], columns, notes) for name in names)
        parts.append(table([f"**{title}**", *(f"`{s}://`" for s in schemes)], rows))
    remarks = [f"{n}. `{scheme}://`: {sentence(note)}" for (scheme, note), n in notes.items()]
    parts.append("\n".join(remarks) + "\n")
    parts += [_methods(), _known(), _places()]
    return "\n".join(parts)


def our_schemes() -> list[str]:
    """trunkd's own drivers, the simulated board first; others' are not of this page."""
    points = entry_points(group=GROUP)
    ours = {point.name for point in points if point.value.startswith("trunkd.drivers.")}
    return sorted(ours, key=lambda scheme: (scheme != "sim", scheme))


def _row(
    capability: Capability, columns: dict[str, Capabilities], notes: dict[tuple[str, str], int]
) -> Iterator[str]:
    yield capability.value
    for scheme, offered in columns.items():
        offer = offered.get(capability, ABSENT)
        words = SUPPLIES[offer.supply]
        if offer.note:
            number = notes.setdefault((scheme, offer.note), len(notes) + 1)
            words += f" ({number})"
        yield words


def _methods() -> str:
    rows = ((c.value, ", ".join(f"`{verb}`" for verb in VERBS[c])) for c in VERBS)
    head = (
        "## The optional methods\n\nOf `Timeslot`, `Span` and `Board` (board/model.py). A driver "
        "that lacks one leaves the base's, which raises DriverError.\n"
    )
    return f"{head}\n{table(['capability', 'methods'], rows)}"


def _known() -> str:
    head = (
        "## Boards that are known by their ids\n\nSources: K, the kernel modules of dahdi-linux "
        "2.11.1; P, pci.ids of 2023.04.11; H, the list of `dahdi_hardware`; W, Sangoma's "
        "sdlapci.h; O, osmo-e1d. `*` stands for any. No public text was found with the ids of "
        "Synway's, DonJin's and Keygoe's boards: they are found by their libraries.\n"
    )
    cards = sorted(discover_ids.PCI, key=lambda card: (card.name, card.module))
    rows = []
    for (name, module), same in itertools.groupby(cards, lambda card: (card.name, card.module)):
        each = list(same)
        ids = ", ".join(f"`{_ids(*card[:4])}`" for card in each)
        sources = "".join(sorted({card.source for card in each}))
        rows.append((name, ids, f"`{module}`" if module else "–", each[0].scheme or "–", sources))
    for device in discover_ids.USB:
        ids = f"`{device.vendor:04x}:{device.product:04x}` (USB)"
        name = f"{device.name}{' without firmware' if device.bare else ''}"
        module = f"`{device.module}`" if device.module else "–"
        rows.append((name, ids, module, device.scheme, device.source))
    return f"{head}\n{table(['board', 'ids', 'kernel module', 'driver', 'source'], rows)}"


def _ids(vendor: int, device: int, subvendor: int, subdevice: int) -> str:
    """As `lspci` writes them; sub-ids only where they say something."""
    words = [
        "*" if value < 0 else f"{value:04x}" for value in (vendor, device, subvendor, subdevice)
    ]
    if words[2:] == ["*", "*"]:
        return ":".join(words[:2])
    return f"{words[0]}:{words[1]}/{words[2]}:{words[3]}"


def _places() -> str:
    lines = [f"{path}" for path in discover_e1d.E1D_SOCKETS]
    rows = []
    for source, maker in discover_libraries.makers():
        places = ", ".join(maker.places)
        rows.append((f"`{source.scheme}://`", source.what, maker.name or "–", places or "–"))
    head = "## Places that are looked at\n\nSockets of osmo-e1d:\n"
    body = table(["driver", "library", "file", "folders, after the loader's own"], rows)
    return f"{head}\n{block('text', chr(10).join(lines))}\nMakers' libraries:\n\n{body}"
