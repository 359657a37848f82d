/* Voice files: samples of any format to 16 bits at 8000 Hz. Part of trunkd's native ABI.
 *
 * Nothing here is on the sample path of the engine: files are read and companded before they are
 * played. Only td_resampler_new allocates.
 */
#ifndef TD_FILES_H
#define TD_FILES_H

#include "trunkd_native.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ==== Samples of files (pcm.c) ============================================================== */

/* How a file holds a sample; little endian. */
#define TD_PCM_U8 1
#define TD_PCM_S16 2
#define TD_PCM_S24 3
#define TD_PCM_S32 4
#define TD_PCM_F32 5
#define TD_PCM_F64 6
#define TD_PCM_ALAW 7
#define TD_PCM_ULAW 8

/* A floating-point sample beyond this many times full scale, or none at all, is no sound. */
#define TD_PCM_MOST_FLOAT 64

/* The mean of `channels` (1 to 64) for each of `frames`, as float in units of a 16-bit sample.
 * `in` need not be aligned. Returns frames, or fewer: the next frame holds no number or one that
 * cannot be sound; -EINVAL: no such coding or number of channels.
 */
int64_t td_pcm_mono(const uint8_t *in, uint64_t frames, int coding, int channels, float *out);

/* float in units of a 16-bit sample to int16: to the nearest, ties to even, limited. */
void td_pcm_round(const float *in, int16_t *out, uint64_t n);
/* ==== end of samples of files =============================================================== */

/* ==== Sample rates (resample.c) ============================================================= */

typedef struct td_resampler td_resampler;

#define TD_RATE_LEAST 4000
#define TD_RATE_MOST 192000

/* A polyphase filter, windowed sinc (Kaiser): flat to 0.425 of the lower of both rates (3400 Hz of
 * 8000), 80 dB down from half of it. Without delay: sample k of the output stands for second
 * k / to_hz, as sample k of the input for k / from_hz. plain != 0: no vector instructions.
 * NULL: a rate not within TD_RATE_LEAST to TD_RATE_MOST, or no memory.
 */
td_resampler *td_resampler_new(uint32_t from_hz, uint32_t to_hz, int plain);
void td_resampler_free(td_resampler *resampler);
/* Begin another sound. */
void td_resampler_reset(td_resampler *resampler);
/* The most samples that n more of the input and the end may give. */
uint64_t td_resampler_room(const td_resampler *resampler, uint64_t n);
/* Take n samples (units of a 16-bit sample); give those of the output that are certain by now,
 * rounded and limited. Returns how many: at most td_resampler_room(n). */
uint64_t td_resampler_process(td_resampler *resampler, const float *in, uint64_t n, int16_t *out);
/* The rest: of N samples of input ceil(N * to_hz / from_hz) are made in all. */
uint64_t td_resampler_finish(td_resampler *resampler, int16_t *out);
/* ==== end of sample rates =================================================================== */

/* ==== ADPCM of 4 bits (adpcm.c) ============================================================= */

/* Predictor: 12 bits of VOX, 16 bits of IMA. */
typedef struct td_adpcm {
    int32_t predictor;
    int32_t index;
} td_adpcm;

/* Dialogic (OKI) ADPCM as .vox files hold it: high nibble first; 12 bits, times 16 here. A state
 * of zeros begins. decode: n octets give 2 n samples. encode: n samples, even, give n / 2 octets.
 */
void td_vox_decode(td_adpcm *state, const uint8_t *in, uint64_t n, int16_t *out);
void td_vox_encode(td_adpcm *state, const int16_t *in, uint64_t n, uint8_t *out);

/* IMA ADPCM in blocks as WAV holds it (tag 0x11): for each channel a header (first sample, index of
 * the step, zero), then groups of 8 samples of each channel in turn, low nibble first. `out` holds
 * frames of `channels` samples, TD_IMA_FRAMES(block, channels) for each whole block. A block cut
 * short gives the groups that are whole.
 * Returns frames made; *used: octets of the blocks read, less than n when the header of the next
 * one is none (an index over 88, or something where zero belongs). -EINVAL: a block that has no room
 * for its header, or channels not 1 to 8.
 */
int64_t td_ima_decode(const uint8_t *in, uint64_t n, uint32_t block, int channels, int16_t *out,
                      uint64_t *used);
/* One block of `frames` frames, 1 + a multiple of 8; `index` of each channel goes on from block to
 * block. Returns its octets. -EINVAL: another number of frames, or channels not 1 to 8. */
int64_t td_ima_encode(const int16_t *in, uint32_t frames, int channels, int32_t *index,
                      uint8_t *out);
/* ==== end of ADPCM ========================================================================== */

/* ==== GSM full rate (gsm.c) ================================================================= */

#define TD_GSM_PAST 120

/* A decoder (GSM 06.10 clause 5.3); zeros begin. */
typedef struct td_gsm {
    int16_t past[120];  /* of the long term filter */
    int16_t ratios[8];  /* log area ratios of the frame before */
    int16_t lattice[9];
    int16_t emphasis;
    int16_t lag;
} td_gsm;

/* Frames of 33 octets, which begin with 0xD and have the high bits first (.gsm), or when wav != 0
 * pairs of frames in 65 octets with the low bits first (WAV format 0x31). 160 samples a frame.
 * Returns samples made; *used: octets read, all but less than a frame (a pair) unless the next frame
 * does not begin with 0xD.
 */
uint64_t td_gsm_decode(td_gsm *state, const uint8_t *in, uint64_t n, int wav, int16_t *out,
                       uint64_t *used);
/* ==== end of GSM ============================================================================ */

#ifdef __cplusplus
}
#endif

#endif
