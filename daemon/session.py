"""Sessions: applications that keep their name over reconnects, and the calls that are theirs.

A session has a name and a secret; its connections come and go. Who places a call owns it, and so
does who accepts, answers or claims one that nobody owns. When the last connection of a session is
gone, each of its calls meets what the session said beforehand (OnLoss): it waits for the session,
for a time or for ever, is cleared, handed over, or treated (session_treatment.py). No I/O here.
"""

from __future__ import annotations

import collections
import hashlib
import hmac
import logging
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from ..errors import Error, LocalError
from . import wire
from .events import ConnectionCleared, Delivered, Event, Offered, Originated, ServiceInitiated
from .events_base import ALERTING, INITIATED, CallEvent
from .events_session import OwnerChanged, OwnerLost
from .methods_session import LossAction, OnLoss, SessionInfo
from .session_keys import Answers
from .session_store import SessionStore, Stored
from .session_treatment import Treatments
from .session_unowned import Unowned
from .wire import WireError

if TYPE_CHECKING:
    from .calls import Call
    from .node import Node

log: Final = logging.getLogger("trunkd.sessions")

SECOND: Final = 1_000_000_000
MAX_SESSIONS: Final = 10_000
"""Those without a connection and calls make room for new ones."""
_ENDED: Final = 4096
"""Calls that ended whose owner is still known, for events that come late."""


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


class Alarm:
    """Calls ``action(now)`` at the earliest time that it was set to; one timer of the node serves
    for all later ones."""

    def __init__(self, node: Node, action: Callable[[int], None]) -> None:
        self._node: Final = node
        self._action: Final = action
        self._due: int | None = None

    def by(self, time: int) -> None:
        if self._due is None or time < self._due:
            self._due = time
            self._node.at(time, self._ring)

    def _ring(self, now: int) -> None:
        if self._due is not None and self._due <= now:
            self._due = None
            self._action(now)


class Session:
    """One application by name."""

    def __init__(self, name: str, digest: str, since: int) -> None:
        self.name: Final = name
        self.digest: Final = digest
        self.on_loss = OnLoss()
        self.priority = 0
        self.since = since
        """Board time of its first connection, or when the last one went."""
        self.connections: set[object] = set()
        self.calls: dict[int, OnLoss | None] = {}
        """callId -> what was said of this call alone."""
        self.leases: dict[int, int] = {}
        """callId -> board time until which the call waits for this session."""
        self.alarm: Alarm
        self.answers: Final = Answers()

    def stored(self) -> Stored:
        return Stored(self.name, self.digest, self.priority, self.on_loss)


class Counted:
    """Sessions and their calls by state."""

    def __init__(self) -> None:
        self.sessions: Final = dict.fromkeys(("connected", "waiting", "idle"), 0)
        self.calls: Final = dict.fromkeys(("connected", "gone", "none"), 0)
        """By what their session is; "none": nobody owns them."""
        self.leases: Final = dict.fromkeys(("timed", "forever"), 0)


