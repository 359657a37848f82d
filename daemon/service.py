"""The methods at work: parameters in, results out. No I/O; sessions are the server's clients."""

from __future__ import annotations

import os
from typing import Any, Final, Protocol

import msgspec

from .. import __version__
from ..board.model import Loopback
from ..errors import DriverError, Error, LocalError
from ..signaling.call import CallRequest, PartyNumber
from . import methods as m
from . import switch_data, wire
from .calls import BEARERS
from .config import Config
from .node import Node
from .route_plan import RouteRefused
from .service_line import LineService
from .service_media import MediaService
from .service_pri import PriService
from .service_route import RouteService
from .service_rows import Row
from .service_session import Session as Session
from .service_session import SessionService
from .service_smdi import SmdiService
from .service_ss7 import Ss7Service
from .service_switch import SwitchService
from .session_counts import Counts
from .simcable import set_cable
from .smdi_calls import handed_on
from .ss7_infos import link_infos, links_of
from .trunk_ss7 import CircuitTrunk
from .wire import WireError


class Host(Protocol):
    """What the service asks of the process around the node."""

    config_path: str
    started: int
    """ns since 1970-01-01 UTC."""

    def journal_first(self) -> int: ...
    def follows(self, instance: str) -> bool:
        """This run goes on with the numbers of that one."""

    def client_count(self) -> int: ...
    def metrics_address(self) -> str: ...
    def shut_down(self, drain: int | None) -> None: ...


