"""Training of an exchange line: which of the board's impedances sends the least of our own voice
back.

The line is seized, its dial tone broken by one digit, and while the exchange waits for the next one
a short test sound is sent with each impedance row; what the level meter shows then is its echo. The
quiet before and behind must be quiet, else the exchange said something between. Procedure and test
sound are ours; the measure is the echo return loss of G.122 with four frequencies of equal weight.
"""

from __future__ import annotations

from typing import Final

from ..line_actions import (
    MeasureLevel,
    OpenSpeech,
    SendDigits,
    SendPulses,
    SendSteps,
    SetImpedance,
)
from ..line_names import DTMF, LISTEN_LEVEL, LISTEN_PROGRESS
from ..line_signals import LevelMeasured, SendingEnded
from . import fxo_states as s
from .fxo_line import Line
from .fxo_training import Training

_MS: Final = 1_000_000
LONGEST: Final = 30_000 * _MS
"""Of the whole training."""
SETTLE: Final = 50 * _MS
"""From a new impedance to the sound."""
SOUND_MS: Final = 200
HEARD: Final = 160 * _MS
"""From the sound's beginning to the reading: the meter's 32 ms are full of it then."""
HUSH: Final = 150 * _MS
"""Between two looks at a line that is to be quiet, and before the first."""
LOOKS: Final = 8
QUIET: Final = -42.0
"""dBm0: so much noise spoils no measurement worth having."""
LOUD: Final = -16.0
"""dBm0 of each frequency."""
SENT: Final = -10.0
"""dBm0 of the four together."""
STEPS: Final = ((((530.0, 1010.0, 1790.0, 2890.0), SOUND_MS, LOUD)),)
"""Of no exchange's tones or digits, over the voice band."""
ALIKE: Final = 0.05
"""dB: ports whose rows differ less have no impedances to choose from."""


def train(line: Line, arg: object, now: int) -> None:
    """Off hook, for dial tone."""
    line.stop_all()
    line.watch.reset()
    line.training = Training()
    line.items.clear()
    line.base = line.polarity
    line.settled = now + line.core.ns["answer_settle"]
    line.do(OpenSpeech(line.channel, False))
    line.set_loop(True)
    line.state = s.TRAIN_SEIZED
    line.listen(LISTEN_PROGRESS | LISTEN_LEVEL)
    line.layer(False)
    line.start(s.T_LIMIT, now, LONGEST)
    line.start(s.T_STEP, now, line.core.ns["dial_tone_wait"])
    line.show()


def failed(line: Line, why: str, now: int) -> None:
    """The impedance stays as it was."""
    line.report("training failed", why)
    line.hang_up(now)


def seized_tone(line: Line, arg: object, now: int) -> None:
    """Dial tone, or another one in its place."""
    assert isinstance(arg, str)
    if arg not in ("dial", "special-dial", "recall-dial"):
        failed(line, f"{arg} tone instead of dial tone", now)
        return
    config, tag = line.config, line.next_tag()
    line.state = s.TRAINING
    line.stop(s.T_STEP)
    if config.pulse:
        line.do(
            SendPulses(
                *(line.channel, config.train_digit, config.pulse_rate, config.pulse_break),
                *(config.pulse_pause, tag),
            )
        )
    else:
        line.do(
            SendDigits(
                *(line.channel, DTMF, config.train_digit, config.digit_on, config.digit_off),
                *(config.digit_level, tag),
            )
        )


def no_dial_tone(line: Line, arg: object, now: int) -> None:
    failed(line, "no dial tone", now)


def too_long(line: Line, arg: object, now: int) -> None:
    failed(line, "it took too long", now)


def ended(line: Line, arg: object, now: int) -> None:
    """The digit is sent, or the test sound."""
    assert isinstance(arg, SendingEnded) and line.training is not None
    if arg.tag != line.tag:
        return
    if line.training.row < 0:
        line.start(s.T_STEP, now, HUSH)
    elif not line.training.sounding:
        next_row(line, now)
    else:
        failed(line, "the test sound was cut short", now)


def next_row(line: Line, now: int) -> None:
    training = line.training
    assert training is not None
    training.row += 1
    training.sounding = False
    if training.row < len(training.rows):
        line.do(SetImpedance(line.channel, training.rows[training.row]))
        line.start(s.T_STEP, now, SETTLE)
    else:
        line.start(s.T_STEP, now, HUSH)


def step(line: Line, arg: object, now: int) -> None:
    """Time to look, to send the test sound, or to measure it."""
    training = line.training
    assert training is not None
    among = 0 <= training.row < len(training.rows)
    if among and not training.sounding:
        training.sounding = True
        line.do(SendSteps(line.channel, STEPS, line.next_tag()))
        line.start(s.T_STEP, now, HEARD)
        return
    line.do(MeasureLevel(line.channel, line.tag))


def measured(line: Line, arg: object, now: int) -> None:
    """The echo's level, or that of the quiet."""
    training = line.training
    assert isinstance(arg, LevelMeasured) and training is not None
    if 0 <= training.row < len(training.rows):
        training.found.append(SENT - arg.level_dbm0)
        training.sounding = False  # the sound's end is what the next row waits for
    elif training.row < 0:
        first_look(line, arg.level_dbm0, now)
    elif arg.level_dbm0 > QUIET:
        failed(line, "the exchange was not quiet to the end", now)
    else:
        judge(line, now)


def first_look(line: Line, level: float, now: int) -> None:
    training = line.training
    assert training is not None
    training.looks += 1
    if level <= QUIET:
        next_row(line, now)
    elif training.looks < LOOKS:
        line.start(s.T_STEP, now, HUSH)
    else:
        failed(line, f"{level:.0f} dBm0 on the line behind the digit", now)


def judge(line: Line, now: int) -> None:
    """The best row is the line's from now on."""
    training = line.training
    assert training is not None
    if max(training.found) - min(training.found) < ALIKE:
        failed(line, "the port's impedance cannot be changed", now)
        return
    best = training.best()
    line.impedance = training.rows[best]
    line.chosen = True
    line.report("trained", f"{line.impedance}, echo return loss {training.found[best]:.0f} dB")
    line.hang_up(now)


# What a line may do meanwhile


def battery_lost(line: Line, arg: object, now: int) -> None:
    line.start(s.T_BATTERY, now, line.core.ns["drop"])


def battery_gone(line: Line, arg: object, now: int) -> None:
    failed(line, "no battery", now)


def other_beside(line: Line, arg: object, now: int) -> None:
    failed(line, "another telephone went off hook", now)


def layer_lost(line: Line, arg: object, now: int) -> None:
    failed(line, "the board is gone", now)
    line.rest(now)
