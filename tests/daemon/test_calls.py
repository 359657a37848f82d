"""Calls through the daemon, wire to socket: two trunks of one daemon on one simulated cable."""

from __future__ import annotations

import json
import signal

import numpy as np
import pytest
import soundfile

from trunkd.daemon import events as ev
from trunkd.daemon import methods as m
from trunkd.daemon.client import Refused


def test_call_from_offer_to_record(daemon, app) -> None:
    out, into = app.connect(called="5551234", calling="0102223333")
    sent = app.call(m.SnapshotCall(call_id=out))
    came = app.call(m.SnapshotCall(call_id=into))
    assert (sent.direction, sent.trunk, sent.state) == ("out", "pstn", "connected")
    assert (came.direction, came.trunk, came.state) == ("in", "exchange", "connected")
    assert (came.called, came.calling) == ("5551234", "0102223333")
    assert sent.channel == came.channel > 0
    assert sent.connections[0].device == f"trunk/pstn/{sent.channel}"
    busy = [c for c in app.call(m.Channels()).channels if c.state == "busy"]
    assert {(c.trunk, c.channel, c.call_id) for c in busy} == {
        ("pstn", sent.channel, out),
        ("exchange", came.channel, into),
    }
    device = app.call(m.SnapshotDevice(device=f"trunk/pstn/{sent.channel}"))
    assert [c.call_id for c in device.calls] == [out]
    ends = app.hang_up(out, into)
    assert [(e.cause, e.q850, e.releasing) for e in ends] == [
        ("normalClearing", 16, "local"),
        ("normalClearing", 16, "remote"),
    ]
    assert app.call(m.Calls()).calls == []
    names = [type(e).__name__ for e in app.seen if getattr(e, "call_id", 0) == out]
    assert names[0] == "Originated"
    assert names[-2:] == ["Established", "ConnectionCleared"]
    sequence = [e.seq for e in app.seen]
    assert sequence == list(range(sequence[0], sequence[0] + len(sequence)))
    times = [e.time for e in app.seen]
    assert times == sorted(times)
    lines = (daemon.directory / "records.jsonl").read_text().splitlines()
    records = {r["callId"]: r for r in map(json.loads, lines)}
    assert records[out]["called"] == records[into]["called"] == "5551234"
    assert records[out]["q850"] == 16
    assert records[out]["talkMs"] >= 0
    assert records[out]["answered"]
    assert len(lines) == len(records)


def test_call_the_other_way(app) -> None:
    out, into = app.connect(device="trunk/exchange", called="77")
    assert app.call(m.SnapshotCall(call_id=into)).trunk == "pstn"
    ends = app.hang_up(into, out)
    assert {e.releasing for e in ends} == {"local", "remote"}


@pytest.mark.parametrize(
    ("q850", "word"), [(17, "busy"), (21, "callCancelled"), (1, "numberUnallocated")]
)
def test_refused_call(app, q850: int, word: str) -> None:
    out, into = app.dial()
    app.call(m.ClearConnection(call_id=into, cause=q850))
    failed = app.wait(ev.Failed, call_id=out)
    assert (failed.q850, failed.cause) == (q850, word)
    end = app.wait(ev.ConnectionCleared, call_id=out)
    assert (end.q850, end.releasing) == (q850, "remote")


def test_chosen_channel(app) -> None:
    out, into = app.connect(device="trunk/pstn/7", exclusive=True)
    assert app.call(m.SnapshotCall(call_id=into)).channel == 7
    app.hang_up(out, into)


def test_requests_that_cannot_be(app) -> None:
    def code(params: m.Params) -> str:
        with pytest.raises(Refused) as caught:
            app.call(params)
        return caught.value.word

    assert code(m.AnswerCall(call_id=999_999)) == "invalidCallID"
    assert code(m.MakeCall(called="1", device="trunk/none")) == "invalidDeviceID"
    assert code(m.MakeCall(called="1", device="trunk/pstn/16")) == "invalidDeviceID"
    assert code(m.Channels(trunk="none")) == "invalidDeviceID"
    assert code(m.SetLoopback(span="b0/9", loopback="none")) == "invalidDeviceID"
    out, into = app.dial()
    assert code(m.AnswerCall(call_id=out)) == "invalidConnectionState"
    assert code(m.PlayMessage(call_id=out, message="../../etc/passwd")) == "invalidConnectionState"
    app.hang_up(out, into)


