"""What can go wrong, by whose doing. Every exception that trunkd raises has ``Error`` as its base.

What the far end does wrong is never one of these escaping from an engine: it is an event and a
counter. ``RemoteError`` is raised by decoders and caught by the engine that called them.
"""

from __future__ import annotations


class Error(Exception):
    """Base of all of trunkd's exceptions."""


class LocalError(Error):
    """You called it wrong: no such timeslot, a request that the call's state does not permit."""


class RemoteError(Error):
    """They sent it wrong. ``cause`` is the Q.850 cause value the standard answers it with, or 0."""

    def __init__(self, text: str, cause: int = 0) -> None:
        super().__init__(text)
        self.cause = cause


class DriverError(Error):
    """A board or its driver cannot do what was asked; the text names the board and the remedy."""


class ConfigError(Error):
    """A configuration is wrong; the text names file, key and remedy."""
