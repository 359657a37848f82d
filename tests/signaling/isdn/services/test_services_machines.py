"""The drawings of the services: no empty cell; every step is drawn with its clause."""

from __future__ import annotations

import pytest

from trunkd.errors import ConfigError
from trunkd.signaling.isdn.q931_config import VARIANTS, PriConfig
from trunkd.signaling.isdn.services_base import END, LEFT, TIMEOUT
from trunkd.signaling.isdn.services_config import DEFLECTIONS, SERVICE_TIMERS, TRANSFERS
from trunkd.signaling.isdn.services_deflect import DEFLECT
from trunkd.signaling.isdn.services_transfer import TRANSFER


@pytest.mark.parametrize("machine", [TRANSFER, DEFLECT], ids=lambda machine: machine.name)
def test_no_cell_is_empty(machine) -> None:
    assert machine.missing() == []
    for state, row in machine.table.items():
        for cell in row.values():
            assert cell.clause and (cell.method is None) == (cell.kind == "ignored")
        if state != END:  # each state is left when time runs out or its calls end
            assert row[TIMEOUT].next
            assert END in row[LEFT].next


def test_the_rows_of_the_variants() -> None:
    for variant in VARIANTS.values():
        assert variant.transfer in TRANSFERS and variant.deflection in DEFLECTIONS
        config = PriConfig(variant=variant.name)
        assert (config.transfer, config.deflection) == (variant.transfer, variant.deflection)
    assert PriConfig(transfer="implicit").transfer == "implicit"
    assert len({timer.name for timer in SERVICE_TIMERS}) == len(SERVICE_TIMERS)
    for row in [*TRANSFERS.values(), *DEFLECTIONS.values()]:
        assert row.text and (row.source or row.name == "none")


@pytest.mark.parametrize("key", ["transfer", "deflection"])
def test_a_service_that_is_not_there(key: str) -> None:
    with pytest.raises(ConfigError, match=f"{key} is 'telepathy'; give one of none, "):
        PriConfig(**{key: "telepathy"})