def test_voice_file_arrives_bit_exact(daemon, app) -> None:
    media = daemon.directory / "media"
    rng = np.random.default_rng(7)
    pcm = (rng.standard_normal(6000) * 4000).astype(np.int16)
    soundfile.write(media / "speech.wav", pcm, 8000, subtype="PCM_16")
    out, into = app.connect()
    app.call(m.RecordMessage(call_id=into, message="heard.wav", max_duration=2.0))
    app.call(m.PlayMessage(call_id=out, message="speech.wav"))
    played = app.wait(ev.Stop, call_id=out, kind="play")
    assert (played.octets, played.reason) == (6000, "complete")
    app.call(m.StopMedia(call_id=into, kind="record"))
    heard = app.wait(ev.Stop, call_id=into, kind="record")
    assert heard.reason == "stopped"
    from trunkd.native import wrap

    octets = wrap.alaw_encode(pcm.tobytes())
    data = (media / "heard.wav").read_bytes()
    assert octets in data
    samples, rate = soundfile.read(media / "heard.wav", dtype="int16")
    assert (rate, len(samples)) == (8000, heard.octets)
    # What was recorded can be played again, octet for octet.
    app.call(m.RecordMessage(call_id=out, message="again.wav", max_duration=2.0))
    app.call(m.PlayMessage(call_id=into, message="heard.wav"))
    app.wait(ev.Stop, call_id=into, kind="play", reason="complete")
    app.hang_up(out, into)
    if not _recorded(app, out):
        app.wait(ev.Stop, call_id=out, kind="record")
    assert [stop.reason for stop in _recorded(app, out)] == ["stopped"]
    assert octets in (media / "again.wav").read_bytes()


def _recorded(app, call_id: int) -> list[ev.Stop]:
    return [
        e
        for e in app.seen
        if isinstance(e, ev.Stop) and e.call_id == call_id and e.kind == "record"
    ]


def test_voice_files_that_cannot_be_played(daemon, app) -> None:
    media = daemon.directory / "media"
    (media / "noise.wav").write_bytes(b"this is no sound")
    out, into = app.connect()
    for name, word in (
        ("none.wav", "No such file"),
        ("noise.wav", "not a sound file"),
        ("../x.wav", "media directory"),
        ("speech.exe", "must end in"),
    ):
        with pytest.raises(Refused, match=word):
            app.call(m.PlayMessage(call_id=out, message=name))
    app.hang_up(out, into)


def test_restart(app) -> None:
    app.call(m.RestartChannels(trunk="pstn", channels=[3]))
    done = app.wait(ev.RestartDone, trunk="pstn", local=True)
    assert done.ok and tuple(done.channels) == (3,)


def test_cut_cable_keeps_the_call(app) -> None:
    out, into = app.connect()
    app.call(m.SimCable(span="b0/1", action="cut"))
    assert app.wait(ev.AlarmChanged, span="b0/1", alarm="LOS").active
    app.wait(ev.LinkChanged, trunk="pstn", up=False)
    spans = {s.name: s for s in app.call(m.Spans()).spans}
    assert "LOS" in spans["b0/1"].alarms
    with pytest.raises(Refused) as caught:
        app.call(m.MakeCall(called="1", device="trunk/pstn"))
    assert caught.value.word == "resourceBusy"
    app.call(m.SimCable(span="b0/1", action="mend"))
    assert not app.wait(ev.AlarmChanged, span="b0/1", alarm="LOS").active
    app.links_up()
    assert {c.state for c in app.call(m.Calls()).calls} == {"connected"}
    app.hang_up(out, into)


def test_trace_with_decode(daemon, app) -> None:
    client = daemon.client()
    assert client.call(m.TraceStart(trunks=["pstn"], decode=True)).trunks == ["pstn"]
    out, into = app.connect(called="4321")
    app.hang_up(out, into)
    frames = []
    while not any("RELEASE COMPLETE" in f.text for f in frames):
        frames.append(client.next_event(5))
    setup = next(f for f in frames if f.text.startswith("SETUP"))
    assert setup.sent and "4321" in setup.text
    assert bytes.fromhex(setup.frame)[:2] == b"\x00\x01"
    assert {(f.trunk, f.span, f.timeslot) for f in frames} == {("pstn", "b0/1", 16)}
    times = [f.time for f in frames]
    assert times == sorted(times)
    client.call(m.TraceStop())
    while client.next_event(0) is not None:
        pass  # it came before the answer
    out, into = app.connect()
    app.hang_up(out, into)
    assert client.next_event(0.2) is None


