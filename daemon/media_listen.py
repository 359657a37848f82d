"""What a channel hears, told to clients: digits, tones, caller ID, speech; and its level."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..board.clock import FRAME, SECOND
from ..board.events import BoardEvent
from ..board.media import Listen
from ..board.media_events import (
    Clipped,
    DigitHeard,
    DigitKind,
    FskHeard,
    ModemToneHeard,
    SegmentHeard,
    VoiceHeard,
)
from ..board.progress_follow import ProgressFollower
from ..board.progress_tones import COUNTRIES
from ..errors import LocalError
from ..native import wrap_fsk
from ..native import wrap_progress as tones
from ..signaling.analog import callerid
from . import events_media as ev
from .methods_media import LevelInfo

if TYPE_CHECKING:
    from .media_channel import MediaChannel

KINDS: Final[dict[str, Listen]] = {
    "dtmf": Listen.DTMF,
    "r2f": Listen.R2_FORWARD,
    "r2b": Listen.R2_BACKWARD,
    "mf": Listen.R1,
    "fsk": Listen.FSK_V23,
    "modem": Listen.MODEM,
    "tones": Listen.PROGRESS,
    "voice": Listen.LEVEL,
}
DIGIT_KINDS: Final = {
    DigitKind.DTMF: "dtmf",
    DigitKind.R2_FORWARD: "r2f",
    DigitKind.R2_BACKWARD: "r2b",
    DigitKind.R1: "mf",
}
BELL202: Final = frozenset({"au", "cn", "nz", "sg", "us"})
"""Countries whose caller ID is by Bell 202. Either receiver reads both modems, so one is enough."""
FSK_FAULTS: Final = {
    callerid.CHECKSUM: "its checksum is wrong",
    callerid.CUT_SHORT: "it is cut short",
    callerid.CONTENTS: "its contents cannot be read",
}
MODEM_NAMES: Final = {1100: "cng", 1300: "calling", 2100: "ced", 2225: "bell"}
_LOOK: Final = 0.2
"""Seconds between looks at a sound that goes on."""


class Listener:
    """startListening on one channel."""

    def __init__(self, channel: MediaChannel, kinds: frozenset[str], country: str) -> None:
        if country not in COUNTRIES:
            raise LocalError(
                f"no tones of country '{country}': give one of {', '.join(sorted(COUNTRIES))}"
            )
        self._channel: Final = channel
        self._kinds: Final = kinds
        self._follower: Final = ProgressFollower(country)
        self._looking = False
        self._modulated = False
        self._bell202: Final = country in BELL202
        self._fsk: Final = callerid.CallerIdReceiver()

    def wanted(self) -> Listen:
        wants = Listen.NONE
        for kind in self._kinds:
            wants |= Listen.FSK_BELL202 if kind == "fsk" and self._bell202 else KINDS[kind]
        return wants

    def heard(self, event: BoardEvent) -> None:
        if isinstance(event, DigitHeard):
            self._digit(event)
        elif isinstance(event, SegmentHeard):
            self._segment(event)
        elif isinstance(event, ModemToneHeard):
            self._modem(event)
        elif isinstance(event, VoiceHeard | Clipped):
            self._voice(event)
        elif isinstance(event, FskHeard):
            self._fsk_heard(event)

    def channel_closes(self) -> None:
        """Nothing to tell: the call's end is told by the call."""

    def events_lost(self) -> None:
        """What was lost was one event of many; the next one is right again."""

    def _digit(self, event: DigitHeard) -> None:
        kind = DIGIT_KINDS[event.kind]
        if kind not in self._kinds:
            return
        self._channel.tell(
            ev.DigitsDetected,
            event.digit,
            kind,
            self._channel.wall(event.began),
            round(event.duration / 1e9, 3) if event.ended else 0.0,
            event.level_dbm0,
            event.twist_db,
            event.ended,
        )

    def _voice(self, event: VoiceHeard | Clipped) -> None:
        if "voice" not in self._kinds:
            return
        clipped = event.clipped if isinstance(event, Clipped) else 0
        level = event.level_dbm0 if isinstance(event, VoiceHeard) else 3.14
        self._channel.tell(
            ev.VoiceActivity,
            event.active,
            self._channel.wall(event.began),
            round(event.duration / 1e9, 3),
            level,
            clipped,
        )

    # Call progress tones

    def _segment(self, event: SegmentHeard) -> None:
        if "tones" not in self._kinds:
            return
        start, length = event.began // FRAME, event.duration // FRAME
        if event.ended:
            self._follower.end(start, length, event.frequencies, event.levels)
        else:
            self._follower.begin(start, event.frequencies, event.levels)
            self._look_later()
        self._tell_tones(event.level_dbm0, event.frequencies)

    def _look_later(self) -> None:
        if not self._looking:
            self._looking = True
            self._channel.later(_LOOK, self._look)

    def _look(self, now: int) -> None:
        """A continuous tone is known by going on; nothing else says so."""
        self._looking = False
        if self._channel.work.get("listen") is not self:
            return
        self._follower.time(now // FRAME)
        self._tell_tones(0.0, ())
        if self._follower.sounding:
            self._look_later()

    def _tell_tones(self, level: float, frequencies: tuple[float, ...]) -> None:
        for tone in self._follower.heard():
            self._channel.tell(
                ev.ToneDetected,
                tone.name,
                self._channel.wall(tone.start * FRAME),
                round((tone.told - tone.start) * FRAME / SECOND, 3),
                level,
                frequencies,
            )

    # Fax and modem tones

    def _modem(self, event: ModemToneHeard) -> None:
        if "modem" not in self._kinds:
            return
        hz = tones.TONE_HZ[event.tone]
        name = MODEM_NAMES.get(hz, f"{hz} Hz")
        if event.kind == tones.TONE_AM:
            self._modulated = True
            name = "ansam"
        elif event.kind == tones.TONE_REVERSAL:
            name = f"{'ansam' if self._modulated else name} phase reversal"
        elif event.kind == tones.TONE_SIT:
            name = "special information"
        elif hz in (950, 1400, 1800):
            return  # parts of the special information tone, which is told as a whole
        ended = event.kind == tones.TONE_OFF
        if ended:
            self._modulated = False
        self._channel.tell(
            ev.ToneDetected,
            name,
            self._channel.wall(event.began),
            round(event.duration / 1e9, 3),
            event.level_dbm0,
            (event.frequency,),
            ended,
        )

    # Caller ID

    def _fsk_heard(self, event: FskHeard) -> None:
        if "fsk" not in self._kinds:
            return
        receiver = self._fsk
        if event.kind == wrap_fsk.CARRIER:
            receiver.carrier()
        elif event.kind == wrap_fsk.LOST:
            receiver.lost()
        else:
            receiver.receive(event.octet)
        for found in receiver.events():
            modem = "bell202" if event.bell202 else "v23"
            if isinstance(found, callerid.CallerIdMessage):
                what = (True, found.number, found.name, _said(found))
            else:
                what = (False, "", "", FSK_FAULTS[found.fault])
            self._channel.tell(ev.FskDetected, modem, found.raw.hex(), *what)


def _said(message: callerid.CallerIdMessage) -> str:
    """What a message holds, for a person."""
    parts = [message.number or message.number_absent, message.name or message.name_absent]
    if message.date_time is not None:
        month, day, hour, minute = message.date_time
        parts.append(f"{month:02}-{day:02} {hour:02}:{minute:02}")
    if message.waiting is not None:
        parts.append("messages wait" if message.waiting else "no messages wait")
    return ", ".join(part for part in parts if part)


def start(channel: MediaChannel, kinds: frozenset[str], country: str) -> None:
    """Listen for these, in place of what was listened for before."""
    listener = Listener(channel, kinds, country or channel.country)
    channel.check()
    channel.want("listen", listener.wanted())
    channel.work["listen"] = listener


def stop(channel: MediaChannel) -> None:
    channel.end("listen")


def level_info(channel: MediaChannel) -> LevelInfo:
    """The channel's meter; the first question makes it listen."""
    channel.check()
    channel.want("meter", Listen.LEVEL)
    level = channel.timeslot.level()
    erl = erle = None
    try:
        echo = channel.timeslot.echo_state()
    except LocalError:
        pass  # no canceller is on
    else:
        erl, erle = round(echo.erl_db, 1), round(echo.erle_db, 1)
    return LevelInfo(
        call_id=channel.owner.call_id,
        device=channel.owner.device,
        rms=level.rms_dbm0,
        fast=level.fast_dbm0,
        peak=level.peak_dbm0,
        noise=level.noise_dbm0,
        dc=level.dc,
        clipped=level.clipped,
        voice=level.voice,
        silence=round(level.silence / 1e9, 3),
        erl=erl,
        erle=erle,
    )
