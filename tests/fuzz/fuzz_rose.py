"""Any Facility contents into the components' codec, their dissector and the services of PRI.

    fuzz_rose.py [--seconds S | --messages N] [--seed X]

By a seeded generator of components that are then spoilt, and for half of the time by atheris, which
goes by the code it covers, where it is installed. A finding is an exception, a component that does
not come back, a call whose state was changed, or services that are left when all calls have ended:
exit status 1, with the octets.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import random
import sys
import time
from typing import Any

SECOND = 1_000_000_000
TRANSFERS = ("none", "explicit", "implicit", "2bct", "rlt")
DEFLECTIONS = ("none", "deflection", "rerouting")
HOLDING = (0x24, 0x28, 0x30, 0x31, 0x33, 0x37)


def check(data: bytes) -> None:
    """AssertionError, or whatever the codec raises, when it does not keep its word."""
    from trunkd.signaling.dissect_tree import SENT
    from trunkd.signaling.isdn import elements as e
    from trunkd.signaling.isdn import messages as m
    from trunkd.signaling.isdn import rose
    from trunkd.signaling.isdn import services_operations as op
    from trunkd.signaling.isdn.dissect_q931 import dissect_q931
    from trunkd.signaling.isdn.facility_name import calling_name

    read = rose.read_components(data)
    assert len(read.found) <= rose.MOST_COMPONENTS
    for one in read.found:
        (again,) = rose.read_components(one.octets).found
        assert again.octets == one.octets, "a component did not come back"
        for reader in (op.read_rerouteing, op.read_deflection, op.read_inform):
            reader(one.argument)
        op.read_transfer(one.argument)
        op.read_third_party(one.argument)
        op.read_number(one.argument)
    calling_name(data)
    if len(data) < 250:
        octets = m.encode(1, 0, m.FACILITY, [e.variable(e.FACILITY, b"\x91" + data)])
        assert dissect_q931(octets, SENT).title == "FACILITY"


class Interface:
    """A call control of ours with three calls: answered, alerting at the far end, offered to us."""

    def __init__(self, rng: random.Random) -> None:
        from trunkd.signaling.call import CallRequest, PartyNumber
        from trunkd.signaling.isdn import elements as e
        from trunkd.signaling.isdn import messages as m
        from trunkd.signaling.isdn.q931 import CallControl
        from trunkd.signaling.isdn.q931_config import PriConfig

        self.rng = rng
        side = rng.choice(("user", "network"))
        settings = {"transfer": rng.choice(TRANSFERS), "deflection": rng.choice(DEFLECTIONS)}
        self.control = CallControl(PriConfig(side, **settings))
        self.now = 0
        self.control.link_up(0)
        for type in (m.CONNECT, m.ALERTING):
            handle = self.control.place(CallRequest(PartyNumber("1")), 0)
            call = self.control.calls[handle]
            self.control.receive(m.encode(call.reference, 1, m.CALL_PROCEEDING, []), 0)
            self.control.receive(m.encode(call.reference, 1, type, []), 0)
        setup = [e.BearerCapability(0), e.b_channel(9, True), e.CalledPartyNumber("1")]
        self.control.receive(m.encode(99, 0, m.SETUP, setup), 0)
        self.take()

    def take(self) -> list[Any]:
        from trunkd.signaling.isdn import messages as m

        for unit in self.control.take_units():
            m.decode(unit)
        return self.control.events()

    def ask(self) -> None:
        """The application wants something."""
        from trunkd.errors import LocalError
        from trunkd.signaling.call import PartyNumber

        services, rng, now = self.control.services, self.rng, self.now
        call, other = rng.randint(1, 4), rng.randint(1, 4)
        try:
            what = rng.randrange(4)
            if what == 0:
                services.transfer(call, other, now)
            elif what == 1:
                services.deflect(call, PartyNumber("5"), rng.randrange(6), now, rng.randrange(3))
            elif what == 2:
                services.grant(call, rng.random() < 0.3, now, rng.choice((0, 28, 50)))
            else:
                services.inform(call, PartyNumber("5"), False, now)
        except LocalError as wrong:
            assert str(wrong)

    def hear(self, data: bytes, profile: int) -> None:
        """A message with a Facility element on one of the calls, or one of HOLD and RETRIEVE."""
        from trunkd.signaling.isdn import elements as e
        from trunkd.signaling.isdn import messages as m

        rng = self.rng
        calls = list(self.control.calls.values())
        if not calls:
            return
        call = rng.choice(calls)
        type = rng.choice(HOLDING) if rng.random() < 0.2 else m.FACILITY
        facility = e.variable(e.FACILITY, bytes((profile,)) + data[:200])
        before = call.state
        octets = m.encode(call.reference, 1 - call.flag, type, [facility])
        self.control.receive(octets, self.now)
        assert call.state == before, "a service changed a call's state"
        if rng.random() < 0.3:
            self.ask()
        self.now += rng.choice((0, 0, 0, SECOND, 6 * SECOND))
        self.control.handle_timeout(self.now)
        self.take()

    def settle(self) -> None:
        """When every call has ended nothing is left of the services."""
        self.control.link_down(self.now)
        for handle in [*self.control.calls]:
            self.control.clear(handle, 16, self.now)
        self.take()
        services, network = self.control.services, self.control.services.network
        assert not self.control.calls and not self.control.deadlines, "something is left"
        assert not services.askings and not services.call_ids
        assert not network.requests and not network.links and not network.held


def generate(rng: random.Random) -> bytes:
    """Components that are well formed, or nearly."""
    from trunkd.signaling.call import PartyNumber
    from trunkd.signaling.isdn import rose
    from trunkd.signaling.isdn import services_operations as op

    to = PartyNumber("49301234"[: rng.randint(1, 8)], rng.randrange(5), rng.choice((0, 1, 9)))
    arguments = (
        b"",
        rose.integer(rng.randint(-3, 5)),
        rose.integer(rng.randint(-3, 5), 0x80),
        op.rerouteing_argument(op.Diversion(to, rng.randrange(6), rng.randint(1, 5), to, b"\4\1")),
        op.deflection_argument(to, True),
        op.inform_argument(to, rng.random() < 0.5),
        op.transfer_argument(rng.choice((1, 2, 0x8001, 0x8063))),
        op.third_party_argument(rng.randint(0, 4)),
    )
    codes = [*op.OPERATION_NAMES, *op.ERROR_NAMES, op.RLT_OPERATION_IND, op.RLT_THIRD_PARTY]
    octets = rng.choice((b"", b"", bytes.fromhex("aa06800100820100"), bytes.fromhex("8b0102")))
    for _ in range(rng.choice((1, 1, 2, 3))):
        kind = rng.choice(tuple(rose.KIND_NAMES))
        octets += rose.Component(
            kind,
            rng.randint(-1, 6),
            rng.choice(codes),
            rng.choice(arguments),
            problem_class=rng.randrange(4),
            problem=rng.randrange(9),
        ).octets
    spoilt = bytearray(octets)
    for _ in range(rng.choice((0, 0, 1, 3))):
        at = rng.randrange(len(spoilt) + 1)
        how = rng.randrange(4)
        if how == 0:
            del spoilt[at:]
        elif how == 1:
            spoilt[at:at] = rng.randbytes(rng.randint(1, 3))
        elif at < len(spoilt):
            spoilt[at] = rng.choice((0, 0x80, 0xFF, spoilt[at] ^ 1 << rng.randrange(8)))
    return bytes(spoilt)


def mutate(seconds: float, messages: int, seed: int) -> int:
    """How many messages were read."""
    rng = random.Random(seed)
    until = time.monotonic() + seconds
    done = 0
    while done < messages if messages else time.monotonic() < until:
        said: list[str] = []
        try:
            interface = Interface(rng)
            for _ in range(50):
                data, profile = generate(rng), rng.choice((0x91, 0x91, 0x9F, 0x11))
                said.append(f"{profile:02x}:{data.hex()}")
                check(data)
                interface.hear(data, profile)
                done += 1
            interface.settle()
        except Exception:
            print(f"FOUND by seed {seed}: {' '.join(said)}", flush=True)
            raise
    return done


def cover(seconds: float, seed: int) -> None:
    """By a child, since atheris ends its process."""
    child = os.fork()
    if child:
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if status:
            sys.exit(f"atheris ended with {status}: see above")
        return
    import atheris  # type: ignore[import-not-found,unused-ignore]

    with atheris.instrument_imports(include=["trunkd.signaling"]):
        check(b"\xa1\x06\x02\x01\x01\x02\x01\x06")
        Interface(random.Random(1)).settle()

    def one(octets: bytes) -> None:
        check(octets)
        interface = Interface(random.Random(len(octets)))
        interface.hear(octets, 0x91)
        interface.settle()

    options = [f"-max_total_time={seconds:.0f}", f"-seed={seed}", "-max_len=240", "-verbosity=0"]
    atheris.Setup([sys.argv[0], *options], one)
    atheris.Fuzz()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--messages", type=int, default=0, help="so many, without atheris")
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(3)))
    given = parser.parse_args()
    both = not given.messages and importlib.util.find_spec("atheris") is not None
    seconds = given.seconds / 2 if both else given.seconds
    if both:
        cover(seconds, given.seed)  # first, as atheris prepares modules while they are imported
    done = mutate(seconds, given.messages, given.seed)
    print(f"{done} messages by mutation, seed {given.seed}: nothing found", flush=True)


if __name__ == "__main__":
    main()
