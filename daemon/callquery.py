"""What `trunkd records` asks of the call store: which calls, and their sums."""

from __future__ import annotations

import contextlib
import csv
import datetime
import re
import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any, Final, TextIO

import msgspec

from ..errors import Error
from .callstore import COLUMNS, open_database
from .records import CallRecord

_NAMES: Final = ", ".join(COLUMNS)
_SPANS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
GROUPS: Final = {
    "cause": "cause",
    "trunk": "trunk",
    "direction": "direction",
    "called": "called",
    "calling": "calling",
    "day": "strftime('%Y-%m-%d', started, 'localtime')",
    "hour": "strftime('%Y-%m-%d %H:00', started, 'localtime')",
}
"""What a summary can be made by -> SQL. Days and hours are local, as tables of calls have them."""


class Wanted(msgspec.Struct, kw_only=True):
    """Which calls; empty: all. Numbers end in ``*`` to mean all that begin so."""

    number: str = ""
    """Called, calling or answering."""
    called: str = ""
    calling: str = ""
    trunk: str = ""
    direction: str = ""
    cause: str = ""
    """ECMA-269 event cause, or a Q.850 value."""
    since: str = ""
    """RFC 3339 in UTC, as records have it."""
    until: str = ""
    answered: bool | None = None
    up: bool | None = None
    """Calls that have not ended."""
    lost: bool = False
    """Calls that were up when trunkd was killed."""
    instance: str = ""
    call_id: int = 0
    linkage: int = 0


class Summary(msgspec.Struct, rename="camel"):
    """Calls that have something in common. Durations in ms."""

    key: str
    calls: int
    answered: int
    talk_ms: int
    setup_ms: float
    """Mean of those that were answered."""
    longest_ms: int


def moment(text: str, now: datetime.datetime) -> str:
    """``2h`` (ago), ``2026-11-22``, ``14:30`` or RFC 3339, as records have it; Error otherwise.

    A time without a zone is the machine's local time.
    """
    ago = re.fullmatch(r"(\d+)\s*([smhdw])", text)
    if ago:
        found = now - datetime.timedelta(seconds=int(ago[1]) * _SPANS[ago[2]])
    else:
        try:
            if re.fullmatch(r"\d{1,2}:\d{2}(:\d{2})?", text):
                text = f"{now.astimezone():%Y-%m-%d}T{text:0>5}"
            found = datetime.datetime.fromisoformat(text)
        except ValueError as exc:
            raise Error(
                f"'{text}' is no time: write 2h or 30m (ago), 14:30, 2026-11-22, or "
                "2026-11-22T14:30:00"
            ) from exc
    utc = found.astimezone(datetime.UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}Z"


def _number(column: str, number: str) -> tuple[str, list[str]]:
    if not re.fullmatch(r"[0-9*#A-D+]+", number):
        raise Error(f"'{number}' is no number: digits, and * at the end for all that begin so")
    if number.endswith("*") and len(number) > 1:
        # A range, as an index has it; ~ comes behind everything that a number is made of.
        return f"({column} >= ? AND {column} < ?)", [number[:-1], number[:-1] + "~"]
    return f"{column} = ?", [number]


def _where(wanted: Wanted) -> tuple[str, list[Any]]:
    terms: list[str] = []
    values: list[Any] = []
    for column in ("called", "calling"):
        if getattr(wanted, column):
            term, given = _number(column, getattr(wanted, column))
            terms.append(term)
            values += given
    if wanted.number:
        parts = [_number(c, wanted.number) for c in ("called", "calling", "answering")]
        said = "{} OR {} OR (answering != '' AND {})".format(*(term for term, _ in parts))
        terms.append(f"({said})")
        values += [value for _, given in parts for value in given]
    if wanted.cause:
        terms.append("q850 = ?" if wanted.cause.isdigit() else "cause = ?")
        values.append(int(wanted.cause) if wanted.cause.isdigit() else wanted.cause)
    plain: tuple[tuple[str, str | int], ...] = (
        ("trunk = ?", wanted.trunk),
        ("direction = ?", wanted.direction),
        ("started >= ?", wanted.since),
        ("started < ?", wanted.until),
        ("instance = ?", wanted.instance),
        ("callId = ?", wanted.call_id),
        ("linkage = ?", wanted.linkage),
    )
    for term, asked in plain:
        if asked:
            terms.append(term)
            values.append(asked)
    if wanted.answered is not None:
        terms.append("answered != ''" if wanted.answered else "answered = ''")
    if wanted.up is not None:
        terms.append("ended = ''" if wanted.up else "ended != ''")
    if wanted.lost:
        terms.append("lost != ''")
    return (" WHERE " + " AND ".join(terms) if terms else ""), values


@contextlib.contextmanager
def _reading(path: str) -> Iterator[sqlite3.Connection]:
    database = open_database(path, False)
    try:
        yield database
    except sqlite3.Error as exc:
        raise Error(
            f"{path} cannot be read ({exc}): is it a call store of trunkd's, and are you its "
            "daemon's user, or root?"
        ) from exc
    finally:
        database.close()


def find(path: str, wanted: Wanted, limit: int = 0) -> list[CallRecord]:
    """The latest calls that are wanted, the oldest of them first; ``limit`` 0: all."""
    where, values = _where(wanted)
    text = f"SELECT {_NAMES} FROM call{where} ORDER BY started DESC, callId DESC"  # noqa: S608
    if limit:
        text += f" LIMIT {int(limit)}"
    with _reading(path) as database:
        found = [CallRecord(*row) for row in database.execute(text, values)]
    found.reverse()
    return found


def each(path: str, wanted: Wanted) -> Iterator[CallRecord]:
    """All calls that are wanted, the oldest first, one by one: there may be millions."""
    where, values = _where(wanted)
    text = f"SELECT {_NAMES} FROM call{where} ORDER BY started, callId"  # noqa: S608
    with _reading(path) as database:
        for row in database.execute(text, values):
            yield CallRecord(*row)


def summary(path: str, wanted: Wanted, by: str) -> list[Summary]:
    """Calls that are wanted by what they have in common, most first; days and hours in order."""
    where, values = _where(wanted)
    order = "1" if by in ("day", "hour") else "2 DESC, 1"
    text = (
        f"SELECT {GROUPS[by]}, count(*), sum(answered != ''), sum(talkMs), "  # noqa: S608
        "coalesce(avg(CASE WHEN answered != '' THEN setupMs END), 0), max(talkMs) "
        f"FROM call{where} GROUP BY 1 ORDER BY {order}"
    )
    with _reading(path) as database:
        return [Summary(str(row[0]), *row[1:]) for row in database.execute(text, values)]


def write_csv(records: Iterable[CallRecord], out: TextIO) -> None:
    """RFC 4180 with a header row."""
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    writer.writerows(msgspec.structs.astuple(record) for record in records)
