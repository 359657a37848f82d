"""NFAS: one D-channel for several T1 spans, and two of which one is stand-by; SERVICE messages."""

from __future__ import annotations

import pytest
from nfas_rig import MS, SECOND, Spans, request

from trunkd.errors import ConfigError, LocalError
from trunkd.signaling import call as neutral
from trunkd.signaling.isdn.nfas import NfasTrunk
from trunkd.signaling.isdn.q931_config import PriConfig
from trunkd.signaling.isdn.q931_states import ACTIVE

T1 = ("ni2", "5ess", "4ess", "dms100")


def answering(pair) -> None:
    def app(end, event) -> None:
        if isinstance(event, neutral.CallOffered):
            pair.try_(lambda: end.trunk.alert(event.call, False, pair.now))
            pair.try_(lambda: end.trunk.answer(event.call, pair.now))

    for end in pair.ends:
        end.app = app


def kinds(end, kind) -> list:
    return [event for event in end.log if isinstance(event, kind)]


@pytest.mark.parametrize("variant", T1)
def test_twenty_three_calls_each_way(pair_of, variant: str) -> None:
    pair = pair_of(user={"variant": variant}, network={"variant": variant})
    answering(pair)
    pair.start()
    pair.run(SECOND)
    for n in range(23):
        pair.place(pair.ends[n % 2], request())
        pair.run(pair.now + 100 * MS)
    for end in pair.ends:
        assert sorted(c.channel for c in end.trunk.control.calls.values()) == list(range(1, 24))
    over = pair.place(pair.user, request())
    pair.run(pair.now + SECOND)
    assert [e.cause for e in pair.user.released if e.call == over] == [34]
    for handle in sorted(pair.user.live):
        pair.user.trunk.clear(handle, 16, pair.now)
    pair.run(pair.now + 10 * SECOND)
    pair.assert_idle()


def test_calls_on_three_spans_with_one_d_channel(pair_of) -> None:
    """23 + 24 + 24 channels; the element names the interface."""
    settings = {"variant": "ni2", "interfaces": (0, 3, 5)}
    pair = pair_of(user=settings, network=settings)
    answering(pair)
    pair.start()
    pair.run(SECOND)
    for _ in range(71):
        pair.place(pair.user, request())
        pair.run(pair.now + 50 * MS)
    numbers = [*range(1, 24), *range(97, 121), *range(161, 185)]
    for end in pair.ends:
        calls = end.trunk.control.calls.values()
        assert sorted(c.channel for c in calls) == numbers
        assert {c.state for c in calls} == {ACTIVE}
    pair.network.trunk.restart((97, 98, 161), pair.now)
    pair.run(pair.now + 3 * SECOND)
    assert len(pair.user.released) == 3
    assert {e.channel for e in pair.user.released} == {97, 98, 161}
    for handle in sorted(pair.user.live):
        pair.user.trunk.clear(handle, 16, pair.now)
    pair.run(pair.now + 10 * SECOND)
    pair.assert_idle()


def test_restart_of_all_interfaces(pair_of) -> None:
    settings = {"variant": "ni2", "interfaces": (0, 1)}
    pair = pair_of(user=settings, network=settings)
    answering(pair)
    pair.start()
    pair.run(SECOND)
    for _ in range(30):
        pair.place(pair.network, request())
    pair.run(pair.now + SECOND)
    pair.user.trunk.restart((), pair.now)
    pair.run(pair.now + 20 * SECOND)
    assert kinds(pair.user, neutral.RestartDone)[-1].ok
    pair.assert_idle()


@pytest.mark.parametrize("variant", T1)
def test_channels_out_of_service_and_back(pair_of, variant: str) -> None:
    pair = pair_of(user={"variant": variant}, network={"variant": variant})
    answering(pair)
    pair.start()
    pair.run(SECOND)
    busy = pair.place(pair.user, request(channel=3, exclusive=True))
    pair.run(pair.now + SECOND)
    pair.network.trunk.block((1, 2, 3), pair.now)
    pair.run(pair.now + SECOND)
    done = kinds(pair.network, neutral.BlockingDone)
    assert [(e.channels, e.what, e.ok) for e in done] == [((1, 2, 3), "block", True)]
    assert pair.network.channel == {
        1: neutral.CHANNEL_BLOCKED_HERE,
        2: neutral.CHANNEL_BLOCKED_HERE,
        3: neutral.CHANNEL_BUSY,
    }
    assert pair.user.channel[1] == neutral.CHANNEL_BLOCKED_THERE
    pair.user.trunk.block((2,), pair.now)
    pair.run(pair.now + SECOND)
    assert pair.user.channel[2] == neutral.CHANNEL_BLOCKED_BOTH
    pair.user.trunk.clear(busy, 16, pair.now)
    pair.run(pair.now + SECOND)
    assert pair.network.channel[3] == neutral.CHANNEL_BLOCKED_HERE
    call = pair.place(pair.user, request())
    pair.run(pair.now + SECOND)
    assert pair.user.trunk.control.calls[call].channel == 4
    pair.user.trunk.clear(call, 16, pair.now)
    pair.user.trunk.unblock((2,), pair.now)
    pair.network.trunk.unblock((), pair.now)
    pair.run(pair.now + 3 * SECOND)
    pair.assert_idle()
    assert not kinds(pair.user, neutral.ProtocolFault)


