"""Register signals of E&M trunks: how digits stand for called and calling number.

A *form* is written as words with spaces: ``DNIS`` and ``ANI`` (called and calling number), ``II``
(2 originating line digits), ``CIC`` (carrier, 3 or 4 digits), ``0ZZ`` (3 routing digits), the
marks ``KP ST STP ST2P ST3P`` of R1 multi-frequency, ``*`` and ``#`` of DTMF, digits as they are
to be sent, and ``wink``: there the far end sends a wink. Words of DTMF forms may stand without
spaces: ``*ANI*DNIS*``. A form that ends with DNIS has no end mark: the number is complete by
its length, by time, or when the application says so.
"""

from __future__ import annotations

from typing import Final

from ...errors import ConfigError, LocalError
from ..call import ORDINARY_SUBSCRIBER, TEST_CALL

FORMS: Final[dict[str, tuple[str, str]]] = {
    "dnis": ("DNIS", "T1.405, TIA-464: the number alone"),
    "dnis-mf": ("KP DNIS ST", "GR-506: MF"),
    "ani-dnis": ("* ANI * DNIS *", "vendors: ANI and DNIS by DTMF"),
    "dnis-ani": ("* DNIS * ANI *", "vendors: DNIS and ANI by DTMF"),
    "ani-dnis-mf": ("KP ANI ST KP DNIS ST", "vendors: ANI and DNIS by MF"),
    "fgb": ("KP DNIS ST", "GR-690: feature group B, 950-XXXX or what follows it"),
    "fgb-ani": ("KP DNIS ST wink KP II ANI ST", "GR-690: feature group B, ANI when asked by wink"),
    "fgd": ("KP II ANI ST KP DNIS ST wink", "GR-690: feature group D, acknowledgement wink"),
    "fgd-tandem": (
        "KP 0ZZ CIC ST wink KP II ANI ST KP DNIS ST wink",
        "GR-690: feature group D through an access tandem; each wink is the carrier's",
    ),
    "e911": ("KP DNIS ST wink KP II ANI ST", "GR-350: called 911 (or 1), ANI after the wink"),
}
"""Name: form and its source."""

LITERAL: Final = 0
DNIS: Final = 1
ANI: Final = 2
II: Final = 3
CIC: Final = 4
OZZ: Final = 5
_WORDS: Final = {"DNIS": DNIS, "ANI": ANI, "II": II, "CIC": CIC, "0ZZ": OZZ}
_WIDTH: Final = {DNIS: 32, ANI: 32, II: 2, CIC: 4, OZZ: 3}
MARKS: Final = {"KP": "K", "ST": "S", "STP": "A", "ST2P": "B", "ST3P": "C", "*": "*", "#": "#"}
"""R1 signals in the letters of DigitReceived."""
_ANY_ST: Final = "SABC"

CATEGORY_OF_II: Final = {
    "00": ORDINARY_SUBSCRIBER,
    "07": 0x0F,  # coin line or special treatment
    "27": 0x0F,  # payphone, network controlled
    "29": 0x0F,  # prison or inmate service
    "70": 0x0F,  # private payphone
    "95": TEST_CALL,
}
"""ANI II digits (list of the North American Numbering Plan Administration) to Q.763 3.11."""


class Token:
    """A word of a form: LITERAL with its signal, or a field."""

    def __init__(self, kind: int, signal: str) -> None:
        self.kind: Final = kind
        self.signal: Final = signal


class Form:
    """A form that was read: ``stages`` are the tokens between winks; ``last_wink``: the last stage
    is acknowledged by one too. ``open_ended``: ends with DNIS. ``marks``: not digits alone."""

    def __init__(self, text: str, stages: list[list[Token]], last_wink: bool) -> None:
        self.text: Final = text
        self.stages: Final = stages
        self.last_wink: Final = last_wink
        last = stages[-1][-1]
        self.open_ended: Final[bool] = last.kind == DNIS and not last_wink
        self.marks: Final[bool] = any(
            t.kind == LITERAL and not t.signal.isdigit() for stage in stages for t in stage
        )
        self.plain: Final[bool] = len(stages) == 1 and all(
            t.kind in (LITERAL, DNIS, ANI) for t in stages[0]
        )
        """DNIS and ANI are all there is to tell."""


def read_form(text: str, dtmf: bool) -> Form:
    """The form of a name in FORMS, or written out; ConfigError says what is wrong."""
    written = FORMS[text][0] if text in FORMS else text
    if dtmf and " " not in written.strip():
        for mark in "*#":
            written = written.replace(mark, f" {mark} ")
    stages: list[list[Token]] = [[]]
    for word in written.split():
        if word == "wink":
            if not stages[-1]:
                raise ConfigError(f"address {text!r}: nothing is sent before 'wink'; leave it out")
            stages.append([])
        else:
            stages[-1].append(_token(text, word, dtmf))
    last_wink = not stages[-1] and len(stages) > 1
    if last_wink:
        stages.pop()
    _check(text, stages)
    return Form(written, stages, last_wink)


