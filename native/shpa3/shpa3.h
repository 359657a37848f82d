/* The library: Synway's calls on one side, trunkd's socket on the other.
 *
 * One thread of ours (link.c) reads the socket, keeps the channels up to date and runs the timers;
 * a second one (event.c) calls the program's event handlers. Everything is guarded by one lock,
 * `lib.lock`; a call that waits for the daemon's answer gives it back while it waits. */
#ifndef SHPA3_H
#define SHPA3_H

#include <limits.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "api.h"
#include "ini.h"
#include "json.h"

#define NUMBER 72      /* octets of a telephone number with its end */
#define DIGITS 256     /* octets of the buffer of received digits */
#define FLAGS 32
#define ITEMS 64       /* files of one play list */
#define NONE (-1)
#define FOREVER INT64_MAX
#define ALL 0xFFFFFFFFu /* dwLen, dwBytes, dwTime: no limit */
#define ANSWER_MS 10000 /* the daemon's answer may take so long */

enum { DIRECTION_NONE, DIRECTION_IN, DIRECTION_OUT };

/* What a Stop of the daemon's belongs to. */
enum { PLAY_NONE, PLAY_FILE, PLAY_LIST, PLAY_MEMORY, PLAY_BLOCK, PLAY_DTMF, PLAY_TONE };

/* SsmCheckPlay, and the parameter of E_PROC_PlayEnd. */
enum {
    PLAYED_NOW = 0,
    PLAYED_STOPPED = 1,
    PLAYED_DTMF = 2,
    PLAYED_BARGEIN = 3,
    PLAYED_HANGUP = 4,
    PLAYED_END = 5,
    PLAYED_PAUSED = 6
};

/* States and reasons of one kind of channel, in a row (channel.c). */
struct type_row {
    int type;
    const char *signalling;
    int dial, waiting, ringing_out; /* states of an outgoing call */
    int overlap;                    /* an incoming number grows */
    int hanging_in, hanging_out;    /* until the far end confirms */
    int over_in, over_out;          /* pending: the far end hung up */
};

struct playing {
    int kind, result; /* PLAY_..., and its end */
    int due[8];       /* kinds of the Stops to come, first the next one */
    int due_count;
    int paused;
    int64_t began, paused_at, pauses; /* ms */
    double skipped;                   /* seconds */
    char files[ITEMS][PATH_MAX / 4];  /* ours, to be deleted at the end */
    int file_count;
    double seconds; /* of what plays; 0: not known */
    long octets;
    MEMBLOCKHANDLER handler;
    void *user;
    BYTE *buffer;
    DWORD stop;
};

struct recording {
    int on, result, paused;
    int64_t call; /* whose Stop comes after its ConnectionCleared */
    int format;
    int64_t began, paused_at, pauses, ended;
    char from[PATH_MAX / 4], to[PATH_MAX];
    DWORD start;
    MEMBLOCKHANDLER handler;
    void *user;
    BYTE *buffer;
    DWORD room, taken;
    long octets;
};

struct waiting { /* SsmSetWaitDtmf */
    int on, result;
    int64_t due, every; /* ms; `every`: from digit to digit */
    int most, with_end;
    char ends[20];
    char got[DIGITS];
};

struct channel {
    int number, pcm, timeslot;
    const struct type_row *row;
    char trunk[40];
    int id; /* of the trunk's channels */
    int state;
    int64_t since;
    int64_t call,
        next_call; /* of the daemon; 0: none. next_call waits until the program hangs up */
    int direction, answered, offered, hanging, listening, off_hook;
    char next_calling[NUMBER], next_called[NUMBER];
    char calling[NUMBER], called[NUMBER], name[NUMBER], tx_calling[NUMBER];
    int pending_reason, dial_result, dial_failure, cause, auto_kb, blocked;
    int64_t dial_due;
    char digits[DIGITS];
    int digit_count;
    int64_t digit_began;
    RXDTMFHANDLER on_digit;
    void *on_digit_user;
    int dtmf_stops_play, hangup_stops_play, play_volume, record_volume, record_mixer;
    char stop_play[20], stop_record[20];
    WORD dtmf_on, dtmf_off;
    int sending_dtmf, sending_tone, flashes;
    size_t dialled; /* digits of a station's number that were told as DTMF */
    struct playing play;
    struct recording record;
    struct waiting wait;
    struct {
        char path[PATH_MAX / 4];
        int format;
        DWORD start, length;
    } list[ITEMS];
    int list_count;
    int group, join_mode;      /* of a conference; group NONE: in none */
    int hears, hears_bus;      /* channel, bus timeslot; NONE */
    long flags[FLAGS];
};

struct pending {
    int64_t id;
    struct pending *next;
    struct channel *dialling; /* gets its call by the answer */
    int done;
    char *line; /* the answer; NULL: the daemon has gone */
};

