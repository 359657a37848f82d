"""When rows count: times of day, days of the week, dates."""

from __future__ import annotations

import datetime
import re
from typing import Final

from .config_route import TimesTable

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY: Final = 24 * 60


class Moment:
    """Local time to the minute: ``weekday`` 0 is Monday; ``date`` as in "2026-10-01"."""

    __slots__ = ("date", "minute", "weekday", "yesterday")

    def __init__(self, day: datetime.date, minute: int) -> None:
        self.weekday: Final = day.weekday()
        self.minute: Final = minute
        self.date: Final = day.isoformat()
        first = day == datetime.date.min
        self.yesterday: Final = "" if first else (day - datetime.timedelta(days=1)).isoformat()

    def __str__(self) -> str:
        day = DAYS[self.weekday].capitalize()
        return f"{day} {self.date} {self.minute // 60:02d}:{self.minute % 60:02d}"


def moment_of(wall: int) -> Moment:
    """Local time of ns since 1970."""
    local = datetime.datetime.fromtimestamp(wall // 1_000_000_000).astimezone()
    return Moment(local.date(), local.hour * 60 + local.minute)


def parse_moment(text: str, today: datetime.date) -> Moment:
    """ "03:00", "sun 03:00" (the next one) or "2026-10-01 03:00"; ValueError says how to write."""
    found = re.fullmatch(r"(?:(\S+)\s+)?(\d{1,2}):(\d{2})", text.strip())
    wrong = f'\'{text}\' is no time: write "03:00", "sun 03:00" or "2026-10-01 03:00"'
    if found is None or int(found[2]) > 23 or int(found[3]) > 59:
        raise ValueError(wrong)
    day = today
    if found[1]:
        word = found[1].lower()[:3]
        if word in DAYS:
            day += datetime.timedelta(days=(DAYS.index(word) - today.weekday()) % 7)
        else:
            try:
                day = datetime.date.fromisoformat(found[1])
            except ValueError:
                raise ValueError(wrong) from None
    return Moment(day, int(found[2]) * 60 + int(found[3]))


def _minutes(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:])


class Times:
    """One ``[[times]]``, without what it excludes."""

    def __init__(self, table: TimesTable) -> None:
        self.name: Final = table.name
        self.unless: Final = list(table.unless)
        self._begin: Final = _minutes(table.begin)
        self._end: Final = _minutes(table.end)
        self._days: Final = {DAYS.index(day) for day in table.days} or set(range(7))
        self._dates: Final = tuple(table.dates)

    def holds(self, moment: Moment) -> bool:
        """A time that goes past midnight belongs to the day on which it began."""
        minute = moment.minute
        today = self._day(moment.weekday, moment.date)
        if self._begin < self._end:
            return today and self._begin <= minute < self._end
        yesterday = self._day((moment.weekday - 1) % 7, moment.yesterday)
        return (today and minute >= self._begin) or (yesterday and minute < self._end)

    def _day(self, weekday: int, date: str) -> bool:
        dated = not self._dates or date in self._dates or date[5:] in self._dates
        return weekday in self._days and dated


class Calendar:
    """All ``[[times]]``."""

    def __init__(self, tables: list[TimesTable]) -> None:
        self._times: Final = {table.name: Times(table) for table in tables}

    def holds(self, name: str, moment: Moment) -> bool:
        """Is it this time now? ``unless`` is looked into as far as it goes; a loop is no time."""
        return self._holds(name, moment, ())

    def _holds(self, name: str, moment: Moment, within: tuple[str, ...]) -> bool:
        times = self._times[name]
        if name in within or not times.holds(moment):
            return False
        return not any(self._holds(other, moment, (*within, name)) for other in times.unless)

    def any(self, names: list[str], moment: Moment) -> bool:
        """One of them, or no condition at all."""
        return not names or any(self.holds(name, moment) for name in names)
