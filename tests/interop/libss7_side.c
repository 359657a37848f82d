/* The link and the script of the libss7 peer: see libss7_side.h. */
#define _GNU_SOURCE
#include "libss7_side.h"

#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

/* libss7's callbacks name only its own object. */
static struct side *sides[2];

static struct side *side_of(const struct ss7 *ss7) {
    return sides[1] && sides[1]->ss7 == ss7 ? sides[1] : sides[0];
}

int64_t side_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * NS_PER_S + t.tv_nsec;
}

/* ---- callbacks ---- */

static void on_message(struct ss7 *ss7, char *text) {
    struct side *side = side_of(ss7);
    int cic, dpc;
    char who[8];
    if (sscanf(text, "Dual seizure on CIC %d DPC %d %7s", &cic, &dpc, who) == 3 &&
        !strcmp(who, "we") && report(side, "dual"))
        fprintf(side->out, ",\"channel\":%d,\"won\":true}\n", cic);
    fputs(text, stderr);
}

static void on_error(struct ss7 *ss7, char *text) {
    fputs(text, stderr);
    fault(side_of(ss7), text);
}

static void on_not_in_service(struct ss7 *ss7, int cic, unsigned int dpc) {
    (void)cic;
    (void)dpc;
    fault(side_of(ss7), "T5 or T17 expired: no RLC");
}

static int on_hangup(struct ss7 *ss7, int cic, unsigned int dpc, int cause, int how) {
    (void)dpc;
    return calls_hangup(side_of(ss7), cic, cause, how);
}

static void on_call_null(struct ss7 *ss7, struct isup_call *call, int lock) {
    struct side *side = side_of(ss7);
    (void)lock;
    for (int cic = 0; cic < CICS; cic++) /* not one of ours, perhaps */
        if (side->circuits[cic].isup == call) side->circuits[cic].isup = NULL;
}

/* ---- life ---- */

/* All are off until set. ISUP: Q.764 annex A; level 3: Q.704 16.8, Q.707 5.5. */
static void set_timers(struct ss7 *ss7) {
    static const struct {
        char *name;
        int ms;
    } isup[] = {{"t1", 15000}, {"t2", 180000}, {"t5", 300000}, {"t6", 60000}, {"t7", 20000},
                {"t8", 10000}, {"t12", 15000}, {"t13", 300000}, {"t14", 15000}, {"t15", 300000},
                {"t16", 15000}, {"t17", 300000}, {"t18", 15000}, {"t19", 300000}, {"t20", 15000},
                {"t21", 300000}, {"t22", 15000}, {"t23", 300000}, {"t27", 240000}, {"t33", 12000},
                {"t35", 15000}},
      mtp3[] = {{"t1", 800}, {"t2", 1400}, {"t3", 800}, {"t4", 800}, {"t5", 800}, {"t6", 800},
                {"t7", 1000}, {"t10", 45000}, {"t12", 1000}, {"t13", 1000}, {"t14", 2500},
                {"t19", 67000}, {"t21", 63000}, {"t22", 180000}, {"t23", 180000},
                {"q707_t1", 8000}, {"q707_t2", 30000}};
    for (size_t i = 0; i < sizeof isup / sizeof *isup; i++)
        ss7_set_isup_timer(ss7, isup[i].name, isup[i].ms);
    for (size_t i = 0; i < sizeof mtp3 / sizeof *mtp3; i++)
        ss7_set_mtp3_timer(ss7, mtp3[i].name, mtp3[i].ms);
}

void side_open(struct side *side, const struct script *script, int fd) {
    side->script = script;
    side->fd = fd;
    if (!side->out) side->out = stdout;
    sides[sides[0] ? 1 : 0] = side;
    ss7_set_message(on_message);
    ss7_set_error(on_error);
    ss7_set_notinservice(on_not_in_service);
    ss7_set_hangup(on_hangup);
    ss7_set_call_null(on_call_null);
    side->ss7 = ss7_new(SS7_ITU);
    set_timers(side->ss7);
    ss7_set_network_ind(side->ss7, script->ni);
    ss7_set_pc(side->ss7, (unsigned)script->opc);
    /* SLC 0: libss7 answers on no other when there is one link. */
    ss7_add_link(side->ss7, SS7_TRANSPORT_DAHDIMTP2, fd, 0, (unsigned)script->dpc);
    ss7_start(side->ss7);
}

