"""The craft engine under a virtual clock: octets cut anywhere, lost, doubled."""

from __future__ import annotations

import itertools
import pathlib
import random
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkd.errors import ConfigError
from trunkd.hil.craft_engine import MACHINE, SECOND, Break, CraftEngine, CraftResult
from trunkd.hil.craft_screen import Screen
from trunkd.hil.craft_script import Script, load_script, secrets_of

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from craft_pbx import PASSWORD, TRUNKS, Pbx

HEAD = """
[login]
user = "craft"
secret = { env = "CRAFT_TEST_SECRET" }
prompt = "PBX> $"
"""

LIST = """
[[step]]
line = "LIST TRUNKS"
expect = "PBX> $"
rows = '^ +(?P<trunk>\\d+) +(?P<state>\\w+)$'
table = "trunks"

[[step]]
line = "SHOW TRUNK 3"
expect = 'slips (?P<slips>\\d+)\\nPBX> $'
"""

ROWS = [{"trunk": str(n), "state": state} for n, state in TRUNKS]


@pytest.fixture(autouse=True, scope="module")
def strict() -> Iterator[None]:
    MACHINE.strict = True
    yield
    MACHINE.strict = False


@pytest.fixture(autouse=True, scope="module")
def secret_in_environment() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CRAFT_TEST_SECRET", PASSWORD)
        yield


def run(
    script: Script,
    far: Callable[[bytes], bytes],
    cut: Callable[[bytes], list[bytes]] = lambda data: [data],
    values: dict[str, str] | None = None,
    line: Callable[[bytes], bytes] = lambda data: data,
    gap: int = 1_000_000,
) -> CraftResult:
    """Play a script against a far end; ``cut`` pieces come ``gap`` ns apart."""
    engine = CraftEngine(script, secrets_of(script), values)
    now = 0
    engine.start(now)
    coming: list[tuple[int, bytes]] = []
    for _ in range(100_000):
        for out in engine.transmit():
            if isinstance(out, Break):
                continue
            pieces = cut(line(far(line(out))))
            begin = max([now, *(at for at, _ in coming)])
            coming += [(begin + (i + 1) * gap, piece) for i, piece in enumerate(pieces)]
        if engine.over:
            return engine.result()
        due = engine.next_timeout()
        if coming and (due is None or coming[0][0] <= due):
            now, piece = coming.pop(0)
            engine.receive(piece, now)
        else:
            assert due is not None, "it waits for nothing"
            assert due >= now
            now = due
            engine.handle_timeout(now)
    raise AssertionError("the script never ends")


def test_no_cell_of_the_machine_is_empty() -> None:
    assert MACHINE.missing() == []


def test_login_pages_table_and_groups() -> None:
    result = run(load_script(HEAD + LIST), Pbx())
    assert result.why == ""
    assert result.tables == {"trunks": ROWS}
    assert result.captured == {"slips": "7"}
    said = [entry.text for entry in result.transcript if not entry.sent]
    assert "    5  up" in said
    assert not any("More" in text for text in said), "the pager's prompt was wiped"


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_cut_anywhere_gives_the_same(data: st.DataObject) -> None:
    def cut(octets: bytes) -> list[bytes]:
        places = data.draw(st.lists(st.integers(0, len(octets)), max_size=12))
        marks = [0, *sorted(places), len(octets)]
        return [octets[a:b] for a, b in itertools.pairwise(marks) if a < b]

    whole = run(load_script(HEAD + LIST), Pbx())
    pieces = run(load_script(HEAD + LIST), Pbx(), cut)
    assert (pieces.ok, pieces.captured, pieces.tables) == (True, whole.captured, whole.tables)
    assert [e.text for e in pieces.transcript] == [e.text for e in whole.transcript]


def test_one_octet_at_a_time_gives_the_same() -> None:
    result = run(load_script(HEAD + LIST), Pbx(), lambda octets: [bytes((o,)) for o in octets])
    assert result.tables == {"trunks": ROWS}


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 2**32), st.floats(0, 0.3), st.floats(0, 0.3))
def test_lost_and_doubled_octets_end_in_a_result(seed: int, lost: float, doubled: float) -> None:
    chance = random.Random(seed)

    def line(data: bytes) -> bytes:
        made = bytearray()
        for octet in data:
            draw = chance.random()
            if draw >= lost:
                made += bytes((octet,)) * (2 if draw < lost + doubled else 1)
        return bytes(made)

    result = run(load_script(HEAD + LIST), Pbx(), line=line)
    assert result.ok == (result.why == "")
    assert PASSWORD not in repr(result)
    if not lost and not doubled:
        assert result.ok


