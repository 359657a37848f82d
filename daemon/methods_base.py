"""Bases of all parameters and results of the wire's methods."""

from __future__ import annotations

from typing import Annotated

import msgspec

CallId = Annotated[int, msgspec.Meta(ge=1, description="callID of ECMA-269; unique in one run")]


class Params(msgspec.Struct, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """Base of all parameters."""


class Result(msgspec.Struct, rename="camel", kw_only=True):
    """Base of all results."""


class Done(Result):
    """Accepted; events tell the rest."""


class Method(msgspec.Struct, frozen=True):
    """A row of the table."""

    params: type[Params]
    result: type[Result]

    @property
    def summary(self) -> str:
        return (self.params.__doc__ or "").strip()
