/* The daemon's socket: requests, answers, events (docs/socket.md), on a thread of its own. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "link.h"

static const struct {
    int code, error;
} ERRORS[] = {
    {-32601, C_ERROR_UNSUPPORTED_OP},    {-32602, C_ERROR_INVALID_PARAMETER},
    {-32001, C_ERROR_OP_FAILURE},        {-32002, C_ERROR_INVALID_PARAMETER},
    {-32003, C_ERROR_OP_FAILURE},        {-32004, C_ERROR_RESOURCE_USEUP},
    {-32005, C_ERROR_OP_FAILURE},        {-32006, C_ERROR_INIT_FAILURE},
};
/* Errors of the socket (wire.py) as Synway's; all others are C_ERROR_SYSTEM. */

int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void wake_thread(void)
{
    uint64_t one = 1;
    ssize_t ignored = write(lib.wake, &one, sizeof(one));

    (void)ignored; /* it is awake already when the counter is full */
}

int wait_changed(int64_t until)
{
    struct timespec at = {until / 1000, until % 1000 * 1000000};
    int late;

    lib.waiting++;
    late = pthread_cond_timedwait(&lib.changed, &lib.lock, &at) != 0;
    lib.waiting--;
    if (lib.closing)
        pthread_cond_broadcast(&lib.changed); /* SsmCloseCti waits for the last of us */
    return late ? -1 : 0;
}

/* ---- requests -------------------------------------------------------------------------------- */

void begin(struct request *request)
{
    request->to = (struct writer){request->text, 0, sizeof(request->text), 0};
    write_text(&request->to, "{");
}

void begin_call(struct request *request, const struct channel *channel)
{
    begin(request);
    write_key(&request->to, "callId");
    write_integer(&request->to, channel->call);
}

int make_line(char *line, size_t size, int64_t id, const char *method, struct request *request)
{
    struct writer to = {line, 0, size, 0};

    write_text(&to, "{\"jsonrpc\":\"2.0\",\"id\":");
    write_integer(&to, id);
    write_text(&to, ",\"method\":");
    write_string(&to, method);
    write_text(&to, ",\"params\":");
    write_text(&to, request->text);
    write_text(&to, "}}\n");
    return to.bad || request->to.bad ? -1 : (int)to.n;
}

