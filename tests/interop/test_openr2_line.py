"""The line between us and openr2 outside calls: blocking, and seizing without acknowledgement."""

from __future__ import annotations

import pytest
from openr2_rig import (
    ANI,
    DNIS,
    Fault,
    Manual,
    OpenR2,
    incoming,
    outgoing,
    pairs,
    through_relay,
)

from trunkd.signaling.call import (
    CHANNEL_BLOCKED_THERE,
    CHANNEL_IDLE,
    CallConnected,
    CallOffered,
    CallReleased,
    CallRequest,
    ChannelChanged,
    PartyNumber,
)

VARIANTS = ["itu", "cn", "br"]
CALLEE = "--mode answer --calls 0 --max-dnis 7 --max-ani 20"


def answered(manual: Manual, seconds: float) -> None:
    """A call comes in, is answered and cleared by the caller."""
    offered = manual.until(CallOffered, seconds)
    assert isinstance(offered, CallOffered) and offered.request.called.digits == DNIS
    manual.engine.answer(offered.call, manual.now)
    manual.until(CallConnected, 2)
    released = manual.until(CallReleased, 5)
    assert isinstance(released, CallReleased) and released.cause == 16


def until_state(manual: Manual, state: int, seconds: float) -> None:
    """The channel gets into this state within so long."""
    end = manual.now + seconds * 1e9
    while True:
        changed = manual.until(ChannelChanged, (end - manual.now) / 1e9)
        assert isinstance(changed, ChannelChanged)
        if changed.state == state:
            return


def config(variant: str) -> dict[str, object]:
    return {"variant": variant, "dnis_max": len(DNIS), "ani": "none"}


@pytest.mark.parametrize("variant", VARIANTS)
def test_openr2_blocks_and_unblocks(openr2_peer: str, variant: str) -> None:
    near, far = pairs(1)
    theirs = OpenR2(
        openr2_peer, far, variant, "--mode call --calls 1 --block-ms 3000 --rest-ms 4000"
    )
    manual = Manual(near, config(variant))
    until_state(manual, CHANNEL_BLOCKED_THERE, 1)
    call = manual.engine.place(CallRequest(PartyNumber(DNIS), PartyNumber(ANI)), manual.now)
    refused = manual.until(CallReleased, 0.1)
    assert isinstance(refused, CallReleased) and (refused.call, refused.cause) == (call, 34)
    until_state(manual, CHANNEL_IDLE, 4)
    assert 3.0 <= manual.now / 1e9 <= 3.5
    answered(manual, 5)
    manual.until(None, 2)
    manual.close()
    assert theirs.end().code == 0


@pytest.mark.parametrize("variant", VARIANTS)
def test_we_block_and_unblock(openr2_peer: str, variant: str) -> None:
    near, far = pairs(1)
    theirs = OpenR2(openr2_peer, far, variant, "--mode call --calls 1 --rest-ms 1000")
    manual = Manual(near, config(variant))
    manual.engine.block((1,), manual.now)
    manual.until(None, 5)
    assert not [e for e in manual.events if isinstance(e, CallOffered)]
    manual.engine.unblock((1,), manual.now)
    answered(manual, 5)
    manual.until(None, 2)
    manual.close()
    told = theirs.end()
    named = [e["event"] for e in told.events[:4]]
    assert told.code == 0 and named == ["idle", "blocked", "idle", "placed"], told.events
    assert 5.0 <= told.named("placed")[0]["time"] / 1e9 <= 5.5


@pytest.mark.parametrize("variant", VARIANTS)
def test_blocked_while_a_call_is_up(openr2_peer: str, variant: str) -> None:
    """The call goes on; blocked is sent when it has ended, and idle when we unblock."""
    near, far = pairs(1)
    theirs = OpenR2(openr2_peer, far, variant, "--mode call --calls 2 --hold 3000 --rest-ms 6000")
    manual = Manual(near, config(variant))
    offered = manual.until(CallOffered, 10)
    assert isinstance(offered, CallOffered)
    manual.engine.answer(offered.call, manual.now)
    manual.until(CallConnected, 2)
    manual.engine.block((1,), manual.now)
    released = manual.until(CallReleased, 5)
    assert isinstance(released, CallReleased) and released.cause == 16
    manual.until(None, 3)
    assert [type(e) for e in manual.events].count(CallOffered) == 1
    manual.engine.unblock((1,), manual.now)
    answered(manual, 5)
    manual.until(None, 2)
    manual.close()
    told = theirs.end()
    assert told.summary["placed"] == told.summary["connected"] == 2, told.events


@pytest.mark.parametrize("hidden", [1.0, 5.0, 30.0])
@pytest.mark.parametrize("variant", VARIANTS)
def test_our_seizing_is_acknowledged_late(openr2_peer: str, variant: str, hidden: float) -> None:
    """Within 2 s the call goes on. Later it is given up, but clear-forward waits for the
    acknowledgement, 10 s at most; then both are idle, and the next call goes through."""
    fault = Fault(to_b=False, change=0, ms=int(hidden * 1000))
    script = outgoing(2, rate=1 / (hidden + 5))
    ours, _, relay = through_relay(openr2_peer, {"variant": variant}, script, CALLEE, fault)
    first, second = ours.named("released")
    assert relay.to_a.lost == 1 and second["connected"]
    assert first["connected"] == (hidden < 2)
    if hidden < 2:
        return
    assert [e["kind"] for e in ours.named("fault")] == ["no_seizing_acknowledgement"]
    assert first["time"] / 1e9 == pytest.approx(2.26, abs=0.1)
    cleared = [ms for ms, what in relay.to_b.log if what.startswith("10")]
    assert cleared[1] / 1000 == pytest.approx(min(0.3 + hidden, 12.26), abs=0.2)


@pytest.mark.parametrize("variant", VARIANTS)
def test_openr2_gives_up_seizing_after_8_s(openr2_peer: str, variant: str) -> None:
    """Our acknowledgement is not seen; it clears forward, and we are idle."""
    fault = Fault(to_b=True, change=0, ms=20_000)
    script = incoming(0)
    options = "--mode call --calls 2 --rest-ms 25000"
    ours, theirs, relay = through_relay(openr2_peer, config(variant), script, options, fault)
    assert [e["text"] for e in theirs.named("fault")] == ["Seize Timeout"]
    first, second = theirs.named("released")
    began = theirs.named("placed")[0]["time"]
    assert (first["time"] - began) / 1e9 == pytest.approx(8.0, abs=0.1) and second["connected"]
    idle = [ms for ms, what in relay.to_b.log if what.startswith("10")]
    assert 8000 <= idle[1] - began / 1e6 <= 8500
    assert ours.summary["connected"] == 1 and ours.summary["active"] == 0
