/* Recording of voice timeslots into files, and their time before that.
 *
 * Conventions are those of trunkd_native.h, section Engine.
 *
 * The engine puts the octets of each block into a ring of the recording. A thread of the
 * recorder writes them to the file at least every 0.5 s, and then sets the length fields, so
 * that a WAV is valid at every moment. In a stepped engine td_engine_step itself does that. A disk
 * that is slower than the ring never holds the engine up: what does not fit is left out, counted
 * and told.
 */
#ifndef TD_RECORDER_H
#define TD_RECORDER_H

#include "trunkd_native.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What is recorded. */
#define TD_RECORD_RECEIVED 0
#define TD_RECORD_SENT 1  /* of a soft channel: what it hears */
#define TD_RECORD_MIXED 2 /* the sum of both, through td_mix_limit */
#define TD_RECORD_BOTH 3  /* two channels: received, sent */

/* Bits of td_record_config.options. */
#define TD_RECORD_PAUSED 1    /* begin when TD_RECORD_RESUME says so */
#define TD_RECORD_CUT_DIGIT 2 /* leave the sound of the digit that ended it out */

#define TD_PRERECORD_MOST 60000 /* ms */

typedef struct td_record_config {
    int32_t fd;             /* of a file, for writing, not O_APPEND; duplicated */
    uint32_t what;          /* TD_RECORD_RECEIVED, ... */
    uint32_t encoding;      /* TD_LINEAR (16 bits, low octet first), TD_ALAW, TD_ULAW; of one law
                             * with the timeslot and not mixed: octets as they are on the line */
    uint32_t options;
    uint64_t data_start;    /* offset of the first sample in the file */
    uint64_t data_octets;   /* sound that is there already: it goes on behind that */
    uint32_t riff_size_at;  /* offsets of 32-bit fields, low octet first, 0: there is none. This */
    uint32_t data_size_at;  /* one is set to data_start - 8 + octets (padded to even), this one to */
    uint32_t fact_count_at; /* the octets of sound, this one to frames (samples of each channel) */
    uint32_t prerecord_ms;  /* begin with up to so much of the time before (td_slot_prerecord) */
    uint64_t max_samples;   /* of each channel, prerecorded ones too; 0: what the fields can tell */
    uint32_t initial_silence_ms; /* nobody speaks at all for so long: the end; 0: no limit */
    uint32_t silence_ms;    /* nobody speaks any more; as TD_LISTEN_LEVEL hears it */
    uint32_t stop_digits;   /* these digits end it: bits 0 to 9, 10: *, 11: #, 12 to 15: A to D */
    uint32_t buffer_ms;     /* the ring: so long may the disk stall, up to 60000; 0: 4 s */
} td_record_config;
_Static_assert(sizeof(td_record_config) == 72, "record config");

/* Payload of TD_EVENT_RECORD_END. code: TD_END_COMPLETE (max_samples are there), TD_END_STOPPED,
 * TD_END_DIGIT, TD_END_SILENCE, TD_END_ERROR; octets: samples, as below; value: the digit, errno;
 * time: when it is told. The file is complete by then, and the recorder's descriptor closed. */
typedef struct td_record_end {
    uint64_t samples; /* of each channel in the file, those there before not counted */
    uint64_t lost;    /* samples of the time recorded that are missing */
    uint64_t ended;   /* board time of the end of the last sample */
    uint32_t gaps;    /* places where they are missing */
    int32_t error;    /* errno of the file, or 0; with one, `samples` are in it all the same */
} td_record_end;
_Static_assert(sizeof(td_record_end) == 32, "record end");

/* octets: samples that are missing (the disk did not keep up, or the engine left blocks out);
 * payload: td_record_gap. Told when sound goes on. */
#define TD_EVENT_RECORD_GAP 15

typedef struct td_record_gap {
    uint64_t at;   /* they are missing before this sample of the recording */
    uint64_t lost; /* samples missing here */
} td_record_gap;
_Static_assert(sizeof(td_record_gap) == 16, "record gap");

/* Record on a voice timeslot. One recording a timeslot, td_slot_record's included: -EBUSY.
 * -EBADF: not a descriptor for writing; -ESPIPE: no file; -EINVAL: out of range, or O_APPEND;
 * -EFBIG: the length fields can tell of no more; -ENOENT: prerecord_ms without td_slot_prerecord;
 * -ENODATA: limits of silence or digits without TD_LISTEN_LEVEL or TD_LISTEN_DTMF. */
int td_slot_record_start(td_engine *engine, int span, int timeslot, const td_record_config *config,
                         int64_t tag);

#define TD_RECORD_PAUSE 1
#define TD_RECORD_RESUME 2
/* Leave time out. Nothing is recorded: nothing happens. */
int td_slot_record_control(td_engine *engine, int span, int timeslot, int control);

/* Keep the last ms (both directions) of a voice timeslot, until 0. */
int td_slot_prerecord(td_engine *engine, int span, int timeslot, uint32_t ms);

/* Write what has been recorded up to now in all files; waits for the disk. */
int td_recorder_flush(td_engine *engine);

typedef struct td_recorder_stats {
    uint64_t busy_ns;    /* CPU time of the writing thread */
    uint64_t octets;     /* of sound written */
    uint64_t lost;       /* samples left out because a disk did not keep up */
    uint64_t errors;     /* recordings ended by an error */
    uint32_t recordings; /* with open files */
    uint32_t reserved;
} td_recorder_stats;
_Static_assert(sizeof(td_recorder_stats) == 40, "recorder stats");
void td_recorder_get_stats(const td_engine *engine, td_recorder_stats *stats);

#ifdef __cplusplus
}
#endif
#endif
