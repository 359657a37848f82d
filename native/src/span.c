/* API side of spans and cables, and the framers by themselves. */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>

#include "analog.h"
#include "cable.h"
#include "e1.h"
#include "engine.h"

/* 0 when the span may be given another kind or other options. */
static int may_configure(const td_engine *engine, int span)
{
    if (!command_has_span(engine, span))
        return -ENODEV;
    return engine->started ? -EBUSY : 0;
}

int td_span_set_kind(td_engine *engine, int span, int kind)
{
    int error = may_configure(engine, span);
    struct engine_span *of;
    uint8_t before;

    if (error)
        return error;
    if (kind < TD_SPAN_E1 || kind > TD_SPAN_ANALOG)
        return -EINVAL;
    of = &engine->spans[span - 1];
    for (int timeslot = 0; timeslot < TIMESLOTS; timeslot++)
        if (of->opened[timeslot])
            return -EBUSY;
    if (kind != TD_SPAN_ANALOG && analog_has_ports(engine, span - 1))
        return -EBUSY;
    before = of->kind;
    of->kind = (uint8_t)kind;
    of->cas = 0;
    of->t1 = (td_t1_config){.framing = TD_T1_ESF};
    of->idle_octet = kind == TD_SPAN_T1 ? 0xff : IDLE_OCTET; /* mu-law +0 */
    memset(of->idle, of->idle_octet, TIMESLOTS);
    error = engine->ops->configure(engine, span - 1);
    if (error)
        of->kind = before;
    return error;
}

int td_span_configure(td_engine *engine, int span, int crc4, int cas)
{
    int error = may_configure(engine, span);

    if (error)
        return error;
    if (engine->spans[span - 1].kind != TD_SPAN_E1)
        return -EOPNOTSUPP;
    if (cas && engine->spans[span - 1].opened[16])
        return -EBUSY;
    engine->spans[span - 1].crc4 = crc4 != 0;
    engine->spans[span - 1].cas = cas != 0;
    return engine->ops->configure(engine, span - 1);
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

/* A command for a span that has a framer. */
static int line_command(td_engine *engine, int span, struct command command)
{
    if (command_has_span(engine, span) && engine->spans[span - 1].kind == TD_SPAN_ANALOG)
        return -EOPNOTSUPP;
    return command_span(engine, span, command);
}

int td_span_loopback(td_engine *engine, int span, int loopback)
{
    if (loopback < TD_LOOP_NONE || loopback > TD_LOOP_PAYLOAD)
        return -EINVAL;
    return line_command(engine, span, (struct command){.op = OP_LOOPBACK, .a = loopback});
}

int td_span_send_ais(td_engine *engine, int span, int on)
{
    return line_command(engine, span, (struct command){.op = OP_SEND_AIS, .a = on != 0});
}

int td_span_set_sa(td_engine *engine, int span, int sa)
{
    if (sa < 0 || sa > 31)
        return -EINVAL;
    if (command_has_span(engine, span) && engine->spans[span - 1].kind != TD_SPAN_E1)
        return -EOPNOTSUPP;
    return line_command(engine, span, (struct command){.op = OP_SA, .a = sa});
}

int td_line_connect(td_engine *engine, int from, int to)
{
    if (from && !command_has_span(engine, from))
        return -ENODEV;
    if (from && command_has_span(engine, to) &&
        engine->spans[from - 1].kind != engine->spans[to - 1].kind)
        return -EOPNOTSUPP;
    return line_command(engine, to, (struct command){.op = OP_LINE_CONNECT, .a = from - 1});
}

int td_line_state(td_engine *engine, int to, int state)
{
    if (state < TD_LINE_NORMAL || state > TD_LINE_AIS)
        return -EINVAL;
    return line_command(engine, to, (struct command){.op = OP_LINE_STATE, .a = state});
}

int td_line_slip(td_engine *engine, int to, int frames)
{
    if (frames != 1 && frames != -1)
        return -EINVAL;
    return line_command(engine, to, (struct command){.op = OP_LINE_SLIP, .a = frames});
}

int td_line_slip_bit(td_engine *engine, int to, int bits)
{
    if (bits != 1 && bits != -1)
        return -EINVAL;
    return line_command(engine, to, (struct command){.op = OP_LINE_SLIP_BIT, .a = bits});
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
        error = line_command(engine, to,
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
