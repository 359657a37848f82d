"""The classification of element errors, clause by clause of 5.8.5 to 5.8.7."""

from __future__ import annotations

import pytest

from trunkd.signaling.isdn import elements as e
from trunkd.signaling.isdn import messages as m
from trunkd.signaling.isdn import messages_check as c
from trunkd.signaling.isdn.messages_table import CONTENTS, MANDATORY, ROWS

BEARER = e.BearerCapability(0)
CHANNEL = e.b_channel(1, True)
CALLED = e.CalledPartyNumber("12")
BAD_CALLED = e.Malformed(e.CALLED_PARTY_NUMBER, 0, b"\x70\x02\x81\xb1", "")
BAD_CAUSE = e.Malformed(e.CAUSE, 0, b"\x08\x01\x80", "")


def found(type: int, elements: list[e.Element], direction: int = c.EITHER_WAY) -> list[c.Finding]:
    return c.check(m.decode(m.encode(1, 0, type, elements)), direction)


def kinds(type: int, *elements: e.Element) -> list[tuple[int, int, int]]:
    """(kind, identifier, cause) of each finding."""
    return [(f.kind, f.id, f.cause) for f in found(type, list(elements))]


def test_nothing_to_find() -> None:
    assert kinds(m.SETUP, e.SendingComplete(), BEARER, CHANNEL, CALLED) == []
    assert kinds(m.SETUP, BEARER, e.SendingComplete(), CALLED) == []  # 4.5.1: at any place
    assert kinds(m.RELEASE_COMPLETE) == []


@pytest.mark.parametrize("type", [row[0] for row in ROWS])
def test_every_mandatory_element_is_missed(type: int) -> None:
    assert kinds(type) == [(c.MANDATORY_MISSING, id, 96) for id in MANDATORY[type]]


def test_an_empty_mandatory_element_is_missing() -> None:
    empty = e.variable(e.CAUSE, b"")
    assert kinds(m.DISCONNECT, empty) == [(c.MANDATORY_MISSING, e.CAUSE, 96)]


def test_network_to_user_setup_needs_a_channel() -> None:
    """Table 3-15, note 5."""
    assert found(m.SETUP, [BEARER, CALLED], c.USER_TO_NETWORK) == []
    assert found(m.SETUP, [BEARER, CHANNEL], c.NETWORK_TO_USER) == []
    findings = found(m.SETUP, [BEARER, CALLED], c.NETWORK_TO_USER)
    assert [(f.kind, f.id) for f in findings] == [(c.MANDATORY_MISSING, e.CHANNEL_IDENTIFICATION)]


def test_contents() -> None:
    assert kinds(m.DISCONNECT, BAD_CAUSE) == [(c.MANDATORY_CONTENT, e.CAUSE, 100)]
    assert kinds(m.RELEASE, BAD_CAUSE) == [(c.OPTIONAL_CONTENT, e.CAUSE, 100)]
    assert kinds(m.SETUP, BEARER, BAD_CALLED) == [(c.OPTIONAL_CONTENT, e.CALLED_PARTY_NUMBER, 100)]


@pytest.mark.parametrize(
    "id",
    [
        e.CALLED_PARTY_SUBADDRESS,
        e.CALLING_PARTY_SUBADDRESS,
        e.LOW_LAYER_COMPATIBILITY,
        e.HIGH_LAYER_COMPATIBILITY,
        e.USER_USER,
    ],
)
def test_access_information_that_is_too_long_has_a_cause_of_its_own(id: int) -> None:
    """5.8.7.2: cause 43, access information discarded."""
    element = e.variable(id, b"\x80" * 200)
    assert kinds(m.SETUP, BEARER, element) == [(c.OPTIONAL_CONTENT, id, 43)]


def test_unrecognised() -> None:
    assert kinds(m.SETUP, BEARER, e.variable(0x7B, b"a")) == [(c.UNRECOGNISED, 0x7B, 99)]
    assert kinds(m.SETUP, BEARER, e.variable(0x09, b"a")) == [(c.COMPREHENSION_REQUIRED, 0x09, 96)]
    assert kinds(m.SETUP, BEARER, e.variable(e.ESCAPE, b"a")) == [(c.UNEXPECTED, e.ESCAPE, 99)]


def test_known_but_not_of_this_message() -> None:
    """5.8.7.3. Cause has bits 8-5 of 0000 but is known: comprehension is not lacking."""
    assert kinds(m.CONNECT_ACKNOWLEDGE, e.Cause(16)) == [(c.UNEXPECTED, e.CAUSE, 99)]
    assert kinds(m.SETUP, BEARER, e.CallState(1)) == [(c.UNEXPECTED, e.CALL_STATE, 99)]


def test_sequence() -> None:
    assert kinds(m.SETUP, CHANNEL, BEARER, CALLED) == [(c.OUT_OF_SEQUENCE, e.BEARER_CAPABILITY, 0)]


def test_sequence_is_of_each_codeset() -> None:
    national = e.variable(1, b"a", 5)
    assert kinds(m.SETUP, BEARER, CALLED, national) == []
    assert kinds(m.SETUP, BEARER, national, CALLED) == []
    late = [BEARER, e.variable(2, b"a", 5), e.variable(1, b"a", 5)]
    assert kinds(m.SETUP, *late) == [(c.OUT_OF_SEQUENCE, 1, 0)]


def test_repetition() -> None:
    assert kinds(m.SETUP, BEARER, CALLED, CALLED) == [(c.DUPLICATED, e.CALLED_PARTY_NUMBER, 0)]
    progress = [e.ProgressIndicator(n) for n in (1, 2, 3, 8)]
    assert kinds(m.SETUP, BEARER, *progress[:3]) == []
    assert kinds(m.SETUP, BEARER, *progress) == [(c.DUPLICATED, e.PROGRESS_INDICATOR, 0)]
    assert kinds(m.SETUP, BEARER, BEARER, CALLED) == [(c.DUPLICATED, e.BEARER_CAPABILITY, 0)]
    assert kinds(m.SETUP, e.RepeatIndicator(2), BEARER, BEARER, CALLED) == []


def test_elements_of_other_codesets_are_left_alone() -> None:
    assert kinds(m.SETUP, BEARER, e.variable(0x09, b"a", 6), e.variable(0x70, b"a", 6)) == []


def test_the_gravest_comes_first() -> None:
    findings = found(m.DISCONNECT, [e.variable(0x7B, b"a"), e.variable(9, b"a")])
    assert [f.kind for f in findings] == [
        c.MANDATORY_MISSING,
        c.COMPREHENSION_REQUIRED,
        c.UNRECOGNISED,
        c.OUT_OF_SEQUENCE,
    ]
    assert all(f.text and f.clause in repr(f) for f in findings)


def test_of_an_unknown_message_type_nothing_is_mandatory() -> None:
    assert kinds(0x55, CALLED) == []


def test_the_tables_agree() -> None:
    assert {row[0] for row in ROWS} == set(m.NAMES)
    for type, _clause, mandatory, optional in ROWS:
        assert set(mandatory) | set(optional) <= set(e.NAMES)
        assert not set(mandatory) & set(optional)
        assert [id for id in range(256) if CONTENTS[type][id] == 2] == sorted(mandatory)
