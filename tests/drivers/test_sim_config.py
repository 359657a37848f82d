"""The simulated board's configuration: what is right opens, what is wrong names key and remedy."""

from __future__ import annotations

import msgspec
import pytest

from trunkd.board.clock import MILLISECOND, VirtualClock
from trunkd.board.model import Feature
from trunkd.board.registry import open_board
from trunkd.drivers.sim import SimBoard, SimConfig, SpanConfig
from trunkd.drivers.sim.config import ALL_T1, span_options
from trunkd.errors import ConfigError, DriverError

WRONG = [
    ("spans = 0", r"^spans: 0 is out of range: give 1 to 64$"),
    ("spans = 65", r"^spans: 65 is out of range"),
    ("block_ms = 0", r"^block_ms: 0 is out of range: give 1 to 20"),
    ("seed = -1", r"^seed: -1 is out of range"),
    ("ring_octets = 1", r"^ring_octets: 1 is out of range: give 4096"),
    ('cable = "a"', r"^cable: 'a' is no cable: write '1-2' for a cable, '1' for a loop"),
    ('cable = "1-3"', r"^cable\[0\].ends: there is no span 3: give 1 to 2, or raise 'spans'"),
    ('cable = "1-2,2"', r"^cable\[1\].ends: span 2 has a cable already \(cable\[0\]\)"),
    ("cables = [{ends = [1]}]", r"^cables\[0\].ends: a cable has 2 ends, 1 given: give two"),
    ("cables = [{ends = [1, 1]}]", r"give two different spans"),
    ("cables = [{ends = [1, 2], loop = true}]", r"a cable has 1 end, 2 given: give one span"),
    ("cables = [{ends = [1, 2], ber = 0.7}]", r"^cables\[0\].ber: 0.7 is out of range"),
    ("cables = [{ends = [1, 2], ppm = 5000}]", r"^cables\[0\].ppm: .* give -1000 to 1000"),
    ("cables = [{ends = [1, 2], delay_ms = 1001}]", r"^cables\[0\].delay_ms: 1001 is out"),
    ("cables = [{ends = [1, 2], bursts_per_second = 1}]", r"^cables\[0\].burst_bits: 0 is out"),
    ("span = [{number = 3}]", r"^span\[0\].number: there is no span 3"),
    ("span = [{number = 1}, {number = 1}]", r"^span\[1\].number: span 1 is given twice"),
    ('ports = [{span = 3, timeslot = 1, path = "/x"}]', r"^ports\[0\].span: there is no span 3"),
    ('ports = [{span = 1, timeslot = 0, path = "/x"}]', r"^ports\[0\].timeslot: 0 is out of"),
    ('ports = [{span = 1, timeslot = 1, path = ""}]', r"^ports\[0\].path: 0 octets: a socket's"),
    (
        'ports = [{span = 1, timeslot = 1, path = "/%s"}]' % ("x" * 107),
        r"^ports\[0\].path: 108 octets: a socket's path has 1 to 107",
    ),
    (
        'ports = [{span = 1, timeslot = 1, path = "/x", mode = "cas"}]',
        r"^ports\[0\].mode: span 1 has no CAS: set cas = true for it",
    ),
    (
        'cas = true\nports = [{span = 1, timeslot = 16, path = "/x"}]',
        r"^ports\[0\].timeslot: timeslot 16 carries CAS",
    ),
    (
        'span = [{number = 2, kind = "t1"}]\ncable = "1-2"',
        r"^cable\[0\].ends: span 1 an E1 and span 2 a T1 cannot be joined: set the same 'kind'",
    ),
    (
        'span = [{number = 2, kind = "t1", crc4 = true}]',
        r"^span\[0\].crc4: span 2 is a T1, which has none: leave it out, or give another 'kind'",
    ),
    (
        'span = [{number = 1, framing = "d4"}]',
        r"^span\[0\].framing: span 1 is an E1, which has none: leave it out",
    ),
    ('cas = "1-23"', r"^cas: '1-23' on an E1, whose timeslot 16 serves all: give true or false"),
    (
        'kind = "t1"\nspan = [{number = 2, framing = "d4", loop_codes = true}]',
        r"^span\[0\].loop_codes: span 2 is D4, which has no data link: leave it out, or set "
        "framing = 'esf'",
    ),
    ('kind = "t1"\ncas = "1-25"', r"^cas: '1-25' is no list of timeslots: write it as in '1-23'"),
    (
        'span = [{number = 1, kind = "t1", cas = "5-3"}]',
        r"^span\[0\].cas: '5-3' is no list of timeslots",
    ),
    (
        'kind = "t1"\nports = [{span = 1, timeslot = 25, path = "/x"}]',
        r"^ports\[0\].timeslot: 25 is out of range: give 1 to 24",
    ),
    (
        'kind = "t1"\ncas = "2-24"\nports = [{span = 1, timeslot = 1, path = "/x", mode = "cas"}]',
        r"^ports\[0\].timeslot: timeslot 1 of span 1 has no robbed bits: put it in",
    ),
    (
        'ports = [{span = 1, timeslot = 1, path = "/x"}, {span = 1, timeslot = 1, path = "/y"}]',
        r"^ports\[1\].timeslot: is taken by ports\[0\]",
    ),
    (
        'ports = [{span = 1, timeslot = 1, path = "/x"}, {span = 1, timeslot = 2, path = "/x"}]',
        r"^ports\[1\].path: is that of ports\[0\]",
    ),
    (
        'ports = [{span = 1, timeslot = 1, path = "/nowhere/at/all"}]',
        r"^ports\[0\].path: cannot listen at /nowhere/at/all: its folder does not exist: make it",
    ),
]


