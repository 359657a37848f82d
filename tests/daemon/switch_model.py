"""What the switching function is to do, in sets and flags: the model for test_switch_random.py."""

from __future__ import annotations

from dataclasses import dataclass, field

MOST = 8


@dataclass
class Place:
    """How a connection is in its joint."""

    role: str = "talk"
    coached: str = ""
    held: bool = False
    after: str = "keep"


Joint = dict[str, Place]


@dataclass
class Consult:
    held: str
    active: str
    consulting: str


@dataclass
class Model:
    """Connections by name; those in no joint are alone with the application."""

    up: list[str] = field(default_factory=list)
    joints: list[Joint] = field(default_factory=list)
    consults: list[Consult] = field(default_factory=list)
    orbits: dict[str, str] = field(default_factory=dict)
    """Orbit -> connection."""

    # Questions

    def joint(self, name: str) -> Joint | None:
        return next((j for j in self.joints if name in j), None)

    def partners(self, name: str) -> list[str]:
        return [n for n in self.joint(name) or {} if n != name]

    def held(self, name: str) -> bool:
        joint = self.joint(name)
        return joint is not None and joint[name].held

    def heard(self, joint: Joint) -> list[str]:
        return [n for n, place in joint.items() if not place.held]

    def mixes(self, joint: Joint) -> bool:
        """A conference is needed: more than two, or roles that are not those of two who talk."""
        heard = self.heard(joint)
        plain = len(heard) == 2 and all(joint[n].role == "talk" for n in heard)
        return len(heard) > 1 and not plain

    def hears(self, name: str) -> str:
        """Whose tone, in order of the names; ``~``: music."""
        joint = self.joint(name)
        if joint is None:
            return ""
        if joint[name].held:
            return "~"
        found = ""
        for other in sorted(self.heard(joint)):
            place = joint[other]
            if other == name:
                continue
            coached = place.coached if place.role == "coach" else ""
            if place.role == "talk" or (coached == name):
                found += other
        return found

    # Services

    def _seat(self, name: str) -> Joint:
        joint = self.joint(name)
        if joint is None:
            joint = {name: Place()}
            self.joints.append(joint)
        return joint

    def join(
        self, one: str, other: str, role: str = "talk", coached: str = "", after: str = ""
    ) -> None:
        joint, theirs = self._seat(one), self._seat(other)
        if joint is not theirs:
            joint.update(theirs)
            self.joints = [j for j in self.joints if j is not theirs]
        joint[other].role, joint[other].coached = role, coached
        if after:
            for place in joint.values():
                place.after = after

    def part(self, name: str) -> None:
        joint = self.joint(name)
        if joint is None:
            return
        del joint[name]
        for place in joint.values():
            if place.coached == name:
                place.role, place.coached = "monitor", ""
        self._dissolve(joint)

    def _dissolve(self, joint: Joint) -> None:
        alone = len(joint) == 1 and not next(iter(joint.values())).held
        if not joint or alone:
            self.joints = [j for j in self.joints if j is not joint]

    def hold(self, name: str) -> None:
        self._seat(name)[name].held = True

    def retrieve(self, name: str) -> None:
        joint = self._seat(name)
        joint[name].held = False
        self._dissolve(joint)

    def release(self, name: str) -> None:
        if self.held(name):
            self.retrieve(name)

    def gone(self, name: str) -> None:
        if name not in self.up:
            return
        self.up.remove(name)
        self.orbits = {orbit: n for orbit, n in self.orbits.items() if n != name}
        found = [c for c in self.consults if name in (c.held, c.active, c.consulting)]
        self.consults = [c for c in self.consults if c not in found]
        joint = self.joint(name)
        if joint is None:
            return
        left = [(n, place.after) for n, place in joint.items() if n != name]
        self.part(name)
        if len(left) == 1 and left[0][1] == "clear":
            self.gone(left[0][0])
            return
        for consult in found:
            if consult.consulting and name == consult.active:
                self.release(consult.held)
                self.join(consult.consulting, consult.held)

    def consult(self, held: str, new: str) -> None:
        consulting = (self.partners(held) or [""])[0]
        self.hold(held)
        if consulting:
            self.part(consulting)
            self.join(consulting, new)
        self.consults.append(Consult(held, new, consulting))

    def alternate(self, consult: Consult) -> None:
        if consult.consulting:
            self.part(consult.consulting)
        self.hold(consult.active)
        self.retrieve(consult.held)
        if consult.consulting:
            self.join(consult.consulting, consult.held)
        self.consults.remove(consult)
        self.consults.append(Consult(consult.active, consult.held, consult.consulting))

    def reconnect(self, consult: Consult) -> None:
        self.consults.remove(consult)
        if consult.consulting:
            self.part(consult.consulting)
        self.release(consult.held)
        if consult.consulting:
            self.join(consult.consulting, consult.held)
        self.gone(consult.active)

    def conference(self, consult: Consult) -> None:
        self.consults.remove(consult)
        self.release(consult.held)
        self.release(consult.active)
        self.join(consult.held, consult.active)
        if consult.consulting:
            self.join(consult.held, consult.consulting)

    def transfer(self, consult: Consult) -> None:
        self.consults.remove(consult)
        if consult.consulting:
            self.part(consult.consulting)
        self.release(consult.held)
        self.release(consult.active)
        self.join(consult.held, consult.active, after="clear")
        if consult.consulting:
            self.gone(consult.consulting)

    def park(self, name: str, orbit: str) -> None:
        parker = (self.partners(name) or [""])[0]
        self.consults = [c for c in self.consults if name not in (c.held, c.active)]
        self.part(name)
        self.orbits[orbit] = name
        self.hold(name)
        if parker:
            self.gone(parker)

    def fetch(self, orbit: str, picker: str) -> None:
        name = self.orbits.pop(orbit)
        self.release(name)
        self.join(name, picker)

    def single_step_transfer(self, name: str, new: str) -> None:
        partner = (self.partners(name) or [""])[0]
        self.part(name)
        self.join(name, new, after="clear")
        if partner:
            self.gone(partner)

    def clear_call(self, name: str) -> None:
        for each in [name, *self.partners(name)]:
            self.gone(each)
