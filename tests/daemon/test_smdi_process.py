"""The daemon as a process, with message desk links on pseudo-terminals and simulated lines."""

from __future__ import annotations

import contextlib
import pathlib
import sys
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from line_rig import analog_config
from smdi_far import Master

from trunkd.daemon import events as ev
from trunkd.daemon import methods as m
from trunkd.daemon import methods_line as ml
from trunkd.daemon import methods_smdi as ms
from trunkd.daemon.client import Refused
from trunkd.hil.smdi_pbx import Pbx, Voicemail, bad_line

PATIENCE = 120.0

LINKS = """
[[smdi]]
name = "vm"
port = "{desk}"
role = "desk"
digits = [4, 7]
answer = "1s"
pace = "20ms"
retry = "1s"
tries = 2
reopen = "200ms"
[smdi.terminals]
"1-2" = "office/5-6"

[[smdi]]
name = "out"
port = "{exchange}"
role = "exchange"
reopen = "200ms"
[smdi.terminals]
"3" = "phones/3"
[smdi.stations]
"3504" = "phones/4"
"""

DAEMON = """\
[daemon]
runtime_dir = "{dir}"
records = "{dir}/records.jsonl"
media_dir = "{dir}/media"
metrics = "127.0.0.1:0"
"""


@pytest.fixture(scope="module")
def lines() -> Iterator[tuple[Master, Master]]:
    """The far ends of the daemon's two links: of its desk, and of its exchange."""
    made = (Master(), Master())
    yield made
    for line in made:
        with contextlib.suppress(OSError):
            line.close()


@pytest.fixture(scope="module")
def smdi_daemon(daemon_with, lines) -> Any:
    text = analog_config().replace('[daemon]\nrecords = "off"\n', DAEMON)
    return daemon_with(text + LINKS.format(desk=lines[0].name, exchange=lines[1].name))


@pytest.fixture
def app(smdi_daemon, subscribed) -> Any:
    made = subscribed(smdi_daemon, after=0)
    waiting = {link.name for link in made.call(ms.Smdi()).links if not link.up}
    while waiting:
        waiting.discard(made.wait(ev.SmdiChanged, timeout=PATIENCE, up=True).smdi)
    return subscribed(smdi_daemon, after=None)


@pytest.fixture
def pbx(lines, app) -> Pbx:
    """The exchange of the daemon's voicemail."""
    made = Pbx(lines[0])
    made.open()
    return made


@pytest.fixture
def voicemail(lines, app) -> Voicemail:
    """The voicemail of the daemon's exchange."""
    made = Voicemail(lines[1])
    made.open()
    return made


def dial(app: Any, device: str, **more: Any) -> tuple[int, Any]:
    """Place a call on an FXS line; its id, and the other end's Delivered."""
    out = app.call(m.MakeCall(called="", device=device, exclusive=True, **more)).call_id
    there = int(device.rpartition("/")[2]) + 4
    while True:
        found = app.wait(ev.Delivered, timeout=PATIENCE, direction="in")
        if found.device == f"trunk/office/{there}":
            return out, found


def hang_up(app: Any, call: int, *others: int) -> None:
    """Clear a call; its other end follows by itself."""
    app.hang_up(call, *others)


def test_a_call_arrives_with_who_forwarded_it(app, pbx) -> None:
    pbx.call(2, "N", "3500", "5551234")
    app.wait(ev.SmdiMessage, timeout=PATIENCE, smdi="vm", sent=False)
    out, told = dial(app, "trunk/phones/2")
    assert (told.calling, told.redirecting, told.original_called) == ("5551234", "3500", "3500")
    assert told.redirect_reason == 2
    app.call(m.AnswerCall(call_id=told.call_id))
    waiting = {told.call_id, out}  # who hangs up before the exchange has seen him is rung again
    while waiting:
        waiting.discard(app.wait(ev.Established, timeout=PATIENCE).call_id)
    hang_up(app, told.call_id, out)


def test_message_waiting_is_set_and_refused(app, pbx) -> None:
    pbx.invalid.add("9999")
    pbx.blocked.add("3501")
    for number in ("3500", "9999", "3501"):
        app.call(ms.SetMessageWaiting(number=number, on=True))
    pbx.until(lambda: "3500" in pbx.lamps, PATIENCE)
    ends: dict[str, str] = {}

    def all_ended() -> bool:
        # A refusal that comes after `answer`, on a busy machine, makes "set" "failed" later.
        event = app.client.next_event(0.02)
        if isinstance(event, ev.MessageWaitingChanged):
            ends[event.number] = event.state
        return ends == {"3500": "set", "9999": "failed", "3501": "failed"}

    pbx.until(all_ended, PATIENCE)
    found = app.call(ms.MessageWaiting()).stations
    assert [(x.number, x.state) for x in found] == [
        ("3500", "set"), ("3501", "failed"), ("9999", "failed"),
    ]  # fmt: skip
    assert app.call(ms.MessageWaiting(after="3500", limit=1)).more


