/* Circuit supervision of the libss7 peer: RSC, GRS, BLO, CGB and their kin, both ways. */
#define _GNU_SOURCE
#include "libss7_side.h"

#include <stdlib.h>
#include <string.h>

#define BY_RESET 31

static const char *const FAR = "\"local\":false";

static void mark(struct side *side, int cic, uint8_t bit, bool on) {
    uint8_t *blocked = &side->circuits[cic].blocked;
    *blocked = (uint8_t)(on ? *blocked | bit : *blocked & ~bit);
}

/* ---- what we ask for ---- */

static void reset_group(struct side *side, int first, int last) {
    for (int cic = first; cic <= last; cic++) {
        struct circuit *circuit = &side->circuits[cic];
        circuit->local = circuit->resetting = true;
        calls_over(side, cic, BY_RESET);
        if (cic > first && circuit->isup) {
            isup_free_call(side->ss7, circuit->isup);
            circuit->isup = NULL;
        }
    }
    isup_grs(side->ss7, calls_isup(side, first), last);
}

static int group_end(const struct side *side, int first) {
    int last = first;
    while (last + 1 < CICS && side->script->cics[last + 1] && last + 1 - first < GROUP) last++;
    return last;
}

/* GRS has a range of 1 at least: a lone circuit is reset by RSC. */
void circuits_reset_all(struct side *side) {
    for (int cic = 0, last; cic < CICS; cic = last + 1) {
        last = cic;
        if (!side->script->cics[cic]) continue;
        last = group_end(side, cic);
        side->resets++;
        if (last > cic) {
            reset_group(side, cic, last);
        } else {
            side->circuits[cic].resetting = true;
            isup_rsc(side->ss7, calls_isup(side, cic));
        }
    }
}

static void reset_one(struct side *side, int cic) {
    struct circuit *circuit = &side->circuits[cic];
    circuit->local = circuit->resetting = true;
    calls_over(side, cic, BY_RESET);
    isup_rsc(side->ss7, calls_isup(side, cic));
}

static void group(struct side *side, const char *what, int first, int last, int type) {
    unsigned char status[256];
    memset(status, 1, sizeof status);
    if (!strcmp(what, "cgb"))
        isup_cgb(side->ss7, calls_isup(side, first), last, status, type);
    else
        isup_cgu(side->ss7, calls_isup(side, first), last, status, type);
}

/* One line of standard input: `call [CIC [CALLED [CALLING]]]`, `answer CIC` (of --silent),
 * `clear CIC [CAUSE]`, `rsc CIC`, `grs A B`, `blo CIC`, `ubl CIC`, `cgb A B [TYPE]`, `cgu A B [TYPE]` (TYPE 0 maintenance, 1 hardware), `alarm`,
 * `noalarm` (of layer 1), `quit`. */
void circuits_command(struct side *side, char *line) {
    char what[16] = "", called[64] = "", calling[64] = "";
    int a = 0, b = 0, c = 0;
    int n = sscanf(line, "%15s %d %63s %63s", what, &a, called, calling) - 1;
    if (strcmp(what, "call")) b = atoi(called), c = atoi(calling);
    if (n < 0) return;
    if (!strcmp(what, "quit")) {
        side->quit = true;
    } else if (!strcmp(what, "alarm")) {
        ss7_link_alarm(side->ss7, side->fd);
    } else if (!strcmp(what, "noalarm")) {
        ss7_link_noalarm(side->ss7, side->fd);
    } else if (!side->up || a < 0 || a >= CICS || b >= CICS) {
        fault(side, "the command cannot be carried out: the link is down, or no such circuit");
    } else if (!strcmp(what, "call")) {
        if (!calls_place(side, a, called, calling)) fault(side, "no such free circuit");
    } else if (!strcmp(what, "answer")) {
        calls_accept(side, a);
    } else if (!strcmp(what, "clear")) {
        calls_clear(side, a, b ? b : side->script->cause);
    } else if (!strcmp(what, "rsc")) {
        reset_one(side, a);
    } else if (!strcmp(what, "grs")) {
        reset_group(side, a, b);
    } else if (!strcmp(what, "blo")) {
        isup_blo(side->ss7, calls_isup(side, a));
    } else if (!strcmp(what, "ubl")) {
        isup_ubl(side->ss7, calls_isup(side, a));
    } else if (!strcmp(what, "cgb") || !strcmp(what, "cgu")) {
        group(side, what, a, b, c);
    } else {
        fault(side, "no such command");
    }
}

/* ---- what the far end asks for ---- */

static void rsc(struct side *side, const ss7_event_rsc *rsc) {
    struct circuit *circuit = &side->circuits[rsc->cic];
    circuit->isup = rsc->call;
    calls_over(side, rsc->cic, BY_RESET);
    mark(side, rsc->cic, REMOTE, false);
    report_circuits(side, "restart", rsc->cic, rsc->cic, NULL, "\"local\":false,\"ok\":true");
    isup_rlc(side->ss7, rsc->call);
    calls_settle(side, rsc->cic);
}

