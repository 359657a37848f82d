/* What the API asks of a DAHDI channel or span: the kernel is asked at once, and says what it
 * thinks. */
#define _GNU_SOURCE
#include <errno.h>
#include <math.h>
#include <string.h>

#include "dahdi.h"

extern const struct backend_ops dahdi_ops;

static struct dahdi_channel *find(const td_engine *engine, int span, int timeslot, int *error)
{
    struct dahdi_channel *channel;

    *error = -ENODEV;
    if (engine->ops != &dahdi_ops || !command_has_span(engine, span) || timeslot < 1 ||
        timeslot >= TIMESLOTS)
        return NULL;
    channel = dahdi_of(engine)->spans[span - 1].channels[timeslot];
    if (channel)
        *error = 0;
    return channel;
}

static int ask(const td_engine *engine, int span, int timeslot, unsigned long request, void *with)
{
    int error;
    struct dahdi_channel *channel = find(engine, span, timeslot, &error);

    if (!channel)
        return error;
    return ioctl(channel->fd, request, with) < 0 ? -errno : 0;
}

/* ---- what a channel carries ------------------------------------------------------------------ */

static int is_frames_only(int signalling)
{
    return signalling == DAHDI_SIG_HDLC_FCS || signalling == DAHDI_SIG_HARD_HDLC ||
           signalling == DAHDI_SIG_MTP2;
}

/* A clear channel's modes; those of other signalling are what they are configured as. */
static int set_clear(struct dahdi_channel *channel, int mode)
{
    int on = 1, off = 0;
    int rate = mode == TD_DAHDI_FRAMES_56 ? 56 : 64;

    if (mode == TD_DAHDI_VOICE)
        return ioctl(channel->fd, DAHDI_AUDIO_MODE, &on) < 0 ? -errno : 0;
    if (ioctl(channel->fd, DAHDI_AUDIO_MODE, &off) < 0)
        return -errno;
    if (mode == TD_DAHDI_OCTETS)
        return 0;
    if (ioctl(channel->fd, DAHDI_HDLC_RATE, &rate) < 0)
        return -errno;
    return ioctl(channel->fd, DAHDI_HDLC_FCS_MODE, &on) < 0 ? -errno : 0;
}

static int set_kind(struct dahdi_channel *channel, int mode)
{
    int clear = channel->signalling == DAHDI_SIG_CLEAR;

    if (is_frames_only(channel->signalling))
        return mode == TD_DAHDI_FRAMES ? 0 : -EOPNOTSUPP;
    if (clear)
        return set_clear(channel, mode);
    return mode >= TD_DAHDI_FRAMES ? -EOPNOTSUPP : 0;
}

static unsigned block_for(const td_engine *engine, int mode, uint32_t max_octets)
{
    unsigned octets = 64;

    if (mode < TD_DAHDI_FRAMES)
        return engine->block_frames;
    /* Frame and FCS have to be less than a block. */
    while (octets < max_octets + 8 && octets < DAHDI_MOST_BLOCK)
        octets *= 2;
    return octets;
}

int td_dahdi_mode(td_engine *engine, int span, int timeslot, int mode, int law, uint32_t max_octets)
{
    int error;
    struct dahdi_channel *channel = find(engine, span, timeslot, &error);
    int kernel_law = law == TD_ULAW ? 1 : 2;

    if (!channel)
        return error;
    if (mode < TD_DAHDI_VOICE || mode > TD_DAHDI_FRAMES_56 || max_octets + 8 > DAHDI_MOST_BLOCK)
        return -EINVAL;
    error = set_kind(channel, mode);
    if (!error)
        error = dahdi_set_buffers(channel->fd, block_for(engine, mode, max_octets));
    if (!error && mode == TD_DAHDI_VOICE && ioctl(channel->fd, DAHDI_SET_LAW, &kernel_law) < 0)
        error = -errno;
    if (!error)
        atomic_store(&channel->wanted, mode);
    return error;
}

/* ---- bits ------------------------------------------------------------------------------------ */

int td_dahdi_set_bits(td_engine *engine, int span, int timeslot, int abcd)
{
    int error;
    struct dahdi_channel *channel = find(engine, span, timeslot, &error);

    if (!channel)
        return error;
    if (channel->signalling != DAHDI_SIG_CAS)
        return -EOPNOTSUPP;
    if (abcd < 0 || abcd > 15)
        return -EINVAL;
    return ioctl(channel->fd, DAHDI_SEND_BITS, &abcd) < 0 ? -errno : 0;
}

