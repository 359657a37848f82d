/* Octets of one channel: a block a block, and what happens when the two clocks are not one.
 *
 * What the kernel has received waits in its blocks and then in the store. Receiving and sending go at
 * the same pace, so what waits on both sides together stays the same; when the queue to be sent has
 * run dry (the kernel tells), it is put right again by that sum.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "dahdi.h"

#define SLACK_BLOCKS 3  /* above START_BLOCKS: then one is left out */
#define MOST_MISSING 2  /* blocks one behind the other */
#define SELDOM 128      /* blocks between looks at what waits */
#define FLAG_OCTET 0x7e /* an HDLC timeslot's fill */

static void slipped(td_engine *engine, struct dahdi_channel *channel, int frames)
{
    dahdi_of(engine)->spans[channel->span].slips++;
    dahdi_tell(engine, TD_EVENT_SLIP, channel->span, 0, 0, frames);
}

int dahdi_again(td_engine *engine, struct dahdi_channel *channel)
{
    if (errno == DAHDI_ELAST) {
        dahdi_events(engine, channel);
        return !channel->gone;
    }
    if (errno == EINTR)
        return 1;
    if (errno == ENODEV || errno == ENXIO || errno == EIO)
        dahdi_removed(engine, channel);
    return 0;
}

/* ---- sending --------------------------------------------------------------------------------- */

/* 0 when the kernel did not take it. */
static int put_block(td_engine *engine, struct dahdi_channel *channel, const uint8_t *octets)
{
    for (int tries = 0; tries < 4 && !channel->gone; tries++) {
        if (write(channel->fd, octets, engine->block_frames) >= 0)
            return 1;
        if (!dahdi_again(engine, channel))
            break;
    }
    count_up(&channel->refused, 1);
    return 0;
}

void dahdi_send(td_engine *engine, struct dahdi_channel *channel, const uint8_t *column)
{
    uint8_t octets[MAX_TX];

    if (channel->owed < 0) {
        channel->owed++;
        count_up(&channel->left_out, 1);
        return;
    }
    slot_gather(octets, column, engine->block_frames);
    put_block(engine, channel, octets);
    for (; channel->owed > 0 && !channel->gone; channel->owed--)
        put_block(engine, channel, octets);
}

/* ---- receiving ------------------------------------------------------------------------------- */

/* A block of the kernel's into the store; 0 when none waits. */
static int take_block(td_engine *engine, struct dahdi_channel *channel)
{
    uint8_t octets[MAX_BLOCK];
    ssize_t n = -1;

    for (int tries = 0; tries < 4 && n < 0 && !channel->gone; tries++) {
        n = read(channel->fd, octets, engine->block_frames);
        if (n < 0 && !dahdi_again(engine, channel))
            break;
    }
    if (n <= 0)
        return 0;
    if (channel->depth + (uint32_t)n > STORE_OCTETS) {
        count_up(&channel->overruns, 1);
        return 0;
    }
    for (ssize_t i = 0; i < n; i++)
        channel->store[(channel->head + channel->depth + (uint32_t)i) % STORE_OCTETS] = octets[i];
    channel->depth += (uint32_t)n;
    return 1;
}

static void take_all(td_engine *engine, struct dahdi_channel *channel)
{
    while (!channel->gone && take_block(engine, channel))
        ;
}

static void drop_block(td_engine *engine, struct dahdi_channel *channel)
{
    channel->head = (channel->head + engine->block_frames) % STORE_OCTETS;
    channel->depth -= engine->block_frames;
}

/* Nothing waited to be sent: what has come meanwhile waits here, and as much is missing there. */
static void set_right(td_engine *engine, struct dahdi_channel *channel)
{
    struct dahdi *dahdi = dahdi_of(engine);

    take_all(engine, channel);
    channel->owed = (int32_t)dahdi->blocks + START_BLOCKS -
                    (int32_t)(channel->depth / engine->block_frames);
}

