/* An event of the daemon's on its way to the channels. */
#ifndef SHPA3_FOLLOW_H
#define SHPA3_FOLLOW_H

#include "shpa3.h"

struct told {
    const struct json *json;
    uint32_t event;
    struct channel *channel;
    int64_t call;
};

void text_of(const struct told *told, const char *key, char *to, size_t size);
int told_is(const struct told *told, const char *key, const char *text);
int64_t number_of(const struct told *told, const char *key);

/* follow_line.c */
void channel_changed(struct told *told);
void alarm_changed(struct told *told);

#endif