class Sessions:
    """All sessions of a node, and who owns which call."""

    def __init__(self, node: Node) -> None:
        self._node: Final = node
        self._table: Final = node.config.access.sessions
        self._sessions: Final[dict[str, Session]] = {}
        self._owners: Final[dict[int, Session]] = {}
        self._ended: Final[collections.OrderedDict[int, str]] = collections.OrderedDict()
        self._waiting: Final[set[int]] = set()
        """Incoming calls that nobody owned when they were told."""
        self._restored: Final[set[int]] = set()
        """Calls that outlived the daemon and whose owner has not come back yet."""
        self._unowned: Final = Unowned(node, self._perform)
        self._acting: Session | None = None
        self._store: SessionStore | None = None
        self.treatments: Final = Treatments(node)

    # What outlives the daemon

    def open(self, store: SessionStore) -> None:
        """Know the sessions of the runs before."""
        self._store = store
        for stored in store.read():
            session = self._enter(stored.name, stored.digest)
            session.priority, session.on_loss = stored.priority, stored.on_loss
            session.alarm.by(session.since + self._table.forget)

    def close(self) -> None:
        if self._store is not None:
            self._store.close()
            self._store = None

    # Coming and going

    def join(self, name: str, secret: str, connection: object) -> tuple[Session, str]:
        """A connection says that it is this session's. The session and, if it is a new one, its
        secret; WireError denied where the secret is wrong."""
        session = self._sessions.get(name)
        made = ""
        if session is None:
            made = secret or secrets.token_urlsafe(24)
            session = self._make(name, made)
        elif not hmac.compare_digest(session.digest, digest_of(secret)):
            text = f"the secret of session '{name}' is another: its first hello got it"
            raise WireError(wire.DENIED, text)
        first = not session.connections
        session.connections.add(connection)
        if first:
            session.leases.clear()
            self._restored.difference_update(session.calls)
            session.since = self._node.now()
            for call in self.calls_of(session):
                self._tell(OwnerChanged, call, name, "back")
        return session, made

    def _make(self, name: str, secret: str) -> Session:
        if len(self._sessions) >= MAX_SESSIONS:
            idle = [s for s in self._sessions.values() if not s.connections and not s.calls]
            if not idle:
                raise WireError(wire.NO_RESOURCE, f"there are {MAX_SESSIONS} sessions already")
            self._forget(min(idle, key=lambda s: s.since))
        session = self._enter(name, digest_of(secret))
        self.changed(session)
        return session

    def _enter(self, name: str, digest: str) -> Session:
        session = self._sessions[name] = Session(name, digest, self._node.now())
        session.alarm = Alarm(self._node, partial(self._wake, session))
        return session

    def changed(self, session: Session) -> None:
        """What it said of itself is another: remember that."""
        if self._store is not None:
            self._store.put(session.stored())
            if self._store.is_long:
                self._store.rewrite([s.stored() for s in self._sessions.values()])

    def leave(self, session: Session, connection: object) -> None:
        """A connection is gone; with the last one, its calls meet what was said for this."""
        session.connections.discard(connection)
        if session.connections:
            return
        now = self._node.now()
        session.since = now
        for call in self.calls_of(session):
            self._lose(session, call, now)
        session.alarm.by(now + self._table.forget)

    def restore(self, call: Call, name: str, on_loss: OnLoss | None) -> None:
        """A call outlived the daemon: it is this session's, as it was."""
        session = self._sessions.get(name)
        if session is not None:
            self._own(call.call_id, session)
            session.calls[call.call_id] = on_loss
            self._restored.add(call.call_id)
        else:
            self._unowned.add(call, name, on_loss)

    def await_owners(self) -> None:
        """Sessions have ``reconnect`` to come back to such calls; those that do not went with the
        run before. A session that this run does not know cannot: its calls are nobody's."""
        begun = self._node.now()
        self._unowned.tell()
        self._node.at(begun + self._table.reconnect, lambda now: self._not_back(begun))

    def _not_back(self, begun: int) -> None:
        self._unowned.lose(begun)
        restored = sorted(self._restored)
        self._restored.clear()
        for call_id in restored:
            call, session = self._node.calls.get(call_id), self._owners.get(call_id)
            if call is not None and session is not None and not session.connections:
                self._lose(session, call, begun)

    def on_loss_of(self, call_id: int) -> OnLoss | None:
        """What was said of this call alone."""
        session = self._owners.get(call_id)
        return session.calls[call_id] if session is not None else self._unowned.on_loss_of(call_id)

    def _wake(self, session: Session, now: int) -> None:
        """Leases are over, or it is time to forget the session."""
        if session.connections or self._sessions.get(session.name) is not session:
            return
        for call_id in [i for i, until in session.leases.items() if until <= now]:
            del session.leases[call_id]
            call = self._node.calls.get(call_id)
            if call is not None and self._owners.get(call_id) is session:
                policy = session.calls[call_id] or session.on_loss
                self._perform(call, policy.then, policy)
        forget = session.since + self._table.forget
        if forget <= now and not session.calls:
            self._forget(session)
            return
        if forget <= now:
            forget = now + self._table.forget
        session.alarm.by(min([forget, *session.leases.values()]))

    def _forget(self, session: Session) -> None:
        del self._sessions[session.name]
        if self._store is not None:
            self._store.remove(session.name)

    # Loss

    def check(self, on_loss: OnLoss) -> None:
        """LocalError: it names a treatment that is not there, or no session to hand over to."""
        wanted = (on_loss.action, on_loss.then if on_loss.action == "keep" else "")
        if "handOver" in wanted and not on_loss.to:
            raise LocalError("handOver: say to which session (to)")
        if on_loss.treatment:
            self.treatments.row(on_loss.treatment)
        elif "treatment" in wanted:
            raise LocalError("treatment: name a row of [[treatment]]")

    def _lose(self, session: Session, call: Call, now: int) -> None:
        policy = session.calls[call.call_id] or session.on_loss
        if policy.action != "keep":
            self._told_lost(session, call, policy.action, self._node.wall(now))
            self._perform(call, policy.action, policy)
            return
        if policy.keep_for is None:
            self._told_lost(session, call, "keep", 0)
            return
        until = now + round(policy.keep_for * SECOND)
        self._told_lost(session, call, policy.then, self._node.wall(until))
        session.leases[call.call_id] = until
        session.alarm.by(until)

    def _told_lost(self, session: Session, call: Call, action: LossAction, until: int) -> None:
        self._tell(OwnerLost, call, action, until)
        log.info("session %s is lost: call %d: %s", session.name, call.call_id, action)

    def _perform(self, call: Call, action: LossAction, policy: OnLoss) -> None:
        if action == "handOver":
            target = self._sessions.get(policy.to)
            if target is not None and target.connections:
                self._set(call, target, "handedOver")
                return
            action = "treatment" if policy.treatment else "clear"
        if action == "clear":
            self.clear(call, policy.cause)
            return
        self._set(call, None, "lost")
        if action == "treatment":
            self.treatments.begin(call, self.treatments.row(policy.treatment))

    def clear(self, call: Call, cause: int) -> None:
        """End a call that its application cannot end."""
        try:
            call.trunk.clear(call, cause, call.trunk.now())
        except Error as exc:
            log.warning("call %d cannot be cleared: %s", call.call_id, exc)

    # Owners

    def act(self, session: Session | None, work: Callable[..., Any], *given: Any) -> Any:
        """Do a request of this session: what it places is the session's."""
        before, self._acting = self._acting, session
        last = self._node.last_call
        try:
            return work(*given)
        finally:
            self._acting = before
            if session is not None:
                for call_id in range(last + 1, self._node.last_call + 1):
                    self._placed(call_id, session)

    def _placed(self, call_id: int, session: Session) -> None:
        call = self._node.calls.get(call_id)
        if call is not None and call.direction == "out" and call_id not in self._owners:
            self._own(call_id, session)

    @contextmanager
    def taking(self, call: Call) -> Iterator[None]:
        """As ``took``, for what tells events itself: these bear the new owner. Where it fails,
        nothing changes."""
        session = self._acting
        if session is None or call.call_id in self._owners:
            yield
            return
        self._own(call.call_id, session)
        try:
            yield
        except BaseException:
            if self._owners.get(call.call_id) is session:
                del self._owners[call.call_id]
                session.calls.pop(call.call_id, None)
            raise
        if self._owners.get(call.call_id) is session:
            self.treatments.end(call.call_id)
            self._tell(OwnerChanged, call, "", "taken")

    def took(self, call: Call) -> None:
        """The request at work accepted or answered it: the call is its session's, if nobody's."""
        if self._acting is not None and call.call_id not in self._owners:
            self._set(call, self._acting, "taken")

    def owner_of(self, call_id: int) -> str:
        """Session that owns the call, or did when it ended; empty: nobody."""
        session = self._owners.get(call_id)
        return session.name if session is not None else self._ended.get(call_id, "")

    def calls_of(self, session: Session) -> list[Call]:
        calls = self._node.calls
        return [calls[call_id] for call_id in list(session.calls) if call_id in calls]

    def claim(self, call: Call, session: Session, preempt: bool, on_loss: OnLoss | None) -> None:
        """WireError notOwner: it is another session's, and may not be taken from that."""
        if on_loss is not None:
            self.check(on_loss)
        holder = self._owners.get(call.call_id)
        if holder is not session:
            self._may_take(call, holder, session, preempt)
            self._set(call, session, "claimed" if holder is None else "preempted")
        if on_loss is not None:
            session.calls[call.call_id] = on_loss
            self._node.kept.changed(call.call_id)

    def release(self, call: Call, session: Session) -> None:
        holder = self._owners.get(call.call_id)
        if holder is not session:
            raise self._not_owner(call, holder)
        self._set(call, None, "released")

    def hand_over(self, call: Call, session: Session | None, to: str, preempt: bool) -> None:
        """LocalError: the other session is not connected."""
        holder = self._owners.get(call.call_id)
        if holder is None or session is None or holder is not session:
            self._may_take(call, holder, session, preempt)
        self.give(call, to, "handedOver")

    def _may_take(
        self, call: Call, holder: Session | None, session: Session | None, preempt: bool
    ) -> None:
        if holder is None:
            return
        if not preempt or session is None or session.priority <= holder.priority:
            raise self._not_owner(call, holder)

    @staticmethod
    def _not_owner(call: Call, holder: Session | None) -> WireError:
        name = holder.name if holder is not None else ""
        whose = f"session '{name}' owns call {call.call_id}" if name else "nobody owns it"
        return WireError(wire.NOT_OWNER, f"{whose}; it has to hand it over", {"owner": name})

    def give(self, call: Call, name: str, reason: str = "handedOver") -> None:
        """Make a session the owner, or nobody (""); LocalError when it is not connected."""
        target = self._sessions.get(name) if name else None
        if name and (target is None or not target.connections):
            raise LocalError(f"session '{name}' is not connected: `trunkd clients` lists those")
        if self._owners.get(call.call_id) is not target:
            self._set(call, target, reason)

    def _set(self, call: Call, session: Session | None, reason: str) -> None:
        before = self._owners.pop(call.call_id, None)
        if before is not None:
            before.calls.pop(call.call_id, None)
        if session is not None:
            self._own(call.call_id, session)
            self.treatments.end(call.call_id)
        self._tell(OwnerChanged, call, before.name if before is not None else "", reason)

    def _own(self, call_id: int, session: Session) -> None:
        self._unowned.drop(call_id)
        self._owners[call_id] = session
        session.calls[call_id] = None

    def _tell(self, kind: type[CallEvent], call: Call, *rest: object) -> None:
        if kind is OwnerLost:
            rest = (self.owner_of(call.call_id), *rest)
        self._node.tell_call(kind, call, *rest)

    # What happens

    def told(self, event: Event) -> None:
        """An event is about to be told: whose call it is."""
        if not isinstance(event, CallEvent):
            return
        call_id = event.call_id
        kind = type(event)
        if self._acting is not None and kind in (Originated, ServiceInitiated):
            self._placed(call_id, self._acting)
        session = self._owners.get(call_id)
        if session is not None:
            event.owner = session.name
        elif not event.owner:
            event.owner = self._ended.get(call_id, "")
        if kind is ConnectionCleared:
            self._over(call_id, session)
        elif self._table.unclaimed and isinstance(event, Offered | Delivered):
            self._watch(event)
        if self.treatments.running:
            self.treatments.told(event)

    def _over(self, call_id: int, session: Session | None) -> None:
        self._waiting.discard(call_id)
        self._unowned.drop(call_id)
        self.treatments.running.pop(call_id, None)
        if session is None:
            return
        del self._owners[call_id]
        session.calls.pop(call_id, None)
        self._ended[call_id] = session.name
        if len(self._ended) > _ENDED:
            self._ended.popitem(last=False)

    def _watch(self, event: Offered | Delivered) -> None:
        """An incoming call that nobody owns does not wait for ever."""
        call_id = event.call_id
        call = self._node.calls.get(call_id)
        if call is None or call.direction != "in" or call_id in self._waiting:
            return
        self._waiting.add(call_id)

        def over(_: int) -> None:
            self._waiting.discard(call_id)
            waits = call.state in (INITIATED, ALERTING) and call_id not in self._owners
            if not waits or self._node.calls.get(call_id) is not call:
                return
            table = self._table
            log.warning("call %d: no application took it", call_id)
            if table.unclaimed_treatment:
                self.treatments.begin(call, self.treatments.row(table.unclaimed_treatment))
            else:
                self.clear(call, table.unclaimed_cause)

        self._node.at(call.trunk.now() + self._table.unclaimed, over)

    # Looking

    def counted(self) -> Counted:
        """How many there are now, for the metrics."""
        made = Counted()
        for session in self._sessions.values():
            gone = not session.connections
            state = "connected" if not gone else "waiting" if session.calls else "idle"
            made.sessions[state] += 1
            made.calls["gone" if gone else "connected"] += len(session.calls)
            if gone:
                timed = sum(call_id in session.leases for call_id in session.calls)
                made.leases["timed"] += timed
                made.leases["forever"] += len(session.calls) - timed
        made.calls["none"] = max(0, len(self._node.calls) - len(self._owners))
        return made

    def infos(self) -> list[SessionInfo]:
        return [
            SessionInfo(
                name=session.name,
                priority=session.priority,
                connections=len(session.connections),
                since=self._node.wall(session.since),
                calls=sorted(session.calls),
                keys=len(session.answers),
            )
            for session in self._sessions.values()
        ]
