/* Frames of a channel that the kernel or the board gives: HDLC with its FCS, signal units of MTP2.
 *
 * The kernel overwrites the last two octets written with the FCS, and gives them with what it has
 * read. It repeats the last signal unit for ever, a message too, so a fill-in follows each; and it
 * drops a unit equal to the one before, so two equal messages have the fill-in between them.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "dahdi.h"
#include "mtp2.h"

#define FCS_OCTETS 2
#define AROUND 4 /* octets on the line beside a frame's own: FCS, flag, stuffing */

static int is_mtp2(const struct dahdi_channel *channel)
{
    return channel->signalling == DAHDI_SIG_MTP2;
}

/* 1 taken, 0 not now. */
static int put_frame(td_engine *engine, struct dahdi_channel *channel, const uint8_t *frame,
                     uint32_t n)
{
    uint8_t octets[MAX_FRAME + FCS_OCTETS];

    memcpy(octets, frame, n);
    memset(octets + n, 0, FCS_OCTETS);
    for (int tries = 0; tries < 4 && !channel->gone; tries++) {
        if (write(channel->fd, octets, n + FCS_OCTETS) >= 0) {
            channel->owed += (int32_t)(n + AROUND);
            return 1;
        }
        if (!dahdi_again(engine, channel))
            break;
    }
    return 0;
}

static void tell_low(td_engine *engine, const struct dahdi_channel *channel)
{
    dahdi_tell(engine, TD_EVENT_TX_LOW, channel->span, channel->timeslot, 0, 0);
}

/* What the kernel goes on with once the message is out. */
static void follow_message(td_engine *engine, struct dahdi_channel *channel, const uint8_t *su)
{
    channel->fill_in[0] = su[0];
    channel->fill_in[1] = su[1];
    channel->fill_in[2] = 0;
    put_frame(engine, channel, channel->fill_in, sizeof(channel->fill_in));
}

void dahdi_send_frames(td_engine *engine, struct dahdi_channel *channel, struct slot *slot)
{
    int32_t block = (int32_t)engine->block_frames;
    const uint8_t *frame;
    uint32_t n;

    /* `owed`: octets that still wait in the kernel, as the clock has it. */
    channel->owed = channel->owed > block ? channel->owed - block : 0;
    while (channel->owed < 2 * block && (frame = queue_first(&slot->queue, &n)) != NULL) {
        int message = is_mtp2(channel) && !mtp2_is_fill_in(frame, n);
        uint8_t su[2] = {frame[0], n > 1 ? frame[1] : 0};

        if (!put_frame(engine, channel, frame, n)) {
            count_up(&channel->refused, 1);
            return;
        }
        queue_drop(&slot->queue);
        count_up(&slot->tx_frames, 1);
        count_up(&slot->tx_octets, n);
        if (!message)
            continue;
        follow_message(engine, channel, su);
        if (!queue_first(&slot->queue, &n))
            tell_low(engine, channel);
    }
}

static void tell_frame(td_engine *engine, const struct dahdi_channel *channel, struct slot *slot,
                       const uint8_t *frame, size_t n)
{
    td_event event = {.time = dahdi_now(engine), .kind = TD_EVENT_FRAME,
                      .span = (uint8_t)(channel->span + 1), .timeslot = channel->timeslot,
                      .length = (uint16_t)n};

    if (n > slot->max_octets) {
        count_up(&slot->longs, 1);
        dahdi_tell(engine, TD_EVENT_FAULT, channel->span, channel->timeslot, TD_HDLC_LONG, 0);
        return;
    }
    count_up(&slot->rx_frames, 1);
    count_up(&slot->rx_octets, n);
    engine_event(engine, &event, frame);
}

void dahdi_hear_frames(td_engine *engine, struct dahdi_channel *channel, struct slot *slot)
{
    uint8_t frame[MAX_FRAME + FCS_OCTETS];

    for (int more = 0; more < DAHDI_MOST_BLOCKS && !channel->gone; more++) {
        ssize_t n = read(channel->fd, frame, sizeof(frame));

        if (n < 0 && dahdi_again(engine, channel))
            continue;
        if (n < 0)
            return;
        if (n > FCS_OCTETS)
            tell_frame(engine, channel, slot, frame, (size_t)n - FCS_OCTETS);
    }
}