def test_blocking_without_an_answer_is_told(pair_of) -> None:
    pair = pair_of(user={"variant": "ni2"}, network={"variant": "etsi"})
    pair.start()
    pair.run(SECOND)
    pair.user.trunk.block((5,), pair.now)
    pair.run(pair.now + 20 * SECOND)
    (done,) = kinds(pair.user, neutral.BlockingDone)
    assert not done.ok
    assert pair.user.channel[5] == neutral.CHANNEL_BLOCKED_HERE
    with pytest.raises(LocalError, match="SERVICE"):
        pair.network.trunk.block((5,), pair.now)


def test_the_primary_serves_first() -> None:
    spans = Spans()
    spans.start()
    for end in spans.ends:
        assert end.serving == 0
        assert [end.d_channel_text(n) for n in (0, 1)] == ["in service", "stand-by"]
    assert len(spans.user.config.channels) == 23 + 23 + 24


@pytest.mark.parametrize("how", ["cut", "alarm"])
def test_the_secondary_takes_over_and_calls_stay(how: str) -> None:
    spans = Spans()
    spans.start()
    for n in range(20):
        spans.ends[n % 2].place(request(), spans.now)
    spans.run(2 * SECOND)
    assert all(len(end.control.calls) == 20 for end in spans.ends)
    if how == "cut":
        spans.cut = {0}
        spans.run(20 * SECOND)
    else:
        for end in spans.ends:
            end.line_down(0, spans.now)
        spans.run(100 * MS)
    for end in spans.ends:
        assert end.serving == 1 and end.switches == 1
    assert not spans.released()
    spans.user.place(request(), spans.now)
    spans.run(2 * SECOND)
    assert all(len(end.control.calls) == 21 for end in spans.ends)
    assert all({c.state for c in end.control.calls.values()} == {ACTIVE} for end in spans.ends)
    spans.cut = set()
    if how == "alarm":
        for end in spans.ends:
            end.line_up(0, spans.now)
    spans.run(10 * SECOND)
    for end in spans.ends:
        assert end.serving == 1 and end.d_channel_text(0) == "stand-by"
    spans.user.switch(spans.now)
    spans.run(SECOND)
    assert [end.serving for end in spans.ends] == [0, 0]
    assert not spans.released()


def test_both_lost_ends_calls_by_t309() -> None:
    spans = Spans()
    spans.start()
    spans.user.place(request(), spans.now)
    spans.run(SECOND)
    spans.cut = {0, 1}
    spans.run(60 * SECOND)
    assert spans.user.serving == -1 and not spans.released()
    spans.run(100 * SECOND)
    assert {e.cause for e in spans.released()} == {27}
    assert len(spans.released()) == 2
    spans.cut = set()
    spans.run(40 * SECOND)
    # Whichever link was there first: the network asks for one at a time, and both ends agree.
    assert spans.user.serving == spans.network.serving != -1
    index = spans.user.serving
    for end in spans.ends:
        assert (end.d_channel_text(index), end.d_channel_text(1 - index)) == (
            "in service",
            "stand-by",
        )


def test_only_the_secondary_is_there_at_the_start() -> None:
    spans = Spans()
    spans.cut = {0}
    spans.start()
    spans.run(40 * SECOND)
    assert [end.serving for end in spans.ends] == [1, 1]


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"variant": "5ess", "interfaces": (0, 1)}, "no NFAS"),
        ({"variant": "etsi", "interfaces": (0, 1)}, "no NFAS"),
        ({"variant": "ni2", "interfaces": (0, 0)}, "different"),
        ({"variant": "ni2", "interfaces": (0, 40)}, "0 to 31"),
        ({"variant": "ni2", "interfaces": (0,), "backup": True}, "name two"),
        ({"variant": "ni2", "interfaces": (0, 1), "channels": (24,)}, "no interface has"),
        ({"variant": "ni2", "channels": ()}, "empty"),
    ],
)
def test_settings_that_cannot_be(settings: dict, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        PriConfig(**settings)


def test_a_trunk_without_backup_is_no_nfas_trunk() -> None:
    with pytest.raises(ConfigError, match="backup"):
        NfasTrunk(PriConfig(variant="ni2"))
