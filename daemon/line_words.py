"""What lines show and what is asked of them, in a technician's words: traces and ladders.

Bits and register signals mean nothing by themselves: what ``0011`` or signal 3 says depends on who
seized the line and on what was asked last. ``R2Words`` follows that beside the engine, from the
signals of both directions alone.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from ..signaling import line_actions as act
from ..signaling import line_signals as sig
from ..signaling.analog import callerid
from ..signaling.cas import r2_names as n
from ..signaling.cas.em_config import EmConfig
from ..signaling.cas.r2_config import R2Config
from ..signaling.cas.robbed_codes import NONE, STATION_NAMES, RobbedCodes
from ..signaling.line_names import FEED_NAMES, R2_BACKWARD, R2_FORWARD, bits_text


class Said(NamedTuple):
    """A line of a trace. ``minor``: only the end of what another line told; ladders hide it."""

    text: str
    minor: bool = False


_SILENT: Final = (sig.FskReceived, sig.VoiceReceived, act.ListenFor, act.OpenSpeech)
"""Not told: caller ID is told whole, speech is no signalling, and what is listened for is shown by
`trunkd line show`."""
_MINOR: Final = (sig.SendingEnded, act.StopSignal)
_GROUND: Final = (sig.GroundReceived, act.SetGround)


class LineWords:
    """Words for the signals and actions of one trunk's lines. ``ground``: they start by it."""

    follows: bool = False
    """It must see every signal, also while nobody traces."""

    def __init__(self, ground: bool = False) -> None:
        self._ground: Final = ground

    def signal(self, signal: sig.LineSignal) -> Said | None:
        """What a line shows; None: nothing that anybody wants to read."""
        if isinstance(signal, _SILENT) or (isinstance(signal, _GROUND) and not self._ground):
            return None
        if isinstance(signal, sig.ToneReceived) and not signal.frequencies:
            return None  # speech or noise
        if isinstance(signal, sig.BitsReceived):
            return Said(self.bits(signal.channel, signal.bits, False))
        if isinstance(signal, sig.DigitReceived):
            if not signal.on:
                return Said(signal.text, True)
            return Said(self.digit(signal.channel, signal.kind, signal.digit) or signal.text)
        over = isinstance(signal, sig.ToneReceived) and not signal.on
        return Said(signal.text, over or isinstance(signal, _MINOR))

    def action(self, action: act.LineAction) -> Said | None:
        """What is asked of a line; None as above."""
        if isinstance(action, _SILENT) or (isinstance(action, _GROUND) and not self._ground):
            return None
        if isinstance(action, act.SendBits):
            return Said(self.bits(action.channel, action.bits, True))
        if isinstance(action, act.SendSignal):
            text = self.digit(action.channel, action.kind, action.digit)
            return Said(text or action.text)
        if isinstance(action, act.SendFsk):
            return Said(f"{_caller_id(action.octets)} ({'Bell 202' if action.bell202 else 'V.23'})")
        return Said(action.text, isinstance(action, _MINOR))

    def bits(self, channel: int, bits: int, sent: bool) -> str:
        """ABCD bits and what they say."""
        return f"bits {bits_text(bits)}"

    def digit(self, channel: int, kind: int, digit: str) -> str:
        """A register's signal; "" where there is nothing to add."""
        return ""


def _caller_id(octets: bytes) -> str:
    """A message of caller ID: the number and the name in it."""
    message = callerid.decode(octets)
    if isinstance(message, callerid.CallerIdFault):
        return f"FSK {octets.hex(' ')}"
    if message.waiting is not None:
        return f"message waiting {'on' if message.waiting else 'off'}"
    who = message.number or {"P": "withheld"}.get(message.number_absent, "not available")
    return f"caller ID {who} {message.name}".rstrip()


class EmWords(LineWords):
    """E&M: bit A is the E or the M lead."""

    def __init__(self, config: EmConfig) -> None:
        super().__init__()
        self._idle: Final = config.idle

    def bits(self, channel: int, bits: int, sent: bool) -> str:
        hook = "on-hook" if bits & 8 == self._idle & 8 else "off-hook"
        return f"bits {bits_text(bits)}, {hook}"


class RobbedWords(LineWords):
    """FXS and FXO on bits. ``office``: we stand for the exchange."""

    def __init__(self, codes: RobbedCodes, office: bool, ground: bool) -> None:
        super().__init__(ground)
        self._codes: Final = codes
        self._office: Final = office

    def bits(self, channel: int, bits: int, sent: bool) -> str:
        if sent == self._office:
            feed = self._codes.feed_of(bits)
            said = FEED_NAMES[feed] if feed != NONE else ""
            said = {"normal": "battery", "open": "no battery"}.get(said, said)
        else:
            state = self._codes.station_of(bits)
            said = STATION_NAMES[state] if state != NONE else ""
        return f"bits {bits_text(bits)}" + (f", {said}" if said else "")


DIGIT: Final = "digit"
CATEGORY: Final = "category"
CALLER: Final = "caller's number"
PURPOSE: Final = "purpose"

