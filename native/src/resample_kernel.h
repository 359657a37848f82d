/* One output of the filter, compiled twice (resample.c): no include guard. Both add in one order. */

RESAMPLE_TARGET static float RESAMPLE_TWIN(dot)(const float *taps, const float *samples, unsigned n)
{
    lanes a = {0}, b = {0}, c = {0}, d = {0};

    for (unsigned i = 0; i < n; i += UNROLLED) {
        a += *(const lanes *)(taps + i) * *(const loose *)(samples + i);
        b += *(const lanes *)(taps + i + LANES) * *(const loose *)(samples + i + LANES);
        c += *(const lanes *)(taps + i + 2 * LANES) * *(const loose *)(samples + i + 2 * LANES);
        d += *(const lanes *)(taps + i + 3 * LANES) * *(const loose *)(samples + i + 3 * LANES);
    }
    float sums[LANES];
    a = (a + b) + (c + d);
    memcpy(sums, &a, sizeof sums);
    return ((sums[0] + sums[4]) + (sums[1] + sums[5])) + ((sums[2] + sums[6]) + (sums[3] + sums[7]));
}

/* As many outputs as the samples held allow. */
RESAMPLE_TARGET static uint64_t RESAMPLE_TWIN(run)(td_resampler *r, int16_t *out, uint64_t room)
{
    uint64_t made = 0;

    while (made < room && r->at + r->taps <= r->held) {
        const float *samples = r->samples + r->at;
        float sum;

        if (r->between) {
            uint64_t place = (uint64_t)r->phase * r->phases;
            unsigned row = (unsigned)(place / r->up);
            float share = (float)(place % r->up) * r->share;
            const float *taps = r->table + (size_t)row * r->taps;
            float low = RESAMPLE_TWIN(dot)(taps, samples, r->taps);
            float high = RESAMPLE_TWIN(dot)(taps + r->taps, samples, r->taps);
            sum = low + (high - low) * share;
        } else {
            sum = RESAMPLE_TWIN(dot)(r->table + (size_t)r->phase * r->taps, samples, r->taps);
        }
        td_pcm_round(&sum, out + made++, 1);
        r->phase += r->down_rest;
        r->at += r->down_whole;
        if (r->phase >= r->up) {
            r->phase -= r->up;
            r->at++;
        }
    }
    return made;
}

#undef RESAMPLE_TWIN
#undef RESAMPLE_TARGET
