"""Forwarding of our own devices: telephones on FXS lines, and trunk groups.

A call to such a device goes to somebody else at once, when it is busy, or when it has rung for some
time. The connection keeps its callId. What is set outlives the daemon, in a file beside the call
records.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import msgspec

from ..errors import Error, LocalError
from ..signaling.call import CallRequest, PartyNumber
from . import events
from .events import ALERTING, INITIATED
from .events_switch import Diverted
from .methods_switch_divert import ForwardingInfo, SetForwarding
from .route import Decision
from .route_plan import RoutePlan, RouteRefused
from .smdi_calls import copied

if TYPE_CHECKING:
    from .calls import Call
    from .config import Daemon
    from .node import Node
    from .trunk import Trunk

log: Final = logging.getLogger("trunkd.switch")

SECOND: Final = 1_000_000_000
NORMAL_CLEARING: Final = 16
BUSY: Final = 17
REJECTED: Final = 21
NO_CIRCUIT: Final = 34
CONGESTED: Final = 42
BUSY_CAUSES: Final = frozenset({BUSY, NO_CIRCUIT, CONGESTED, 44, 47})
"""Q.850: the device, or all of a group, has no room for another call."""

MOST_HOPS: Final = 5
"""Q.763 3.44: a call is redirected at most so often."""

DEFLECTED: Final = "deflected"
DEFLECTED_ALERTING: Final = "deflectedAlerting"
"""Not set by anybody: the far end asks for it."""
REASONS: Final = {
    "busy": 1,
    "noAnswer": 2,
    "immediate": 3,
    "dnd": 3,
    DEFLECTED_ALERTING: 4,
    DEFLECTED: 5,
}
"""Redirecting reason of Q.763 3.45."""
CAUSES: Final = {
    "immediate": "callForwardImmediate",
    "busy": "callForwardBusy",
    "noAnswer": "callForwardNoAnswer",
    "dnd": "doNotDisturb",
    DEFLECTED_ALERTING: "redirected",
    DEFLECTED: "redirected",
}


def forwarding_path(config: Daemon) -> str:
    """Beside the call store, or the records; empty: nothing is kept on disk."""
    beside = config.call_store_path() or config.records_path()
    return os.path.join(os.path.dirname(beside) or ".", "forwarding.json") if beside else ""


class Forwards:
    """What is set, and the calls that it concerns."""

    def __init__(self, node: Node) -> None:
        self._node: Final = node
        self._path: Final = forwarding_path(node.config.daemon)
        self._rows: Final[dict[tuple[str, str], ForwardingInfo]] = {}
        """By device and type."""
        self._hops: Final[dict[int, int]] = {}
        """By callId: how often it was forwarded."""
        self._saving = False
        self._waiting: list[Callable[[Exception | None], None]] = []

    # What is set

    def load(self) -> None:
        """What the run before left; a file that cannot be read is reported, and nothing is set."""
        if not self._path or not os.path.exists(self._path):
            return
        try:
            with open(self._path, "rb") as file:
                rows = msgspec.json.decode(file.read(), type=list[ForwardingInfo])
        except (OSError, msgspec.MsgspecError) as exc:
            self._node.problem(LocalError(f"forwarding: {self._path} cannot be read: {exc}"))
            return
        for row in rows:
            self._rows[row.device, row.type] = row

    def infos(self) -> list[ForwardingInfo]:
        return [self._rows[key] for key in sorted(self._rows)]

    def set(self, p: SetForwarding, done: Callable[[Exception | None], None]) -> None:
        """``done`` is called when it is on disk. LocalError: there is no such device."""
        device = self._device(p.device)
        if p.on:
            if p.type != "dnd" and not (p.to or p.to_device):
                raise LocalError("say where calls are to go: to, toDevice or both")
            to_device = self._destination(p.to_device)
            if to_device == device and not p.to:
                raise LocalError(f"{device} cannot be forwarded to itself")
            self._rows[device, p.type] = ForwardingInfo(
                device=device, type=p.type, to=p.to, to_device=to_device, after=p.after
            )
        else:
            self._rows.pop((device, p.type), None)
        self._waiting.append(done)
        self._save()

    def _destination(self, name: str) -> str:
        """A device as of makeCall, in one form; LocalError when there is none."""
        node = self._node
        kind, _, rest = name.partition("/")
        if not name or (kind == "group" and rest in node.routing.groups):
            return name
        trunk_name, _, channel = name.removeprefix("trunk/").partition("/")
        trunk = node.trunks.get(trunk_name)
        if trunk is not None and not channel:
            return trunk.device
        if trunk is not None and channel.isdecimal() and int(channel) in trunk.channels:
            return f"{trunk.device}/{int(channel)}"
        raise LocalError(f"calls cannot go to '{name}': there is no such trunk, channel or group")

    def _device(self, name: str) -> str:
        node = self._node
        kind, _, rest = name.partition("/")
        if kind == "group" and rest in node.routing.groups:
            return name
        trunk_name, _, channel = name.removeprefix("trunk/").partition("/")
        trunk = node.trunks.get(trunk_name)
        line = trunk is not None and trunk.table.signalling == "fxs" and channel.isdecimal()
        if trunk is not None and line and int(channel) in trunk.channels:
            return f"trunk/{trunk_name}/{int(channel)}"
        raise LocalError(
            f"'{name}' is no device that can be forwarded: name an FXS line as trunk/NAME/CHANNEL, "
            "or group/NAME"
        )

    def _save(self) -> None:
        """One write after the other, each with all there is then."""
        if self._saving:
            return
        told, self._waiting = self._waiting, []
        if not self._path:
            for done in told:
                done(None)
            return
        self._saving = True
        text = msgspec.json.format(msgspec.json.encode(self.infos()), indent=1)

        def written(result: object, error: Exception | None) -> None:
            self._saving = False
            for done in told:
                done(error)
            if self._waiting:
                self._save()

        self._node.offload(lambda: _write(self._path, text), written)

    # Placing

    def dial(self, device: str, request: CallRequest, priority: int = 0) -> Call:
        """As Routing.dial, by what is set for the device."""
        if self._node.routing.router.urgent_row(request.called) is not None:
            return self._node.routing.dial(device, request, priority)  # nobody stops these
        row, left, hops = None, "", 0
        while True:
            key = self._key(device, request)
            found = self._rows.get((key, "dnd")) or self._rows.get((key, "immediate"))
            if found is None:
                break
            if not (found.to or found.to_device):
                raise RouteRefused(f"{key} does not want to be disturbed", REJECTED)
            hops += 1
            if hops > MOST_HOPS:
                raise RouteRefused(f"{key} is forwarded more than {MOST_HOPS} times", REJECTED)
            row, left = found, key
            device, request = self._redirected(request, row)
        try:
            call = self._node.routing.dial(device, request, priority)
        except RouteRefused as refused:
            busy = self._rows.get((self._key(device, request), "busy"))
            if busy is None or refused.q850 not in BUSY_CAUSES or hops >= MOST_HOPS:
                raise
            row, left, hops = busy, busy.device, hops + 1
            call = self._node.routing.dial(*self._redirected(request, busy), priority)
        if row is not None:
            self._hops[call.call_id] = hops
            self._tell(call, row, left)
        return call

    def _key(self, device: str, request: CallRequest) -> str:
        """The device that a call is for, as far as that is known before it is placed."""
        if device.startswith("group/") or not self._rows:
            return device
        name, _, channel = device.removeprefix("trunk/").partition("/")
        trunk = self._node.trunks.get(name)
        if trunk is None or trunk.table.signalling != "fxs":
            return device
        number = int(channel) if channel.isdecimal() else request.channel
        if not number:
            lines = (trunk.table.lines or {}).get("numbers", {})
            found = [c for c, digits in lines.items() if digits == request.called.digits]
            number = int(found[0]) if found else 0
        return f"trunk/{name}/{number}" if number else device

    @staticmethod
    def _redirected(request: CallRequest, row: ForwardingInfo) -> tuple[str, CallRequest]:
        """Device and request of the new destination."""
        last = request.redirecting
        changes = {
            "redirecting": request.called if request.called.digits else last,
            "redirect_reason": REASONS[row.type],
            "redirect_count": min(request.redirect_count + (last is not None), MOST_HOPS),
            "original_called": request.original_called or last or request.called,
            "channel": 0,
            "exclusive": False,
        }
        called = PartyNumber(row.to) if row.to else request.called
        return row.to_device, copied(request, called=called, **changes)

    def _tell(self, call: Call, row: ForwardingInfo, left: str) -> None:
        to = row.to or row.to_device
        self._node.tell_call(Diverted, call, CAUSES[row.type], left, to, call.call_id)

    # Calls that ring, or cannot

    def _row(self, call: Call, *types: str) -> ForwardingInfo | None:
        if not self._rows or call.direction != "out" or call.answered or call.cleared_here:
            return None
        if self._hops.get(call.call_id, 0) >= MOST_HOPS:
            return None
        device = call.device if call.channel else self._key(call.trunk.device, call.request)
        for key in (device, f"group/{call.group}"):
            for type_ in types:
                row = self._rows.get((key, type_))
                if row is not None and (row.to or row.to_device):
                    return row
        return None

    def changed(self, call: Call) -> None:
        """It alerts: it may ring for some time only."""
        if call.state != ALERTING:
            return
        at_once = self._row(call, "dnd", "immediate")
        row = at_once or self._row(call, "noAnswer")
        if row is None:
            return
        place = (call.handle, call.trunk)
        due = self._node.now() + (0 if at_once is not None else round(row.after * SECOND))

        def over(now: int) -> None:
            still = self._node.calls.get(call.call_id) is call and call.state == ALERTING
            if still and place == (call.handle, call.trunk) and not call.cleared_here:
                self._move(call, row, True, self._node.now())

        self._node.at(due, over)

    def takes(self, call: Call, cause: int, inband: bool, now: int) -> bool:
        """The far end, or the engine, ends an outgoing call. True: it goes on elsewhere."""
        if call.state not in (INITIATED, ALERTING) or cause not in BUSY_CAUSES:
            return False
        row = self._row(call, "busy")
        if row is None or self._node.draining:
            return False
        self._move(call, row, inband, now)
        return True

    def why_not(self, call: Call) -> str:
        """Empty: the call may be redirected once more."""
        if self._node.draining:
            return "trunkd is stopping: it places no new calls"
        request = call.request
        before = max(request.redirect_count, int(request.redirecting is not None))
        if max(self._hops.get(call.call_id, 0), before) >= MOST_HOPS:
            return f"the call was redirected {MOST_HOPS} times already"
        return ""

    def deflected(self, call: Call, number: PartyNumber, now: int) -> None:
        """The far end of an outgoing call that it has not answered has it taken to ``number``; the
        engine clears there."""
        kind = DEFLECTED_ALERTING if call.state == ALERTING else DEFLECTED
        row = ForwardingInfo(device=call.device, type=kind, to=number.digits, to_device="", after=0)
        self._move(call, row, False, now, number)

    def _move(
        self,
        call: Call,
        row: ForwardingInfo,
        clear: bool,
        now: int,
        number: PartyNumber | None = None,
    ) -> None:
        """Off the trunk where it is, and on to the new destination; ``number``: with its type."""
        trunk, handle, left = call.trunk, call.handle, row.device
        device, request = self._redirected(call.request, row)
        if number is not None:
            request = copied(request, called=number)
        # Whoever clears it meanwhile is answered by routing: see Trunk.clear.
        plan = RoutePlan(request, Decision(priority=call.priority))
        call.plan = plan
        trunk.let_go(call)
        call.handle, call.channel, call.device = 0, 0, row.to_device or "route"
        call.state, call.inband, call.group = INITIATED, False, ""
        if clear:
            trunk.engine.clear(handle, NORMAL_CLEARING, trunk.now())
            trunk.pump(trunk.now())
        self._node.switch.heard(call)
        self._hops[call.call_id] = self._hops.get(call.call_id, 0) + 1
        self._tell(call, row, left)
        self._node.at(now, lambda then: self._go(call, plan, device))

    def _go(self, call: Call, plan: RoutePlan, device: str) -> None:
        if call.plan is not plan or call.call_id not in self._node.calls or call.cleared_here:
            return
        now, routing = self._node.now(), self._node.routing
        try:
            if not device and not routing.tables.route:
                device = self._node.choose_trunk().device
            if device.startswith("trunk/"):
                self._go_by_trunk(call, plan, device)
            else:
                routing.redirect(call, device, plan.request, now)
        except RouteRefused as refused:
            call.trunk.fail(call, refused.q850, 0, True, now)
        except Error as exc:
            log.warning("call %d cannot be forwarded: %s", call.call_id, exc)
            call.trunk.fail(call, NO_CIRCUIT, 0, True, now)

    def _go_by_trunk(self, call: Call, plan: RoutePlan, device: str) -> None:
        name, _, channel = device.removeprefix("trunk/").partition("/")
        trunk = self._node.trunk(name)
        if not trunk.up:
            raise RouteRefused(f"trunk '{name}' is down: {trunk.reason}", 27)
        request = plan.request
        if channel:
            request = copied(request, channel=int(channel), exclusive=True)
        trunk.place(request, trunk.now(), lambda r, handle: seat(call, trunk, r, handle))

    def gone(self, call: Call) -> None:
        self._hops.pop(call.call_id, None)


def seat(call: Call, trunk: Trunk, request: CallRequest, handle: int) -> Call:
    """The engine of another trunk has the call now."""
    call.plan = None
    call.trunk, call.request, call.handle = trunk, request, handle
    call.device, call.channel = trunk.device, 0
    call.cause = call.location = 0
    trunk.calls[handle] = call
    trunk.node.tell_call(events.Originated, call, call.calling, request.called.digits)
    return call


def _write(path: str, text: bytes) -> None:
    """Whole or not at all."""
    try:
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        with open(path + ".new", "wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(path + ".new", path)
    except OSError as exc:
        raise LocalError(f"forwarding: {path} cannot be written: {exc.strerror}") from exc
