"""Calls on R2 lines as `trunkd r2 calls` lists them."""

from __future__ import annotations

import msgspec


class R2Call(msgspec.Struct, rename="camel"):
    """One call and its line."""

    call_id: int
    line: str
    direction: str
    called: str
    calling: str
    state: str
    """Connection state of ECMA-269."""
    sent: str
    """ABCD bits."""
    received: str
    text: str
    """What line and register signalling are doing."""
