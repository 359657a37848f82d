/* How a session with the daemon begins, and begins again after it was restarted. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "link.h"

#define TIMEOUT_S 10

int input_read(struct input *input, int fd, void (*line)(const char *line, size_t n))
{
    ssize_t got;
    char *end;
    size_t done = 0;

    if (input->room - input->n < 65536) {
        size_t room = input->room ? input->room * 2 : 131072;
        char *more = room > 2 * LINE_MOST ? NULL : realloc(input->text, room);

        if (!more)
            return -1;
        input->text = more;
        input->room = room;
    }
    got = recv(fd, input->text + input->n, input->room - input->n, MSG_DONTWAIT);
    if (got <= 0)
        return got < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
    input->n += (size_t)got;
    while ((end = memchr(input->text + input->seen, '\n', input->n - input->seen))) {
        size_t length = (size_t)(end - input->text) - done;

        line(input->text + done, length);
        done += length + 1;
        input->seen = done;
    }
    memmove(input->text, input->text + done, input->n - done);
    input->n -= done;
    input->seen = input->n;
    return 0;
}

static int connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct timeval timeout = {.tv_sec = TIMEOUT_S};
    int fd;

    if (strlen(path) >= sizeof(address.sun_path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    strcpy(address.sun_path, path);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
    if (connect(fd, (struct sockaddr *)&address, sizeof(address))) {
        int error = errno;

        close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

/* A line of the answer, read octet for octet so that nothing after it is taken. */
static char *read_line(int fd)
{
    size_t n = 0, room = 4096;
    char *line = malloc(room);

    while (line && n < LINE_MOST) {
        ssize_t got;
        char *end;

        if (room - n < 2048) {
            char *more = realloc(line, room * 2);

            if (!more)
                break;
            line = more;
            room *= 2;
        }
        got = recv(fd, line + n, room - n - 1, MSG_PEEK);
        if (got <= 0)
            break;
        end = memchr(line + n, '\n', (size_t)got);
        got = recv(fd, line + n, end ? (size_t)(end - line) - n + 1 : (size_t)got, 0);
        if (got <= 0)
            break;
        n += (size_t)got;
        if (line[n - 1] == '\n') {
            line[n - 1] = 0;
            return line;
        }
    }
    free(line);
    return NULL;
}

/* One question before events come. */
static int exchange(int fd, const char *method, struct request *request, struct reply *reply)
{
    char line[sizeof(request->text) + 256];
    int n = make_line(line, sizeof(line), 0, method, request);

    if (n < 0 || send(fd, line, (size_t)n, MSG_NOSIGNAL) != n)
        return fail(C_ERROR_INIT_FAILURE, "%s: trunkd does not take the request", method);
    reply->line = read_line(fd);
    if (!reply->line)
        return fail(C_ERROR_INIT_FAILURE, "%s: no answer from trunkd", method);
    return read_answer(reply, method);
}

static int simple(int fd, const char *method, struct reply *reply)
{
    struct request request;

    begin(&request);
    return exchange(fd, method, &request, reply);
}

static int hello(int fd)
{
    struct request request;
    struct reply reply;

    begin(&request);
    write_key(&request.to, "client");
    write_string(&request.to, "shpa3");
    if (exchange(fd, "hello", &request, &reply))
        return -1;
    lib.last_seq = json_integer(&reply.json, json_member(&reply.json, reply.result, "seq"), 0);
    reply_free(&reply);
    return 0;
}

/* Where voice files are, and the spans. */
static int status(int fd)
{
    struct reply reply;
    uint32_t spans, boards;
    const char *given = config_text("trunkd", "MediaDir");

    if (simple(fd, "status", &reply))
        return -1;
    json_string(&reply.json, json_member(&reply.json, reply.result, "mediaDir"), lib.media,
                sizeof(lib.media));
    if (!given)
        given = getenv("TRUNKD_MEDIA_DIR");
    if (given && *given)
        copy_text(lib.media, sizeof(lib.media), given);
    boards = json_member(&reply.json, reply.result, "boards");
    lib.boards = 0;
    for (uint32_t at = json_first(&reply.json, boards); at;
         at = json_after(&reply.json, boards, at))
        lib.boards++;
    spans = json_member(&reply.json, reply.result, "spans");
    lib.pcm_count = 0;
    for (uint32_t at = json_first(&reply.json, spans); at; at = json_after(&reply.json, spans, at))
        follow_span(&reply.json, at);
    reply_free(&reply);
    return 0;
}

static int channels(int fd, char *why, size_t size)
{
    struct reply trunks, list;
    int done;

    if (simple(fd, "trunks", &trunks))
        return -1;
    if (simple(fd, "channels", &list)) {
        reply_free(&trunks);
        return -1;
    }
    done = channels_open(&trunks.json, json_member(&trunks.json, trunks.result, "trunks"),
                         &list.json, json_member(&list.json, list.result, "channels"), why, size);
    reply_free(&trunks);
    reply_free(&list);
    return done ? fail(C_ERROR_INIT_FAILURE, "%s", why) : 0;
}

static void write_trunks(struct writer *to)
{
    char words[sizeof(lib.trunks)], *state = NULL;

    copy_text(words, sizeof(words), lib.trunks);
    write_key(to, "trunks");
    write_text(to, "[");
    for (char *word = strtok_r(words, ", \t", &state); word;
         word = strtok_r(NULL, ", \t", &state)) {
        if (to->at[to->n - 1] != '[')
            write_text(to, ",");
        write_string(to, word);
    }
    write_text(to, "]");
}

/* Events of our trunks only, from the moment of the hello. */
static int subscribe(int fd)
{
    struct request request;
    struct reply reply;

    begin(&request);
    write_key(&request.to, "after");
    write_integer(&request.to, lib.last_seq);
    write_trunks(&request.to);
    if (exchange(fd, "subscribe", &request, &reply))
        return -1;
    reply_free(&reply);
    return 0;
}

/* Calls that are there already. */
static int calls(int fd)
{
    struct reply reply;

    if (simple(fd, "calls", &reply))
        return -1;
    follow_calls(&reply.json, json_member(&reply.json, reply.result, "calls"));
    reply_free(&reply);
    return 0;
}

int session_begin(int *fd, char *why, size_t size)
{
    const char *said;

    *fd = connect_to(lib.socket);
    if (*fd < 0) {
        snprintf(why, size, "no trunkd at %s (%s): start it with `trunkd run -c FILE`, or name its "
                 "socket by TRUNKD_SOCKET or [trunkd] Socket= in ShConfig.ini", lib.socket,
                 strerror(errno));
        return -1;
    }
    why[0] = 0;
    if (!hello(*fd) && !status(*fd) && !channels(*fd, why, size) && !calls(*fd) && !subscribe(*fd))
        return 0;
    last_error(&said);
    if (!why[0])
        copy_text(why, size, said);
    close(*fd);
    *fd = -1;
    return -1;
}

void session_again(void)
{
    char why[512];
    int fd;

    if (session_begin(&fd, why, sizeof(why)))
        return;
    lib.fd = fd;
    lib.lost = 0;
    listen_all();
    channels_back();
    pthread_cond_broadcast(&lib.changed);
}
