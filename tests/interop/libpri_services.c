/* Services of the network on libpri: what a user asks of it as the network (transfer, rerouteing,
 * hold) is granted or refused by the script; as the user it asks for them. */
#define _GNU_SOURCE
#include "libpri_side.h"

#include <string.h>

static int id_of(struct side *side, const q931_call *pri) {
    const struct call *call = side_find(side, pri);
    return call ? call->id : 0;
}

static bool grants(const struct side *side) {
    return !strcmp(side->script->services, "grant");
}

static void transfer(struct side *side, const struct pri_subcmd_transfer *asked) {
    if (side_report(side, "transfer"))
        fprintf(side->out, ",\"call\":%d,\"held\":%d,\"other\":%d,\"other_held\":%d}\n",
                id_of(side, asked->call_1), asked->is_call_1_held, id_of(side, asked->call_2),
                asked->is_call_2_held);
    pri_transfer_rsp(side->pri, asked->call_1, asked->invoke_id, grants(side));
    if (!grants(side)) return;
    struct call *calls[2] = {side_find(side, asked->call_1), side_find(side, asked->call_2)};
    for (int i = 0; i < 2; i++)
        if (calls[i]) side_clear(side, calls[i], PRI_CAUSE_NORMAL_CLEARING);
}

static void reroute(struct side *side, const pri_event *event,
                    const struct pri_rerouting_data *asked) {
    q931_call *pri = event->facility.call;
    struct call *call = side_find(side, pri);
    if (side_report(side, "rerouting"))
        fprintf(side->out,
                ",\"call\":%d,\"to\":\"%s\",\"to_plan\":%d,\"from\":\"%s\",\"reason\":%d,"
                "\"count\":%d,\"subscription\":%d}\n",
                call ? call->id : 0, asked->deflection.to.number.str,
                asked->deflection.to.number.plan, asked->deflection.from.number.str,
                asked->deflection.reason, asked->deflection.count, asked->subscription_option);
    pri_rerouting_rsp(side->pri, pri, asked->invoke_id,
                      grants(side) ? PRI_REROUTING_RSP_OK_CLEAR : PRI_REROUTING_RSP_NOT_ALLOWED);
    if (grants(side) && call) side_clear(side, call, PRI_CAUSE_NORMAL_UNSPECIFIED);
}

static void party(struct side *side, const pri_event *event,
                  const struct pri_party_connected_line *line) {
    if (side_report(side, "party"))
        fprintf(side->out, ",\"call\":%d,\"number\":\"%s\"}\n",
                id_of(side, event->facility.call), line->id.number.str);
}

static void subcommands(struct side *side, const pri_event *event,
                        const struct pri_subcommands *found) {
    for (int i = 0; i < found->counter_subcmd; i++) {
        const struct pri_subcommand *one = &found->subcmd[i];
        switch (one->cmd) {
        case PRI_SUBCMD_TRANSFER_CALL: transfer(side, &one->u.transfer); break;
        case PRI_SUBCMD_REROUTING: reroute(side, event, &one->u.rerouting); break;
        case PRI_SUBCMD_CONNECTED_LINE: party(side, event, &one->u.connected_line); break;
        }
    }
}

/* Has the network join the first two calls that are connected, once. */
static void bridge(struct side *side) {
    struct call *found[2];
    int n = 0;
    for (int i = 0; i < SIDE_CHANNELS && n < 2; i++)
        if (side->calls[i].pri && side->calls[i].connected && !side->calls[i].clearing)
            found[n++] = &side->calls[i];
    if (n < 2 || side->bridged) return;
    side->bridged = true;
    int failed = pri_channel_bridge(found[0]->pri, found[1]->pri);
    if (side_report(side, "bridge"))
        fprintf(side->out, ",\"call\":%d,\"other\":%d,\"ok\":%s}\n", found[0]->id, found[1]->id,
                failed ? "false" : "true");
}

static void services(struct side *side, const pri_event *event) {
    switch (event->e) {
    case PRI_EVENT_FACILITY:
        if (event->facility.subcmds) subcommands(side, event, event->facility.subcmds);
        break;
    case PRI_EVENT_HOLD:
        if (side_report(side, "hold"))
            fprintf(side->out, ",\"call\":%d}\n", id_of(side, event->hold.call));
        pri_hold_ack(side->pri, event->hold.call);
        break;
    case PRI_EVENT_RETRIEVE: {
        struct call *call = side_find(side, event->retrieve.call);
        if (side_report(side, "retrieve"))
            fprintf(side->out, ",\"call\":%d}\n", call ? call->id : 0);
        pri_retrieve_ack(side->pri, event->retrieve.call, call ? call->channel : 1);
        break;
    }
    }
}

/* Sends an offered call elsewhere. */
static bool offer(struct side *side, struct call *call) {
    struct pri_party_redirecting deflection;
    if (!side->script->deflect) return false;
    memset(&deflection, 0, sizeof deflection);
    deflection.to.number.valid = 1;
    deflection.to.number.plan = PRI_UNKNOWN | PRI_NPI_E163_E164;
    deflection.to.number.presentation = PRES_ALLOWED_USER_NUMBER_NOT_SCREENED;
    snprintf(deflection.to.number.str, sizeof deflection.to.number.str, "%s",
             side->script->deflect);
    deflection.from.number.valid = 1;
    deflection.from.number.plan = PRI_UNKNOWN | PRI_NPI_E163_E164;
    snprintf(deflection.from.number.str, sizeof deflection.from.number.str, "%s", call->called);
    deflection.reason = PRI_REDIR_DEFLECTION;
    deflection.count = 1;
    pri_proceeding(side->pri, call->pri, call->channel, 0);
    int failed = pri_reroute_call(side->pri, call->pri, NULL, &deflection, 1);
    if (side_report(side, "deflected"))
        fprintf(side->out, ",\"call\":%d,\"ok\":%s}\n", call->id, failed ? "false" : "true");
    return true;
}

static void after(struct side *side) {
    if (side->script->bridge) bridge(side);
}

void services_open(struct side *side) {
    side->services = services;
    side->offer = offer;
    side->after = after;
    pri_facility_enable(side->pri);
    pri_transfer_enable(side->pri, 1);
    pri_reroute_enable(side->pri, 1);
    pri_hold_enable(side->pri, 1);
}
