/* Performance report messages of the data link (T1.403 9.4.2): each second, of the last four. */
#include "t1.h"

/* SAPI 14, C/R 0 from the customer's end and 1 from the network's; TEI 0; UI. */
#define ADDRESS 0x38
#define NETWORK 0x02
#define TEI 0x01
#define UI 0x03

/* First octet of a second: G3 LV G4 U1 U2 G5 SL G6; second octet: FE SE LB G1 R G2 Nm NI. LV is 0
 * here: there are no line code violations in a line without pulses. */
#define G3 0x80
#define G4 0x20
#define G5 0x04
#define SL 0x02
#define G6 0x01
#define FE 0x80
#define SE 0x40
#define LB 0x20
#define G1 0x10
#define G2 0x04
#define NUMBER 0x03

#define ERRORED_0 (G3 | G4 | G5 | G6)
#define ERRORED_1 (FE | SE | G1 | G2)

void t1_prm_make(struct t1_prm_tx *prm, const struct t1_second *second, int network,
                 uint8_t *octets)
{
    uint32_t n = second->crc_errors;
    uint8_t *said = prm->said[0];

    memmove(prm->said[1], prm->said[0], sizeof(prm->said) - sizeof(prm->said[0]));
    said[0] = n >= 320 ? G6 : n > 100 ? G5 : n > 10 ? G4 : n > 5 ? G3 : 0;
    said[1] = (uint8_t)(n > 5 ? 0 : n > 1 ? G2 : n ? G1 : 0);
    said[0] |= second->slip ? SL : 0;
    said[1] |= second->payload_loop ? LB : 0;
    said[1] |= second->severely_errored ? SE : second->framing_error ? FE : 0;
    said[1] |= prm->number++ & NUMBER;
    octets[0] = (uint8_t)(ADDRESS | (network ? NETWORK : 0));
    octets[1] = TEI;
    octets[2] = UI;
    memcpy(octets + 3, prm->said, sizeof(prm->said));
}

static void count(struct t1_prm_rx *prm, const uint8_t *second)
{
    prm->errored += (second[0] & ERRORED_0) || (second[1] & ERRORED_1);
    prm->severely_errored += (second[0] & G6) || (second[1] & SE);
    prm->slipped += (second[0] & SL) != 0;
}

int t1_prm_take(struct t1_prm_rx *prm, const uint8_t *octets, unsigned n)
{
    unsigned number, fresh;

    if (n != T1_PRM_OCTETS || (octets[0] & ~NETWORK) != ADDRESS || octets[1] != TEI ||
        octets[2] != UI)
        return 0;
    /* A report lost is made up for by the next: it has the seconds before, too. */
    number = octets[4] & NUMBER;
    fresh = prm->known ? (number - prm->number) & NUMBER : 1;
    if (prm->known && !fresh)
        fresh = 4;
    for (unsigned i = 0; i < fresh; i++)
        count(prm, octets + 3 + 2 * i);
    prm->known = 1;
    prm->number = (uint8_t)number;
    prm->received++;
    return 1;
}
