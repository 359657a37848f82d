"""What a call is to be: numbers as Q.931 tells of them, and the request (signaling/call.py).

Import these from ``signaling.call``.
"""

from __future__ import annotations

from typing import Final


class PartyNumber:
    """A number with what Q.931 4.5.8 and 4.5.10 say of it.

    ``presentation``: 0 allowed, 1 restricted, 2 not available. ``screening``: 0 user not
    screened, 1 user verified and passed, 2 verified and failed, 3 network provided.
    """

    __slots__ = ("digits", "plan", "presentation", "screening", "type_of_number")

    def __init__(
        self,
        digits: str,
        type_of_number: int = 0,
        plan: int = 1,
        presentation: int = 0,
        screening: int = 0,
    ) -> None:
        self.digits: Final = digits
        self.type_of_number: Final = type_of_number
        self.plan: Final = plan
        self.presentation: Final = presentation
        self.screening: Final = screening

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PartyNumber) and (
            self.digits,
            self.type_of_number,
            self.plan,
            self.presentation,
            self.screening,
        ) == (
            other.digits,
            other.type_of_number,
            other.plan,
            other.presentation,
            other.screening,
        )

    def __hash__(self) -> int:
        return hash((self.digits, self.type_of_number, self.plan))

    def __repr__(self) -> str:
        return f"PartyNumber({self.digits!r}, {self.type_of_number}, {self.plan})"


SPEECH: Final = 0x00
UNRESTRICTED: Final = 0x08
RESTRICTED: Final = 0x09
AUDIO_3K1: Final = 0x10
"""Information transfer capabilities of Q.931 4.5.5, which other protocols are mapped to."""


ORDINARY_SUBSCRIBER: Final = 0x0A
"""Calling party's category of Q.763 3.11."""


TEST_CALL: Final = 0x0D
"""Calling party's category of a test call: it may use circuits blocked for maintenance."""


class CallRequest:
    """A call to be placed. ``channel`` 0: any; ``exclusive``: that one or none."""

    __slots__ = (
        "access",
        "bearer",
        "called",
        "calling",
        "category",
        "channel",
        "complete",
        "display",
        "exclusive",
        "fallback",
        "hop_counter",
        "keypad",
        "original_called",
        "redirect_count",
        "redirect_reason",
        "redirecting",
        "user_user",
    )

    def __init__(
        self,
        called: PartyNumber,
        calling: PartyNumber | None = None,
        channel: int = 0,
        exclusive: bool = False,
        complete: bool = True,
        bearer: int = AUDIO_3K1,
        display: str = "",
        keypad: str = "",
        user_user: bytes = b"",
        category: int = ORDINARY_SUBSCRIBER,
        redirecting: PartyNumber | None = None,
        original_called: PartyNumber | None = None,
        redirect_reason: int = 0,
        redirect_count: int = 1,
        hop_counter: int = 0,
        fallback: int = -1,
        access: bytes = b"",
    ) -> None:
        self.called: Final = called
        self.calling: Final = calling
        self.channel: Final = channel
        self.exclusive: Final = exclusive
        self.complete: Final = complete
        """False: overlap sending, ``send_digits`` follows."""
        self.bearer: Final = bearer
        self.display: Final = display
        self.keypad: Final = keypad
        self.user_user: Final = user_user
        self.category: Final = category
        """Calling party's category, Q.763 3.11; protocols without one ignore it."""
        self.redirecting: Final = redirecting
        """Who diverted the call to the called number, if anybody did."""
        self.original_called: Final = original_called
        """Who was called first, if the call was diverted (Q.763 3.39)."""
        self.redirect_reason: Final = redirect_reason
        """Why it was diverted last (Q.763 3.45): 1 busy, 2 no reply, 3 unconditional …"""
        self.redirect_count: Final = redirect_count
        """How often it was diverted, 1 to 5."""
        self.hop_counter: Final = hop_counter
        """Exchanges that the call may still go through (Q.764 2.1.15), 0: not said. The one who
        passes a call on counts down."""
        self.fallback: Final = fallback
        """Transfer capability that will do where ``bearer`` cannot be had, or -1: none."""
        self.access: Final = access
        """Q.931 elements that go through unchanged (subaddresses, compatibilities; Q.763 3.3)."""
