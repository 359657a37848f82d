"""Whether the destination can be reached and has room: MTP-PAUSE, RESUME and STATUS (Q.764 2.11 to
2.13), automatic congestion control (2.12)."""

from __future__ import annotations

from typing import Final

from ..call import LinkChanged
from .isup_call import UserPart
from .isup_config import T4, T29, T30

STATUS_CONGESTED: Final = 0
STATUS_USER_UNKNOWN: Final = 1
STATUS_USER_UNEQUIPPED: Final = 2
STATUS_USER_INACCESSIBLE: Final = 3
"""Causes of MTP-STATUS, as in mtp3_events."""

PART_KEY: Final = 0x1000 << 6
"""Timer keys that are no circuit's and no group operation's: PART_KEY | number."""
_T4_KEY: Final = PART_KEY | T4
_T29_KEY: Final = PART_KEY | T29
_T30_KEY: Final = PART_KEY | T30
ACL_NUMBER: Final = 63
_ACL_KEY: Final = PART_KEY | ACL_NUMBER
ACL_PERIOD: Final = 5_000_000_000
"""How long a congestion level that REL brought counts (Q.542: not longer than 5 s)."""

MOST_STEPS: Final = 8
"""Steps of traffic reduction: each takes an eighth of the calls (2.11 leaves it to us)."""
ACL_STEPS: Final = (0, 2, 4, 6)
"""Steps for automatic congestion levels 1, 2 and above (Q.542)."""

USER_PART_BACK: Final = "the far end's ISUP answers"
NO_USER_PART: Final = "the far end has no ISUP, or it does not answer (MTP-STATUS)"


def user_part_back(part: UserPart) -> None:
    """UPA, or any message of the far end's: its ISUP is there (2.13.2)."""
    part.user_part = 0
    part.stop_key(_T4_KEY)
    part.happened.append(LinkChanged(True, USER_PART_BACK))


def mtp_status(part: UserPart, cause: int, level: int, now: int) -> None:
    """MTP-STATUS: congestion, or the far end's user part is not available."""
    if cause == STATUS_CONGESTED:
        _congested(part, now)
        return
    if not part.user_part:
        part.happened.append(LinkChanged(False, NO_USER_PART))
    part.user_part = cause
    part.count("user_part_unavailable")
    # 2.13.2: where it is not equipped there is nothing to be tested; management must act.
    tested = cause != STATUS_USER_UNEQUIPPED and part.config.variant.user_part_test
    if tested and _T4_KEY not in part.deadlines:
        _test(part, now)


def _test(part: UserPart, now: int) -> None:
    circuit = part.circuits.all[0]
    part.send(circuit, b"\x34\x00")
    part.start_key(_T4_KEY, now + part.duration[T4])


def _congested(part: UserPart, now: int) -> None:
    """2.11: one step less traffic, unless T29 runs."""
    part.count("congestion_indications")
    if _T29_KEY in part.deadlines:
        return
    part.steps = min(part.steps + 1, MOST_STEPS)
    part.start_key(_T29_KEY, now + part.duration[T29])
    part.start_key(_T30_KEY, now + part.duration[T30])


def level_received(part: UserPart, level: int, now: int) -> None:
    """Automatic congestion level of a REL: fewer calls for a while (2.12, Q.542)."""
    part.count("congestion_levels")
    part.steps = max(part.steps, ACL_STEPS[min(level, 3)])
    part.start_key(_ACL_KEY, now + ACL_PERIOD)


def expired(part: UserPart, number: int, now: int) -> None:
    """T4, T29, T30, or the end of an automatic congestion level."""
    if number == T4:
        if part.user_part:
            _test(part, now)
    elif number == T30:
        part.steps = max(part.steps - 1, 0)
        if part.steps:
            part.start_key(_T30_KEY, now + part.duration[T30])
    elif number == ACL_NUMBER and _T30_KEY not in part.deadlines:
        part.steps = 0


def has_room(part: UserPart) -> bool:
    """Is this call one of those that traffic reduction lets pass? The refused ones are spread
    evenly among the others."""
    if not part.steps:
        return True
    part.share += part.steps
    if part.share >= MOST_STEPS:
        part.share -= MOST_STEPS
        return False
    return True


def paused(part: UserPart) -> None:
    """MTP-PAUSE: no new calls; those that are there stay (2.9.4). MTP's owner reports it."""
    if part.reachable:
        part.reachable = False
        part.units.clear()


def resumed(part: UserPart) -> bool:
    """MTP-RESUME: calls can be made again. True if that is new."""
    if part.reachable:
        return False
    part.reachable = True
    part.user_part = 0
    part.stop_key(_T4_KEY)
    return True
