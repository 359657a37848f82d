"""Prometheus: everything a technician would alert on, under names ``trunkd_*``.

Gauges and counters are read from the node when Prometheus asks; what happens between two scrapes
(calls, set-up times) is counted as it happens. ``snapshot`` takes the values on the event loop;
writing them as text is left to another thread, so that a scrape delays no frame.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable
from typing import Final

from prometheus_client import generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from .. import __version__
from ..board.events import Alarm
from .calls import Call
from .callstore import CallStore
from .events import csta_cause
from .methods import SpanInfo, TrunkInfo
from .metrics_line import line_families
from .metrics_media import MediaMetrics
from .metrics_route import route_families
from .metrics_session import session_families
from .metrics_smdi import smdi_families
from .metrics_ss7 import ss7_families
from .node import Node
from .records import RecordFile
from .server import Server

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

SETUP_BUCKETS: Final = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0)
"""Seconds from the call's start to Delivered (post-dial delay) or to its answer."""


class Histogram:
    """Counts by upper bound, for one set of labels."""

    def __init__(self) -> None:
        self._counts = [0] * (len(SETUP_BUCKETS) + 1)
        self._sum = 0.0

    def observe(self, seconds: float) -> None:
        self._counts[bisect.bisect_left(SETUP_BUCKETS, seconds)] += 1
        self._sum += seconds

    def buckets(self) -> list[tuple[str, float]]:
        total, made = 0, []
        for bound, count in zip((*SETUP_BUCKETS, float("inf")), self._counts, strict=True):
            total += count
            made.append(("+Inf" if bound == float("inf") else str(bound), float(total)))
        return made

    @property
    def sum(self) -> float:
        return self._sum


class Snapshot(Collector):
    """Families as they were when it was made: a registry of one scrape."""

    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families

    def text(self) -> bytes:
        """The exposition format."""
        return generate_latest(self)


