"""What the tones on an exchange line mean: dial tone, ringback, and those by which it says that the
far end is gone.

Two readers of the same segments: board/progress_follow's follower names the country's tones while a
call is set up (two beats make it certain); CadenceMatchers want ``cycles`` whole rounds before they
end a call that talks, as in speech and music nobody may be cut off. Times are ns.
"""

from __future__ import annotations

from typing import Final

from ...board.progress_follow import ProgressFollower
from ...board.progress_tones import COUNTRIES
from ..line_signals import ToneReceived
from .tone_rows import CadenceMatcher, Sound, ToneRow, country_row

_MS: Final = 1_000_000
_SAMPLE: Final = 125_000
NEVER: Final = 1 << 62
LOOK: Final = 250 * _MS
"""A sound that goes on is looked at as often."""
LONGEST: Final = 12_000 * _MS
"""Sounds that go on longer are looked at no more."""
AMONG: Final = 100 * _MS
"""Speech of that length between two beats is between two beats; shorter is a click."""
AS_LOUD_DB: Final = 12.0

GONE: Final = (
    "busy",
    "congestion",
    "howler",
    "unobtainable",
    "special-information",
    "dial",
    "special-dial",
)
"""Tones of a country that say: the far end is gone."""
CAUSES: Final = {
    "busy": 17,
    "congestion": 34,
    "unobtainable": 1,
    "special-information": 1,
    "howler": 27,
}
"""Q.850 causes while a call is set up; everything else is 16."""


def supervision_rows(
    country: str, names: tuple[str, ...], own: tuple[ToneRow, ...]
) -> list[ToneRow]:
    """The country's rows of these names, as far as it has them, and one's own."""
    has = COUNTRIES[country].tones
    rows = [country_row(country, name) for name in names if name in has]
    return rows + list(own)


