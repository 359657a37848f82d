/* A call script on libpri: see libpri_side.h. Events are one JSON object a line, as trunkd's. */
#define _GNU_SOURCE
#include "libpri_side.h"

#include <string.h>
#include <sys/time.h>
#include <time.h>

enum { OUT_OF_SERVICE = 2 }; /* new status of SERVICE */

static int64_t clock_ns(clockid_t id) {
    struct timespec t;
    clock_gettime(id, &t);
    return t.tv_sec * NS_PER_S + t.tv_nsec;
}

int64_t side_now(void) { return clock_ns(CLOCK_MONOTONIC); }

/* ---- reports ---- */

bool side_report(struct side *side, const char *event) {
    if (side->script->quiet) return false;
    fprintf(side->out, "{\"event\":\"%s\",\"time\":%lld", event,
            (long long)clock_ns(CLOCK_REALTIME));
    return true;
}

static void report_call(struct side *side, const char *event, const struct call *call) {
    if (side_report(side, event))
        fprintf(side->out, ",\"call\":%d,\"channel\":%d}\n", call->id, call->channel);
}

static void report_numbers(struct side *side, const char *event, const struct call *call,
                           bool complete) {
    if (side_report(side, event))
        fprintf(side->out,
                ",\"call\":%d,\"channel\":%d,\"called\":\"%s\",\"calling\":\"%s\","
                "\"complete\":%s}\n",
                call->id, call->channel, call->called, call->calling, complete ? "true" : "false");
}

static void report_link(struct side *side, bool up) {
    side->up = up;
    if (side_report(side, "link"))
        fprintf(side->out, ",\"up\":%s,\"reason\":\"\"}\n", up ? "true" : "false");
}

static void report_restart(struct side *side, int channel, bool local) {
    if (side_report(side, "restart"))
        fprintf(side->out, ",\"channels\":[%d],\"local\":%s,\"ok\":true}\n", channel,
                local ? "true" : "false");
}

void side_fault(struct side *side, const char *text) {
    side->errors++;
    if (!side_report(side, "fault")) return;
    fputs(",\"kind\":\"libpri\",\"text\":\"", side->out);
    for (; *text; text++) {
        if ((unsigned char)*text < ' ') continue;
        if (*text == '"' || *text == '\\') fputc('\\', side->out);
        fputc(*text, side->out);
    }
    fputs("\"}\n", side->out);
}

void side_summary(struct side *side, double cpu_s, bool timed_out) {
    fprintf(side->out,
            "{\"event\":\"summary\",\"time\":%lld,\"placed\":%ld,\"offered\":%ld,\"connected\":%ld,"
            "\"released\":%ld,\"failed\":%ld,\"errors\":%ld,\"cpu_s\":%.6f,\"active\":%d,"
            "\"timed_out\":%s}\n",
            (long long)clock_ns(CLOCK_REALTIME), side->placed, side->offered, side->connected,
            side->released, side->failed, side->errors, cpu_s, side->active,
            timed_out ? "true" : "false");
}

/* ---- calls and channels ---- */

struct call *side_find(struct side *side, const q931_call *pri) {
    for (int i = 0; i < SIDE_CHANNELS; i++)
        if (side->calls[i].pri == pri) return &side->calls[i];
    return NULL;
}

static bool on_t1(const struct script *script) {
    return script->switch_type && script->switch_type != PRI_SWITCH_EUROISDN_E1;
}

static bool usable(const struct side *side, int channel) {
    if (on_t1(side->script)) return channel >= 1 && channel <= side->script->chans;
    int place = channel > 16 ? channel - 1 : channel;
    return channel >= 1 && channel <= 31 && channel != 16 && place <= side->script->chans;
}

static bool busy(const struct side *side, int channel) {
    for (int i = 0; i < SIDE_CHANNELS; i++)
        if (side->calls[i].pri && side->calls[i].channel == channel) return true;
    return false;
}

static int free_channel(const struct side *side) {
    for (int channel = 1; channel < SIDE_CHANNELS; channel++)
        if (usable(side, channel) && !busy(side, channel)) return channel;
    return 0;
}

static struct call *take_slot(struct side *side, q931_call *pri, int channel) {
    struct call *call = side_find(side, NULL);
    if (!call) return NULL;
    memset(call, 0, sizeof *call);
    call->pri = pri;
    call->id = ++side->next_id;
    call->channel = channel;
    side->active++;
    return call;
}

