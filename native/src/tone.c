/* What the tone detectors share: loading samples into lanes, correlating, decibels, generation. */
#include "tone.h"

#include <errno.h>

#if TONE_AVX2
#include <immintrin.h>
#define AVX2 __attribute__((target("avx2")))
#endif

size_t tone_sample_size(int coding)
{
    return coding == TD_LINEAR ? 2 : coding == TD_ALAW || coding == TD_ULAW ? 1 : 0;
}

/* ---- loading ---- */

TONE_INLINE int32_t from_alaw(uint32_t octet)
{
    uint32_t value = octet ^ 0x55, exponent = value >> 4 & 7;
    int32_t magnitude = (int32_t)((value & 15) << 4 | 8) + (exponent ? 256 : 0);
    magnitude <<= exponent > 1 ? exponent - 1 : 0;
    return value & 0x80 ? magnitude : -magnitude;
}

TONE_INLINE int32_t from_ulaw(uint32_t octet)
{
    uint32_t value = ~octet & 0xff, exponent = value >> 4 & 7;
    int32_t magnitude = (int32_t)(((((value & 15) << 1) + 33) << exponent) - 33) * 4;
    return value & 0x80 ? -magnitude : magnitude;
}

TONE_INLINE void decode_row(const uint8_t *row, int coding, int16_t *out)
{
    if (coding == TD_ALAW)
        for (int l = 0; l < TONE_LANES; l++)
            out[l] = (int16_t)from_alaw(row[l]);
    else if (coding == TD_ULAW)
        for (int l = 0; l < TONE_LANES; l++)
            out[l] = (int16_t)from_ulaw(row[l]);
    else
        memcpy(out, row, TONE_LANES * sizeof *out);
}

TONE_INLINE void load(const void *samples, size_t stride, int lanes, size_t frames, int coding,
                      int shift, tone_pair *x, int at)
{
    const uint8_t *row = samples;
    size_t size = tone_sample_size(coding);
    int16_t decoded[TONE_LANES];

    for (size_t f = 0; f < frames; f++, at++, row += stride * size) {
        if (lanes == TONE_LANES) {
            decode_row(row, coding, decoded);
        } else { /* the last group: lanes that are not there hear silence */
            uint8_t padded[TONE_LANES * 2];
            memset(padded, coding == TD_ALAW ? 0xd5 : coding == TD_ULAW ? 0xff : 0, sizeof padded);
            memcpy(padded, row, (size_t)lanes * size);
            decode_row(padded, coding, decoded);
        }
        int16_t *to = x[at >> 1] + (at & 1);
        for (int l = 0; l < TONE_LANES; l++)
            to[2 * l] = (int16_t)(decoded[l] >> shift);
    }
}

static void load_plain(const void *samples, size_t stride, int lanes, size_t frames, int coding,
                     int shift, tone_pair *x, int at)
{
    load(samples, stride, lanes, frames, coding, shift, x, at);
}

#if TONE_AVX2
/* Eight frames of eight channels; SSE2, which every x86-64 has. */
static void eight_by_eight(const int16_t *in, size_t channels, int16_t *out, size_t stride)
{
    __m128i x[8], y[8];
    for (int i = 0; i < 8; i++)
        x[i] = _mm_loadu_si128((const __m128i *)(in + i * channels));
    for (int i = 0; i < 4; i++) {
        y[2 * i] = _mm_unpacklo_epi16(x[2 * i], x[2 * i + 1]);
        y[2 * i + 1] = _mm_unpackhi_epi16(x[2 * i], x[2 * i + 1]);
    }
    for (int i = 0; i < 2; i++) { /* four frames of channels 0 1, 2 3, 4 5, 6 7 */
        x[4 * i] = _mm_unpacklo_epi32(y[4 * i], y[4 * i + 2]);
        x[4 * i + 1] = _mm_unpackhi_epi32(y[4 * i], y[4 * i + 2]);
        x[4 * i + 2] = _mm_unpacklo_epi32(y[4 * i + 1], y[4 * i + 3]);
        x[4 * i + 3] = _mm_unpackhi_epi32(y[4 * i + 1], y[4 * i + 3]);
    }
    for (int i = 0; i < 4; i++) {
        __m128i even = _mm_unpacklo_epi64(x[i], x[4 + i]), odd = _mm_unpackhi_epi64(x[i], x[4 + i]);
        _mm_storeu_si128((__m128i *)(out + 2 * i * stride), even);
        _mm_storeu_si128((__m128i *)(out + (2 * i + 1) * stride), odd);
    }
}
#endif

