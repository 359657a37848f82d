/* Robbed bits received: A to D of all timeslots at once, told when superframes agree.
 *
 * While alignment is lost the bits told last stand (T1.403: signalling is frozen).
 */
#include "t1.h"

void t1_bits_lost(struct t1_rx *rx)
{
    rx->abcd_frames = 0;
    rx->abcd_same = 0;
}

static void tell(struct t1_rx *rx, uint32_t changed, uint64_t time)
{
    for (; changed; changed &= changed - 1) {
        int timeslot = __builtin_ctz(changed);
        int abcd = 0;

        for (int k = 0; k < 4; k++) {
            uint32_t bit = rx->abcd[k] & 1u << timeslot;

            rx->told[k] = (rx->told[k] & ~(1u << timeslot)) | bit;
            abcd = abcd << 1 | (bit != 0);
        }
        rx->sink.bits(rx->sink.self, time, timeslot, abcd);
    }
}

static void end_superframe(struct t1_rx *rx, uint64_t time)
{
    uint32_t differs = 0, changed = 0;

    if (!rx->esf) {
        rx->abcd[2] = rx->abcd[0];
        rx->abcd[3] = rx->abcd[1];
    }
    for (int k = 0; k < 4; k++) {
        differs |= rx->abcd[k] ^ rx->before[k];
        changed |= rx->abcd[k] ^ rx->told[k];
    }
    memcpy(rx->before, rx->abcd, sizeof(rx->before));
    if (rx->abcd_same < T1(DEBOUNCE))
        rx->abcd_same++;
    if (rx->abcd_same == T1(DEBOUNCE))
        tell(rx, changed & ~differs & rx->robbed, time);
}

void t1_bits_frame(struct t1_rx *rx, const uint8_t *columns, uint64_t time)
{
    unsigned k = rx->index / 6u;
    uint32_t mask = 0;

    if (!rx->robbed)
        return;
    for (int timeslot = 1; timeslot <= T1_CHANNELS; timeslot++)
        mask |= (uint32_t)(columns[timeslot] & 1) << timeslot;
    rx->abcd[k] = mask;
    rx->abcd_frames = (uint8_t)(k ? rx->abcd_frames + 1 : 1);
    if (k != (rx->esf ? 3u : 1u))
        return;
    /* Not the superframe in which alignment came, unless all of it was seen. */
    if (rx->abcd_frames == k + 1)
        end_superframe(rx, time);
    rx->abcd_frames = 0;
}