static void released(struct side *side, struct call *call, int cause) {
    bool refused = call->outgoing ? side->script->expect_reject : side->script->reject != 0;
    if (side_report(side, "released"))
        fprintf(side->out,
                ",\"call\":%d,\"channel\":%d,\"cause\":%d,\"local\":%s,\"connected\":%s}\n",
                call->id, call->channel, cause, call->local ? "true" : "false",
                call->connected ? "true" : "false");
    side->released++;
    if (call->connected == refused) side->failed++;
    call->pri = NULL;
    side->active--;
}

/* As the first answer to SETUP libpri sends RELEASE COMPLETE with these causes, and the call is
 * gone without an event; with any other it sends nothing, so CALL PROCEEDING must come first. */
static bool refuses_at_once(int cause) {
    return cause == PRI_CAUSE_UNALLOCATED || cause == PRI_CAUSE_NORMAL_CIRCUIT_CONGESTION ||
           cause == PRI_CAUSE_REQUESTED_CHAN_UNAVAIL || cause == PRI_CAUSE_INVALID_CALL_REFERENCE ||
           cause == PRI_CAUSE_IDENTIFIED_CHANNEL_NOTEXIST;
}

void side_clear(struct side *side, struct call *call, int cause) {
    bool first = !call->outgoing && !call->sent && !call->connected;
    call->clearing = call->local = true;
    call->clear_at = 0;
    call->cause = cause;
    if (first && !refuses_at_once(cause)) pri_proceeding(side->pri, call->pri, call->channel, 0);
    pri_hangup(side->pri, call->pri, cause);
    if (first && refuses_at_once(cause)) released(side, call, cause);
}

static void connected(struct side *side, struct call *call) {
    call->connected = true;
    side->connected++;
    report_call(side, "connected", call);
}

/* ---- the calling side ---- */

static void place(struct side *side, int64_t now) {
    const struct script *script = side->script;
    int channel = free_channel(side);
    struct call *call = take_slot(side, pri_new_call(side->pri), channel);
    struct pri_sr *request = pri_sr_new();
    bool overlap = script->overlap > 0 && script->overlap < (int)strlen(script->called);

    snprintf(call->called, sizeof call->called, "%s", script->called);
    snprintf(call->calling, sizeof call->calling, "%s", script->calling);
    call->outgoing = true;
    call->sent = overlap ? script->overlap : (int)strlen(call->called);
    char digits[64];
    snprintf(digits, sizeof digits, "%.*s", call->sent, call->called);
    pri_sr_set_channel(request, channel, 1, 0);
    pri_sr_set_bearer(request, PRI_TRANS_CAP_3_1K_AUDIO,
                      on_t1(script) ? PRI_LAYER_1_ULAW : PRI_LAYER_1_ALAW);
    pri_sr_set_called(request, digits, PRI_UNKNOWN | PRI_NPI_E163_E164, !overlap);
    if (*call->calling)
        pri_sr_set_caller(request, call->calling, (char *)script->name, PRI_UNKNOWN | PRI_NPI_E163_E164,
                          PRES_ALLOWED_USER_NUMBER_NOT_SCREENED);
    report_numbers(side, "placed", call, !overlap);
    side->placed++;
    if (pri_setup(side->pri, call->pri, request)) side_fault(side, "pri_setup refused the call");
    pri_sr_free(request);
    if (script->rate > 0) side->next_place = now + (int64_t)(NS_PER_S / script->rate);
}

static void more_digits(struct side *side, struct call *call, int channel) {
    if (channel > 0) call->channel = channel & 0xff;
    report_call(side, "more_digits", call);
    while (call->called[call->sent])
        pri_information(side->pri, call->pri, call->called[call->sent++]);
}

/* ---- the answering side ---- */

/* Accepts the call when it has the digits it needs. */
static void consider(struct side *side, struct call *call, bool complete) {
    const struct script *script = side->script;
    if ((int)strlen(call->called) < script->min_digits) {
        if (complete) {
            side_clear(side, call, PRI_CAUSE_INVALID_NUMBER_FORMAT);
        } else if (!call->sent) {
            call->sent = 1;
            pri_need_more_info(side->pri, call->pri, call->channel, 0);
        }
        return;
    }
    if (script->reject) {
        side_clear(side, call, script->reject);
        return;
    }
    pri_proceeding(side->pri, call->pri, call->channel, 0);
    pri_acknowledge(side->pri, call->pri, call->channel, 0);
    pri_answer(side->pri, call->pri, call->channel, 0);
    connected(side, call);
}

