"""The Prometheus endpoint, read as Prometheus reads it."""

from __future__ import annotations

import json
import urllib.error
import urllib.request

import pytest
from prometheus_client.parser import text_string_to_metric_families

from trunkd.daemon import methods as m


def scrape(app) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    address = app.call(m.Status()).metrics
    with urllib.request.urlopen(f"http://{address}/metrics", timeout=90) as page:
        assert page.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        text = page.read().decode()
    values = {}
    for family in text_string_to_metric_families(text):
        assert family.name.startswith("trunkd_")
        assert family.documentation
        for sample in family.samples:
            values[sample.name, tuple(sorted(sample.labels.items()))] = sample.value
    return values


def key(name: str, **labels: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    return name, tuple(sorted(labels.items()))


def test_endpoint(app) -> None:
    out, into = app.connect()
    app.hang_up(out, into)
    before = scrape(app)
    out, into = app.connect()
    during = scrape(app)
    app.hang_up(into, out)
    refused, _ = app.dial()
    app.hang_up(_, refused, cause=17)
    after = scrape(app)

    assert before[key("trunkd_span_up", span="b0/1")] == 1
    assert before[key("trunkd_span_alarm", span="b0/2", alarm="LOS")] == 0
    assert before[key("trunkd_link_up", trunk="pstn")] == 1
    assert before[key("trunkd_dchannel_total", trunk="pstn", counter="rx_frames")] > 5
    assert before[key("trunkd_dchannel_total", trunk="pstn", counter="q921_rx_i")] > 2
    assert before[key("trunkd_channels", trunk="pstn", state="idle")] == 30
    assert during[key("trunkd_channels", trunk="pstn", state="busy")] == 1
    assert during[key("trunkd_calls", trunk="pstn", direction="out", state="connected")] == 1
    assert during[key("trunkd_clients")] >= 1
    ended = {"trunk": "pstn", "direction": "out"}

    def count(values, q850: int, word: str) -> float:
        return values.get(key("trunkd_calls_ended_total", cause=word, q850=str(q850), **ended), 0)

    assert count(after, 16, "normalClearing") - count(before, 16, "normalClearing") == 1
    assert count(after, 17, "busy") == 1
    setup = key("trunkd_call_setup_seconds_count", **ended)
    assert after[setup] - before[setup] == 1
    buckets = [
        (float(dict(labels)["le"]), value)
        for (name, labels), value in after.items()
        if name == "trunkd_call_setup_seconds_bucket" and dict(labels)["direction"] == "out"
    ]
    assert [v for _, v in sorted(buckets)] == sorted(v for _, v in buckets)
    assert after[key("trunkd_engine_seconds_total", board="b0")] > 0
    assert (
        after[key("trunkd_span_frames_total", span="b0/1")]
        > before[key("trunkd_span_frames_total", span="b0/1")]
    )
    assert after[key("trunkd_engine_overruns_total", board="b0")] >= 0
    assert after[key("trunkd_client_events_lost_total")] == 0


def test_alarm_is_seen(app) -> None:
    from trunkd.daemon import events as ev

    app.call(m.SimCable(span="b0/1", action="cut"))
    app.wait(ev.AlarmChanged, span="b0/1", alarm="LOS", active=True)
    values = scrape(app)
    app.call(m.SimCable(span="b0/1", action="mend"))
    assert values[key("trunkd_span_alarm", span="b0/1", alarm="LOS")] == 1
    assert values[key("trunkd_span_up", span="b0/1")] == 0
    assert values[key("trunkd_span_alarms_raised_total", span="b0/1", alarm="LOS")] >= 1
    app.links_up()


def test_other_pages(app) -> None:
    address = app.call(m.Status()).metrics
    with urllib.request.urlopen(f"http://{address}/health", timeout=90) as page:
        health = json.loads(page.read())
    assert health["ok"] is True
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"http://{address}/etc/passwd", timeout=90)
    request = urllib.request.Request(f"http://{address}/metrics", method="DELETE")
    with pytest.raises(urllib.error.HTTPError, match="405"):
        urllib.request.urlopen(request, timeout=90)
