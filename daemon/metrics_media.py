"""Prometheus metrics of the media engine. Every value that a label can take is known beforehand."""

from __future__ import annotations

from typing import Any, Final, get_args, get_type_hints

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from ..board.call_analysis_events import Verdict
from . import events_media as ev
from .events_base import Event
from .fax_events import Reason as FaxReason
from .media_conference import ROLES
from .node import Node

WORKS: Final = ("play", "record", "collect", "listen", "analysis", "audio", "fax")
"""Kinds of work on a channel; beside them "conference", "connected" and "music"."""


def _values(event: type[Event], field: str) -> tuple[str, ...]:
    """What a field of Literal type may hold."""
    values: tuple[str, ...] = get_args(get_type_hints(event)[field])
    return values


_COUNTED: Final = frozenset(
    {
        ev.Stop,
        ev.DigitsDetected,
        ev.DigitsCollected,
        ev.CallProgressResult,
        ev.AudioClosed,
        ev.FaxPage,
        ev.FaxEnded,
    }
)
"""Events that are looked at: most of all there are have nothing to do with media."""


class _Counts:
    """A counter by one label; all values are there from the start."""

    def __init__(self, name: str, text: str, label: str, values: tuple[str, ...]) -> None:
        self._name, self._text, self._label = name, text, label
        self._counts: dict[str, float] = dict.fromkeys(values, 0.0)

    def add(self, value: str, count: float = 1) -> None:
        self._counts[value] = self._counts.get(value, 0) + count

    def family(self) -> Metric:
        family = CounterMetricFamily(self._name, self._text, labels=[self._label])
        for value, count in self._counts.items():
            family.add_metric([value], count)
        return family


