/* Analog spans of the simulated back-end: ports, their lines, and what they do to voice. */
#ifndef TD_ANALOG_H
#define TD_ANALOG_H

#include "engine.h"

/* Make engine->analog, for the first analog span; 0 or -ENOMEM. */
int analog_init(td_engine *engine);
/* Span `index` is analog from now on, or no more; before start. */
void analog_configure(td_engine *engine, int index, int on);
/* A span with ports stays analog. */
int analog_has_ports(const td_engine *engine, int index);
/* Take the tx of all analog spans and give their rx, for the block that began at `time`; tell what
 * happened. */
void analog_receive(td_engine *engine, uint64_t time);
/* Carry out what concerns an analog line (OP_BITS and after). 0, or a negative errno. */
int analog_command(td_engine *engine, const struct command *command);
void analog_free(td_engine *engine);

#endif
