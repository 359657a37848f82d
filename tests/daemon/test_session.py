"""Whose calls they are, and what becomes of them when their application goes, in virtual time."""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Callable, Iterator

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from session_rig import Connection, Rig

from trunkd.daemon import events as ev
from trunkd.daemon import methods as m
from trunkd.daemon import methods_session as ms
from trunkd.daemon.methods_session import OnLoss
from trunkd.daemon.session import MAX_SESSIONS, Sessions
from trunkd.daemon.session_store import SessionStore
from trunkd.daemon.wire import DENIED, NOT_OWNER, WireError
from trunkd.errors import LocalError

TREATMENTS = """\
[sessions]
unclaimed = "20s"
unclaimed_cause = 19
{more}
[[treatment]]
name = "sorry"
message = "sorry.wav"
cause = 27
[[treatment]]
name = "others"
message = "sorry.wav"
application = "fallback"
[[treatment]]
name = "answered"
message = "sorry.wav"
answer = true
[[treatment]]
name = "bad"
message = "missing.wav"
[[treatment]]
name = "waiting"
music = "waiting"
seconds = 7.0
[[media.music]]
name = "waiting"
files = ["sorry.wav"]
"""


@pytest.fixture
def make(tmp_path: pathlib.Path) -> Iterator[Callable[..., Rig]]:
    made: list[Rig] = []

    def start(more: str = "") -> Rig:
        made.append(Rig(tmp_path, TREATMENTS.format(more=more)))
        return made[-1]

    yield start
    for rig in made:
        rig.node.close()


@pytest.fixture
def rig(make: Callable[..., Rig]) -> Rig:
    return make()


def test_who_places_answers_or_claims_a_call_owns_it(rig: Rig) -> None:
    ivr, agent = rig.join("ivr"), rig.join("agent")
    near = rig.ask(ivr, m.MakeCall(called="200", device="trunk/pstn")).call_id
    rig.run(0.5)
    (placed,) = rig.of(ev.Originated)
    assert placed.owner == "ivr", "from the first event on"
    far = next(c for c in rig.node.calls.values() if c.direction == "in")
    assert rig.of(ev.Delivered)[0].owner == "" and rig.sessions.owner_of(far.call_id) == ""
    rig.ask(agent, m.AnswerCall(call_id=far.call_id))
    rig.run(0.5)
    assert rig.ask(None, m.SnapshotCall(call_id=far.call_id)).owner == "agent"
    assert {(e.call_id, e.owner) for e in rig.of(ev.Established)} == {
        (near, "ivr"),
        (far.call_id, "agent"),
    }
    (taken,) = rig.of(ev.OwnerChanged)
    assert (taken.owner, taken.previous, taken.reason) == ("agent", "", "taken")
    rig.ask(agent, m.ClearConnection(call_id=far.call_id))
    rig.run(1)
    assert {e.owner for e in rig.of(ev.ConnectionCleared)} == {"ivr", "agent"}
    assert [s.calls for s in rig.sessions.infos()] == [[], []]


def test_calls_without_sessions_stay_as_they_were(rig: Rig) -> None:
    near, far = rig.connect(None)
    assert rig.owners(near, far) == ["", ""]
    rig.run(60)
    assert len(rig.node.calls) == 2
    assert not rig.of(ev.OwnerChanged)


