"""makePredictiveCall: people are called before an agent is there for them.

What answers is found by call progress analysis (media_analysis.py). The result, once, decides: to
an agent who waits or is called now, to the application, or cleared. A person for whom no agent was
there in time is an abandoned call; they are counted, since regulators limit their share.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..errors import DriverError, Error, LocalError
from ..signaling.call import CallRequest, PartyNumber
from . import events, media_analysis
from .events import ALERTING, CONNECTED, FAIL, csta_cause
from .events_media import CallProgressResult
from .events_switch import PredictiveAbandoned, PredictiveConnected, PredictiveResult
from .methods_switch_more import MakePredictiveCall, PredictionsInfo

if TYPE_CHECKING:
    from .calls import Call
    from .node import Node

SECOND: Final = 1_000_000_000
NORMAL_CLEARING: Final = 16
BUSY: Final = 17
NO_ANSWER_CAUSES: Final = frozenset({18, 19})
CONGESTION_CAUSES: Final = frozenset({34, 38, 41, 42, 44, 47})
"""Q.850."""

RESULTS: Final = {
    "person": "person",
    "machine": "machine",
    "fax": "fax",
    "modem": "modem",
    "busy": "busy",
    "congestion": "congestion",
    "no-answer": "noAnswer",
    "unobtainable": "failed",
    "sit": "failed",
}
"""Verdicts of the analysis; others are unknown."""

RESULT_WORDS: Final = tuple(dict.fromkeys((*RESULTS.values(), "unknown")))
NOT_ANSWERED: Final = frozenset({"busy", "congestion", "noAnswer", "failed"})


class Prediction:
    """One call by makePredictiveCall."""

    __slots__ = ("agent", "analysing", "call", "confidence", "decided", "over", "wanted")

    def __init__(self, call: Call, wanted: MakePredictiveCall) -> None:
        self.call: Final = call
        self.wanted: Final = wanted
        self.analysing = False
        self.decided = 0
        self.confidence = 0.0
        self.agent: Call | None = None
        """Who is called for it, or speaks with it."""
        self.over = False
        """Connected, handed on, cleared or abandoned: nothing is to be done any more."""


class Predictions:
    """All predictive calls of a node, and what was counted of them."""

    def __init__(self, node: Node) -> None:
        self._node: Final = node
        self._by: Final[dict[int, Prediction]] = {}
        """By callId of the one who is called, or of the agent who is called for it."""
        self.results: Final[dict[str, int]] = {}
        self.attempts = 0
        self.answered = 0
        self.connected = 0
        self.abandoned = 0
        node.sinks.append(self._event)

    def info(self) -> PredictionsInfo:
        tried = self.connected + self.abandoned
        return PredictionsInfo(
            results=dict(sorted(self.results.items())),
            connected=self.connected,
            abandoned=self.abandoned,
            waiting=sum(not p.over and k == p.call.call_id for k, p in self._by.items()),
            abandon_rate=round(self.abandoned / tried, 4) if tried else 0.0,
        )

    def begin(self, call: Call, wanted: MakePredictiveCall) -> None:
        """It was placed."""
        prediction = Prediction(call, wanted)
        self._by[call.call_id] = prediction
        self.attempts += 1
        self.changed(call)

    # What happens

    def changed(self, call: Call) -> None:
        """State or channel of a connection is another."""
        prediction = self._by.get(call.call_id)
        if prediction is None or prediction.over:
            return
        if call is not prediction.call:
            if call.state == CONNECTED:
                self._soon(prediction, self._agent_there)
            return
        if call.state == ALERTING:
            due = self._node.now() + round(prediction.wanted.ring_time * SECOND)
            self._node.at(due, lambda now: self._rang(prediction))
        if call.state == FAIL or prediction.decided:
            return
        if not prediction.wanted.analyse:
            if call.state == CONNECTED:
                self._soon(prediction, lambda p: self._decide(p, "person"))
            return
        heard = call.inband or call.state == CONNECTED
        if heard and not prediction.analysing and self._node.media.of_call(call.call_id):
            prediction.analysing = True
            self._soon(prediction, self._analyse)

    def _soon(self, prediction: Prediction, action: object) -> None:
        """Not from within what an engine is doing, nor before its event is told."""
        assert callable(action)

        def do(now: int) -> None:
            if not prediction.over and prediction.call.call_id in self._node.calls:
                action(prediction)

        self._node.at(self._node.now(), do)

    def _analyse(self, prediction: Prediction) -> None:
        call = prediction.call
        channel = self._node.media.of_call(call.call_id)
        if channel is None or "analysis" in channel.work:
            return
        settings = {"no_answer": 1000 * prediction.wanted.ring_time}
        try:
            media_analysis.start(channel, "", settings, call.answered != 0)
        except (LocalError, DriverError) as exc:
            self._node.problem(exc)
            self._decide(prediction, "unknown")

    def _event(self, event: events.Event, trunk: str) -> None:
        """Sink of the node's events: the analysis has a verdict."""
        if not isinstance(event, CallProgressResult):
            return
        prediction = self._by.get(event.call_id)
        if prediction is None or prediction.decided:
            return
        prediction.confidence = event.confidence
        result = RESULTS.get(event.verdict, "unknown")
        self._soon(prediction, lambda p: self._decide(p, result))

    def _rang(self, prediction: Prediction) -> None:
        """Long enough."""
        call = prediction.call
        alive = self._node.calls.get(call.call_id) is call
        if alive and call.state == ALERTING and not (prediction.over or prediction.decided):
            self._decide(prediction, "noAnswer")

    # What is done

    def _decide(self, prediction: Prediction, result: str) -> None:
        if prediction.decided or prediction.over:
            return
        action = self._action(prediction, result)
        agent = None
        if action == "connect":
            agent = self._free_agent(prediction)
            if agent is None:
                action = "wait"
        self._tell_result(prediction, result, action, agent)
        if action == "clear":
            self._end(prediction)
            self._clear(prediction.call)
        elif action == "hand":
            self._end(prediction)
        elif agent is not None:
            self._connect(prediction, agent)
        else:
            self._await_agent(prediction)

    @staticmethod
    def _action(prediction: Prediction, result: str) -> str:
        wanted = prediction.wanted
        if result in NOT_ANSWERED:
            return "clear"
        if result == "person":
            action: str = wanted.person
        elif result == "machine":
            action = wanted.machine
        else:
            action = wanted.unknown if result == "unknown" else wanted.fax
        has_agent = wanted.agents or wanted.agent_called or wanted.agent_device
        return "hand" if action == "connect" and not has_agent else action

    def _tell_result(
        self, prediction: Prediction, result: str, action: str, agent: Call | None
    ) -> None:
        node, call = self._node, prediction.call
        prediction.decided = node.now()
        self.results[result] = self.results.get(result, 0) + 1
        self.answered += call.answered != 0
        node.tell_call(
            PredictiveResult,
            call,
            result,
            action,
            agent.call_id if agent is not None else 0,
            node.wall(call.started),
            node.wall(call.delivered) if call.delivered else 0,
            node.wall(call.answered) if call.answered else 0,
            node.wall(prediction.decided),
            prediction.confidence,
            csta_cause(call.cause) if call.cause else "",
            call.cause,
        )

    def _free_agent(self, prediction: Prediction) -> Call | None:
        """One who waits: answered, speaking with nobody."""
        switch = self._node.switch
        for call_id in prediction.wanted.agents:
            agent = self._node.calls.get(call_id)
            if agent is None or agent.state != CONNECTED:
                continue
            if not (switch.is_held(agent) or switch.partners(agent)):
                return agent
        return None

    def _await_agent(self, prediction: Prediction) -> None:
        wanted = prediction.wanted
        if wanted.agent_called or wanted.agent_device:
            request = CallRequest(
                PartyNumber(wanted.agent_called), PartyNumber(prediction.call.called)
            )
            try:
                agent = self._node.switch.forwards.dial(wanted.agent_device, request)
            except LocalError:
                self._abandon(prediction, "noAvailableAgents")
                return
            prediction.agent = agent
            self._by[agent.call_id] = prediction
            self._node.switch.linked(prediction.call, agent)
        due = self._node.now() + round(wanted.abandon_time * SECOND)
        self._node.at(due, lambda now: self._too_late(prediction))

    def _agent_there(self, prediction: Prediction) -> None:
        if prediction.agent is not None and prediction.agent.state == CONNECTED:
            self._connect(prediction, prediction.agent)

    def look(self) -> None:
        """A connection may have become free for somebody who waits."""
        if self._by:
            self._node.at(self._node.now(), lambda now: self._agent_free())

    def _agent_free(self) -> None:
        """Whoever waits longest gets the agent."""
        for prediction in list(dict.fromkeys(self._by.values())):
            if prediction.decided and not prediction.over and prediction.agent is None:
                agent = self._free_agent(prediction)
                if agent is not None:
                    self._connect(prediction, agent)

    def _connect(self, prediction: Prediction, agent: Call) -> None:
        call, switch = prediction.call, self._node.switch
        prediction.agent = agent
        try:
            switch.join(agent, call)
        except Error as exc:
            self._node.problem(exc)
            self._abandon(prediction, "noAvailableAgents")
            return
        # The agent stays for the next call; nobody else could clear this one.
        switch.party(call).after = "clear"
        self.connected += 1
        waited = self._waited(prediction)
        self._end(prediction)
        self._node.tell_call(PredictiveConnected, call, agent.call_id, waited)

    def _waited(self, prediction: Prediction) -> float:
        since = prediction.call.answered or prediction.decided
        return round(max(0, self._node.now() - since) / SECOND, 3)

    def _too_late(self, prediction: Prediction) -> None:
        if not prediction.over:
            self._abandon(prediction, "timeout")

    def _abandon(self, prediction: Prediction, why: str) -> None:
        agent, call = prediction.agent, prediction.call
        self._end(prediction)
        self.abandoned += 1
        self._node.tell_call(PredictiveAbandoned, call, self._waited(prediction), why)
        if agent is not None and agent.state != CONNECTED:
            self._clear(agent)
        if why != "hungUp" and prediction.wanted.abandoned == "clear":
            self._clear(call)

    def _end(self, prediction: Prediction) -> None:
        prediction.over = True
        self._by.pop(prediction.call.call_id, None)
        if prediction.agent is not None:
            self._by.pop(prediction.agent.call_id, None)

    def _clear(self, call: Call) -> None:
        if self._node.calls.get(call.call_id) is not call or call.state == FAIL:
            return
        try:
            call.trunk.clear(call, NORMAL_CLEARING, call.trunk.now())
        except Error as exc:
            self._node.problem(exc)

    def gone(self, call: Call) -> None:
        """A connection has ended; ConnectionCleared is told next."""
        prediction = self._by.get(call.call_id)
        if prediction is None or prediction.over:
            return
        if call is not prediction.call:
            self._soon(prediction, lambda p: self._abandon(p, "noAvailableAgents"))
        elif prediction.decided:
            self._abandon(prediction, "hungUp")
        else:
            self._tell_result(prediction, self._by_cause(call), "cleared", None)
            self._end(prediction)

    @staticmethod
    def _by_cause(call: Call) -> str:
        if call.answered:
            return "unknown"  # it hung up before anything could be told
        if call.cause == BUSY:
            return "busy"
        if call.cause in NO_ANSWER_CAUSES:
            return "noAnswer"
        return "congestion" if call.cause in CONGESTION_CAUSES else "failed"
