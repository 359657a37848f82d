"""What is in the machine: boards, kernel drivers, servers and libraries, what driver each wants,
whether that driver can be used now, and what is missing. `trunkd boards` prints it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from ..board.found import Found, Missing, changed
from ..board.registry import drivers, find_driver
from ..errors import DriverError
from . import discover_bus, discover_dahdi, discover_e1d, discover_libraries, discover_serial
from .discover_machine import Machine

Lacks = Callable[[Machine], tuple[Missing, ...]]

WANTED: Final[dict[str, tuple[str, Lacks]]] = {
    "dahdi": ("DAHDI's kernel driver", discover_dahdi.missing),
    "e1d": ("osmo-e1d", discover_e1d.missing),
}
"""What a driver of ours works with, and what is missing of it where it was not found."""


def find(machine: Machine | None = None) -> list[Found]:
    """Everything found, hardware first, then a row for each driver that found nothing.

    A driver of another package may have ``discover(root)`` (board/registry.py). One that cannot be
    loaded, or whose ``discover`` fails, is a row with the cause.
    """
    machine = machine or Machine()
    servers = discover_e1d.find(machine)
    found = [
        *(_served(machine, row, servers) for row in discover_bus.find(machine)),
        *discover_dahdi.find(machine),
        *servers,
        *discover_libraries.find(machine),
    ]
    faults: dict[str, Missing] = {}
    installed = drivers()
    for scheme in installed:
        try:
            found += _by_driver(machine, scheme, found)
        except Exception as exc:  # another's code: the others' rows are to be shown all the same
            cause = str(exc) if isinstance(exc, DriverError) else f"driver '{scheme}': {exc!r}"
            faults[scheme] = Missing(cause, "reinstall the driver's package, or remove it")
    for scheme in {row.driver for row in found if row.driver} - set(installed):
        what = f"no driver {scheme} is installed"
        faults[scheme] = Missing(what, "install trunkd with its drivers")
    found = [_usable(row, faults) for row in found]
    for scheme, fault in faults.items():
        if scheme not in installed:
            continue
        row = Found(kind="driver", what=f"driver {scheme}", driver=scheme, missing=(fault,))
        found.append(row)
    return [*found, *discover_serial.find(machine)]


def _by_driver(machine: Machine, scheme: str, found: Sequence[Found]) -> list[Found]:
    """What a driver finds by itself, or a row of its own where nothing of it was found."""
    driver = find_driver(scheme)
    discover = getattr(driver, "discover", None)
    own = list(discover(machine.root)) if discover is not None else []
    if own or any(row.driver == scheme and row.kind != "usb" for row in found):
        return own
    if scheme == "sim":
        address = "sim://lab?spans=2&cable=1-2"
        return [Found(kind="driver", what="simulated board", driver="sim", address=address)]
    if scheme in WANTED:
        what, lacks = WANTED[scheme]
        missing = lacks(machine)
    else:
        names = [
            source.what for source, _ in discover_libraries.makers() if source.scheme == scheme
        ]
        what = " and ".join(names) or f"driver {scheme}"
        missing = discover_libraries.missing(scheme) or (
            Missing("it tells nothing of its boards", f"name one in an address: {scheme}://"),
        )
    return [Found(kind="driver", what=what, driver=scheme, missing=missing)]


def _served(machine: Machine, row: Found, servers: Sequence[Found]) -> Found:
    """An icE1usb can be used where osmo-e1d serves it, which numbers its interfaces by itself."""
    if row.driver != "e1d":
        return row
    address = next((server.address for server in servers if server.ready), "")
    lacks = () if address else discover_e1d.missing(machine)
    note = "served by osmo-e1d" if address else ""
    return changed(row, address=address, missing=lacks, note=note)


def _usable(row: Found, faults: dict[str, Missing]) -> Found:
    """The row, with what is wrong with its driver."""
    fault = faults.get(row.driver)
    return changed(row, address="", missing=(*row.missing, fault)) if fault else row