class Metrics:
    """What is counted as it happens, and how the rest is read."""

    def __init__(self, node: Node, server: Server, records: RecordFile | None) -> None:
        self._node = node
        self._server = server
        self._records = records
        self.store: CallStore | None = None
        self._ended: dict[tuple[str, str, int], int] = {}
        self._alerted: dict[tuple[str, str], Histogram] = {}
        self._answered: dict[tuple[str, str], Histogram] = {}
        self._talk: dict[tuple[str, str], float] = {}
        self.media: Final = MediaMetrics(node)
        self.scrapes = 0

    def call_ended(self, call: Call) -> None:
        """Sink of the node's calls."""
        key = (call.trunk.name, call.direction)
        ended = (*key, call.cause)
        self._ended[ended] = self._ended.get(ended, 0) + 1
        if call.delivered:
            self._histogram(self._alerted, key, call.delivered - call.started)
        if call.answered:
            self._histogram(self._answered, key, call.answered - call.started)
            talk = (call.ended - call.answered) / 1e9
            self._talk[key] = self._talk.get(key, 0.0) + talk

    @staticmethod
    def _histogram(
        histograms: dict[tuple[str, str], Histogram], key: tuple[str, str], ns: int
    ) -> None:
        found = histograms.get(key)
        if found is None:
            found = histograms[key] = Histogram()
        found.observe(ns / 1e9)

    def snapshot(self) -> Snapshot:
        """All values now; to be called on the event loop."""
        self.scrapes += 1
        spans = self._node.span_infos()
        trunks = [trunk.info() for trunk in self._node.trunks.values()]
        return Snapshot(
            [
                *_span_families(spans),
                *_trunk_families(trunks),
                *_channel_families(trunks),
                *self._call_families(),
                *ss7_families(self._node),
                *line_families(self._node),
                *route_families(self._node),
                *smdi_families(self._node),
                *self.media.families(),
                *self._engine_families(),
                *self._client_families(),
                *session_families(self._node, self._server),
            ]
        )

    def _call_families(self) -> list[Metric]:
        labels = ["trunk", "direction"]
        up = GaugeMetricFamily(
            "trunkd_calls", "Calls up now, by connection state", labels=[*labels, "state"]
        )
        now: dict[tuple[str, str, str], int] = {}
        for call in self._node.calls.values():
            key = (call.trunk.name, call.direction, call.state)
            now[key] = now.get(key, 0) + 1
        for state_key, count in now.items():
            up.add_metric(list(state_key), count)
        ended = CounterMetricFamily(
            "trunkd_calls_ended",
            "Calls that ended, by Q.850 cause",
            labels=[*labels, "cause", "q850"],
        )
        for (trunk, direction, q850), count in self._ended.items():
            ended.add_metric([trunk, direction, csta_cause(q850), str(q850)], count)
        started = CounterMetricFamily("trunkd_calls_started", "Calls placed and offered")
        started.add_metric([], self._node.calls_total)
        talk = CounterMetricFamily(
            "trunkd_talk_seconds", "Time between answer and end of calls", labels=labels
        )
        for key2, seconds in self._talk.items():
            talk.add_metric(list(key2), seconds)
        alerted = HistogramMetricFamily(
            "trunkd_call_alerting_seconds", "From a call's start to alerting", labels=labels
        )
        answered = HistogramMetricFamily(
            "trunkd_call_setup_seconds", "From a call's start to its answer", labels=labels
        )
        for family, values in ((alerted, self._alerted), (answered, self._answered)):
            for key2, histogram in values.items():
                family.add_metric(list(key2), histogram.buckets(), histogram.sum)
        return [up, started, ended, talk, alerted, answered]

    def _engine_families(self) -> list[Metric]:
        labels = ["board"]
        busy = CounterMetricFamily(
            "trunkd_engine_busy_seconds", "CPU time of a board's engine", labels=labels
        )
        ran = CounterMetricFamily(
            "trunkd_engine_seconds", "Line time that a board's engine has done", labels=labels
        )
        overruns = CounterMetricFamily(
            "trunkd_engine_overruns", "Blocks that began late by a block or more", labels=labels
        )
        lost = CounterMetricFamily(
            "trunkd_board_events_lost",
            "Events the board's ring had no room for",
            labels=labels,
        )
        load = GaugeMetricFamily(
            "trunkd_engine_load", "Share of time the engine was busy since start", labels=labels
        )
        for unit in self._node.boards.values():
            stats = unit.board.stats()
            seconds = stats.blocks * stats.block_ns / 1e9
            busy.add_metric([unit.name], stats.busy_ns / 1e9)
            ran.add_metric([unit.name], seconds)
            overruns.add_metric([unit.name], stats.overruns)
            lost.add_metric([unit.name], stats.events_lost)
            load.add_metric([unit.name], stats.busy_ns / 1e9 / seconds if seconds else 0.0)
        return [busy, ran, overruns, lost, load]

    def _client_families(self) -> list[Metric]:
        server, node = self._server, self._node
        info = GaugeMetricFamily("trunkd_info", "Always 1", labels=["version", "instance"])
        info.add_metric([__version__, node.instance], 1)
        values: list[tuple[str, str, float, bool]] = [
            ("trunkd_clients", "Connections to the socket", len(server.clients), False),
            (
                "trunkd_client_queue_max",
                "Events that wait for the slowest client",
                max((c.behind for c in server.clients), default=0),
                False,
            ),
            ("trunkd_client_events_lost", "Events slow clients lost", server.events_lost, True),
            ("trunkd_clients_denied", "Connections refused by user", server.denied, True),
            ("trunkd_requests", "Requests on the socket", server.requests, True),
            ("trunkd_requests_refused", "Requests answered by an error", server.refused, True),
            ("trunkd_problems", "Failures in trunkd itself; see its log", node.problems, True),
            (
                "trunkd_audited",
                "States of calls and channels that disagreed and were put right",
                sum(node.auditor.found.values()),
                True,
            ),
            (
                "trunkd_calls_kept",
                "Calls of the run before, which was killed, that go on at both ends",
                node.kept.outcomes["kept"],
                True,
            ),
            (
                "trunkd_calls_lost",
                "Calls of the run before, which was killed, that ended with it",
                node.kept.outcomes["lost"],
                True,
            ),
            ("trunkd_events", "Events told", node.seq, True),
            ("trunkd_draining", "1 while the daemon stops", int(node.draining), False),
            ("trunkd_scrapes", "Times this page was read", self.scrapes, True),
        ]
        if self._records is not None:
            records = self._records
            values += [
                ("trunkd_records_written", "Call records written", records.written, True),
                ("trunkd_records_dropped", "Call records dropped", records.dropped, True),
                (
                    "trunkd_records_failing",
                    "1 while the record file cannot be written",
                    int(bool(records.failing)),
                    False,
                ),
            ]
        values += self._store_values()
        return [info, *(_plain(*value) for value in values)]

    def _store_values(self) -> list[tuple[str, str, float, bool]]:
        store = self.store
        if store is None:
            return []
        return [
            (
                "trunkd_call_store_dropped",
                "Calls that had no room to wait for the call store",
                store.dropped,
                True,
            ),
            (
                "trunkd_call_store_failing",
                "1 while the call store cannot be written",
                int(bool(store.failing)),
                False,
            ),
        ]


