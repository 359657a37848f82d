/* Opening DAHDI: what there is, the timer, channels. API side, before start. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "dahdi.h"

extern const struct backend_ops dahdi_ops;

/* ---- what there is --------------------------------------------------------------------------- */

static int ask_control(unsigned long request, void *record)
{
    int fd = open("/dev/dahdi/ctl", O_RDWR | O_CLOEXEC);
    int error;

    if (fd < 0)
        return -errno;
    error = ioctl(fd, request, record) < 0 ? -errno : 0;
    close(fd);
    return error;
}

static void copy_text(char *to, size_t room, const char *from, size_t n)
{
    size_t length = strnlen(from, n);

    if (length >= room)
        length = room - 1;
    memcpy(to, from, length);
    to[length] = 0;
}

int td_dahdi_span_info_get(int number, td_dahdi_span_info *info)
{
    struct dahdi_span_state state = {.span = number};
    int error = ask_control(DAHDI_SPAN_STATE, &state);

    memset(info, 0, sizeof(*info));
    if (error)
        return error;
    info->number = number;
    info->alarms = state.alarms;
    info->channels = state.channels;
    info->configured = state.configured;
    info->sync_source = state.sync_source;
    info->line_config = state.line_config;
    info->can_signal = state.can_signal;
    info->missed_interrupts = state.missed_interrupts;
    info->counts[0] = (uint32_t)state.bpv;
    info->counts[1] = (uint32_t)state.crc4;
    info->counts[2] = (uint32_t)state.e_bits;
    info->counts[3] = (uint32_t)state.fas;
    info->counts[4] = state.framing_errors;
    info->counts[5] = state.code_violations;
    info->counts[6] = state.bit_errors;
    info->counts[7] = state.prbs;
    info->counts[8] = state.errored_seconds;
    copy_text(info->name, sizeof(info->name), state.name, sizeof(state.name));
    copy_text(info->description, sizeof(info->description), state.description,
              sizeof(state.description));
    copy_text(info->location, sizeof(info->location), state.location, sizeof(state.location));
    copy_text(info->manufacturer, sizeof(info->manufacturer), state.manufacturer,
              sizeof(state.manufacturer));
    copy_text(info->device, sizeof(info->device), state.device, sizeof(state.device));
    copy_text(info->type, sizeof(info->type), state.type, sizeof(state.type));
    return 0;
}

int td_dahdi_channel_info_get(int number, td_dahdi_channel_info *info)
{
    struct dahdi_parameters about = {.channel = number};
    int error = ask_control(DAHDI_GET_PARAMETERS, &about);

    memset(info, 0, sizeof(*info));
    if (error)
        return error;
    info->number = number;
    info->span = about.span;
    info->position = about.position;
    info->signalling = about.signalling;
    info->can_signal = about.can_signal;
    info->law = about.law;
    info->alarms = about.alarms;
    info->idle_bits = about.idle_bits;
    copy_text(info->name, sizeof(info->name), about.name, sizeof(about.name));
    return 0;
}

int td_dahdi_version(char *text, size_t room)
{
    struct dahdi_version version;
    int error;

    memset(&version, 0, sizeof(version));
    error = ask_control(DAHDI_GET_VERSION, &version);
    if (error || room < 1)
        return error;
    copy_text(text, room, version.version, sizeof(version.version));
    return 0;
}

/* ---- the engine ------------------------------------------------------------------------------ */

static int watch_timer(struct dahdi *dahdi, unsigned samples)
{
    struct epoll_event event = {.events = EPOLLPRI};
    int n = (int)samples;

    dahdi->timer = open("/dev/dahdi/timer", O_RDWR | O_CLOEXEC);
    if (dahdi->timer < 0)
        return -errno;
    if (ioctl(dahdi->timer, DAHDI_TIMER_SAMPLES, &n) < 0)
        return -errno;
    return epoll_ctl(dahdi->epoll, EPOLL_CTL_ADD, dahdi->timer, &event) < 0 ? -errno : 0;
}

static int dahdi_init(td_engine *engine, const void *how)
{
    struct dahdi *dahdi = calloc(1, sizeof(*dahdi));

    if (!dahdi)
        return -ENOMEM;
    dahdi->timer = dahdi->control = dahdi->epoll = -1;
    dahdi->blocks = *(const uint32_t *)how;
    engine->backend = dahdi;
    engine->ops = &dahdi_ops;
    for (unsigned i = 0; i < engine->n_spans; i++) {
        memset(dahdi->spans[i].rx, IDLE_OCTET, sizeof(dahdi->spans[i].rx));
        engine->spans[i].rx = dahdi->spans[i].rx;
    }
    dahdi->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (dahdi->epoll < 0)
        return -errno;
    dahdi->control = open("/dev/dahdi/ctl", O_RDWR | O_CLOEXEC);
    if (dahdi->control < 0)
        return -errno;
    return watch_timer(dahdi, engine->block_frames);
}

