/* Events: which are told, how, and the program's own timers. */
#include <stdlib.h>
#include <string.h>

#include "shpa3.h"

#define QUEUE 16384 /* a power of two */
#define TIMERS 1024
#define LATERS 1024

struct event {
    WORD code;
    int reference;
    DWORD param;
    int later; /* -1: an event; else what of LATER_... is called for channel `reference` */
};

struct queue {
    struct event events[QUEUE];
    unsigned head, tail;
    pthread_cond_t more;
    unsigned long lost;
};

static struct queue polled, called;
static struct {
    uint8_t mode;
    void *handler;
    DWORD user;
} told[EVENT_COUNT];
static uint8_t *silent; /* bit EVENT of each channel: not told */
static pthread_t thread;
static int running, stopping, inter_type;

static struct {
    int used;
    int64_t due, period;
} timers[TIMERS];

static int put(struct queue *queue, const struct event *event)
{
    if (queue->tail - queue->head == QUEUE) {
        queue->head++; /* the oldest goes: a program that polls again sees what is now */
        queue->lost++;
    }
    queue->events[queue->tail++ % QUEUE] = *event;
    pthread_cond_broadcast(&queue->more);
    return 0;
}

static int is_silent(int event, int reference)
{
    size_t bit = (size_t)reference * EVENT_COUNT + (size_t)event;

    return silent && reference >= 0 && reference < lib.count && silent[bit / 8] >> bit % 8 & 1;
}

void post(int code, int reference, unsigned param)
{
    struct event event = {(WORD)code, reference, param, -1};
    int mode = code < EVENT_COUNT ? told[code].mode : EVENT_POLLING;

    if (mode == NO_EVENT ||
        (code != E_SYS_TIMEOUT && code < EVENT_COUNT && is_silent(code, reference)))
        return;
    put(mode == EVENT_CALLBACK || mode == EVENT_CALLBACKA ? &called : &polled, &event);
}

void call_later(struct channel *channel, int kind, int reason)
{
    struct event event = {0, channel->number, (DWORD)reason, kind};

    put(&called, &event);
}

/* ---- the handlers' thread -------------------------------------------------------------------- */

static void call_block(struct channel *channel, int record, int reason)
{
    MEMBLOCKHANDLER handler = record ? channel->record.handler : channel->play.handler;
    BYTE *buffer = record ? channel->record.buffer : channel->play.buffer;
    void *user = record ? channel->record.user : channel->play.user;
    DWORD stop = record ? channel->record.taken : channel->play.stop;
    int number = channel->number;

    pthread_mutex_unlock(&lib.lock);
    if (handler)
        handler(number, reason, buffer, stop, user);
    pthread_mutex_lock(&lib.lock);
}

static void call_digit(struct channel *channel, char digit)
{
    RXDTMFHANDLER handler = channel->on_digit;
    void *user = channel->on_digit_user;
    int number = channel->number;

    pthread_mutex_unlock(&lib.lock);
    if (handler)
        handler(number, digit, 0, user);
    pthread_mutex_lock(&lib.lock);
}

static void call_event(const struct event *event)
{
    int known = event->code < EVENT_COUNT;
    void *handler = known ? told[event->code].handler : NULL;
    DWORD user = known ? told[event->code].user : 0;
    SSM_EVENT large = {.wEventCode = event->code, .nReference = event->reference,
                       .dwParam = event->param, .dwUser = user};

    if (!handler)
        return;
    pthread_mutex_unlock(&lib.lock);
    if (told[event->code].mode == EVENT_CALLBACKA)
        ((EVENT_HANDLER_A)handler)(&large);
    else
        ((EVENT_HANDLER)handler)(event->code, event->reference, event->param, user);
    pthread_mutex_lock(&lib.lock);
}

static void *run(void *unused)
{
    pthread_mutex_lock(&lib.lock);
    while (!stopping) {
        struct event event;
        struct channel *channel;

        if (called.head == called.tail) {
            pthread_cond_wait(&called.more, &lib.lock);
            continue;
        }
        event = called.events[called.head++ % QUEUE];
        channel = channel_at(event.reference);
        if (event.later < 0)
            call_event(&event);
        else if (channel && event.later == LATER_DIGIT)
            call_digit(channel, (char)event.param);
        else if (channel)
            call_block(channel, event.later == LATER_RECORD_BLOCK, (int)event.param);
    }
    pthread_mutex_unlock(&lib.lock);
    return unused;
}

/* Once: a thread may wait on these from one SsmStartCti to the next. */
void events_prepare(const pthread_condattr_t *monotonic)
{
    pthread_cond_init(&polled.more, monotonic);
    pthread_cond_init(&called.more, monotonic);
}

