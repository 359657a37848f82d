"""Metrics of the socket's clients and sessions, their requests, and predictive calls."""

from __future__ import annotations

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from .node import Node
from .roles import RANKS
from .server import Server
from .session_counts import Counts
from .switch_predict import RESULT_WORDS


def session_families(node: Node, server: Server) -> list[Metric]:
    """All of them; to be called on the event loop."""
    return [
        *_clients(server),
        *_sessions(node),
        *_requests(server.service.counts),
        *_resumes(server.service.counts),
        *_predictions(node),
    ]


def _clients(server: Server) -> list[Metric]:
    family = GaugeMetricFamily(
        "trunkd_connected_clients",
        "Connections by role, by what they came, and by the name that their hello gave,"
        " without a number at its end; names after the first 32 are `other`",
        labels=["role", "by", "application"],
    )
    roles = GaugeMetricFamily(
        "trunkd_clients_by_role", "Connections by role; none: only hello", labels=["role"]
    )
    found: dict[tuple[str, str, str], int] = {}
    by_role = dict.fromkeys(RANKS, 0)
    for client in server.clients:
        if client.peer is None:
            continue
        key = (client.role.name, client.peer.by, server.service.counts.application(client.name))
        found[key] = found.get(key, 0) + 1
        by_role[client.role.name] += 1
    for (role, by, application), count in found.items():
        family.add_metric([role or "none", by, application], count)
    for role, count in by_role.items():
        roles.add_metric([role or "none"], count)
    return [family, roles]


def _sessions(node: Node) -> list[Metric]:
    counted = node.sessions.counted()
    sessions = GaugeMetricFamily(
        "trunkd_sessions",
        "Sessions: connected; waiting (gone, and their calls wait for them); idle (known by name)",
        labels=["state"],
    )
    for state, count in counted.sessions.items():
        sessions.add_metric([state], count)
    owned = GaugeMetricFamily(
        "trunkd_owned_calls",
        "Calls by whether their session is connected, gone, or there is none",
        labels=["owner"],
    )
    for owner, count in counted.calls.items():
        owned.add_metric([owner], count)
    leases = GaugeMetricFamily(
        "trunkd_leases",
        "Calls kept for a session that is gone: for a time, or until it is back",
        labels=["term"],
    )
    for term, count in counted.leases.items():
        leases.add_metric([term], count)
    return [sessions, owned, leases]


def _requests(counts: Counts) -> list[Metric]:
    requests = CounterMetricFamily(
        "trunkd_method_requests",
        "Requests by method and by how they ended: `done`, or the word of the error",
        labels=["method", "outcome"],
    )
    for (method, outcome), count in counts.requests.items():
        requests.add_metric([method, outcome], count)
    away = CounterMetricFamily(
        "trunkd_requests_turned_away",
        "Requests that were not looked at: for want of a role or a token, too many a second"
        " (`requests_per_second`), too many without an answer (`outstanding`)",
        labels=["why"],
    )
    for why, count in counts.turned_away.items():
        away.add_metric([why], count)
    replayed = _counter(
        "trunkd_requests_replayed",
        "Requests whose `key` had come before: not done again, the first answer was given",
        counts.replayed,
    )
    return [requests, away, replayed]


def _resumes(counts: Counts) -> list[Metric]:
    resumes = CounterMetricFamily(
        "trunkd_resumes",
        "Clients that came back with the number of the last event they saw: nothing was missed,"
        " some had left the journal, or the number is of a run that is not known",
        labels=["result"],
    )
    for result, count in counts.resumes.items():
        resumes.add_metric([result], count)
    return [
        resumes,
        _counter(
            "trunkd_resume_events", "Events told to those who came back", counts.resume_events
        ),
        _counter(
            "trunkd_resume_events_lost",
            "Events that had left the journal when a client came back",
            counts.resume_lost,
        ),
    ]


def _predictions(node: Node) -> list[Metric]:
    predictions = node.switch.predictions
    results = CounterMetricFamily(
        "trunkd_predictive_results",
        "Predictive calls by what call progress analysis, or the end of the call, decided",
        labels=["result"],
    )
    info = predictions.info()
    for result in RESULT_WORDS:
        results.add_metric([result], predictions.results.get(result, 0))
    waiting = GaugeMetricFamily(
        "trunkd_predictive_waiting", "Predictive calls that no agent speaks with yet"
    )
    waiting.add_metric([], info.waiting)
    ratio = GaugeMetricFamily(
        "trunkd_predictive_abandon_ratio",
        "Abandoned, of those who were for an agent (connected and abandoned), since the start",
    )
    ratio.add_metric([], info.abandon_rate)
    return [
        _counter("trunkd_predictive_attempts", "Predictive calls placed", predictions.attempts),
        _counter(
            "trunkd_predictive_answered",
            "Predictive calls that were answered, by whomever or whatever",
            predictions.answered,
        ),
        results,
        _counter(
            "trunkd_predictive_connected", "Of those: an agent spoke with them", info.connected
        ),
        _counter(
            "trunkd_predictive_abandoned", "People for whom no agent was there", info.abandoned
        ),
        waiting,
        ratio,
    ]


def _counter(name: str, text: str, value: float) -> Metric:
    family = CounterMetricFamily(name, text)
    family.add_metric([], value)
    return family
