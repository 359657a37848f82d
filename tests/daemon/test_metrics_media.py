"""What Prometheus sees of the media engine, in virtual time."""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Iterator

import pytest
from prometheus_client.parser import text_string_to_metric_families

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from media_rig import Rig, sine

from trunkd.daemon import events as ev
from trunkd.daemon.metrics import Snapshot
from trunkd.daemon.metrics_media import MediaMetrics


@pytest.fixture
def rig(tmp_path: pathlib.Path) -> Iterator[Rig]:
    made = Rig(tmp_path)
    yield made
    made.close()


class Scrapes:
    """The metrics of a rig as Prometheus reads them."""

    def __init__(self, rig: Rig) -> None:
        self.metrics = MediaMetrics(rig.node)
        rig.node.sinks.append(self.metrics.event)

    def values(self) -> dict[str, float]:
        """``name`` or ``name/label`` -> value."""
        found = {}
        text = Snapshot(self.metrics.families()).text().decode()
        for family in text_string_to_metric_families(text):
            assert family.documentation
            for sample in family.samples:
                name = "/".join((sample.name.removeprefix("trunkd_"), *sample.labels.values()))
                assert name not in found
                found[name] = sample.value
        return found


def test_all_series_are_there_from_the_start(rig: Rig) -> None:
    values = Scrapes(rig).values()
    soft = len(rig.node.boards["b0"].board.soft)
    assert values["soft_channels/b0/idle"] == soft > 0
    limits = {"soft_channels/b0/idle", "prompt_cache_limit_octets"}
    assert {name for name, value in values.items() if value} == limits
    for name in (
        "plays_ended_total/damaged",
        "faxes_ended_total/noTraining",
        "call_progress_verdicts_total/machine",
        "media_channels/music",
        "conference_members/coach",
    ):
        assert values[name] == 0


def test_what_channels_do(rig: Rig) -> None:
    scrapes = Scrapes(rig)
    calls = [rig.call().near.call_id for _ in range(4)]
    number = rig.ask("createConference").conference
    rig.ask("joinConference", conference=number, callId=calls[0])
    rig.ask("joinConference", conference=number, callId=calls[1], role="monitor")
    rig.ask("connectCalls", callId=calls[2], other=calls[3])
    rig.ask("startListening", callId=calls[2], kinds=["dtmf"])
    rig.ask("generateTone", conference=number, tone="gb/busy")
    audio = rig.audio(callId=calls[3])
    values = scrapes.values()
    assert values["conferences"] == 1
    assert (values["conference_members/talk"], values["conference_members/monitor"]) == (1, 1)
    by_work = {n.removeprefix("media_channels/"): v for n, v in values.items() if "channels/" in n}
    expected = {"conference": 2, "connected": 2, "listen": 1, "audio": 1, "play": 1}
    assert {w: n for w, n in by_work.items() if n and "/" not in w} == expected
    assert values["soft_channels/b0/busy"] == 1
    rig.run(0.1)
    audio.close()
    rig.ask("closeConference", conference=number)
    rig.run(0.1)
    values = scrapes.values()
    assert values["soft_channels/b0/busy"] == values["conferences"] == 0
    assert values["live_audio_ended_total/gone"] == 1
    assert values["live_audio_packets_total"] >= 4
    assert values["plays_ended_total/stopped"] == 1


def test_what_ended_and_how(rig: Rig) -> None:
    scrapes = Scrapes(rig)
    ends = rig.call()
    near, far = {"callId": ends.near.call_id}, {"callId": ends.far.call_id}
    name = rig.write("one.wav", sine(440, 0.5))
    for _ in range(2):
        rig.ask("playMessage", **near, message=name)
        rig.run(0.7)
    rig.ask("recordMessage", **far, message="r.wav", maxDuration=0.4)
    rig.wait(ev.Stop, 3)
    rig.ask("startListening", **near, kinds=["dtmf"])
    rig.ask("startDigitsCollection", **near, maxDigits=3)
    rig.ask("generateDigits", **far, digits="123")
    rig.wait(ev.DigitsCollected)
    rig.wait(ev.Stop, 4)
    rig.ask("startCallProgressAnalysis", **near, country="gb")
    rig.ask("generateTone", **far, tone="gb/busy")
    rig.wait(ev.CallProgressResult)
    values = scrapes.values()
    assert values["plays_ended_total/complete"] == 3  # two files, three digits
    assert values["play_seconds_total"] == pytest.approx(0.5 + 0.5 + 3 * 0.16, abs=0.05)
    assert values["recordings_ended_total/complete"] == 1
    assert values["recording_seconds_total"] == pytest.approx(0.4, abs=0.01)
    assert values["recording_samples_lost_total"] == 0
    assert (values["prompt_cache_hits_total"], values["prompt_cache_misses_total"]) == (1, 1)
    assert values["prompt_cache_octets"] == 4000
    assert values["digits_detected_total/dtmf"] == 3
    assert values["collections_ended_total/maximum"] == 1
    assert values["digits_collected_total"] == 3
    assert values["call_progress_verdicts_total/busy"] == 1


def test_events_of_fax_and_of_trouble(rig: Rig) -> None:
    scrapes = Scrapes(rig)
    tell = scrapes.metrics.event
    where = (1, 0, 1, "trunk/user/1")
    page = (1728, 100, 0, 0, 14400)
    tell(ev.FaxPage(*where, 1, True, "MCF", 100, 1728, 0, 0, 14400), "user")
    tell(ev.FaxPage(*where, 2, False, "RTN", *page), "user")
    tell(ev.FaxEnded(*where, False, "farEnd", "it said no", 1), "user")
    tell(ev.Stop(*where, "record", "a.wav", 800, "failed", "disk full", lost=55), "user")
    tell(ev.Stop(*where, "play", "a.wav", 800, "damaged", "short"), "user")
    tell(ev.AudioClosed(*where, 1, "gone", 100, 7, 1600, 3, 1), "user")
    values = scrapes.values()
    assert (values["fax_pages_total/confirmed"], values["fax_pages_total/refused"]) == (1, 1)
    assert values["faxes_ended_total/farEnd"] == 1
    assert values["recordings_ended_total/failed"] == 1
    assert values["recording_samples_lost_total"] == 55
    assert values["plays_ended_total/damaged"] == 1
    assert values["live_audio_packets_dropped_total"] == 7
    assert values["live_audio_gaps_total"] == 3
    assert values["live_audio_packets_malformed_total"] == 1
