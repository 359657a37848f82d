/* Recording: from the ring into the file. The writer's side. */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "recorder.h"
#include "td_condition.h"

#define CHUNK (RECORD_SCRATCH / 4) /* frames: two channels of 16 bits */

/* ---- the file -------------------------------------------------------------------------------- */

/* All of it, or errno in *error; returns what was written. */
static size_t write_at(int fd, const uint8_t *octets, size_t n, uint64_t at, int *error)
{
    size_t done = 0;

    while (done < n) {
        ssize_t count = pwrite(fd, octets + done, n - done, (off_t)(at + done));

        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0) {
            *error = count < 0 ? errno : ENOSPC;
            break;
        }
        done += (size_t)count;
    }
    return done;
}

static void put32(uint8_t *to, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        to[i] = (uint8_t)(value >> 8 * i);
}

static uint64_t octets_there(const struct recording *it)
{
    return it->data_octets + it->written * it->frame_octets;
}

static void fail(struct recording *it, int error)
{
    atomic_store_explicit(&it->failed, error, memory_order_release);
}

/* Let the length fields tell of what is written; that of the sound is the last. */
static void set_lengths(struct recording *it)
{
    uint64_t octets = octets_there(it);
    uint32_t values[3] = {(uint32_t)(it->data_start - 8 + octets + (octets & 1)),
                          (uint32_t)(octets / it->frame_octets), (uint32_t)octets};
    int error = 0;

    for (int i = 0; i < 3 && !error; i++) {
        uint8_t field[4];

        if (!it->fields_at[i])
            continue;
        put32(field, values[i]);
        if (it->head_to)
            memcpy(it->file_head + it->fields_at[i], field, 4);
        else
            write_at(it->fd, field, 4, it->fields_at[i], &error);
    }
    if (it->head_to)
        write_at(it->fd, it->file_head + it->head_from, it->head_to - it->head_from,
                 it->head_from, &error);
    if (error)
        fail(it, error);
    else
        it->told_of = it->written;
}

/* ---- samples --------------------------------------------------------------------------------- */

static void mix(const struct recording *it, const uint8_t *frames, int16_t *out, unsigned n)
{
    const int16_t *table = sound_table((int)it->coding);
    int32_t sum[CHUNK];

    for (unsigned i = 0; i < n; i++)
        sum[i] = table[frames[2 * i]] + table[frames[2 * i + 1]];
    td_mix_limit(sum, out, n);
}

static void put_linear(const int16_t *linear, uint8_t *out, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        out[2 * i] = (uint8_t)linear[i];
        out[2 * i + 1] = (uint8_t)(linear[i] >> 8);
    }
}

/* Frames as they are in the ring, as the file has them: octets of `out`, or the ring's own. */
static const uint8_t *encode(const struct recording *it, const uint8_t *frames, unsigned n,
                             uint8_t *out)
{
    const int16_t *table = sound_table((int)it->coding);
    unsigned samples = n * it->lanes;
    int16_t linear[CHUNK];

    if (it->what == TD_RECORD_MIXED) {
        mix(it, frames, linear, n);
        if (it->encoding == TD_LINEAR)
            put_linear(linear, out, n);
        else
            sound_encode((int)it->encoding, linear, out, n);
    } else if (it->encoding == it->coding) {
        return frames;
    } else if (it->encoding == TD_LINEAR) {
        for (unsigned i = 0; i < samples; i++)
            put_linear(&table[frames[i]], out + 2 * i, 1);
    } else if (it->encoding == TD_ALAW) {
        td_ulaw_to_alaw(frames, out, samples);
    } else {
        td_alaw_to_ulaw(frames, out, samples);
    }
    return out;
}

