"""What an SDK board is to play, as the maker's library takes it."""

from __future__ import annotations

from trunkd.board.media_events import DigitKind
from trunkd.board.play import Tones, digits, tone
from trunkd.drivers.sdk_render import as_digits


def test_digits_are_known_by_their_tones() -> None:
    assert as_digits([digits(DigitKind.DTMF, "12#", on_ms=90, off_ms=60)]) == ("12#", 90, 60)
    assert as_digits([digits(DigitKind.R1, "12")]) is None
    assert as_digits([tone("cn", "busy")]) is None
    assert as_digits([Tones(())]) is None
