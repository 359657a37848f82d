/* The engine: blocks of all spans, by a thread paced by CLOCK_MONOTONIC or stepped. */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "recorder.h"

#define CATCH_UP_NS UINT64_C(200000000) /* later than that, blocks are left out */

static uint64_t clock_ns(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void engine_event(td_engine *engine, const td_event *event, const void *payload)
{
    ring_put(&engine->ring, event, payload);
}

/* ---- one block ------------------------------------------------------------------------------- */

static void collect(td_engine *engine, struct engine_span *span, unsigned n)
{
    uint32_t mixes = span->tx_mask & span->mix_mask & span->own_mask;
    uint32_t mask = span->tx_mask & ~mixes;
    uint8_t *tx = span->tx;

    span->tx_frames = n;
    for (unsigned i = 0; i < n; i++)
        memcpy(tx + i * TIMESLOTS, span->idle, TIMESLOTS);
    while (mask) {
        int timeslot = __builtin_ctz(mask);

        mask &= mask - 1;
        slot_transmit(engine, span->slots[timeslot], tx + timeslot, n);
    }
    if (mixes)
        voice_transmit_mixes(engine, span, mixes, n);
    /* A slow far end takes a frame fewer; those who look at a whole block see the last one twice. */
    for (; n < engine->block_frames; n++)
        memcpy(tx + n * TIMESLOTS, tx + (n - 1) * TIMESLOTS, TIMESLOTS);
}

/* A millisecond is long: what the timeslots need may have left the cache. It is asked for while other
 * spans are worked on: the timeslots of the span after the next, what hangs on those of the next. */
static void warm(const td_engine *engine, unsigned next)
{
    const struct engine_span *span = &engine->spans[next];

    for (uint32_t mask = next < engine->n_all ? span->rx_mask : 0; mask; mask &= mask - 1) {
        const struct slot *slot = span->slots[__builtin_ctz(mask)];

        for (int kind = 0; slot->kind == SLOT_VOICE && kind < ATTACHMENTS; kind++)
            for (int line = 0; slot->attached[kind] && line < 3; line++)
                __builtin_prefetch((const char *)slot->attached[kind] + 64 * line);
    }
    for (uint32_t mask = next + 1 < engine->n_all ? span[1].open_mask : 0; mask; mask &= mask - 1)
        __builtin_prefetch(span[1].slots[__builtin_ctz(mask)]);
}

static void distribute(td_engine *engine, struct engine_span *span, uint64_t begun)
{
    uint32_t mask = span->rx_mask;

    engine->rows_made = 0;
    for (uint32_t left = mask; left; left &= left - 1) {
        const struct slot *slot = span->slots[__builtin_ctz(left)];

        if (slot->takes >> ATTACH_RECORDER & 1)
            recorder_warm(slot);
    }
    for (; mask; mask &= mask - 1) {
        int timeslot = __builtin_ctz(mask);
        struct slot *slot = span->slots[timeslot];

        /* What one ends may have ended another: look again. */
        if (!(span->rx_mask >> timeslot & 1))
            continue;
        if (slot->takes == 1 << ATTACH_RECORDER)
            recorder_receive(engine, slot, begun);
        else
            slot_receive(engine, slot, span->rx + timeslot, engine->block_frames, begun);
    }
}

/* Commands, then everything that goes on the line in [time, time + block). */
void engine_begin_block(td_engine *engine)
{
    engine_carry_out(engine);
    if (engine->n_ports)
        port_poll(engine);
    conference_mix(engine);
    for (unsigned i = 0; i < engine->n_spans; i++)
        collect(engine, &engine->spans[i], engine->ops->frames(engine, (int)i));
    for (unsigned i = engine->n_spans; i < engine->n_all; i++)
        if (engine->spans[i].open_mask) {
            span_soft_begin(&engine->spans[i], engine->block_frames);
            collect(engine, &engine->spans[i], engine->block_frames);
        }
    engine->ops->transmit(engine);
    engine->sent = 1;
}

/* Everything that came in [time, time + block), at its end. */
void engine_end_block(td_engine *engine)
{
    uint64_t begun = engine->time;

    engine->ops->receive(engine, begun);
    engine->time = begun + engine->block_ns;
    for (unsigned i = 0; i < engine->n_all; i++) {
        struct engine_span *span = &engine->spans[i];

        warm(engine, i + 1);
        if (!span->open_mask)
            continue;
        if (span->soft)
            span_soft_end(engine, span);
        span_process(engine, span, begun);
        distribute(engine, span, begun);
    }
    if (engine->over)
        recorder_tell(engine);
    engine->sent = 0;
    count_up(&engine->blocks, 1);
    publish(&engine->now, engine->time);
}

/* ---- stepped --------------------------------------------------------------------------------- */

int td_engine_step(td_engine *engine, uint64_t until)
{
    uint64_t begun;
    int events = 0;

    if (!engine->stepped || !engine->started)
        return -EINVAL;
    begun = clock_ns(CLOCK_MONOTONIC);
    while (!events && engine->time + engine->block_ns <= until) {
        if (!engine->sent)
            engine_begin_block(engine);
        engine_end_block(engine);
        events = ring_show(&engine->ring, engine->time);
    }
    /* What is asked for between here and `until` must not change what is on the line already. */
    if (!events && !engine->sent && engine->time < until)
        engine_begin_block(engine);
    count_up(&engine->busy_ns, clock_ns(CLOCK_MONOTONIC) - begun);
    return events;
}

/* ---- real time ------------------------------------------------------------------------------- */

static void sleep_until(uint64_t time)
{
    struct timespec at = {.tv_sec = (time_t)(time / 1000000000u),
                          .tv_nsec = (long)(time % 1000000000u)};

    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) == EINTR)
        ;
}

