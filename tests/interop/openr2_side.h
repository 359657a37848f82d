/* The channels of one end of openr2 that runs a call script. Test program; linked with libopenr2. */
#ifndef OPENR2_SIDE_H
#define OPENR2_SIDE_H

#include "openr2_wire.h"

#include <openr2.h>
#include <stdio.h>

/* The options of `trunkd peer r2`, with the same meaning, and those of openr2. */
struct script {
    bool answer, early, quiet, expect_reject, no_answer, immediate, log;
    long calls; /* 0 with answer: until the far end hangs up */
    int conc, hold_ms, drop_ms, block_ms, rest_ms, max_ani, max_dnis, reject, drop_cause, mode, category;
    int ani_first; /* -1: as the variant has it */
    const char *called, *calling;
    double timeout_s;
};

struct channel {
    openr2_chan_t *r2;
    struct wire *wire;
    int number, call; /* call: its number, 0: none */
    bool outgoing, connected, local, ending;
    int64_t hang_up_at, idle_at; /* wire_now, 0: not */
    int cause;
};

struct side {
    const struct script *script;
    openr2_context_t *context;
    struct channel channels[WIRES];
    int n_channels, active, next_call;
    int64_t next_place; /* wire_now */
    long placed, offered, connected, released, failed, errors;
};

extern struct side side;
extern openr2_event_interface_t side_events;
extern const char *const CAUSES[]; /* by openr2_call_disconnect_cause_t */

void side_run(void);      /* what the script wants done now */
bool side_finished(void); /* the script is through */
bool side_good(void);     /* all calls ended as expected */
void side_summary(double cpu_s, bool timed_out);
void side_trace(openr2_chan_t *r2, openr2_log_level_t level, const char *format, va_list list);

#endif