def test_the_outside_voicemail_is_told_and_lights_a_lamp(app, voicemail) -> None:
    first, told = dial(app, "trunk/phones/1", calling="5557777")
    request = m.MakeCall(
        called="", device="trunk/phones/3", for_call=first, redirecting="3500", redirect_reason=1
    )
    second = app.call(request).call_id
    voicemail.until(lambda: bool(voicemail.histories), PATIENCE)
    history = voicemail.histories[0]
    assert (history.terminal, history.kind) == (3, "B")
    assert (history.forwarding, history.calling) == ("3500", "5557777")
    for call in (first, second):
        hang_up(app, call)
    voicemail.lamp("3504", True)
    voicemail.lamp("9999", True)
    changes: dict[str, tuple[str, str]] = {}

    def both_told() -> bool:
        event = app.client.next_event(0.02)
        if isinstance(event, ev.MessageWaitingChanged) and event.smdi == "out":
            changes[event.number] = (event.state, event.line)
        return changes == {"3504": ("set", "phones/4"), "9999": ("failed", "")}

    voicemail.until(both_told, PATIENCE)
    voicemail.until(lambda: voicemail.lamps.get("9999", (True, ""))[1] == "failed", PATIENCE)
    assert told.redirecting == ""


@pytest.mark.parametrize(("lost", "doubled"), [(0.03, 0.0), (0.0, 0.03)])
def test_a_line_that_loses_or_doubles_octets_tells_no_wrong_number(
    app, lines, lost: float, doubled: float
) -> None:
    """A number that loses one digit and has another doubled keeps its length: SMDI cannot see
    that, and docs/smdi.md says so."""
    pbx = Pbx(lines[0], damage=bad_line(7, lost, doubled))
    pbx.open()
    good = 0
    for n in range(60):
        pbx.call(1, "B", "3500", f"{5550000 + n}")
    clean = Pbx(lines[0])
    clean.open()
    clean.call(1, "A", "3599", "5559999")
    while True:
        event = app.wait(ev.SmdiMessage, timeout=PATIENCE, smdi="vm", sent=False)
        if "3599" in event.text:
            break
        good += 1
        assert "from 3500, caller 55500" in event.text and event.text.count("5550") == 1
    assert 5 < good < 60
    (vm,) = [x for x in app.call(ms.Smdi()).links if x.name == "vm"]
    assert vm.counters["malformed"] > 0


def test_what_is_asked_for_wrongly_is_refused(app) -> None:
    for request, words in (
        (ms.SetMessageWaiting(number="35", on=True), "2 digits, not 4, 7"),
        (ms.SetMessageWaiting(number="3500", on=True, smdi="out"), "no message desk 'out': vm"),
        (ms.MessageWaiting(smdi="x"), "no message desk 'x': vm"),
        (ms.SendCallHistory(smdi="vm", terminal=1), "no link 'vm' with role exchange: out"),
        (m.MakeCall(called="1", device="trunk/phones/1", for_call=99999), "no call 99999"),
        (ml.SetMessageWaitingIndicator(line="phones/99", on=True), "no channel 99"),
    ):
        with pytest.raises(Refused, match=words):
            app.call(request)


def test_metrics_show_the_links(app, pbx) -> None:
    address = app.call(m.Status()).metrics
    with urllib.request.urlopen(f"http://{address}/metrics", timeout=PATIENCE) as page:
        text = page.read().decode()
    assert 'trunkd_smdi_up{smdi="vm"} 1.0' in text
    assert 'trunkd_smdi_total{counter="octets",smdi="out"}' in text
    assert 'trunkd_smdi_queue{smdi="vm"} 0.0' in text


def test_the_cable_is_pulled_and_what_is_wanted_then_is_sent_later(
    daemon_with, subscribed, tmp_path
) -> None:
    """The port's name leads to another pseudo-terminal afterwards, as that of an adapter does."""
    first, second = Master(), Master()
    link = tmp_path / "smdi"
    link.symlink_to(first.name)
    text = analog_config().replace('[daemon]\nrecords = "off"\n', DAEMON)
    text += LINKS[: LINKS.index("[[smdi]]", 10)].format(desk=link)
    daemon = daemon_with(text)
    app = subscribed(daemon)
    app.wait(ev.SmdiChanged, timeout=PATIENCE, up=True)
    first.close()
    down = app.wait(ev.SmdiChanged, timeout=PATIENCE, up=False)
    assert "unplugged" in down.reason
    app.call(ms.SetMessageWaiting(number="3500", on=False))
    app.call(ms.SetMessageWaiting(number="3500", on=True))
    link.unlink()
    link.symlink_to(second.name)
    app.wait(ev.SmdiChanged, timeout=PATIENCE, up=True)
    pbx = Pbx(second)
    pbx.open()
    pbx.until(lambda: bool(pbx.lamps), PATIENCE)
    assert pbx.lamps == {"3500": True}
    second.close()
