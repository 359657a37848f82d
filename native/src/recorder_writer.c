/* The thread that writes an engine's recordings; without one when the engine is stepped. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

#include "recorder.h"

struct recorder {
    pthread_t thread;
    int threaded;
    clockid_t cpu_clock;
    pthread_mutex_t work;     /* held by whoever writes */
    pthread_mutex_t giving;   /* `fresh`, `stop`; never while writing */
    pthread_cond_t wake;
    int stop;
    struct recording *fresh;  /* not yet in `all` */
    struct recording *all;    /* under `work` */
    atomic_u64 over;          /* engine side: recordings that have ended */
    uint64_t over_seen;       /* under `work` */
    atomic_u64 octets, lost, errors, recordings;
    uint8_t scratch[RECORD_SCRATCH];
};

#define WRITE_ALL 1   /* what there is, be it worth it or not */
#define LOOK_AT_ALL 2 /* some are over */

/* ---- writing, under `work` ------------------------------------------------------------------- */

/* 1 when it is finished, and may be gone. */
static int write_one(struct recorder *recorder, struct recording *it, int all)
{
    int over = atomic_load_explicit(&it->state, memory_order_acquire) == RECORDING_OVER;
    uint64_t before = it->written;

    recording_write(it, all, recorder->scratch);
    if (it->written > before)
        count_up(&recorder->octets, (it->written - before) * it->frame_octets);
    if (!over)
        return 0;
    recording_finish(it);
    count_up(&recorder->lost, it->lost);
    count_up(&recorder->errors, atomic_load_explicit(&it->failed, memory_order_relaxed) != 0);
    publish(&recorder->recordings, look(&recorder->recordings) - 1);
    atomic_store_explicit(&it->state, RECORDING_FINISHED, memory_order_release);
    return 1;
}

static void take_fresh(struct recorder *recorder)
{
    pthread_mutex_lock(&recorder->giving);
    while (recorder->fresh) {
        struct recording *it = recorder->fresh;

        recorder->fresh = it->next_written;
        it->next_written = recorder->all;
        recorder->all = it;
        count_up(&recorder->recordings, 1);
    }
    pthread_mutex_unlock(&recorder->giving);
}

static uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* When it will have enough to be written, if the engine goes on as it does. */
static uint64_t due(const struct recording *it, uint64_t now)
{
    uint64_t waiting = look(&it->head) - look(&it->taken);

    return waiting < RECORD_WRITE ? now + (RECORD_WRITE - waiting) * FRAME_NS : now;
}

/* Returns whether there are recordings to come back for. A stepped engine's time is not ours. */
static int write_all(struct recorder *recorder, int all)
{
    struct recording **link = &recorder->all;
    uint64_t over, now = now_ns();
    int more;

    pthread_mutex_lock(&recorder->work);
    take_fresh(recorder);
    over = atomic_load_explicit(&recorder->over, memory_order_acquire);
    all |= over != recorder->over_seen ? LOOK_AT_ALL : 0;
    recorder->over_seen = over;
    while (*link) {
        struct recording *it = *link;

        if (!all && recorder->threaded && now < it->due) {
            link = &it->next_written;
        } else if (write_one(recorder, it, all & WRITE_ALL)) {
            *link = it->next_written;
            recording_drop(it);
        } else {
            it->due = due(it, now);
            link = &it->next_written;
        }
    }
    more = recorder->all != NULL;
    pthread_mutex_unlock(&recorder->work);
    return more;
}

/* ---- the thread ------------------------------------------------------------------------------ */

/* Wait a tick, or for a recording to begin; returns whether to go on. */
static int wait(struct recorder *recorder, int more)
{
    struct timespec until;
    int stop;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += RECORD_TICK_NS;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    pthread_mutex_lock(&recorder->giving);
    while (!more && !recorder->fresh && !recorder->stop)
        pthread_cond_wait(&recorder->wake, &recorder->giving);
    while (more && !recorder->stop &&
           pthread_cond_timedwait(&recorder->wake, &recorder->giving, &until) != ETIMEDOUT)
        ;
    stop = recorder->stop;
    pthread_mutex_unlock(&recorder->giving);
    return !stop;
}

