"""National variants of R2, as rows: signals, line codes, categories and times, each with source.

``itu`` is Q.421 and Q.441; the others are what differs from it. The national specifications are not
to be had; what is known of them is named in ``source``: "openr2" are the values that openr2 1.3.3
works with, "GF 002-9002" China's specification, from memory of what Chinese textbooks say of it
(the text could not be read here), as ``itu`` is from memory of the Blue Book. Everything here can
be changed by R2Config's ``overrides``.
"""

from __future__ import annotations

from typing import Final

from . import r2_names as n

_ITU_A: Final = {
    1: n.NEXT_DIGIT,
    2: n.N_MINUS_1,
    3: n.COMPLETE,
    4: n.CONGESTION,
    5: n.CATEGORY,
    6: n.SPEECH,
    7: n.N_MINUS_2,
    8: n.N_MINUS_3,
    11: n.COUNTRY,
    12: n.LANGUAGE,
    13: n.CIRCUIT,
    14: n.ECHO,
    15: n.INTERNATIONAL_CONGESTION,
}
_ITU_B: Final = {
    2: n.SPECIAL_TONE,
    3: n.BUSY,
    4: n.B_CONGESTION,
    5: n.B_NOT_ALLOCATED,
    6: n.FREE_CHARGE,
    7: n.FREE_NO_CHARGE,
    8: n.OUT_OF_ORDER,
}
_ITU_CATEGORY: Final = {
    1: n.ORDINARY,
    2: n.PRIORITY,
    3: n.TEST,
    5: n.OPERATOR,
    6: n.DATA,
    7: n.ORDINARY,
    8: n.DATA,
    9: n.PRIORITY,
    10: n.OPERATOR,
}

LINE_ITU: Final = {
    "idle": "1001",
    "seize": "0001",
    "seize_ack": "1101",
    "answer": "0101",
    "clear_back": "1101",
    "clear_forward": "1001",
    "blocked": "1101",
    "forced_release": "0001",
    "accept": "",
    "metering": "1101",
}
"""ABCD of each line signal (Table 3/Q.421), "" for one that is not used. ``idle`` is the backward
idle and release; ``clear_forward`` the forward idle. ``accept``: the called line is free, said by
bits where no MF signals say it (DTMF and decadic registers). ``metering``: of a pulse."""
LINE_NAMES: Final = tuple(LINE_ITU)


class Variant:
    """A network's R2.

    ``a``, ``ani``, ``b``: signal to meaning of backward groups A, the one in force while the
    caller is identified (group C of Mexico; elsewhere mostly A), and B. ``category``: forward
    signal that answers CATEGORY to the category of Q.763 3.11; of several for one category the
    first is sent. ``purpose``: the same for the signal that answers COMPLETE (China's KD; else
    group II again). ``dnis_end``: group I signal "no more digits", 0 none. ``ani_end``,
    ``ani_restricted``: "no more", and "not to be shown or not known". ``ani_returns``: when the
    caller's number has ended, group A is in force again without being asked for (China).
    ``ani_when``: when we ask for it: "none", "before", "during", "after". ``line``: ABCD codes by
    name; ``mask``: the bits that are looked at. ``timers``: ms by name. ``source``: where from.
    """

    def __init__(
        self,
        name: str,
        text: str,
        source: str,
        a: dict[int, int],
        ani: dict[int, int],
        b: dict[int, int],
        category: dict[int, int],
        purpose: dict[int, int],
        dnis_end: int = 15,
        ani_end: int = 15,
        ani_restricted: int = 12,
        ani_returns: bool = False,
        ani_when: str = "after",
        line: dict[str, str] | None = None,
        mask: str = "1100",
        timers: dict[str, int] | None = None,
    ) -> None:
        self.name: Final = name
        self.text: Final = text
        self.source: Final = source
        self.a: Final = a
        self.ani: Final = ani
        self.b: Final = b
        self.category: Final = category
        self.purpose: Final = purpose
        self.dnis_end: Final = dnis_end
        self.ani_end: Final = ani_end
        self.ani_restricted: Final = ani_restricted
        self.ani_returns: Final = ani_returns
        self.ani_when: Final = ani_when
        self.line: Final[dict[str, str]] = LINE_ITU | (line or {})
        self.mask: Final = mask
        self.timers: Final[dict[str, int]] = timers or {}


