"""For all back-to-back tests of SS7: the MTP's machines raise on transitions that are not drawn."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from trunkd.signaling.ss7 import (
    mtp2_table,
    mtp3_activity,
    mtp3_availability,
    mtp3_changeback,
    mtp3_changeover,
    mtp3_congestion,
    mtp3_inhibit,
    mtp3_rerouting,
    mtp3_restart,
    mtp3_routes,
    mtp3_slt,
)

MACHINES = (
    *mtp2_table.MACHINES,
    mtp3_activity.LSAC,
    mtp3_slt.SLTC,
    mtp3_availability.TLAC,
    mtp3_changeover.TCOC,
    mtp3_changeback.TCBC,
    mtp3_rerouting.TCRC,
    mtp3_restart.TSRC,
    mtp3_restart.TRES,
    mtp3_inhibit.TMIN,
    mtp3_routes.RSRT,
    mtp3_congestion.RCAT,
)


@pytest.fixture(autouse=True)
def strict_mtp() -> Iterator[None]:
    before = [machine.strict for machine in MACHINES]
    for machine in MACHINES:
        machine.strict = True
    yield
    for machine, value in zip(MACHINES, before, strict=True):
        machine.strict = value