/* n frames, CHUNK at most; returns those that are in the file whole. */
static unsigned append(struct recording *it, const uint8_t *frames, unsigned n, uint8_t *scratch)
{
    const uint8_t *octets = encode(it, frames, n, scratch);
    int error = 0;
    size_t done = write_at(it->fd, octets, (size_t)n * it->frame_octets,
                           it->data_start + octets_there(it), &error);

    it->written += done / it->frame_octets;
    if (error)
        fail(it, error);
    return (unsigned)(done / it->frame_octets);
}

/* ---- the time before ------------------------------------------------------------------------- */

static void gather_before(const struct recording *it, uint32_t done, uint8_t *to, unsigned n)
{
    const struct prerecord *before = it->before;
    uint32_t at = (before->at + before->room - it->before_frames + done) % before->room;

    for (unsigned i = 0; i < n; i++) {
        const uint8_t *frame = before->frames + 2 * (size_t)at;

        if (it->lanes == 2)
            memcpy(to + 2 * i, frame, 2);
        else
            to[i] = frame[it->what == TD_RECORD_SENT];
        at = at + 1 == before->room ? 0 : at + 1;
    }
}

static void write_before(struct recording *it, uint64_t most, uint8_t *scratch)
{
    uint32_t all = it->before_frames < most ? it->before_frames : (uint32_t)most;
    uint8_t frames[2 * CHUNK];

    it->before_done = 1;
    for (uint32_t done = 0; done < all;) {
        unsigned n = all - done < CHUNK ? all - done : CHUNK;

        gather_before(it, done, frames, n);
        if (append(it, frames, n, scratch) < n)
            return;
        done += n;
    }
    free(it->before);
    it->before = NULL;
}

/* ---- the ring -------------------------------------------------------------------------------- */

static void write_ring(struct recording *it, uint64_t head, uint8_t *scratch)
{
    uint64_t at = look(&it->taken);

    while (at < head) {
        uint64_t place = at & it->mask;
        uint64_t rest = it->size - place < head - at ? it->size - place : head - at;
        unsigned n = rest < CHUNK ? (unsigned)rest : CHUNK;

        if (append(it, it->octets + place * it->lanes, n, scratch) < n)
            return;
        at += n;
        atomic_store_explicit(&it->taken, at, memory_order_release);
    }
}

void recording_write(struct recording *it, int all, uint8_t *scratch)
{
    int over = atomic_load_explicit(&it->state, memory_order_acquire) != RECORDING;
    uint64_t head = atomic_load_explicit(&it->head, memory_order_acquire);
    uint64_t before = it->written;

    if (look(&it->taken) == head && !over)
        return;
    if (atomic_load_explicit(&it->failed, memory_order_relaxed) ||
        (!all && !over && head - look(&it->taken) < RECORD_WRITE))
        return;
    if (!it->before_done)
        write_before(it, over ? it->final : UINT64_MAX, scratch);
    if (over && head + it->before_frames > it->final)
        head = it->final > it->before_frames ? it->final - it->before_frames : 0;
    if (!atomic_load_explicit(&it->failed, memory_order_relaxed))
        write_ring(it, head, scratch);
    if (it->written != before)
        set_lengths(it);
}

/* First the lengths, then the cut: what they tell of is there at every moment. */
void recording_finish(struct recording *it)
{
    uint64_t octets;

    it->written = it->written > it->final ? it->final : it->written;
    if (!atomic_load_explicit(&it->failed, memory_order_relaxed))
        set_lengths(it);
    it->written = it->told_of; /* after an error less than was written */
    octets = octets_there(it);
    if (it->fields_at[0])
        octets += octets & 1;
    if (ftruncate(it->fd, (off_t)(it->data_start + octets)) < 0 &&
        !atomic_load_explicit(&it->failed, memory_order_relaxed))
        fail(it, errno);
    close(it->fd);
    it->fd = -1;
}

void recording_drop(struct recording *it)
{
    if (atomic_fetch_sub_explicit(&it->users, 1, memory_order_acq_rel) > 1)
        return;
    if (it->fd >= 0)
        close(it->fd);
    if (it->recorder)
        free(it->octets);
    free(it->before);
    free(it);
}
