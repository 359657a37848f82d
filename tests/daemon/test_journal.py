"""The journal: cursors see every event once, or are told exactly what is gone."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from trunkd.daemon.journal import Cursor, Entry, Filter, Journal

ALL = Filter(frozenset(), frozenset())


@given(
    capacity=st.integers(1, 20),
    steps=st.lists(st.one_of(st.integers(1, 30), st.none()), max_size=40),
    chunk=st.integers(1, 50),
)
def test_every_event_is_seen_once_or_told_lost(
    capacity: int, steps: list[int | None], chunk: int
) -> None:
    journal = Journal(capacity)
    cursor = Cursor(journal, 0, ALL)
    seen: list[int] = []
    for step in [*steps, None]:
        for _ in range(step or 0):
            number = journal.last + 1
            journal.append(Entry(b"%d\n" % number, "E", ""))
        while step is None and cursor.behind:
            data, lost = cursor.take(chunk)
            if lost is not None:
                seen += range(lost[0], lost[1] + 1)
                assert lost[1] + 1 == journal.first
            seen += [int(line) for line in data.split()]
    assert seen == list(range(1, journal.last + 1))
    assert journal.last - journal.first + 1 <= capacity


def test_filters() -> None:
    journal = Journal(16)
    for name, trunk in (("A", "x"), ("B", "x"), ("A", "y"), ("A", "")):
        journal.append(Entry(f"{name}{trunk} ".encode(), name, trunk))
    only_a = Cursor(journal, 0, Filter(frozenset({"A"}), frozenset()))
    assert only_a.take(1000) == (b"Ax Ay A ", None)
    only_x = Cursor(journal, 0, Filter(frozenset(), frozenset({"x"})))
    assert only_x.take(1000) == (b"Ax Bx A ", None)
    assert only_x.behind == 0
