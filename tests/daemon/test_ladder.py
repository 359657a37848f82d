"""The ladder: whole diagrams, line by line."""

from __future__ import annotations

import pytest
from rich.text import Text

from trunkd.daemon.ladder import Ladder, ladder
from trunkd.signaling import dissect as d
from trunkd.signaling.isdn import elements as e
from trunkd.signaling.isdn import messages as m

MS = 1_000_000


def message(direction: int, flag: int, type: int, elements: list[e.Element]) -> d.Dissection:
    cr = 2 if direction == d.FROM_NETWORK else 0
    octets = bytes((cr, 1, 0, 0)) + m.encode(1, flag, type, elements)
    return d.dissect(d.PLAIN_LAPD, octets, direction)


def frame(octets: str, direction: int) -> d.Dissection:
    return d.dissect(d.PLAIN_LAPD, bytes.fromhex(octets), direction)


USER, NETWORK = d.FROM_USER, d.FROM_NETWORK
CALL = [
    (0, frame("00017f", USER)),
    (2 * MS, frame("000173", NETWORK)),
    (
        1000 * MS,
        message(
            USER,
            0,
            m.SETUP,
            [
                e.SendingComplete(),
                e.BearerCapability(0),
                e.b_channel(1, False),
                e.CallingPartyNumber("4960123", 2),
                e.CalledPartyNumber("442071234567", 1),
            ],
        ),
    ),
    (1001 * MS, frame("00010102", NETWORK)),
    (1012 * MS, message(NETWORK, 1, m.CALL_PROCEEDING, [e.b_channel(1, True)])),
    (3412 * MS, message(NETWORK, 1, m.DISCONNECT, [e.Cause(17, 4), e.ProgressIndicator(8)])),
    (3413 * MS, message(USER, 0, m.RELEASE, [e.Malformed(8, 0, b"\x08\x01\x80", "")])),
    (3420 * MS, frame("02010103", d.UNKNOWN_DIRECTION)),
]

DRAWN = """\
      time  user                             network
     0.000  |--SABME TEI 0------------------------>|  P/F=1
     0.002  |<---------------------------UA TEI 0--|  P/F=1
     1.000  |--SETUP ref 1------------------------>|  channel 1 preferred  from 4960123
            |                                      |  to 442071234567
     1.012  |<--------------CALL PROCEEDING ref 1--|  channel 1 exclusive
     3.412  |<-------------------DISCONNECT ref 1--|  cause 17 user busy  in-band information
     3.413  |--RELEASE ref 1---------------------->|  malformed element
            |                                      |  ! Cause: too short: 1 of 2 octets (4.5.12)
(2 RR frames not shown)"""


def test_a_call() -> None:
    assert "\n".join(ladder(CALL)) == DRAWN


def test_link_frames_on_request() -> None:
    lines = list(ladder(CALL, link=True))
    assert lines[5] == "     1.001  |<---------------------------RR TEI 0--|  N(R)=1"
    assert lines[-1] == "     3.420  |?-RR TEI 0---------------------------?|  N(R)=1  P/F=1"


@pytest.mark.parametrize("width", [40, 72, 100, 160])
def test_no_line_is_wider_than_asked(width: int) -> None:
    lines = list(ladder(CALL, width=width))
    assert max(map(len, lines)) <= max(width, 72)


def test_markup_says_the_same_in_colours() -> None:
    """Read back by rich it is the plain diagram; brackets in names and text stay themselves."""
    plain = list(ladder(CALL, left="[us]", right="far [end]"))
    coloured = list(ladder(CALL, left="[us]", right="far [end]", markup=True))
    assert [Text.from_markup(line).plain.rstrip() for line in coloured] == [
        line.rstrip() for line in plain
    ]
    assert coloured != plain
    keypad = message(USER, 0, m.INFORMATION, [e.KeypadFacility("[red]1")])
    line = Ladder(markup=True).step(0, keypad)[0]
    assert Text.from_markup(line).plain.endswith("keypad [red]1")


def test_arrows_of_a_side_that_is_not_known() -> None:
    drawing = Ladder("here", "far end")
    assert drawing.heading() == ["      time  here                             far end"]
    sent = d.dissect(d.PLAIN_LAPD, bytes.fromhex("00017f"), d.SENT)
    received = d.dissect(d.PLAIN_LAPD, bytes.fromhex("00017f"), d.RECEIVED)
    assert drawing.step(5, sent)[0].startswith("     0.000  |--SABME")
    assert "|<" in drawing.step(5, received)[0]


def test_long_names_are_cut() -> None:
    tree = d.Dissection("x", "A MESSAGE WITH A VERY LONG NAME", USER, [], "and a long call")
    line = Ladder("l" * 80, "r").step(0, tree)[0]
    assert line == "     0.000  |--A MESSAGE WITH A VERY LONG NAME…--->|"
    assert len(Ladder("l" * 80, "network").heading()[0]) == 12 + 40
