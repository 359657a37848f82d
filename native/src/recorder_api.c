/* Recording, API side: what is asked for is checked and made here. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdalign.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "recorder.h"

#define SAMPLES_PER_MS 8
#define MOST_BUFFER_MS 60000
#define BUFFER_MS 4000

/* ---- memory ---------------------------------------------------------------------------------- */

static void release_attachment(struct trash *trash)
{
    recording_drop((struct recording *)trash);
}

static void release_told(struct trash *trash)
{
    recording_drop((struct recording *)((char *)trash - offsetof(struct recording, told)));
}

static void release_prerecord(struct trash *trash)
{
    free(trash);
}

static struct prerecord *make_prerecord(uint32_t ms)
{
    uint32_t room = ms * SAMPLES_PER_MS;
    size_t size = sizeof(struct prerecord) + 2 * (size_t)room;
    struct prerecord *before = malloc(size);

    if (!before)
        return NULL;
    memset(before, 0, size); /* touched now, not by the engine */
    before->attachment.trash.release = release_prerecord;
    before->attachment.ops = &prerecord_ops;
    before->room = room;
    return before;
}

static struct recording *new_recording(const struct slot *slot, int64_t tag)
{
    struct recording *it = aligned_alloc(alignof(struct recording), sizeof(*it));

    if (!it)
        return NULL;
    memset(it, 0, sizeof(*it));
    it->attachment.trash.release = release_attachment;
    it->attachment.ops = &recording_ops;
    it->told.release = release_told;
    it->users = 1;
    it->fd = -1;
    it->tag = tag;
    it->span = slot->span;
    it->timeslot = slot->timeslot;
    it->coding = slot->coding;
    it->lanes = 1;
    return it;
}

static int give(td_engine *engine, struct slot *slot, struct recording *it)
{
    if (atomic_load_explicit(&slot->held[ATTACH_RECORDER], memory_order_acquire))
        return -EBUSY;
    publish(&slot->recorded, 0);
    return voice_attach(engine, slot->span, slot->timeslot, ATTACH_RECORDER, &it->attachment);
}

/* ---- into a file ----------------------------------------------------------------------------- */

static int check(const struct slot *slot, const td_record_config *config)
{
    if (config->what > TD_RECORD_BOTH || config->encoding > TD_ULAW || config->buffer_ms > MOST_BUFFER_MS ||
        config->options > 3 || config->stop_digits >> 16 || config->data_start >> 62 ||
        config->data_octets >> 62 || config->prerecord_ms > TD_PRERECORD_MOST ||
        (config->prerecord_ms && (config->options & TD_RECORD_PAUSED)) ||
        config->initial_silence_ms > UINT32_MAX / SAMPLES_PER_MS ||
        config->silence_ms > UINT32_MAX / SAMPLES_PER_MS)
        return -EINVAL;
    if (config->prerecord_ms && !slot->prerecord_ms)
        return -ENOENT;
    if ((config->initial_silence_ms || config->silence_ms) &&
        !(slot->listens_api & TD_LISTEN_LEVEL))
        return -ENODATA;
    if (config->stop_digits && !(slot->listens_api & TD_LISTEN_DTMF))
        return -ENODATA;
    return 0;
}

static int open_file(struct recording *it, const td_record_config *config)
{
    int flags = fcntl(config->fd, F_GETFL);

    if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY)
        return -EBADF;
    if (flags & O_APPEND)
        return -EINVAL;
    if (lseek(config->fd, 0, SEEK_CUR) < 0)
        return -errno;
    it->fd = fcntl(config->fd, F_DUPFD_CLOEXEC, 3);
    return it->fd < 0 ? -errno : 0;
}

/* What lies between the length fields is kept, so that they are written in one go. */
static void read_head(struct recording *it)
{
    uint32_t from = RECORD_HEAD, to = 0;

    for (int i = 0; i < 3; i++) {
        uint32_t at = it->fields_at[i];

        if (!at)
            continue;
        from = at < from ? at : from;
        if (at > RECORD_HEAD - 4)
            return;
        to = at + 4 > to ? at + 4 : to;
    }
    if (to && pread(it->fd, it->file_head + from, to - from, from) == (ssize_t)(to - from)) {
        it->head_from = from;
        it->head_to = to;
    }
}

/* How many frames it may have; 0: the file is full. */
static uint64_t limit_of(const struct recording *it, const td_record_config *config)
{
    uint64_t limit = config->max_samples ? config->max_samples : UINT64_MAX, most;

    if (config->riff_size_at || config->data_size_at || config->fact_count_at) {
        most = UINT32_MAX - 1;
        if (config->data_start + config->data_octets >= most)
            return 0;
        most = (most - config->data_start - config->data_octets) / it->frame_octets;
        limit = most < limit ? most : limit;
    }
    return limit;
}

/* A power of two, with room for more than one writing. */
static uint64_t ring_size(uint32_t ms)
{
    uint64_t size = 8192;

    _Static_assert(2 * RECORD_WRITE < 8192, "ring");
    while (size < ms * SAMPLES_PER_MS)
        size *= 2;
    return size;
}

