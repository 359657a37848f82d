"""Telephony boards on the PCI and USB busses, by sysfs."""

from __future__ import annotations

from typing import Final

from ..board.found import Found, Missing
from . import discover_dahdi
from .discover_ids import ANY, PCI, USB, Card, UsbDevice
from .discover_machine import Machine

PCI_FOLDER: Final = "/sys/bus/pci/devices"
USB_FOLDER: Final = "/sys/bus/usb/devices"

_SOURCE: Final = "build dahdi-linux from its source: Debian's dahdi-dkms leaves this module out"
PACKAGES: Final = {
    "wcte13xp": _SOURCE,
    "wcte43x": _SOURCE,
    "wcaxx": _SOURCE,
    "wanpipe": "install Sangoma's wanpipe driver, then `wancfg_dahdi`",
    "r1t1": "install Rhino's driver package",
    "r4fxo": "install Rhino's driver package",
    "rxt1": "install Rhino's driver package",
    "rcbfx": "install Rhino's driver package",
    "ystdm8xx": "install Yeastar's driver package (its patched dahdi-linux)",
    "ap400": "install Aligera's driver package (its patched dahdi-linux)",
}
"""Where modules come from that Debian's dahdi-dkms has not."""

FIRMWARE: Final = Missing(
    "its firmware is not loaded",
    "`apt-get install dahdi`, the firmware into /usr/share/dahdi, then plug it in again",
)


def find(machine: Machine) -> list[Found]:
    """All boards that our tables of ids know."""
    return [*_pci(machine), *_usb(machine)]


# ---- PCI --------------------------------------------------------------------------------------


def _pci(machine: Machine) -> list[Found]:
    found = []
    for place in machine.folder(PCI_FOLDER):
        folder = f"{PCI_FOLDER}/{place}"
        names = ("vendor", "device", "subsystem_vendor", "subsystem_device")
        ids = [_hex(machine.read(f"{folder}/{name}")) for name in names]
        card = card_of(*ids)
        if card is not None:
            found.append(_board(machine, card, place, ids, _bound(machine, folder)))
    return found


def _bound(machine: Machine, folder: str) -> str:
    """The kernel module that has taken a device: by its own name, or its driver's."""
    return machine.link(f"{folder}/driver/module") or machine.link(f"{folder}/driver")


def _hex(text: str) -> int:
    try:
        return int(text, 16)
    except ValueError:
        return ANY


def card_of(vendor: int, device: int, subvendor: int, subdevice: int) -> Card | None:
    """The row that matches these ids and says most of them; None when none does."""
    ids = (vendor, device, subvendor, subdevice)
    rows = [c for c in PCI if all(w in (ANY, i) for w, i in zip(c[:4], ids, strict=True))]
    return max(rows, key=lambda c: sum(want != ANY for want in c[:4]), default=None)


def _board(machine: Machine, card: Card, place: str, ids: list[int], bound: str) -> Found:
    where = f"PCI {place}, {ids[0]:04x}:{ids[1]:04x}"
    if not card.scheme:
        why = Missing(
            "trunkd has no driver for it", "a driver of your own: docs/driver-tutorial.md"
        )
        return Found(kind="pci", what=card.name, where=where, missing=(why,))
    lacks = _module(machine, card.module, bound)
    return _dahdi_card(machine, "pci", card.name, where, lacks, bound)


def _dahdi_card(
    machine: Machine, kind: str, what: str, where: str, lacks: list[Missing], bound: str
) -> Found:
    """A board that DAHDI drives: what DAHDI lacks, the board lacks too."""
    lacks = [*discover_dahdi.missing(machine), *lacks]
    if not lacks and not discover_dahdi.spans(machine):
        no_spans = "DAHDI has no span of it"
        lacks.append(Missing(no_spans, "`dahdi_span_assignments auto`; `dmesg` says why not"))
    return Found(
        kind=kind,
        what=what,
        where=where,
        driver="dahdi",
        address="" if lacks else "dahdi://",
        missing=tuple(lacks),
        note=f"driven by {bound}" if bound else "",
    )


def _module(machine: Machine, module: str, bound: str) -> list[Missing]:
    """What is missing until the right kernel module drives a board."""
    if bound and (bound == module or not module or module == "wanpipe"):
        return []  # wanpipe's modules have several names
    if bound:
        what = f"the kernel driver {bound} holds it, and {module} should"
        conf = f"/etc/modprobe.d/{module}.conf"
        return [
            Missing(what, f"`modprobe -r {bound} && modprobe {module}`; blacklist it in {conf}")
        ]
    if not module:
        return [Missing("no kernel driver has taken it", "install its maker's DAHDI driver")]
    if machine.loaded(module):
        return [Missing(f"{module} is loaded and has not taken it", "`dmesg` says why")]
    if machine.has_module(module):
        remedy = f"`modprobe {module}`, and a line {module} in /etc/dahdi/modules"
        return [Missing(f"the kernel module {module} is not loaded", remedy)]
    install = PACKAGES.get(
        module, f"`apt-get install dahdi-dkms`; without {module} in it: the board's maker's package"
    )
    return [Missing(f"the kernel has no module {module}", install)]


# ---- USB --------------------------------------------------------------------------------------


def _usb(machine: Machine) -> list[Found]:
    rows = {(device.vendor, device.product): device for device in USB}
    found = []
    for place in machine.folder(USB_FOLDER):
        folder = f"{USB_FOLDER}/{place}"
        names = ("idVendor", "idProduct")
        vendor, product = (_hex(machine.read(f"{folder}/{name}")) for name in names)
        device = rows.get((vendor, product))
        if device is not None:
            where = f"USB {place}, {vendor:04x}:{product:04x}"
            found.append(_usb_board(machine, device, folder, where))
    return found


def _usb_board(machine: Machine, device: UsbDevice, folder: str, where: str) -> Found:
    serial = machine.read(f"{folder}/serial")
    what = f"{device.name} (serial {serial})" if serial else device.name
    if device.scheme == "e1d":
        return Found(kind="usb", what=what, where=where, driver="e1d")
    if device.bare:
        return _dahdi_card(machine, "usb", what, where, [FIRMWARE], "")
    place = folder.rpartition("/")[2]
    interfaces = [name for name in machine.folder(USB_FOLDER) if name.startswith(f"{place}:")]
    drivers = [_bound(machine, f"{USB_FOLDER}/{name}") for name in interfaces]
    bound = next(filter(None, drivers), "")
    return _dahdi_card(machine, "usb", what, where, _module(machine, device.module, bound), bound)