/* libss7 has one call for the first circuit of a group message, which may be that of a real call. */
static void grs(struct side *side, const ss7_event_cicrange *grs) {
    unsigned char status[256] = {0};
    side->circuits[grs->startcic].isup = grs->call;
    for (int cic = grs->startcic; cic <= grs->endcic; cic++) {
        struct circuit *circuit = &side->circuits[cic];
        calls_over(side, cic, BY_RESET);
        mark(side, cic, REMOTE, false);
        status[cic - grs->startcic] = circuit->blocked & LOCAL ? 1 : 0;
        if (cic > grs->startcic && circuit->isup) {
            isup_free_call(side->ss7, circuit->isup);
            circuit->isup = NULL;
        }
    }
    report_circuits(side, "restart", grs->startcic, grs->endcic, NULL,
                    "\"local\":false,\"ok\":true");
    isup_gra(side->ss7, grs->call, grs->endcic, status);
    isup_free_call(side->ss7, grs->call);
    side->circuits[grs->startcic].isup = NULL;
}

static void gra(struct side *side, const ss7_event_cicrange *gra) {
    side->circuits[gra->startcic].isup = gra->call;
    for (int cic = gra->startcic; cic <= gra->endcic; cic++) {
        side->circuits[cic].resetting = false;
        mark(side, cic, REMOTE, gra->status[cic - gra->startcic]);
    }
    if (side->resets) side->resets--;
    report_circuits(side, "restart", gra->startcic, gra->endcic, NULL,
                    "\"local\":true,\"ok\":true");
    /* What the circuit carried is gone with the reset. */
    isup_clear_callflags(side->ss7, gra->call, ISUP_CALL_CONNECTED | ISUP_CALL_PENDING);
    calls_settle(side, gra->startcic);
}

static void block(struct side *side, const ss7_event_cic *event, bool on, bool local) {
    side->circuits[event->cic].isup = event->call;
    mark(side, event->cic, local ? LOCAL : REMOTE, on);
    report_circuits(side, on ? "blocked" : "unblocked", event->cic, event->cic, NULL,
                    local ? "\"local\":true,\"type\":0" : "\"local\":false,\"type\":0");
    if (!local && on) isup_bla(side->ss7, event->call);
    if (!local && !on) isup_uba(side->ss7, event->call);
    calls_settle(side, event->cic);
}

static void block_group(struct side *side, const ss7_event_cicrange *event, bool on, bool local) {
    unsigned char status[256];
    uint8_t maintenance = local ? LOCAL : REMOTE;
    uint8_t hardware = local ? LOCAL_HARDWARE : REMOTE_HARDWARE;
    char how[64];
    side->circuits[event->startcic].isup = event->call;
    memcpy(status, event->status, sizeof event->status);
    for (int cic = event->startcic; cic <= event->endcic; cic++) {
        if (!status[cic - event->startcic]) continue;
        mark(side, cic, event->type ? hardware : maintenance, on);
        if (event->type && on) calls_over(side, cic, BY_RESET); /* Q.764 2.8.2.2 */
    }
    snprintf(how, sizeof how, "\"local\":%s,\"type\":%d", local ? "true" : "false", event->type);
    report_circuits(side, on ? "blocked" : "unblocked", event->startcic, event->endcic, status,
                    how);
    if (!local && on) isup_cgba(side->ss7, event->call, event->endcic, status);
    if (!local && !on) isup_cgua(side->ss7, event->call, event->endcic, status);
    calls_settle(side, event->startcic);
}

static void cqm(struct side *side, const ss7_event_cicrange *cqm) {
    unsigned char status[256] = {0};
    for (int cic = cqm->startcic; cic <= cqm->endcic; cic++) {
        const struct circuit *circuit = &side->circuits[cic];
        unsigned state = circuit->blocked & (REMOTE | LOCAL);
        if (circuit->id) state |= circuit->outgoing ? 8 : 4; /* Q.763 3.14: call processing */
        else state |= 12;
        status[cic - cqm->startcic] = (unsigned char)state;
    }
    side->circuits[cqm->startcic].isup = cqm->call;
    isup_cqr(side->ss7, cqm->startcic, cqm->endcic, (unsigned)side->script->dpc, status);
    report_circuits(side, "query", cqm->startcic, cqm->endcic, NULL, FAR);
    calls_settle(side, cqm->startcic);
}

void circuits_event(struct side *side, const ss7_event *event) {
    switch (event->e) {
    case ISUP_EVENT_RSC: rsc(side, &event->rsc); break;
    case ISUP_EVENT_GRS: grs(side, &event->grs); break;
    case ISUP_EVENT_GRA: gra(side, &event->gra); break;
    case ISUP_EVENT_BLO: block(side, &event->blo, true, false); break;
    case ISUP_EVENT_UBL: block(side, &event->ubl, false, false); break;
    case ISUP_EVENT_BLA: block(side, &event->bla, true, true); break;
    case ISUP_EVENT_UBA: block(side, &event->uba, false, true); break;
    case ISUP_EVENT_CGB: block_group(side, &event->cgb, true, false); break;
    case ISUP_EVENT_CGU: block_group(side, &event->cgu, false, false); break;
    case ISUP_EVENT_CGBA: block_group(side, &event->cgba, true, true); break;
    case ISUP_EVENT_CGUA: block_group(side, &event->cgua, false, true); break;
    case ISUP_EVENT_CQM: cqm(side, &event->cqm); break;
    case ISUP_EVENT_CCR:
        side->circuits[event->ccr.cic].isup = event->ccr.call;
        isup_lpa(side->ss7, event->ccr.cic, (unsigned)side->script->dpc);
        report_circuits(side, "loop", event->ccr.cic, event->ccr.cic, NULL, FAR);
        break;
    case ISUP_EVENT_UCIC:
        fault(side, "UCIC: the far end has no such circuit");
        calls_over(side, event->ucic.cic, 34);
        mark(side, event->ucic.cic, REMOTE_HARDWARE, true);
        break;
    }
}