struct library {
    pthread_mutex_t lock;
    pthread_cond_t changed; /* an answer came, or a channel's work ended */
    int open, lost, closing, waiting, ending;
    int fd, wake;
    pthread_t thread;
    char *out;
    size_t out_count, out_room;
    struct pending *pending;
    int64_t last_id, last_seq, resync;
    char socket[PATH_MAX / 4], media[PATH_MAX / 2], work[PATH_MAX / 2 + 64];
    pid_t child;
    unsigned files; /* names given so far */
    struct ini ini;
    char trunks[512];
    struct channel *channels;
    int count;
    struct {
        char name[64];
        int status, board;
    } pcm[256];
    int pcm_count, boards;
};

extern struct library lib;

/* error.c: of the calling thread. fail() returns -1. */
int fail(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));
int last_error(const char **text);

/* link.c. The lock is held in all of them but link_stop. */
struct reply {
    char *line;
    struct json json;
    uint32_t result;
};

struct request {
    struct writer to;
    char text[24576];
};

int64_t now_ms(void);
void begin(struct request *request);
void begin_call(struct request *request, const struct channel *channel);
/* Waits for the answer. 0, and reply_free() is due; -1: the error is set. */
int ask(struct reply *reply, const char *method, struct request *request, struct channel *dialling);
void reply_free(struct reply *reply);
int command(const char *method, struct request *request); /* ask, without a result */
void tell(const char *method, struct request *request);   /* does not wait for the answer */
int link_start(void);
void link_stop(void);
void wake_thread(void);
int wait_changed(int64_t until); /* 0: something changed; -1: it is later than `until` */

/* config.c */
int config_read(const char *path);
int config_item(const struct channel *channel, const char *key, long otherwise);
long config_signalling(const struct channel *channel, const char *key, long otherwise);
const char *config_text(const char *section, const char *key);
void config_channel(struct channel *channel);

/* child.c */
int child_start(const char *config, char *why, size_t size);
void child_stop(void);

/* channel.c */
struct channel *enter(int ch); /* with the lock; NULL: without it, and the error is set */
int enter_library(void);
int leave(int result);
struct channel *channel_at(int ch);
struct channel *channel_of_call(int64_t call);
void set_state(struct channel *channel, int state);
void to_standby(struct channel *channel);
int channels_open(const struct json *trunks, uint32_t trunk_list, const struct json *channels,
                  uint32_t channel_list, char *why, size_t size);
void channels_lost(void);
void channels_back(void);
int call_needed(const struct channel *channel); /* -1: there is no call, and the error is set */
const struct type_row *type_row(const char *signalling, const char *side);

/* follow.c: what the daemon tells */
void follow(const struct json *json, uint32_t event);
void follow_span(const struct json *json, uint32_t span);
void follow_calls(const struct json *json, uint32_t list);
void listen_all(void); /* calls that were there when the session began */
void adopt_call(struct channel *channel, const struct json *json, uint32_t call);

/* event.c */
void events_prepare(const pthread_condattr_t *monotonic);
void events_start(void);
void events_stop(void);
void post(int event, int reference, unsigned param);
void call_later(struct channel *channel, int kind, int reason);
void events_reset(void);
int64_t timers_run(int64_t now); /* the next one's time */
void timers_clear(void);
enum { LATER_PLAY_BLOCK, LATER_RECORD_BLOCK, LATER_DIGIT };

/* play.c, record.c, dtmf.c, bus.c, conference.c, cause.c: what of the daemon's events concerns them
 */
void dial_failed(struct channel *channel, int cause);
void dial_expired(struct channel *channel);
void play_stopped(struct channel *channel, int result);
void play_began(struct channel *channel);
void play_expect(struct channel *channel, int kind);
void play_refused(struct channel *channel);
void record_stopped(struct channel *channel, const char *reason);
void record_began(struct channel *channel);
void digit_heard(struct channel *channel, char digit);
void wait_expired(struct channel *channel, int64_t now);
void media_over(struct channel *channel); /* the call has ended; its recording's Stop comes yet */
void record_lost(struct channel *channel); /* that Stop will not come */
void bus_over(struct channel *channel);
void bus_reset(void);
void groups_reset(void);
void index_free(void);

/* sound.c: voice files as the daemon takes them */
struct sound {
    char path[PATH_MAX / 4]; /* for the daemon */
    int ours;                /* delete it */
    double seconds;
    long octets;
    int format;
};
int sound_open(struct sound *sound, const char *path, int format, DWORD start, DWORD length);
int sound_of(struct sound *sound, const BYTE *octets, size_t n, int format);
void sound_drop(const char *path);
/* The recording `from` as the program wants it; the number of octets, or -1. */
long sound_keep(const char *from, const char *to, int format, DWORD start);
long sound_take(const char *from, BYTE *to, size_t room, int format);
const char *sound_encoding(int format);
int sound_name(char *path, size_t size, const char *kind);
void copy_text(char *to, size_t size, const char *from);

#endif
