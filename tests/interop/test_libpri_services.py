"""libpri as the referee of the network's supplementary services: transfer and deflection.

libpri as the network receives our requests, libpri as the user makes its own. It is given a call
more to place than the test needs, so that it does not end before its reports are read.
"""

from __future__ import annotations

import pathlib
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from libpri_rig import Beside

from trunkd.signaling import call as neutral
from trunkd.signaling import call_services as services
from trunkd.signaling.isdn.q931_config import PriConfig
from trunkd.signaling.isdn.trunk import PriTrunk

pytestmark = pytest.mark.peer


@pytest.fixture
def beside(
    libpri_peer: str, tmp_path: pathlib.Path, captures: list[pathlib.Path]
) -> Iterator[Callable[..., Beside]]:
    """Makes a Beside: ``beside(our side, options of libpri, variant=…, …)``. tshark reads what
    passed, but for Nortel's header of Facility elements, which it does not know."""
    made: list[Beside] = []

    def make(side: str, options: str, variant: str = "etsi", **more: Any) -> Beside:
        config = PriConfig(side, variant=variant, **more)
        far = "cpe" if side == "network" else "net"
        chans = 23 if config.variant.t1 else 30
        common = f"--side {far} --switch {variant} --chans {chans}"
        capture = tmp_path / f"{len(made)}.pcapng"
        if variant != "dms100":
            captures.append(capture)
        made.append(Beside(libpri_peer, PriTrunk(config), f"{common} {options}", capture))
        return made[-1]

    yield make
    for one in made:
        one.close()


def kinds(rig: Beside, kind: type) -> list[Any]:
    return [event for event in rig.events if isinstance(event, kind)]


def named(rig: Beside, event: str) -> list[dict[str, Any]]:
    return [e for e in rig.theirs() if e["event"] == event]


def told(rig: Beside, event: str) -> dict[str, Any]:
    """The one report of this name that libpri makes, once it is written."""
    rig.run(lambda: bool(named(rig, event)))
    (one,) = named(rig, event)
    return one


def now() -> int:
    return time.monotonic_ns()


def two_calls(rig: Beside) -> tuple[int, int]:
    """Two calls of ours that libpri has answered."""
    rig.run(lambda: any(e.up for e in kinds(rig, neutral.LinkChanged)))
    request = neutral.CallRequest(neutral.PartyNumber("5551000"))
    made = rig.trunk.place(request, now()), rig.trunk.place(request, now())
    rig.run(lambda: len(kinds(rig, neutral.CallConnected)) == 2)
    return made


def ended(rig: Beside, count: int) -> Callable[[], bool]:
    return lambda: len(kinds(rig, neutral.CallReleased)) == count


@pytest.mark.parametrize("linkage", ["explicit", "implicit"])
def test_libpri_joins_our_calls(beside: Callable[..., Beside], linkage: str) -> None:
    rig = beside("user", "--mode answer --services grant", transfer=linkage)
    first, second = two_calls(rig)
    assert rig.trunk.can_transfer(first, second) == ""
    rig.trunk.transfer(first, second, now())
    rig.run(ended(rig, 2))
    (done,) = kinds(rig, services.TransferDone)
    assert (done.call, done.other, done.ok, done.error) == (first, second, True, "")
    seen = told(rig, "transfer")
    held = linkage == "implicit"
    assert {seen["call"], seen["other"]} == {1, 2} and bool(seen["held"]) == held
    assert bool(named(rig, "hold")) == held
    assert {e.cause for e in kinds(rig, neutral.CallReleased)} == {16}
    assert not kinds(rig, neutral.ProtocolFault)


@pytest.mark.parametrize("linkage", ["explicit", "implicit"])
def test_libpri_refuses_to_join_our_calls(beside: Callable[..., Beside], linkage: str) -> None:
    """A held call is retrieved and both go on."""
    rig = beside("user", "--mode answer --services refuse", transfer=linkage)
    first, second = two_calls(rig)
    rig.trunk.transfer(second, first, now())
    rig.run(lambda: bool(kinds(rig, services.TransferDone)))
    (done,) = kinds(rig, services.TransferDone)
    assert not done.ok and done.error.startswith("the network refused")
    if linkage == "implicit":
        told(rig, "retrieve")
    assert not kinds(rig, neutral.CallReleased)
    assert rig.trunk.can_transfer(first, second) == ""
    assert not kinds(rig, neutral.ProtocolFault)


def test_libpri_without_the_service(beside: Callable[..., Beside]) -> None:
    rig = beside("user", "--mode answer")
    first, second = two_calls(rig)
    rig.trunk.transfer(first, second, now())
    rig.run(lambda: bool(kinds(rig, services.TransferDone)))
    (done,) = kinds(rig, services.TransferDone)
    assert not done.ok and done.error == "the network refused: resource unavailable"