void events_start(void)
{
    stopping = 0;
    running = !pthread_create(&thread, NULL, run, NULL);
}

/* Without the lock. A handler that closes the library itself is not waited for. */
void events_stop(void)
{
    if (!running)
        return;
    pthread_mutex_lock(&lib.lock);
    stopping = 1;
    pthread_cond_broadcast(&called.more);
    pthread_cond_broadcast(&polled.more);
    pthread_mutex_unlock(&lib.lock);
    if (pthread_equal(pthread_self(), thread))
        pthread_detach(thread);
    else
        pthread_join(thread, NULL);
    running = 0;
}

/* With the lock, once the channels are known. */
void events_reset(void)
{
    int mode =
        ini_number(&lib.ini, "SystemConfig", "DefaultEventOutput", 1) ? EVENT_POLLING : NO_EVENT;

    free(silent);
    silent = calloc((size_t)lib.count * EVENT_COUNT / 8 + 1, 1);
    polled.head = polled.tail = called.head = called.tail = 0;
    memset(told, 0, sizeof(told));
    for (int i = 0; i < EVENT_COUNT; i++)
        told[i].mode = (uint8_t)mode;
}

/* ---- the program's side ---------------------------------------------------------------------- */

static int set_one(int event, int channel, BOOL enable, const EVENT_SET_INFO *info)
{
    for (int i = channel < 0 ? 0 : channel; silent && i < (channel < 0 ? lib.count : channel + 1);
         i++) {
        size_t bit = (size_t)i * EVENT_COUNT + (size_t)event;

        if (enable)
            silent[bit / 8] &= (uint8_t)~(1u << bit % 8);
        else
            silent[bit / 8] |= (uint8_t)(1u << bit % 8);
    }
    if (!info || !enable)
        return 0;
    told[event].mode = (uint8_t)info->dwWorkMode;
    told[event].handler = info->lpHandlerParam;
    told[event].user = info->dwUser;
    return 0;
}

API int SsmSetEvent(WORD event, int reference, BOOL enable, EVENT_SET_INFO *info)
{
    DWORD mode = info ? info->dwWorkMode : EVENT_POLLING;

    if (enter_library())
        return -1;
    if (event != EVENT_ALL && event >= EVENT_COUNT)
        return leave(fail(C_ERROR_INVALID_PARAMETER, "there is no event 0x%x", event));
    if (reference < -1 || reference >= lib.count)
        return leave(fail(C_ERROR_INVALID_APPCH, "there is no channel %d", reference));
    if (enable && mode == EVENT_MESSAGE)
        return leave(fail(C_ERROR_UNSUPPORTED_OP,
                          "window messages are of Windows: poll, or take a handler"));
    if (enable && (mode > EVENT_CALLBACKA ||
                   ((mode == EVENT_CALLBACK || mode == EVENT_CALLBACKA) && !info->lpHandlerParam)))
        return leave(fail(C_ERROR_INVALID_PARAMETER, "SsmSetEvent: mode %lu, or no handler",
                          (unsigned long)mode));
    for (int i = 0; i < EVENT_COUNT; i++)
        if (event == EVENT_ALL || event == i)
            set_one(i, reference, enable, info);
    return leave(0);
}

API int SsmGetEventMode(WORD event, int reference, WORD *enabled, EVENT_SET_INFO *info)
{
    if (enter_library())
        return -1;
    if (event >= EVENT_COUNT || reference < -1 || reference >= lib.count || !enabled || !info)
        return leave(
            fail(C_ERROR_INVALID_PARAMETER, "SsmGetEventMode: there is no event 0x%x", event));
    *enabled = !is_silent(event, reference) && told[event].mode != NO_EVENT;
    *info = (EVENT_SET_INFO){.dwWorkMode = told[event].mode, .lpHandlerParam = told[event].handler,
                             .dwUser = told[event].user};
    return leave(0);
}

/* Waits at most `ms` for a polled event. */
static int take(DWORD ms, struct event *event)
{
    int64_t until = ms >= ALL ? FOREVER : now_ms() + (int64_t)ms;

    if (enter_library())
        return -1;
    while (lib.open && polled.head == polled.tail) {
        struct timespec at = {until / 1000, until % 1000 * 1000000};

        if (until != FOREVER && now_ms() >= until)
            return leave(fail(C_ERROR_OP_FAILURE, "no event"));
        if (until == FOREVER)
            pthread_cond_wait(&polled.more, &lib.lock);
        else
            pthread_cond_timedwait(&polled.more, &lib.lock, &at);
    }
    if (!lib.open)
        return leave(fail(C_ERROR_SSMAPI_UNOPENED, "SsmCloseCti was called"));
    *event = polled.events[polled.head++ % QUEUE];
    return leave(0);
}

