/* A recording: its ring between the engine and the writer, and the file behind it.
 *
 * Ownership. The engine side fills the ring and says that it is over; the writer (a thread of its
 * own, or when stepped whoever steps) empties it into the file and says that it has finished; then
 * the engine side tells the end. Whoever lets go of it last gives it back.
 */
#ifndef TD_RECORDING_H
#define TD_RECORDING_H

#include "media.h"
#include "td_recorder.h"

#define RECORD_WRITE 3000          /* frames: what is worth writing, 0.375 s */
#define RECORD_TICK_NS 50000000    /* the writer looks around so often */
#define RECORD_HEAD 128            /* octets of a file's beginning that are kept here */

/* The last time of a timeslot: an attachment, and a recording's copy of it. */
struct prerecord {
    struct attachment attachment;
    uint32_t room;     /* frames */
    uint32_t at;       /* where the next one goes */
    uint32_t filled;
    uint8_t frames[];  /* received, sent */
};

enum recording_state { RECORDING, RECORDING_OVER, RECORDING_FINISHED };

struct recorder;

/* What the engine touches in each block comes first: two cache lines. */
struct recording {
    struct attachment attachment;
    atomic_int failed;             /* writer: errno */
    int paused;                    /* engine side */
    uint8_t lanes;                 /* octets of a frame in the ring; never changed, as are these: */
    uint8_t watches_silence;
    uint32_t what;
    uint8_t *octets;

    uint64_t mask;                 /* of the ring, frames */
    uint64_t limit;                /* engine side: frames of the ring */
    uint64_t made;                 /* frames put there */
    uint64_t room_until;           /* `made` may go so far, as of the last look at `taken` */
    uint64_t next;                 /* board time of the next frame; 0: not running */
    atomic_u64 head;               /* `made`, for the writer */
    uint64_t losing;               /* frames in the gap that goes on */
    uint64_t joined;               /* `made` less the frames before, as of the last interruption */

    /* Never changed once given to the engine. */
    struct recorder *recorder;     /* NULL: into the caller's memory */
    int64_t tag;
    uint8_t span, timeslot;        /* faceplate numbers */
    uint32_t encoding, coding, stop_digits;
    int cut_digit;
    uint64_t size;                 /* of the ring */
    uint32_t initial_silence, silence; /* samples */
    uint32_t wants_before;         /* frames of the prerecord ring */

    /* Engine side. */
    uint64_t since, look_at;       /* silence: counted from then; looked for again then */
    int spoke;
    uint64_t lost;                 /* frames in all */
    uint32_t gaps;
    int reason, digit;
    uint64_t cut;                  /* frames */
    uint64_t ended, over_at;       /* board time: of its sound; when that was known */
    struct recording *next_over;   /* of those whose end is to be told */
    struct trash told;             /* its end is */

    /* Given by the engine side with `head` or `state`. */
    struct prerecord *before;      /* what it begins with; NULL: nothing */
    uint32_t before_frames;
    uint64_t final;                /* frames of the recording, the time before included */

    atomic_int state;              /* engine side and writer: enum recording_state */
    atomic_int users;              /* attachment, telling, writer */

    /* Writer. */
    _Alignas(64) atomic_u64 taken; /* frames out of the ring */
    uint64_t due;                  /* monotonic time: nothing is worth writing before */
    struct recording *next_written;
    int fd;
    unsigned frame_octets;         /* in the file */
    int before_done;
    uint64_t data_start, data_octets;
    uint64_t written;              /* frames in the file */
    uint64_t told_of;              /* and those that its lengths tell of */
    uint32_t fields_at[3];         /* riff, fact, data; 0: none */
    uint32_t head_from, head_to;   /* of `file_head`, written in one go; equal: not known */
    uint8_t file_head[RECORD_HEAD];
};

/* ---- recorder.c: engine side ----------------------------------------------------------------- */

extern const struct attachment_ops recording_ops, prerecord_ops;
/* A timeslot that records has its turn soon: ask for where it will write, in nobody's cache by now. */
void recorder_warm(const struct slot *slot);
/* voice_receive for one that records and does nothing else with what it receives. */
void recorder_receive(td_engine *engine, struct slot *slot, uint64_t time);

/* ---- recorder_file.c: the writer's side of one recording -------------------------------------- */

/* Write what is in the ring, when it is worth it or `all`. `scratch` has RECORD_SCRATCH octets. */
#define RECORD_SCRATCH 16384
void recording_write(struct recording *recording, int all, uint8_t *scratch);
/* It is over and written: cut what is too much, pad, close. */
void recording_finish(struct recording *recording);
/* One user less. */
void recording_drop(struct recording *recording);

/* ---- recorder_writer.c ----------------------------------------------------------------------- */

/* API side: the engine's, made when there is none. NULL: *error. */
struct recorder *recorder_of(td_engine *engine, int *error);
/* API side: write this one from now on. */
void recorder_take(struct recorder *recorder, struct recording *recording);
/* Engine side: a recording's state is RECORDING_OVER. */
void recorder_over(struct recorder *recorder);
/* Stepped: this one now, as the writer would. */
void recorder_write(struct recorder *recorder, struct recording *recording);
/* Engine side: what has been finished is told. */
void recorder_tell(td_engine *engine);
/* API side: the engine runs no more, and all recordings are over. */
void recorder_free(td_engine *engine);

#endif
