"""Routing, load sharing, route management and restart (Q.704 2.3, 4, 7, 8, 9, 13) at an end point
that has transfer points beside it."""

from __future__ import annotations

import pytest
from mtp3_rig import MS, OWN, SECOND, Bench, linkset, one

from trunkd.signaling.ss7 import mtp3_messages as m
from trunkd.signaling.ss7.labels import OCTET
from trunkd.signaling.ss7.mtp3_config import LinkConfig, LinksetConfig, Mtp3Config, RouteConfig
from trunkd.signaling.ss7.mtp3_events import Level3Fault, Paused, Resumed, RouteChanged

FAR = 900
STP_A = 200
STP_B = 300


def transfer(heading: int, dpc: int = FAR) -> bytes:
    return OCTET[heading] + dpc.to_bytes(2, "little")


def mated(first: int = 1, second: int = 2, links: int = 1, **settings: object) -> Bench:
    """Two transfer points, with routes to FAR over both."""
    config = Mtp3Config(
        OWN,
        (linkset("a", STP_A, links), linkset("b", STP_B, links)),
        (RouteConfig(FAR, "a", first), RouteConfig(FAR, "b", second)),
        **settings,
    )
    return Bench(config)


@pytest.mark.parametrize("links", range(1, 17))
def test_load_is_shared_by_sls_over_1_to_16_links(links):
    bench = one(links)
    bench.start()
    carriers = bench.carriers(200)
    assert carriers == [slot % links for slot in range(16)]


def test_a_combined_linkset_shares_between_both():
    bench = mated(1, 1, links=2)
    bench.start()
    assert bench.carriers(FAR) == [0, 1] * 4 + [2, 3] * 4
    bench.fail(0)
    bench.say(1, OCTET[m.COA] + OCTET[bench.far[0].fsnx - 1 & 127], sls=0)
    bench.run(0)
    assert bench.carriers(FAR) == [1] * 8 + [2, 3] * 4, "within its linkset first (4.4.2)"
    bench.fail(1)
    bench.run(SECOND)
    assert bench.carriers(FAR) == [2, 3] * 8
    assert bench.told(Paused)[0].dpc == STP_A
    assert len(bench.told(Paused)) == 1


def test_balance_when_links_come_back():
    bench = one(4)
    bench.start()
    for link in (0, 1, 2):
        bench.fail(link)
        bench.run(3 * SECOND)
    assert bench.carriers(200) == [3] * 16
    for link in (2, 0, 1):
        bench.mend(link)
        bench.run(40 * SECOND)
        counts = [bench.node.linksets[0].assigned.count(other) for other in bench.node.links]
        used = [count for count in counts if count]
        assert max(used) - min(used) <= 2, counts
    assert bench.carriers(200) == [0, 1, 2, 3] * 4


def test_transfer_prohibited_reroutes_at_once():
    bench = mated()
    bench.start()
    assert bench.carriers(FAR) == [0] * 16
    bench.tell(0, transfer(m.TFP))
    assert bench.carriers(FAR) == [1] * 16
    changes = [(event.linkset, event.state) for event in bench.told(RouteChanged)]
    assert changes == [("a", "prohibited")]
    bench.tell(0, transfer(m.TFP))
    assert len(bench.told(RouteChanged)) == 1, "said twice is said once"
    assert bench.carriers(STP_A) == [0] * 16, "the transfer point itself is reached"


def test_transfer_prohibited_over_both_pauses_and_allowed_resumes():
    bench = mated()
    bench.start()
    bench.tell(0, transfer(m.TFP))
    bench.tell(1, transfer(m.TFP))
    assert [event.dpc for event in bench.told(Paused)] == [FAR]
    assert not bench.send(FAR, 0, b"lost")
    bench.tell(1, transfer(m.TFA))
    assert [event.dpc for event in bench.told(Resumed)] == [FAR]
    assert bench.carriers(FAR) == [1] * 16


def test_transfer_allowed_comes_back_after_t6():
    bench = mated()
    bench.start()
    bench.tell(0, transfer(m.TFP))
    bench.run(5 * SECOND)
    bench.tell(0, transfer(m.TFA))
    bench.send(FAR, 2, b"waits")
    bench.run(799 * MS)
    assert bench.texts() == []
    bench.run(1 * MS)
    assert bench.texts(0) == [b"waits"]


def test_transfer_restricted_prefers_the_other_route():
    bench = mated()
    bench.start()
    bench.tell(0, transfer(m.TFR))
    bench.run(SECOND)
    assert bench.carriers(FAR) == [1] * 16
    bench.tell(1, transfer(m.TFP))
    assert bench.carriers(FAR) == [0] * 16, "restricted is better than nothing"
    assert bench.told(Paused) == []