class MediaMetrics:
    """Counts what events tell; looks at the node for the rest."""

    def __init__(self, node: Node) -> None:
        self._node: Final = node
        stops = _values(ev.Stop, "reason")
        self._plays = _Counts(
            "trunkd_plays_ended", "Messages, digits and tones that ended", "reason", stops
        )
        self._recordings = _Counts(
            "trunkd_recordings_ended", "Recordings that ended", "reason", stops
        )
        self._collections = _Counts(
            "trunkd_collections_ended",
            "Collections of digits that ended",
            "reason",
            _values(ev.DigitsCollected, "reason"),
        )
        self._faxes = _Counts(
            "trunkd_faxes_ended", "Faxes that ended", "reason", get_args(FaxReason)
        )
        self._pages = _Counts(
            "trunkd_fax_pages", "Fax pages through", "result", ("confirmed", "refused")
        )
        self._audio = _Counts(
            "trunkd_live_audio_ended",
            "Live audio sockets that ended",
            "reason",
            _values(ev.AudioClosed, "reason"),
        )
        self._digits = _Counts(
            "trunkd_digits_detected",
            "Digits heard for startListening",
            "kind",
            _values(ev.DigitsDetected, "kind"),
        )
        self._verdicts = _Counts(
            "trunkd_call_progress_verdicts",
            "Verdicts of call progress analysis",
            "verdict",
            tuple(verdict.value for verdict in Verdict),
        )
        self._played = self._recorded = 0.0
        self._lost = self._collected = 0
        self._packets = self._dropped = self._gaps = self._malformed = 0

    def event(self, event: Event, trunk: str) -> None:
        """Sink of the node's events."""
        if type(event) in _COUNTED:
            self._count(event)

    def _count(self, event: Event) -> None:
        if isinstance(event, ev.Stop):
            self._stop(event)
        elif isinstance(event, ev.DigitsDetected):
            if event.ended:
                self._digits.add(event.kind)
        elif isinstance(event, ev.DigitsCollected):
            self._collections.add(event.reason)
            self._collected += len(event.digits)
        elif isinstance(event, ev.CallProgressResult):
            self._verdicts.add(event.verdict)
        elif isinstance(event, ev.AudioClosed):
            self._audio.add(event.reason)
            self._packets += event.packets
            self._dropped += event.dropped
            self._gaps += event.gaps
            self._malformed += event.malformed
        elif isinstance(event, ev.FaxPage):
            self._pages.add("confirmed" if event.confirmed else "refused")
        elif isinstance(event, ev.FaxEnded):
            self._faxes.add(event.reason)

    def _stop(self, event: ev.Stop) -> None:
        if event.kind == "play":
            self._plays.add(event.reason)
            self._played += event.octets / 8000
        else:
            self._recordings.add(event.reason)
            self._recorded += event.octets / 8000
            self._lost += event.lost

    def families(self) -> list[Metric]:
        """All values now; to be called on the event loop."""
        counts = (
            ("trunkd_play_seconds", "Seconds of messages sent", self._played),
            ("trunkd_recording_seconds", "Seconds of recordings made", self._recorded),
            (
                "trunkd_recording_samples_lost",
                "Samples that the disk did not take in time",
                self._lost,
            ),
            ("trunkd_digits_collected", "Digits that collections gave", self._collected),
            (
                "trunkd_live_audio_packets",
                "Packets given to applications; counted when the socket is closed, as the next",
                self._packets,
            ),
            (
                "trunkd_live_audio_packets_dropped",
                "Packets that applications did not read in time",
                self._dropped,
            ),
            (
                "trunkd_live_audio_gaps",
                "Times an application that spoke gave its next samples too late",
                self._gaps,
            ),
            (
                "trunkd_live_audio_packets_malformed",
                "Packets of a wrong size from applications",
                self._malformed,
            ),
        )
        return [
            self._channels(),
            *self._conferences(),
            self._soft(),
            *self._cache(),
            self._plays.family(),
            self._recordings.family(),
            self._collections.family(),
            self._audio.family(),
            self._faxes.family(),
            self._pages.family(),
            self._digits.family(),
            self._verdicts.family(),
            *(_counter(*count) for count in counts),
        ]

    def _channels(self) -> Metric:
        by_work = dict.fromkeys((*WORKS, "conference", "connected", "music"), 0)
        for channel in self._node.media.channels():
            for kind in channel.work:
                if kind in by_work:
                    by_work[kind] += 1
            if channel.conference is not None:
                by_work["conference"] += 1
            if channel.source:
                by_work["music" if channel.source.startswith("music/") else "connected"] += 1
        return _gauge(
            "trunkd_media_channels",
            "Channels by what is at work on them; one may do several things",
            "work",
            by_work,
        )

    def _conferences(self) -> list[Metric]:
        found = self._node.media.conferences.infos()
        roles = dict.fromkeys(ROLES, 0)
        for each in found:
            for member in each.members:
                roles[member.role] += 1
        count = GaugeMetricFamily("trunkd_conferences", "Conferences now")
        count.add_metric([], len(found))
        text = "Calls in conferences, by what they do there"
        return [count, _gauge("trunkd_conference_members", text, "role", roles)]

    def _soft(self) -> Metric:
        family = GaugeMetricFamily(
            "trunkd_soft_channels",
            "Channels without a line, for conferences and music on hold",
            labels=["board", "state"],
        )
        for unit in self._node.boards.values():
            used = self._node.media.conferences.soft.used(unit)
            family.add_metric([unit.name, "busy"], used)
            family.add_metric([unit.name, "idle"], len(unit.board.soft) - used)
        return family

    def _cache(self) -> list[Metric]:
        cache = self._node.media.cache
        counts = cache.counts()
        gauges: tuple[tuple[str, str, float], ...] = (
            ("trunkd_prompt_cache_octets", "Octets of voice files in memory", counts.octets),
            (
                "trunkd_prompt_cache_limit_octets",
                "What unused files may not go over ([media] cache_mb)",
                cache.limit_octets,
            ),
            ("trunkd_prompt_cache_prompts", "Voice files in memory", counts.prompts),
            ("trunkd_prompt_cache_in_use", "Of those, how many are played now", counts.in_use),
        )
        made: list[Metric] = []
        for name, text, value in gauges:
            family = GaugeMetricFamily(name, text)
            family.add_metric([], value)
            made.append(family)
        return [
            *made,
            _counter("trunkd_prompt_cache_hits", "Files that were in memory", counts.hits),
            _counter("trunkd_prompt_cache_misses", "Files that were read", counts.misses),
            _counter("trunkd_prompt_cache_dropped", "Files dropped to make room", counts.dropped),
        ]


def _counter(name: str, text: str, value: float) -> Metric:
    family = CounterMetricFamily(name, text)
    family.add_metric([], value)
    return family


def _gauge(name: str, text: str, label: str, values: dict[str, Any]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=[label])
    for value, count in values.items():
        family.add_metric([value], count)
    return family
