"""Answered calls are written down for the next process, which goes on with them (kept.py).

What may be another since it was written is marked by ``changed`` and written by ``flush``: before
anybody is told of it, and at the latest when the daemon has done what is to be done now. After a
start ``restore`` makes the calls again before the trunks begin; ``resume`` tells what became of
what was at work on them, joins them again as they were (kept_resume.py), and lets their owners come
back.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from typing import TYPE_CHECKING, Final

import msgspec

from ..errors import Error, LocalError
from . import events, kept
from .kept import Kept
from .kept_file import KeptFile
from .kept_resume import TEMPORARY_FAILURE, attempt, resume

if TYPE_CHECKING:
    from .calls import Call
    from .node import Node

log: Final = logging.getLogger("trunkd")

ENDS: Final = frozenset(
    (
        events.Stop,
        events.DigitsCollected,
        events.CallProgressResult,
        events.AudioClosed,
        events.FaxEnded,
    )
)
"""What tells the end of something at work: written down once it is in the journal. Who is killed in
between has told it; the other way round nobody would."""


HEARD: Final = frozenset(
    (
        events.DigitsDetected,
        events.ToneDetected,
        events.VoiceActivity,
        events.FskDetected,
        events.CallProgress,
        events.ActiveSpeakers,
        events.FaxPage,
    )
)
"""What leaves a call as it was, and comes often."""


class Keeper:
    """What is kept of the answered calls of one node; without a file nothing is."""

    def __init__(self, node: Node) -> None:
        self._node: Final = node
        self._file: KeptFile | None = None
        self._instance: Final = node.instance
        self._dirty: Final[set[int]] = set()
        self._written: Final[dict[int, bytes]] = {}
        self._requests: Final[dict[int, kept.Request]] = {}
        self._found: list[Kept] = []
        self._restored: list[Kept] = []
        self._not_told: Collection[int] = ()
        self._hold = False
        """What the run before left is not to be written over yet."""
        self.lost: Final[list[Kept]] = []
        """Those that could not be made again."""
        self.writes = 0
        self.told_last = 0
        """ns since 1970: the last event of the run that was killed."""
        self.outcomes: Final = {"kept": 0, "lost": 0}
        """Calls that were up when the run before was killed."""

    # What is

    def open(
        self, file: KeptFile, found: list[Kept], told_last: int, not_told: Collection[int] = ()
    ) -> None:
        """From now on calls are kept there; ``found``: those of the run before; ``not_told``: of
        these calls nobody was told that they were answered."""
        self._file, self._found, self.told_last = file, found, told_last
        self._not_told = not_told

    def changed(self, call_id: int) -> None:
        """Something of this call may be another."""
        if self._file is not None:
            self._dirty.add(call_id)

    def told(self, event: events.Event) -> None:
        """An event is about to be told, and its call's record is in the journal."""
        if self._file is None:
            return
        if isinstance(event, events.CallEvent):
            if type(event) in HEARD:
                return
            self._dirty.add(event.call_id)
            if type(event) in ENDS:
                return
        self.flush()

    def flush(self) -> None:
        """Write down what is another."""
        while self._dirty and not self._hold:
            call_id = self._dirty.pop()
            try:
                self._write(call_id)
            except Exception as exc:
                self._node.problem(exc)

    def _write(self, call_id: int) -> None:
        file = self._file
        if file is None:
            return
        record = self._record(call_id)
        if record is None:
            self._requests.pop(call_id, None)
            if self._written.pop(call_id, None) is not None:
                file.remove(call_id)
            return
        octets = kept.encode(record)
        if octets != self._written.get(call_id):
            self.writes += 1
            if file.put(call_id, octets):
                self._written[call_id] = octets

    def _record(self, call_id: int) -> Kept | None:
        """None: nothing is kept of it (any more)."""
        node = self._node
        call = node.calls.get(call_id)
        if call is None or not call.answered or call.ended:
            return None
        trunk = call.trunk
        if not trunk.keeps or trunk.calls.get(call.handle) is not call:
            return None
        signalling = trunk.engine.keep(call.handle)
        if signalling is None:
            return None
        request = self._requests.get(call_id)
        if request is None:
            request = self._requests[call_id] = kept.request_of(call.request)
        made = kept.kept_of(call, signalling, self._instance, request)
        made.owner = node.sessions.owner_of(call_id)
        made.on_loss = node.sessions.on_loss_of(call_id)
        made.treatment = node.sessions.treatments.row_of(call_id)
        made.party = kept.party_of(node, call)
        made.consultations = kept.consultations_of(node, call)
        made.orbit = kept.orbit_of(node, call)
        made.work = kept.work_of(node, call)
        return made

    # What was

    def restore(self) -> None:
        """Make the calls of the run before again; the boards run, and no trunk has begun."""
        found, self._found = self._found, []
        self._hold = bool(found)
        for each in found:
            if not self._goes_on(each):
                self.lost.append(each)
                assert self._file is not None
                self._file.remove(each.call_id)
                continue
            self._restored.append(each)
            self._written[each.call_id] = b""
            self._dirty.add(each.call_id)

    def _goes_on(self, each: Kept) -> bool:
        """Whatever is wrong with one call, the daemon starts, and the others go on."""
        try:
            self._restore(each)
        except Error as exc:
            log.warning("call %d cannot go on: %s", each.call_id, exc)
        except Exception as exc:
            log.error("call %d cannot go on: this should not happen", each.call_id, exc_info=exc)
        # Once the engine has it, it is up at the far end, too, and can be cleared.
        return each.call_id in self._node.calls

    def _restore(self, each: Kept) -> None:
        trunk = self._node.trunks.get(each.trunk)
        if trunk is None:
            raise LocalError(f"there is no trunk '{each.trunk}' any more")
        if not trunk.keeps:
            raise LocalError(f"keep_calls of trunk '{each.trunk}' is off")
        now = trunk.now()
        call = kept.call_of(each, trunk, now)
        call.unconfirmed = True
        trunk.restore(call, kept.signalling_of(each), now)
        self._node.sessions.restore(call, each.owner, each.on_loss)

    @property
    def restored(self) -> int:
        """Calls that were made again by ``restore``."""
        return len(self._restored)

    def resume(self) -> None:
        """Clients know of the restart and of the calls that are lost: go on with the others."""
        restored, self._restored = self._restored, []
        for each in restored:
            if each.call_id in self._not_told:
                attempt(self._node, lambda k=each: self._tell_answer(k.call_id))
        if restored:
            resume(self._node, restored)
        # Until here a kill leaves them as they were: the next start does all of it.
        self._hold = False
        self.flush()

    def _tell_answer(self, call_id: int) -> None:
        call = self._node.calls.get(call_id)
        if call is not None:  # it has not ended while the trunks began
            self._node.tell_call(events.Established, call, call.answering, call.answered_by)

    def confirmed(self, call: Call) -> None:
        """The far end has it, too."""
        call.unconfirmed = False
        self.outcomes["kept"] += 1

    def failed(self, call: Call) -> None:
        """The far end has it no more."""
        call.unconfirmed = False
        call.lost = LOST
        call.cause, call.location = TEMPORARY_FAILURE, 0
        # As of those that were not made again: when it really ended nobody knows.
        clock = call.trunk.clock
        shift = clock.wall(clock.now()) - clock.now()
        call.lost_at = max(self.told_last - shift, call.answered, 1 - shift)
        self.outcomes["lost"] += 1


LOST: Final = "restart"
"""``lost`` of a record: the daemon was gone before the call ended."""


def read(file: KeptFile) -> list[Kept]:
    """What the run before left, in the order of its calls; what cannot be read is dropped."""
    found = []
    for call_id, octets in sorted(file.read().items()):
        try:
            each = kept.decode(octets)
            if each.call_id != call_id:
                raise LocalError(f"it is of call {each.call_id}")
        except (msgspec.MsgspecError, Error, RecursionError) as exc:
            log.error("what was kept of call %d cannot be read: %s", call_id, exc)
            file.remove(call_id)
            continue
        found.append(each)
    return found
