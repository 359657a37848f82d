/* API side of T1 spans. */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>

#include "engine.h"
#include "t1.h"

#define ALL_TIMESLOTS ((2u << T1_TIMESLOTS) - 2)
#define MAX_REPEATS 10000

static int is_t1(const td_engine *engine, int span)
{
    if (!command_has_span(engine, span))
        return -ENODEV;
    return engine->spans[span - 1].kind == TD_SPAN_T1 ? 0 : -EOPNOTSUPP;
}

int td_span_configure_t1(td_engine *engine, int span, const td_t1_config *config)
{
    struct engine_span *of;
    int error = is_t1(engine, span);

    if (error)
        return error;
    if (engine->started)
        return -EBUSY;
    if (config->framing > TD_T1_ESF || config->cas & ~ALL_TIMESLOTS || config->options > 15)
        return -EINVAL;
    of = &engine->spans[span - 1];
    of->t1 = *config;
    of->cas = config->cas != 0;
    return engine->ops->configure(engine, span - 1);
}

int td_span_send_code(td_engine *engine, int span, int code, int repeats)
{
    int error = is_t1(engine, span);

    if (error)
        return error;
    if (engine->spans[span - 1].t1.framing != TD_T1_ESF)
        return -EOPNOTSUPP;
    if (code <= TD_T1_CODE_RAI || code & ~0x7e || repeats < 0 || repeats > MAX_REPEATS)
        return -EINVAL;
    return command_span(engine, span, (struct command){
        .op = OP_FDL_CODE, .a = code, .b = repeats ? repeats : (int)T1(CODE_REPEATS)});
}

int td_span_looped(const td_engine *engine, int span)
{
    if (!command_has_span(engine, span))
        return -ENODEV;
    return atomic_load_explicit(&engine->spans[span - 1].looped, memory_order_relaxed);
}

int td_span_t1_counters(const td_engine *engine, int span, td_t1_counts *counts)
{
    uint64_t all[sizeof(*counts) / 8];
    int error = is_t1(engine, span);

    if (error)
        return error;
    for (size_t i = 0; i < sizeof(*counts) / 8; i++)
        all[i] = look(&engine->spans[span - 1].t1_counts[i]);
    memcpy(counts, all, sizeof(*counts));
    return 0;
}
