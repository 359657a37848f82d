/* One end of an SS7 link with libss7 (ITU) that runs a call script and does circuit supervision.
 * Test program; linked with libss7 (GPL-2). */
#ifndef LIBSS7_SIDE_H
#define LIBSS7_SIDE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <libss7.h>

#define CICS 4096
#define GROUP 32 /* circuits of one group message: libss7 takes a range of up to 31 */
#define NS_PER_MS 1000000LL
#define NS_PER_S 1000000000LL

/* Bits of circuit.blocked. */
enum { LOCAL = 1, REMOTE = 2, LOCAL_HARDWARE = 4, REMOTE_HARDWARE = 8 };

/* The options of `trunkd peer ss7`, with the same meaning; `both`: places calls and takes them;
 * `silent`: calls that are offered wait for a command. */
struct script {
    bool answer, both, restart, expect_reject, quiet, normal, cpg, silent;
    long calls, expect; /* calls 0 with answer: until the far end hangs up; expect: with both */
    int conc, hold_ms, min_digits, cause, reject, drop_ms, opc, dpc, ni;
    double rate, timeout_s;
    const char *called, *calling;
    uint8_t cics[CICS]; /* 1: a circuit of ours */
    int n_cics, last_cic;
};

/* A circuit and the call on it. libss7 may have dropped its own call (`isup` NULL) when the link
 * failed; an answered one goes on all the same. */
struct circuit {
    struct isup_call *isup;
    int id; /* 0: no call */
    bool outgoing, connected, clearing, local, complete, waits_cot;
    bool resetting; /* RSC or GRS sent, RLC or GRA not come */
    uint8_t blocked;
    int cause;
    int64_t clear_at; /* monotonic ns, 0: the far end clears */
    char called[64], calling[64];
};

struct side {
    const struct script *script;
    struct ss7 *ss7;
    int fd;
    bool up, hungup, quit, restarted;
    int resets; /* groups whose GRA is awaited */
    int next_id, active;
    int64_t next_place; /* monotonic ns */
    long placed, offered, connected, released, failed, errors;
    struct circuit circuits[CICS + 256]; /* a group of the far end may reach beyond */
    FILE *out;
};

/* libss7_side.c: the link and the script */
int64_t side_now(void);
void side_open(struct side *side, const struct script *script, int fd);
void side_events(struct side *side);           /* takes all of libss7's events */
void side_run(struct side *side, int64_t now); /* timers, then what the script wants done */
int64_t side_next(struct side *side);          /* monotonic ns of the next thing to do, or -1 */
bool side_finished(const struct side *side);   /* the script is through */
bool side_good(const struct side *side);       /* all calls ended as expected */
void side_summary(struct side *side, double cpu_s, bool timed_out);

/* libss7_report.c: one JSON object a line, as trunkd's */
bool report(struct side *side, const char *event);
void report_call(struct side *side, const char *event, int cic);
void report_numbers(struct side *side, const char *event, int cic);
void report_circuits(struct side *side, const char *event, int first, int last,
                     const uint8_t *status, const char *how);
void fault(struct side *side, const char *text);

/* libss7_calls.c */
struct isup_call *calls_isup(struct side *side, int cic); /* libss7's call of a circuit, made now */
void calls_settle(struct side *side, int cic);            /* give it back when nothing is on it */
/* cic 0: any that is free; numbers NULL or "": the script's */
bool calls_place(struct side *side, int cic, const char *called, const char *calling);
void calls_accept(struct side *side, int cic);
void calls_clear(struct side *side, int cic, int cause);
void calls_over(struct side *side, int cic, int cause);
bool calls_free_circuit(const struct side *side);
void calls_event(struct side *side, const ss7_event *event);
int calls_hangup(struct side *side, int cic, int cause, int how); /* libss7 asks for it */

/* libss7_circuits.c */
void circuits_reset_all(struct side *side);
void circuits_event(struct side *side, const ss7_event *event);
void circuits_command(struct side *side, char *line);

#endif
