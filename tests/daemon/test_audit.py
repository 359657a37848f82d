"""States that disagree are made here on purpose: each is found, told, and put right."""

from __future__ import annotations

import io
import pathlib
import sys
from collections.abc import Callable, Iterator

import pytest
from rich.console import Console

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from line_rig import LineBench, analog_config, r2_config, spans_config
from media_rig import Ends, Rig

from trunkd.daemon import events as ev
from trunkd.daemon.audit import handles
from trunkd.daemon.methods import AuditInfo
from trunkd.daemon.present_audit import show_audit
from trunkd.signaling.call import CHANNEL_BUSY

EXAMPLES = pathlib.Path(__file__).parent.parent.parent / "examples"


@pytest.fixture
def rig(tmp_path: pathlib.Path) -> Iterator[Rig]:
    made = Rig(tmp_path)
    yield made
    made.close()


def forget_in_node(rig: Rig, ends: Ends) -> None:
    del rig.node.calls[ends.near.call_id]


def forget_in_signalling(rig: Rig, ends: Ends) -> None:
    """As an engine would that lost track of it: no release, no event."""
    del ends.near.trunk.engine.control.calls[ends.near.handle]  # type: ignore[attr-defined]


def forget_in_trunk(rig: Rig, ends: Ends) -> None:
    """The daemon lost it whole, the signalling did not."""
    del ends.near.trunk.calls[ends.near.handle]
    del rig.node.calls[ends.near.call_id]


def lose_release(rig: Rig, ends: Ends) -> None:
    """The trunk let go of it, and nothing was told."""
    handle = ends.near.handle
    del ends.near.trunk.calls[handle]
    ends.near.trunk.engine.clear(handle, 16, rig.node.now())
    ends.near.trunk.pump(rig.node.now())


def stay_busy(rig: Rig, ends: Ends) -> None:
    rig.ask("clearConnection", callId=ends.near.call_id)
    rig.run(1)
    ends.near.trunk.channel_state[ends.near.channel] = CHANNEL_BUSY


def keep_party(rig: Rig, ends: Ends) -> None:
    other = rig.call()
    rig.ask("joinCalls", callId=ends.near.call_id, other=other.near.call_id)
    joint = rig.node.switch.joint(ends.near)
    assert joint is not None
    party = joint.parties[other.near.call_id]
    rig.ask("clearConnection", callId=other.near.call_id)
    rig.run(1)
    joint.parties[other.near.call_id] = party
    rig.node.switch._joints[other.near.call_id] = joint
    rig.node.switch._joints[ends.near.call_id] = joint
    joint.parties.setdefault(ends.near.call_id, type(party)(ends.near))


@pytest.mark.parametrize(
    ("spoil", "what"),
    [
        (forget_in_node, "call unknown to the daemon"),
        (forget_in_signalling, "call without signalling"),
        (forget_in_trunk, "signalling of a call 1 that is none"),
        (lose_release, "call without a trunk"),
        (stay_busy, "busy channel without a call"),
        (keep_party, "party that is gone"),
    ],
)
def test_what_disagrees_is_put_right(
    rig: Rig, spoil: Callable[[Rig, Ends], None], what: str
) -> None:
    ends = rig.call()
    spoil(rig, ends)
    rig.run(25)
    assert not rig.of(ev.ChannelAudited), "once is not enough"
    rig.run(275)  # what a signalling may do by itself is waited for
    told = rig.of(ev.ChannelAudited)
    assert what in {e.what for e in told} and all(e.healed for e in told)
    assert rig.node.auditor.found[told[0].trunk, what] == 1
    if spoil is keep_party:
        rig.ask("clearConnection", callId=ends.near.call_id)
    rig.run(70)
    # Nothing is left of it at either end, and the channel can be used again.
    assert not rig.node.calls and not any(t.calls for t in rig.node.trunks.values())
    assert not any(t.by_channel for t in rig.node.trunks.values())
    assert len(rig.of(ev.ChannelAudited)) == len(told)
    again = rig.call()
    assert again.near.state == again.far.state == "connected"


@pytest.mark.parametrize(
    ("text", "places"),
    [
        (r2_config(), ("near", "5551000")),
        (spans_config("em", "", "", board="cas = true"), ("near", "5551000")),
        (analog_config(), ("office", "8002")),
        ((EXAMPLES / "ss7-china24.toml").read_text(), ("to-toll", "5551000")),
        ((EXAMPLES / "back-to-back.toml").read_text(), ("pstn", "5551000")),
    ],
)
def test_every_signalling_tells_its_calls(text: str, places: tuple[str, str]) -> None:
    """Else the auditor would miss what it has forgotten; a call and its end are no findings."""
    bench = LineBench(text)
    try:
        trunk = bench.node.trunks[places[0]]
        bench.until(lambda: trunk.up)
        call = bench.place(*places)
        bench.run(75)
        known = {t.name: handles(t) for t in bench.node.trunks.values()}
        assert known == {t.name: set(t.calls) for t in bench.node.trunks.values()}
        assert call.handle in known[places[0]]
        bench.clear(call)
        bench.run(300)
        assert not bench.node.calls and not bench.of(ev.ChannelAudited)
    finally:
        bench.close()


def test_a_healthy_node_is_left_alone(rig: Rig) -> None:
    for _ in range(3):
        ends = [rig.call() for _ in range(4)]
        rig.ask("joinCalls", callId=ends[0].near.call_id, other=ends[1].near.call_id)
        rig.ask("holdCall", callId=ends[2].near.call_id)
        rig.run(70)
        for each in ends:
            rig.ask("clearConnection", callId=each.near.call_id)
        rig.run(31)
    assert not rig.of(ev.ChannelAudited)


def shown(info: AuditInfo, now: int) -> str:
    out = Console(width=110, file=io.StringIO())
    show_audit(out, info, now)
    return out.file.getvalue()


def test_what_was_found_is_shown(rig: Rig) -> None:
    """The method `audit`, and what `trunkd audit` prints of it."""
    rig.run(65)
    before = rig.ask("audit")
    assert (before.every, before.looks, before.found, before.suspects) == (30, 2, [], [])
    assert "nothing disagreed" in shown(before, before.last)
    ends = rig.call()
    stay_busy(rig, ends)
    assert rig.ask("audit").suspects == [], "nobody has looked yet"
    (now,) = rig.ask("audit", look=True).suspects
    assert (now.trunk, now.channel) == ("user", ends.near.channel)
    assert now.what == "busy channel without a call"
    assert rig.ask("audit").looks == 2 and not rig.of(ev.ChannelAudited)
    rig.run(30)
    (suspect,) = rig.ask("audit").suspects
    assert suspect.what == now.what and "suspect" in shown(rig.ask("audit"), suspect.since)
    told = rig.wait(ev.ChannelAudited, seconds=300)
    info = rig.ask("audit")
    (found,) = info.found
    assert (found.trunk, found.what, found.count) == ("user", told.what, 1)
    assert (found.channel, found.healed, found.last) == (told.channel, True, told.time)
    text = shown(info, info.last)
    assert "1 disagreements" in text and told.what in text and "put right" in text
