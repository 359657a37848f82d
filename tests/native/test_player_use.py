"""Players in any use: whatever is asked for in whatever order; 240 channels and one prompt."""

from __future__ import annotations

import os
import pathlib
import random
import sys

from hypothesis import given, settings
from hypothesis import strategies as st

from trunkd.native import wrap, wrap_engine, wrap_player
from trunkd.native.wrap_player import PAUSE, RESUME, SEEK_BY, SEEK_TO, SPEED, VOLUME, Options
from trunkd.native.wrap_progress import CadenceStep

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import player_rig
from player_rig import Rig, octets, silence, tones

COMPLETE, STOPPED = 0, 1
ANY = random.Random(5).randbytes(4000)
STEP = CadenceStep((697.0, 1209.0), 480, -8.0)

# ---- any use ---------------------------------------------------------------------------------

ITEMS = st.one_of(
    st.integers(1, 900).map(lambda n: octets(ANY[:n])),
    st.integers(1, 500).map(silence),
    st.tuples(st.integers(1, 700), st.integers(1, 90)).map(
        lambda n: tones(STEP, CadenceStep((), n[1]), repeat_from=1, samples=n[0])
    ),
)
ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("run"), st.integers(1, 700)),
        st.tuples(st.just("control"), st.sampled_from([PAUSE, RESUME]), st.just(0)),
        st.tuples(st.just("control"), st.just(SEEK_TO), st.integers(0, 4000)),
        st.tuples(st.just("control"), st.just(SEEK_BY), st.integers(-3000, 3000)),
        st.tuples(st.just("control"), st.just(VOLUME), st.integers(-6000, 3000)),
        st.tuples(st.just("control"), st.just(SPEED), st.integers(500, 2000)),
        st.tuples(st.just("control"), st.just(SPEED), st.just(1000)),
    ),
    max_size=25,
)


@settings(max_examples=400, deadline=None)
@given(
    block=st.sampled_from([8, 20, 160]),
    items=st.lists(ITEMS, min_size=1, max_size=5),
    times=st.integers(0, 3),
    speed=st.integers(500, 2000),
    actions=ACTIONS,
    stop=st.booleans(),
)
def test_whatever_is_done_it_ends_exactly_once(block, items, times, speed, actions, stop):
    rig = Rig(block, room=1 << 17)
    length = sum(len(item.octets) or item.samples for item in items)
    assert rig.play(items, Options(times=times, speed=speed)) == 0
    last = 0
    for name, *values in actions:
        if name == "run":
            rig.run(values[0])
        else:
            rig.control(*values)
            if values[0] in (SEEK_TO, SEEK_BY):
                last = 0
        place = rig.position()
        assert 0 <= place <= length
        if times == 1 and name == "run":
            assert place >= last
            last = place
    if rig.ends:
        assert [e.code for e in rig.ends] == [COMPLETE] and times
    else:
        rig.control(RESUME)
        if stop or not times:
            rig.engine.stop_play(player_rig.SPAN, 1)
        # The slowest, and what sits in splices.
        rig.run_to_end(2 * length * 3 + 4 * len(actions) * 160 + 2000)
        assert rig.ends[0].code == (STOPPED if stop or not times else COMPLETE)
    rig.run(1000)
    assert len(rig.ends) == 1 and not rig.playing()
    tail = rig.octets[rig.ends[0].time :]
    assert set(tail) == {0xD5}
    rig.close()


# ---- one copy --------------------------------------------------------------------------------


def resident() -> int:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def step_to(engine: wrap_engine.Engine, until: int) -> None:
    while engine.time() < until:
        engine.step(until)
        engine.events()


def test_240_channels_play_one_prompt_with_one_copy_in_memory():
    prompt = random.Random(8).randbytes(8 << 20)
    engine = wrap_engine.Engine(1, 160, 1 << 18, True, soft_spans=8)
    slots = [(2 + n // 30, 1 + n % 30) for n in range(240)]
    for span, timeslot in slots:
        assert engine.open_voice(span, timeslot, False, 0xD5) == 0
    engine.start()
    step_to(engine, 100_000_000)
    item = octets(prompt)
    wrap_player.play_list(engine, 9, 31, [item], Options(), 0)
    before, references = resident(), sys.getrefcount(prompt)
    kept = []
    for n, (span, timeslot) in enumerate(slots):
        code, keeps = wrap_player.play_list(
            engine, span, timeslot, [item], Options(start=n * 31), n
        )
        assert code == 0
        kept += keeps
    step_to(engine, 2_100_000_000)
    grown = resident() - before
    # 240 copies would be 1920 MiB; the prompt itself was there before.
    assert grown < 2 << 20
    assert len({int(wrap.ffi.cast("uintptr_t", k)) for k in kept}) == 1
    assert sys.getrefcount(prompt) == references + 240
    records = [engine.record(span, timeslot, 800, 0)[1] for span, timeslot in slots]
    step_to(engine, 2_400_000_000)
    for n, record in enumerate(records):
        begin = n * 31 + 2000 * 8
        assert engine.octets(record, 800) == prompt[begin : begin + 800]
    engine.free()
