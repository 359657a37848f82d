"""What the daemon tells and shows of a T1 span: its data link, loopbacks, CRC-6 errors."""

from __future__ import annotations

import io

import msgspec
import pytest
from rich.console import Console

from trunkd.board.clock import SECOND, VirtualClock
from trunkd.board.model import Loopback
from trunkd.board.t1 import FdlCode
from trunkd.daemon import events as ev
from trunkd.daemon.config_check import loads
from trunkd.daemon.methods import SetLoopback
from trunkd.daemon.metrics import _span_families
from trunkd.daemon.node import Node
from trunkd.daemon.present import event_line, spans_table
from trunkd.daemon.virtual import run_until

CONFIG = """\
[daemon]
records = "off"
[[board]]
name = "b0"
address = "sim://t1?spans=2&kind=t1&cable=1-2&cas=1-24"
[[trunk]]
name = "near"
span = "b0/1"
signalling = "em"
[trunk.em]
variant = "wink"
digits = 7
[[trunk]]
name = "far"
span = "b0/2"
signalling = "em"
[trunk.em]
variant = "wink"
digits = 7
"""


@pytest.fixture
def node():
    made = Node(loads(CONFIG, "test"), clock=VirtualClock())
    made.seen = []
    made.sinks.append(lambda event, trunk: made.seen.append((event, trunk)))
    made.open()
    made.start()
    run_until(made, SECOND)
    yield made
    made.close()


def told(node: Node) -> list[tuple[ev.FdlReceived, str]]:
    return [(e, trunk) for e, trunk in node.seen if isinstance(e, ev.FdlReceived)]


def span(node: Node, number: int):
    return node.span_infos()[number - 1]


def test_a_loopback_code_of_the_far_end_is_told_and_its_loop_shown(node: Node) -> None:
    board = node.boards["b0"].board
    board.span(1).send_code(FdlCode.PAYLOAD_UP)
    run_until(node, node.now() + SECOND)
    ((event, trunk),) = told(node)
    assert (event.span, event.code, event.what, event.message, event.loopback) == (
        "b0/2",
        0x14,
        "payload up",
        "",
        "payload",
    )
    assert trunk == "far"
    assert span(node, 2).loopback == "payload" and span(node, 1).loopback == "none"
    assert "b0/2 payload up" in event_line(event).plain
    assert msgspec.convert(msgspec.to_builtins(event), ev.AnyEvent) == event
    board.span(1).send_code(FdlCode.DOWN)
    run_until(node, node.now() + SECOND)
    assert told(node)[-1][0].what == "down" and span(node, 2).loopback == "none"
    board.span(1).send_code(0x22)
    run_until(node, node.now() + SECOND)
    assert told(node)[-1][0].what == "" and "0x22" in event_line(told(node)[-1][0]).plain


def test_payload_loopback_can_be_asked_for(node: Node) -> None:
    asked = msgspec.convert({"span": "b0/1", "loopback": "payload"}, SetLoopback)
    node.boards["b0"].board.span(1).set_loopback(Loopback(asked.loopback))
    run_until(node, node.now() + SECOND)
    assert span(node, 1).loopback == "payload"


def test_crc6_errors_and_reports_are_counted_and_shown(node: Node) -> None:
    node.boards["b0"].board.cable(1).impair(ber=1e-4, to=2)
    run_until(node, node.now() + 5 * SECOND)
    counters = span(node, 2).counters
    assert counters["crc6_errors"] > 100 and counters["crc4_errors"] == 0
    assert span(node, 1).counters["crc6_errors"] == 0
    assert span(node, 1).counters["far_errored"] >= 3
    errors = {
        (s.labels["span"], s.labels["kind"]): s.value
        for family in _span_families(node.span_infos())
        if family.name == "trunkd_span_errors"
        for s in family.samples
    }
    assert errors["b0/2", "crc6"] == counters["crc6_errors"]
    assert errors["b0/1", "far_errored"] == span(node, 1).counters["far_errored"]
    page = io.StringIO()
    Console(file=page, width=160).print(spans_table(node.span_infos(), 0))
    assert str(counters["crc6_errors"]) in page.getvalue()
