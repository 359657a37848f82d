"""Serial ports of a machine."""

from __future__ import annotations

from typing import Final

from ..board.found import Found, Missing
from .discover_machine import Machine


def find(machine: Machine) -> list[Found]:
    """Serial ports with a device behind them: relays, SMDI, craft ports."""
    found = []
    for name in machine.folder("/sys/class/tty"):
        folder = f"/sys/class/tty/{name}"
        if not machine.exists(f"{folder}/device") or not name.startswith(_SERIAL):
            continue
        if machine.read(f"{folder}/type") == "0":
            continue  # a place without a UART
        path = f"/dev/{name}"
        lacks: tuple[Missing, ...] = ()
        if not machine.exists(path):
            lacks = (Missing(f"{path} is missing", "`udevadm trigger --subsystem-match=tty`"),)
        elif not machine.may_use(path):
            lacks = (machine.permission(path),)
        note = "relays, SMDI, craft ports"
        what = f"serial port{_product(machine, folder)}"
        found.append(Found(kind="serial", what=what, where=path, missing=lacks, note=note))
    return found


_SERIAL: Final = ("ttyS", "ttyUSB", "ttyACM", "ttyAMA", "ttyXR")


def _product(machine: Machine, folder: str) -> str:
    """The USB device's own name: it is one to three folders above the port's."""
    try:
        place = machine.path(f"{folder}/device").resolve()
    except OSError:
        return ""
    for parent in (place, *list(place.parents)[:3]):
        file = parent / "product"
        if file.is_file():
            return f", {file.read_text(errors='replace').strip()}"
    return ""