static int fill_in(struct recording *it, const struct slot *slot, const td_record_config *config)
{
    int error = open_file(it, config);

    if (error)
        return error;
    it->what = config->what;
    it->encoding = config->encoding;
    it->lanes = config->what >= TD_RECORD_MIXED ? 2 : 1;
    it->frame_octets = (config->what == TD_RECORD_BOTH ? 2 : 1) *
                       (config->encoding == TD_LINEAR ? 2 : 1);
    it->data_start = config->data_start;
    it->data_octets = config->data_octets;
    it->fields_at[0] = config->riff_size_at;
    it->fields_at[1] = config->fact_count_at;
    it->fields_at[2] = config->data_size_at;
    it->limit = limit_of(it, config);
    if (!it->limit)
        return -EFBIG;
    read_head(it);
    it->stop_digits = config->stop_digits;
    it->cut_digit = (config->options & TD_RECORD_CUT_DIGIT) != 0;
    it->paused = (config->options & TD_RECORD_PAUSED) != 0;
    it->initial_silence = config->initial_silence_ms * SAMPLES_PER_MS;
    it->silence = config->silence_ms * SAMPLES_PER_MS;
    it->watches_silence = it->initial_silence || it->silence;
    it->size = ring_size(config->buffer_ms ? config->buffer_ms : BUFFER_MS);
    it->mask = it->size - 1;
    it->octets = malloc(it->size * it->lanes);
    if (config->prerecord_ms) {
        it->wants_before = config->prerecord_ms * SAMPLES_PER_MS;
        it->before = make_prerecord(slot->prerecord_ms);
    }
    return it->octets && (it->before || !config->prerecord_ms) ? 0 : -ENOMEM;
}

int td_slot_record_start(td_engine *engine, int span, int timeslot, const td_record_config *config,
                         int64_t tag)
{
    int error;
    struct slot *slot = voice_find(engine, span, timeslot, &error);
    struct recorder *recorder;
    struct recording *it;

    if (!slot)
        return error;
    error = check(slot, config);
    if (error)
        return error;
    recorder = recorder_of(engine, &error);
    if (!recorder)
        return error;
    it = new_recording(slot, tag);
    if (!it)
        return -ENOMEM;
    it->recorder = recorder;
    error = fill_in(it, slot, config);
    if (!error) {
        it->users = 3; /* attachment, telling, writer */
        error = give(engine, slot, it);
    }
    if (error) {
        it->users = 1;
        recording_drop(it);
        return error;
    }
    recorder_take(recorder, it);
    return 0;
}

/* ---- into the caller's memory ---------------------------------------------------------------- */

int td_slot_record(td_engine *engine, int span, int timeslot, uint8_t *buffer, uint32_t n,
                   int64_t tag)
{
    int error;
    struct slot *slot = voice_find(engine, span, timeslot, &error);
    struct recording *it;

    if (!slot)
        return error;
    if (n == 0)
        return -EINVAL;
    it = new_recording(slot, tag);
    if (!it)
        return -ENOMEM;
    it->octets = buffer;
    it->size = it->limit = n;
    it->mask = UINT64_MAX;
    error = give(engine, slot, it);
    if (error)
        recording_drop(it);
    return error;
}

int td_slot_stop_record(td_engine *engine, int span, int timeslot)
{
    return voice_command(engine, span, timeslot, (struct command){
        .op = OP_DETACH, .a = ATTACH_RECORDER, .b = TD_END_STOPPED});
}

int td_slot_record_control(td_engine *engine, int span, int timeslot, int control)
{
    if (control != TD_RECORD_PAUSE && control != TD_RECORD_RESUME)
        return -EINVAL;
    return voice_command(engine, span, timeslot, (struct command){
        .op = OP_CONTROL, .a = ATTACH_RECORDER, .b = control});
}

int td_slot_recording(const td_engine *engine, int span, int timeslot)
{
    int error;
    struct slot *slot = command_find(engine, span, timeslot, SLOT_VOICE, &error);

    return slot ? atomic_load_explicit(&slot->held[ATTACH_RECORDER], memory_order_acquire)
                : error;
}

int64_t td_slot_recorded(const td_engine *engine, int span, int timeslot)
{
    int error;
    struct slot *slot = command_find(engine, span, timeslot, SLOT_VOICE, &error);

    return slot ? (int64_t)atomic_load_explicit(&slot->recorded, memory_order_acquire) : error;
}

/* ---- the time before ------------------------------------------------------------------------- */

int td_slot_prerecord(td_engine *engine, int span, int timeslot, uint32_t ms)
{
    int error;
    struct slot *slot = voice_find(engine, span, timeslot, &error);
    struct command command = {.op = OP_DETACH, .a = ATTACH_PRERECORD, .b = TD_END_STOPPED};
    struct prerecord *before = NULL;

    if (!slot)
        return error;
    if (ms > TD_PRERECORD_MOST)
        return -EINVAL;
    if (ms) {
        before = make_prerecord(ms);
        if (!before)
            return -ENOMEM;
        /* It takes the place of one that is there. */
        command = (struct command){.op = OP_ATTACH, .a = ATTACH_PRERECORD, .pointer = before};
    }
    error = command_slot(engine, slot, command);
    if (error)
        free(before);
    else
        slot->prerecord_ms = ms;
    return error;
}