int td_dahdi_bits(const td_engine *engine, int span, int timeslot)
{
    int error, bits = 0;
    struct dahdi_channel *channel = find(engine, span, timeslot, &error);

    if (!channel)
        return error;
    if (channel->signalling != DAHDI_SIG_CAS)
        return -EOPNOTSUPP;
    return ioctl(channel->fd, DAHDI_RECEIVED_BITS, &bits) < 0 ? -errno : bits & 15;
}

/* ---- echo and gain --------------------------------------------------------------------------- */

int td_dahdi_echo(td_engine *engine, int span, int timeslot, int taps)
{
    return ask(engine, span, timeslot, DAHDI_ECHO_CANCEL, &taps);
}

static void fill_gain(uint8_t *table, int ulaw, double db)
{
    double factor = pow(10, db / 20);

    for (int i = 0; i < 256; i++) {
        uint8_t octet = (uint8_t)i;
        int16_t sample;
        double louder;

        if (ulaw)
            td_ulaw_decode(&octet, &sample, 1);
        else
            td_alaw_decode(&octet, &sample, 1);
        louder = fmin(fmax(sample * factor, -32768), 32767);
        sample = (int16_t)lround(louder);
        if (db == 0)
            table[i] = octet;
        else if (ulaw)
            td_ulaw_encode(&sample, &table[i], 1);
        else
            td_alaw_encode(&sample, &table[i], 1);
    }
}

int td_dahdi_gain(td_engine *engine, int span, int timeslot, double received_db, double sent_db)
{
    struct dahdi_parameters about = {.channel = 0};
    struct dahdi_gain_tables tables = {.channel = 0};
    int error = ask(engine, span, timeslot, DAHDI_GET_PARAMETERS, &about);

    if (error)
        return error;
    if (!(received_db >= -40 && received_db <= 40 && sent_db >= -40 && sent_db <= 40))
        return -EINVAL;
    fill_gain(tables.received, about.law == 1, received_db);
    fill_gain(tables.sent, about.law == 1, sent_db);
    return ask(engine, span, timeslot, DAHDI_SET_GAINS, &tables);
}

int td_dahdi_hardware_gain(td_engine *engine, int span, int timeslot, int sent, int tenths)
{
    struct dahdi_hardware_gain gain = {.tenths_db = tenths, .sent = sent != 0};

    return ask(engine, span, timeslot, DAHDI_HARDWARE_GAIN, &gain);
}

/* ---- span ------------------------------------------------------------------------------------ */

int td_dahdi_loopback(td_engine *engine, int span, int loopback)
{
    static const int32_t commands[] = {DAHDI_LOOP_NONE, DAHDI_LOOP_LOCAL, DAHDI_LOOP_LINE,
                                       DAHDI_LOOP_PAYLOAD};
    struct dahdi_maintenance how;

    if (engine->ops != &dahdi_ops || !command_has_span(engine, span))
        return -ENODEV;
    if (loopback < TD_LOOP_NONE || loopback > TD_LOOP_PAYLOAD)
        return -EINVAL;
    how.span = dahdi_of(engine)->spans[span - 1].number;
    how.command = commands[loopback];
    if (ioctl(dahdi_of(engine)->control, DAHDI_MAINTENANCE, &how) < 0)
        return -errno;
    atomic_store_explicit(&engine->spans[span - 1].looped, loopback, memory_order_relaxed);
    return 0;
}

/* ---- analog ports ---------------------------------------------------------------------------- */

int td_dahdi_hook(td_engine *engine, int span, int timeslot, int what)
{
    int error;
    struct dahdi_channel *channel = find(engine, span, timeslot, &error);

    if (!channel)
        return error;
    if (what < TD_DAHDI_ON_HOOK || what > TD_DAHDI_RING_OFF)
        return -EINVAL;
    /* Without waiting, the kernel begins and says that it is not through: an event tells that. */
    if (ioctl(channel->fd, DAHDI_HOOK, &what) < 0 && errno != EINPROGRESS)
        return -errno;
    if (channel->signalling & DAHDI_SIG_AS_FXS && what <= TD_DAHDI_OFF_HOOK)
        atomic_store(&channel->off_hook, what);
    return 0;
}

