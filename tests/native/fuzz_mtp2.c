/* Random use of MTP2's line-speed part under ASan and UBSan: every buffer has just the size promised.
 *
 *   fuzz_mtp2 SEED ROUNDS
 *
 * Signal units and fill-ins go through encoder and decoder in random pieces. On a clean line each one
 * given must come back in order, fill-ins once or more; on a spoilt line, and on noise, the counts
 * must agree with what was told, however the line is cut. Exit 1 on any difference. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "td_mtp2.h"

#define MOST 24

static uint64_t rng;

static uint32_t draw(uint32_t below)
{
    rng ^= rng << 13;
    rng ^= rng >> 7;
    rng ^= rng << 17;
    return (uint32_t)((rng >> 32) % below);
}

static void check(int good, const char *what)
{
    if (!good) {
        fprintf(stderr, "fuzz_mtp2: %s\n", what);
        exit(1);
    }
}

struct plan {
    uint8_t *su[MOST];
    size_t length[MOST];
    uint32_t n, given;
};

static int is_fill_in(const uint8_t *su, size_t n)
{
    return n >= 3 && n == 3u + (su[2] & 0x3f) && n <= 5;
}

static void make_plan(struct plan *plan, uint32_t max_octets)
{
    plan->n = 1 + draw(MOST);
    plan->given = 0;
    for (uint32_t i = 0; i < plan->n; i++) {
        size_t n = i == 0 || draw(2) ? 3 + draw(3) : 3 + draw(max_octets - 2);
        uint8_t *su = malloc(n);

        for (size_t k = 0; k < n; k++)
            su[k] = (uint8_t)(draw(4) ? draw(256) : 0xff);
        if (n <= 5)
            su[2] = (uint8_t)((su[2] & 0xc0) | (n - 3));
        su[0] = (uint8_t)i; /* none is like the one before */
        plan->su[i] = su;
        plan->length[i] = n;
    }
}

static uint8_t *encode(struct plan *plan, uint32_t max_octets, size_t *n)
{
    td_mtp2_tx *tx = malloc(td_mtp2_tx_size());
    size_t size = 0, at = 0, made;
    uint8_t *line;

    for (uint32_t i = 0; i < plan->n; i++)
        size += plan->length[i] * 5 / 4 + 40;
    size += max_octets * 2 + 200;
    line = malloc(size);
    check(!td_mtp2_tx_init(tx, max_octets), "encoder refused");
    while (at < size) {
        size_t piece = 1 + draw(60);
        uint8_t *part;

        if (piece > size - at)
            piece = size - at;
        part = malloc(piece);
        for (size_t k = 0; k < piece; k += made) {
            int late = size - at < size / 2; /* leave room for all that is planned */

            if (plan->given < plan->n && td_mtp2_ready(tx) && (late || draw(3))) {
                uint32_t i = plan->given++;

                check(!td_mtp2_send(tx, plan->su[i], plan->length[i], 0), "SU refused");
            }
            check(td_mtp2_encode(tx, part + k, piece - k, &made) == TD_MTP2_SENT ||
                      k + made == piece, "encode");
        }
        memcpy(line + at, part, piece);
        free(part);
        at += piece;
    }
    free(tx);
    *n = size;
    return line;
}

/* An SU of the plan, or what goes on behind it: itself, or the FISU with its numbers. */
static void expect(struct plan *plan, uint32_t *seen, uint8_t *fill, size_t *fill_n,
                   const uint8_t *su, size_t n)
{
    uint32_t i = *seen;

    if (i < plan->given && plan->length[i] == n && !memcmp(plan->su[i], su, n)) {
        *fill_n = is_fill_in(su, n) ? n : 3;
        memcpy(fill, su, *fill_n);
        if (!is_fill_in(su, n))
            fill[2] = 0;
        ++*seen;
        return;
    }
    check(n == *fill_n && !memcmp(fill, su, n), "an SU that nobody sent");
}

static void decode(struct plan *plan, uint32_t max_octets, uint32_t told, const uint8_t *line,
                   size_t n, int clean, td_mtp2_counts *counts)
{
    td_mtp2_rx *rx = malloc(td_mtp2_rx_size());
    uint8_t *su = malloc(max_octets + TD_HDLC_SLACK);
    uint8_t fill[5];
    size_t fill_n = 0, used, length;
    uint32_t seen = 0;
    uint64_t told_sus = 0, told_errors = 0;

    check(!td_mtp2_rx_init(rx, max_octets, told), "decoder refused");
    for (size_t at = 0, piece; at < n; at += piece) {
        uint8_t *part;
        int found;

        piece = 1 + draw(400);
        if (piece > n - at)
            piece = n - at;
        part = malloc(piece);
        memcpy(part, line + at, piece);
        for (size_t k = 0; (found = td_mtp2_decode(rx, part + k, piece - k, su, &used, &length));
             k += used) {
            check(k + used <= piece && length <= max_octets, "decode");
            td_mtp2_rx_counts(rx, counts);
            check(counts->sus > told_sus, "nothing to tell");
            check((found == TD_MTP2_ERRORS) == (counts->errors > told_errors), "errors");
            check(counts->sus - told_sus >= counts->errors - told_errors, "more errors than SUs");
            told_sus = counts->sus;
            told_errors = counts->errors;
            if (clean && found == TD_MTP2_SU)
                expect(plan, &seen, fill, &fill_n, su, length);
        }
        free(part);
    }
    td_mtp2_rx_counts(rx, counts);
    check(counts->errors == told_errors && counts->sus >= told_sus, "untold errors");
    check(!clean || (!counts->errors && !counts->counting && !td_mtp2_counting(rx)), "clean");
    check(!clean || seen == plan->n, "SUs lost");
    free(su);
    free(rx);
}

static void round_of(void)
{
    uint32_t max_octets = 5 + draw(300), told = 1 + draw(3);
    int clean = draw(3) != 0;
    struct plan plan;
    td_mtp2_counts first, again;
    uint8_t *line;
    size_t n;

    make_plan(&plan, max_octets);
    line = encode(&plan, max_octets, &n);
    for (uint32_t k = clean ? 0 : 1 + draw(200); k; k--)
        line[draw((uint32_t)n)] ^= (uint8_t)(1 << draw(8));
    decode(&plan, max_octets, told, line, n, clean, &first);
    decode(&plan, max_octets, told, line, n, clean, &again);
    check(!memcmp(&first, &again, sizeof(first)), "the cuts matter");
    for (size_t i = 0; i < n; i++)
        line[i] = (uint8_t)(draw(8) ? draw(256) : draw(2) ? 0x7e : 0xff);
    decode(&plan, max_octets, told, line, n, 0, &first);
    decode(&plan, max_octets, told, line, n, 0, &again);
    check(!memcmp(&first, &again, sizeof(first)), "the cuts matter in noise");
    for (uint32_t i = 0; i < plan.n; i++)
        free(plan.su[i]);
    free(line);
}

int main(int argc, char **argv)
{
    check(argc == 3, "usage: fuzz_mtp2 SEED ROUNDS");
    rng = strtoull(argv[1], NULL, 10) * 0x9e3779b97f4a7c15u + 1;
    for (int rounds = atoi(argv[2]); rounds; rounds--)
        round_of();
    return 0;
}