@pytest.mark.parametrize(("text", "message"), WRONG, ids=[text for text, _ in WRONG])
def test_wrong_configuration_names_key_and_remedy(text: str, message: str) -> None:
    config = msgspec.toml.decode(text, type=SimConfig)
    with pytest.raises(ConfigError, match=message):
        open_board("sim://lab", config, VirtualClock())


def test_every_wrong_configuration_has_a_message_of_its_own() -> None:
    messages = set()
    for text, _ in WRONG:
        with pytest.raises(ConfigError) as caught:
            open_board("sim://lab", msgspec.toml.decode(text, type=SimConfig), VirtualClock())
        messages.add(str(caught.value))
    assert len(messages) == len(WRONG)


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("sim://lab?spams=2", "spams"),
        ("sim://lab?spans=two", "spans"),
        ("sim://lab?block_ms=1.5", "block_ms"),
    ],
)
def test_wrong_address_options(address: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        open_board(address)


def test_unknown_driver_names_the_known_ones() -> None:
    with pytest.raises(DriverError, match=r"no driver for 'sym://'.*sim"):
        open_board("sym://lab")


def test_full_configuration() -> None:
    config = msgspec.toml.decode(
        """
        spans = 4
        block_ms = 2
        seed = 9
        cas = true
        [[span]]
        number = 3
        cas = false
        crc4 = false
        [[cables]]
        ends = [1, 2]
        ber = 1e-6
        ppm = 3.5
        delay_ms = 5
        [[cables]]
        ends = [4]
        loop = true
        """,
        type=SimConfig,
    )
    board = open_board("sim://lab", config, VirtualClock(start=7_000_000))
    assert isinstance(board, SimBoard)
    assert board.address == "sim://lab" and board.block_ns == 2_000_000
    assert Feature.STEPPED in board.features and Feature.CAS in board.features
    assert [cable.ends for cable in board.cables] == [(1, 2), (4,)]
    board.start()
    assert board.step(107_000_000) <= 107_000_000
    while board.clock.now() < 107_000_000:
        board.step(107_000_000)
    assert not board.span(1).alarms and not board.span(4).alarms
    assert board.span(3).alarms
    assert min(event.time for event in board.events()) >= 7_000_000
    board.close()


def test_a_failed_port_leaves_nothing_behind(tmp_path) -> None:
    good = tmp_path / "good"
    config = msgspec.convert(
        {
            "ports": [
                {"span": 1, "timeslot": 1, "path": str(good)},
                {"span": 1, "timeslot": 2, "path": str(tmp_path / "no" / "such")},
            ]
        },
        SimConfig,
    )
    with pytest.raises(ConfigError, match=r"ports\[1\]"):
        open_board("sim://lab", config)
    assert not good.exists()


@pytest.mark.parametrize(
    ("spans", "extra", "block_ms"), [(7, "", 1), (8, "", 2), (16, "&block_ms=1", 1)]
)
def test_a_board_of_many_spans_has_longer_blocks_unless_told(
    spans: int, extra: str, block_ms: int
) -> None:
    with open_board(f"sim://lab?spans={spans}{extra}", clock=VirtualClock()) as board:
        assert isinstance(board, SimBoard)
        assert board.block_ms == block_ms
        assert board.stats().block_ns == block_ms * MILLISECOND


@pytest.mark.parametrize(
    ("cas", "mask"),
    [
        ("true", ALL_T1),
        ("1", ALL_T1),
        ("0", 0),
        ("false", 0),
        ("1-23", ALL_T1 - (1 << 24)),
        ("24", 1 << 24),
        ("1-2, 7", 0b10000110),
    ],
)
def test_robbed_bits_of_a_t1_in_an_address(cas: str, mask: int) -> None:
    config = SimConfig(kind="t1", cas=cas, spans=1)
    assert span_options(config)[1].cas == mask


def test_defaults_of_the_board_and_exceptions() -> None:
    config = SimConfig(
        kind="t1",
        spans=3,
        framing="d4",
        line_code="ami",
        span=[SpanConfig(2, framing="esf", cas="1-23"), SpanConfig(3, kind="e1", crc4=False)],
    )
    one, two, three = span_options(config).values()
    assert (one.kind, one.framing, one.line_code, one.cas) == ("t1", "d4", "ami", 0)
    assert (two.framing, two.line_code, two.cas) == ("esf", "ami", ALL_T1 - (1 << 24))
    assert (three.kind, three.crc4, three.cas) == ("e1", False, 0)
