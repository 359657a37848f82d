/* Events on their way to the program's handler. */
#include <stdlib.h>
#include <string.h>

#include "keygoe.h"
#include "ssm.h"

struct keygoe kg = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* ---- gathering ------------------------------------------------------------------------------- */

void tell_event(const struct device *device, int event, const void *data, size_t n,
                const void *more, size_t m)
{
    struct block *block = calloc(1, sizeof(*block) + n + m);
    unsigned char *body;

    if (!block)
        return;
    body = (unsigned char *)(&block->event + 1);
    block->event.handle = kg.handle;
    if (device)
        block->event.device = device->id;
    block->event.size = (S32)(sizeof(block->event) + n + m);
    block->event.event = event;
    block->event.esr = kg.esr_param;
    memcpy(body, data, n);
    if (m)
        memcpy(body + n, more, m);
    if (kg.last)
        kg.last->next = block;
    else
        kg.first = block;
    kg.last = block;
    SsmPutUserEvent(WAKE, 0, 0);
}

void tell_general(const struct device *device, int event)
{
    Acs_GeneralProc_Data data = {.state = 1, .device_state = device ? device->state : 0};

    tell_event(device, event, &data, sizeof(data), NULL, 0);
}

void tell_call(const struct device *device, int event, int good, int cause)
{
    Acs_CallControl_Data data = {.state = good, .cause = cause};
    char number[128] = "";

    if (!SsmGetCallerId(device->ch, number))
        memcpy(data.calling, number, strnlen(number, sizeof(data.calling) - 1));
    if (!SsmGetPhoNumStr(device->ch, number))
        memcpy(data.called, number, strnlen(number, sizeof(data.called) - 1));
    data.direction = device->outgoing != 0;
    tell_event(device, event, &data, sizeof(data), NULL, 0);
}

void tell_media(const struct device *device, int event, int error)
{
    Acs_MediaProc_Data data = {.state = error != MEDIA_OPENFILE && error != MEDIA_EXE,
                               .error = error,
                               .task = (U8)device->task,
                               .digit = error == MEDIA_GTD ? (U8)device->digit : 0};

    tell_event(device, event, &data, sizeof(data), NULL, 0);
}

void tell_io(const struct device *device, int event, int type, const char *text)
{
    size_t n = strlen(text);
    Acs_IO_Data data = {.state = 1, .type = (U16)type, .length = (U16)n};

    tell_event(device, event, &data, sizeof(data), text, n + 1);
}

/* ---- telling --------------------------------------------------------------------------------- */

static struct block *take(void)
{
    struct block *block;

    pthread_mutex_lock(&kg.lock);
    block = kg.stopping ? NULL : kg.first;
    if (block) {
        kg.first = block->next;
        if (!kg.first)
            kg.last = NULL;
    }
    pthread_mutex_unlock(&kg.lock);
    return block;
}

static int stopping(void)
{
    int now;

    pthread_mutex_lock(&kg.lock);
    now = kg.stopping;
    pthread_mutex_unlock(&kg.lock);
    return now;
}

static void *run(void *unused)
{
    while (!stopping()) {
        struct ssm_message message;
        struct block *block;

        while ((block = take())) {
            kg.esr((uintptr_t)&block->event);
            free(block);
        }
        if (SsmWaitForEvent(SSM_ALL, &message))
            break; /* the library is closed */
        if (message.code == WAKE)
            continue;
        pthread_mutex_lock(&kg.lock);
        follow_event(message.code, message.reference, message.param);
        pthread_mutex_unlock(&kg.lock);
    }
    return unused;
}

int telling_start(void)
{
    if (kg.running)
        return 0;
    kg.stopping = 0;
    kg.running = !pthread_create(&kg.thread, NULL, run, NULL);
    return kg.running ? 0 : -1;
}

/* Without the lock. A handler that closes the stream itself is not waited for. */
void telling_stop(void)
{
    if (!kg.running)
        return;
    pthread_mutex_lock(&kg.lock);
    kg.stopping = 1;
    pthread_mutex_unlock(&kg.lock);
    SsmPutUserEvent(WAKE, 0, 0);
    if (pthread_equal(pthread_self(), kg.thread))
        pthread_detach(kg.thread);
    else
        pthread_join(kg.thread, NULL);
    kg.running = 0;
}

void telling_drop(void)
{
    while (kg.first) {
        struct block *block = kg.first;

        kg.first = block->next;
        free(block);
    }
    kg.last = NULL;
}
