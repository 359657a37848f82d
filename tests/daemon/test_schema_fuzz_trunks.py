"""Every method of the schema over PRI, ISUP, R2 and analog lines, by clients of every role, through
the server's own socket: no internal error, no answer that the schema does not name, no state that
disagrees, and afterwards all channels are idle and a call works."""

from __future__ import annotations

import contextlib
import pathlib
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from csta_rig import KINDS
from fuzz_bench import ROLES, FuzzBench
from schema_values import requests
from test_schema_fuzz import WORKERS

from trunkd.daemon.methods import METHODS
from trunkd.daemon.schema import openrpc

DOCUMENT: Final = openrpc()
ASKED: Final = [name for name in METHODS if name not in WORKERS]
"""`hello` is asked, too: of another session, of versions that are not spoken."""
WHO: Final = st.sampled_from((*ROLES, "administer", "administer"))


@contextlib.contextmanager
def bench(kind: str) -> Iterator[FuzzBench]:
    with tempfile.TemporaryDirectory() as directory:
        made = FuzzBench(kind, pathlib.Path(directory))
        made.names()
        try:
            yield made
        finally:
            made.close()


def limits(examples: int) -> Any:
    return settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,  # `make test` asks the same each time; other seeds are for a soak
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )


@pytest.mark.parametrize("kind", KINDS)
def test_each_method_by_each_role(kind: str) -> None:
    told: Counter[tuple[str, str]] = Counter()
    with bench(kind) as made:
        each = st.tuples(*(requests(DOCUMENT, [name]) for name in ASKED))

        @limits(4)
        @given(each, st.sampled_from(ROLES[1:]))
        def ask_all(asked: tuple[tuple[str, dict[str, Any], bool], ...], role: str) -> None:
            made.refill()
            for method, params, _ in asked:
                told[method, made.ask(role, method, params)] += 1
                told[method, made.ask("observe", method, params)] += 1
                made.run(0.02)

        ask_all()
        made.check()
    assert {method for method, _ in told} == set(ASKED)
    assert told["makeCall", "denied"] >= 4, "observers place no calls"


@pytest.mark.parametrize("kind", KINDS)
def test_any_requests_in_any_order(kind: str) -> None:
    with bench(kind) as made:

        @limits(8)
        @given(
            st.lists(
                st.tuples(requests(DOCUMENT, ASKED), WHO, st.floats(0, 2)),
                min_size=5,
                max_size=15,
            )
        )
        def ask(asked: list[tuple[tuple[str, dict[str, Any], bool], str, float]]) -> None:
            made.refill()
            for (method, params, _), role, pause in asked:
                made.ask(role, method, params)
                made.run(pause)

        ask()
        made.check()