void tone_planes(const int16_t *frames, uint32_t channels, uint32_t n, int16_t *planes,
                 size_t stride)
{
    uint32_t frames_done = 0, channels_done = 0;
#if TONE_AVX2
    frames_done = n / 8 * 8;
    channels_done = channels / 8 * 8;
    for (uint32_t f = 0; f < frames_done; f += 8)
        for (uint32_t c = 0; c < channels_done; c += 8)
            eight_by_eight(frames + (size_t)f * channels + c, channels, planes + c * stride + f,
                           stride);
#endif
    for (uint32_t c = 0; c < channels; c++)
        for (uint32_t f = c < channels_done ? frames_done : 0; f < n; f++)
            planes[c * stride + f] = frames[(size_t)f * channels + c];
}

/* ---- correlation ---- */

static void correlate_plain(const tone_pair *x, int pairs, const int16_t *rows, int row_count,
                          tone_ints *out)
{
    for (int r = 0; r < row_count; r++, rows += 2 * pairs) {
        tone_ints sum = {0};
        for (int p = 0; p < pairs; p++) {
            int16_t first = rows[2 * p], second = rows[2 * p + 1];
            for (int l = 0; l < TONE_LANES; l++)
                sum[l] += x[p][2 * l] * first + x[p][2 * l + 1] * second;
        }
        memcpy(out[r], sum, sizeof sum);
    }
}

static void folded_plain(const tone_pair *x, int pairs, const int16_t *rows, tone_ints out[4])
{
    tone_ints sum[4] = {{0}};
    for (int p = 0; p < pairs / 2; p++) {
        const int16_t *older = x[p], *newer = x[pairs - 1 - p];
        tone_pair folded[2];
        for (int l = 0; l < 2 * TONE_LANES; l++) {
            folded[0][l] = (int16_t)(older[l] + newer[l ^ 1]);
            folded[1][l] = (int16_t)(older[l] - newer[l ^ 1]);
        }
        for (int k = 0; k < 4; k++) {
            int16_t first = rows[k * pairs + 2 * p], second = rows[k * pairs + 2 * p + 1];
            const int16_t *in = folded[k & 1];
            for (int l = 0; l < TONE_LANES; l++)
                sum[k][l] += in[2 * l] * first + in[2 * l + 1] * second;
        }
    }
    memcpy(out, sum, sizeof sum);
}

static void energy_plain(const tone_pair *x, int pairs, int32_t *out)
{
    tone_ints sum = {0};
    for (int p = 0; p < pairs; p++)
        for (int l = 0; l < TONE_LANES; l++) {
            int32_t a = x[p][2 * l], b = x[p][2 * l + 1];
            sum[l] += (int32_t)(((uint32_t)(a * a) + (uint32_t)(b * b)) >> TONE_ENERGY_SHIFT);
        }
    memcpy(out, sum, sizeof sum);
}

#if TONE_AVX2
AVX2 static void energy_avx2(const tone_pair *x, int pairs, int32_t *out)
{
    __m256i low = _mm256_setzero_si256(), high = low;
    for (int p = 0; p < pairs; p++) {
        const __m256i *in = (const __m256i *)x[p];
        __m256i a = _mm256_loadu_si256(in), b = _mm256_loadu_si256(in + 1);
        a = _mm256_srli_epi32(_mm256_madd_epi16(a, a), TONE_ENERGY_SHIFT);
        b = _mm256_srli_epi32(_mm256_madd_epi16(b, b), TONE_ENERGY_SHIFT);
        low = _mm256_add_epi32(low, a);
        high = _mm256_add_epi32(high, b);
    }
    _mm256_storeu_si256((__m256i *)out, low);
    _mm256_storeu_si256((__m256i *)out + 1, high);
}

