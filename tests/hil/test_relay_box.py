"""Relay boxes through ptys and sockets: every family, with octets lost and doubled."""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from trunkd.errors import ConfigError, LocalError
from trunkd.hil.relay_box import BoxError, BoxSilent, RelayBox
from trunkd.hil.relay_box_codec import Codec, crc16
from trunkd.hil.relay_box_config import BoxTable, relays_of
from trunkd.hil.relay_box_rows import FAMILIES

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from serial_bench import BOARDS, Board, DevantechEth, Noise, PtyEnd, Scpi, SocketEnd

READABLE = sorted(name for name, row in FAMILIES.items() if row.asks)


def table_of(family: str, port: str, **more: Any) -> BoxTable:
    """A table as a configuration file gives it."""
    if family == "scpi":
        more.setdefault("first", 101)
    more.setdefault("timeout_ms", 20_000)
    return msgspec.convert({"port": port, "family": family, **more}, BoxTable)


@pytest.fixture
def ends() -> Iterator[list[PtyEnd | SocketEnd]]:
    made: list[PtyEnd | SocketEnd] = []
    yield made
    for end in made:
        end.close()


def board_at(
    ends: list[Any], family: str, noise: Noise | None = None, kind: Any = PtyEnd
) -> tuple[Board, str]:
    board = BOARDS[family]()
    ends.append(kind(board, noise))
    return board, ends[-1].port


def number(box: RelayBox, place: int) -> str:
    return next(name for name, relay in box.relays.items() if relay.place == place)


def test_every_family_has_a_board_here() -> None:
    assert set(BOARDS) == set(FAMILIES)
    for name, row in FAMILIES.items():
        assert len(BOARDS[name]().relays) == row.relays, name
        assert row.name == name
        assert row.source


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_close_read_open(family: str, ends: list[Any]) -> None:
    board, port = board_at(ends, family)
    last = len(board.relays) - 1
    with RelayBox("lab", table_of(family, port)) as box:
        names = number(box, 0), number(box, last)
        box.close(*names)
        assert box.read()[names[1]] is True
        if box.verified:
            assert [i for i, closed in enumerate(board.relays) if closed] == sorted({0, last})
        box.open(names[0])
        assert box.read()[names[0]] is False
        if last:
            assert box.read()[names[1]] is True
        assert box.retries == 0
        assert bool(box.identity) == bool(FAMILIES[family].identify)
    if box.verified:
        assert not any(board.relays), "the safe state is open"


@pytest.mark.parametrize("family", ["numato", "scpi", "devantech-eth"])
def test_through_a_socket(family: str, ends: list[Any]) -> None:
    board, port = board_at(ends, family, kind=SocketEnd)
    with RelayBox("lab", table_of(family, port)) as box:
        name = number(box, 1)
        box.close(name)
        assert board.relays[1]
        assert box.read()[name] is True


@pytest.mark.parametrize("family", READABLE)
@pytest.mark.parametrize("seed", [1, 2])
def test_octets_lost_and_doubled(family: str, seed: int, ends: list[Any]) -> None:
    noise = Noise(seed, lost=0.008, doubled=0.008)
    board, port = board_at(ends, family, noise)
    # Those who tell one relay after the other have two here: the more octets, the more is hit.
    relays = 2 if FAMILIES[family].asks == "one" else 0
    table = table_of(family, port, tries=400, timeout_ms=60, quiet_ms=10, relays=relays)
    box = RelayBox("lab", table)
    with box:
        for turn in range(3):
            place = (turn * 5 + seed) % len(box.relays)
            name = number(box, place)
            box.close(name)
            assert board.relays[place]
            assert sum(board.relays) == 1, "no other relay was left closed"
            box.open(name)
            assert not any(board.relays)
    # Single octets are rarely hit in so few.
    assert noise.hits or family.startswith(("devantech", "kmtronic")), "the line was to be bad"


@pytest.mark.parametrize("family", READABLE)
def test_stale_octets_do_no_harm(family: str, ends: list[Any]) -> None:
    board, port = board_at(ends, family)
    end = ends[0]
    # They may come between a command and its answer: then that is lost, and asked again.
    with RelayBox("lab", table_of(family, port, timeout_ms=300, tries=50)) as box:
        name = number(box, 1)
        end.say(b"\x00\xff relay readall\n\rFF\n\r>1,1,1,1,1,1,1,1\r\nCH1: ON \r\n")
        box.close(name)
        assert [i for i, closed in enumerate(board.relays) if closed] == [1]


