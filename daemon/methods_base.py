"""Bases of all parameters and results of the wire's methods."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

CallId = Annotated[int, msgspec.Meta(ge=1, description="callID of ECMA-269; unique in one run")]
Digits = Annotated[str, msgspec.Meta(pattern=r"^[0-9*#A-D]*$", max_length=32)]
Hex = Annotated[str, msgspec.Meta(pattern=r"^([0-9A-Fa-f]{2})*$", max_length=510)]
CauseValue = Annotated[int, msgspec.Meta(ge=1, le=127, description="cause value of Q.850")]
Bearer = Literal["speech", "audio", "unrestricted", "restricted"]


class Params(msgspec.Struct, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """Base of all parameters."""


class Result(msgspec.Struct, rename="camel", kw_only=True):
    """Base of all results."""


class Done(Result):
    """Accepted; events tell the rest."""


class ConnectionInfo(Result):
    device: str
    state: str
    """As of calls; hold: the switching function lets it wait."""
    call_id: int = 0
    """Of this connection."""
    role: str = "talk"
    """talk, listen, speak, coach or monitor."""
    coached: int = 0
    """callId of whom a coach speaks to."""


class Method(msgspec.Struct, frozen=True):
    """A row of the table."""

    params: type[Params]
    result: type[Result]
    role: str = ""
    """Who may call it: observe, operate or administer; empty: as roles.py says."""

    @property
    def summary(self) -> str:
        return (self.params.__doc__ or "").strip()