@settings(max_examples=100, deadline=None)
@given(st.lists(st.binary(max_size=300), max_size=20))
def test_any_octets_do_no_harm(pieces: list[bytes]) -> None:
    script = load_script('[[step]]\nline = "X"\nexpect = "never-ever"\ntimeout = 1.0')
    engine = CraftEngine(script)
    engine.start(0)
    for number, piece in enumerate(pieces):
        engine.receive(piece, number)
        assert len(engine.screen.text) <= engine.screen.limit + 4096
    while not engine.over:
        due = engine.next_timeout()
        assert due is not None
        engine.handle_timeout(due)
    assert "'never-ever' did not come within 1 s" in engine.result().why


def test_buffers_are_bounded() -> None:
    script = load_script('[[step]]\nline = "X"\nexpect = "never-ever"\ntimeout = 1.0')
    engine = CraftEngine(script)
    engine.start(0)
    for number in range(400):
        engine.receive(b"noise without end " * 200 + b"\r\n", number)
    assert len(engine.screen.text) <= 2 * engine.screen.limit
    assert len(engine.transcript) <= 20_000
    engine.receive(b"x" * 500_000, 400)
    assert len(engine.screen.text) <= 2 * engine.screen.limit


def steps(text: str, **more: Any) -> Script:
    script = load_script(text)
    for key, value in more.items():
        setattr(script, key, value)
    return script


def test_wrong_password_fails_with_what_was_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRAFT_TEST_SECRET", "not-the-password")
    pbx = Pbx()
    result = run(load_script(HEAD), pbx)
    assert result.why == "step 1 (login): the far end said: Login incorrect"
    assert pbx.tries == 1


def test_an_echoed_secret_is_not_shown() -> None:
    pbx = Pbx(echo_password=True)
    result = run(load_script(HEAD + LIST), pbx)
    assert result.ok
    assert PASSWORD not in repr(result)
    assert any("***" in entry.text for entry in result.transcript if not entry.sent)
    assert any(entry.text == "***" for entry in result.transcript if entry.sent)


def test_the_echo_of_a_command_is_no_answer() -> None:
    text = '[[step]]\nline = "SHOW TRUNK 9"\nexpect = "TRUNK|slips"\nname = "s"'
    far = Pbx(login=False)
    result = run(load_script(text), far)
    assert result.ok
    assert "trunk 9 slips 7" in [entry.text for entry in result.transcript]


def test_a_number_still_coming_is_waited_for() -> None:
    text = "[[step]]\nline = \"N\"\nexpect = 'count (?P<count>\\d+)'"
    result = run(load_script(text), lambda _: b"N\r\ncount 12345", lambda d: [d[:-3], d[-3:]])
    assert result.captured == {"count": "12345"}


def test_time_out_says_step_time_and_what_came() -> None:
    text = '[[step]]\nname = "wake"\nline = ""\nexpect = "READY"\ntimeout = 2.5'
    result = run(load_script(text), lambda _: b"\r\nBUSY\r\n")
    assert result.why == "step 1 (wake): 'READY' did not come within 2.5 s; came: BUSY"
    assert not result.ok


def test_retry_sends_again_and_continue_goes_on() -> None:
    heard: list[bytes] = []

    def far(data: bytes) -> bytes:
        heard.append(data)
        return b"OK\r\n" if len(heard) == 3 else b""

    text = '[[step]]\nline = "A"\nexpect = "OK"\ntimeout = 1.0\non_timeout = "retry"\ntries = 3'
    assert run(load_script(text), far).ok
    assert heard == [b"A\r"] * 3
    heard.clear()
    again = text.replace("tries = 3", "tries = 2")
    assert "in 2 tries" in run(load_script(again), far).why
    heard.clear()
    skip = text.replace('"retry"', '"continue"') + '\n[[step]]\nline = "B"'
    assert run(load_script(skip), far).ok
    assert heard == [b"A\r", b"B\r"]


def test_repeat_until() -> None:
    text = (
        '[[step]]\nline = "WAIT"\nexpect = "PBX> $"\nrepeat = 9\nuntil = "sync 3 of 3"\n'
        "every = 60.0\n"
    )
    pbx = Pbx(login=False)
    result = run(load_script(text), pbx)
    assert result.ok
    assert pbx.commands == ["WAIT"] * 3
    assert result.transcript[-1].at_ms >= 120_000, "one a minute"
    never = run(load_script(text.replace("3 of 3", "never")), Pbx(login=False))
    assert never.why.endswith("'sync never' did not come in 9 times")


def test_captured_and_given_values_are_sent() -> None:
    text = (
        "[[step]]\nline = \"SHOW TRUNK ${n}\"\nexpect = 'slips (?P<slips>\\d+)'\n"
        '[[step]]\nline = "SHOW TRUNK ${slips}"\nexpect = "trunk 7"'
    )
    pbx = Pbx(login=False)
    assert run(load_script(text), pbx, values={"n": "4"}).ok
    assert pbx.commands == ["SHOW TRUNK 4", "SHOW TRUNK 7"]
    assert "${n} has no value" in run(load_script(text), Pbx(login=False)).why