/* A block late is caught up with; too late, and the time between is left out. */
static void watch_lateness(td_engine *engine)
{
    uint64_t now = clock_ns(CLOCK_MONOTONIC);
    uint64_t end = engine->time + engine->block_ns;

    if (now < end + engine->block_ns)
        return;
    count_up(&engine->overruns, 1);
    if (now > end + CATCH_UP_NS) {
        uint64_t blocks = (now - end) / engine->block_ns;

        engine->time += blocks * engine->block_ns;
        count_up(&engine->skipped, blocks);
    }
}

void engine_pace(td_engine *engine)
{
    sleep_until(engine->time + engine->block_ns);
    watch_lateness(engine);
}

static void *run(void *argument)
{
    td_engine *engine = argument;

    prctl(PR_SET_NAME, "trunkd-tdm");
    /* The default slack of 50 us would be jitter in each block. */
    prctl(PR_SET_TIMERSLACK, 1);
    while (!atomic_load_explicit(&engine->stop, memory_order_relaxed)) {
        engine_begin_block(engine);
        if (engine->ops->wait)
            engine->ops->wait(engine);
        else
            engine_pace(engine);
        engine_end_block(engine);
        ring_show(&engine->ring, engine->time);
    }
    return NULL;
}

/* ---- life ------------------------------------------------------------------------------------ */

static int check(const td_engine_config *config)
{
    return config->spans >= 1 && config->spans <= MAX_SPANS && config->block_frames >= 8 &&
           config->block_frames <= MAX_BLOCK && config->ring_octets <= 1u << 30 &&
           config->soft_spans <= MAX_SOFT_SPANS;
}

static int make_media(td_engine *engine, struct engine_span *span)
{
    size_t samples = (size_t)engine->plane * TIMESLOTS;

    /* One for all: a span is done with it before the next one's turn. */
    span->linear = engine->spans->linear;
    if (!span->linear)
        span->linear = aligned_alloc(64, samples * 2);
    span->planes = aligned_alloc(64, samples * 4);
    if (!span->linear || !span->planes)
        return -ENOMEM;
    memset(span->linear, 0, samples * 2);
    memset(span->planes, 0, samples * 4);
    span->mixes = span->planes + samples;
    if (span < engine->spans + engine->n_spans)
        return 0;
    span->soft = calloc(1, sizeof(*span->soft));
    if (!span->soft)
        return -ENOMEM;
    memset(span->soft->said, IDLE_OCTET, sizeof(span->soft->said));
    span->rx = span->soft->said;
    return 0;
}