/* A board whose clock is faster than the timer's gives more than is heard. */
static void look_at_depth(td_engine *engine, struct dahdi_channel *channel)
{
    uint32_t most = (START_BLOCKS + SLACK_BLOCKS) * engine->block_frames;

    take_all(engine, channel);
    if (channel->depth <= most)
        return;
    drop_block(engine, channel);
    count_up(&channel->left_out, 1);
    slipped(engine, channel, -(int)engine->block_frames);
}

/* Where more than one block is missing there is no clock that is slow, but no line: it begins anew
 * when something comes. */
static void repeat(td_engine *engine, struct dahdi_channel *channel, uint8_t *column)
{
    if (++channel->missing > MOST_MISSING) {
        channel->primed = 0;
        return;
    }
    count_up(&channel->repeated, 1);
    slipped(engine, channel, (int)engine->block_frames);
    slot_scatter(column, channel->last, engine->block_frames);
}

void dahdi_hear(td_engine *engine, struct dahdi_channel *channel, uint8_t *column)
{
    struct dahdi *dahdi = dahdi_of(engine);
    uint32_t block = engine->block_frames;

    if (!channel->primed) {
        take_all(engine, channel);
        channel->primed = channel->depth >= START_BLOCKS * block;
        if (!channel->primed)
            return; /* the column holds the idle octet */
    } else if (dahdi->current && (dahdi->turn + channel->timeslot) % SELDOM == 0) {
        look_at_depth(engine, channel);
    } else {
        take_block(engine, channel);
    }
    if (look(&channel->underruns) != channel->set_right) {
        channel->set_right = look(&channel->underruns);
        set_right(engine, channel);
    }
    if (channel->depth < block) {
        repeat(engine, channel, column);
        return;
    }
    channel->missing = 0;
    for (uint32_t i = 0; i < block; i++)
        channel->last[i] = channel->store[(channel->head + i) % STORE_OCTETS];
    drop_block(engine, channel);
    slot_scatter(column, channel->last, block);
}

/* ---- a timeslot is opened or closed ---------------------------------------------------------- */

static void begin_octets(td_engine *engine, struct dahdi_channel *channel, const struct slot *slot)
{
    struct dahdi *dahdi = dahdi_of(engine);
    uint8_t octets[MAX_BLOCK];
    int on = 1;

    memset(octets, slot->kind == SLOT_HDLC ? FLAG_OCTET : slot->idle, sizeof(octets));
    memset(channel->last, slot->idle, sizeof(channel->last));
    for (unsigned i = 0; i < dahdi->blocks; i++)
        put_block(engine, channel, octets);
    ioctl(channel->fd, DAHDI_BUFFER_EVENTS, &on);
}

void dahdi_begin(td_engine *engine, struct dahdi_channel *channel, const struct slot *slot)
{
    struct dahdi_span *span = &dahdi_of(engine)->spans[channel->span];
    uint32_t bit = 1u << channel->timeslot;
    int off = 0, both = DAHDI_FLUSH_BOTH;

    channel->slot = slot;
    span->octets_mask &= ~bit;
    span->frames_mask &= ~bit;
    channel->primed = channel->missing = 0;
    channel->head = channel->depth = 0;
    channel->owed = 0;
    channel->set_right = look(&channel->underruns);
    for (unsigned i = 0; i < engine->block_frames; i++)
        span->rx[i * TIMESLOTS + channel->timeslot] = slot ? slot->idle : IDLE_OCTET;
    if (channel->gone)
        return;
    ioctl(channel->fd, DAHDI_BUFFER_EVENTS, &off);
    ioctl(channel->fd, DAHDI_FLUSH, &both);
    if (!slot)
        return;
    channel->mode = (uint8_t)atomic_load(&channel->wanted);
    memset(channel->fill_in, 0, sizeof(channel->fill_in));
    if (channel->mode >= TD_DAHDI_FRAMES) {
        span->frames_mask |= bit;
        return;
    }
    span->octets_mask |= bit;
    begin_octets(engine, channel, slot);
}