/* ---- events ---- */

static void link_changed(struct side *side, bool up, const char *reason) {
    const struct script *script = side->script;
    side->up = up;
    if (report(side, "link"))
        fprintf(side->out, ",\"up\":%s,\"reason\":\"%s\"}\n", up ? "true" : "false", reason);
    /* Calls that were not answered are gone with libss7's own ones; answered ones go on. */
    for (int cic = 0; !up && cic <= script->last_cic; cic++) {
        struct circuit *circuit = &side->circuits[cic];
        circuit->resetting = false;
        if (circuit->id && (!circuit->connected || circuit->clearing)) {
            circuit->local = true;
            calls_over(side, cic, circuit->clearing ? circuit->cause : 27);
        }
    }
}

static void mtp2_changed(struct side *side, const char *state) {
    if (report(side, "alignment")) fprintf(side->out, ",\"state\":\"%s\"}\n", state);
}

void side_events(struct side *side) {
    const ss7_event *event;
    while ((event = ss7_check_event(side->ss7))) {
        switch (event->e) {
        case SS7_EVENT_UP: link_changed(side, true, ""); break;
        case SS7_EVENT_DOWN: link_changed(side, false, "no link"); break;
        case MTP2_LINK_UP: mtp2_changed(side, "in service"); break;
        case MTP2_LINK_DOWN: mtp2_changed(side, "out of service"); break;
        default:
            calls_event(side, event);
            circuits_event(side, event);
        }
    }
}

/* ---- the script ---- */

static void run_timers(struct side *side) {
    struct timeval now, *next = ss7_schedule_next(side->ss7);
    if (!next) return;
    gettimeofday(&now, NULL);
    if (timercmp(next, &now, >)) return;
    ss7_schedule_run(side->ss7);
    side_events(side);
}

static bool may_place(const struct side *side) {
    const struct script *script = side->script;
    return !script->answer && side->up && side->placed < script->calls &&
           side->active < script->conc && (!script->restart || (side->restarted && !side->resets));
}

void side_run(struct side *side, int64_t now) {
    const struct script *script = side->script;
    run_timers(side);
    if (script->restart && side->up && !side->restarted) {
        side->restarted = true;
        circuits_reset_all(side);
    }
    for (int cic = 0; side->up && cic <= script->last_cic; cic++) {
        struct circuit *circuit = &side->circuits[cic];
        if (circuit->id && circuit->clear_at && circuit->clear_at <= now)
            calls_clear(side, cic, script->cause);
    }
    while (may_place(side) && side->next_place <= now && calls_place(side, 0, NULL, NULL))
        if (script->rate > 0) side->next_place = now + (int64_t)(NS_PER_S / script->rate);
}

int64_t side_next(struct side *side) {
    const struct timeval *timer = ss7_schedule_next(side->ss7);
    int64_t next = -1;
    if (timer) {
        struct timeval now, left = {0, 0};
        gettimeofday(&now, NULL);
        if (timercmp(timer, &now, >)) timersub(timer, &now, &left);
        next = side_now() + left.tv_sec * NS_PER_S + left.tv_usec * 1000LL;
    }
    for (int cic = 0; side->up && cic <= side->script->last_cic; cic++) {
        const struct circuit *circuit = &side->circuits[cic];
        if (circuit->id && circuit->clear_at && (next < 0 || circuit->clear_at < next))
            next = circuit->clear_at;
    }
    if (may_place(side) && calls_free_circuit(side) && (next < 0 || side->next_place < next))
        next = side->next_place;
    return next;
}

bool side_finished(const struct side *side) {
    const struct script *script = side->script;
    if (side->quit) return true;
    if (side->active || (script->restart && (!side->restarted || side->resets))) return false;
    if (script->both) return side->placed >= script->calls && side->offered >= script->expect &&
                             script->calls + script->expect > 0;
    if (!script->answer) return side->placed >= script->calls;
    return script->calls > 0 && side->offered >= script->calls;
}

bool side_good(const struct side *side) {
    const struct script *script = side->script;
    if (side->failed || side->active || side->released != side->placed + side->offered)
        return false;
    if (script->both) return side->placed >= script->calls && side->offered >= script->expect;
    return script->answer ? side->offered >= script->calls : side->placed == script->calls;
}
