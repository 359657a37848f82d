"""Meanings of R2's interregister signals, and what they are in the words of a call.

Signals are numbered 1 to 15 as in Q.441; what each means is a row of a variant (r2_variants.py).
"""

from __future__ import annotations

from typing import Final

# Backward, groups A and C: what the outgoing register is to do next (Q.441 4.2.3.1)
NEXT_DIGIT: Final = 1
N_MINUS_1: Final = 2
N_MINUS_2: Final = 3
N_MINUS_3: Final = 4
FIRST_DIGIT: Final = 5
COMPLETE: Final = 6
"""Address complete, change over to group B (A-3)."""
CONGESTION: Final = 7
CATEGORY: Final = 8
SPEECH: Final = 9
"""Address complete, charge, set up speech conditions (A-6): no group B."""
NEXT_ANI: Final = 10
FIRST_ANI: Final = 11
NOT_ALLOCATED: Final = 12
COUNTRY: Final = 13
LANGUAGE: Final = 14
CIRCUIT: Final = 15
ECHO: Final = 16
INTERNATIONAL_CONGESTION: Final = 17
# Backward, group B: the called line (Q.441 4.2.3.2)
FREE_CHARGE: Final = 20
FREE_NO_CHARGE: Final = 21
FREE_OTHER: Final = 22
"""Free, with another way of release or charging (China KB6, Brazil's B-6 …)."""
BUSY: Final = 23
LONG_BUSY: Final = 24
B_CONGESTION: Final = 25
B_NOT_ALLOCATED: Final = 26
OUT_OF_ORDER: Final = 27
SPECIAL_TONE: Final = 28
CHANGED: Final = 29
REJECTED: Final = 30
REJECT_COLLECT: Final = 31

MEANINGS: Final = {
    "next_digit": NEXT_DIGIT,
    "n_minus_1": N_MINUS_1,
    "n_minus_2": N_MINUS_2,
    "n_minus_3": N_MINUS_3,
    "first_digit": FIRST_DIGIT,
    "complete": COMPLETE,
    "congestion": CONGESTION,
    "category": CATEGORY,
    "speech": SPEECH,
    "next_ani": NEXT_ANI,
    "first_ani": FIRST_ANI,
    "not_allocated": NOT_ALLOCATED,
    "country": COUNTRY,
    "language": LANGUAGE,
    "circuit": CIRCUIT,
    "echo": ECHO,
    "international_congestion": INTERNATIONAL_CONGESTION,
}
"""Of groups A and C, by the names that a config has."""
B_MEANINGS: Final = {
    "free_charge": FREE_CHARGE,
    "free_no_charge": FREE_NO_CHARGE,
    "free_other": FREE_OTHER,
    "busy": BUSY,
    "long_busy": LONG_BUSY,
    "congestion": B_CONGESTION,
    "not_allocated": B_NOT_ALLOCATED,
    "out_of_order": OUT_OF_ORDER,
    "special_tone": SPECIAL_TONE,
    "changed": CHANGED,
    "rejected": REJECTED,
    "reject_collect": REJECT_COLLECT,
}
"""Of group B."""
FREE: Final = frozenset((FREE_CHARGE, FREE_NO_CHARGE, FREE_OTHER, SPEECH))
"""The called line is free."""
MEANING_NAMES: Final = {v: k for k, v in MEANINGS.items()} | {v: k for k, v in B_MEANINGS.items()}

CAUSE_OF: Final = {
    CONGESTION: 42,
    INTERNATIONAL_CONGESTION: 42,
    NOT_ALLOCATED: 1,
    BUSY: 17,
    LONG_BUSY: 17,
    B_CONGESTION: 42,
    B_NOT_ALLOCATED: 1,
    OUT_OF_ORDER: 27,
    SPECIAL_TONE: 31,
    CHANGED: 22,
    REJECTED: 21,
    REJECT_COLLECT: 29,
}
"""Q.850 cause of a meaning that ends the call. After Q.616, which pairs R2 with ISUP; Q.616's text
could not be read, so the pairs follow the meanings."""

_UNALLOCATED: Final = (B_NOT_ALLOCATED, SPECIAL_TONE, BUSY)
_CONGESTED: Final = (B_CONGESTION, BUSY)
MEANINGS_OF_CAUSE: Final = {
    1: _UNALLOCATED,
    2: _UNALLOCATED,
    3: _UNALLOCATED,
    17: (BUSY, LONG_BUSY),
    20: (OUT_OF_ORDER, SPECIAL_TONE, BUSY),
    21: (REJECTED, SPECIAL_TONE, BUSY),
    22: (CHANGED, *_UNALLOCATED),
    27: (OUT_OF_ORDER, SPECIAL_TONE, BUSY),
    28: _UNALLOCATED,
    29: (REJECT_COLLECT, REJECTED, SPECIAL_TONE, B_NOT_ALLOCATED, BUSY),
    34: _CONGESTED,
    38: _CONGESTED,
    41: _CONGESTED,
    42: _CONGESTED,
    44: _CONGESTED,
    47: _CONGESTED,
}
"""What to say for a cause: the first of these that the variant has."""
MEANINGS_OF_OTHERS: Final = (SPECIAL_TONE, BUSY, B_CONGESTION)

ORDINARY: Final = 0x0A
PRIORITY: Final = 0x0B
DATA: Final = 0x0C
TEST: Final = 0x0D
PAYPHONE: Final = 0x0F
OPERATOR: Final = 0x09
"""Calling party's categories of Q.763 3.11."""
COLLECT: Final = 0xE8
"""A collect call (Brazil's II-8): Q.763 leaves 0xE0 to 0xFE to national use."""

DIGITS: Final = " 1234567890BCDEF"
"""The letter of each signal, as board DigitHeard has it: signal 10 is the digit 0."""