class Service(
    SessionService,
    MediaService,
    Ss7Service,
    LineService,
    PriService,
    SwitchService,
    SmdiService,
    RouteService,
):
    """All methods of the wire on one node."""

    def __init__(self, node: Node, host: Host) -> None:
        self._node = node
        self._host = host
        self.counts = Counts()
        self._config: Config = node.config
        self._devices: Final[dict[str, tuple[Any, int]]] = {}
        self.rows: Final = {
            name: Row(name, method, getattr(self, "_" + _snake(name)))
            for name, method in m.METHODS.items()
        }

    def call(self, request: wire.Request, session: Session) -> Any:
        """The result, or a Later; WireError for anything that is wrong with the request."""
        row = self.rows.get(request.method)
        if row is None:
            raise WireError(
                wire.METHOD_NOT_FOUND,
                f"there is no method '{request.method[:64]}'; hello lists them",
            )
        member = session.member if session is not None else None
        return self._node.sessions.act(member, self.do, row, request, session)

    def do(self, row: Row, request: wire.Request, session: Session) -> Any:
        """As ``call``, for nobody: what it places is nobody's."""
        try:
            params = row.decode(request.params or b"{}")
        except (msgspec.MsgspecError, UnicodeDecodeError) as exc:
            raise WireError(wire.INVALID_PARAMS, f"{request.method}: {exc}") from exc
        try:
            return row.handle(params, session)
        except WireError:
            raise
        except Error as exc:
            raise as_wire_error(exc) from exc

    # Traces

    def _trace_start(self, p: m.TraceStart, session: Session) -> m.TraceStarted:
        wanted = [link for name in p.trunks for link in self._traced(name)]
        session.trace(frozenset(wanted), p.decode)
        every = [*self._node.trunks, *(line.name for line in self._ss7_lines())]
        return m.TraceStarted(trunks=p.trunks or every)

    def _traced(self, name: str) -> list[str]:
        """The links that a name means: a PRI trunk's own, an SS7 link, or those of the linksets by
        which an SS7 trunk's exchange is reached."""
        if any(line.name == name for line in self._ss7_lines()):
            return [name]
        trunk = self._trunk(name)
        return links_of(trunk) if isinstance(trunk, CircuitTrunk) else [trunk.name]

    def _trace_stop(self, p: m.TraceStop, session: Session) -> m.Done:
        session.trace_stop()
        return m.Done()

    # Calls

    def _trunk(self, name: str) -> Any:
        try:
            return self._node.trunk(name)
        except LocalError as exc:
            raise WireError(wire.INVALID_OBJECT, str(exc)) from exc

    def _call(self, call_id: int) -> Any:
        try:
            return self._node.call(call_id)
        except LocalError as exc:
            raise WireError(wire.INVALID_CALL, str(exc)) from exc

    def _device(self, device: str) -> tuple[Any, int]:
        """Trunk and channel (0: none) of ``trunk/NAME[/CHANNEL]``."""
        found = self._devices.get(device)
        if found is None:
            found = self._find_device(device)
            trunk, channel = found
            if device == (f"{trunk.device}/{channel}" if channel else trunk.device):
                self._devices[device] = found  # written otherwise they would be without number
        return found

    def _find_device(self, device: str) -> tuple[Any, int]:
        parts = device.removeprefix("trunk/").split("/")
        trunk = self._trunk(parts[0])
        if len(parts) == 1:
            return trunk, 0
        if len(parts) != 2 or not parts[1].isdecimal() or int(parts[1]) not in trunk.channels:
            raise WireError(
                wire.INVALID_OBJECT, f"trunk '{trunk.name}' has no channel '{'/'.join(parts[1:])}'"
            )
        return trunk, int(parts[1])

    def _make_call(self, p: m.MakeCall, session: Session) -> m.CallMade:
        if self._node.draining:
            raise WireError(wire.DRAINING, "trunkd is stopping: it places no new calls")
        try:
            channel = self._dialled_channel(p.device)
            request = CallRequest(
                PartyNumber(p.called),
                PartyNumber(p.calling) if p.calling else None,
                channel,
                p.exclusive,
                p.complete,
                BEARERS[p.bearer],
                p.display,
                p.keypad,
                bytes.fromhex(p.user_user),
                category=p.category,
                redirecting=PartyNumber(p.redirecting) if p.redirecting else None,
                original_called=PartyNumber(p.original_called) if p.original_called else None,
                redirect_reason=p.redirect_reason,
            )
            if p.for_call:
                request = handed_on(request, self._call(p.for_call))
            call = self._node.switch.forwards.dial(p.device, request, p.priority)
        except RouteRefused as exc:
            raise WireError(wire.NO_RESOURCE, str(exc), {"q850": exc.q850}) from exc
        except LocalError as exc:
            raise WireError(wire.NO_RESOURCE, str(exc)) from exc
        if p.correlator or p.user_data or p.account_code:
            switch_data.set_data(call, p.correlator, p.user_data, p.account_code)
        return m.CallMade(call_id=call.call_id, device=call.device)

    def _accept_call(self, p: m.AcceptCall, session: Session) -> m.Done:
        call = self._call(p.call_id)
        switch_data.send_with_next(call, p.user_user, call.trunk.now())
        with self._node.sessions.taking(call):
            call.trunk.accept(call, p.inband, call.trunk.now())
        return m.Done()

    def _answer_call(self, p: m.AnswerCall, session: Session) -> m.Done:
        call = self._call(p.call_id)
        switch_data.send_with_next(call, p.user_user, call.trunk.now())
        with self._node.sessions.taking(call):
            call.trunk.answer(call, call.trunk.now())
        return m.Done()

    def _clear_connection(self, p: m.ClearConnection, session: Session) -> m.Done:
        call = self._call(p.call_id)
        switch_data.clear_with(call, p.cause, p.user_user, call.trunk.now())
        return m.Done()

    def _send_digits(self, p: m.SendDigits, session: Session) -> m.Done:
        call = self._call(p.call_id)
        call.trunk.send_digits(call, p.digits, p.complete, call.trunk.now())
        return m.Done()

    def _send_user_information(self, p: m.SendUserInformation, session: Session) -> m.Done:
        call = self._call(p.call_id)
        now = call.trunk.now()
        call.trunk.engine.send_user_information(call.handle, bytes.fromhex(p.data), now)
        call.trunk.pump(now)
        return m.Done()

    def _notify(self, p: m.Notify, session: Session) -> m.Done:
        call = self._call(p.call_id)
        now = call.trunk.now()
        call.trunk.engine.notify(call.handle, p.indicator, now)
        self._node.kept.changed(call.call_id)
        call.trunk.pump(now)
        return m.Done()

    def _progress(self, p: m.Progress, session: Session) -> m.Done:
        call = self._call(p.call_id)
        now = call.trunk.now()
        call.trunk.engine.progress(call.handle, p.description, now)
        call.trunk.pump(now)
        return m.Done()

    def _calls(self, p: m.Calls, session: Session) -> m.CallList:
        calls = [call.info() for call in self._node.calls.values()]
        return m.CallList(seq=self._node.seq, calls=calls)

    def _snapshot_call(self, p: m.SnapshotCall, session: Session) -> m.CallInfo:
        info: m.CallInfo = self._call(p.call_id).info()
        return info

    def _snapshot_device(self, p: m.SnapshotDevice, session: Session) -> m.CallList:
        trunk, channel = self._device(p.device)
        calls = [
            call.info() for call in trunk.calls.values() if channel == 0 or call.channel == channel
        ]
        return m.CallList(seq=self._node.seq, calls=calls)

    def _snapshot(self, p: m.Snapshot, session: Session) -> m.SnapshotInfo:
        node = self._node
        return m.SnapshotInfo(
            seq=node.seq,
            instance=node.instance,
            calls=[call.info() for call in node.calls.values()],
            trunks=[trunk.info() for trunk in node.trunks.values()],
            spans=node.span_infos(),
        )

    # Trunks and spans

    def _spans(self, p: m.Spans, session: Session) -> m.SpanList:
        return m.SpanList(spans=self._node.span_infos())

    def _trunks(self, p: m.Trunks, session: Session) -> m.TrunkList:
        return m.TrunkList(trunks=[trunk.info() for trunk in self._node.trunks.values()])

    def _channels(self, p: m.Channels, session: Session) -> m.ChannelList:
        trunks = [self._trunk(p.trunk)] if p.trunk else list(self._node.trunks.values())
        return m.ChannelList(channels=[c for trunk in trunks for c in trunk.channel_infos()])

    def _audit(self, p: m.Audit, session: Session) -> m.AuditInfo:
        return self._node.auditor.info(p.look)

    def _status(self, p: m.Status, session: Session) -> m.StatusInfo:
        node, host, daemon = self._node, self._host, self._config.daemon
        return m.StatusInfo(
            product_version=__version__,
            instance=node.instance,
            pid=os.getpid(),
            started=host.started,
            now=node.wall(node.now()),
            draining=node.draining,
            seq=node.seq,
            clients=host.client_count(),
            calls=len(node.calls),
            calls_total=node.calls_total,
            boards=[unit.info() for unit in node.boards.values()],
            trunks=[trunk.info() for trunk in node.trunks.values()],
            spans=node.span_infos(),
            config=host.config_path,
            socket=daemon.socket_path(),
            metrics=host.metrics_address(),
            records=daemon.records_path(),
            links=link_infos(node.points.values()),
            media_dir=daemon.media_path(),
            smdi=[link.info() for link in node.smdi.values()],
        )

    def _restart_channels(self, p: m.RestartChannels, session: Session) -> m.Done:
        trunk = self._trunk(p.trunk)
        for channel in p.channels:
            self._device(f"trunk/{trunk.name}/{channel}")
        now = trunk.now()
        trunk.engine.restart(tuple(p.channels), now)
        trunk.pump(now)
        return m.Done()

    def _set_loopback(self, p: m.SetLoopback, session: Session) -> m.Done:
        unit, number = self._span(p.span)
        loopback = Loopback(p.loopback)
        unit.board.span(number).set_loopback(loopback)
        unit.loopback[number] = loopback
        return m.Done()

    def _sim_cable(self, p: m.SimCable, session: Session) -> m.Done:
        unit, number = self._span(p.span)
        set_cable(unit.board, number, p)
        return m.Done()

    def _span(self, name: str) -> tuple[Any, int]:
        try:
            return self._node.span_unit(name)
        except LocalError as exc:
            raise WireError(wire.INVALID_OBJECT, str(exc)) from exc

    def _shutdown(self, p: m.Shutdown, session: Session) -> m.Done:
        self._host.shut_down(None if p.drain is None else round(p.drain * 1e9))
        return m.Done()


def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name)


def as_wire_error(error: Exception) -> WireError:
    """An exception of trunkd's as the error that a client gets."""
    if isinstance(error, WireError):
        return error
    if isinstance(error, DriverError):
        return WireError(wire.BOARD_FAILED, str(error))
    return WireError(wire.INVALID_STATE, str(error))
