"""What is counted of the sessions' requests and resumes as they happen, for metrics_session.py.

The sets of labels are bounded: methods that there are, errors that the contract names, and as many
applications as ``MAX_APPLICATIONS``.
"""

from __future__ import annotations

import collections
from typing import Final, Literal

from . import wire
from .methods import METHODS
from .wire import WireError

DONE: Final = "done"
"""Outcome of a request that was no error; the others are the words of ``wire.ERRORS``."""
UNKNOWN: Final = "unknown"
"""Method of lines that name none that there is."""
OTHER: Final = "other"
"""Application of clients whose name came after the first ``MAX_APPLICATIONS``."""
MAX_APPLICATIONS: Final = 32

Why = Literal["role", "token", "rate", "outstanding"]
TURNED_AWAY: Final[tuple[Why, ...]] = ("role", "token", "rate", "outstanding")
Resume = Literal["complete", "lost", "unknown"]
RESUMES: Final[tuple[Resume, ...]] = ("complete", "lost", "unknown")


class Counts:
    """Counters of a server."""

    def __init__(self) -> None:
        self.done: Final = dict.fromkeys(METHODS, 0)
        """Method -> requests that were done."""
        self._failed: Final[collections.Counter[tuple[str, str]]] = collections.Counter()
        self.turned_away: Final[dict[Why, int]] = dict.fromkeys(TURNED_AWAY, 0)
        self.replayed = 0
        self.resumes: Final[dict[Resume, int]] = dict.fromkeys(RESUMES, 0)
        self.resume_events = 0
        """Events told again to clients that came back."""
        self.resume_lost = 0
        self._applications: Final[set[str]] = set()

    def ended(self, method: str, error: WireError | None) -> None:
        """A request has its outcome."""
        if error is None:
            self.done[method] += 1
            return
        word = wire.ERRORS[error.code][0]
        self._failed[method if method in METHODS else UNKNOWN, word] += 1

    @property
    def requests(self) -> dict[tuple[str, str], int]:
        """(method, outcome) -> requests that ended so; those that there were."""
        done = {(method, DONE): count for method, count in self.done.items() if count}
        return done | dict(self._failed)

    def resumed(self, after: int, last: int, lost: int, known: bool) -> None:
        """A client gets the events after ``after``; ``lost`` ones before are gone from the
        journal; not ``known``: its number is of a run that the daemon knows nothing about."""
        if not known:
            self.resumes["unknown"] += 1
            return
        self.resumes["lost" if lost else "complete"] += 1
        self.resume_lost += lost
        self.resume_events += last - after

    def application(self, name: str) -> str:
        """The label of a client of this name (hello): copies of a program that are told apart by
        a number are one application (``dialler-2``, ``python-4711``)."""
        label = name.rstrip("0123456789").rstrip("-_.:/# ") or name
        if label in self._applications or not label:
            return label
        if len(self._applications) >= MAX_APPLICATIONS:
            return OTHER
        self._applications.add(label)
        return label
