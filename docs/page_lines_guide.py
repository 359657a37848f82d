"""The technician's part of docs/lines.md: what to look at, by what goes wrong."""

from __future__ import annotations

from typing import Final

from page_tools import table

HANG_UP: Final = (
    (
        "`battery absent`, short, at the end of calls",
        "the exchange drops battery (kewl start)",
        "nothing: `drop` in `supervision`; shorter than 250 ms: `drop = 150`",
    ),
    (
        "`battery reversed` at the answer, back at the end",
        "reversal",
        "nothing: `reversal` is on",
    ),
    (
        "a tone, `450 Hz, -18 dBm0`, again and again, and the call stays",
        "a tone that is not the country's",
        "learn it, below",
    ),
    (
        "nothing at all",
        "the exchange tells nothing",
        '`silence = "60s"`, `limit = "2h"`; ask the exchange for reversal',
    ),
    (
        "telephone (FXS): `off hook`, `parked`",
        "it lies beside its cradle",
        "the line comes back by itself when it is hung up; `trunkd line test phones/1`",
    ),
)

REGISTER: Final = (
    (
        "`bits 0011, seizure`, no acknowledgement",
        "the far end does not serve this line",
        "`trunkd cas bits SPAN`: does it show blocked? wrong span, or channel",
    ),
    (
        "`forward I-…`, no `backward`",
        "it does not hear us, or wants no more digits",
        "span `law`, level; `dnis_max` of the far end",
    ),
    (
        "`backward A-1 next digit` from us, nothing behind",
        "their number is shorter than `dnis_max`",
        "`dnis_max`, or 0",
    ),
    (
        "`backward A-… means nothing here`",
        "a signal that the variant has not",
        "another `variant`, or one row in `[trunk.r2.overrides]`",
    ),
    (
        "`A-3 number complete`, then `B-…` and Failed",
        "the far end refused: busy, no such number",
        "its cause is in the event",
    ),
    (
        "bits with no word behind them",
        "codes that the variant has not",
        '`"line.mask"`, `"line.answer"` … in `overrides`',
    ),
)

GUIDE: Final = """\
## What to look at

```sh
trunkd lines                          # every line: what we send, what it shows, what it does
trunkd line show office/5             # one line: voltage, loop current, what it listens for
trunkd trace --trunk office --ladder  # every signal, as it comes
trunkd events                         # calls, caller ID, lines that are cut, glare
```

A line in words: `phones/1` is channel 1 of trunk `phones`. **we send**: ABCD bits; of an FXS port
what it feeds (`battery`, `reversed`, `ringing`, `no battery`); of an FXO port `on hook` or
`off hook`. **it shows**: the far end's bits; of an FXS port whether the telephone is off hook; of
an FXO port the exchange's battery.

### A line never hangs up

FXO has no message for it: the far end's hang-up must be seen or heard. `ConnectionCleared` says by
`how` what told it, and `trunkd_line_supervision_total` counts it. Look at a call whose far end has
hung up:

```sh
trunkd line show office/5
trunkd trace --trunk office
```

{hang_up}

```sh
trunkd line learn-tone office/5 --seconds 10
```

prints the tone for `[trunk.fxo.learned]`: call somebody, let them hang up, and run it while the
tone sounds.

R2: a far end that hangs up clears back (`clear-back` in the trace, `Notified` for the application),
and may come back. The call stays until the application clears it, or T2CB is over (60 s); with
`T2CB = "0s"` in `[trunk.r2.timers]` a clear-back ends it at once.

### Caller ID does not show

```text
08:50:18.456 lab/1/1 phones > caller ID 13901234567 (Bell 202)
08:50:19.007 lab/1/5 office < caller 13901234567 (bell202-mdmf)
```

No `< caller` line, and the ringing is there: either nothing was sent (ask the exchange: is the
service on?), or it comes another way. `fxo_caller_id_faults` in
[metrics](metrics.md#counters-of-lines) grows: it comes damaged; look at the level and at noise.
`trunkd line show office/5` must list `DTMF` and `V.23` under **listens** while the line is idle
(`listen = "all"`). Calls that are answered before the second ring have none where it is sent
between the rings: answer later. R2: `ani = "during"`, and in the trace `A-6 send the category`,
then `I-… caller's digit`: a far end that answers `I-12 caller withheld` gives no number.

### Echo on an exchange line

An exchange line returns the more of what is sent to it the less the port's impedance fits it.

```sh
trunkd line train office/5
```

seizes the idle line, breaks its dial tone with one digit (`train_digit`), sends a short sound with
each impedance that the board has, and keeps the one with the least echo; it prints the line for
`[trunk.fxo]`. Some five seconds, and the exchange must be quiet behind the digit. Less than 15 dB
of echo return loss is a line to be looked at; what is left is work for an echo canceller
(`echo_ms`, see [echo](echo.md)).

### False answers

`Established` says by `how` what told it: `reversal` is sure, `tone` and `time` are guesses. A
card that answers at once on every call has `answer = ["time"]`, or hears its own echo; set
`answer = ["reversal"]` if the trace shows `battery reversed` when somebody answers. Without
reversal [call progress analysis](call-analysis.md) says more than any line can.

### A call stops in the R2 register

```sh
trunkd r2 calls
trunkd trace --trunk exchange --ladder
```

The last lines of the ladder say who was silent:

{register}

### Glare: both ends take the line at once

`LineChanged … glare`, or the counter `glare`. Let the ends choose from opposite sides: R2
`hunting = "ascending"` here and `"descending"` there; E&M one end `glare = "hold"`, the other
`"yield"`. FXO: a ring that comes as we seize is taken as a call (`glare = "incoming"`); with ground
start it cannot happen.

### Is it the line or the card?

```sh
trunkd line test phones/1
trunkd line ring phones/1 --seconds 4
trunkd line block office/5
```

```text
phones/1 good: 48.0 V, 0.01 mA, 0.0 V foreign, ringing 71.1 V 25.0 Hz, REN 0.77
```

REN below 0.2: no telephone is there; foreign voltage above a few volts: the pair touches another.

"""


def text() -> str:
    """The guide."""
    return GUIDE.format(
        hang_up=table(("you see", "it means", "do"), HANG_UP).rstrip("\n"),
        register=table(("the last line", "it means", "do"), REGISTER).rstrip("\n"),
    )
