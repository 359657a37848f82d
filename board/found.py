"""What `trunkd boards` finds in a machine: boards, what each wants, and what is missing."""

from __future__ import annotations

from typing import Any

import msgspec


class Missing(msgspec.Struct, frozen=True):
    """One thing that is missing before something found can be used."""

    what: str
    """What is missing, in words."""
    remedy: str
    """What to do, as a command where there is one."""


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """One row. It can be used now when nothing is ``missing``."""

    kind: str
    """pci, usb, kernel (a kernel driver), span, server, library, serial or driver."""
    what: str
    """Its name, as a technician knows it."""
    where: str = ""
    """PCI or USB place, or path."""
    driver: str = ""
    """Scheme of the driver that it wants; "" when trunkd has none for it."""
    address: str = ""
    """Opens it, in ``[[board]]`` as it stands; "" when it has no board of its own."""
    missing: tuple[Missing, ...] = ()
    note: str = ""

    @property
    def ready(self) -> bool:
        """It can be used now."""
        return not self.missing


def changed(row: Found, **changes: Any) -> Found:
    """A row with other values in some fields."""
    return Found(**{name: getattr(row, name) for name in row.__struct_fields__} | changes)