/* Sends, or keeps for the thread what the socket does not take now. */
static int put(const char *line, size_t n)
{
    ssize_t done = 0;

    if (!lib.out_count) {
        done = send(lib.fd, line, n, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (done == (ssize_t)n)
            return 0;
        done = done < 0 ? 0 : done; /* an error is seen by the thread, too */
    }
    n -= (size_t)done;
    if (lib.out_count + n > lib.out_room) {
        size_t room = lib.out_count + n + 65536;
        char *more = realloc(lib.out, room);

        if (!more)
            return -1;
        lib.out = more;
        lib.out_room = room;
    }
    memcpy(lib.out + lib.out_count, line + done, n);
    lib.out_count += n;
    wake_thread();
    return 0;
}

static int request_line(int64_t id, const char *method, struct request *request)
{
    char line[sizeof(request->text) + 256];
    int n = make_line(line, sizeof(line), id, method, request);

    if (n < 0)
        return fail(C_ERROR_INVALID_PARAMETER, "%s: the request is too long", method);
    if (put(line, (size_t)n))
        return fail(C_ERROR_MEMORY_FAILURE, "%s: no memory", method);
    return 0;
}

static void forget(struct pending *pending)
{
    struct pending **at = &lib.pending;

    while (*at && *at != pending)
        at = &(*at)->next;
    if (*at)
        *at = pending->next;
}

int read_answer(struct reply *reply, const char *method)
{
    uint32_t error;
    char text[400];
    int64_t code;
    int known = C_ERROR_SYSTEM;

    if (json_read(&reply->json, reply->line, strlen(reply->line))) {
        free(reply->line);
        return fail(C_ERROR_SYSTEM, "%s: trunkd's answer is no JSON", method);
    }
    reply->result = json_member(&reply->json, 0, "result");
    error = json_member(&reply->json, 0, "error");
    if (reply->result && !error)
        return 0;
    code = json_integer(&reply->json, json_member(&reply->json, error, "code"), 0);
    json_string(&reply->json, json_member(&reply->json, error, "message"), text, sizeof(text));
    for (size_t i = 0; i < sizeof(ERRORS) / sizeof(*ERRORS); i++)
        if (ERRORS[i].code == code)
            known = ERRORS[i].error;
    reply_free(reply);
    return fail(known, "%s: %s", method, text);
}

int ask(struct reply *reply, const char *method, struct request *request, struct channel *dialling)
{
    struct pending pending = {.dialling = dialling};
    int64_t until = now_ms() + ANSWER_MS;

    if (lib.lost || lib.fd < 0)
        return fail(C_ERROR_SYSTEM, "%s: trunkd at %s has gone", method, lib.socket);
    pending.id = ++lib.last_id;
    pending.next = lib.pending;
    lib.pending = &pending;
    if (request_line(pending.id, method, request)) {
        forget(&pending);
        return -1;
    }
    while (!pending.done)
        if (wait_changed(until) && now_ms() >= until)
            break;
    forget(&pending);
    if (!pending.done)
        return fail(C_ERROR_SYSTEM, "%s: no answer from trunkd in %d s", method, ANSWER_MS / 1000);
    if (!pending.line)
        return fail(C_ERROR_SYSTEM, "%s: trunkd at %s has gone", method, lib.socket);
    reply->line = pending.line;
    return read_answer(reply, method);
}

void reply_free(struct reply *reply)
{
    json_free(&reply->json);
    free(reply->line);
}

int command(const char *method, struct request *request)
{
    struct reply reply;

    if (ask(&reply, method, request, NULL))
        return -1;
    reply_free(&reply);
    return 0;
}

void tell(const char *method, struct request *request)
{
    if (!lib.lost && lib.fd >= 0)
        request_line(++lib.last_id, method, request);
}

/* ---- what comes ------------------------------------------------------------------------------ */

static void answer(const struct json *json, int64_t id, const char *line, size_t n)
{
    uint32_t result = json_member(json, 0, "result");

    if (id == lib.resync && result) {
        lib.resync = 0;
        follow_calls(json, json_member(json, result, "calls"));
    }
    for (struct pending *pending = lib.pending; pending; pending = pending->next) {
        if (pending->id != id || pending->done)
            continue;
        if (pending->dialling)
            adopt_call(pending->dialling, json, result);
        pending->line = strndup(line, n);
        pending->done = 1;
        pthread_cond_broadcast(&lib.changed);
    }
}

void take_line(const char *line, size_t n)
{
    struct json json;
    uint32_t method, id;

    if (json_read(&json, line, n))
        return; /* a line that is no JSON is not from trunkd: nothing can be made of it */
    method = json_member(&json, 0, "method");
    id = json_member(&json, 0, "id");
    if (json_is(&json, method, "event")) {
        uint32_t event = json_member(&json, 0, "params");

        lib.last_seq = json_integer(&json, json_member(&json, event, "seq"), lib.last_seq);
        follow(&json, event);
    } else if (!method) {
        answer(&json, json_integer(&json, id, -1), line, n);
    }
    json_free(&json);
}

static void gone(void)
{
    close(lib.fd);
    lib.fd = -1;
    lib.lost = 1;
    lib.out_count = 0;
    for (struct pending *pending = lib.pending; pending; pending = pending->next)
        pending->done = 1;
    channels_lost();
    pthread_cond_broadcast(&lib.changed);
}

static void flush(void)
{
    ssize_t n = send(lib.fd, lib.out, lib.out_count, MSG_DONTWAIT | MSG_NOSIGNAL);

    if (n > 0) {
        memmove(lib.out, lib.out + n, lib.out_count - (size_t)n);
        lib.out_count -= (size_t)n;
    }
}

/* One turn: what came, and what is due. Without the lock while it waits. */
static void turn(struct input *input)
{
    int64_t next = timers_run(now_ms()), now = now_ms();
    struct pollfd files[2] = {{lib.wake, POLLIN, 0}, {lib.fd, POLLIN, 0}};
    int timeout = next == FOREVER      ? -1
                  : next <= now        ? 0
                  : next - now > 60000 ? 60000
                                       : (int)(next - now);
    uint64_t ignored;

    if (lib.out_count)
        files[1].events |= POLLOUT;
    if (lib.fd < 0)
        timeout = timeout < 0 || timeout > RECONNECT_MS ? RECONNECT_MS : timeout;
    pthread_mutex_unlock(&lib.lock);
    poll(files, lib.fd < 0 ? 1 : 2, timeout);
    pthread_mutex_lock(&lib.lock);
    if (files[0].revents && read(lib.wake, &ignored, sizeof(ignored)) < 0)
        return;
    if (lib.fd < 0) {
        input->n = 0;
        session_again();
        return;
    }
    if (files[1].revents & POLLOUT)
        flush();
    if (files[1].revents & (POLLIN | POLLHUP | POLLERR) && input_read(input, lib.fd, take_line))
        gone();
}

static void *run(void *unused)
{
    struct input input = {0};

    pthread_mutex_lock(&lib.lock);
    while (!lib.closing)
        turn(&input);
    pthread_mutex_unlock(&lib.lock);
    free(input.text);
    return unused;
}

int link_start(void)
{
    lib.closing = 0;
    lib.lost = 0;
    lib.wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (lib.wake < 0 || pthread_create(&lib.thread, NULL, run, NULL))
        return fail(C_ERROR_SYSTEM, "no thread: %s", strerror(errno));
    return 0;
}

/* Without the lock. */
void link_stop(void)
{
    pthread_mutex_lock(&lib.lock);
    lib.closing = 1;
    wake_thread();
    pthread_mutex_unlock(&lib.lock);
    pthread_join(lib.thread, NULL);
    pthread_mutex_lock(&lib.lock);
    for (struct pending *pending = lib.pending; pending; pending = pending->next)
        pending->done = 1;
    pthread_cond_broadcast(&lib.changed);
    if (lib.fd >= 0)
        close(lib.fd);
    lib.fd = NONE;
    while (lib.waiting)
        pthread_cond_wait(&lib.changed, &lib.lock);
    close(lib.wake);
    lib.wake = NONE;
    free(lib.out);
    lib.out = NULL;
    lib.out_count = lib.out_room = 0;
    pthread_mutex_unlock(&lib.lock);
}
