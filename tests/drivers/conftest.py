"""A board over a maker's library, at work, and calls on it. Of which makers: fixture ``name``."""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Iterator

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from sdk_makers import MAKERS, Maker
from sdk_rig import SdkBench, Talk, rig


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[rig.Daemon]:
    for maker in MAKERS.values():
        maker.build()
    made = rig.Daemon(tmp_path_factory.mktemp("d"))
    yield made
    made.close()


@pytest.fixture(scope="module", params=MAKERS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def maker(name: str) -> Maker:
    return MAKERS[name]


@pytest.fixture(scope="module")
def module_bench(maker: Maker, daemon: rig.Daemon) -> Iterator[SdkBench]:
    with maker.open(maker.double(daemon)) as made:
        yield made


@pytest.fixture
def bench(module_bench: SdkBench) -> SdkBench:
    module_bench.rest()
    return module_bench


@pytest.fixture
def party(daemon: rig.Daemon) -> Iterator[rig.Party]:
    with rig.Party(daemon) as made:
        yield made


@pytest.fixture
def talk(bench: SdkBench, daemon: rig.Daemon, party: rig.Party) -> Iterator[Talk]:
    made = Talk(bench, daemon, party)
    yield made
    made.over()