td_engine *td_engine_new_dahdi(const td_engine_config *config, uint32_t blocks, int *error)
{
    *error = -EINVAL;
    if (blocks < 1 || blocks > 16 || config->stepped || config->block_frames < DAHDI_LEAST_BLOCK)
        return NULL;
    return engine_new(config, dahdi_init, &blocks, error);
}

int td_dahdi_span(td_engine *engine, int span, int number, int kind)
{
    struct dahdi_span_state state = {.span = number};
    struct engine_span *of;
    struct dahdi_span *made;

    if (engine->ops != &dahdi_ops)
        return -EOPNOTSUPP;
    if (!command_has_span(engine, span))
        return -ENODEV;
    if (engine->started)
        return -EBUSY;
    if (ioctl(dahdi_of(engine)->control, DAHDI_SPAN_STATE, &state) < 0)
        return -errno;
    of = &engine->spans[span - 1];
    of->kind = (uint8_t)kind;
    of->idle_octet = kind == TD_SPAN_T1 ? 0xff : IDLE_OCTET;
    memset(of->idle, of->idle_octet, TIMESLOTS);
    made = &dahdi_of(engine)->spans[span - 1];
    made->number = number;
    made->stale = 1;
    made->base[0] = state.fas;
    made->base[1] = state.crc4;
    made->base[2] = state.e_bits;
    made->base[3] = state.bpv;
    return 0;
}

/* ---- channels -------------------------------------------------------------------------------- */

int dahdi_open_channel(int number, int *signalling)
{
    struct dahdi_parameters about = {.channel = 0};
    int fd = open("/dev/dahdi/channel", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    int error = 0;

    if (fd < 0)
        return -errno;
    if (ioctl(fd, DAHDI_SPECIFY, &number) < 0 || ioctl(fd, DAHDI_GET_PARAMETERS, &about) < 0)
        error = -errno;
    *signalling = about.signalling;
    if (!error)
        return fd;
    close(fd);
    return error;
}

/* As many blocks as the kernel gives; a power of two, which its MTP2 needs. */
int dahdi_set_buffers(int fd, unsigned octets)
{
    struct dahdi_buffers buffers = {.sent_policy = DAHDI_IMMEDIATE, .octets = (int)octets};
    int blocks = DAHDI_MOST_BLOCKS;

    while (blocks > 2 && (unsigned)blocks * octets > DAHDI_MOST_OCTETS)
        blocks /= 2;
    buffers.blocks = blocks;
    return ioctl(fd, DAHDI_SET_BUFFERS, &buffers) < 0 ? -errno : 0;
}

int dahdi_watch(struct dahdi *dahdi, struct dahdi_channel *channel)
{
    struct epoll_event event = {.events = EPOLLPRI, .data.ptr = channel};

    if (epoll_ctl(dahdi->epoll, EPOLL_CTL_ADD, channel->fd, &event) < 0 && errno != EEXIST)
        return -errno;
    return 0;
}

static int add_channel(td_engine *engine, int span, int timeslot, int fd, int number,
                       int signalling)
{
    struct dahdi *dahdi = dahdi_of(engine);
    struct dahdi_channel *channel = calloc(1, sizeof(*channel));
    int error;

    if (!channel)
        return -ENOMEM;
    channel->fd = fd;
    channel->number = number;
    channel->signalling = signalling;
    channel->span = (uint8_t)(span - 1);
    channel->timeslot = (uint8_t)timeslot;
    channel->bits = -1;
    channel->battery = 1;
    channel->wanted = TD_DAHDI_VOICE;
    error = dahdi_watch(dahdi, channel);
    if (error) {
        free(channel);
        return error;
    }
    dahdi->spans[span - 1].channels[timeslot] = channel;
    return 0;
}

int td_dahdi_channel(td_engine *engine, int span, int timeslot, int number)
{
    int signalling, fd, error;

    if (engine->ops != &dahdi_ops)
        return -EOPNOTSUPP;
    if (!command_has_span(engine, span) || timeslot < 1 || timeslot >= TIMESLOTS)
        return -ENODEV;
    if (engine->started || dahdi_of(engine)->spans[span - 1].channels[timeslot])
        return -EALREADY;
    fd = dahdi_open_channel(number, &signalling);
    if (fd < 0)
        return fd;
    error = add_channel(engine, span, timeslot, fd, number, signalling);
    if (error)
        close(fd);
    return error;
}