def test_a_call_is_anothers_until_he_gives_it_or_loses_it(rig: Rig) -> None:
    low, peer, high = rig.join("low", priority=1), rig.join("peer", priority=1), rig.join("high")
    assert high.member is not None
    high.member.priority = 2
    near, _ = rig.connect(low)
    for preempt in (False, True):
        with pytest.raises(WireError) as caught:
            rig.ask(peer, ms.ClaimCall(call_id=near.call_id, preempt=preempt))
        assert caught.value.code == NOT_OWNER and caught.value.data == {"owner": "low"}
    with pytest.raises(WireError):
        rig.ask(high, ms.ClaimCall(call_id=near.call_id))
    with pytest.raises(WireError):
        rig.ask(peer, ms.ReleaseCall(call_id=near.call_id))
    with pytest.raises(WireError):
        rig.ask(peer, ms.HandOverCall(call_id=near.call_id, to="peer"))
    with pytest.raises(WireError):
        rig.ask(None, ms.HandOverCall(call_id=near.call_id, to="peer", preempt=True))
    assert rig.owners(near) == ["low"]
    rig.ask(high, ms.ClaimCall(call_id=near.call_id, preempt=True))
    rig.ask(high, ms.HandOverCall(call_id=near.call_id, to="peer"))
    with pytest.raises(WireError):
        rig.ask(peer, ms.HandOverCall(call_id=near.call_id, to="nobody"))
    rig.ask(peer, ms.ReleaseCall(call_id=near.call_id))
    rig.ask(low, ms.ClaimCall(call_id=near.call_id))
    told = [(e.previous, e.owner, e.reason) for e in rig.of(ev.OwnerChanged)]
    assert told == [
        ("low", "high", "preempted"),
        ("high", "peer", "handedOver"),
        ("peer", "", "released"),
        ("", "low", "claimed"),
    ]
    with pytest.raises(WireError):
        rig.ask(None, ms.ClaimCall(call_id=near.call_id))


def test_another_may_answer_a_call_but_does_not_get_it(rig: Rig) -> None:
    queue, agent = rig.join("queue"), rig.join("agent")
    rig.ask(None, m.MakeCall(called="200", device="trunk/pstn"))
    far = rig.offered()
    rig.ask(queue, ms.ClaimCall(call_id=far.call_id))
    rig.ask(agent, m.AnswerCall(call_id=far.call_id))
    rig.run(1)
    assert far.state == "connected" and rig.owners(far) == ["queue"]


def test_session_that_comes_back_in_time_has_its_calls_again(rig: Rig) -> None:
    ivr = rig.join("ivr", OnLoss(keep_for=10))
    near, _ = rig.connect(ivr)
    rig.leave(ivr)
    (lost,) = rig.of(ev.OwnerLost)
    assert (lost.session, lost.action, lost.owner) == ("ivr", "clear", "ivr")
    assert lost.until - lost.time == 10_000_000_000
    rig.run(9.9)
    again = rig.join("ivr")
    assert rig.of(ev.OwnerChanged)[-1].reason == "back"
    rig.run(30)
    assert rig.owners(near) == ["ivr"] and near.state == "connected"
    rig.leave(again)
    rig.run(9.9)
    assert near.state == "connected", "the second lease is a whole one"
    rig.run(0.5)
    assert near.state == "null"
    assert {e.q850 for e in rig.of(ev.ConnectionCleared)} == {41}


def test_with_one_of_two_connections_left_nothing_is_lost(rig: Rig) -> None:
    first = rig.join("ivr", OnLoss(action="clear"))
    second = rig.join("ivr")
    near, _ = rig.connect(first)
    rig.leave(first)
    rig.run(5)
    assert near.state == "connected" and not rig.of(ev.OwnerLost)
    rig.leave(second)
    rig.run(1)
    assert near.state == "null"


def test_kept_for_ever_and_released(rig: Rig) -> None:
    ever, free = rig.join("ever"), rig.join("free", OnLoss(keep_for=5, then="release"))
    (kept, _), (freed, _) = rig.connect(ever), rig.connect(free)
    rig.leave(ever)
    rig.leave(free)
    rig.run(60)
    assert rig.owners(kept, freed) == ["ever", ""]
    assert {kept.state, freed.state} == {"connected"}
    untils = {e.session: (e.action, bool(e.until)) for e in rig.of(ev.OwnerLost)}
    assert untils == {"ever": ("keep", False), "free": ("release", True)}


