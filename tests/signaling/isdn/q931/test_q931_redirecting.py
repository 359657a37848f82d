"""Redirecting number in SETUP (4.6.7): who diverted a call, both ways."""

from __future__ import annotations

import pytest

from trunkd.signaling import call as neutral
from trunkd.signaling.isdn import elements as e
from trunkd.signaling.isdn.q931_redirecting import read_redirecting


@pytest.mark.parametrize(("reason", "octet"), [(0, 0), (1, 1), (2, 2), (3, 15), (4, 4), (9, 0)])
def test_a_diverted_call_is_sent_with_its_redirecting_number(desk, reason: int, octet: int) -> None:
    desk.place(redirecting=neutral.PartyNumber("3500", 2), redirect_reason=reason)
    (setup,) = desk.heard()
    (found,) = read_redirecting(setup)
    assert (found.digits, found.type_of_number, found.reason) == ("3500", 2, octet)


def test_a_call_that_nobody_diverted_has_none(desk) -> None:
    desk.place()
    (setup,) = desk.heard()
    assert read_redirecting(setup) == []


@pytest.mark.parametrize(
    ("octet", "reason"), [(-1, 0), (0, 0), (1, 1), (2, 2), (4, 4), (15, 3), (10, 0)]
)
def test_who_diverted_a_call_that_comes_in(desk, octet: int, reason: int) -> None:
    desk.offer(e.RedirectingNumber("3500", reason=octet))
    (offered,) = [x for x in desk.happened() if isinstance(x, neutral.CallOffered)]
    request = offered.request
    assert request.redirecting is not None and request.redirecting.digits == "3500"
    assert request.redirect_reason == reason and request.original_called is None


def test_two_who_diverted_it(desk) -> None:
    first, last = e.RedirectingNumber("1", reason=15), e.RedirectingNumber("2", reason=1)
    desk.offer(first, last)
    (offered,) = [x for x in desk.happened() if isinstance(x, neutral.CallOffered)]
    request = offered.request
    assert request.redirecting is not None and request.redirecting.digits == "2"
    assert request.original_called is not None and request.original_called.digits == "1"
    assert request.redirect_reason == 1
