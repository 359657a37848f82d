"""Random telephones on real ports: whatever people do at whatever moment, each port is idle again
once the receivers are down."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trunkd.board.line import PulseShape
from trunkd.errors import LocalError
from trunkd.hil.telephone import Telephone
from trunkd.hil.telephone_bench import TelephoneBench
from trunkd.signaling.analog.fxs import LINE
from trunkd.signaling.analog.fxs_service import SERVICE
from trunkd.signaling.call import CallRequest, PartyNumber

CONFIGS: list[dict[str, object]] = [
    {"features": "hold,transfer,conference,waiting", "caller_id": "bt", "start": "kewl"},
    {"features": "hold,waiting", "caller_id": "v23-rpas", "message_waiting": "fsk,neon"},
    {"features": "event", "caller_id": "dtmf-cn-reversal", "power_denial": True},
]
PEOPLE = st.sampled_from(["lift", "hang up", "flash", "dial", "press", "cut", "mend"])
APPLICATION = st.sampled_from(["place", "alert", "answer", "clear", "lamp", "test", "meter"])
ACTS = st.tuples(
    st.one_of(st.integers(0, 300), st.integers(0, 5000)),
    st.one_of(PEOPLE, PEOPLE, APPLICATION),
    st.integers(1, 2),
    st.integers(0, 9),
)


def people(bench: TelephoneBench, phone: Telephone, what: str, who: int, arg: int) -> None:
    if what == "lift":
        phone.lift()
    elif what == "hang up":
        phone.hang_up()
    elif what == "flash":
        phone.flash(80 + 80 * arg)
    elif what == "dial":
        phone.dial(f"{arg}1", PulseShape(8.0 + arg / 2.5, 50.0 + 2.5 * arg, 300))
    elif what == "press":
        phone.press(f"{arg}{arg}")
    elif what == "cut":
        bench.board.line_cable(who).cut()
    else:
        bench.board.line_cable(who).mend()


def application(bench: TelephoneBench, what: str, who: int, arg: int) -> None:
    trunk, now = bench.trunk, bench.now
    calls = sorted(trunk.calls)
    call = calls[arg % len(calls)] if calls else 0
    if what == "place":
        trunk.place(CallRequest(PartyNumber(""), PartyNumber("5551000"), channel=who), now)
    elif what == "alert":
        trunk.alert(call, arg % 2 == 0, now)
    elif what == "answer":
        trunk.answer(call, now)
    elif what == "clear":
        trunk.clear(call, (16, 17, 34)[arg % 3], now)
    elif what == "lamp":
        trunk.message_waiting(who, arg % 2 == 0, now)
    elif what == "test":
        trunk.line_test(who, now)
    else:
        trunk.meter(call, 1 + arg, now)


def down(bench: TelephoneBench) -> None:
    """Everything is mended and put down, every call cleared."""
    for who, phone in bench.phones.items():
        bench.board.line_cable(who).mend()
        phone.hang_up()
    bench.run_for(8000)
    for phone in bench.phones.values():
        phone.hang_up()
    for call in list(bench.trunk.calls):
        bench.trunk.clear(call, 16, bench.now)
    bench.run_for(30_000)


@pytest.mark.parametrize("values", CONFIGS, ids=str)
@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(acts=st.lists(ACTS, max_size=30))
def test_the_port_is_idle_again(
    values: dict[str, object], acts: list[tuple[int, str, int, int]]
) -> None:
    LINE.strict = SERVICE.strict = True
    bench = TelephoneBench({"max_digits": 2, "tone_time": 4000, **values}, count=2)
    refused = 0
    try:
        for wait, what, who, arg in acts:
            bench.run_for(wait)
            try:
                if what in ("place", "alert", "answer", "clear", "lamp", "test", "meter"):
                    application(bench, what, who, arg)
                else:
                    people(bench, bench.phones[who], what, who, arg)
            except LocalError:
                refused += 1
        down(bench)
        assert [bench.trunk.channel_text(n) for n in (1, 2)] == ["idle", "idle"]
        assert not bench.trunk.calls and bench.trunk.next_timeout() is None
        assert refused <= len(acts)
    finally:
        LINE.strict = SERVICE.strict = False
        bench.close()
