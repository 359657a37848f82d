/* echo.c includes this for each twin: the equations of a block and their solution.
 *
 * The 64 errors of a block are 64 equations for the taps. With errors of the taps taken as
 * independent and alike (variance `doubt`), the Kalman gain needs the inverse of
 *     doubt * (products of the regressors) + other * (unit matrix),
 * which is solved exactly, by Cholesky: speech is so coloured that gains by frequency bin, or of a
 * few samples only, learn a path a hundred times slower. */

/* What the block before this one adds to the autocorrelation, at lags 0 to 63. */
ECHO_TARGET static void ECHO_TWIN(correlate)(const struct td_echo *echo, struct echo_group *g)
{
    ev alone[2 * ECHO_BLOCK];
    echo_spectrum z;
    const echo_spectrum *x = &g->sent[g->newest];

    memcpy(alone, g->x, sizeof(ev) * ECHO_BLOCK);
    memset(alone + ECHO_BLOCK, 0, sizeof(ev) * ECHO_BLOCK);
    ECHO_TWIN(forward)(&echo->tables, alone, &z);
    for (int k = 0; k < ECHO_BINS; k++) {
        ev re = z.re[k] * x->re[k] + z.im[k] * x->im[k];
        z.im[k] = z.re[k] * x->im[k] - z.im[k] * x->re[k];
        z.re[k] = re;
    }
    ECHO_TWIN(inverse)(&echo->tables, &z, 0, g->lags + (size_t)g->newest * ECHO_BLOCK);
}

/* The triangle of products of this block's 64 regressors (each `parts` blocks of x), times the
 * taps' variance, `other` added on the diagonal. */
ECHO_TARGET static void ECHO_TWIN(fill_gram)(const struct td_echo *echo, const struct echo_group *g,
                                             const ev *old, ev other, ev *gram)
{
    const ev *now = g->x + ECHO_BLOCK;
    ev doubt = g->doubt, sums[ECHO_BLOCK];

    memcpy(sums, g->lags, sizeof sums);
    for (uint32_t p = 1; p < echo->parts; p++)
        for (int k = 0; k < ECHO_BLOCK; k++)
            sums[k] += g->lags[(size_t)p * ECHO_BLOCK + (size_t)k];
    for (int i = 0; i < ECHO_BLOCK; i++) {
        ev *row = gram + i * ECHO_ROW, new = now[i], gone = old[i];
        for (int j = 0; j <= i; j++) {
            ev sum = sums[i - j] + (now[j] * new - old[j] * gone);
            sums[i - j] = sum;
            row[j] = sum * doubt;
        }
    }
    for (int i = 0; i < ECHO_BLOCK; i++)
        gram[i * ECHO_ROW + i] += other;
}

/* Rows i to i + 3 and columns j, j + 1 less the products of what is left of them. */
ECHO_TARGET static inline void ECHO_TWIN(tile)(ev *gram, int i, int j, int rows)
{
    const ev *c = gram + j * ECHO_ROW, *d = c + ECHO_ROW;
    ev *r = gram + i * ECHO_ROW;

    if (rows == 4) {
        ev a0 = r[j], b0 = r[j + 1], a1 = r[ECHO_ROW + j], b1 = r[ECHO_ROW + j + 1];
        ev a2 = r[2 * ECHO_ROW + j], b2 = r[2 * ECHO_ROW + j + 1];
        ev a3 = r[3 * ECHO_ROW + j], b3 = r[3 * ECHO_ROW + j + 1];
        for (int k = 0; k < j; k++) {
            ev u = c[k], v = d[k];
            a0 -= r[k] * u;
            b0 -= r[k] * v;
            a1 -= r[ECHO_ROW + k] * u;
            b1 -= r[ECHO_ROW + k] * v;
            a2 -= r[2 * ECHO_ROW + k] * u;
            b2 -= r[2 * ECHO_ROW + k] * v;
            a3 -= r[3 * ECHO_ROW + k] * u;
            b3 -= r[3 * ECHO_ROW + k] * v;
        }
        r[j] = a0;
        r[j + 1] = b0;
        r[ECHO_ROW + j] = a1;
        r[ECHO_ROW + j + 1] = b1;
        r[2 * ECHO_ROW + j] = a2;
        r[2 * ECHO_ROW + j + 1] = b2;
        r[3 * ECHO_ROW + j] = a3;
        r[3 * ECHO_ROW + j + 1] = b3;
        return;
    }
    for (int n = 0; n < rows; n++, r += ECHO_ROW) {
        ev a = r[j], b = r[j + 1];
        for (int k = 0; k < j; k++) {
            a -= r[k] * c[k];
            b -= r[k] * d[k];
        }
        r[j] = a;
        r[j + 1] = b;
    }
}

/* Cholesky's factor in place of the triangle; the last row, the error, becomes the solution of
 * the lower half. Gives how many of the equations told something new. */
ECHO_TARGET static void ECHO_TWIN(factor)(struct echo_scratch *s, ev other, ev *told)
{
    ev *gram = s->gram, news = {};
    for (int j = 0; j < ECHO_BLOCK; j += 2) {
        ev *r = gram + j * ECHO_ROW;
        int i = j;
        for (; i + 4 <= ECHO_BLOCK + 1; i += 4)
            ECHO_TWIN(tile)(gram, i, j, 4);
        ECHO_TWIN(tile)(gram, i, j, ECHO_BLOCK + 1 - i);
        ev least = other * 0.5f, d0 = ECHO_TWIN(most)(r[j], least);
        ev p0 = ECHO_TWIN(inverse_root)(d0), cross = r[ECHO_ROW + j] * p0;
        ev d1 = ECHO_TWIN(most)(r[ECHO_ROW + j + 1] - cross * cross, least);
        ev p1 = ECHO_TWIN(inverse_root)(d1);
        s->pivot[j] = p0;
        s->pivot[j + 1] = p1;
        news += 2.0f - other * (p0 * p0 + p1 * p1);
        for (i = j + 1; i <= ECHO_BLOCK; i++) {
            ev *at = gram + i * ECHO_ROW + j;
            at[0] *= p0;
            if (i > j + 1)
                at[1] = (at[1] - at[0] * cross) * p1;
        }
    }
    *told = news;
}

/* The upper half: x of (gram) x = error. */
ECHO_TARGET static void ECHO_TWIN(solve)(const struct echo_scratch *s, ev *x)
{
    memcpy(x, s->gram + ECHO_BLOCK * ECHO_ROW, sizeof(ev) * ECHO_BLOCK);
    for (int i = ECHO_BLOCK - 1; i >= 0; i--) {
        const ev *row = s->gram + i * ECHO_ROW;
        ev v = x[i] * s->pivot[i];
        x[i] = v;
        for (int k = 0; k < i; k++)
            x[k] -= row[k] * v;
    }
}