td_engine *engine_new(const td_engine_config *config, int (*init)(td_engine *, const void *),
                      const void *how, int *error)
{
    td_engine *engine;

    *error = -EINVAL;
    if (!check(config))
        return NULL;
    *error = -ENOMEM;
    engine = calloc(1, sizeof(*engine) + (config->spans + config->soft_spans) *
                                             sizeof(struct engine_span));
    if (!engine)
        return NULL;
    engine->n_spans = config->spans;
    engine->n_all = config->spans + config->soft_spans;
    engine->block_frames = config->block_frames;
    engine->plane = (config->block_frames + PLANE - 1) / PLANE * PLANE;
    engine->block_ns = config->block_frames * FRAME_NS;
    engine->time = config->start_ns;
    engine->stepped = config->stepped != 0;
    engine->seed = config->seed;
    engine->epoll = -1;
    publish(&engine->now, engine->time);
    *error = ring_init(&engine->ring, config->ring_octets);
    for (unsigned i = 0; i < engine->n_all; i++) {
        memset(engine->spans[i].idle, IDLE_OCTET, TIMESLOTS);
        engine->spans[i].idle_octet = IDLE_OCTET;
        engine->spans[i].crc4 = 1;
        if (*error == 0)
            *error = make_media(engine, &engine->spans[i]);
    }
    if (*error == 0)
        *error = init(engine, how);
    if (*error == 0) {
        engine->epoll = epoll_create1(EPOLL_CLOEXEC);
        *error = engine->epoll < 0 ? -errno : 0;
    }
    if (*error == 0)
        return engine;
    td_engine_free(engine);
    return NULL;
}

static int make_sim(td_engine *engine, const void *how)
{
    (void)how;
    return sim_init(engine);
}

td_engine *td_engine_new_sim(const td_engine_config *config, int *error)
{
    return engine_new(config, make_sim, NULL, error);
}

static void free_slots(td_engine *engine)
{
    for (unsigned i = 0; i < engine->n_all; i++)
        for (int timeslot = 0; timeslot < TIMESLOTS; timeslot++) {
            struct slot *slot = engine->spans[i].opened[timeslot];

            if (!slot)
                continue;
            if (slot->port) {
                port_end(engine, slot);
                port_unlink(slot->port);
            }
            slot_free(slot);
        }
    while (engine->dead) {
        struct slot *slot = engine->dead;

        engine->dead = slot->next_dead;
        slot_free(slot);
    }
}

/* The thread has ended: its side is ours. Attachments tell their end and give everything back. */
static void close_voices(td_engine *engine)
{
    for (unsigned i = 0; i < engine->n_all; i++)
        for (int timeslot = 0; timeslot < TIMESLOTS; timeslot++) {
            struct slot *slot = engine->spans[i].slots[timeslot];

            if (slot && slot->kind == SLOT_VOICE)
                voice_close(engine, slot);
        }
}

void td_engine_free(td_engine *engine)
{
    if (!engine)
        return;
    td_engine_stop(engine);
    /* Commands not carried out may own memory. */
    if (engine->ops)
        engine_carry_out(engine);
    close_voices(engine);
    recorder_free(engine);
    media_free(engine);
    free_slots(engine);
    line_sweep(engine, 1);
    if (engine->ops)
        engine->ops->free(engine);
    if (engine->epoll >= 0)
        close(engine->epoll);
    ring_free(&engine->ring);
    free(engine);
}

int td_engine_start(td_engine *engine)
{
    int error;

    if (engine->started)
        return -EBUSY;
    engine->started = 1;
    if (engine->stepped)
        return 0;
    engine->time = clock_ns(CLOCK_MONOTONIC);
    publish(&engine->now, engine->time);
    error = pthread_create(&engine->thread, NULL, run, engine);
    if (error) {
        engine->started = 0;
        return -error;
    }
    pthread_getcpuclockid(engine->thread, &engine->cpu_clock);
    return 0;
}

int td_engine_stop(td_engine *engine)
{
    if (!engine->started || engine->stepped || atomic_load(&engine->stop))
        return 0;
    td_engine_stats stats;

    td_engine_get_stats(engine, &stats);
    publish(&engine->busy_ns, stats.busy_ns);
    atomic_store(&engine->stop, 1);
    return -pthread_join(engine->thread, NULL);
}

uint64_t td_engine_time(const td_engine *engine)
{
    return look(&engine->now);
}

int td_engine_fileno(const td_engine *engine)
{
    return engine->ring.eventfd;
}

void td_engine_get_stats(const td_engine *engine, td_engine_stats *stats)
{
    stats->blocks = look(&engine->blocks);
    stats->block_ns = engine->block_ns;
    stats->busy_ns = look(&engine->busy_ns);
    stats->overruns = look(&engine->overruns);
    stats->skipped = look(&engine->skipped);
    stats->lost = look(&engine->ring.lost);
    if (engine->started && !engine->stepped && !atomic_load(&engine->stop))
        stats->busy_ns = clock_ns(engine->cpu_clock);
}

int64_t td_engine_events(td_engine *engine, uint8_t *buffer, size_t capacity)
{
    return ring_take(&engine->ring, buffer, capacity);
}