def _but(row: dict[int, int], changes: dict[int, int]) -> dict[int, int]:
    """The row with these changes; 0 takes a signal out."""
    return {signal: meaning for signal, meaning in (row | changes).items() if meaning}


_ITU_ANI: Final = _but(_ITU_A, {5: n.NEXT_ANI})
_NO_GROUP_A_FREE: Final = {6: 0}

_ITU: Final = Variant(
    "itu",
    "Q.400 to Q.490",
    "Table 3/Q.421 as HP's MSR voice guide quotes it; Tables 6 to 9/Q.441 as Unify's OpenScape and "
    "Intel's voice API guides do; the caller's number by repeated A-5 as most countries do "
    "(Q.441 leaves it to national use), I-12 where it is withheld: openr2",
    _ITU_A,
    _ITU_ANI,
    _ITU_B,
    _ITU_CATEGORY,
    _ITU_CATEGORY,
)


def _china() -> Variant:
    a = {
        1: n.NEXT_DIGIT,
        2: n.FIRST_DIGIT,
        3: n.COMPLETE,
        4: n.CONGESTION,
        5: n.NOT_ALLOCATED,
        6: n.CATEGORY,
    }
    return Variant(
        "cn",
        "China No. 1",
        "GF 002-9002, from memory: A1 next digit, A2 from the first digit (openr2: n-1), A3 to "
        "group B, A4 congestion, A5 vacant number, A6 KA and caller's number, digits by A1 up to "
        "signal 15; KD 3 local, 2 toll, 6 test call; KB of local calls: 1 free, 2 busy, "
        "4 congestion, 5 vacant, 6 free with release by the caller. Bits C and D are 1: openr2",
        a,
        _but(a, {1: n.NEXT_ANI, 6: 0, 2: n.FIRST_ANI}),
        {
            1: n.FREE_CHARGE,
            2: n.BUSY,
            3: n.LONG_BUSY,
            4: n.B_CONGESTION,
            5: n.B_NOT_ALLOCATED,
            6: n.FREE_OTHER,
        },
        # KA: 1 to 3 charged periodically, at once, with a printer; 4, 8, 10 priority; 5 free
        {
            1: n.ORDINARY,
            2: n.ORDINARY,
            3: n.ORDINARY,
            4: n.PRIORITY,
            5: n.ORDINARY,
            8: n.PRIORITY,
            10: n.PRIORITY,
        },
        # KD: 1, 5 operators, 2 toll, 3 local, 4 fax and data, 6 test
        {
            3: n.ORDINARY,
            1: n.OPERATOR,
            2: n.ORDINARY,
            4: n.DATA,
            5: n.OPERATOR,
            6: n.TEST,
        },
        dnis_end=0,
        ani_returns=True,
        line={
            "idle": "1011",
            "seize": "0011",
            "seize_ack": "1111",
            "answer": "0111",
            "clear_back": "1111",
            "clear_forward": "1011",
            "blocked": "1111",
            "forced_release": "0011",
            "metering": "1111",
        },
    )


def _mexico() -> Variant:
    return Variant(
        "mx",
        "Mexico (Telmex)",
        "openr2: A-6 category and change to group C, C-1 next ANI digit, C-3 to group II and B, "
        "C-5 next digit and back to group A; B-1 free, B-2 busy or vacant, B-5 free without "
        "charge, B-8 out of order; no end of number. C-4 congestion is ours, by A-4",
        _but(_ITU_A, {5: 0, 6: n.CATEGORY}),
        {1: n.NEXT_ANI, 3: n.COMPLETE, 4: n.CONGESTION, 5: n.NEXT_DIGIT},
        {
            1: n.FREE_CHARGE,
            2: n.BUSY,
            4: n.B_CONGESTION,
            5: n.FREE_NO_CHARGE,
            8: n.OUT_OF_ORDER,
        },
        _ITU_CATEGORY,
        _ITU_CATEGORY,
        dnis_end=0,
    )


