"""Forms of register signals: written, sent, and read back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkd.errors import LocalError
from trunkd.signaling.cas.em_address import (
    ANI,
    CIC,
    DNIS,
    DONE,
    FORMS,
    II,
    MORE,
    OZZ,
    WRONG,
    Fields,
    Reader,
    read_form,
    stage_signals,
)

NUMBER = st.text("0123456789", min_size=1, max_size=15)


def is_dtmf(name: str) -> bool:
    return "KP" not in FORMS[name][0]


@pytest.mark.parametrize("name", FORMS)
@given(dnis=NUMBER, ani=NUMBER, ii=st.text("0123456789", min_size=2, max_size=2))
def test_what_a_form_sends_it_reads(name: str, dnis: str, ani: str, ii: str) -> None:
    form = read_form(name, is_dtmf(name))
    sent = Fields(dnis, ani, ii, "0288", "138")
    reader = Reader(form, 0)
    for stage in range(len(form.stages)):
        signals = stage_signals(form, stage, sent)
        answers = [reader.receive(signal) for signal in signals]
        if not (form.open_ended and stage == len(form.stages) - 1):
            assert answers[-1] == DONE
        assert set(answers[:-1]) <= {MORE}
        assert reader.next_stage() == (stage < len(form.stages) - 1)
    for kind, word in ((DNIS, "DNIS"), (ANI, "ANI"), (II, "II"), (CIC, "CIC"), (OZZ, "0ZZ")):
        if word in form.text:
            assert reader.fields.value[kind] == sent.value[kind]


@given(signals=st.text("0123456789KSABC*#", max_size=60), name=st.sampled_from([*FORMS]))
def test_nothing_that_comes_breaks_a_reader(signals: str, name: str) -> None:
    reader = Reader(read_form(name, is_dtmf(name)), 4)
    for signal in signals:
        if reader.receive(signal) == DONE:
            reader.next_stage()
    assert len(reader.raw) <= len(signals)


def test_a_form_may_be_written_out() -> None:
    reader = Reader(read_form("*ANI*DNIS*", True), 0)
    answers = [reader.receive(signal) for signal in "*212*5551*"]
    assert answers[-1] == DONE
    assert reader.fields.value[ANI] == "212" and reader.fields.value[DNIS] == "5551"
    prefixed = read_form("KP 1 1 DNIS ST", False)
    assert stage_signals(prefixed, 0, Fields("0755")) == "K110755S"


@pytest.mark.parametrize("end", ["S", "A", "B", "C"])
def test_any_start_ends_a_number(end: str) -> None:
    """ST', ST'' and ST''' say more than ST, and end a number like it."""
    reader = Reader(read_form("dnis-mf", False), 0)
    assert [reader.receive(s) for s in "K12" + end] == [MORE, MORE, MORE, DONE]
    exact = Reader(read_form("KP DNIS STP", False), 0)
    assert [exact.receive(s) for s in "K12" + end][-1] == (DONE if end == "A" else WRONG)


def test_fields_may_be_empty() -> None:
    reader = Reader(read_form("fgd", False), 0)
    assert [reader.receive(s) for s in "K00SK911S"][-1] == DONE
    assert reader.fields.value[ANI] == "" and reader.fields.value[DNIS] == "911"


def test_signals_out_of_place_are_told() -> None:
    reader = Reader(read_form("dnis-mf", False), 0)
    assert [reader.receive(s) for s in "1S#K1K2S3"] == [
        *(WRONG, WRONG, WRONG),
        *(MORE, MORE, WRONG, MORE, DONE, WRONG),
    ]


def test_a_number_of_a_known_length_needs_no_mark() -> None:
    reader = Reader(read_form("dnis", True), 3)
    assert [reader.receive(s) for s in "123"] == [MORE, MORE, DONE]
    assert reader.can_end


def test_numbers_that_no_register_can_send() -> None:
    with pytest.raises(LocalError, match="0 to 9"):
        stage_signals(read_form("dnis", True), 0, Fields("12*3"))
