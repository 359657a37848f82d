/* Pulses, flashes and metering: what a port does by itself, to the sample. */
#define _GNU_SOURCE
#include <math.h>

#include "analog_model.h"

static void at_time(struct analog_sending *sending, double samples)
{
    sending->at += samples;
    sending->due = (uint64_t)llround(sending->at);
}

void analog_send(struct analog *analog, struct analog_port *port, struct analog_sending *what)
{
    struct analog_sending *sending = &port->sending;

    *sending = *what;
    sending->at = (double)analog->now;
    sending->due = analog->now;
    analog_wake(analog, port->line);
    if (sending->kind == SENDING_PULSES)
        return; /* begins with its first step */
    if (sending->kind == SENDING_FLASH)
        port->broken = 1;
    else
        port->metering = 1;
    at_time(sending, sending->break_part);
}

void analog_sending_end(struct analog *analog, struct analog_port *port, uint64_t at)
{
    struct analog_sending *sending = &port->sending;

    if (sending->kind == SENDING_NONE)
        return;
    sending->kind = SENDING_NONE;
    sending->due = NEVER;
    port->broken = port->metering = 0;
    port->line->dirty = 1;
    atomic_store_explicit(&port->busy, 0, memory_order_release);
    analog_tell(analog, port, at, TD_LINE_SENT, 0, sending->tag, 0);
}

/* A break begins: of the digit under way, or of the next. */
static void begin_break(struct analog_sending *sending)
{
    if (sending->left == 0) {
        unsigned digit = sending->digit_of[sending->digit++];

        sending->left = digit ? digit : 10;
    }
    sending->left--;
    sending->breaking = 1;
    at_time(sending, sending->break_part);
}

/* A break is over: behind the last of a digit is the pause, behind the last of all a make. */
static void begin_make(struct analog_sending *sending)
{
    sending->breaking = 0;
    if (sending->left == 0 && sending->digit < sending->digits)
        at_time(sending, sending->interdigit);
    else
        at_time(sending, sending->period - sending->break_part);
}

void analog_sending_step(struct analog *analog, struct analog_port *port, uint64_t at)
{
    struct analog_sending *sending = &port->sending;
    int over = sending->left == 0 && sending->digit == sending->digits;

    if (sending->kind == SENDING_NONE || at < sending->due)
        return;
    if (sending->kind != SENDING_PULSES || (over && !sending->breaking)) {
        analog_sending_end(analog, port, at);
        return;
    }
    if (sending->breaking)
        begin_make(sending);
    else
        begin_break(sending);
    port->broken = sending->breaking;
    port->line->dirty = 1;
}