@pytest.mark.parametrize("answer", ["grant", "refuse"])
def test_libpri_reroutes_a_call_that_it_offers(beside: Callable[..., Beside], answer: str) -> None:
    rig = beside("user", f"--mode call --calls 2 --called 5551000 --services {answer}")
    rig.run(lambda: bool(kinds(rig, neutral.CallOffered)))
    call = kinds(rig, neutral.CallOffered)[0].call
    rig.trunk.alert(call, False, now())
    assert rig.trunk.can_deflect(call) == ""
    rig.trunk.deflect(call, neutral.PartyNumber("49301234", 1), 2, now(), 2)
    rig.run(lambda: bool(kinds(rig, services.DeflectionDone)))
    (done,) = kinds(rig, services.DeflectionDone)
    assert done.ok == (answer == "grant")
    seen = told(rig, "rerouting")
    assert (seen["to"], seen["to_plan"], seen["from"]) == ("49301234", 0x11, "5551000")
    assert (seen["count"], seen["subscription"]) == (1, 2)
    assert seen["reason"] == 2  # PRI_REDIR_FORWARD_ON_NO_REPLY
    if answer == "grant":
        rig.run(ended(rig, 1))
        assert kinds(rig, neutral.CallReleased)[0].cause in (16, 31)
    else:
        assert done.error == "the network refused: supplementary service interaction not allowed"
        rig.trunk.answer(call, now())
        rig.run(lambda: bool(kinds(rig, neutral.CallConnected)))
    assert not kinds(rig, neutral.ProtocolFault)


@pytest.mark.parametrize("answer", ["grant", "refuse"])
def test_libpri_deflects_a_call_that_it_offers(beside: Callable[..., Beside], answer: str) -> None:
    options = f"--mode call --calls 2 --called 5551000 --services {answer}"
    rig = beside("user", options, deflection="deflection")
    rig.run(lambda: bool(kinds(rig, neutral.CallOffered)))
    call = kinds(rig, neutral.CallOffered)[0].call
    rig.trunk.alert(call, False, now())
    rig.trunk.deflect(call, neutral.PartyNumber("49301234", 1), 4, now(), 1)
    rig.run(lambda: bool(kinds(rig, services.DeflectionDone)))
    seen = told(rig, "rerouting")
    assert (seen["to"], seen["to_plan"], seen["from"]) == ("49301234", 0x11, "5551000")
    assert (seen["count"], seen["subscription"]) == (1, 3)  # 3: not applicable
    (done,) = kinds(rig, services.DeflectionDone)
    assert done.ok == (answer == "grant")
    assert not kinds(rig, neutral.ProtocolFault)


TELLS = {"etsi": "explicit ect", "ni2": "2bct", "5ess": "2bct", "4ess": "2bct", "dms100": "rlt"}


@pytest.mark.parametrize("ok", [True, False])
@pytest.mark.parametrize("variant", TELLS)
def test_libpri_asks_us_to_join_its_calls(
    beside: Callable[..., Beside], variant: str, ok: bool
) -> None:
    rig = beside(
        "network",
        "--mode call --calls 3 --conc 2 --hold 60000 --services grant --bridge",
        variant=variant,
        transfer="rlt" if variant == "dms100" else "",
    )
    answered: set[int] = set()

    def asked() -> bool:
        for event in kinds(rig, neutral.CallOffered):
            if event.call not in answered:
                answered.add(event.call)
                rig.trunk.answer(event.call, now())
        return bool(kinds(rig, services.TransferAsked))

    rig.run(asked)
    (event,) = kinds(rig, services.TransferAsked)
    assert {event.call, event.other} == answered and event.service == TELLS[variant]
    rig.trunk.grant(event.call, ok, now())
    if ok:
        rig.run(lambda: ended(rig, 2)() and len(named(rig, "released")) == 2)
        assert {e["cause"] for e in named(rig, "released")} == {16}
    else:
        assert not kinds(rig, neutral.CallReleased)
        for call in answered:
            rig.trunk.clear(call, 16, now())
        rig.run(ended(rig, 2))
    assert not kinds(rig, neutral.ProtocolFault)
    assert not named(rig, "fault")


def test_libpri_reroutes_a_call_that_we_offer(beside: Callable[..., Beside]) -> None:
    rig = beside("network", "--mode answer --services grant --deflect 49301234")
    rig.run(lambda: any(e.up for e in kinds(rig, neutral.LinkChanged)))
    call = rig.trunk.place(neutral.CallRequest(neutral.PartyNumber("5551000", 2)), now())
    rig.run(lambda: bool(kinds(rig, services.DeflectionAsked)))
    (asked,) = kinds(rig, services.DeflectionAsked)
    assert (asked.call, asked.number.digits, asked.service) == (call, "49301234", "rerouting")
    assert (asked.reason, asked.diversions, asked.subscription) == (4, 1, 1)
    rig.trunk.grant(call, True, now())
    rig.run(lambda: ended(rig, 1)() and bool(named(rig, "released")))
    assert named(rig, "released")[0]["cause"] == 31


def test_libpri_is_told_of_a_transfer(beside: Callable[..., Beside]) -> None:
    rig = beside("network", "--mode answer --services grant")
    first, _second = two_calls(rig)
    rig.trunk.inform_transfer(first, neutral.PartyNumber("2125550123", 2), False, now())
    rig.run(lambda: any(e["number"] for e in named(rig, "party")))
    party = told(rig, "party")
    assert (party["call"], party["number"]) == (1, "2125550123")
