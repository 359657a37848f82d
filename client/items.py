"""What can be played: names of voice files, and these."""

from __future__ import annotations

from collections.abc import Iterable

from ..daemon.methods_media import Item as Item

Playable = str | Item
"""A file below the media directory, or an item."""


def tone(name: str, seconds: float = 0) -> Item:
    """A country's tone as in "CN/busy"; 0 seconds: as long as its cadence lasts."""
    return Item(tone=name, seconds=seconds)


def digits(text: str) -> Item:
    """DTMF digits."""
    return Item(digits=text)


def silence(seconds: float) -> Item:
    """A pause."""
    return Item(silence=seconds)


def items(what: Iterable[Playable]) -> list[Item]:
    """As the daemon takes them."""
    return [Item(file=one) if isinstance(one, str) else one for one in what]