AVX2 static void load_avx2(const void *samples, size_t stride, int lanes, size_t frames, int coding,
                         int shift, tone_pair *x, int at)
{
    if (lanes != TONE_LANES || coding != TD_LINEAR || (at & 1) || (frames & 1)) {
        load(samples, stride, lanes, frames, coding, shift, x, at);
        return;
    }
    const int16_t *row = samples;
    const __m128i by = _mm_cvtsi32_si128(shift);
    for (size_t f = 0; f < frames; f += 2, at += 2, row += 2 * stride) {
        __m256i a = _mm256_sra_epi16(_mm256_loadu_si256((const __m256i *)row), by);
        __m256i b = _mm256_sra_epi16(_mm256_loadu_si256((const __m256i *)(row + stride)), by);
        __m256i low = _mm256_unpacklo_epi16(a, b), high = _mm256_unpackhi_epi16(a, b);
        __m256i *to = (__m256i *)x[at >> 1];
        _mm256_storeu_si256(to, _mm256_permute2x128_si256(low, high, 0x20));
        _mm256_storeu_si256(to + 1, _mm256_permute2x128_si256(low, high, 0x31));
    }
}

static inline AVX2 __m256i both(const int16_t *taps)
{
    int32_t two;
    memcpy(&two, taps, sizeof two);
    return _mm256_set1_epi32(two);
}

AVX2 static void folded_avx2(const tone_pair *x, int pairs, const int16_t *rows, tone_ints out[4])
{
    const __m256i turned = _mm256_set_epi64x(0x0d0c0f0e09080b0a, 0x0504070601000302,
                                             0x0d0c0f0e09080b0a, 0x0504070601000302);
    __m256i total[4][2];
    for (int k = 0; k < 4; k++)
        total[k][0] = total[k][1] = _mm256_setzero_si256();
    for (int p = 0; p < pairs / 2; p++) {
        __m256i sum[2], difference[2];
#pragma GCC unroll 2
        for (int h = 0; h < 2; h++) {
            __m256i older = _mm256_loadu_si256((const __m256i *)x[p] + h);
            __m256i newer = _mm256_loadu_si256((const __m256i *)x[pairs - 1 - p] + h);
            newer = _mm256_shuffle_epi8(newer, turned);
            sum[h] = _mm256_add_epi16(older, newer);
            difference[h] = _mm256_sub_epi16(older, newer);
        }
#pragma GCC unroll 4
        for (int k = 0; k < 4; k++) {
            __m256i taps = both(rows + k * pairs + 2 * p);
            const __m256i *in = k & 1 ? difference : sum;
            total[k][0] = _mm256_add_epi32(total[k][0], _mm256_madd_epi16(in[0], taps));
            total[k][1] = _mm256_add_epi32(total[k][1], _mm256_madd_epi16(in[1], taps));
        }
    }
    for (int k = 0; k < 4; k++) {
        _mm256_storeu_si256((__m256i *)out[k], total[k][0]);
        _mm256_storeu_si256((__m256i *)out[k] + 1, total[k][1]);
    }
}

AVX2 static void correlate_avx2(const tone_pair *x, int pairs, const int16_t *rows,
                                     int row_count, tone_ints *out)
{
    for (int r = 0; r < row_count; r += 4, rows += 8 * pairs) {
        __m256i sum[4][2];
        for (int k = 0; k < 4; k++)
            sum[k][0] = sum[k][1] = _mm256_setzero_si256();
        for (int p = 0; p < pairs; p++) {
            const __m256i *in = (const __m256i *)x[p];
            __m256i low = _mm256_loadu_si256(in), high = _mm256_loadu_si256(in + 1);
#pragma GCC unroll 4
            for (int k = 0; k < 4; k++) {
                __m256i taps = both(rows + 2 * (k * pairs + p));
                sum[k][0] = _mm256_add_epi32(sum[k][0], _mm256_madd_epi16(low, taps));
                sum[k][1] = _mm256_add_epi32(sum[k][1], _mm256_madd_epi16(high, taps));
            }
        }
        for (int k = 0; k < 4; k++) {
            _mm256_storeu_si256((__m256i *)out[r + k], sum[k][0]);
            _mm256_storeu_si256((__m256i *)out[r + k] + 1, sum[k][1]);
        }
    }
}
/* A whole group in one register, and multiply-add with addition in one instruction. */
#define AVX512 TONE_AVX512

static bool has_avx512(void)
{
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512vnni");
}

