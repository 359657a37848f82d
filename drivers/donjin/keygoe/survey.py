"""Which devices the service has: listed, opened, reset, and their states learnt.

In the order of the published programs: list, open each, take the CallID that its event brings (the
samples call that very important), reset it, ask for its state.
"""

from __future__ import annotations

import queue
import time
from typing import Any, Final

import msgspec

from ....errors import DriverError
from ...sdk_library import Unusable
from . import facts, structs
from .library import Event, Key, Library

STATE_S: Final = 10.0
"""How long the states of opened devices are waited for; what comes later is an event."""


class Channel(msgspec.Struct, array_like=True):
    """A usable interface channel; ``channel`` counts 32 for each E1 of its module."""

    module: int
    channel: int
    sub: int
    state: int


class Port(msgspec.Struct, array_like=True):
    """A digital port: an E1."""

    module: int
    channel: int
    state: int


class Survey(msgspec.Struct, array_like=True):
    """What the driver is told when the service is there."""

    channels: list[Channel]
    ports: list[Port]
    voices: list[tuple[int, int]]
    """Module and number of voice devices."""
    conferences: int
    word: int
    missing: list[str]


class Devices:
    """The devices as they are learnt. ``opened``: their own octets, with the CallID."""

    def __init__(self, library: Library, modules: list[int], seconds: float) -> None:
        self.library: Final = library
        self.modules: Final = frozenset(modules)
        self.opened: dict[Key, bytes] = {}
        self.subs: dict[Key, int] = {}
        self.states: dict[Key, int] = {}
        self._wanted: dict[Key, bytes] = {}
        self._failed: dict[Key, str] = {}
        """What another application has, or whose board is not well: why."""
        self.rest: Final[list[Event]] = []
        """Of calls that came meanwhile."""
        self._end = time.monotonic() + seconds

    def learn(self, named: bool) -> None:
        """From an open stream to devices with states. Unusable: there is nothing to use."""
        self._next("the stream's first event")
        self.library.check_word(named)
        self.library.devices()
        while (event := self._next("the device list")).type != facts.QUERY_DEVICE_END:
            self._listed(event)
        if not any(key[0] == facts.INTERFACE for key in self._wanted):
            of = f" of modules {sorted(self.modules)}" if self.modules else ""
            raise Unusable(
                f"the service has no usable interface channels{of}: see that its boards are "
                "started (its own tool shows them), and modules in [board.keygoe]",
                again=True,
            )
        for key in sorted(self._wanted, key=lambda k: (facts.USED.index(k[0]), k[1:])):
            try:
                self.library.do("XMS_ctsOpenDevice", self._wanted[key], self.library.null())
            except DriverError as exc:
                self._failed[key] = str(exc)
        while len(self.opened) + len(self._failed) < len(self._wanted):
            self._opening(self._next("devices to open"))
        if not self.keys(facts.INTERFACE):
            why = next(why for key, why in self._failed.items() if key[0] == facts.INTERFACE)
            raise Unusable(
                f"no interface channel could be opened ({why}): see that no other application has "
                "them",
                again=True,
            )
        self._settle()

    def _next(self, what: str) -> Event:
        rest = self._end - time.monotonic()
        try:
            event = self.library.events.get(timeout=max(0.001, rest))
        except queue.Empty:
            raise Unusable(f"the service did not give {what} in time", again=True) from None
        if event.type == facts.FAILURE and event.key[0] == 0:
            error = self.library.body(event, "Acs_UniFailure_Data")["error"]
            raise Unusable(f"the service: {facts.error_text(error)}", again=True)
        return event

    def _listed(self, event: Event) -> None:
        if event.type != facts.QUERY_DEVICE:
            return
        word = self.library.word
        head = self.library.body(event, "Acs_Dev_List_Head_t")
        size = structs.layout("DeviceID_t", word).size
        begin = structs.layout("Acs_Dev_List_Head_t", word).size
        for n in range(head["count"]):
            octets = event.body[begin + n * size : begin + (n + 1) * size]
            if len(octets) < size:
                return
            device = structs.read(octets, 0, "DeviceID_t", word)
            self._take(device, octets)

    def _take(self, device: dict[str, Any], octets: bytes) -> None:
        key = (device["main"], device["module"], device["channel"])
        if key[0] not in facts.USED or (self.modules and key[1] not in self.modules):
            return
        if key[0] == facts.INTERFACE and device["sub"] == facts.UNUSABLE:
            return
        self._wanted[key] = octets
        self.subs[key] = device["sub"]

    def _opening(self, event: Event) -> None:
        if event.key not in self._wanted:
            return
        if event.type == facts.OPEN_DEVICE:
            self.opened[event.key] = event.device
            self.library.do("XMS_ctsResetDevice", event.device, self.library.null())
            self.library.do("XMS_ctsGetDevState", event.device, self.library.null())
        elif event.type == facts.FAILURE:
            error = self.library.body(event, "Acs_UniFailure_Data")["error"]
            self._failed[event.key] = facts.error_text(error)
        else:
            self._take_other(event)

    def _take_other(self, event: Event) -> None:
        """A device's state; what concerns calls is kept."""
        if event.type == facts.DEVICE_STATE:
            data = self.library.body(event, "Acs_GeneralProc_Data")
            self.states[event.key] = data["device_state"]
        elif event.type >> 16 == facts.OF_CALLS:
            self.rest.append(event)

    def _settle(self) -> None:
        """States of all that were opened; where one does not come the device is unavailable."""
        end = min(self._end, time.monotonic() + STATE_S)
        asked = [k for k in self.opened if k[0] in (facts.INTERFACE, facts.DIGITAL_PORT)]
        while any(key not in self.states for key in asked):
            try:
                event = self.library.events.get(timeout=max(0.001, end - time.monotonic()))
            except queue.Empty:
                return
            self._take_other(event)

    # What the driver and the host make of them

    def keys(self, main: int) -> list[Key]:
        """Opened devices of a main type, in order."""
        return sorted(key for key in self.opened if key[0] == main)

    def survey(self) -> Survey:
        channels = [
            Channel(key[1], key[2], self.subs[key], self.states.get(key, facts.UNAVAILABLE))
            for key in self.keys(facts.INTERFACE)
        ]
        ports = [Port(k[1], k[2], self.states.get(k, 0)) for k in self.keys(facts.DIGITAL_PORT)]
        count: dict[int, int] = {}
        for key in self.keys(facts.VOICE):
            count[key[1]] = count.get(key[1], 0) + 1
        conferences = len(self.keys(facts.CONFERENCE))
        library = self.library
        return Survey(
            channels, ports, sorted(count.items()), conferences, library.word, library.missing
        )
