"""The methods of methods_session.py at work, with hello and subscribe."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Final, Protocol

from .. import __version__
from ..errors import LocalError
from . import methods, roles, wire
from . import methods_session as m
from .config_session import AccessTables
from .events import EVENTS, Event
from .journal import Filter
from .methods_base import Done
from .session import Session as Member
from .session_counts import Counts
from .wire import WireError

if TYPE_CHECKING:
    from .calls import Call
    from .node import Node
    from .roles import Role

FEATURES: Final = (
    "resume",
    "filters",
    "sessions",
    "ownership",
    "keys",
    "roles",
    "batches",
    "descriptors",
)
"""``descriptors`` only where they can be passed."""


class Session(Protocol):
    """What a method may ask of the client that called it."""

    member: Member | None
    role: Role

    @property
    def local(self) -> bool: ...
    def subscribe(self, after: int, wanted: Filter) -> None: ...
    def unsubscribe(self) -> None: ...
    def trace(self, trunks: frozenset[str], decode: bool) -> None: ...
    def trace_stop(self) -> None: ...
    def sign_on(self, name: str, token: str) -> Role: ...
    def client_infos(self) -> list[m.ClientInfo]: ...


class SessionService(ABC):
    """Handlers ``_method(params, session)``; Service inherits them."""

    _node: Node
    _host: Any
    counts: Counts

    @abstractmethod
    def _call(self, call_id: int) -> Call:
        """The call; WireError invalidCallID when there is none."""

    @abstractmethod
    def _trunk(self, name: str) -> Any:
        """The trunk; WireError invalidDeviceID when there is none."""

    @abstractmethod
    def _device(self, device: str) -> tuple[Any, int]:
        """Trunk and channel (0: none) of a device."""

    # What the server asks

    @property
    def access(self) -> AccessTables:
        return self._node.config.access

    def left(self, member: Member, connection: object) -> None:
        """A connection of a session is gone."""
        self._node.sessions.leave(member, connection)

    def tell(self, kind: type[Event], *rest: Any) -> None:
        self._node.tell(kind, *rest)

    # hello

    def _hello(self, p: methods.Hello, session: Session) -> methods.Welcome:
        spoken = [v for v in p.versions if v in wire.SUPPORTED]
        if not spoken:
            raise WireError(
                wire.BAD_VERSION,
                f"trunkd {__version__} speaks version {wire.VERSION}, not {list(p.versions)}",
                {"supported": list(wire.SUPPORTED)},
            )
        role = session.sign_on(p.client, p.token)
        secret = self._join(p, session, role) if p.session or p.on_loss or p.priority else ""
        member = session.member
        return methods.Welcome(
            version=max(spoken),
            product="trunkd",
            product_version=__version__,
            instance=self._node.instance,
            seq=self._node.seq,
            max_line=wire.MAX_LINE,
            methods=list(methods.METHODS),
            events=[kind.__name__ for kind in EVENTS],
            features=[f for f in FEATURES if f != "descriptors" or session.local],
            role=role.name,
            permitted=[name for name in methods.METHODS if roles.permits(role.name, name)],
            session=member.name if member is not None else "",
            secret=secret,
            calls=sorted(member.calls) if member is not None else [],
        )

    def _join(self, p: methods.Hello, session: Session, role: Role) -> str:
        """The connection is the session's. The secret of a new one."""
        sessions = self._node.sessions
        if not p.session:
            raise LocalError("onLoss and priority are a session's: give its name (session)")
        if not role.name:
            raise WireError(wire.DENIED, "you have no role", {"role": "observe"})
        before = session.member
        if before is not None and before.name != p.session:
            text = f"this connection is session '{before.name}': connect anew for another"
            raise LocalError(text)
        if p.on_loss is not None:
            sessions.check(p.on_loss)
        if before is not None:
            member, secret = before, ""
        else:
            member, secret = sessions.join(p.session, p.secret, session)
        session.member = member
        self._settings(member, p.on_loss, p.priority, session, new=bool(secret))
        return secret

    def _settings(
        self,
        member: Member,
        on_loss: m.OnLoss | None,
        priority: int | None,
        session: Session,
        new: bool = False,
    ) -> None:
        most = session.role.priority
        wanted = member.priority if priority is None else priority
        if new and priority is None and self.access.role:
            wanted = most
        settings = (member.on_loss if on_loss is None else on_loss, min(wanted, most))
        if settings != (member.on_loss, member.priority):
            member.on_loss, member.priority = settings
            self._node.sessions.changed(member)

    def _set_session(self, p: m.SetSession, session: Session) -> Done:
        member = self._member(session)
        if p.on_loss is not None:
            self._node.sessions.check(p.on_loss)
        self._settings(member, p.on_loss, p.priority, session)
        return Done()

    @staticmethod
    def _member(session: Session) -> Member:
        if session.member is None:
            raise LocalError("this connection is of no session: say hello with session first")
        return session.member

    # Owners

    def _claim_call(self, p: m.ClaimCall, session: Session) -> Done:
        member = self._member(session)
        self._node.sessions.claim(self._call(p.call_id), member, p.preempt, p.on_loss)
        return Done()

    def _release_call(self, p: m.ReleaseCall, session: Session) -> Done:
        member = self._member(session)
        self._node.sessions.release(self._call(p.call_id), member)
        return Done()

    def _hand_over_call(self, p: m.HandOverCall, session: Session) -> Done:
        call = self._call(p.call_id)
        self._node.sessions.hand_over(call, session.member, p.to, p.preempt)
        return Done()

    def _clients(self, p: m.ClientsOf, session: Session) -> m.ClientList:
        return m.ClientList(clients=session.client_infos(), sessions=self._node.sessions.infos())

    # Events

    def _subscribe(self, p: methods.Subscribe, session: Session) -> methods.Subscribed:
        last, first = self._node.seq, self._host.journal_first()
        for trunk in p.trunks:
            self._trunk(trunk)
        for device in p.devices:
            self._device(device)
        after = last if p.after is None else p.after
        resumed, lost = True, (0, 0)
        known = p.instance in ("", self._node.instance) or self._host.follows(p.instance)
        known = known and after <= last
        if not known:
            # Numbers of another run say nothing about this one.
            resumed, after = False, last
        elif after + 1 < first:
            resumed, lost, after = False, (after + 1, first - 1), first - 1
        if p.after is not None:
            self.counts.resumed(after, last, lost[1] + 1 - lost[0] if lost[0] else 0, known)
        wanted = Filter(
            frozenset(p.events),
            frozenset(p.trunks),
            frozenset(p.calls),
            frozenset(p.sessions),
            frozenset(d if d.startswith("trunk/") else f"trunk/{d}" for d in p.devices),
        )
        session.subscribe(after, wanted)
        return methods.Subscribed(seq=last, resumed=resumed, lost_first=lost[0], lost_last=lost[1])

    def _unsubscribe(self, p: methods.Unsubscribe, session: Session) -> Done:
        session.unsubscribe()
        return Done()
