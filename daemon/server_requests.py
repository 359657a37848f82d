"""Requests of one connection: who may, how many, once by key, and answered in bounded time."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import msgspec

from . import roles, wire
from .audit_log import AuditEntry, shown
from .events_session import RequestSettled
from .later import Later
from .records import timestamp
from .service import as_wire_error
from .session_counts import Why
from .session_keys import Answer, Answers, Outcome, fingerprint
from .wire import WireError
from .wire_pass import Passing

if TYPE_CHECKING:
    from .server_client import Client

log: Final = logging.getLogger("trunkd.server")

OF_CONNECTION: Final = frozenset(
    {"hello", "setSession", "subscribe", "unsubscribe", "traceStart", "traceStop"}
)
"""Methods about the connection itself: a key means nothing for them."""
_WAIT: Final = 1.0
"""``retryAfter`` where too many results are outstanding."""


class Bucket:
    """So many requests a second on average, ``burst`` at once."""

    def __init__(self, rate: int, burst: int, now: float) -> None:
        self._rate: Final = rate
        self._burst: Final = max(1, burst)
        self._tokens = float(self._burst)
        self._time = now

    def take(self, now: float) -> float:
        """0: go on; else the seconds after which there is room again."""
        if not self._rate:
            return 0.0
        self._tokens = min(self._burst, self._tokens + (now - self._time) * self._rate)
        self._time = now
        if self._tokens >= 1:
            self._tokens -= 1
            return 0.0
        return (1 - self._tokens) / self._rate


class Pending:
    """A request whose result comes later."""

    def __init__(self, request: wire.Request, silent: bool) -> None:
        self.request: Final = request
        self.silent: Final = silent
        self.timer: asyncio.TimerHandle | None = None
        self.late = False
        """It was answered with `timeout`."""
        self.settled = False

    @property
    def id(self) -> wire.RequestId:
        return _id(self.request)


def _id(request: wire.Request) -> wire.RequestId:
    return None if request.id is msgspec.UNSET else request.id


def _outcome(value: Any, error: Exception | None) -> Outcome:
    return as_wire_error(error) if error is not None else msgspec.Raw(wire.encode(value))


def _internal(request: wire.Request) -> WireError:
    """To be called where an exception is handled: it goes to the log."""
    log.exception("method %s failed", request.method)
    return WireError(wire.INTERNAL_ERROR, "trunkd failed here; its log tells more")


class Requests:
    """What one client asks. ``answer`` gives the line, or nothing where it comes later."""

    def __init__(self, client: Client) -> None:
        server = client.server
        self._client: Final = client
        self._server: Final = server
        self._loop: Final = server.loop
        self._table: Final = server.service.access.sessions
        table = self._table
        self._counts: Final = server.service.counts
        self._bucket: Final = Bucket(table.requests_per_second, table.burst, self._loop.time())
        self._limited: Final = bool(table.requests_per_second or table.outstanding)
        self._service: Final = server.service
        self._rows: Final = server.service.rows
        self._answers: Final = Answers()
        """Of a connection that is of no session."""
        self.count = 0
        self.refused = 0
        self.outstanding = 0

    @property
    def answers(self) -> Answers:
        member = self._client.member
        return member.answers if member is not None else self._answers

    def answer(self, request: wire.Request | WireError) -> bytes:
        self.count += 1
        if isinstance(request, WireError):
            self._counts.ended("", request)
            return self.refuse((request.data or {}).get("id"), request)
        row = self._rows.get(request.method)
        # Without an id it is a notification: done, but never answered (JSON-RPC 2.0, 4.1).
        silent = request.id is msgspec.UNSET
        try:
            if self._limited or row is None or self._client.role.name not in row.roles:
                self._admit(request)
            if row is None or not row.observes:
                line = self._do(request, silent)
            else:
                # It changes nothing: it needs no key, and nobody owns what it makes.
                result = self._service.do(row, request, self._client)
                if isinstance(result, Later):
                    return self._later(request, silent, result, None, self.answers)
                line = wire.result_line(_id(request), result)
                self._counts.done[request.method] += 1
        except WireError as exc:
            line = self._refused(request, exc)
        except Exception:
            line = self._refused(request, _internal(request))
        return b"" if silent else line

    def _refused(self, request: wire.Request, error: WireError) -> bytes:
        self._audit(request, error)
        return self.refuse(_id(request), error)

    def _admit(self, request: wire.Request) -> None:
        """WireError rateLimited or denied."""
        limited = self._table.requests_per_second
        wait = self._bucket.take(self._loop.time()) if limited else 0.0
        limit = self._table.outstanding
        why: Why = "rate"
        if not wait and limit and self.outstanding >= limit:
            wait, why = _WAIT, "outstanding"
        if wait:
            self._counts.turned_away[why] += 1
            text = f"too many requests: try again in {wait:.3f} s"
            raise WireError(wire.RATE_LIMITED, text, {"retryAfter": round(wait, 3)})
        role = self._client.role.name
        if not roles.permits(role, request.method):
            wanted = roles.WANTED[request.method]
            have = f"you have {role}" if role else "you have none"
            text = f"{request.method} is for the role {wanted}: {have}"
            if self._client.awaits_token:
                text = "say hello with the token first"
            self._counts.turned_away["token" if self._client.awaits_token else "role"] += 1
            raise WireError(wire.DENIED, text, {"role": wanted})

    def _do(self, request: wire.Request, silent: bool) -> bytes:
        key = request.key
        if not self._client.local and request.method == "openAudio":
            text = "descriptors are passed over the Unix socket only: connect to that one"
            raise WireError(wire.INVALID_STATE, text)
        if isinstance(key, msgspec.UnsetType) or request.method in OF_CONNECTION:
            return self._run(request, silent, None)
        if request.method == "openAudio":
            text = "openAudio takes no key: a descriptor is passed once"
            raise WireError(wire.INVALID_PARAMS, text)
        now, print = self._loop.time(), fingerprint(request)
        answers = self.answers
        found = answers.find(key, print, now)
        if found is None:
            return self._run(request, silent, answers.begin(key, print, now))
        self._counts.replayed += 1
        if found.outcome is not None:
            return self._line(_id(request), found.outcome)
        pending = self._wait(request, silent)
        found.waiting.append(lambda outcome: self._settle(pending, outcome))
        return b""

    def _run(self, request: wire.Request, silent: bool, kept: Answer | None) -> bytes:
        """Do it. Where there is a key, ``kept`` gets the answer."""
        answers = self.answers
        try:
            result = self._service.call(request, self._client)
            if isinstance(result, Later):
                return self._later(request, silent, result, kept, answers)
            if isinstance(result, Passing):
                self._client.pass_on(_id(request), silent, result)
                self._audit(request, None, result.result)
                return b""
            if kept is None:
                line = wire.result_line(_id(request), result)
                self._audit(request, None, result)
                return line
            outcome = _outcome(result, None)
        except WireError as exc:
            if kept is None:
                raise
            outcome = exc
        except Exception:
            outcome = _internal(request)
        if kept is not None:
            answers.settled(kept, outcome)
        self._audit_outcome(request, outcome)
        return self._line(_id(request), outcome)

    # Results that come later

    def _later(
        self,
        request: wire.Request,
        silent: bool,
        result: Later,
        kept: Answer | None,
        answers: Answers,
    ) -> bytes:
        pending = self._wait(request, silent)

        def done(value: Any, error: Exception | None) -> None:
            outcome = _outcome(value, error)
            if kept is not None:
                answers.settled(kept, outcome)
            self._audit_outcome(request, outcome)
            self._settle(pending, outcome)

        result.then(done)
        return b""

    def _wait(self, request: wire.Request, silent: bool) -> Pending:
        self.outstanding += 1
        pending = Pending(request, silent)
        bound = self._table.answer_within / 1e9
        pending.timer = self._loop.call_later(bound, self._too_late, pending)
        return pending

    def _too_late(self, pending: Pending) -> None:
        pending.late = True
        if not pending.silent:
            bound = self._table.answer_within / 1e9
            text = f"{pending.request.method} is not done in {bound:g} s: RequestSettled tells"
            self._client.send(self.refuse(pending.id, WireError(wire.TIMEOUT, text)) + b"\n")

    def _settle(self, pending: Pending, outcome: Outcome) -> None:
        if pending.settled:
            return
        pending.settled = True
        self.outstanding -= 1
        if pending.timer is not None:
            pending.timer.cancel()
        if pending.late:
            self._tell(pending, outcome)
        elif not pending.silent:
            self._client.send(self._line(pending.id, outcome) + b"\n")
        self._client.end_if_done()

    def _tell(self, pending: Pending, outcome: Outcome) -> None:
        """The answer was given up: an event says how it ended."""
        key, member = pending.request.key, self._client.member
        self._server.service.tell(
            RequestSettled,
            member.name if member is not None else "",
            self._client.number,
            "" if pending.id is None else str(pending.id),
            pending.request.method,
            "" if isinstance(key, msgspec.UnsetType) else key,
            str(outcome) if isinstance(outcome, WireError) else "",
        )

    # Answers

    def _line(self, id: wire.RequestId, outcome: Outcome) -> bytes:
        if isinstance(outcome, WireError):
            return self.refuse(id, outcome)
        return wire.result_line(id, outcome)

    def refuse(self, id: wire.RequestId, error: WireError) -> bytes:
        self.refused += 1
        self._server.refused += 1
        return wire.error_line(id, error)

    # Who did what

    def _audit_outcome(self, request: wire.Request, outcome: Outcome) -> None:
        if isinstance(outcome, WireError):
            self._audit(request, outcome)
        else:
            self._audit(request, None, outcome)

    def _audit(self, request: wire.Request, error: WireError | None, result: Any = None) -> None:
        self._counts.ended(request.method, error)
        write: Callable[[AuditEntry], None] | None = self._server.audit
        if write is None or not self._is_audited(request.method, error):
            return
        client, member = self._client, self._client.member
        assert client.peer is not None
        made = None
        if result is not None:
            raw = result if isinstance(result, msgspec.Raw) else msgspec.Raw(wire.encode(result))
            made = shown(raw)
        write(
            AuditEntry(
                time=timestamp(time.time_ns()),
                client=client.number,
                by=client.peer.by,
                address=client.peer.address,
                uid=client.peer.uid,
                pid=client.peer.pid,
                session=member.name if member is not None else "",
                name=client.name,
                method=request.method[:64],
                params=shown(request.params),
                key="" if isinstance(request.key, msgspec.UnsetType) else request.key,
                result=made if made and request.method != "hello" else {},
                error=wire.ERRORS[error.code][0] if error is not None else "",
                text=str(error)[:200] if error is not None else "",
            )
        )

    @staticmethod
    def _is_audited(method: str, error: WireError | None) -> bool:
        """What changes something or signs on, and what was refused for want of a role."""
        if error is not None and error.code == wire.DENIED:
            return True
        return method == "hello" or roles.WANTED.get(method, "observe") in (
            "operate",
            "administer",
        )