def _plain(name: str, text: str, value: float, counter: bool) -> Metric:
    family = (CounterMetricFamily if counter else GaugeMetricFamily)(name, text)
    family.add_metric([], value)
    return family


_SPAN_ERRORS: Final = (
    "fas_errors",
    "crc4_errors",
    "crc6_errors",
    "e_bits",
    "slips",
    "severely_errored",
    "far_errored",
    "far_severely_errored",
    "far_slipped",
)


def _span_families(spans: list[SpanInfo]) -> list[Metric]:
    up = GaugeMetricFamily(
        "trunkd_span_up", "1: the span has no alarm; 0: it has one", labels=["span"]
    )
    alarm = GaugeMetricFamily(
        "trunkd_span_alarm", "1: this alarm is present on the span", labels=["span", "alarm"]
    )
    raised = CounterMetricFamily(
        "trunkd_span_alarms_raised", "Times raised", labels=["span", "alarm"]
    )
    errors = CounterMetricFamily(
        "trunkd_span_errors",
        "FAS, CRC-4, CRC-6, far-end errors and slips; a T1's events and seconds, too",
        labels=["span", "kind"],
    )
    frames = CounterMetricFamily(
        "trunkd_span_frames", "Basic frames of 125 us received", labels=["span"]
    )
    for span in spans:
        up.add_metric([span.name], 0 if span.alarms else 1)
        frames.add_metric([span.name], span.counters["frames"])
        for kind in _SPAN_ERRORS:
            if kind in span.counters:
                errors.add_metric([span.name, kind.removesuffix("_errors")], span.counters[kind])
        for one in Alarm:
            alarm.add_metric([span.name, one.name], int(one.name in span.alarms))
            raised.add_metric([span.name, one.name], span.counters.get(f"alarm_{one.name}", 0))
    return [up, alarm, raised, errors, frames]


def _trunk_families(trunks: list[TrunkInfo]) -> list[Metric]:
    link = GaugeMetricFamily(
        "trunkd_link_up",
        "1: the trunk's signalling is up (D-channel, or the way to the SS7 exchange); 0: it is not",
        labels=["trunk"],
    )
    counters = CounterMetricFamily(
        "trunkd_dchannel", "Counters of HDLC, Q.921 and Q.931", labels=["trunk", "counter"]
    )
    links = GaugeMetricFamily(
        "trunkd_dchannel_up",
        "1: the D-channel on this span is in service or stand-by; 0: it is not",
        labels=["trunk", "span"],
    )
    faults = CounterMetricFamily(
        "trunkd_protocol_faults", "What the far end did wrong", labels=["trunk", "kind"]
    )
    for trunk in trunks:
        link.add_metric([trunk.name], int(trunk.up))
        d_channel = trunk.counters if trunk.signalling == "pri" else {}
        for name, value in d_channel.items():
            counters.add_metric([trunk.name, name], value)
        for one in trunk.d_channels:
            links.add_metric([trunk.name, one.span], int(one.state in ("in service", "stand-by")))
        for kind, value in trunk.faults.items():
            faults.add_metric([trunk.name, kind], value)
    return [link, links, counters, faults]


def _channel_families(trunks: list[TrunkInfo]) -> list[Metric]:
    family = GaugeMetricFamily("trunkd_channels", "Channels by state", labels=["trunk", "state"])
    for trunk in trunks:
        family.add_metric([trunk.name, "idle"], trunk.idle)
        family.add_metric([trunk.name, "busy"], trunk.busy)
        family.add_metric([trunk.name, "restarting"], trunk.restarting)
        family.add_metric([trunk.name, "out_of_service"], trunk.out_of_service)
        family.add_metric([trunk.name, "blocked"], trunk.blocked)
        family.add_metric([trunk.name, "testing"], trunk.testing)
    return [family]
