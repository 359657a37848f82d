"""National and vendor variants of primary rate signalling, as rows of data.

The North American rows follow SR-4994 and GR-2343-CORE/TR-NWT-001268 (National ISDN-2), AT&T TR
41459 (4ESS) and 235-900-342 (5ESS custom), Nortel NIS-A211-1 (DMS-100). Those texts were not at
hand; what the rows say is what equipment manuals state and what libpri's variants exchange.
"""

from __future__ import annotations

from typing import Final

from .services_config import EXPLICIT, NONE, REROUTEING, TWO_B_CHANNEL

A_LAW: Final = 3
MU_LAW: Final = 2
"""User information layer 1 protocol (4.5.5)."""

NO_MAINTENANCE: Final = 0
ATT_MAINTENANCE: Final = 0x03
NI_MAINTENANCE: Final = 0x43
"""Protocol discriminators of SERVICE messages."""

NATIONAL: Final = 2
SUBSCRIBER: Final = 4
_NANP: Final = ((7, SUBSCRIBER), (10, NATIONAL))

DISPLAY_NAME: Final = 0x31
"""Display type "calling party name": octet 3 is 0xB1."""


class Variant:
    """What a national or vendor variant does its own way, as data.

    ``layer1``: user information layer 1 protocol of speech (3 G.711 A-law, 2 mu-law).
    ``sending_complete``: an en-bloc SETUP carries Sending complete (5.1.1, 5.2.1).
    ``restart_each``: one RESTART a channel; else one RESTART lists them all (5.5.1).
    ``t1``: the interface is at 1544 kbit/s, D-channel timeslot 24. ``maintenance``: protocol
    discriminator of SERVICE messages, 0: there are none. ``types``: (digits, type of number) for
    numbers whose type is not known. ``display_type``: what a display that is a name begins with,
    -1: nothing. ``display_from_user``: users send names too. ``facility_name``: names come in
    Facility elements and messages. ``nfas``: a D-channel may serve several interfaces.
    ``transfer`` and ``deflection``: how the network is asked for these, keys of TRANSFERS and
    DEFLECTIONS (services_config). ``text`` is for people, ``source`` the document.
    """

    def __init__(
        self,
        name: str,
        text: str,
        layer1: int,
        sending_complete: bool,
        restart_each: bool,
        t1: bool = False,
        maintenance: int = NO_MAINTENANCE,
        types: tuple[tuple[int, int], ...] = (),
        display_type: int = -1,
        display_from_user: bool = False,
        facility_name: bool = False,
        nfas: bool = False,
        source: str = "",
        transfer: str = NONE,
        deflection: str = NONE,
    ) -> None:
        self.name: Final = name
        self.text: Final = text
        self.layer1: Final = layer1
        self.sending_complete: Final = sending_complete
        self.restart_each: Final = restart_each
        self.t1: Final = t1
        self.maintenance: Final = maintenance
        self.types: Final = types
        self.display_type: Final = display_type
        self.display_from_user: Final = display_from_user
        self.facility_name: Final = facility_name
        self.nfas: Final = nfas
        self.source: Final = source
        self.transfer: Final = transfer
        self.deflection: Final = deflection

    def type_of(self, digits: str, type_of_number: int) -> int:
        """The type of number to be sent: a known one as it is."""
        if type_of_number == 0 and self.types:
            for length, known in self.types:
                if length == len(digits):
                    return known
        return type_of_number


def _t1(
    name: str,
    text: str,
    maintenance: int,
    source: str,
    display_type: int = -1,
    facility_name: bool = False,
    nfas: bool = True,
    transfer: str = NONE,
) -> Variant:
    """A North American row: mu-law, no Sending complete, RESTART for each channel."""
    from_user = display_type >= 0
    return Variant(
        name,
        text,
        MU_LAW,
        False,
        True,
        True,
        maintenance,
        _NANP,
        display_type,
        from_user,
        facility_name,
        nfas,
        source,
        transfer,
    )


VARIANTS: Final = {
    v.name: v
    for v in (
        Variant(
            "etsi",
            "ETS 300 403-1, EuroISDN",
            A_LAW,
            True,
            True,
            source="ETS 300 403-1",
            transfer=EXPLICIT,
            deflection=REROUTEING,
        ),
        Variant("itu", "Q.931 (05/98) as it stands", A_LAW, False, False, source="Q.931"),
        _t1(
            "ni2",
            "National ISDN-2",
            NI_MAINTENANCE,
            "SR-4994, GR-1268",
            facility_name=True,
            transfer=TWO_B_CHANNEL,
        ),
        _t1(
            "5ess",
            "AT&T/Lucent 5ESS custom",
            ATT_MAINTENANCE,
            "235-900-342",
            nfas=False,
            transfer=TWO_B_CHANNEL,
        ),
        _t1("4ess", "AT&T 4ESS", ATT_MAINTENANCE, "TR 41459", transfer=TWO_B_CHANNEL),
        # Release link trunk puts an element of its own into each SETUP: only where it is asked for.
        _t1("dms100", "Nortel DMS-100 custom", ATT_MAINTENANCE, "NIS-A211-1", DISPLAY_NAME),
    )
}