class ToneLayer:
    """One channel's tones. Feed ``segment``, call ``look`` at ``deadline``; both give the names of
    tones that have become certain."""

    def __init__(
        self, country: str, names: tuple[str, ...], own: tuple[ToneRow, ...], cycles: int
    ) -> None:
        rows = supervision_rows(country, names, own)
        self._matchers: Final = [CadenceMatcher(row, cycles) for row in rows]
        self._own: Final = [m for m in self._matchers if m.row in own]
        self._country: Final = country
        self._follower = ProgressFollower(country)
        congestion = matchers_of(country).get("congestion")
        self._uneven: Final[float] = congestion.spread if congestion is not None else 0.0
        """dB between the beats of congestion, where they are not equally loud."""
        self._sounds: list[Sound] = []
        self._on: ToneReceived | None = None
        self.deadline = NEVER
        self.dial_certain: Final[int] = dial_certain(country)
        """ns after which a sound of dial tone's frequencies is dial tone; 0: it has a cadence."""
        self.ringback_pause: Final[int] = ringback_pause(country)
        """ns, the longest in ringback."""
        self.connected = False
        """True: only what ends a call that talks is told."""

    def begin(self, connected: bool) -> None:
        """Begin afresh, for a call that is set up, or that talks."""
        self._sounds.clear()
        self._on = None
        self.deadline = NEVER
        self.connected = connected
        if not connected:
            self._follower = ProgressFollower(self._country)

    def stated(self) -> dict[str, int]:
        """ns within which each tone is told, from its beginning."""
        return {matcher.name: matcher.stated for matcher in self._matchers}

    def segment(self, tone: ToneReceived, now: int) -> list[str]:
        if tone.on:
            self._on = tone
            self.deadline = now + LOOK
            if not self.connected:
                self._follower.begin(tone.began // _SAMPLE, tone.frequencies, self._flat(tone))
            return []
        self._on = None
        self.deadline = NEVER
        if tone.frequencies:
            return self._tone_ended(tone)
        self._noise_ended(tone)
        return []

    def _flat(self, tone: ToneReceived) -> tuple[float, ...]:
        return (0.0,) * len(tone.frequencies)

    def _noise_ended(self, tone: ToneReceived) -> None:
        sounds = self._sounds
        loud = not sounds or tone.level_dbm0 > sounds[-1].level - AS_LOUD_DB
        if tone.duration >= AMONG and loud:
            sounds.clear()

    def _tone_ended(self, tone: ToneReceived) -> list[str]:
        sounds = self._sounds
        sounds.append(Sound(tone.began, tone.duration, tone.frequencies, tone.level_dbm0))
        del sounds[:-24]
        if self.connected:
            return [matcher.name for matcher in self._matchers if matcher.heard(sounds)]
        names = [matcher.name for matcher in self._own if matcher.heard(sounds)]
        self._follower.end(
            tone.began // _SAMPLE, tone.duration // _SAMPLE, tone.frequencies, self._flat(tone)
        )
        return names + self._followed()

    def _followed(self) -> list[str]:
        return [self._by_level(heard.name) for heard in self._follower.heard()]

    def _by_level(self, name: str) -> str:
        """Australia's congestion is its busy tone with each second burst 10 dB weaker."""
        sounds = self._sounds
        if not self._uneven or name not in ("busy", "congestion") or len(sounds) < 2:
            return name
        uneven = abs(sounds[-1].level - sounds[-2].level)
        return "congestion" if uneven > self._uneven / 2 else "busy"

    def look(self, now: int) -> list[str]:
        """What sounds goes on: a tone without a cadence may have become certain."""
        tone = self._on
        if tone is None:
            self.deadline = NEVER
            return []
        duration = now - tone.began
        self.deadline = now + LOOK if duration < LONGEST else NEVER
        matchers = self._matchers if self.connected else self._own
        names = [m.name for m in matchers if m.lasting(tone.frequencies, duration)]
        if not self.connected:
            self._follower.time(now // _SAMPLE)
            names += self._followed()
        return names

    def is_dial(self, tone: ToneReceived) -> bool:
        """Has this sound the frequencies of the country's dial tone?"""
        return self._like(tone, ("dial", "special-dial", "recall-dial"))

    def is_ringback(self, tone: ToneReceived) -> bool:
        return self._like(tone, ("ringback",))

    def is_known(self, tone: ToneReceived) -> bool:
        """Is it of any tone of the country, or of our own rows?"""
        for matcher in self._own:
            for beat in matcher.beats:
                if matcher.fits(beat, tone.frequencies):
                    return True
        return self._like(tone, tuple(COUNTRIES[self._country].tones))

    def _like(self, tone: ToneReceived, names: tuple[str, ...]) -> bool:
        for name in names:
            matcher = matchers_of(self._country).get(name)
            if matcher is not None:
                for beat in matcher.beats:
                    if matcher.fits(beat, tone.frequencies):
                        return True
        return False


_MATCHERS: Final[dict[str, dict[str, CadenceMatcher]]] = {}


def matchers_of(country: str) -> dict[str, CadenceMatcher]:
    """All tones of a country, made once."""
    found = _MATCHERS.get(country)
    if found is None:
        found = {
            name: CadenceMatcher(country_row(country, name), 3) for name in COUNTRIES[country].tones
        }
        _MATCHERS[country] = found
    return found


def dial_certain(country: str) -> int:
    """See ToneLayer.dial_certain: longer than any beat of the same frequencies of a tone that may
    be met instead (busy where the line is locked out)."""
    rows = matchers_of(country)
    dial = rows["dial"]
    if not dial.continuous or len(dial.beats) > 1:
        return 0
    longest = 250 * _MS
    for name in ("busy", "congestion", "special-information"):
        matcher = rows.get(name)
        if matcher is not None:
            for beat in matcher.beats:
                if dial.fits(dial.beats[0], beat.frequencies):
                    longest = max(longest, beat.on)
    return longest + 200 * _MS


def ringback_pause(country: str) -> int:
    return max(beat.off for beat in matchers_of(country)["ringback"].beats)
