"""The method of the wire about the auditor."""

from __future__ import annotations

from typing import Final

from .methods_base import Method, Params, Result


class Audit(Params):
    """What the auditor found: states that disagree between call, signalling, board and media."""

    look: bool = False
    """Compare all states now, too; the suspects are those of now, and nothing is put right."""


class AuditFinding(Result):
    """A disagreement that was there twice in a row, and was put right (event ChannelAudited)."""

    trunk: str
    what: str
    """What disagreed, in words that stay the same."""
    count: int
    """How often since the daemon began."""
    last: int
    """ns since 1970-01-01 UTC."""
    channel: int = 0
    """Of the last one; 0: none."""
    call_id: int = 0
    healed: bool = True
    """Of the last one: false where it could not be put right."""


class AuditSuspect(Result):
    """A disagreement that was seen once: over by the next look, or put right then."""

    trunk: str
    channel: int
    what: str
    """As in a finding."""
    since: int
    """ns since 1970-01-01 UTC."""
    call_id: int = 0


class AuditInfo(Result):
    every: float
    """Seconds between two looks; 0: never (`[daemon] audit`)."""
    looks: int
    """How many there were."""
    last: int
    """The last one, ns since 1970-01-01 UTC; 0: none yet."""
    found: list[AuditFinding]
    """By trunk and what disagreed."""
    suspects: list[AuditSuspect]
    """Seen at the last look; with ``look``: now."""


AUDIT_METHODS: Final[dict[str, Method]] = {"audit": Method(Audit, AuditInfo, "observe")}
