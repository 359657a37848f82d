"""`trunkd line train`: the impedance row with the least echo is found, on a simulated board whose
exchange has another impedance than the country's."""

from __future__ import annotations

import pytest

from trunkd.drivers.line_rows import IMPEDANCES
from trunkd.errors import LocalError
from trunkd.hil.exchange_bench import ExchangeBench
from trunkd.hil.exchange_line import ExchangeLine, ExchangeTones
from trunkd.signaling.analog.impedances import ROWS, SAME
from trunkd.signaling.call import CallOffered, ChannelChanged
from trunkd.signaling.call_line import LineReported


def bench(row: str, country: str = "cn", **exchange: object) -> ExchangeBench:
    tones = ExchangeTones(country)
    return ExchangeBench(
        lambda n: ExchangeLine(n, tones, **exchange),  # type: ignore[arg-type]
        country,
        impedance=row,
    )


def result(line: ExchangeBench) -> tuple[str, str]:
    (report,) = [e for e in line.events(LineReported) if e.what.startswith("train")]
    return report.what, report.text


def test_rows_are_the_boards():
    assert set(ROWS) == set(IMPEDANCES)
    for row, same in SAME.items():
        assert IMPEDANCES[row].values == IMPEDANCES[same].values


NEAR = {"tbr21": ("tbr21", "au")}
"""Their values differ by less than the tolerances of the simulated ports."""


@pytest.mark.parametrize("row", ["600", "900", "tbr21", "uk", "cn", "in", "us-loaded"])
def test_the_row_of_a_mismatched_exchange_is_found(row: str):
    line = bench(row)
    line.trunk.train(1, line.now)
    line.run(10)
    what, text = result(line)
    found, _, loss = text.partition(", echo return loss ")
    assert what == "trained" and found in NEAR.get(row, (row,))
    assert float(loss.removesuffix(" dB")) >= 20
    assert line.is_idle(), line.trunk.channel_text(1)
    assert [e.state for e in line.events(ChannelChanged)] == [1, 0]
    assert [what for _, what in line.exchanges[1].log] == ["off hook", "digit 5", "on hook"]
    assert line.trunk.lines[1].impedance == found
    line.close()


def test_a_line_that_is_busy_is_not_trained():
    line = bench("600")
    line.place("12345")
    with pytest.raises(LocalError, match="seized, waits for dial tone"):
        line.trunk.train(1, line.now)
    line.close()


def test_no_dial_tone():
    line = bench("600", dial_tone_after=60.0)
    line.trunk.train(1, line.now)
    line.run(8)
    assert result(line) == ("training failed", "no dial tone")
    assert line.is_idle()
    line.close()


def test_an_exchange_that_speaks_in_the_middle():
    """It takes one digit for a number: ringback comes among the measurements."""
    line = bench("tbr21", digits=1, outcomes={"5": "busy"})
    line.trunk.train(1, line.now)
    line.run(8)
    what, text = result(line)
    assert what == "training failed", text
    assert line.trunk.lines[1].impedance == "cn" and line.is_idle()
    line.close()


def test_a_line_that_is_cut_in_training():
    line = bench("600")
    line.trunk.train(1, line.now)
    line.run(2)
    assert line.trunk.channel_text(1).startswith("training, off hook")
    line.board.line_cable(1).cut()
    line.run(6)
    assert result(line) == ("training failed", "no battery")
    assert line.trunk.channel_text(1).startswith("out of service, on hook")
    line.board.line_cable(1).mend()
    line.run(2)
    assert line.is_idle()
    line.close()


def test_a_restart_ends_it():
    line = bench("600")
    line.trunk.train(1, line.now)
    line.run(2)
    line.trunk.restart((1,), line.now)
    line.run(3)
    assert line.is_idle() and not line.trunk.core.calls
    line.close()


def test_a_call_comes_in_as_it_begins():
    line = bench("600")
    line.exchanges[1].ring(line.now)
    line.run(0.01)
    line.trunk.train(1, line.now)
    line.run(7)
    assert len(line.events(CallOffered)) == 1 or result(line)[0] == "training failed"
    for call in list(line.trunk.core.calls):
        line.trunk.clear(call, 16, line.now)
    line.run(6)
    assert line.is_idle(), line.trunk.channel_text(1)
    line.close()
