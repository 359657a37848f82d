/* What analog ports tell, and how long they look before they tell it. */
#define _GNU_SOURCE
#include "analog_model.h"

void analog_tell(struct analog *analog, const struct analog_port *port, uint64_t at, int code,
                 int value, int64_t tag, uint32_t octets)
{
    td_event event = {
        .time = analog->block_time + (at - analog->now) * FRAME_NS,
        .tag = tag,
        .octets = octets,
        .value = (int16_t)value,
        .kind = TD_EVENT_LINE,
        .span = (uint8_t)(port->span + 1),
        .timeslot = port->number,
        .code = (uint8_t)code,
    };

    engine_event(analog->engine, &event, NULL);
}

void analog_set_told(struct analog_watch *watch, int value)
{
    watch->seen = watch->told = (int8_t)value;
    watch->due = NEVER;
}

int analog_see(struct analog_watch *watch, int value, uint64_t at, unsigned samples)
{
    if (value == watch->told) {
        watch->seen = watch->told;
        watch->due = NEVER;
        return 0;
    }
    if (value != watch->seen) {
        watch->seen = (int8_t)value;
        watch->due = at + samples;
    }
    if (at < watch->due)
        return 0;
    analog_set_told(watch, value);
    return 1;
}
