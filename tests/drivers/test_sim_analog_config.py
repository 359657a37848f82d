"""Analog spans and lines in the configuration: what is wrong names key and remedy."""

from __future__ import annotations

import re

import msgspec
import pytest

from trunkd.board.clock import VirtualClock
from trunkd.board.line import Battery, LineEvent, PortKind
from trunkd.board.model import Feature, SpanKind
from trunkd.drivers.line_rows import WIRES
from trunkd.drivers.sim import SimBoard, SimConfig
from trunkd.drivers.sim.line_config import LineConfig, parse_ports
from trunkd.drivers.sim.lines import cable_of
from trunkd.errors import ConfigError

SPANS = """
spans = 3
[[span]]
number = 3
kind = "analog"
ports = "fxs:1-8,fxo:9-16,tap:17"
"""


def made(text: str) -> SimBoard:
    return SimBoard("sim://lab", msgspec.toml.decode(text, type=SimConfig), VirtualClock())


def lines(*text: str) -> str:
    return SPANS + "".join(f"[[lines]]\n{one}\n" for one in text)


WRONG = [
    ("kind = 'analog'", r"^span.ports: span 1 is analog and has none: give 'fxs:1-8,fxo:9-16'"),
    ("span = [{number = 1, ports = 'fxs:1'}]", r"^span\[0\].ports: span 1 is an E1, which has"),
    ("span = [{number = 1, kind = 'analog', cas = true}]", r"^span\[0\].cas: span 1 is analog"),
    (SPANS.replace("fxs:1-8", "fxs:1-40"), r"^span\[0\].ports: 'fxs:1-40': a span has ports 1 to"),
    (SPANS.replace("fxs:1-8", "dect:1-8"), r"^span\[0\].ports: 'dect:1-8' is no row of ports"),
    (SPANS.replace("fxs:1-8", "1-8"), r"^span\[0\].ports: '1-8' is no row of ports: write it as"),
    (SPANS.replace("fxs:1-8", "fxs:8-1"), r"^span\[0\].ports: 'fxs:8-1': a span has ports"),
    (SPANS.replace("fxo:9", "fxo:8"), r"^span\[0\].ports: port 8 is given twice: give each"),
    (SPANS + "impedance = '601'", r"^span\[0\].impedance: there is no row '601': give one of 600,"),
    (SPANS + "ring = 'loud'", r"^span\[0\].ring: there is no row 'loud': give one of std, cn"),
    (SPANS + "feed = '12'", r"^span\[0\].feed: there is no row '12': give one of 48, 48-long"),
    (lines("fxs = '3'"), r"^lines\[0\].fxs: '3' is no port: write span/port, as in '3/9'"),
    (lines("fxs = '1/1'"), r"^lines\[0\].fxs: span 1 is not analog \(spans 3 are\): give it kind"),
    (
        lines("fxs = '3/18'"),
        r"^lines\[0\].fxs: span 3 has no port 18: add it to the span's 'ports'",
    ),
    (lines("fxs = '3/9'"), r"^lines\[0\].fxs: port 3/9 is of kind 'fxo': give one of 'fxs'"),
    (
        lines("fxs = '3/1'\nfxo = '3/9'", "fxs = '3/2'\nfxo = '3/9'"),
        r"^lines\[1\].fxo: port 3/9 has a line already \(lines\[0\].fxo\): give another port",
    ),
    (lines("tap = '3/17'"), r"^lines\[0\]: a line without an end: give fxs, fxo or both"),
    (lines("fxs = '3/1'\nloop_ohms = -1"), r"^lines\[0\].loop_ohms: -1.0 is out of range: give 0"),
    (
        lines("fxs = '3/1'\nloss_db = 50"),
        r"^lines\[0\].loss_db: 50.0 is out of range: give 0 to 40",
    ),
    (lines("fxs = '3/1'\nnoise_dbm0 = 1"), r"^lines\[0\].noise_dbm0: 1.0 is out of range"),
    (lines("fxs = '3/1'\nhum_dbm0 = 1"), r"^lines\[0\].hum_dbm0: 1.0 is out of range"),
    (lines("fxs = '3/1'\nleak_ohms = 0"), r"^lines\[0\].leak_ohms: 0.0 is out of range: give 1 to"),
    (lines("fxs = '3/1'\nren = 21"), r"^lines\[0\].ren: 21.0 is out of range: give 0 to 20"),
    (lines("fxs = '3/1'\nwire = '0.7'"), r"^lines\[0\].wire: there is no row '0.7': .*, none$"),
    (
        lines("fxs = '3/1'\nwire = 'none'\nloss_db = 3"),
        r"^lines\[0\].loss_db: no loss without a cable: give a 'wire'",
    ),
    (lines("fxs = '3/1'\nimpedance = 'x'"), r"^lines\[0\].impedance: there is no row 'x'"),
    ("cable = '1-3'\n" + SPANS, r"^cable\[0\].ends: span 3 is analog: join its ports by"),
    (
        SPANS + "[[ports]]\nspan = 3\ntimeslot = 1\npath = '/x'",
        r"^ports\[0\].span: span 3 is analog: give an E1",
    ),
    ("[[lines]]\nfxs = '1/1'", r"^lines\[0\].fxs: span 1 is not analog \(no span is\)"),
]


