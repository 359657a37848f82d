/* Random numbers that are the same everywhere from the same seed: xoshiro256**, and gaps between
 * rare bits, so that a low error rate costs nothing between its errors. */
#ifndef TD_RNG_H
#define TD_RNG_H

#include <stdint.h>
#include <string.h>

struct rng {
    uint64_t s[4];
};

static inline uint64_t rng_mix(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static inline void rng_seed(struct rng *rng, uint64_t seed)
{
    for (int i = 0; i < 4; i++)
        rng->s[i] = rng_mix(&seed);
}

static inline uint64_t rng_next(struct rng *rng)
{
    uint64_t *s = rng->s;
    uint64_t out = s[1] * 5;
    uint64_t t = s[1] << 17;

    out = (out << 7 | out >> 57) * 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = s[3] << 45 | s[3] >> 19;
    return out;
}

/* Natural logarithm of a positive normal number; not libm's, whose last bit differs by version. */
static inline double rng_ln(double x)
{
    uint64_t bits;
    double m, s, s2, sum = 0;
    int exponent;

    memcpy(&bits, &x, 8);
    exponent = (int)(bits >> 52) - 1023;
    bits = (bits & ((UINT64_C(1) << 52) - 1)) | UINT64_C(0x3ff) << 52;
    memcpy(&m, &bits, 8);
    if (m > 1.4142135623730951) {
        m *= 0.5;
        exponent++;
    }
    s = (m - 1) / (m + 1);
    s2 = s * s;
    for (int k = 19; k >= 1; k -= 2)
        sum = sum * s2 + 2.0 / k;
    return sum * s + exponent * 0.6931471805599453;
}

/* ln(1 - p) for 0 < p < 1. */
static inline double rng_ln_miss(double p)
{
    return p < 1e-4 ? -p * (1 + p * (0.5 + p / 3)) : rng_ln(1 - p);
}

/* Bits passed over before the next one that is hit; `ln_miss` from rng_ln_miss(p). */
static inline uint64_t rng_gap(struct rng *rng, double ln_miss)
{
    double u = (double)((rng_next(rng) >> 11) + 1) * 0x1p-53;
    double gap = rng_ln(u) / ln_miss;

    return gap < 1e18 ? (uint64_t)gap : (uint64_t)1e18;
}

#endif