static void ring(struct side *side, const pri_event_ring *ring) {
    int channel = ring->channel & 0xff;
    bool any = ring->channel < 0 || channel == 0xff;
    if (any || (ring->flexible && busy(side, channel))) channel = free_channel(side);
    side->offered++;
    bool restarting = side->script->restart && side->restarting >= 0;
    struct call *call = usable(side, channel) && !busy(side, channel) && !restarting
                            ? take_slot(side, ring->call, channel)
                            : NULL;
    if (!call) {
        if (!restarting) side_fault(side, "offered a call for a channel that is busy or not ours");
        side->released++, side->failed++;
        pri_hangup(side->pri, ring->call, PRI_CAUSE_REQUESTED_CHAN_UNAVAIL);
        return;
    }
    snprintf(call->called, sizeof call->called, "%.63s", ring->callednum);
    snprintf(call->calling, sizeof call->calling, "%.63s", ring->callingnum);
    report_numbers(side, "offered", call, ring->complete);
    if (side->offer && side->offer(side, call))
        return;
    if (side->script->answer)
        consider(side, call, ring->complete);
    else
        side_clear(side, call, PRI_CAUSE_CALL_REJECTED);
}

static void information(struct side *side, const pri_event_ring *ring) {
    struct call *call = side_find(side, ring->call);
    if (!call || call->clearing || call->connected) return;
    size_t had = strlen(call->called);
    snprintf(call->called + had, sizeof call->called - had, "%s", ring->callednum);
    report_numbers(side, "digits", call, ring->complete);
    consider(side, call, ring->complete);
}

/* ---- events ---- */

static void hangup(struct side *side, const pri_event *event) {
    struct call *call = side_find(side, event->hangup.call);
    int cause = event->hangup.cause;
    switch (event->e) {
    case PRI_EVENT_HANGUP_REQ:
        if (call && side_report(side, "disconnected"))
            fprintf(side->out, ",\"call\":%d,\"channel\":%d,\"cause\":%d}\n", call->id,
                    call->channel, cause);
        if (call) call->clearing = true, call->cause = cause, call->clear_at = 0;
        pri_hangup(side->pri, event->hangup.call, cause);
        break;
    case PRI_EVENT_HANGUP:
        pri_hangup(side->pri, event->hangup.call, cause);
        if (call) released(side, call, call->local ? call->cause : cause);
        break;
    default: /* HANGUP_ACK: libpri has freed its call */
        if (call) released(side, call, call->clearing ? call->cause : cause);
    }
}

static void restart_next(struct side *side, int after) {
    int channel = after + 1;
    while (channel < SIDE_CHANNELS && !usable(side, channel)) channel++;
    side->restarting = channel < SIDE_CHANNELS ? channel : -1;
    if (channel < SIDE_CHANNELS) pri_reset(side->pri, channel);
}

static void answered(struct side *side, const pri_event *event) {
    struct call *call = side_find(side, event->answer.call);
    if (!call || call->connected || call->clearing) return;
    if (event->answer.channel > 0) call->channel = event->answer.channel & 0xff;
    connected(side, call);
    pri_connect_ack(side->pri, call->pri, 0);
    call->clear_at = side_now() + side->script->hold_ms * NS_PER_MS;
}

static void handle(struct side *side, const pri_event *event) {
    struct call *call;
    if (side->services) side->services(side, event);
    switch (event->e) {
    case PRI_EVENT_DCHAN_UP:
        report_link(side, true);
        if (side->script->service && !side->serviced) {
            side->serviced = true;
            pri_maintenance_service(side->pri, 0, side->script->service, OUT_OF_SERVICE);
        }
        break;
    case PRI_EVENT_DCHAN_DOWN: report_link(side, false); break;
    case PRI_EVENT_RING: ring(side, &event->ring); break;
    case PRI_EVENT_INFO_RECEIVED: information(side, &event->ring); break;
    case PRI_EVENT_SETUP_ACK:
        if ((call = side_find(side, event->setup_ack.call)))
            more_digits(side, call, event->setup_ack.channel);
        break;
    case PRI_EVENT_PROCEEDING:
        if ((call = side_find(side, event->proceeding.call))) {
            if (event->proceeding.channel > 0) call->channel = event->proceeding.channel & 0xff;
            report_call(side, "proceeding", call);
        }
        break;
    case PRI_EVENT_RINGING:
        if ((call = side_find(side, event->ringing.call))) report_call(side, "alerting", call);
        break;
    case PRI_EVENT_ANSWER: answered(side, event); break;
    case PRI_EVENT_CONNECT_ACK:
        if ((call = side_find(side, event->connect_ack.call)) && side->script->drop_ms >= 0)
            call->clear_at = side_now() + side->script->drop_ms * NS_PER_MS;
        break;
    case PRI_EVENT_HANGUP_REQ:
    case PRI_EVENT_HANGUP:
    case PRI_EVENT_HANGUP_ACK: hangup(side, event); break;
    case PRI_EVENT_RESTART: report_restart(side, event->restart.channel, false); break;
    case PRI_EVENT_RESTART_ACK:
        report_restart(side, event->restartack.channel, true);
        if (side->restarting > 0) restart_next(side, side->restarting);
        break;
    case PRI_EVENT_SERVICE:
        if (side_report(side, "service"))
            fprintf(side->out, ",\"channel\":%d,\"status\":%d}\n", event->service.channel & 0xff,
                    event->service.changestatus);
        break;
    case PRI_EVENT_SERVICE_ACK:
        if (side_report(side, "service_ack"))
            fprintf(side->out, ",\"channel\":%d,\"status\":%d}\n",
                    event->service_ack.channel & 0xff, event->service_ack.changestatus);
        break;
    case PRI_EVENT_CONFIG_ERR: side_fault(side, event->err.err); break;
    }
}

