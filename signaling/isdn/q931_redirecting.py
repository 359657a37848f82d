"""Redirecting number in SETUP (Q.931 4.6.7, Q.952): who diverted a call, and why.

The neutral call has reasons as of Q.763 3.45; octet 3b of the element has its own. Of two elements
the first is taken for the first who diverted the call and the second for the last: Q.952 permits
two, but which of them comes first could not be verified against its text.
"""

from __future__ import annotations

from typing import Final

from ..call import CallRequest, PartyNumber
from .elements import REDIRECTING_NUMBER, RedirectingNumber
from .messages import Message

_TO_NEUTRAL: Final = {1: 1, 2: 2, 4: 4, 15: 3}
"""Reason for redirection -> redirecting reason of Q.763: busy, no reply, deflection,
unconditional."""
_FROM_NEUTRAL: Final = {1: 1, 2: 2, 3: 15, 4: 4, 5: 4}


def redirecting_octets(request: CallRequest) -> bytes:
    """The element for who diverted a call that is placed; b"" when nobody did."""
    last = request.redirecting
    if last is None:
        return b""
    return RedirectingNumber(
        last.digits,
        last.type_of_number,
        last.plan,
        last.presentation,
        last.screening,
        _FROM_NEUTRAL.get(request.redirect_reason, 0),
    ).octets


def read_redirecting(message: Message) -> list[RedirectingNumber]:
    """Those in a SETUP, in order."""
    if REDIRECTING_NUMBER not in message.first:
        return []
    elements = message.find_all(REDIRECTING_NUMBER)
    return [element for element in elements if isinstance(element, RedirectingNumber)]


def party_of(found: list[RedirectingNumber], which: int) -> PartyNumber | None:
    """The number of one of them, None when there are none."""
    return found[which].party() if found else None


def reason_of(found: list[RedirectingNumber]) -> int:
    """Why the last one diverted it, as of Q.763 3.45; 0: not said."""
    return _TO_NEUTRAL.get(found[-1].reason, 0) if found else 0
