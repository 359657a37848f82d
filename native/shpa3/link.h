/* Within the link: lines, and how a session begins. */
#ifndef SHPA3_LINK_H
#define SHPA3_LINK_H

#include "shpa3.h"

#define LINE_MOST                                                                                  \
    (4u << 20) /* octets of a line from the daemon; answers may be longer than requests */
#define RECONNECT_MS 500

struct input {
    char *text;
    size_t n, room, seen; /* `seen`: no line's end before it */
};

/* Reads what is there and gives whole lines. 0; -1: the other end has gone, or no memory. */
int input_read(struct input *input, int fd, void (*line)(const char *line, size_t n));

int make_line(char *line, size_t size, int64_t id, const char *method, struct request *request);
int read_answer(struct reply *reply, const char *method);
void take_line(const char *line, size_t n);

/* Connects, says hello, learns trunks and channels, and subscribes. 0; -1: `why` says why. */
int session_begin(int *fd, char *why, size_t size);
void session_again(void);

#endif
