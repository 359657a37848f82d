/* Calls of the libss7 peer: IAM, ACM, ANM, REL, RLC and what goes wrong between them. */
#define _GNU_SOURCE
#include "libss7_side.h"

#include <string.h>

#define REJECTED 21
#define INVALID_NUMBER 28
#define PROTOCOL_ERROR 111
#define SUBSCRIBER_FREE 1 /* called party's status indicator of ACM */

struct isup_call *calls_isup(struct side *side, int cic) {
    struct circuit *circuit = &side->circuits[cic];
    if (!circuit->isup)
        circuit->isup = isup_new_call(side->ss7, cic, (unsigned)side->script->dpc, 0);
    return circuit->isup;
}

void calls_settle(struct side *side, int cic) {
    struct circuit *circuit = &side->circuits[cic];
    if (circuit->isup) circuit->isup = isup_free_call_if_clear(side->ss7, circuit->isup);
}

static void begin(struct side *side, int cic, bool outgoing) {
    struct circuit *circuit = &side->circuits[cic];
    circuit->id = ++side->next_id;
    circuit->outgoing = outgoing;
    circuit->connected = circuit->clearing = circuit->local = circuit->waits_cot = false;
    circuit->complete = true;
    circuit->clear_at = 0;
    circuit->called[0] = circuit->calling[0] = 0;
    side->active++;
}

void calls_over(struct side *side, int cic, int cause) {
    struct circuit *circuit = &side->circuits[cic];
    bool refused = circuit->outgoing ? side->script->expect_reject : side->script->reject != 0;
    if (!circuit->id) return;
    if (report(side, "released"))
        fprintf(side->out,
                ",\"call\":%d,\"channel\":%d,\"cause\":%d,\"local\":%s,\"connected\":%s}\n",
                circuit->id, cic, cause, circuit->local ? "true" : "false",
                circuit->connected ? "true" : "false");
    side->released++;
    if (circuit->connected == refused) side->failed++;
    circuit->id = 0;
    side->active--;
}

void calls_clear(struct side *side, int cic, int cause) {
    struct circuit *circuit = &side->circuits[cic];
    circuit->clear_at = 0;
    if (!circuit->id || circuit->clearing) return;
    circuit->clearing = circuit->local = true;
    circuit->cause = cause;
    isup_rel(side->ss7, calls_isup(side, cic), cause);
}

/* ---- placing ---- */

static bool is_free(const struct side *side, int cic) {
    const struct circuit *circuit = &side->circuits[cic];
    return side->script->cics[cic] && !circuit->id && !circuit->blocked && !circuit->resetting &&
           !circuit->isup;
}

static int first_free(const struct side *side) {
    for (int cic = 0; cic <= side->script->last_cic; cic++)
        if (is_free(side, cic)) return cic;
    return -1;
}

bool calls_free_circuit(const struct side *side) { return first_free(side) >= 0; }

bool calls_place(struct side *side, int cic, const char *called, const char *calling) {
    const struct script *script = side->script;
    struct circuit *circuit;
    if (!cic) cic = first_free(side);
    if (cic < 0 || !is_free(side, cic)) return false;
    begin(side, cic, true);
    circuit = &side->circuits[cic];
    circuit->isup = isup_new_call(side->ss7, cic, (unsigned)script->dpc, 1);
    snprintf(circuit->called, sizeof circuit->called, "%s",
             called && *called ? called : script->called);
    snprintf(circuit->calling, sizeof circuit->calling, "%s",
             calling && *calling ? calling : script->calling);
    isup_set_called(circuit->isup, circuit->called, SS7_NAI_NATIONAL, side->ss7);
    isup_set_calling(circuit->isup, circuit->calling, SS7_NAI_NATIONAL,
                     SS7_PRESENTATION_ALLOWED, SS7_SCREENING_NETWORK_PROVIDED);
    isup_set_tmr(circuit->isup, SS7_TMR_3K1_AUDIO);
    report_numbers(side, "placed", cic);
    side->placed++;
    if (isup_iam(side->ss7, circuit->isup) < 0) fault(side, "isup_iam refused the call");
    return true;
}

/* ---- answering ---- */

static void connected(struct side *side, int cic, int after_ms) {
    struct circuit *circuit = &side->circuits[cic];
    circuit->connected = true;
    side->connected++;
    report_call(side, "connected", cic);
    if (after_ms >= 0) circuit->clear_at = side_now() + after_ms * NS_PER_MS;
}

/* Accepts the call when it has the digits it needs. */
static void consider(struct side *side, int cic) {
    const struct script *script = side->script;
    struct circuit *circuit = &side->circuits[cic];
    if (circuit->waits_cot || circuit->clearing || circuit->connected) return;
    if ((int)strlen(circuit->called) < script->min_digits) {
        if (circuit->complete) calls_clear(side, cic, INVALID_NUMBER);
        return;
    }
    if (!script->answer && !script->both) {
        calls_clear(side, cic, REJECTED);
        return;
    }
    if (script->reject) {
        calls_clear(side, cic, script->reject);
        return;
    }
    if (!script->silent) calls_accept(side, cic);
}

void calls_accept(struct side *side, int cic) {
    const struct script *script = side->script;
    struct circuit *circuit = &side->circuits[cic];
    if (!circuit->id || circuit->outgoing || circuit->connected || circuit->clearing) return;
    isup_acm(side->ss7, circuit->isup);
    if (script->cpg) isup_cpg(side->ss7, circuit->isup, CPG_EVENT_ALERTING);
    isup_anm(side->ss7, circuit->isup);
    connected(side, cic, script->drop_ms);
}