@pytest.mark.parametrize("text, message", WRONG, ids=[message for _, message in WRONG])
def test_wrong_configuration_names_key_and_remedy(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        made(text)


def test_ports() -> None:
    assert parse_ports("p", "FXS: 1-2, 5, fxo:3,tap:31") == {
        1: PortKind.FXS,
        2: PortKind.FXS,
        5: PortKind.FXS,
        3: PortKind.FXO,
        31: PortKind.TAP,
    }


def test_a_mixed_board() -> None:
    board = made(
        SPANS
        + "impedance = 'tbr21'\n"
        + "".join(f"[[lines]]\nfxs = '3/{n}'\nfxo = '3/{n + 8}'\n" for n in range(1, 9))
    )
    assert Feature.ANALOG in board.features
    assert [span.kind for span in board.spans] == [SpanKind.E1, SpanKind.E1, SpanKind.ANALOG]
    assert len(board.line_cables) == 8 and board.line_cable(8).fxs == (3, 8)
    assert re.fullmatch("<line 2 of sim://lab, ports 3/2, 3/10>", repr(board.line_cable(2)))
    slots = board.span(3).timeslots
    assert [n for n, slot in enumerate(slots) if slot.line is not None] == list(range(1, 18))
    # The tap has no line: no battery, nothing to hear.
    tap = slots[17].line
    assert tap is not None and tap.battery() is Battery.ABSENT


def test_boards_without_analog_spans_do_not_have_the_feature() -> None:
    assert Feature.ANALOG not in made("spans = 1").features


def test_a_port_without_a_line() -> None:
    board = made(SPANS)
    board.start()
    fxo, fxs = board.span(3).timeslots[9].line, board.span(3).timeslots[1].line
    assert fxo is not None and fxs is not None
    fxo.loop(True)
    fxs.flash(20, 1)
    seen = []
    while board.clock.now() < 100_000_000:
        board.step(100_000_000)
        seen += board.events()
    (sent,) = [event for event in seen if isinstance(event, LineEvent)]
    assert sent.time == 20_000_000
    assert fxo.battery() is Battery.ABSENT and not fxs.off_hook()


@pytest.mark.parametrize("wire", WIRES)
def test_cable_by_loss_and_by_loop(wire: str) -> None:
    row = WIRES[wire]
    ohms, farads = cable_of(LineConfig(wire=wire, loop_ohms=900))
    assert ohms == pytest.approx(900) and farads == pytest.approx(900 / row.ohms * row.farads)
    ohms, farads = cable_of(LineConfig(wire=wire, loss_db=row.db_per_km() * 3))
    assert ohms == pytest.approx(3 * row.ohms) and farads == pytest.approx(3 * row.farads)
    assert cable_of(LineConfig(wire="none")) == (0, 0)