AVX512 static void load_avx512(const void *samples, size_t stride, int lanes, size_t frames,
                               int coding, int shift, tone_pair *x, int at)
{
    if (lanes != TONE_LANES || coding != TD_LINEAR || (at & 1) || (frames & 1)) {
        load(samples, stride, lanes, frames, coding, shift, x, at);
        return;
    }
    const int16_t *row = samples;
    const __m128i by = _mm_cvtsi32_si128(shift);
    for (size_t f = 0; f < frames; f += 2, at += 2, row += 2 * stride) {
        __m512i a = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)row));
        __m512i b = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)(row + stride)));
        a = _mm512_sra_epi16(_mm512_or_si512(a, _mm512_slli_epi32(b, 16)), by);
        _mm512_storeu_si512(x[at >> 1], a);
    }
}

AVX512 static inline __m512i everywhere(const int16_t *taps)
{
    int32_t two;
    memcpy(&two, taps, sizeof two);
    return _mm512_set1_epi32(two);
}

AVX512 static void folded_avx512(const tone_pair *x, int pairs, const int16_t *rows,
                                 tone_ints out[4])
{
    __m512i total[4][2];
    for (int k = 0; k < 4; k++)
        total[k][0] = total[k][1] = _mm512_setzero_si512();
    for (int p = 0; p < pairs / 2; p += 2) {
#pragma GCC unroll 2
        for (int h = 0; h < 2; h++) {
            __m512i older = _mm512_loadu_si512(x[p + h]);
            __m512i newer = _mm512_rol_epi32(_mm512_loadu_si512(x[pairs - 1 - p - h]), 16);
            __m512i sum = _mm512_add_epi16(older, newer);
            __m512i difference = _mm512_sub_epi16(older, newer);
#pragma GCC unroll 4
            for (int k = 0; k < 4; k++)
                total[k][h] = _mm512_dpwssd_epi32(total[k][h], k & 1 ? difference : sum,
                                                  everywhere(rows + k * pairs + 2 * (p + h)));
        }
    }
    for (int k = 0; k < 4; k++)
        _mm512_storeu_si512(out[k], _mm512_add_epi32(total[k][0], total[k][1]));
}

AVX512 static void correlate_avx512(const tone_pair *x, int pairs, const int16_t *rows,
                                    int row_count, tone_ints *out)
{
    for (int r = 0; r < row_count; r += 4, rows += 8 * pairs) {
        __m512i sum[4];
        for (int k = 0; k < 4; k++)
            sum[k] = _mm512_setzero_si512();
        for (int p = 0; p < pairs; p++) {
            __m512i in = _mm512_loadu_si512(x[p]);
#pragma GCC unroll 4
            for (int k = 0; k < 4; k++)
                sum[k] = _mm512_dpwssd_epi32(sum[k], in, everywhere(rows + 2 * (k * pairs + p)));
        }
        for (int k = 0; k < 4; k++)
            _mm512_storeu_si512(out[r + k], sum[k]);
    }
}

AVX512 static void energy_avx512(const tone_pair *x, int pairs, int32_t *out)
{
    __m512i sum = _mm512_setzero_si512();
    for (int p = 0; p < pairs; p++) {
        __m512i in = _mm512_loadu_si512(x[p]);
        in = _mm512_srli_epi32(_mm512_madd_epi16(in, in), TONE_ENERGY_SHIFT);
        sum = _mm512_add_epi32(sum, in);
    }
    _mm512_storeu_si512(out, sum);
}
#else
static bool has_avx512(void)
{
    return false;
}
#endif

bool tone_has_avx2(void)
{
#if TONE_AVX2
    return __builtin_cpu_supports("avx2") != 0;
#else
    return false;
#endif
}

const char *td_tone_vectors(void)
{
    return !tone_has_avx2() ? "" : has_avx512() ? "avx512" : "avx2";
}

struct tone_code tone_code_for(uint32_t limit)
{
    struct tone_code code = {correlate_plain, folded_plain, load_plain, energy_plain, TONE_PLAIN};
#if TONE_AVX2
    if (limit != 1 && tone_has_avx2())
        code = (struct tone_code){correlate_avx2, folded_avx2, load_avx2, energy_avx2,
                                  TONE_TWIN_AVX2};
    if (limit == 0 && has_avx512()) {
        code.correlate = correlate_avx512;
        code.load = load_avx512;
        code.folded = folded_avx512;
        code.energy = energy_avx512;
        code.twin = TONE_TWIN_AVX512;
    }
#else
    (void)limit;
#endif
    return code;
}

/* ---- numbers, without libm so that they are the same everywhere ---- */