def _token(text: str, word: str, dtmf: bool) -> Token:
    if word in _WORDS:
        return Token(_WORDS[word], "")
    if word in MARKS:
        if dtmf != (word in "*#"):
            raise ConfigError(
                f"address {text!r}: {word} is no signal of {'DTMF' if dtmf else 'R1 MF'}; "
                f"give {'* or #' if dtmf else 'KP or ST'}, or another register"
            )
        return Token(LITERAL, MARKS[word])
    if word.isdigit() and len(word) == 1:
        return Token(LITERAL, word)
    known = ", ".join([*_WORDS, *MARKS, "wink"])
    raise ConfigError(f"address {text!r}: {word!r} is not known; give {known} or a digit")


def _check(text: str, stages: list[list[Token]]) -> None:
    """There is a called number, and where each field ends can be told."""
    fields = [t.kind for stage in stages for t in stage if t.kind]
    if DNIS not in fields:
        raise ConfigError(f"address {text!r} has no DNIS, the called number; add it")
    if len(fields) != len(set(fields)):
        raise ConfigError(f"address {text!r} has a field twice; give each once")
    for n, stage in enumerate(stages):
        for token, after in zip(stage, [*stage[1:], None], strict=True):
            if not token.kind or (
                after is not None and not after.kind and not after.signal.isdigit()
            ):
                continue
            last = n == len(stages) - 1 and after is None and token.kind == DNIS
            if not last and token.kind not in (II, OZZ):
                raise ConfigError(
                    f"address {text!r}: nothing tells where a field ends; put a mark behind it"
                )


def ii_digits(key: str, value: str, low: int, high: int) -> str:
    """A setting of digits, or ConfigError."""
    if not value.isascii() or not value.isdigit() or not low <= len(value) <= high:
        count = str(low) if low == high else f"{low} or {high}"
        raise ConfigError(f"{key} is {value!r}; give {count} digits")
    return value


class Fields:
    """What the fields of a form hold; by the numbers DNIS to OZZ."""

    def __init__(self, dnis: str = "", ani: str = "", ii: str = "", cic: str = "", ozz: str = ""):
        self.value: Final[list[str]] = ["", dnis, ani, ii, cic, ozz]


def stage_signals(form: Form, stage: int, fields: Fields) -> str:
    """What a stage sends, in the letters of DigitReceived; LocalError if a number has no digits
    that the form can carry."""
    out = ""
    for token in form.stages[stage]:
        value = fields.value[token.kind] if token.kind else token.signal
        if token.kind and value and not value.isdigit():
            raise LocalError(f"{value!r} cannot be sent as digits 0 to 9 on this trunk")
        out += value
    return out


MORE: Final = 0
DONE: Final = 1
WRONG: Final = 2


class Reader:
    """Reads register signals by a form, one at a time. ``fields`` as far as they came."""

    def __init__(self, form: Form, digits: int) -> None:
        self.form: Final = form
        self.digits: Final = digits
        """Length of a number without end mark, 0: not known."""
        self.fields: Final = Fields()
        self.stage: int = 0
        self.at: int = 0
        self.raw: str = ""

    def receive(self, signal: str) -> int:
        """MORE, DONE (the stage is complete) or WRONG (the signal has no place here: ignored)."""
        stage = self.form.stages[self.stage]
        if self.at >= len(stage):
            return WRONG
        at = self.at
        token = stage[at]
        if token.kind:
            value = self.fields.value[token.kind]
            if signal.isdigit() and len(value) < _WIDTH[token.kind]:
                self.fields.value[token.kind] = value + signal
                self.raw += signal
                return self._after_digit(token)
            while at < len(stage) and stage[at].kind:
                at += 1
            if at >= len(stage):
                return WRONG
            token = stage[at]
        if not matches(token.signal, signal):
            return WRONG
        self.raw += signal
        self.at = at + 1
        return DONE if self.at == len(stage) else MORE

    def _after_digit(self, token: Token) -> int:
        stage = self.form.stages[self.stage]
        value = self.fields.value[token.kind]
        full = len(value) == _WIDTH[token.kind]
        last = self.at == len(stage) - 1
        if last and self.form.open_ended and self.stage == len(self.form.stages) - 1:
            return DONE if full or (self.digits and len(value) >= self.digits) else MORE
        if full and (token.kind == II or token.kind == OZZ):
            self.at += 1
            return DONE if last else MORE
        return MORE

    def next_stage(self) -> bool:
        """Go on with the stage behind the wink; False: there is none."""
        if self.stage + 1 >= len(self.form.stages):
            return False
        self.stage += 1
        self.at = 0
        return True

    @property
    def can_end(self) -> bool:
        """A number without end mark is being read: time may end it."""
        return (
            self.form.open_ended
            and self.stage == len(self.form.stages) - 1
            and self.at == len(self.form.stages[self.stage]) - 1
        )


def matches(wanted: str, signal: str) -> bool:
    """ST of a form stands for any of ST, ST', ST'' and ST'''."""
    return signal == wanted or (wanted == "S" and signal in _ANY_ST)