static int fill(const struct event *event, MESSAGE_INFO *to)
{
    to->wEventCode = event->code;
    to->nReference = event->reference;
    to->dwParam = event->param;
    return 0;
}

static int fill_large(const struct event *event, SSM_EVENT *to)
{
    *to = (SSM_EVENT){.wEventCode = event->code, .nReference = event->reference,
                      .dwParam = event->param,
                      .dwUser = event->code < EVENT_COUNT ? told[event->code].user : 0};
    return 0;
}

API int SsmWaitForEvent(DWORD ms, MESSAGE_INFO *to)
{
    struct event event;

    if (!to)
        return fail(C_ERROR_INVALID_PARAMETER, "SsmWaitForEvent: no buffer");
    return take(ms, &event) ? -1 : fill(&event, to);
}

API int SsmGetEvent(MESSAGE_INFO *to)
{
    return SsmWaitForEvent(0, to);
}

API int SsmWaitForEventA(DWORD ms, SSM_EVENT *to)
{
    struct event event;

    if (!to)
        return fail(C_ERROR_INVALID_PARAMETER, "SsmWaitForEventA: no buffer");
    return take(ms, &event) ? -1 : fill_large(&event, to);
}

API int SsmGetEventA(SSM_EVENT *to)
{
    return SsmWaitForEventA(0, to);
}

static int put_user(WORD code, int reference, DWORD param)
{
    if (enter_library())
        return -1;
    post(code, reference, (unsigned)param);
    return leave(0);
}

API int SsmPutUserEvent(WORD code, int reference, DWORD param)
{
    return put_user(code, reference, param);
}

API int SsmPutUserEventA(SSM_EVENT *event)
{
    return event ? put_user(event->wEventCode, event->nReference, event->dwParam)
                 : fail(C_ERROR_INVALID_PARAMETER, "SsmPutUserEventA: no event");
}

API int SsmSetInterEventType(int type)
{
    if (enter_library())
        return -1;
    if (type != 0 && type != 1)
        return leave(
            fail(C_ERROR_INVALID_PARAMETER, "the event type is 0 (MESSAGE_INFO) or 1 (SSM_EVENT)"));
    inter_type = type;
    return leave(0);
}

API int SsmGetInterEventType(void)
{
    return enter_library() ? -1 : leave(inter_type);
}

/* ---- timers ---------------------------------------------------------------------------------- */

API int SsmStartTimer(WORD delay, WORD periodic)
{
    int i = 0;

    if (enter_library())
        return -1;
    while (i < TIMERS && timers[i].used)
        i++;
    if (i == TIMERS)
        return leave(fail(C_ERROR_RESOURCE_USEUP, "all %d timers run", TIMERS));
    timers[i].used = 1;
    timers[i].due = now_ms() + delay;
    timers[i].period = periodic ? (delay ? delay : 1) : 0;
    wake_thread();
    return leave(i);
}

API int SsmStopTimer(int timer)
{
    if (enter_library())
        return -1;
    if (timer < 0 || timer >= TIMERS || !timers[timer].used)
        return leave(fail(C_ERROR_INVALID_PARAMETER, "timer %d does not run", timer));
    timers[timer].used = 0;
    return leave(0);
}

void timers_clear(void)
{
    memset(timers, 0, sizeof(timers));
}

static int64_t sooner(int64_t next, int64_t due)
{
    return due && due < next ? due : next;
}

int64_t timers_run(int64_t now)
{
    int64_t next = FOREVER;

    for (int i = 0; i < TIMERS; i++) {
        if (!timers[i].used)
            continue;
        if (timers[i].due <= now) {
            post(E_SYS_TIMEOUT, i, 0);
            timers[i].used = timers[i].period != 0;
            timers[i].due += timers[i].period;
        }
        if (timers[i].used)
            next = sooner(next, timers[i].due);
    }
    for (int i = 0; i < lib.count; i++) {
        struct channel *channel = &lib.channels[i];

        if (channel->wait.on && channel->wait.due <= now)
            wait_expired(channel, now);
        if (channel->dial_due && channel->dial_due <= now)
            dial_expired(channel);
        next = sooner(next, channel->wait.on ? channel->wait.due : 0);
        next = sooner(next, channel->dial_due);
    }
    return next;
}