def test_rerouting_again_while_t6_runs():
    bench = mated()
    bench.start()
    bench.tell(0, transfer(m.TFR))
    bench.send(FAR, 0, b"one")
    bench.run(400 * MS)
    bench.tell(0, transfer(m.TFA))
    bench.send(FAR, 0, b"two")
    bench.run(SECOND)
    assert bench.texts(0) == [b"one", b"two"]


@pytest.mark.parametrize(("heading", "test"), [(m.TFP, "RST"), (m.TFR, "RSR")])
def test_the_route_set_test(heading, test):
    bench = mated()
    bench.start()
    bench.tell(0, transfer(heading))
    bench.got.clear()
    bench.run(100 * SECOND)
    tests = bench.of(test)
    assert [(msu.link, msu.dpc) for msu in tests] == [(0, STP_A)] * 2
    assert tests[0].data[1:] == FAR.to_bytes(2, "little")
    bench.tell(0, transfer(m.TFA))
    bench.run(100 * SECOND)
    assert bench.of(test) == []


def test_the_test_ends_when_the_transfer_point_is_lost():
    bench = mated()
    bench.start()
    bench.tell(0, transfer(m.TFP))
    bench.fail(0)
    bench.forget()
    bench.run(100 * SECOND)
    assert bench.of("RST") == []
    bench.mend(0)
    bench.run(60 * SECOND)
    assert bench.carriers(FAR) == [0] * 16, "what it said before its restart is void"


def test_transfer_messages_about_routes_that_are_not():
    bench = mated()
    bench.start()
    bench.tell(0, transfer(m.TFP, 555))
    bench.tell(0, transfer(m.TFP, STP_A))
    bench.tell(0, transfer(m.TFP), opc=FAR)
    assert [event.kind for event in bench.told(Level3Fault)] == ["transfer_unknown"] * 3
    assert bench.told(RouteChanged) == []


def test_a_prohibition_before_tra_holds_from_the_start():
    bench = mated()
    bench.sends_tra = False
    bench.start()
    assert bench.told(Resumed) == []
    bench.tell(0, transfer(m.TFP))
    bench.tell(0, OCTET[m.TRA])
    bench.tell(1, OCTET[m.TRA])
    resumed = [event.dpc for event in bench.told(Resumed)]
    assert sorted(resumed) == [STP_A, STP_B, FAR]
    assert bench.carriers(FAR) == [1] * 16


# Restart (9)


def test_traffic_waits_for_tra():
    bench = one(1)
    bench.sends_tra = False
    bench.start()
    bench.run(50 * SECOND)
    assert bench.told(Resumed) == []
    assert not bench.send(200, 0, b"too early")
    bench.tell(0, OCTET[m.TRA])
    assert [event.dpc for event in bench.told(Resumed)] == [200]


def test_a_far_end_that_never_sends_tra_is_taken_after_t21():
    bench = one(1)
    bench.sends_tra = False
    bench.start()
    bench.run(64 * SECOND)
    assert [event.dpc for event in bench.told(Resumed)] == [200]


def test_without_tra_if_the_configuration_says_so():
    bench = one(1, wait_for_tra=False)
    bench.sends_tra = False
    bench.far[0].start(0)
    bench.node.start(0)
    bench.run(SECOND)
    assert [event.dpc for event in bench.told(Resumed)] == [200]
    assert bench.names().count("TRA") == 1


def test_a_tra_that_comes_before_our_link_is_tested():
    bench = one(1)
    bench.answers_slt = False
    bench.sends_tra = False
    bench.far[0].start(0)
    bench.node.start(0)
    bench.run(SECOND)
    bench.say(0, OCTET[m.TRA])
    bench.run(0)
    bench.say(0, OCTET[m.SLTA] + bench.got[0].data[1:], m.SLT)
    bench.run(0)
    assert [event.dpc for event in bench.told(Resumed)] == [200]
    assert bench.names().count("TRA") == 1


def test_an_unexpected_tra_is_answered_once_in_t19():
    """9.5: the far end restarted and its links did not fail for us."""
    bench = one(1)
    bench.start()
    bench.run(70 * SECOND)
    bench.sends_tra = False
    assert [msu.name for msu in bench.tell(0, OCTET[m.TRA])] == ["TRA"]
    assert bench.tell(0, OCTET[m.TRA]) == []
    bench.run(68 * SECOND)
    assert [msu.name for msu in bench.tell(0, OCTET[m.TRA])] == ["TRA"]
    assert bench.told(Paused) == []