double tone_sin(double turns)
{
    double x = turns - (double)(int64_t)turns;
    x -= x > 0.5 ? 1 : x < -0.5 ? -1 : 0;
    x = x > 0.25 ? 0.5 - x : x < -0.25 ? -0.5 - x : x;
    double a = 6.283185307179586 * x, s = a * a;
    return a * (1 + s * (-1.0 / 6 + s * (1.0 / 120 + s * (-1.0 / 5040 + s * (1.0 / 362880 +
           s * (-1.0 / 39916800 + s * (1.0 / 6227020800.0)))))));
}

double tone_ratio(double db)
{
    double octaves = db * 0.16609640474436813; /* log2(10) / 20 */
    int whole = (int)octaves;
    double x = (octaves - whole) * 0.6931471805599453, term = 1, sum = 1;
    for (int i = 1; i < 18; i++) {
        term *= x / i;
        sum += term;
    }
    for (; whole > 0; whole--)
        sum *= 2;
    for (; whole < 0; whole++)
        sum *= 0.5;
    return sum;
}

double tone_db(double power)
{
    uint64_t bits;
    if (power < 1e-300)
        return -3000;
    memcpy(&bits, &power, sizeof bits);
    double octaves = (double)(int)(bits >> 52) - 1023;
    bits = (bits & UINT64_C(0xfffffffffffff)) | UINT64_C(0x3ff0000000000000);
    memcpy(&power, &bits, sizeof power); /* the mantissa, 1 to 2 */
    if (power > 1.4142135623730951) {
        power *= 0.5;
        octaves += 1;
    }
    double y = (power - 1) / (power + 1), s = y * y, sum = 0;
    for (int i = 11; i >= 1; i -= 2)
        sum = sum * s + 1.0 / i;
    return 3.010299956639812 * octaves + 4.342944819032518 * 2 * y * sum;
}

/* ---- generation ---- */

void td_tone_generate(td_tone_pair *tone, int16_t *out, size_t samples)
{
    double peak[2], step[2];
    for (int k = 0; k < 2; k++) {
        double level = tone->level_dbm0[k];
        /* 22827 is the peak of a sine at 0 dBm0. */
        peak[k] = level < -90 ? 0 : 22827.0 * tone_ratio(level > 20 ? 20 : level);
        step[k] = tone->hz[k] / TONE_RATE;
    }
    for (size_t i = 0; i < samples; i++) {
        double value = out[i];
        for (int k = 0; k < 2; k++) {
            value += peak[k] * tone_sin(tone->turns[k]);
            tone->turns[k] += step[k];
            tone->turns[k] -= (double)(int64_t)tone->turns[k];
        }
        value = value > 32767 ? 32767 : value < -32768 ? -32768 : value;
        out[i] = (int16_t)(value < 0 ? value - 0.5 : value + 0.5);
    }
}

static const double dtmf_low[4] = {697, 770, 852, 941}, dtmf_high[4] = {1209, 1336, 1477, 1633};
/* Weight 0, 1, 2, 4, 7, 11 of Q.441 table 5: backward frequencies fall. */
static const double six[3][6] = {{1380, 1500, 1620, 1740, 1860, 1980},
                                 {1140, 1020, 900, 780, 660, 540},
                                 {700, 900, 1100, 1300, 1500, 1700}};

int td_tone_frequencies(int kind, int digit, double *hz)
{
    const char *digits = kind == TD_TONE_DTMF ? "123A456B789C*0#D"
                         : kind == TD_TONE_R1 ? TONE_R1_DIGITS : TONE_R2_DIGITS;
    const char *found = digit > 0 ? strchr(digits, digit) : NULL;
    if (!found || kind < TD_TONE_DTMF || kind > TD_TONE_R1)
        return -EINVAL;
    int at = (int)(found - digits);
    if (kind == TD_TONE_DTMF) {
        hz[0] = dtmf_low[at >> 2];
        hz[1] = dtmf_high[at & 3];
        return 0;
    }
    for (int high = 1; high < 6; high++) /* signals in order: 01 02 12 03 13 23 04 ... 45 */
        if (at < (high + 1) * high / 2) {
            hz[0] = six[kind - TD_TONE_R2_FORWARD][at - high * (high - 1) / 2];
            hz[1] = six[kind - TD_TONE_R2_FORWARD][high];
            break;
        }
    return 0;
}