/* ---- the script ---- */

void side_open(struct side *side, const struct script *script, pri_io_cb io_read,
               pri_io_cb io_write, void *user, int fd) {
    side->script = script;
    if (!side->out) side->out = stdout;
    int switch_type = script->switch_type ? script->switch_type : PRI_SWITCH_EUROISDN_E1;
    side->pri = pri_new_cb(fd, script->net ? PRI_NETWORK : PRI_CPE, switch_type, io_read, io_write,
                           user);
    pri_set_overlapdial(side->pri, 1);
    pri_hangup_fix_enable(side->pri, 1);
    pri_connect_ack_enable(side->pri, 1); /* without it CONNECT ACK gives no event */
}

void side_receive(struct side *side) {
    side->received = false;
    do {
        side->moved = false;
        const pri_event *event = pri_check_event(side->pri);
        if (event) handle(side, event);
        side->received |= side->moved;
    } while (side->moved);
}

static void run_timers(struct side *side) {
    struct timeval now, *next;
    while ((next = pri_schedule_next(side->pri))) {
        gettimeofday(&now, NULL);
        if (timercmp(next, &now, >)) return;
        const pri_event *event = pri_schedule_run(side->pri);
        if (event) handle(side, event);
    }
}

static bool may_place(const struct side *side) {
    const struct script *script = side->script;
    return !script->answer && side->up && side->placed < script->calls &&
           side->active < script->conc && (!script->restart || side->restarting < 0);
}

void side_run(struct side *side, int64_t now) {
    run_timers(side);
    if (side->script->restart && side->up && !side->restarting) restart_next(side, 0);
    for (int i = 0; i < SIDE_CHANNELS; i++) {
        struct call *call = &side->calls[i];
        if (call->pri && call->clear_at && call->clear_at <= now)
            side_clear(side, call, side->script->cause);
    }
    if (side->after) side->after(side);
    while (may_place(side) && side->next_place <= now && free_channel(side)) place(side, now);
}

int64_t side_next(struct side *side) {
    int64_t next = -1;
    const struct timeval *timer = pri_schedule_next(side->pri);
    if (timer) {
        struct timeval now, left = {0, 0};
        gettimeofday(&now, NULL);
        if (timercmp(timer, &now, >)) timersub(timer, &now, &left);
        next = side_now() + left.tv_sec * NS_PER_S + left.tv_usec * 1000LL;
    }
    for (int i = 0; i < SIDE_CHANNELS; i++) {
        const struct call *call = &side->calls[i];
        if (call->pri && call->clear_at && (next < 0 || call->clear_at < next))
            next = call->clear_at;
    }
    if (may_place(side) && (next < 0 || side->next_place < next)) next = side->next_place;
    return next;
}

bool side_finished(const struct side *side) {
    const struct script *script = side->script;
    if (side->active || (script->restart && side->restarting >= 0)) return false;
    if (!script->answer) return side->placed >= script->calls;
    return script->calls > 0 && side->offered >= script->calls;
}

/* libpri has no question for it: while a frame is unacknowledged T200 (1 s) runs, else T203 (10 s)
 * is its only timer. */
bool side_quiet(struct side *side) {
    int64_t next = side_next(side);
    return next < 0 || next > side_now() + 1500 * NS_PER_MS;
}

bool side_good(const struct side *side) {
    const struct script *script = side->script;
    if (side->failed || side->active || side->released != side->placed + side->offered)
        return false;
    return script->answer ? side->offered >= script->calls : side->placed == script->calls;
}
