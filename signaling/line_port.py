"""Between a LineEngine and a board: actions are carried out on timeslots, board events become
signals.

``LinePort`` has the timeslots of one engine's channels. What an engine sends takes the place of
what is played on the channel, whoever plays it. A board plays one thing at a time and tells its end
a block later, so what comes next waits here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Protocol

from ..board import play
from ..board.events import BitsChanged, BoardEvent, MediaEnd, PlayEnded
from ..board.line import (
    AnalogLine,
    BatteryChanged,
    Feed,
    GroundChanged,
    HookChanged,
    InUseChanged,
    LineSent,
    MeteringPulse,
    PortKind,
    PulseShape,
    RingChanged,
    Ringing,
)
from ..board.media import Listen
from ..board.media_events import (
    DigitHeard,
    DigitKind,
    FskHeard,
    ModemToneHeard,
    SegmentHeard,
    VoiceHeard,
)
from ..board.model import Law, Timeslot
from ..board.progress_follow import FAINT_DB
from ..board.progress_tones import RATE, Step
from ..errors import LocalError
from . import line_actions as act
from . import line_signals as sig
from .line_names import R1, R2_BACKWARD, R2_FORWARD

TAGS: Final = 1 << 48
"""Tags of what is played for engines begin here, beyond those of applications."""

LEVELS: Final = {R2_FORWARD: -11.5, R2_BACKWARD: -11.5, R1: -7.0}
"""dBm0 of each frequency of a signal (Q.454 3.1.2, Q.323)."""

LEAST_RINGING: Final = 15.0
"""V: less is no ringing (T1.401: 40 at the telephone at least)."""

PAUSE_MS: Final = 2000
"""What a comma in digits stands for."""


class Sound(Protocol):
    """Who opens timeslots for speech: others may use them too."""

    def open(self, channel: int) -> None:
        """The engine is to send or hear sound on the channel; may be called again."""

    def close(self, channel: int) -> None:
        """It needs it no more."""

    def listen(self, channel: int, kinds: Listen) -> None:
        """It wants to hear these, and no others any more; the channel is open."""


class OwnSound:
    """Sound for engines that share their timeslots with nobody: benches and tests."""

    def __init__(self, slots: dict[int, Timeslot], law: Law) -> None:
        self._slots: Final = slots
        self._law: Final = law
        self._open: Final[set[int]] = set()

    def open(self, channel: int) -> None:
        if channel not in self._open:
            self._slots[channel].open_voice(self._law)
            self._open.add(channel)

    def close(self, channel: int) -> None:
        if channel in self._open:
            self._open.discard(channel)
            self._slots[channel].close()

    def listen(self, channel: int, kinds: Listen) -> None:
        self._slots[channel].listen(kinds)


class Sending:
    """What one channel plays for its engine."""

    def __init__(self) -> None:
        self.tag = 0
        """Of the board's; 0: nothing of ours is played."""
        self.engine_tag = 0
        self.told = True
        """Its end is nobody's business."""
        self.stopping = False
        """The board was told to end it, and has not yet."""
        self.next: tuple[list[play.PlayItem], int, bool] | None = None
        """Items, the engine's tag, told: begins when what is played has ended."""
        self.kinds = 0


