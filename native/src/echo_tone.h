/* echo.c includes this for each twin: disabling by 2100 Hz with phase reversals (G.168 clause 7).
 *
 * Each block is correlated with 2100 Hz; the turn of that pointer from block to block says how far
 * off the tone is (+-21 Hz must be accepted, 7.2), and a pointer that stands opposite to where the
 * two before the last would have it is a phase reversal. Two of them 450 +- 25 ms apart (V.25)
 * disable; that happens within 1 s (7.5). */

ECHO_TARGET static inline void ECHO_TWIN(hear_tone)(const struct echo_tables *t,
                                                    struct echo_disabler *d, const ev *x, ev power)
{
    ev re = {}, im = {}, zero = {};
    ei none = {};
    for (int i = 0; i < ECHO_BLOCK; i++) {
        re += x[i] * t->tone[2 * i];
        im += x[i] * t->tone[2 * i + 1];
    }
    /* this block's pointer as if the tone had begun with the call: 16.8 turns a block */
    ev zr = re * echo_turn[d->at][0] - im * echo_turn[d->at][1];
    ev zi = re * echo_turn[d->at][1] + im * echo_turn[d->at][0];
    ev square = zr * zr + zi * zi;
    ei tone = (square > power * (ECHO_TONE_SHARE * 32 * ECHO_BLOCK)) & (power > ECHO_TONE_LEAST);

    ev dr = d->re[1] * d->re[2] + d->im[1] * d->im[2]; /* turn between the two before the last */
    ev di = d->im[1] * d->re[2] - d->re[1] * d->im[2];
    ev tr = dr * dr - di * di, ti = 2.0f * dr * di;
    ev pr = d->re[1] * tr - d->im[1] * ti, pi = d->re[1] * ti + d->im[1] * tr;
    ev dot = zr * pr + zi * pi, length = square * (pr * pr + pi * pi);
    ei opposite = (dot < zero) & (dot * dot > length * ECHO_TONE_OPPOSITE);
    opposite &= (dr > zero) & (di * di < dr * dr * 9.5f); /* 72 degrees a block: 25 Hz off */
    ei turned = tone & d->tone[1] & d->tone[2] & opposite & (d->run > 20) & (d->since > 20);

    ei lost = ~tone & ~d->tone[0] & ~d->tone[1];
    d->run = ~lost & (d->run + 1);
    d->since += 1;
    ei timely = (d->since >= 51) & (d->since <= 62);
    ei count = ECHO_TWIN(pick_int)(timely, d->count, none) + 1;
    d->count = ~lost & ECHO_TWIN(pick_int)(turned, count, d->count);
    d->since = ECHO_TWIN(pick_int)(turned, none, d->since);
    for (int i = 2; i > 0; i--) {
        d->re[i] = d->re[i - 1];
        d->im[i] = d->im[i - 1];
        d->tone[i] = d->tone[i - 1];
    }
    const float small = 1.0f / 1048576; /* fourth powers of it must not overflow */
    d->re[0] = zr * small;
    d->im[0] = zi * small;
    d->tone[0] = tone;
    d->at = (d->at + 1) % 5;
}

/* After each block: lanes that are disabled now. Released when both directions have been below the
 * holding level for 248 ms (7.4, 7.8: -36 to -31 dBm0, 100 to 400 ms). */
ECHO_TARGET static void ECHO_TWIN(disable)(const struct td_echo *echo, struct echo_group *g,
                                           ev sent, ev received)
{
    ei none = {};
    ECHO_TWIN(hear_tone)(&echo->tables, &g->tone[0], g->x + ECHO_BLOCK, sent);
    ECHO_TWIN(hear_tone)(&echo->tables, &g->tone[1], g->y, received);
    ei quiet = (sent < ECHO_HOLD) & (received < ECHO_HOLD);
    g->quiet = ECHO_TWIN(pick_int)(quiet, g->quiet + 1, none);
    g->disabled |= ((g->tone[0].count >= 2) | (g->tone[1].count >= 2)) & g->listens;
    g->disabled &= g->quiet < 31;
    g->tone[0].count &= ~g->disabled;
    g->tone[1].count &= ~g->disabled;
}
