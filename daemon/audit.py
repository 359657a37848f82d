"""The auditor: states of one call or channel that disagree between call, trunk, board and media.

Nothing here should ever be found. What is, is a defect of trunkd or of a driver, or an event that a
board lost; on a machine that runs for years a channel that stays busy for ever is worse than the
defect. So every ``[daemon] audit`` all states are compared; what disagrees twice in a row is told
(event ChannelAudited, counted) and put right in the way the protocol has for it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Final

from ..board.clock import SECOND
from ..errors import DriverError, LocalError
from ..signaling.call import CHANNEL_BUSY
from . import events
from .methods_audit import AuditFinding, AuditInfo, AuditSuspect
from .trunk import BY_CALL

if TYPE_CHECKING:
    from .calls import Call
    from .node import Node
    from .trunk import Trunk

log: Final = logging.getLogger("trunkd.audit")

TEMPORARY_FAILURE: Final = 41
"""Q.850."""

RELEASING: Final = 960_000_000_000
"""ns that a channel may be busy after its call, but for PRI: an SS7 circuit's far end is asked for
15 minutes to say that it is free (T5 of Q.764, longest), one of R2 or E&M may stay seized for long;
neither is a defect of ours."""
CLEARING: Final = 180_000_000_000
"""ns that a signalling may have a call which the daemon has no more: it went elsewhere (overflow),
or the daemon has it only once its number is known. Every timer that this waits for ends sooner
(T305 + 2 T308 of Q.931 are 38 s, the slowest register of R2 takes 2 min)."""
SILENT: Final = 600_000_000_000
"""ns after which a call that was begun and neither alerts nor was answered is stuck: every timer of
every signalling ends it sooner (T303 + T310 of Q.931, T9 of ISUP is 3 min). Not where tones or an
announcement are heard: the network may have a caller wait before the answer as long as it likes,
and an exchange line without answer supervision tells nothing at all."""
BY_HOOK: Final = frozenset({"fxs", "fxo", "tap"})
"""Signalling whose channels are busy for as long as somebody at the far end is off hook."""
_HOLDERS: Final = ("control", "shared", "core", "calls")
"""Where engines have their calls."""


class Finding:
    """One disagreement: where, what, and what puts it right."""

    __slots__ = ("call", "channel", "heal", "patience", "trunk", "what")

    def __init__(
        self,
        trunk: Trunk,
        channel: int,
        call: int,
        what: str,
        heal: Callable[[], None],
        patience: int = 0,
    ) -> None:
        self.trunk: Final = trunk
        self.channel: Final = channel
        self.call: Final = call
        self.what: Final = what
        self.heal: Final = heal
        self.patience: Final = patience
        """ns that it may last."""

    @property
    def key(self) -> tuple[str, int, int, str]:
        return self.trunk.name, self.channel, self.call, self.what


class Auditor:
    """Compares all states of a node each ``every`` ns; 0: never."""

    def __init__(self, node: Node, every: int) -> None:
        self._node: Final = node
        self._every: Final = every
        self._suspects: dict[tuple[str, int, int, str], int] = {}
        """What was wrong the last time, and since when."""
        self.found: Final[dict[tuple[str, str], int]] = {}
        """By trunk and what was wrong: how often."""
        self._last: Final[dict[tuple[str, str], tuple[int, int, int, bool]]] = {}
        """Of the last one: when, channel, call, whether it was put right."""
        self._looks = 0
        self._looked = 0

    def start(self) -> None:
        if self._every:
            self._node.at(self._node.now() + self._every, self._audit)

    def _audit(self, now: int) -> None:
        self._node.at(now + self._every, self._audit)
        self.run(now)

    def run(self, now: int) -> list[Finding]:
        """Look once; what was wrong the last time, too, is put right and returned."""
        self._looks += 1
        self._looked = now
        before, self._suspects = self._suspects, {}
        done = []
        for finding in list(self._look(now)):
            since = before.get(finding.key)
            if since is not None and now - since >= finding.patience:
                done.append(finding)
            else:
                self._suspects[finding.key] = now if since is None else since
        for finding in done:
            self._heal(finding, now)
        return done

    def _heal(self, finding: Finding, now: int) -> None:
        key = (finding.trunk.name, finding.what)
        self.found[key] = self.found.get(key, 0) + 1
        healed = True
        try:
            finding.heal()
        except (LocalError, DriverError) as exc:
            healed = False
            log.error("%s/%d: %s: %s", finding.trunk.name, finding.channel, finding.what, exc)
        else:
            log.error("%s/%d: %s: put right", finding.trunk.name, finding.channel, finding.what)
        self._last[key] = (now, finding.channel, finding.call, healed)
        told = (finding.trunk.name, finding.channel, finding.what, healed, finding.call)
        self._node.tell_at(events.ChannelAudited, now, finding.trunk.name, *told)

    def info(self, look: bool) -> AuditInfo:
        """For clients; ``look``: suspects are those of right now."""
        node, wall = self._node, self._node.wall
        suspects = dict(self._suspects)
        if look:
            suspects = {f.key: suspects.get(f.key, node.now()) for f in self._look(node.now())}
        return AuditInfo(
            every=self._every / SECOND,
            looks=self._looks,
            last=wall(self._looked) if self._looks else 0,
            found=[
                AuditFinding(
                    trunk=trunk,
                    what=what,
                    count=self.found[trunk, what],
                    last=wall(last),
                    channel=channel,
                    call_id=call,
                    healed=healed,
                )
                for (trunk, what), (last, channel, call, healed) in self._last.items()
            ],
            suspects=[
                AuditSuspect(
                    trunk=trunk, channel=channel, what=what, since=wall(since), call_id=call
                )
                for (trunk, channel, call, what), since in suspects.items()
            ],
        )

    # What can be wrong

    def _look(self, now: int) -> Iterator[Finding]:
        for trunk in self._node.trunks.values():
            yield from self._calls(trunk, now)
            yield from self._channels(trunk)
        yield from self._strays()
        yield from self._media()

    def _calls(self, trunk: Trunk, now: int) -> Iterator[Finding]:
        known = handles(trunk)
        for handle, call in list(trunk.calls.items()):
            if call.call_id not in self._node.calls:
                yield Finding(
                    trunk,
                    call.channel,
                    call.call_id,
                    "call unknown to the daemon",
                    partial(self._readmit, call),
                )
            elif known is not None and handle not in known:
                # Its signalling has forgotten it: nobody would ever tell its end.
                yield Finding(
                    trunk,
                    call.channel,
                    call.call_id,
                    "call without signalling",
                    partial(self._abandon, call),
                )
            elif self._goes_nowhere(call, now):
                yield Finding(
                    trunk,
                    call.channel,
                    call.call_id,
                    "call that goes nowhere",
                    partial(self._clear, call),
                )
        if trunk.table.ss7 is not None:
            return  # circuits outlive their calls: they wait for the far end
        for handle in (known or set()) - set(trunk.calls):
            yield Finding(
                trunk,
                0,
                0,
                f"signalling of a call {handle} that is none",
                partial(self._clear_handle, trunk, handle),
                CLEARING,
            )

    @staticmethod
    def _goes_nowhere(call: Call, now: int) -> bool:
        silent = call.state == events.INITIATED and not call.inband
        return silent and now - call.started > SILENT and call.trunk.table.signalling != "tap"

    def _strays(self) -> Iterator[Finding]:
        """Calls that no trunk has. Those between two trunks, which wait for their turn, or for
        digits, have no handle; they do not wait for ever."""
        for call in list(self._node.calls.values()):
            if call.trunk.calls.get(call.handle) is not call:
                yield Finding(
                    call.trunk,
                    call.channel,
                    call.call_id,
                    "call without a trunk",
                    partial(self._end, call),
                    0 if call.handle else SILENT,
                )

    def _channels(self, trunk: Trunk) -> Iterator[Finding]:
        for channel, call in list(trunk.by_channel.items()):
            if call.handle not in trunk.calls:
                yield Finding(
                    trunk,
                    channel,
                    call.call_id,
                    "channel of a call that is over",
                    partial(self._free, trunk, channel),
                )
        if trunk.table.signalling in BY_HOOK:
            return
        taken = {call.channel for call in trunk.calls.values()}
        for channel, state in trunk.channel_state.items():
            if state == CHANNEL_BUSY and channel not in taken and self._is_alone(trunk):
                yield Finding(
                    trunk,
                    channel,
                    0,
                    "busy channel without a call",
                    partial(self._restart, trunk, channel),
                    CLEARING if trunk.table.pri is not None else RELEASING,
                )

    @staticmethod
    def _is_alone(trunk: Trunk) -> bool:
        """No call waits for its channel: a busy one could be that call's."""
        return all(call.channel for call in trunk.calls.values())

    def _media(self) -> Iterator[Finding]:
        node = self._node
        for channel in node.media.calls():
            call_id = channel.owner.call_id
            trunk = node.trunks.get(channel.trunk)
            if call_id not in node.calls and trunk is not None:
                yield Finding(
                    trunk,
                    channel.timeslot.number,
                    call_id,
                    "media of a call that is over",
                    partial(node.media.forget, call_id),
                )
        for call in node.switch.calls():
            if call.call_id not in node.calls:
                yield Finding(
                    call.trunk,
                    call.channel,
                    call.call_id,
                    "party that is gone",
                    partial(node.switch.gone, call),
                )

    # What puts it right

    def _readmit(self, call: Call) -> None:
        self._node.calls[call.call_id] = call
        self._clear(call)

    def _clear(self, call: Call) -> None:
        call.trunk.clear(call, TEMPORARY_FAILURE, call.trunk.now())

    def _abandon(self, call: Call) -> None:
        channel = call.channel
        call.trunk.abandon(call, TEMPORARY_FAILURE, call.trunk.now())
        if channel and call.trunk.channel_state.get(channel) == CHANNEL_BUSY:
            self._restart(call.trunk, channel)

    def _end(self, call: Call) -> None:
        call.trunk.fail(call, TEMPORARY_FAILURE, 0, True, call.trunk.now())

    def _clear_handle(self, trunk: Trunk, handle: int) -> None:
        now = trunk.now()
        trunk.engine.clear(handle, TEMPORARY_FAILURE, now)
        trunk.pump(now)

    def _free(self, trunk: Trunk, channel: int) -> None:
        call = trunk.by_channel.pop(channel)
        try:
            self._node.media.close_call(call)
        finally:
            trunk.close_voice(channel, BY_CALL)

    def _restart(self, trunk: Trunk, channel: int) -> None:
        now = trunk.now()
        trunk.engine.restart((channel,), now)
        trunk.pump(now)


def handles(trunk: Trunk) -> set[int] | None:
    """The calls that a trunk's engine has; None where it does not say."""
    engine: object = trunk.engine
    for part in (engine, getattr(engine, "engine", engine)):  # behind robbed bits
        for holder in (part, *(getattr(part, name, None) for name in _HOLDERS)):
            found = getattr(holder, "calls", None)
            if isinstance(found, dict):
                return set(found)
    return None