_ASKS: Final = {
    n.CATEGORY: CATEGORY,
    n.NEXT_ANI: CALLER,
    n.FIRST_ANI: CALLER,
    n.COMPLETE: PURPOSE,
}
"""What the next forward signal is, by what was asked; digits of the number otherwise."""


class _Line:
    """What is known of one R2 line. ``ours``: we seized it, None: nobody did."""

    def __init__(self, ours: bool | None = None) -> None:
        self.ours = ours
        self.answered = False
        self.acknowledged = False
        self.group = "A"
        self.asked = DIGIT


class R2Words(LineWords):
    """R2: line signals by their names, register signals as I-5, A-1, KA-3."""

    follows = True

    def __init__(self, config: R2Config) -> None:
        super().__init__()
        self._rows: Final = config.rows
        china = config.variant.name == "cn"
        self._names: Final = ("KA", "KD") if china else ("II", "II")
        self._lines: Final = {channel: _Line() for channel in config.channels}

    def _is(self, bits: int, name: str) -> bool:
        code = self._rows.line[name]
        return code >= 0 and (bits ^ code) & self._rows.mask == 0

    def bits(self, channel: int, bits: int, sent: bool) -> str:
        said = self._meaning(channel, bits, sent)
        return f"bits {bits_text(bits)}" + (f", {said}" if said else "")

    def _meaning(self, channel: int, bits: int, sent: bool) -> str:
        line = self._lines[channel]
        if line.ours is None:
            if self._is(bits, "seize"):
                self._lines[channel] = _Line(sent)
                return "seizure"
            return next((w for w in ("idle", "blocked") if self._is(bits, w)), "")
        if line.ours == sent:
            if self._is(bits, "clear_forward"):
                line.ours = None
                return "clear-forward"
            return "seizure" if self._is(bits, "seize") else ""
        if self._is(bits, "answer"):
            line.answered = True
            return "answer"
        if not line.acknowledged and self._is(bits, "seize_ack"):
            line.acknowledged = True
            return "seizure acknowledged"
        for name, words in (
            ("clear_back", "clear-back"),
            ("forced_release", "forced release"),
            ("accept", "called line free"),
            ("idle", "idle"),
        ):
            if self._is(bits, name) and (line.answered or name != "clear_back"):
                return words
        return ""

    def digit(self, channel: int, kind: int, digit: str) -> str:
        number = n.DIGITS.find(digit)
        if kind == R2_FORWARD:
            return f"forward {self._forward(self._lines[channel], number)}"
        if kind == R2_BACKWARD:
            return f"backward {self._backward(self._lines[channel], number)}"
        return ""

    def _forward(self, line: _Line, number: int) -> str:
        rows = self._rows
        if line.asked in (CATEGORY, PURPOSE):
            group = self._names[line.asked == PURPOSE]
            return f"{group}-{number} {line.asked if group != 'KD' else 'purpose of the call'}"
        if line.asked == CALLER:
            if number not in (rows.ani_end, rows.ani_restricted):
                return f"I-{number} caller's digit"
            if rows.ani_returns:
                line.group = "A"
            ends = number == rows.ani_end
            return f"I-{number} " + ("end of the caller" if ends else "caller withheld")
        if number == rows.dnis_end:
            return f"I-{number} end of the number"
        return f"I-{number}" + (" digit 0" if number == 10 else "")

    def _backward(self, line: _Line, number: int) -> str:
        rows = self._rows
        table = {"A": rows.a, "C": rows.ani, "B": rows.b}[line.group]
        meaning = table.get(number, 0)
        shown = "B" if line.group == "B" else "A"
        if line.group != "B":
            line.asked = _ASKS.get(meaning, DIGIT)
            if line.asked == PURPOSE:
                line.group = "B"
            elif line.asked != DIGIT:
                line.group = "C"
        name = n.MEANING_NAMES.get(meaning, "means nothing here").replace("_", " ")
        return f"{shown}-{number} {_WORDS.get(meaning, name)}"


_WORDS: Final = {
    n.NEXT_DIGIT: "next digit",
    n.N_MINUS_1: "n-1 again",
    n.N_MINUS_2: "n-2 again",
    n.N_MINUS_3: "n-3 again",
    n.FIRST_DIGIT: "from the first digit",
    n.COMPLETE: "number complete",
    n.SPEECH: "number complete, speech",
    n.CATEGORY: "send the category",
    n.NEXT_ANI: "caller's next digit",
    n.FIRST_ANI: "caller's first digit",
    n.FREE_CHARGE: "free, charge",
    n.FREE_NO_CHARGE: "free, no charge",
    n.FREE_OTHER: "free, own rules",
}


def words_of(config: object, ground: bool, codes: RobbedCodes | None, office: bool) -> LineWords:
    """The words of a trunk; ``config``: of its engine. ``codes``: of FXS and FXO on bits."""
    if isinstance(config, R2Config):
        return R2Words(config)
    if isinstance(config, EmConfig):
        return EmWords(config)
    if codes is not None:
        return RobbedWords(codes, office, ground)
    return LineWords(ground)
