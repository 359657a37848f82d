/* echo.c includes this for each twin: the non-linear processor and its comfort noise.
 *
 * What is left after the filter is compared with what echo may be left in it: the Kalman filter's
 * own doubt, plus the quantizing noise of the echo. Nothing above that: it is taken out, and noise
 * of the near end's level and spectrum comes in its place. Anything above it is the near end, and
 * passes at once; the gain falls slowly again after 50 ms. */

/* One step of the noise in place of the near end: random phases in its spectrum, frames of 128
 * samples that overlap by half, with windows whose squares add to one. */
ECHO_TARGET static void ECHO_TWIN(make_noise)(const struct td_echo *echo, struct echo_group *g)
{
    const float *w = echo->tables.window;
    echo_spectrum z;
    ev frame[2 * ECHO_BLOCK], one = {};
    eu seed = g->seed;

    for (int k = 0; k < ECHO_BINS; k++) {
        ev power = g->noise[k] + 1e-3f;
        ev size = power * ECHO_TWIN(inverse_root)(power) * (1.7320508f / 2147483648.0f);
        seed = seed * 1664525u + 1013904223u;
        z.re[k] = __builtin_convertvector((ei)seed, ev) * size;
        seed = seed * 1664525u + 1013904223u;
        z.im[k] = __builtin_convertvector((ei)seed, ev) * size;
    }
    z.im[0] = z.im[ECHO_BLOCK] = one;
    g->seed = seed;
    ECHO_TWIN(inverse)(&echo->tables, &z, 0, frame);
    ECHO_TWIN(inverse)(&echo->tables, &z, ECHO_BLOCK, frame + ECHO_BLOCK);
    for (int i = 0; i < ECHO_BLOCK; i++) {
        g->comfort[i] = g->fading[i] + frame[i] * w[i];
        g->fading[i] = frame[ECHO_BLOCK + i] * w[ECHO_BLOCK - 1 - i];
    }
}

/* The floor of the background noise: at least a third of it must always be there, and what was
 * there for half a second without a pause is it. */
ECHO_TARGET static inline void ECHO_TWIN(follow_floor)(struct echo_group *g, ev power, ei noisy)
{
    ev zero = {}, most = zero + 1e30f, one = zero + 1.0f;

    g->least_power += (power - g->least_power) * 0.25f;
    ev least = ECHO_TWIN(least)(g->least, g->least_power);
    g->least = ECHO_TWIN(pick)(noisy, least, g->least);
    g->clear_blocks -= noisy;
    ei full = g->clear_blocks >= ECHO_FLOOR_BLOCKS;
    ev floor = ECHO_TWIN(least)(g->least, g->least_before) * 1.5f;
    ei up = full & ((floor > g->floor * 1.5f) | (g->floor <= 0.0f));
    g->least_before = ECHO_TWIN(pick)(full, g->least, g->least_before);
    g->least = ECHO_TWIN(pick)(full, most, g->least);
    g->clear_blocks &= ~full;

    ev highest = g->least_power * 3.0f;
    ei down = highest < g->floor;
    if (!ECHO_TWIN(any)(up | down))
        return;
    ev next = ECHO_TWIN(pick)(up, floor, highest);
    ev ratio = ECHO_TWIN(pick)(up | down, next / (g->floor + 1e-9f), one);
    ei first = up & (g->floor <= 1e-3f);
    for (int k = 0; k < ECHO_BINS; k++)
        g->noise[k] = ECHO_TWIN(pick)(first, next * ECHO_BLOCK, g->noise[k] * ratio);
    g->floor = ECHO_TWIN(pick)(up | down, next, g->floor);
}

/* The near end's background noise: blocks that are like it are averaged in. Tones are none.
 * `clear`: no echo worth naming is in this block. */
ECHO_TARGET static void ECHO_TWIN(follow_noise)(const struct td_echo *echo, struct echo_group *g,
                                                ev power, ei clear)
{
    if (!ECHO_TWIN(any)(clear)) {
        ECHO_TWIN(follow_floor)(g, power, clear);
        return;
    }
    ev frame[2 * ECHO_BLOCK], most = {}, sum = {};
    echo_spectrum z;
    memset(frame, 0, sizeof(ev) * ECHO_BLOCK);
    memcpy(frame + ECHO_BLOCK, g->e, sizeof(ev) * ECHO_BLOCK);
    ECHO_TWIN(forward)(&echo->tables, frame, &z);
    for (int k = 0; k < ECHO_BINS; k++) {
        z.re[k] = z.re[k] * z.re[k] + z.im[k] * z.im[k];
        most = ECHO_TWIN(most)(most, z.re[k]);
        sum += z.re[k];
    }
    g->tonal += (most / (sum + 1e-3f) - g->tonal) * 0.125f;
    ei noisy = clear & (g->tonal < 0.27f);
    ECHO_TWIN(follow_floor)(g, power, noisy);
    ei like = noisy & (power < g->floor * 3.0f + 1.0f);
    g->floor = ECHO_TWIN(pick)(like, g->floor + (power - g->floor) * ECHO_FLOOR_RATE, g->floor);
    for (int k = 0; k < ECHO_BINS; k++) {
        ev next = g->noise[k] + (z.re[k] - g->noise[k]) * ECHO_FLOOR_RATE;
        g->noise[k] = ECHO_TWIN(pick)(like, next, g->noise[k]);
    }
}

/* Samples `from` on of this block: e becomes what goes out. */
ECHO_TARGET static void ECHO_TWIN(process)(struct echo_group *g, uint32_t from, uint32_t n, ev *out)
{
    ev threshold = g->threshold, level = g->level, gain = g->gain, share = g->share;
    ev zero = {}, one = zero + 1.0f;
    ei hold = g->hold, processes = g->processes & ~g->disabled;

    /* what is sent in this very block counts at once */
    ev slope = g->slope, peak = g->peak, part = g->bias * (4 * ECHO_LEFT);
    for (uint32_t i = 0; i < n; i++) {
        ev x = g->x[ECHO_BLOCK + from + i], h = g->y[from + i] - g->e[from + i];
        threshold += slope * (x * x);
        peak += (h * h - peak) * (1.0f / 16);
        share += (ECHO_TWIN(pick)(g->useless, zero, one) - share) * 0.05f;
        ev y = g->y[from + i], e = y + (g->e[from + i] - y) * share;
        level += (e * e - level) * (1.0f / 16);
        ei open = (level > threshold + peak * part) | ~processes;
        hold = ECHO_TWIN(pick_int)(open, (ei){} + ECHO_HANG, hold - 1);
        hold &= hold > 0;
        ev target = ECHO_TWIN(pick)(hold > 0, one, zero);
        ev rate = ECHO_TWIN(pick)(hold > 0, zero + 0.25f, zero + 0.02f);
        gain += (target - gain) * rate;
        ev rest = (1.0f - gain) * (1.0f + gain) + 1e-9f;
        ev noise = g->comfort[from + i] * (rest * ECHO_TWIN(inverse_root)(rest));
        out[i] = e * gain + (ev)((ei)noise & g->comforts);
    }
    g->level = level;
    g->gain = gain;
    g->share = share;
    g->threshold = threshold;
    g->peak = peak;
    g->hold = hold;
}