def test_doubled_digit_closes_another_relay_which_is_put_right(ends: list[Any]) -> None:
    class Doubling(Noise):
        """Doubles the digit of the first ``01+//``-like command."""

        done = False

        def __call__(self, data: bytes) -> bytes:
            if b"CLOS (@1)" in data and not self.done:
                self.done = True
                return data.replace(b"(@1)", b"(@11)")
            return data

    board = Scpi(16)
    board.first = 1
    ends.append(PtyEnd(board, Doubling()))
    with RelayBox("lab", table_of("scpi", ends[0].port, first=1, relays=16)) as box:
        box.close("1")
        assert [i for i, closed in enumerate(board.relays) if closed] == [0]
        assert box.corrections == 1
        assert box.retries == 1


def test_idempotent(ends: list[Any]) -> None:
    board, port = board_at(ends, "numato")
    with RelayBox("lab", table_of("numato", port)) as box:
        box.close("3")
        box.close("3")
        assert board.relays[3]
        box.open("3")
        box.open("3")
        assert not board.relays[3]


def test_states_that_were_there_are_kept_and_left(ends: list[Any]) -> None:
    board, port = board_at(ends, "numato")
    board.relays[5] = True
    relays = {"heater": {"relay": 5, "safe": "leave"}, "bypass": {"relay": 6, "safe": "closed"}}
    with RelayBox("lab", table_of("numato", port, relay=relays)) as box:
        assert box.read()["heater"] is True
        box.close("0")
        assert board.relays[5]
    assert [i for i, closed in enumerate(board.relays) if closed] == [5, 6]


def test_safe_state_after_an_error_of_the_program(ends: list[Any]) -> None:
    board, port = board_at(ends, "kmtronic8")
    with pytest.raises(RuntimeError), RelayBox("lab", table_of("kmtronic8", port)) as box:
        box.close("4")
        assert board.relays[3]
        raise RuntimeError
    assert not any(board.relays)


def test_pulse_closes_and_opens_and_the_other_way_round(ends: list[Any]) -> None:
    board, port = board_at(ends, "devantech-usb")
    with RelayBox("lab", table_of("devantech-usb", port)) as box:
        before = board.commands
        box.pulse("2", 0.0)
        assert not board.relays[1]
        assert board.commands == before + 2
        box.close("2")
        box.pulse("2", 0.0)
        assert board.relays[1]


def test_pulse_by_the_number_of_a_relay_that_has_a_name(ends: list[Any]) -> None:
    board, port = board_at(ends, "numato")
    board.relays[3] = True
    with RelayBox("lab", table_of("numato", port, relay={"cut": 3})) as box:
        before = board.commands
        box.pulse("3", 0.0)
        assert board.relays[3], "it was closed before"
        assert board.commands == before + 2


def test_a_prompt_that_comes_late_is_no_part_of_the_answer() -> None:
    codec = Codec(FAMILIES["numato"], 8, 0)
    ((_, pattern, place),) = codec.asks()
    state = codec.read(b"\n\r>\n\r>relay readall\n\r81\n\r>", pattern, place)
    assert state is not None
    assert [p for p, on in state.items() if on] == [0, 7]


def test_a_box_that_says_nothing_names_port_and_remedy(ends: list[Any]) -> None:
    _, port = board_at(ends, "kmtronic8")
    ends[0].mute = True
    table = table_of("kmtronic8", port, tries=2, timeout_ms=20)
    with pytest.raises(BoxSilent) as caught:
        RelayBox("lab", table).connect()
    text = str(caught.value)
    assert text.startswith(f"{port}: the relay box 'lab' does not answer: is it powered")
    assert "9600 8N1" in text
    assert "trunkd bench families" in text


def test_a_box_of_another_family_is_told_apart(ends: list[Any]) -> None:
    _, port = board_at(ends, "scpi")
    table = table_of("numato", port, tries=2, timeout_ms=50)
    with pytest.raises(BoxSilent, match="does not answer"):
        RelayBox("lab", table).connect()


def test_a_relay_that_does_not_move_is_named(ends: list[Any]) -> None:
    board, port = board_at(ends, "numato")
    board.broken.add(2)
    table = table_of("numato", port, tries=3, relay={"cut": 2})
    with RelayBox("lab", table) as box, pytest.raises(BoxError, match="relay cut of box 'lab'"):
        box.close("cut")


