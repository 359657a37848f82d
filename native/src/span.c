/* API side of spans and cables, and the framers by themselves. */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>

#include "cable.h"
#include "e1.h"
#include "engine.h"

int td_span_configure(td_engine *engine, int span, int crc4, int cas)
{
    if (!command_has_span(engine, span))
        return -ENODEV;
    if (engine->started)
        return -EBUSY;
    if (cas && engine->spans[span - 1].opened[16])
        return -EBUSY;
    engine->spans[span - 1].crc4 = crc4 != 0;
    engine->spans[span - 1].cas = cas != 0;
    engine->ops->configure(engine, span - 1);
    return 0;
}

uint32_t td_span_alarms(const td_engine *engine, int span)
{
    if (!command_has_span(engine, span))
        return 0;
    return atomic_load_explicit(&engine->spans[span - 1].alarms, memory_order_relaxed);
}

int td_span_counters(const td_engine *engine, int span, td_span_counts *counts)
{
    uint64_t all[sizeof(*counts) / 8];

    if (!command_has_span(engine, span))
        return -ENODEV;
    for (size_t i = 0; i < sizeof(*counts) / 8; i++)
        all[i] = look(&engine->spans[span - 1].counts[i]);
    memcpy(counts, all, sizeof(*counts));
    return 0;
}

int td_span_loopback(td_engine *engine, int span, int loopback)
{
    if (loopback < TD_LOOP_NONE || loopback > TD_LOOP_LINE)
        return -EINVAL;
    return command_span(engine, span, (struct command){.op = OP_LOOPBACK, .a = loopback});
}

int td_span_send_ais(td_engine *engine, int span, int on)
{
    return command_span(engine, span, (struct command){.op = OP_SEND_AIS, .a = on != 0});
}

int td_line_connect(td_engine *engine, int from, int to)
{
    if (from && !command_has_span(engine, from))
        return -ENODEV;
    return command_span(engine, to, (struct command){.op = OP_LINE_CONNECT, .a = from - 1});
}

int td_line_state(td_engine *engine, int to, int state)
{
    if (state < TD_LINE_NORMAL || state > TD_LINE_AIS)
        return -EINVAL;
    return command_span(engine, to, (struct command){.op = OP_LINE_STATE, .a = state});
}

int td_line_slip(td_engine *engine, int to, int frames)
{
    if (frames != 1 && frames != -1)
        return -EINVAL;
    return command_span(engine, to, (struct command){.op = OP_LINE_SLIP, .a = frames});
}

int td_line_slip_bit(td_engine *engine, int to, int bits)
{
    if (bits != 1 && bits != -1)
        return -EINVAL;
    return command_span(engine, to, (struct command){.op = OP_LINE_SLIP_BIT, .a = bits});
}

/* Free what the engine has done with; all: the engine runs no more. */
void line_sweep(td_engine *engine, int all)
{
    struct line_change **link = &engine->changes;

    while (*link) {
        struct line_change *change = *link;

        if (all || atomic_load_explicit(&change->done, memory_order_acquire)) {
            *link = change->next;
            free(change->delay);
            free(change);
        } else {
            link = &change->next;
        }
    }
}

static int check_impairment(const td_impairment *is)
{
    return is->ber >= 0 && is->ber <= 0.5 && is->bursts_per_second >= 0 &&
           is->bursts_per_second <= 100000 && is->delay_blocks <= 1000 &&
           (is->bursts_per_second == 0 ||
            (is->burst_bits > 0 && is->burst_density > 0 && is->burst_density <= 1)) &&
           is->ppb >= -1000000 && is->ppb <= 1000000;
}

int td_line_impair(td_engine *engine, int to, const td_impairment *impairment)
{
    struct line_change *change;
    uint32_t blocks = impairment->delay_blocks;
    int error = -ENOMEM;

    if (!command_has_span(engine, to))
        return -ENODEV;
    if (!check_impairment(impairment))
        return -EINVAL;
    line_sweep(engine, 0);
    change = calloc(1, sizeof(*change));
    if (!change)
        return -ENOMEM;
    change->is = *impairment;
    if (blocks) {
        change->delay = calloc(1, sizeof(struct cable_delay) +
                                  (blocks + 1) * sizeof(change->delay->block[0]));
        if (change->delay)
            change->delay->blocks = blocks;
    }
    if (change->delay || !blocks)
        error = command_span(engine, to,
                             (struct command){.op = OP_LINE_IMPAIR, .pointer = change});
    if (error) {
        free(change->delay);
        free(change);
        return error;
    }
    change->next = engine->changes;
    engine->changes = change;
    return 0;
}
