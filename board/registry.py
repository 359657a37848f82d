"""Drivers by entry point, boards by address: ``sim://lab`` is opened by the driver ``sim``."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import ClassVar, Protocol
from urllib.parse import parse_qsl, urlsplit

import msgspec

from ..errors import ConfigError, DriverError
from .capability import Capabilities
from .clock import Clock
from .model import Board

GROUP = "trunkd.drivers"


class Address(msgspec.Struct, frozen=True):
    """``scheme://name?key=value``: which driver, which board, and options for the driver."""

    scheme: str
    name: str
    options: dict[str, str]

    def __str__(self) -> str:
        return f"{self.scheme}://{self.name}"


class Driver(Protocol):
    """What an entry point in the group ``trunkd.drivers`` names: a class with these.

    It may also have the static methods ``check(config)``, which raises ConfigError "key: what is
    wrong: remedy", and ``discover(root: pathlib.Path) -> list[Found]`` (board/found.py), what of
    its boards is in the machine whose files are below ``root``, for `trunkd boards`.
    """

    config_type: ClassVar[type[msgspec.Struct]]
    """The driver's own configuration, found in TOML under ``[board.SCHEME]``."""
    capabilities: ClassVar[Capabilities]
    """What its boards can do, and who does it (board/capability.py)."""

    @staticmethod
    def open(address: Address, config: msgspec.Struct, clock: Clock | None) -> Board:
        """Open the board, not yet started. A VirtualClock asks for a stepped board."""


def parse_address(text: str) -> Address:
    """Read a board address; ConfigError says what is wrong with it."""
    parts = urlsplit(text)
    if not parts.scheme or "://" not in text:
        raise ConfigError(f"'{text}' is no board address: write it as in 'sim://lab'")
    return Address(parts.scheme, parts.netloc + parts.path, dict(parse_qsl(parts.query)))


def drivers() -> list[str]:
    """The names of all installed drivers."""
    return sorted({point.name for point in entry_points(group=GROUP)})


def find_driver(scheme: str) -> type[Driver]:
    """The driver class for an address scheme; DriverError keeps why it could not be loaded."""
    for point in entry_points(group=GROUP, name=scheme):
        try:
            found: type[Driver] = point.load()
        except Exception as exc:
            raise DriverError(f"driver '{scheme}' ({point.value}) cannot be loaded: {exc}") from exc
        return found
    known = ", ".join(drivers()) or "none"
    raise DriverError(f"no driver for '{scheme}://': the drivers installed are {known}")


def open_board(
    address: str, config: msgspec.Struct | None = None, clock: Clock | None = None
) -> Board:
    """Open a board by its address, e.g. ``open_board("sim://lab?spans=2")``.

    ``config`` is the driver's ``config_type``; without one it is made from the address options.
    """
    where = parse_address(address)
    driver = find_driver(where.scheme)
    if config is None:
        try:
            config = msgspec.convert(where.options, driver.config_type, strict=False)
        except msgspec.ValidationError as exc:
            raise ConfigError(f"{address}: {exc}") from exc
    return driver.open(where, config, clock)