def test_scpi_errors_are_told(ends: list[Any]) -> None:
    board = Scpi(8)
    board.errors = ['-410,"Query INTERRUPTED"'] * 3
    ends.append(PtyEnd(board))
    with RelayBox("lab", table_of("scpi", ends[0].port, tries=2)) as box:
        assert board.errors == [], "old errors are read away at the start"
        assert box.identity == "HEWLETT-PACKARD,44471A,0,A.04"
        board.broken.add(0)
        board.error('-310,"System error; relay supply"')
        with pytest.raises(BoxError, match="relay supply"):
            box.close("101")
        board.broken.clear()


def test_refusal_is_told(ends: list[Any]) -> None:
    board = DevantechEth(8)
    board.locked = True
    ends.append(SocketEnd(board))
    with (
        pytest.raises(BoxError, match="password"),
        RelayBox("lab", table_of("devantech-eth", ends[0].port, tries=2)) as box,
    ):
        box.close("1")


def test_goes_on_after_the_server_hung_up(ends: list[Any]) -> None:
    board, port = board_at(ends, "numato", kind=SocketEnd)
    with RelayBox("lab", table_of("numato", port)) as box:
        box.close("1")
        ends[0].hang_up()
        box.close("2")
        assert board.relays[1]
        assert board.relays[2]
        assert box.line.reconnects == 1


def test_unknown_relay_names_those_that_there_are(ends: list[Any]) -> None:
    _, port = board_at(ends, "kmtronic")
    table = table_of("kmtronic", port, relay={"tip": 1})
    with RelayBox("lab", table) as box:
        box.close("1")
        with pytest.raises(LocalError, match="box lab has no relay 'ring'; it has tip, 2"):
            box.close("ring")


@pytest.mark.parametrize(
    ("family", "place", "closed", "octets"),
    [
        ("numato", 0, True, b"relay on 0\r"),
        ("numato", 7, False, b"relay off 7\r"),
        ("kmtronic", 1, True, b"\xff\x02\x01"),
        ("kmtronic8", 7, False, b"\xff\x08\x00"),
        ("lcus1", 0, True, b"\xa0\x01\x01\xa2"),
        ("lcus", 1, False, b"\xa0\x02\x00\xa2"),
        ("devantech-usb", 0, True, b"\x65"),
        ("devantech-usb", 7, False, b"\x76"),
        ("devantech-eth", 2, True, b"\x20\x03\x00"),
        ("denkovi", 15, True, b"16+//"),
        ("kincony", 0, False, b"RELAY-SET-255,1,0"),
        ("modbus", 0, True, bytes.fromhex("0105 0000 FF00 8C3A")),
        ("scpi", 2, True, b"ROUT:CLOS (@3)\n"),
    ],
)
def test_commands_are_those_of_the_texts(
    family: str, place: int, closed: bool, octets: bytes
) -> None:
    row = FAMILIES[family]
    assert Codec(row, row.relays, row.first).command(place, closed) == octets


def test_modbus_question_and_answer_of_the_texts() -> None:
    row = FAMILIES["modbus"]
    codec = Codec(row, 8, 0)
    ((command, pattern, place),) = codec.asks()
    assert command == bytes.fromhex("0101 0000 0008 3DCC")
    answer = bytes.fromhex("0101 0141 91B8")
    assert crc16(answer) == 0
    state = codec.read(answer, pattern, place)
    assert state is not None
    assert [p for p, on in state.items() if on] == [0, 6]
    assert codec.read(answer[:-1] + b"\xb9", pattern, place) is None


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({"family": "nosuch"}, "no family 'nosuch'; there are numato"),
        ({"family": "kmtronic", "relays": 8}, "have at most 2"),
        ({"relay": {"cut": 9}}, "relay 9, but the board has 0 to 7"),
        ({"relay": {"cut": 1, "short": 1}}, "relay 1 is 'cut' already"),
        ({"relay": {"3": 1}}, "choose a word"),
    ],
)
def test_wrong_tables_name_key_and_remedy(more: dict[str, Any], text: str) -> None:
    table = msgspec.convert({"port": "loop://", "family": "numato", **more}, BoxTable)
    with pytest.raises(ConfigError, match=r"box\.lab\.") as caught:
        relays_of("lab", table)
    assert text in str(caught.value)