/* libss7 gives ST as '#'. */
static void set_called(struct circuit *circuit, const char *digits) {
    snprintf(circuit->called, sizeof circuit->called, "%s", digits);
    char *stop = strchr(circuit->called, '#');
    circuit->complete = stop != NULL;
    if (stop) *stop = 0;
}

static void offered(struct side *side, const ss7_event_iam *iam) {
    struct circuit *circuit = &side->circuits[iam->cic];
    if (!side->script->cics[iam->cic]) {
        isup_ucic(side->ss7, iam->cic, iam->opc);
        isup_free_call(side->ss7, iam->call);
        fault(side, "a call on a circuit that is not ours");
        return;
    }
    if (circuit->id) calls_over(side, iam->cic, PROTOCOL_ERROR); /* its REL was never seen */
    begin(side, iam->cic, false);
    circuit->isup = iam->call;
    set_called(circuit, iam->called_party_num);
    snprintf(circuit->calling, sizeof circuit->calling, "%s", iam->calling_party_num);
    circuit->waits_cot = iam->cot_check_required || iam->cot_performed_on_previous_cic;
    side->offered++;
    report_numbers(side, "offered", iam->cic);
    consider(side, iam->cic);
}

/* ---- events ---- */

static void answered(struct side *side, int cic) {
    struct circuit *circuit = &side->circuits[cic];
    if (!circuit->id || circuit->connected || circuit->clearing) return;
    connected(side, cic, side->script->hold_ms);
}

static void rel(struct side *side, const ss7_event_rel *rel) {
    struct circuit *circuit = &side->circuits[rel->cic];
    circuit->isup = rel->call;
    circuit->clear_at = 0;
    isup_rlc(side->ss7, rel->call);
    if (circuit->id && !circuit->clearing) calls_over(side, rel->cic, rel->cause);
    calls_settle(side, rel->cic); /* with a REL of ours under way libss7 keeps it for the RLC */
}

static void rlc(struct side *side, const ss7_event_cic *rlc) {
    struct circuit *circuit = &side->circuits[rlc->cic];
    circuit->isup = rlc->call;
    if (circuit->resetting) {
        circuit->resetting = false;
        if (side->resets) side->resets--;
        report_circuits(side, "restart", rlc->cic, rlc->cic, NULL, "\"local\":true,\"ok\":true");
    }
    if (circuit->id) calls_over(side, rlc->cic, circuit->clearing ? circuit->cause : 31);
    calls_settle(side, rlc->cic);
}

void calls_event(struct side *side, const ss7_event *event) {
    switch (event->e) {
    case ISUP_EVENT_IAM: offered(side, &event->iam); break;
    case ISUP_EVENT_SAM:
        set_called(&side->circuits[event->sam.cic], event->sam.called_party_num);
        report_numbers(side, "digits", event->sam.cic);
        consider(side, event->sam.cic);
        break;
    case ISUP_EVENT_COT:
        if (event->cot.passed) {
            side->circuits[event->cot.cic].waits_cot = false;
            consider(side, event->cot.cic);
        }
        break;
    case ISUP_EVENT_ACM:
        report_call(side, "proceeding", event->acm.cic);
        if (event->acm.called_party_status_ind == SUBSCRIBER_FREE)
            report_call(side, "alerting", event->acm.cic);
        break;
    case ISUP_EVENT_CPG:
        report_call(side, event->cpg.event == CPG_EVENT_ALERTING ? "alerting" : "progress",
                    event->cpg.cic);
        break;
    case ISUP_EVENT_CON: answered(side, event->con.cic); break;
    case ISUP_EVENT_ANM: answered(side, event->anm.cic); break;
    case ISUP_EVENT_SUS: report_call(side, "suspended", event->sus.cic); break;
    case ISUP_EVENT_RES: report_call(side, "resumed", event->res.cic); break;
    case ISUP_EVENT_REL: rel(side, &event->rel); break;
    case ISUP_EVENT_RLC: rlc(side, &event->rlc); break;
    }
}

/* The far end controls the circuit: its call goes on, ours begins again elsewhere (Q.764 2.9.1). */
static void lost_seizure(struct side *side, int cic) {
    struct circuit *circuit = &side->circuits[cic];
    if (report(side, "dual"))
        fprintf(side->out, ",\"channel\":%d,\"won\":false}\n", cic);
    circuit->id = 0;
    side->active--;
    side->placed--;
    isup_clear_callflags(side->ss7, circuit->isup, ISUP_SENT_IAM | ISUP_PENDING_IAM);
    isup_event_iam(side->ss7, circuit->isup, side->script->dpc);
}

int calls_hangup(struct side *side, int cic, int cause, int how) {
    struct circuit *circuit = &side->circuits[cic];
    if (!side->script->cics[cic]) return SS7_CIC_NOT_EXISTS;
    if (how == SS7_HANGUP_REEVENT_IAM) {
        lost_seizure(side, cic);
        return SS7_CIC_USED;
    }
    if (how == SS7_HANGUP_SEND_RSC) {
        fault(side, "an unexpected message: libss7 resets the circuit");
        circuit->local = true;
        circuit->resetting = true;
        if (!circuit->id) return SS7_CIC_IDLE; /* libss7 sends it */
        isup_rsc(side->ss7, calls_isup(side, cic));
        return SS7_CIC_USED;
    }
    if (!circuit->id) return SS7_CIC_IDLE;
    calls_clear(side, cic, cause);
    return SS7_CIC_USED;
}
