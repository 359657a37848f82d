/* One side of a libpri trunk that runs a call script. Test program; linked with libpri (GPL-2). */
#ifndef LIBPRI_SIDE_H
#define LIBPRI_SIDE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <libpri.h>

#define SIDE_CHANNELS 32 /* timeslots of an E1; 0 and 16 carry no call */
#define NS_PER_MS 1000000LL
#define NS_PER_S 1000000000LL

/* The options of `trunkd peer pri`, with the same meaning. */
struct script {
    bool net, answer, restart, expect_reject, quiet;
    long calls; /* 0 with answer: until the far end hangs up */
    int conc, hold_ms, overlap, min_digits, cause, reject, drop_ms, chans;
    double rate, timeout_s;
    const char *called, *calling, *name;
    int switch_type; /* PRI_SWITCH_…, 0: EuroISDN on an E1 */
    int service;     /* channel that is taken out of service, 0: none */
    const char *services; /* "grant" or "refuse" what is asked of us, NULL: we have no services */
    const char *deflect;  /* send calls that are offered there instead of answering, NULL: not */
    bool bridge;          /* when two calls are connected, have the network join their far ends */
};

struct call {
    q931_call *pri; /* NULL: the slot is free */
    int id, channel, sent, cause;
    bool outgoing, connected, clearing, local;
    int64_t clear_at; /* monotonic ns, 0: the far end clears */
    char called[64], calling[64];
};

struct side {
    const struct script *script;
    struct pri *pri;
    bool up, moved; /* moved: the last read gave a frame */
    bool received;  /* the last side_receive handled a frame */
    bool hungup;    /* the far end closed the descriptor */
    bool serviced;  /* our SERVICE is sent */
    int restarting; /* channel whose RESTART waits for its acknowledgement; 0 none, -1 all done */
    int next_id, active;
    int64_t next_place; /* monotonic ns */
    long placed, offered, connected, released, failed, errors;
    struct call calls[SIDE_CHANNELS];
    void (*services)(struct side *side, const pri_event *event); /* sees each event first */
    bool (*offer)(struct side *side, struct call *call); /* true: the call was sent elsewhere */
    void (*after)(struct side *side);                    /* what is to be done each time round */
    bool bridged;
    FILE *out;
};

int64_t side_now(void);
/* Makes the side; `io_read` and `io_write` find `user` by pri_get_userdata. */
void side_open(struct side *side, const struct script *script, pri_io_cb io_read,
               pri_io_cb io_write, void *user, int fd);
void side_receive(struct side *side);         /* handles all frames that can be read */
void side_run(struct side *side, int64_t now); /* timers, then what the script wants done */
int64_t side_next(struct side *side);          /* monotonic ns of the next thing to do, or -1 */
bool side_finished(const struct side *side);   /* the script is through */
bool side_quiet(struct side *side);            /* no frame waits for its acknowledgement */
bool side_good(const struct side *side);       /* all calls ended as expected */
void side_fault(struct side *side, const char *text);
/* For libpri_services.c. A report is begun with its name and time; false: reports are off. */
bool side_report(struct side *side, const char *event);
struct call *side_find(struct side *side, const q931_call *pri);
void side_clear(struct side *side, struct call *call, int cause);
/* The services of the network: libpri_services.c. */
void services_open(struct side *side);
void side_summary(struct side *side, double cpu_s, bool timed_out);

#endif
