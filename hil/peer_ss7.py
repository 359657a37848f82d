"""``trunkd peer ss7``: one end of our SS7 stack (MTP, ISUP or TUP) on a descriptor or port."""

from __future__ import annotations

from typing import Final, NamedTuple, Unpack

import click

from ..errors import Error
from ..signaling.script import Script
from ..signaling.ss7.isup_config import IsupConfig
from ..signaling.ss7.labels import CHINA24, ITU14, LabelFormat, parse_point_code
from ..signaling.ss7.mtp2_config import Mtp2Config
from ..signaling.ss7.mtp3_config import LinkConfig, LinksetConfig, Mtp3Config
from ..signaling.ss7.trunk import Ss7Trunk
from ..signaling.ss7.tup_config import TupConfig
from .peer_options import Options, call_options, run, wire_options

UNITS_AT_ONCE: Final = 16
"""Signal units handled before answers go out: the window of MTP2 is wide."""


class Variant(NamedTuple):
    """A network as ``--variant`` names it: its label and the rows of ISUP and TUP."""

    label: LabelFormat
    isup: str
    tup: str


VARIANTS: Final = {
    "itu": Variant(ITU14, "itu", "itu"),
    "international": Variant(ITU14, "international", "itu"),
    "q767": Variant(ITU14, "q767", "itu"),
    "china24": Variant(CHINA24, "china", "china"),
}

NETWORKS: Final = ("international", "international-spare", "national", "national-spare")
"""Network indicators 0 to 3 (Q.704 14.2.2)."""


class Network(click.ParamType[int]):
    """A network indicator: 0 to 3 or its name."""

    name = "NI"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        text = str(value).lower()
        if text in NETWORKS:
            return NETWORKS.index(text)
        if text in ("0", "1", "2", "3"):
            return int(text)
        self.fail(f"'{value}' is no network indicator: 0 to 3, or {', '.join(NETWORKS)}")


def circuits(ctx: click.Context, param: click.Parameter, value: str) -> tuple[int, ...]:
    """``1-15,17-31`` as CICs."""
    found: set[int] = set()
    for part in value.split(","):
        first, _, last = part.strip().partition("-")
        if not (first.isdecimal() and (not last or last.isdecimal())):
            raise click.BadParameter(f"'{value}': give CICs as 1-31 or 1-15,17-31")
        low, high = int(first), int(last or first)
        if not low <= high <= 4095:
            raise click.BadParameter(f"'{part.strip()}': CICs are 0 to 4095, the lower one first")
        found.update(range(low, high + 1))
    return tuple(sorted(found))


class Settings(NamedTuple):
    """The options of a signalling point."""

    opc: str
    dpc: str
    ni: int
    cics: tuple[int, ...]
    variant: str
    user: str
    slc: int = 0
    pcr: bool = False
    controls: str = "auto"


def trunk_for(script: Script, is_: Settings) -> Ss7Trunk:
    """The engine for a script; ConfigError or LocalError when the settings do not fit."""
    variant = VARIANTS[is_.variant]
    opc = parse_point_code(is_.opc, variant.label)
    dpc = parse_point_code(is_.dpc, variant.label)
    link = LinkConfig(is_.slc, Mtp2Config(pcr=is_.pcr, line_fills=True))
    mtp3 = Mtp3Config(
        point_code=opc,
        linksets=(LinksetConfig("far", dpc, (link,)),),
        label=variant.label,
        network_indicator=is_.ni,
        users=(5 if is_.user == "isup" else 4,),
    )
    if is_.user == "isup":
        return Ss7Trunk(
            mtp3,
            IsupConfig(
                circuits=is_.cics,
                variant=variant.isup,
                opc=opc,
                dpc=dpc,
                controls=is_.controls,
                overlap=script.min_digits > 0,
            ),
        )
    return Ss7Trunk(
        mtp3,
        TupConfig(
            circuits=is_.cics,
            variant=variant.tup,
            opc=opc,
            dpc=dpc,
            controls="" if is_.controls == "auto" else is_.controls,
            overlap_receiving=script.min_digits > 0,
        ),
    )


@click.command("ss7")
@wire_options
@click.option("--opc", required=True, metavar="PC", help="Our point code: 2-3-1, 0x1019 or 4121.")
@click.option("--dpc", required=True, metavar="PC", help="The far end's.")
@click.option("--ni", type=Network(), default="national", show_default=True, help="0-3 or a name.")
@click.option("--cics", default="1-31", callback=circuits, show_default=True, metavar="A-B")
@click.option("--variant", type=click.Choice(list(VARIANTS)), default="itu", show_default=True)
@click.option("--user", type=click.Choice(["isup", "tup"]), default="isup", show_default=True)
@click.option("--slc", type=click.IntRange(0, 15), default=0, help="Signalling link code.")
@click.option("--pcr", is_flag=True, help="Preventive cyclic retransmission, at both ends.")
@click.option(
    "--controls",
    type=click.Choice(["auto", "even", "odd"]),
    default="auto",
    help="Circuits we control at dual seizure; auto: by the point codes.",
)
@call_options
def ss7(
    opc: str,
    dpc: str,
    ni: int,
    cics: tuple[int, ...],
    variant: str,
    user: str,
    slc: int,
    pcr: bool,
    controls: str,
    **options: Unpack[Options],
) -> None:
    """One signalling point with one link and its circuits, as a protocol peer.

    A packet is one signal unit, BSN to the end of the SIF, without its FCS; fill-ins are sent on
    change. Each event is one JSON object a line, the last one a summary. Exit code 0: all calls
    ended as expected; 1: not so; 2: out of time.
    """
    settings = Settings(opc, dpc, ni, cics, variant, user, slc, pcr, controls)
    try:
        run(len(cics), lambda script: trunk_for(script, settings), UNITS_AT_ONCE, **options)
    except Error as error:
        raise click.ClickException(str(error)) from error


if __name__ == "__main__":
    ss7()
