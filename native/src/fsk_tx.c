/* FSK transmitter at 1200 bit/s: V.23 forward channel and Bell 202, continuous in phase.
 *
 * A bit lasts 6 2/3 samples. In the sample that holds a boundary the phase moves by both bits'
 * frequencies in their shares, so transitions do not jitter. */
#include <errno.h>
#include <math.h>

#include "fsk.h"

#define SHARES 20 /* of a bit; 1200 * 20 = 8000 * 3 */
#define PER_SAMPLE 3

struct td_fsk_tx {
    double phase;   /* turns */
    double step[2]; /* turns a share: space, mark */
    double amplitude;
    uint64_t bits, bit; /* of the whole message; the one being sent */
    const uint8_t *octets;
    uint32_t seizure, mark, stop, n;
    uint32_t left; /* shares left of that bit */
};

const double *td_fsk_frequencies(int modem)
{
    static const double v23[2] = {1300, 2100}, bell202[2] = {1200, 2200};
    return modem == TD_FSK_V23 ? v23 : modem == TD_FSK_BELL202 ? bell202 : 0;
}

size_t td_fsk_tx_size(void)
{
    return sizeof(td_fsk_tx);
}

int td_fsk_tx_init(td_fsk_tx *tx, const td_fsk_message *message, const uint8_t *octets, uint32_t n)
{
    const double *frequency = td_fsk_frequencies(message->modem);
    if (!frequency || message->level > 300 || message->level < -6000 || message->stop < 1 ||
        message->stop > 16 || message->seizure > 8000 || message->mark > 8000 || n > 65535)
        return -EINVAL;
    *tx = (td_fsk_tx){
        .step = {frequency[1] / (8000 * PER_SAMPLE), frequency[0] / (8000 * PER_SAMPLE)},
        .amplitude = 32768 * pow(10, (message->level / 100.0 - 3.14) / 20),
        .octets = octets,
        .seizure = message->seizure,
        .mark = message->mark,
        .stop = message->stop,
        .n = n,
        .left = SHARES,
    };
    tx->bits = (uint64_t)tx->seizure + tx->mark + (uint64_t)n * (9 + tx->stop) + message->tail;
    return 0;
}

uint64_t td_fsk_tx_samples(const td_fsk_tx *tx)
{
    return (tx->bits * SHARES + PER_SAMPLE - 1) / PER_SAMPLE;
}

/* Bit `at` of the message: seizure from 0 on alternately, mark, characters LSB first, mark. */
static int bit_at(const td_fsk_tx *tx, uint64_t at)
{
    if (at < tx->seizure)
        return (int)(at & 1);
    at -= tx->seizure;
    if (at < tx->mark)
        return 1;
    at -= tx->mark;
    uint64_t octet = at / (9 + tx->stop), bit = at % (9 + tx->stop);
    if (octet >= tx->n || bit > 8)
        return 1;
    return bit ? tx->octets[octet] >> (bit - 1) & 1 : 0;
}

uint32_t td_fsk_tx_run(td_fsk_tx *tx, int16_t *samples, uint32_t n)
{
    uint32_t made = 0;
    while (made < n && tx->bit < tx->bits) {
        samples[made++] = (int16_t)lrint(fmin(32767, tx->amplitude * sin(2 * M_PI * tx->phase)));
        for (uint32_t shares = PER_SAMPLE; shares && tx->bit < tx->bits;) {
            uint32_t part = tx->left < shares ? tx->left : shares;
            tx->phase += part * tx->step[bit_at(tx, tx->bit)];
            shares -= part;
            tx->left -= part;
            if (!tx->left) {
                tx->left = SHARES;
                tx->bit++;
            }
        }
        tx->phase -= floor(tx->phase);
    }
    return made;
}