def test_break_goes_out_before_the_text() -> None:
    engine = CraftEngine(load_script('[[step]]\nbreak_ms = 300\nline = "HI"'))
    engine.start(0)
    assert engine.transmit() == [Break(300), b"HI\r"]
    assert engine.over


def test_a_thousand_steps_that_only_send() -> None:
    engine = CraftEngine(load_script('[[step]]\nline = "x"\n' * 1500))
    engine.start(0)
    assert len(engine.transmit()) == 1500
    assert engine.result().ok


def test_a_lost_port_ends_it() -> None:
    engine = CraftEngine(load_script('[[step]]\nline = "x"\nexpect = "y"'))
    engine.start(0)
    engine.lost("/dev/x: is gone", 5)
    assert engine.result().why == "step 1 (x): /dev/x: is gone"
    engine.receive(b"y\r\n", 6)
    engine.handle_timeout(100 * SECOND)
    assert engine.result().why == "step 1 (x): /dev/x: is gone"


# The screen


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        (b"plain\r\n", "plain\n"),
        (b"\x1b[1;31mred\x1b[0m\r\n", "red\n"),
        (b"\x1b]0;title\x07text\r\n", "text\n"),
        (b"\x1b]0;title\x1b\\text\r\n", "text\n"),
        (b"\x1b(Btext\x1b=\r\n", "text\n"),
        (b"abc\b\b\bxyz\r\n", "xyz\n"),
        (b"--More--\r        \rnext line\r\n", "next line\n"),
        (b"--More--\r\x1b[Knext\r\n", "next\n"),
        (b"--More--\b\b\b\b\b\b\b\b        \b\b\b\b\b\b\b\bno\r\n", "no\n"),
        (b"a\tb\r\n", "a       b\n"),
        (b"old text\r\x1b[2Knew\r\n", "new\n"),
        (b"one\ntwo\r\r\n", "one\ntwo\n"),
        (b"\x00\x07be\x07ll\x00\r\n", "bell\n"),
        ("größe\r\n".encode(), "größe\n"),
        (b"bad \xff octet\r\n", "bad � octet\n"),
        (b"\x1b]unended string\r\ntext\r\n", "\ntext\n"),
    ],
)
def test_screen_shows_what_a_person_sees(octets: bytes, text: str) -> None:
    whole = Screen()
    whole.feed(octets)
    assert whole.text == text
    single = Screen()
    for octet in octets:
        single.feed(bytes((octet,)))
    assert single.text == text


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=400), st.lists(st.integers(0, 400), max_size=6))
def test_screen_does_not_care_how_octets_are_cut(octets: bytes, places: list[int]) -> None:
    whole, cut = Screen(), Screen()
    whole.feed(octets)
    marks = [0, *sorted(min(p, len(octets)) for p in places), len(octets)]
    for begin, end in itertools.pairwise(marks):
        cut.feed(octets[begin:end])
    assert (cut.text, cut.fresh, cut.flush()) == (whole.text, whole.fresh, whole.flush())


# Scripts that are wrong


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nonsense", "script: "),
        ("[[step]]\nsned = 'x'", "sned"),
        ("[[step]]\nexpect = '('", "step 1: expect: '(' is no regular expression"),
        ("[[step]]\nname='a'\nrows = '(?P<x>.)'", "step 1 (a): rows and table go together"),
        ("[[step]]\nexpect='.'\nrows = 'x'\ntable = 't'", "name its columns"),
        ("[[step]]\nline='a'\nsecret={env='X'}", "give line or secret, not both"),
        ("[[step]]\nline='a'\nuntil='x'", "need expect"),
        ("[[step]]\nline='a'\nrepeat=2", "repeat needs expect or every"),
        ("[[step]]\ntimeout = 0", "timeout"),
        ("[port]\nbaud = 1", "baud"),
        ("[[step]]\nanswers = [{when = '['}]", "answers.when"),
    ],
)
def test_wrong_scripts_say_which_row(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_script(text)
    assert said in str(caught.value)


def test_secrets_from_file_and_what_is_missing(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "secret"
    path.write_text("hush\nrest\n")
    script = load_script(f'[[step]]\nsecret = {{ file = "{path}" }}')
    assert list(secrets_of(script).values()) == ["hush"]
    for table, said in (
        ('{ env = "NOT_SET_ANYWHERE" }', "export it first"),
        ('{ file = "/nowhere/x" }', "No such file"),
        ('{ env = "A", file = "b" }', "give env"),
        ("{ }", "give env"),
    ):
        with pytest.raises(ConfigError, match=said):
            secrets_of(load_script(f"[[step]]\nsecret = {table}"))