int td_dahdi_polarity(td_engine *engine, int span, int timeslot, int reversed)
{
    return ask(engine, span, timeslot, DAHDI_SET_POLARITY, &reversed);
}

/* Begin what ends by an event with `tag`. */
static int begin(struct dahdi_channel *channel, int64_t tag)
{
    if (atomic_exchange(&channel->sending, 1))
        return -EBUSY;
    atomic_store(&channel->tag, tag);
    return 0;
}

static int end(struct dahdi_channel *channel, int error)
{
    if (error)
        atomic_store(&channel->sending, 0);
    return error;
}

int td_dahdi_pulses(td_engine *engine, int span, int timeslot, const char *digits, int make,
                    int break_, int after, int64_t tag)
{
    int error;
    struct dahdi_channel *channel = find(engine, span, timeslot, &error);
    struct dahdi_parameters about = {.channel = 0};
    struct dahdi_dial dial = {.operation = 2};

    if (!channel)
        return error;
    if (strlen(digits) < 1 || strlen(digits) > 32 || strspn(digits, "0123456789") != strlen(digits))
        return -EINVAL;
    error = begin(channel, tag);
    if (error)
        return error;
    if (ioctl(channel->fd, DAHDI_GET_PARAMETERS, &about) < 0)
        return end(channel, -errno);
    about.pulse_make = make;
    about.pulse_break = break_;
    about.pulse_after = after;
    dial.digits[0] = 'P';
    memcpy(dial.digits + 1, digits, strlen(digits));
    if (ioctl(channel->fd, DAHDI_SET_PARAMETERS, &about) < 0 ||
        ioctl(channel->fd, DAHDI_DIAL, &dial) < 0)
        return end(channel, -errno);
    return 0;
}

int td_dahdi_flash(td_engine *engine, int span, int timeslot, int ms, int64_t tag)
{
    int error, flash = DAHDI_FLASH;
    struct dahdi_channel *channel = find(engine, span, timeslot, &error);
    struct dahdi_parameters about = {.channel = 0};

    if (!channel)
        return error;
    if (ms < 1 || ms > 10000)
        return -EINVAL;
    error = begin(channel, tag);
    if (error)
        return error;
    if (ioctl(channel->fd, DAHDI_GET_PARAMETERS, &about) < 0)
        return end(channel, -errno);
    about.flash = ms;
    if (ioctl(channel->fd, DAHDI_SET_PARAMETERS, &about) < 0 ||
        (ioctl(channel->fd, DAHDI_HOOK, &flash) < 0 && errno != EINPROGRESS))
        return end(channel, -errno);
    return 0;
}

int td_dahdi_sending(const td_engine *engine, int span, int timeslot)
{
    int error;
    struct dahdi_channel *channel = find(engine, span, timeslot, &error);

    return channel ? atomic_load(&channel->sending) : error;
}

int td_dahdi_ring_steadily(td_engine *engine, int span, int timeslot)
{
    struct dahdi_cadence cadence = {.ms = {30000, 100}};

    return ask(engine, span, timeslot, DAHDI_SET_CADENCE, &cadence);
}

int td_dahdi_on_hook_audio(td_engine *engine, int span, int timeslot, int ms)
{
    return ask(engine, span, timeslot, DAHDI_ON_HOOK_TRANSFER, &ms);
}

int td_dahdi_lamp(td_engine *engine, int span, int timeslot, int on)
{
    return ask(engine, span, timeslot, DAHDI_VOICE_MAIL, &on);
}

int td_dahdi_line(const td_engine *engine, int span, int timeslot, int *off_hook, int *battery)
{
    int error;
    struct dahdi_channel *channel = find(engine, span, timeslot, &error);

    if (!channel)
        return error;
    *off_hook = atomic_load(&channel->off_hook);
    *battery = atomic_load(&channel->battery);
    return 0;
}

/* ---- counters -------------------------------------------------------------------------------- */

int td_dahdi_counters(const td_engine *engine, int span, int timeslot, td_dahdi_counts *counts)
{
    int error;
    struct dahdi_channel *channel = find(engine, span, timeslot, &error);

    if (!channel)
        return error;
    *counts = (td_dahdi_counts){
        .underruns = look(&channel->underruns), .overruns = look(&channel->overruns),
        .repeated = look(&channel->repeated), .left_out = look(&channel->left_out),
        .refused = look(&channel->refused), .events = look(&channel->events)};
    return 0;
}
