/* Ports, API side: sockets made and named. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "engine.h"

static int bind_at(int fd, const struct sockaddr_un *address)
{
    if (bind(fd, (const struct sockaddr *)address, sizeof(*address)) < 0)
        return -errno;
    /* Nobody can connect before listen: there is no moment with a wider mode. */
    if (chmod(address->sun_path, 0600) < 0 || listen(fd, 4) < 0)
        return -errno;
    return 0;
}

/* A socket file that nobody listens on may be taken away; anything else stays. */
static int clear_stale(const struct sockaddr_un *address)
{
    struct stat status;
    int fd, error;

    if (lstat(address->sun_path, &status) < 0)
        return -errno;
    if (!S_ISSOCK(status.st_mode))
        return -EEXIST;
    fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    error = connect(fd, (const struct sockaddr *)address, sizeof(*address)) < 0 ? errno : 0;
    close(fd);
    if (error != ECONNREFUSED)
        return -EADDRINUSE;
    return unlink(address->sun_path) < 0 ? -errno : 0;
}

int port_listen(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd, error;

    if (strlen(path) >= sizeof(address.sun_path))
        return -ENAMETOOLONG;
    strcpy(address.sun_path, path);
    fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    error = bind_at(fd, &address);
    if (error == -EADDRINUSE) {
        error = clear_stale(&address);
        if (!error)
            error = bind_at(fd, &address);
    }
    if (!error)
        return fd;
    close(fd);
    return error;
}

void port_unlink(struct port *port)
{
    if (port->path)
        unlink(port->path);
}

static int make_slot(td_engine *engine, int span, int timeslot, int mode, uint32_t max_octets,
                     struct slot **made)
{
    static const enum slot_kind kinds[] = {0, SLOT_HDLC, SLOT_PORT_RAW, SLOT_PORT_CAS, SLOT_HDLC,
                                           SLOT_PORT_RAW};
    int mtp2 = mode == TD_PORT_MTP2;
    td_hdlc_config hdlc = {max_octets, max_octets < 2 ? max_octets : 2, 0, 1};
    int error = command_may_open(engine, span, timeslot);
    struct slot *slot;

    if (error)
        return error;
    if (mode < TD_PORT_HDLC || mode > TD_PORT_STREAM ||
        (mode == TD_PORT_STREAM && (!max_octets || max_octets > 65535)))
        return -EINVAL;
    if (!command_has_span(engine, span) || (mode == TD_PORT_CAS && !engine->spans[span - 1].cas))
        return -EOPNOTSUPP;
    slot = command_new_slot(span, timeslot, kinds[mode]);
    if (!slot)
        return -ENOMEM;
    slot->port = calloc(1, sizeof(struct port));
    error = slot->port ? 0 : -ENOMEM;
    if (!error && mode == TD_PORT_STREAM) {
        slot->port->chunk = max_octets;
        slot->port->gather = malloc(max_octets);
        error = slot->port->gather ? 0 : -ENOMEM;
    }
    if (mtp2) {
        hdlc.min_octets = TD_MTP2_MIN_OCTETS;
        hdlc.options = TD_HDLC_MTP2;
    }
    if (!error && kinds[mode] == SLOT_HDLC)
        error = command_make_hdlc(slot, &hdlc, 0);
    if (error) {
        slot_free(slot);
        return error;
    }
    slot->port->mode = mtp2 ? TD_PORT_HDLC : mode == TD_PORT_STREAM ? TD_PORT_RAW : mode;
    slot->port->listener = slot->port->client = -1;
    *made = slot;
    return 0;
}

int td_port_listen(td_engine *engine, int span, int timeslot, int mode, const char *path,
                   uint32_t max_octets)
{
    struct slot *slot;
    int error = make_slot(engine, span, timeslot, mode, max_octets, &slot);

    if (!error && mode == TD_PORT_STREAM) {
        slot_free(slot);
        error = -EOPNOTSUPP; /* who connects would send packets */
    }
    if (error)
        return error;
    slot->port->path = strdup(path);
    error = slot->port->path ? port_listen(path) : -ENOMEM;
    if (error >= 0) {
        slot->port->listener = error;
        error = command_open(engine, slot);
        if (!error)
            return 0;
        close(slot->port->listener);
        port_unlink(slot->port);
    }
    slot_free(slot);
    return error;
}

int td_port_attach(td_engine *engine, int span, int timeslot, int mode, int fd,
                   uint32_t max_octets)
{
    struct slot *slot;
    int error = make_slot(engine, span, timeslot, mode, max_octets, &slot);
    int flags;

    if (error)
        return error;
    flags = fcntl(fd, F_GETFL);
    error = flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ? -errno : 0;
    if (!error) {
        slot->port->client = fd;
        error = command_open(engine, slot);
    }
    if (error)
        slot_free(slot);
    return error;
}