class LinePort:
    """See above. ``sound``: who opens timeslots, left out: nobody else does."""

    def __init__(
        self, slots: dict[int, Timeslot], law: Law = Law.A, sound: Sound | None = None
    ) -> None:
        self.slots: Final = slots
        self.sound: Final[Sound] = sound if sound is not None else OwnSound(slots, law)
        self.sent_bits: Final[dict[int, int]] = {}
        self.feeds: Final[dict[int, int]] = {}
        """By channel, for people."""
        self._channels: Final = {(s.span, s.number): c for c, s in slots.items()}
        self._sending: Final = {channel: Sending() for channel in slots}
        self._line_tags: Final[dict[int, tuple[int, int]]] = {}
        self._last_tag = TAGS
        self._ended: list[sig.LineSignal] = []
        self._do: Final[dict[type, Callable[[Any], None]]] = {
            act.SendBits: self._send_bits,
            act.SendSignal: self._send_signal,
            act.StopSignal: self._stop,
            act.SendDigits: self._send_digits,
            act.SendTone: self._send_tone,
            act.SendSteps: self._send_steps,
            act.SendFsk: self._send_fsk,
            act.SetFeed: self._set_feed,
            act.SetLoop: self._set_loop,
            act.SetGround: self._set_ground,
            act.SendPulses: self._send_pulses,
            act.SendFlash: self._send_flash,
            act.SendMetering: self._send_metering,
            act.MeasureLine: self._measure,
            act.MeasureLevel: self._measure_level,
            act.SetLamp: self._set_lamp,
            act.SetImpedance: self._set_impedance,
            act.ListenFor: self._listen_for,
            act.OpenSpeech: self._open_speech,
        }
        self._read: Final[dict[type, Callable[[int, Any], sig.LineSignal | None]]] = {
            BitsChanged: self._bits,
            DigitHeard: self._digit,
            SegmentHeard: self._segment,
            ModemToneHeard: self._modem_tone,
            VoiceHeard: self._voice,
            FskHeard: self._fsk,
            HookChanged: self._hook,
            RingChanged: self._ring,
            BatteryChanged: self._battery,
            GroundChanged: self._ground,
            InUseChanged: self._in_use,
            MeteringPulse: self._metering_pulse,
            LineSent: self._line_sent,
            PlayEnded: self._play_ended,
        }

    # ---- for whoever runs the engine ----------------------------------------------------------

    def carry_out(self, action: act.LineAction) -> None:
        """Do it; LocalError when the channel's kind has no such thing."""
        self._do[type(action)](action)

    def signal(self, event: BoardEvent) -> sig.LineSignal | None:
        """What the event tells the engine; None: nothing, or it is of no channel of ours."""
        read = self._read.get(type(event))
        if read is None:
            return None
        channel = self._channels.get((event.span, event.timeslot))  # type: ignore[attr-defined]
        return None if channel is None else read(channel, event)

    def taken(self) -> list[sig.LineSignal]:
        """Signals that no board event tells: the end of what was replaced before it began, and
        what meters showed. Take them after ``carry_out``."""
        ended, self._ended = self._ended, []
        return ended

    def line(self, channel: int) -> AnalogLine:
        """The channel's analog line; LocalError where it has none."""
        line = self.slots[channel].line
        if line is None:
            slot = self.slots[channel]
            raise LocalError(f"span {slot.span} timeslot {slot.number} is no analog port")
        return line

    def first_signals(self) -> list[sig.LineSignal]:
        """How analog lines stand now: to be given to the engine behind its ``start``. (The bits of
        digital ones come by themselves, once the span is aligned.)"""
        found: list[sig.LineSignal] = []
        for channel, slot in self.slots.items():
            if slot.line is not None:
                found.append(sig.BatteryReceived(channel, int(slot.line.battery())))
                if slot.line.off_hook():
                    found.append(sig.HookReceived(channel, True))
        return found

    def standing(self) -> list[sig.LineSignal]:
        """How all lines stand now, for an engine that missed some of what they showed."""
        found: list[sig.LineSignal] = []
        for channel, slot in self.slots.items():
            line = slot.line
            if line is None:
                found.append(sig.BitsReceived(channel, slot.bits()))
            elif line.kind is PortKind.FXS:
                found.append(sig.HookReceived(channel, line.off_hook()))
            else:
                if line.measure().ring_volts < LEAST_RINGING:
                    found.append(sig.RingReceived(channel, False))
                found.append(sig.BatteryReceived(channel, int(line.battery())))
                if line.kind is PortKind.TAP:
                    found.append(sig.HookReceived(channel, line.off_hook()))
        for tag, (channel, engine_tag) in list(self._line_tags.items()):
            if not self.line(channel).sending():
                del self._line_tags[tag]
                found.append(sig.SendingEnded(channel, engine_tag))
        return found

    def places(self) -> dict[int, tuple[int, int]]:
        """Of the channels that play for the engine: the tag, and how far they are."""
        return {
            channel: (sending.tag, self.slots[channel].play_position())
            for channel, sending in self._sending.items()
            if sending.tag
        }

    def unnoticed(self, before: dict[int, tuple[int, int]]) -> list[sig.LineSignal]:
        """The ends of what has not moved since ``places`` gave ``before``: they were lost."""
        now = self.places()
        ended: list[sig.LineSignal] = []
        for channel, place in before.items():
            if now.get(channel) == place:
                slot = self.slots[channel]
                slot.stop_play()
                end = PlayEnded(0, slot.span, slot.number, place[0], 0, MediaEnd.COMPLETE)
                signal = self._play_ended(channel, end)
                if signal is not None:
                    ended.append(signal)
        return ended

    def forget(self, channel: int) -> None:
        """The timeslot is closed: nothing of ours is played there."""
        sending = self._sending[channel]
        sending.tag = 0
        sending.next = None

    # ---- sound --------------------------------------------------------------------------------

    def _play(
        self, channel: int, items: list[play.PlayItem], engine_tag: int = 0, told: bool = True
    ) -> None:
        sending = self._sending[channel]
        self.sound.open(channel)
        if sending.next is not None:
            self._drop(channel, sending)
        if sending.tag:
            sending.next = items, engine_tag, told
            self.slots[channel].stop_play()
            return
        self._begin(channel, sending, items, engine_tag, told)

    def _begin(
        self,
        channel: int,
        sending: Sending,
        items: list[play.PlayItem],
        engine_tag: int,
        told: bool,
    ) -> None:
        slot = self.slots[channel]
        self._last_tag += 1
        try:
            slot.play_list(items, tag=self._last_tag)
        except LocalError:
            # Somebody else's sound is on the channel: it ends first, as signalling goes before.
            slot.stop_play()
            sending.next = items, engine_tag, told
            sending.tag = 0
            return
        sending.tag, sending.engine_tag, sending.told = self._last_tag, engine_tag, told
        sending.stopping = False

    def _drop(self, channel: int, sending: Sending) -> None:
        """What waits to be played shall not be."""
        assert sending.next is not None
        _, tag, told = sending.next
        sending.next = None
        if not told:
            self._ended.append(sig.SendingEnded(channel, tag, False))

    def _stop(self, action: act.StopSignal) -> None:
        sending = self._sending[action.channel]
        if sending.next is not None:
            self._drop(action.channel, sending)
        if sending.tag:
            sending.stopping = True
            self.slots[action.channel].stop_play()

    def ending(self, channel: int) -> bool:
        """What was played for the engine is about to end, and nothing of it comes behind: the board
        takes another sound once it has told so."""
        sending = self._sending[channel]
        return sending.tag != 0 and sending.stopping and sending.next is None

    def _play_ended(self, channel: int, event: PlayEnded) -> sig.LineSignal | None:
        sending = self._sending[channel]
        ended: sig.LineSignal | None = None
        ours = sending.tag != 0 and event.tag == sending.tag
        if ours:
            sending.tag = 0
            if not sending.told:
                whole = event.reason is MediaEnd.COMPLETE
                ended = sig.SendingEnded(channel, sending.engine_tag, whole)
        elif event.tag >= TAGS:
            return None
        if sending.tag == 0 and sending.next is not None:
            items, tag, told = sending.next
            sending.next = None
            self._begin(channel, sending, items, tag, told)
        if sending.tag == 0 and sending.next is None and not sending.kinds and ours:
            self.sound.close(channel)
        return ended

    def _send_signal(self, action: act.SendSignal) -> None:
        kind = DigitKind(action.kind)
        tones = play.signal(kind, action.digit, LEVELS.get(action.kind, -8.0), action.ms)
        self._play(action.channel, [tones], action.tag, told=not action.ms)

    def _send_digits(self, action: act.SendDigits) -> None:
        items: list[play.PlayItem] = []
        for n, run in enumerate(action.digits.split(",")):
            if n:
                items.append(play.Silence(PAUSE_MS))
            if run:
                items.append(
                    play.digits(
                        DigitKind(action.kind),
                        run,
                        action.level_dbm0,
                        action.on_ms or 70,
                        action.off_ms or 70,
                    )
                )
        self._play(action.channel, items, action.tag, told=False)

    def _send_tone(self, action: act.SendTone) -> None:
        self._play(action.channel, [play.tone(action.country, action.name)])

    def _send_steps(self, action: act.SendSteps) -> None:
        steps = tuple(
            Step(hz, ms * RATE // 1000, level) if hz else Step((), ms * RATE // 1000)
            for hz, ms, level in action.steps
        )
        self._play(action.channel, [play.Tones(steps)], action.tag, told=False)

    def _send_fsk(self, action: act.SendFsk) -> None:
        fsk = play.Fsk(
            action.octets,
            action.bell202,
            action.seizure_bits,
            action.mark_bits,
            action.level_dbm0,
        )
        self._play(action.channel, [fsk], action.tag, told=False)

    def _listen_for(self, action: act.ListenFor) -> None:
        channel, kinds = action.channel, action.kinds
        sending = self._sending[channel]
        if kinds:
            self.sound.open(channel)
        if kinds != sending.kinds:
            sending.kinds = kinds
            self.sound.listen(channel, Listen(kinds))
        if not kinds and not sending.tag and sending.next is None:
            self.sound.close(channel)

    def _open_speech(self, action: act.OpenSpeech) -> None:
        """Who may play is the daemon's business (it sees the action before it comes here)."""

    # ---- bits and loops -----------------------------------------------------------------------

    def _send_bits(self, action: act.SendBits) -> None:
        self.slots[action.channel].set_bits(action.bits)
        self.sent_bits[action.channel] = action.bits

    def _set_feed(self, action: act.SetFeed) -> None:
        ringing = Ringing(action.hz) if action.hz else None
        self.feeds[action.channel] = action.feed
        self.line(action.channel).feed(Feed(action.feed), ringing)

    def _set_loop(self, action: act.SetLoop) -> None:
        self.line(action.channel).loop(action.closed)

    def _set_ground(self, action: act.SetGround) -> None:
        self.line(action.channel).ground(action.on)

    def _measure(self, action: act.MeasureLine) -> None:
        found = self.line(action.channel).measure()
        self._ended.append(
            sig.LineMeasured(
                action.channel,
                action.tag,
                found.volts,
                found.milliamps,
                found.ring_volts,
                found.ring_hz,
                found.ohms,
            )
        )

    def _measure_level(self, action: act.MeasureLevel) -> None:
        level = self.slots[action.channel].level().rms_dbm0
        self._ended.append(sig.LevelMeasured(action.channel, action.tag, level))

    def _set_lamp(self, action: act.SetLamp) -> None:
        self.line(action.channel).lamp(action.on)

    def _set_impedance(self, action: act.SetImpedance) -> None:
        try:
            self.line(action.channel).impedance(action.name)
        except LocalError:
            if action.chosen:
                raise

    def _line_tag(self) -> int:
        self._last_tag += 1
        return self._last_tag

    def _send_pulses(self, action: act.SendPulses) -> None:
        shape = PulseShape(action.pps, action.break_percent, action.interdigit_ms)
        tag = self._line_tag()
        self.line(action.channel).pulses(action.digits, shape, tag)
        self._line_tags[tag] = action.channel, action.tag

    def _send_flash(self, action: act.SendFlash) -> None:
        tag = self._line_tag()
        self.line(action.channel).flash(action.ms, tag)
        self._line_tags[tag] = action.channel, action.tag

    def _send_metering(self, action: act.SendMetering) -> None:
        self.line(action.channel).metering(action.ms, action.hz)

    # ---- what the board tells -----------------------------------------------------------------

    def _bits(self, channel: int, event: BitsChanged) -> sig.LineSignal:
        return sig.BitsReceived(channel, event.bits)

    def _digit(self, channel: int, event: DigitHeard) -> sig.LineSignal:
        return sig.DigitReceived(
            channel, int(event.kind), event.digit, not event.ended, event.began, event.duration
        )

    def _segment(self, channel: int, event: SegmentHeard) -> sig.LineSignal:
        # What is that much weaker than the strongest is noise or distortion, as progress_follow.py
        # has it.
        floor = event.levels[0] - FAINT_DB if event.levels else 0.0
        return sig.ToneReceived(
            channel,
            tuple(
                hz for hz, db in zip(event.frequencies, event.levels, strict=True) if db >= floor
            ),
            not event.ended,
            event.began,
            event.duration,
            event.level_dbm0,
        )

    def _modem_tone(self, channel: int, event: ModemToneHeard) -> sig.LineSignal:
        return sig.ModemToneReceived(
            channel, event.kind, event.tone, event.frequency, event.began, event.duration
        )

    def _voice(self, channel: int, event: VoiceHeard) -> sig.LineSignal:
        return sig.VoiceReceived(channel, event.active)

    def _fsk(self, channel: int, event: FskHeard) -> sig.LineSignal:
        return sig.FskReceived(channel, event.bell202, event.kind, event.octet)

    def _hook(self, channel: int, event: HookChanged) -> sig.LineSignal:
        return sig.HookReceived(channel, event.off)

    def _ring(self, channel: int, event: RingChanged) -> sig.LineSignal:
        return sig.RingReceived(channel, event.on, event.hz)

    def _battery(self, channel: int, event: BatteryChanged) -> sig.LineSignal:
        return sig.BatteryReceived(channel, int(event.battery))

    def _ground(self, channel: int, event: GroundChanged) -> sig.LineSignal:
        return sig.GroundReceived(channel, event.on)

    def _in_use(self, channel: int, event: InUseChanged) -> sig.LineSignal:
        return sig.InUseReceived(channel, event.in_use)

    def _metering_pulse(self, channel: int, event: MeteringPulse) -> sig.LineSignal:
        return sig.MeteringReceived(channel, event.duration)

    def _line_sent(self, channel: int, event: LineSent) -> sig.LineSignal | None:
        channel_tag = self._line_tags.pop(event.tag, None)
        return None if channel_tag is None else sig.SendingEnded(channel, channel_tag[1])