def _brazil() -> Variant:
    a = _but(_ITU_A, _NO_GROUP_A_FREE | {2: 0, 9: n.N_MINUS_1})
    category = {1: n.ORDINARY, 2: n.PRIORITY, 3: n.TEST, 4: n.PAYPHONE, 5: n.OPERATOR, 6: n.DATA}
    category |= {7: n.PAYPHONE, 8: n.COLLECT}
    return Variant(
        "br",
        "Brazil (MFC 5C)",
        "openr2: A-9 n-1, A-5 category and ANI, I-12 withheld; B-1 free, B-2 busy, B-3 changed, "
        "B-4 congestion, B-5 free without charge, B-6 free, called party's release, B-7 vacant "
        "and collect call refused, B-8 out of order; II-8 collect call; double answer. II-4 and "
        "II-7 payphones are from memory",
        a,
        _but(a, {5: n.NEXT_ANI}),
        {
            1: n.FREE_CHARGE,
            2: n.BUSY,
            3: n.CHANGED,
            4: n.B_CONGESTION,
            5: n.FREE_NO_CHARGE,
            6: n.FREE_OTHER,
            7: n.B_NOT_ALLOCATED,
            8: n.OUT_OF_ORDER,
        },
        category,
        category,
        dnis_end=0,
    )


def _others() -> tuple[Variant, ...]:
    a_as_china = _but(_ITU_A, {5: 0, 6: n.CATEGORY})
    by_a1 = _but(a_as_china, {1: n.NEXT_ANI, 6: 0})
    ve = _but(_ITU_A, {9: n.NEXT_ANI, 5: 0})
    return (
        Variant(
            "ar",
            "Argentina",
            "openr2: I-15 withheld, I-12 end of ANI, no end of number; clear-back shorter than "
            "400 ms is a metering pulse",
            _ITU_A,
            _ITU_ANI,
            _ITU_B,
            _ITU_CATEGORY,
            _ITU_CATEGORY,
            dnis_end=0,
            ani_end=12,
            ani_restricted=15,
            timers={"TMETER": 400},
        ),
        Variant(
            "co",
            "Colombia",
            "openr2: A-6 category, then A-1 ANI digits; B-1 free, B-2 busy, B-5 free without "
            "charge, B-6 vacant. That A-1 asks for called digits again once the caller's have "
            "ended is taken from China",
            a_as_china,
            by_a1,
            _but(
                _ITU_B,
                {
                    1: n.FREE_CHARGE,
                    2: n.BUSY,
                    3: 0,
                    5: n.FREE_NO_CHARGE,
                    6: n.B_NOT_ALLOCATED,
                    7: 0,
                },
            ),
            _ITU_CATEGORY,
            _ITU_CATEGORY,
            ani_returns=True,
        ),
        Variant(
            "ve",
            "Venezuela",
            "openr2: A-5 category, A-9 next ANI digit, no end of number",
            _ITU_A,
            ve,
            _ITU_B,
            _ITU_CATEGORY,
            _ITU_CATEGORY,
            dnis_end=0,
        ),
        _plain("cz", "Czech Republic", "openr2: as the ITU's"),
        _plain("ec", "Ecuador", "openr2: as the ITU's"),
        _plain("ph", "Philippines", "openr2: as the ITU's"),
        _asia("id", "Indonesia"),
        _asia("my", "Malaysia"),
        _asia("th", "Thailand", "11"),
    )


def _plain(name: str, text: str, source: str) -> Variant:
    return Variant(name, text, source, _ITU_A, _ITU_ANI, _ITU_B, _ITU_CATEGORY, _ITU_CATEGORY)


def _asia(name: str, text: str, cd: str = "01") -> Variant:
    a = _but(_ITU_A, {5: 0, 6: n.CATEGORY})
    return Variant(
        name,
        text,
        "memory of vendors' guides: A-6 asks for category and then for each digit of the caller; "
        "no text could be found that says so; compare with the exchange before use. Thailand has 1 "
        "in bits C and D: libmfcr2's guide",
        a,
        _but(a, {6: n.NEXT_ANI}),
        _ITU_B,
        _ITU_CATEGORY,
        _ITU_CATEGORY,
        line={key: code[:2] + cd for key, code in LINE_ITU.items() if code},
    )


VARIANTS: Final = {v.name: v for v in (_ITU, _china(), _mexico(), _brazil(), *_others())}
