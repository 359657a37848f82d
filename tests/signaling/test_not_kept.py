"""Lines are let go when the process that drives them ends: no call of theirs outlives it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from trunkd.errors import LocalError
from trunkd.signaling.analog.fxo import FxoTrunk
from trunkd.signaling.analog.fxo_config import FxoConfig
from trunkd.signaling.analog.fxs import FxsTrunk
from trunkd.signaling.analog.fxs_config import FxsConfig
from trunkd.signaling.analog.tap import TapConfig, TapTrunk
from trunkd.signaling.call import KeptCall
from trunkd.signaling.cas.em import EmTrunk
from trunkd.signaling.cas.em_config import EmConfig
from trunkd.signaling.cas.r2 import R2Trunk
from trunkd.signaling.cas.r2_config import R2Config
from trunkd.signaling.cas.robbed import RobbedBitLine
from trunkd.signaling.cas.robbed_codes import CODES

ENGINES: list[Callable[[], object]] = [
    lambda: FxoTrunk(FxoConfig((1,))),
    lambda: FxsTrunk(FxsConfig((1,), "us", {})),
    lambda: TapTrunk(TapConfig((1,))),
    lambda: EmTrunk(EmConfig((1,))),
    lambda: R2Trunk(R2Config(channels=(1,))),
    lambda: RobbedBitLine(FxoTrunk(FxoConfig((1,))), (1,), CODES["loop"], False),
]


@pytest.mark.parametrize("make", ENGINES)
def test_nothing_is_kept(make) -> None:
    engine = make()
    assert engine.keep(1) is None
    with pytest.raises(LocalError, match="the line was let go"):
        engine.adopt(KeptCall(1, True), 0)