def test_what_is_said_of_one_call_counts_for_that_one(rig: Rig) -> None:
    ivr = rig.join("ivr", OnLoss(action="clear", cause=16))
    (near, _), (other, _) = rig.connect(ivr), rig.connect(ivr)
    rig.ask(ivr, ms.ClaimCall(call_id=other.call_id, on_loss=OnLoss(keep_for=60)))
    rig.leave(ivr)
    rig.run(2)
    assert (near.state, other.state) == ("null", "connected")


def test_handed_over_to_who_is_there_and_treated_where_nobody_is(rig: Rig) -> None:
    on_loss = OnLoss(action="handOver", to="backup", treatment="sorry")
    ivr, backup = rig.join("ivr", on_loss), rig.join("backup")
    near, _ = rig.connect(ivr)
    rig.leave(ivr)
    assert rig.owners(near) == ["backup"]
    ivr = rig.join("ivr")
    second, _ = rig.connect(ivr)
    rig.leave(backup)
    rig.leave(ivr)
    assert rig.of(ev.OwnerChanged)[-1].previous == "ivr"
    rig.run(0.3)
    assert second.playing == "sorry.wav"
    rig.run(3)
    assert second.state == "null" and near.state == "connected", "backup's are kept for it"
    ended = next(e for e in rig.of(ev.ConnectionCleared) if e.call_id == second.call_id)
    assert ended.q850 == 27


@pytest.mark.parametrize(
    ("name", "seconds", "q850"), [("waiting", 7, 41), ("bad", 0, 41), ("sorry", 1, 27)]
)
def test_treatments_end(rig: Rig, name: str, seconds: float, q850: int) -> None:
    ivr = rig.join("ivr", OnLoss(action="treatment", treatment=name))
    near, _ = rig.connect(ivr)
    rig.leave(ivr)
    if seconds:
        rig.run(seconds - 0.2)
        assert near.state == "connected" and rig.owners(near) == [""]
    rig.run(2)
    assert near.state == "null"
    assert {e.q850 for e in rig.of(ev.ConnectionCleared)} == {q850}


def test_a_call_that_is_claimed_hears_its_treatment_no_more(rig: Rig) -> None:
    ivr = rig.join("ivr", OnLoss(action="treatment", treatment="waiting"))
    near, _ = rig.connect(ivr)
    rig.leave(ivr)
    rig.run(2)
    other = rig.join("other")
    rig.ask(other, ms.ClaimCall(call_id=near.call_id))
    rig.run(30)
    assert near.state == "connected" and not near.playing
    channel = rig.node.media.of_call(near.call_id)
    assert channel is not None and channel.source == ""


def test_treatment_that_hands_on_to_an_application(rig: Rig) -> None:
    ivr = rig.join("ivr", OnLoss(action="treatment", treatment="others"))
    near, _ = rig.connect(ivr)
    rig.leave(ivr)
    rig.run(10)
    assert near.state == "connected" and near.application == "fallback"
    told = rig.of(ev.OwnerChanged)[-1]
    assert (told.application, told.owner, told.reason) == ("fallback", "", "lost")


def test_both_parties_of_a_joint_are_treated_one_by_one(rig: Rig) -> None:
    ivr = rig.join("ivr", OnLoss(action="treatment", treatment="waiting"))
    (a, _), (b, _) = rig.connect(ivr), rig.connect(ivr)
    rig.node.switch.join(a, b)
    rig.leave(ivr)
    assert not rig.node.switch.partners(a)
    rig.run(30)
    assert (a.state, b.state) == ("null", "null")
    assert not rig.sessions.treatments.running


def test_unclaimed_call_is_refused(rig: Rig) -> None:
    rig.ask(None, m.MakeCall(called="200", device="trunk/pstn"))
    far = rig.offered()
    rig.run(19)
    assert far.state == "alerting"
    rig.run(2)
    assert far.state == "null" and rig.of(ev.ConnectionCleared)[0].q850 == 19


