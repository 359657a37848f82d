"""A method as the server wants it for each request: looked up once, by its name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from .methods_base import Method, Params
from .roles import RANKS, WANTED, permits


class Row:
    """``handle(params, session)`` does it."""

    __slots__ = ("decode", "handle", "observes", "roles")

    def __init__(self, name: str, method: Method, handle: Callable[[Any, Any], Any]) -> None:
        self.handle: Final = handle
        self.decode: Final[Callable[[Any], Params]] = msgspec.json.Decoder(method.params).decode
        self.roles: Final = frozenset(role for role in RANKS if permits(role, name))
        """Of those who may call it."""
        self.observes: Final = WANTED[name] == "observe"
        """It changes nothing: it is nobody's, nor written down, and done anew if asked again."""