def test_overlap_and_offer(start_daemon, subscribed) -> None:
    daemon = start_daemon(
        exchange='incoming = "offer"', network="overlap_receiving = true\nmin_digits = 5"
    )
    app = subscribed(daemon)
    app.links_up()
    made = app.call(m.MakeCall(called="12", device="trunk/pstn", complete=False))
    begun = app.wait(ev.ServiceInitiated, direction="in")
    assert begun.called == "12"
    app.call(m.SendDigits(call_id=made.call_id, digits="34"))
    assert app.wait(ev.DigitsDialed, call_id=begun.call_id).called == "1234"
    app.call(m.SendDigits(call_id=made.call_id, digits="5"))
    offered = app.wait(ev.Offered, call_id=begun.call_id)
    assert offered.called == "12345"
    app.call(m.AcceptCall(call_id=offered.call_id, inband=True))
    assert app.wait(ev.Delivered, call_id=made.call_id).inband
    app.call(m.AnswerCall(call_id=offered.call_id))
    app.wait(ev.Established, call_id=made.call_id)
    app.hang_up(made.call_id, offered.call_id)
    lines = (daemon.directory / "records.jsonl").read_text().splitlines()
    assert [json.loads(line)["called"] for line in lines] == ["12345", "12345"]


def test_draining_waits_then_clears(start_daemon, subscribed) -> None:
    daemon = start_daemon(daemon='drain = "300ms"')
    app = subscribed(daemon)
    app.links_up()
    out, into = app.connect()
    app.call(m.Shutdown())
    app.wait(ev.Draining)
    with pytest.raises(Refused) as caught:
        app.call(m.MakeCall(called="1"))
    assert caught.value.word == "draining"
    ends = {app.wait(ev.ConnectionCleared).call_id for _ in range(2)}
    assert ends == {out, into}
    assert daemon.process.wait(90) == 0
    lines = (daemon.directory / "records.jsonl").read_text().splitlines()
    assert sorted(json.loads(line)["callId"] for line in lines) == sorted(ends)
    assert {json.loads(line)["q850"] for line in lines} == {41}
    assert not (daemon.directory / "trunkd.sock").exists()


def test_calls_of_a_dead_far_end_are_recorded_at_the_stop(start_daemon, subscribed) -> None:
    daemon = start_daemon(daemon='drain = "10ms"')
    app = subscribed(daemon)
    app.links_up()
    out, into = app.connect()
    app.call(m.SimCable(span="b0/1", action="cut"))
    app.wait(ev.LinkChanged, trunk="pstn", up=False)
    daemon.process.terminate()
    assert daemon.process.wait(90) == 0
    lines = (daemon.directory / "records.jsonl").read_text().splitlines()
    assert sorted(json.loads(line)["callId"] for line in lines) == [out, into]


def test_hangup_reopens_the_records(start_daemon, subscribed) -> None:
    daemon = start_daemon(daemon="watchdog = true")
    app = subscribed(daemon)
    app.links_up()
    records = daemon.directory / "records.jsonl"
    records.rename(daemon.directory / "old")
    daemon.process.send_signal(signal.SIGHUP)
    app.call(m.Status())
    out, into = app.dial()
    app.hang_up(into, out, cause=17)
    assert len(records.read_text().splitlines()) == 2
    assert (daemon.directory / "old").read_text() == ""


def test_no_channel_is_a_failed_call(start_daemon, subscribed) -> None:
    daemon = start_daemon(user='channels = "1-2"', network='channels = "1-2"')
    app = subscribed(daemon)
    app.links_up()
    calls = [app.connect() for _ in range(2)]
    made = app.call(m.MakeCall(called="1", device="trunk/pstn"))
    failed = app.wait(ev.Failed, call_id=made.call_id)
    assert (failed.q850, failed.cause) == (34, "trunksBusy")
    app.wait(ev.ConnectionCleared, call_id=made.call_id)
    for ends in calls:
        app.hang_up(*ends)


def test_watchdog_is_fed(start_daemon) -> None:
    daemon = start_daemon(environment={"WATCHDOG_USEC": "200000"})
    for _ in range(3):
        daemon.until("WATCHDOG=1")


def test_sigterm_without_calls_ends_at_once(start_daemon) -> None:
    daemon = start_daemon()
    daemon.process.terminate()
    daemon.until("STOPPING=1")
    assert daemon.process.wait(90) == 0
    assert "Traceback" not in daemon.log_text()