def test_claimed_call_may_wait_and_an_unclaimed_one_may_be_treated(
    make: Callable[..., Rig],
) -> None:
    rig = make('unclaimed_treatment = "answered"')
    rig.ask(None, m.MakeCall(called="200", device="trunk/pstn"))
    claimed = rig.offered()
    rig.ask(rig.join("acd"), ms.ClaimCall(call_id=claimed.call_id))
    rig.run(25)
    assert claimed.state == "alerting"
    rig.ask(None, m.MakeCall(called="201", device="trunk/pstn"))
    other = rig.offered()
    rig.run(20.2)
    assert other.state == "connected" and other.playing == "sorry.wav"
    rig.run(3)
    assert other.state == "null" and claimed.state == "alerting"


def test_wrong_promises_are_refused_at_once(rig: Rig) -> None:
    for wrong in (
        OnLoss(action="handOver"),
        OnLoss(keep_for=1, then="handOver"),
        OnLoss(action="treatment"),
        OnLoss(action="treatment", treatment="no such"),
    ):
        with pytest.raises(LocalError):
            rig.sessions.check(wrong)


def test_secret_is_needed_and_forgotten_sessions_are_new(make: Callable[..., Rig]) -> None:
    rig = make('forget = "30s"')
    connection = Connection()
    session, secret = rig.sessions.join("ivr", "", connection)
    assert len(secret) >= 32
    with pytest.raises(WireError) as caught:
        rig.sessions.join("ivr", "", Connection())
    assert caught.value.code == DENIED
    assert rig.sessions.join("ivr", secret, connection) == (session, "")
    rig.sessions.leave(session, connection)
    rig.run(20)
    rig.sessions.join("ivr", secret, connection)
    rig.sessions.leave(session, connection)
    kept = rig.join("kept")
    rig.connect(kept)
    rig.leave(kept)
    rig.run(28)
    assert len(rig.sessions.infos()) == 2
    rig.run(2)
    assert [s.name for s in rig.sessions.infos()] == ["kept"], "it has a call"


def test_there_are_never_too_many_sessions(rig: Rig) -> None:
    held = Connection()
    rig.sessions.join("held", "s", held)
    for n in range(MAX_SESSIONS + 5):
        connection = Connection()
        session, _ = rig.sessions.join(f"s{n}", "secret", connection)
        rig.sessions.leave(session, connection)
    infos = rig.sessions.infos()
    assert len(infos) == MAX_SESSIONS and infos[0].name == "held"


def test_sessions_outlive_the_daemon(rig: Rig, tmp_path: pathlib.Path) -> None:
    path = str(tmp_path / "trunkd.sessions")
    rig.sessions.open(SessionStore(path))
    on_loss = OnLoss(action="handOver", to="b")
    connection = Connection()
    for name in ("a", "b", "c"):
        session, _ = rig.sessions.join(name, f"secret {name}", connection)
        session.on_loss, session.priority = on_loss, 4
        rig.sessions.changed(session)
    for _ in range(3000):
        rig.sessions.changed(session)
    rig.sessions.close()
    assert len((tmp_path / "trunkd.sessions").read_bytes().splitlines()) < 2000
    with (tmp_path / "trunkd.sessions").open("ab") as file:
        file.write(b'{"name":"d","dig')  # a crash
    text = (tmp_path / "trunkd.sessions").read_text()
    assert "secret" not in text
    assert (tmp_path / "trunkd.sessions").stat().st_mode & 0o777 == 0o600
    again = Sessions(rig.node)
    again.open(SessionStore(path))
    assert [s.name for s in again.infos()] == ["a", "b", "c"]
    with pytest.raises(WireError):
        again.join("a", "another", connection)
    found, made = again.join("a", "secret a", connection)
    assert (made, found.on_loss, found.priority) == ("", on_loss, 4)
    again.close()


def test_a_file_that_cannot_be_written_ends_nothing(rig: Rig, tmp_path: pathlib.Path) -> None:
    rig.sessions.open(SessionStore(str(tmp_path / "no" / "such" / "dir")))
    rig.join("ivr")
    assert [s.name for s in rig.sessions.infos()] == ["ivr"]