def test_a_full_restart_waits_for_all_adjacent_points():
    bench = mated(full_restart=True)
    bench.sends_tra = False
    bench.start()
    bench.tell(0, OCTET[m.TRA])
    assert bench.told(Resumed) == []
    bench.tell(1, OCTET[m.TRA])
    assert sorted(event.dpc for event in bench.told(Resumed)) == [STP_A, STP_B, FAR]


def test_a_full_restart_ends_with_t20():
    bench = mated(full_restart=True)
    bench.sends_tra = False
    bench.start(0)
    bench.tell(0, OCTET[m.TRA])
    bench.run(49 * SECOND)
    assert bench.told(Resumed) == []
    bench.run(2 * SECOND)
    assert sorted(event.dpc for event in bench.told(Resumed)) == [STP_A, FAR]
    bench.fail(0)
    assert sorted(event.dpc for event in bench.told(Paused)) == [STP_A, FAR]
    assert bench.node.tres.state_name == "No adjacent point accessible"


def test_isolation_during_a_full_restart():
    bench = mated(full_restart=True)
    bench.sends_tra = False
    bench.start(0)
    bench.fail(0)
    bench.run(70 * SECOND)
    assert bench.told(Resumed) == []
    assert not bench.node.restarting


def test_the_better_linkset_comes_back():
    """After its restart; by controlled rerouting, since point 200 could not be reached."""
    bench = mated()
    bench.start()
    bench.fail(0)
    bench.run(3 * SECOND)
    assert bench.carriers(FAR) == [1] * 16
    bench.mend(0)
    bench.run(20 * SECOND)
    assert bench.carriers(FAR) == [0] * 16


def test_messages_keep_their_order_through_every_rerouting():
    """A random hour of TFP, TFA and TFR: per SLS, what each way carried joins in order."""
    import random

    bench = mated()
    bench.start()
    dice = random.Random(5)
    sent = 0
    came: list[int] = []
    for _ in range(300):
        bench.say(dice.randrange(2), transfer(dice.choice((m.TFP, m.TFA, m.TFR))))
        for _ in range(dice.randrange(5)):
            if bench.send(FAR, 0, sent.to_bytes(4, "big")):
                sent += 1
        bench.run(dice.randrange(2000) * MS)
        came += [int.from_bytes(text, "big") for text in bench.texts()]
        bench.got.clear()
    bench.say(0, transfer(m.TFA))
    bench.run(2 * SECOND)
    came += [int.from_bytes(text, "big") for text in bench.texts()]
    assert sent > 300
    assert came == sorted(came)
    # Held messages are lost only when every way was prohibited while they waited (7.2).
    assert len(came) == sent - bench.node.lost_at_release


# Configuration


def _config(**settings: object) -> Mtp3Config:
    given: dict[str, object] = {"point_code": OWN, "linksets": (linkset("a", STP_A),)}
    given.update(settings)
    return Mtp3Config(**given)


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"linksets": ()}, "give at least one"),
        ({"linksets": (linkset("a", 1), linkset("a", 2))}, "2 are called a"),
        ({"linksets": (linkset("a", 9), linkset("b", 9))}, "a and b both go to 0-1-1: put their"),
        ({"point_code": 20000}, "20000 does not fit itu14 .14 bits, 0 to 16383"),
        ({"linksets": (linkset("a", OWN),)}, "100|our own point code; give the far end's"),
        ({"routes": (RouteConfig(9, "z"),)}, "there is no linkset z; there are a"),
        ({"routes": (RouteConfig(9, "a"), RouteConfig(9, "a"))}, "twice over linkset a"),
        ({"network_indicator": 4}, "network_indicator is 4; give 0 to 3"),
        ({"test_pattern": b""}, "1 to 15 octets"),
        ({"users": (2,)}, "service indicator 2; give 3 to 15"),
        ({"timers": {"T2": 1}}, "T2 is 0 ms; give 100"),
    ],
)
def test_what_is_wrong_is_named(settings, text):
    from trunkd.errors import ConfigError

    with pytest.raises(ConfigError, match=text):
        _config(**settings)


def test_links_and_routes_out_of_range():
    from trunkd.errors import ConfigError

    with pytest.raises(ConfigError, match="slc is 16; give 0 to 15"):
        LinkConfig(16)
    with pytest.raises(ConfigError, match="2 links have slc 3; each link"):
        LinksetConfig("a", 1, (LinkConfig(3), LinkConfig(3)))
    with pytest.raises(ConfigError, match="0 links; give 1 to 16"):
        LinksetConfig("a", 1, ())
    with pytest.raises(ConfigError, match="priority is 99; give 0 to 15"):
        RouteConfig(1, "a", 99)