static void *run(void *argument)
{
    struct recorder *recorder = argument;
    int more = 0;

    prctl(PR_SET_NAME, "trunkd-record");
    while (wait(recorder, more))
        more = write_all(recorder, 0);
    return NULL;
}

/* Signals are the program's business; SIGXFSZ, too, so that pwrite tells EFBIG. */
static int start(struct recorder *recorder)
{
    sigset_t all, before;
    int error;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    error = pthread_create(&recorder->thread, NULL, run, recorder);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error)
        return -error;
    recorder->threaded = 1;
    pthread_getcpuclockid(recorder->thread, &recorder->cpu_clock);
    return 0;
}

static void destroy(struct recorder *recorder)
{
    pthread_cond_destroy(&recorder->wake);
    pthread_mutex_destroy(&recorder->giving);
    pthread_mutex_destroy(&recorder->work);
    free(recorder);
}

struct recorder *recorder_of(td_engine *engine, int *error)
{
    pthread_condattr_t monotonic;
    struct recorder *recorder;

    if (engine->recorder)
        return engine->recorder;
    recorder = calloc(1, sizeof(*recorder));
    *error = -ENOMEM;
    if (!recorder)
        return NULL;
    pthread_mutex_init(&recorder->work, NULL);
    pthread_mutex_init(&recorder->giving, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&recorder->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    *error = engine->stepped ? 0 : start(recorder);
    if (*error) {
        destroy(recorder);
        return NULL;
    }
    engine->recorder = recorder;
    return recorder;
}

void recorder_take(struct recorder *recorder, struct recording *it)
{
    pthread_mutex_lock(&recorder->giving);
    it->next_written = recorder->fresh;
    recorder->fresh = it;
    pthread_cond_signal(&recorder->wake);
    pthread_mutex_unlock(&recorder->giving);
}

void recorder_over(struct recorder *recorder)
{
    atomic_fetch_add_explicit(&recorder->over, 1, memory_order_release);
}

void recorder_write(struct recorder *recorder, struct recording *it)
{
    if (atomic_load_explicit(&it->state, memory_order_relaxed) == RECORDING_OVER) {
        write_all(recorder, 0);
        return;
    }
    pthread_mutex_lock(&recorder->work);
    write_one(recorder, it, 0);
    pthread_mutex_unlock(&recorder->work);
}

int td_recorder_flush(td_engine *engine)
{
    engine_sweep(engine);
    if (engine->recorder)
        write_all(engine->recorder, WRITE_ALL);
    return 0;
}

void td_recorder_get_stats(const td_engine *engine, td_recorder_stats *stats)
{
    struct recorder *recorder = engine->recorder;
    struct timespec busy = {0};

    memset(stats, 0, sizeof(*stats));
    if (!recorder)
        return;
    if (recorder->threaded)
        clock_gettime(recorder->cpu_clock, &busy);
    stats->busy_ns = (uint64_t)busy.tv_sec * 1000000000u + (uint64_t)busy.tv_nsec;
    stats->octets = look(&recorder->octets);
    stats->lost = look(&recorder->lost);
    stats->errors = look(&recorder->errors);
    stats->recordings = (uint32_t)look(&recorder->recordings);
}

void recorder_free(td_engine *engine)
{
    struct recorder *recorder = engine->recorder;

    if (!recorder)
        return;
    pthread_mutex_lock(&recorder->giving);
    recorder->stop = 1;
    pthread_cond_signal(&recorder->wake);
    pthread_mutex_unlock(&recorder->giving);
    if (recorder->threaded)
        pthread_join(recorder->thread, NULL);
    write_all(recorder, WRITE_ALL);
    recorder_tell(engine);
    engine_sweep(engine);
    engine->recorder = NULL;
    destroy(recorder);
}
