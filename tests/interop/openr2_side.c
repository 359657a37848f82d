/* Calls of openr2's channels, told as JSON lines: those of `trunkd peer r2` where they mean the
 * same, with openr2's own words for causes and categories. */
#define _GNU_SOURCE
#include "openr2_side.h"

#include <string.h>

struct side side;

const char *const CAUSES[] = {"busy", "congestion", "unallocated", "out-of-order", "unspecified",
                              "no-answer", "normal", "collect-rejected", "forced-release",
                              "number-changed"};
static const char *const MODES[] = {"charge", "no-charge", "special", "unknown"};

/* ---- telling ---- */

static bool report(const char *event) {
    if (side.script->quiet) return false;
    printf("{\"event\":\"%s\",\"time\":%lld", event, (long long)wire_now());
    return true;
}

static void report_call(const char *event, const struct channel *channel) {
    if (report(event)) printf(",\"call\":%d,\"channel\":%d", channel->call, channel->number);
}

static void end_line(void) {
    if (!side.script->quiet) puts("}");
}

static void word(const char *name, const char *value) {
    if (!side.script->quiet) printf(",\"%s\":\"%s\"", name, value ? value : "");
}

static struct channel *of(openr2_chan_t *r2) { return openr2_chan_get_client_data(r2); }

/* ---- a call's end ---- */

static void ended(struct channel *channel) {
    bool refused = channel->outgoing ? side.script->expect_reject : side.script->reject >= 0;
    if (!channel->call) return;
    side.released++;
    side.active--;
    if (channel->connected == refused) side.failed++;
    report_call("released", channel);
    word("cause", channel->cause < 0 ? "error" : CAUSES[channel->cause]);
    if (!side.script->quiet)
        printf(",\"local\":%s,\"connected\":%s", channel->local ? "true" : "false",
               channel->connected ? "true" : "false");
    end_line();
    channel->call = 0;
    channel->hang_up_at = 0;
    channel->ending = false;
}

static void disconnect(struct channel *channel, int cause) {
    if (channel->ending) return;
    channel->ending = true;
    openr2_chan_disconnect_call(channel->r2, (openr2_call_disconnect_cause_t)cause);
}

/* ---- openr2's events ---- */

static void begun(struct channel *channel, bool outgoing) {
    channel->call = ++side.next_call;
    channel->outgoing = outgoing;
    channel->connected = channel->local = channel->ending = false;
    channel->cause = OR2_CAUSE_NORMAL_CLEARING;
    channel->hang_up_at = 0;
    side.active++;
}

static void on_init(openr2_chan_t *r2) {
    begun(of(r2), false);
    side.offered++;
    report_call("seized", of(r2));
    end_line();
}

static void on_offered(openr2_chan_t *r2, const char *ani, const char *dnis,
                       openr2_calling_party_category_t category) {
    struct channel *channel = of(r2);
    report_call("offered", channel);
    word("called", dnis);
    word("calling", ani);
    word("category", openr2_proto_get_category_string(category));
    end_line();
    if (side.script->reject >= 0) {
        channel->local = true;
        channel->cause = side.script->reject;
        openr2_chan_disconnect_call(r2, (openr2_call_disconnect_cause_t)side.script->reject);
    } else {
        openr2_chan_accept_call(r2, (openr2_call_mode_t)side.script->mode);
    }
}

static void answered(struct channel *channel) {
    int after = channel->outgoing ? side.script->hold_ms : side.script->drop_ms;
    if (!channel->connected) side.connected++;
    channel->connected = true;
    report_call("connected", channel);
    end_line();
    if (after >= 0) channel->hang_up_at = wire_now() + after * NS_PER_MS + 1;
}

static void on_answered(openr2_chan_t *r2) { answered(of(r2)); }

static void on_accepted(openr2_chan_t *r2, openr2_call_mode_t mode) {
    struct channel *channel = of(r2);
    report_call("alerting", channel);
    word("mode", MODES[mode]);
    end_line();
    /* openr2 tells of answers that it receives, not of those that it sends. */
    if (channel->outgoing || side.script->no_answer || openr2_chan_answer_call(r2)) return;
    answered(channel);
}

static void on_disconnect(openr2_chan_t *r2, openr2_call_disconnect_cause_t cause) {
    struct channel *channel = of(r2);
    if (!channel->local) channel->cause = cause;
    channel->hang_up_at = 0;
    report_call("disconnected", channel);
    word("cause", CAUSES[cause]);
    end_line();
    openr2_chan_disconnect_call(r2, OR2_CAUSE_NORMAL_CLEARING);
}

static void on_end(openr2_chan_t *r2) { ended(of(r2)); }

static void on_error(openr2_chan_t *r2, openr2_protocol_error_t error) {
    struct channel *channel = of(r2);
    side.errors++;
    report_call("fault", channel);
    word("text", openr2_proto_get_error(error));
    end_line();
    channel->cause = -1;
    ended(channel);
}

static void on_blocked(openr2_chan_t *r2) {
    report_call("blocked", of(r2));
    end_line();
}

static void on_idle(openr2_chan_t *r2) {
    report_call("idle", of(r2));
    end_line();
}

static void on_metering(openr2_chan_t *r2) {
    report_call("metered", of(r2));
    end_line();
}

static void on_alarm(openr2_chan_t *r2, int alarm) { (void)r2, (void)alarm; }
static void on_os_error(openr2_chan_t *r2, int code) {
    side.errors++;
    report_call("fault", of(r2));
    word("text", strerror(code));
    end_line();
}
static void on_read(openr2_chan_t *r2, const unsigned char *octets, int n) {
    (void)r2, (void)octets, (void)n;
}
static int on_dnis(openr2_chan_t *r2, char digit) { return (void)r2, (void)digit, 1; }
static void on_ani(openr2_chan_t *r2, char digit) { (void)r2, (void)digit; }

static void on_log(openr2_context_t *context, openr2_log_level_t level, const char *format,
                   va_list list) {
    (void)context, (void)level;
    if (side.script->log) vfprintf(stderr, format, list);
}

void side_trace(openr2_chan_t *r2, openr2_log_level_t level, const char *format, va_list list) {
    (void)level;
    if (!side.script->log) return;
    fprintf(stderr, "%.3f %d: ", (double)wire_now() / 1e9, of(r2) ? of(r2)->number : 0);
    vfprintf(stderr, format, list);
}

openr2_event_interface_t side_events = {
    .on_call_init = on_init,
    .on_call_offered = on_offered,
    .on_call_accepted = on_accepted,
    .on_call_answered = on_answered,
    .on_call_disconnect = on_disconnect,
    .on_call_end = on_end,
    .on_call_read = on_read,
    .on_hardware_alarm = on_alarm,
    .on_os_error = on_os_error,
    .on_protocol_error = on_error,
    .on_line_blocked = on_blocked,
    .on_line_idle = on_idle,
    .on_context_log = on_log,
    .on_dnis_digit_received = on_dnis,
    .on_ani_digit_received = on_ani,
    .on_billing_pulse_received = on_metering,
};

/* ---- the script ---- */

static void place(struct channel *channel) {
    const struct script *script = side.script;
    begun(channel, true);
    if (openr2_chan_make_call(channel->r2, *script->calling ? script->calling : NULL,
                              script->called,
                              (openr2_calling_party_category_t)script->category)) {
        channel->call = 0;
        side.active--;
        return;
    }
    side.placed++;
    report_call("placed", channel);
    word("called", script->called);
    word("calling", script->calling);
    end_line();
}

void side_run(void) {
    const struct script *script = side.script;
    int64_t now = wire_now();
    for (int i = 0; i < side.n_channels; i++) {
        struct channel *channel = &side.channels[i];
        bool idle = (channel->wire->bits & 12) == 8 && !channel->wire->changed;
        if (channel->idle_at && now >= channel->idle_at) {
            channel->idle_at = 0;
            openr2_chan_set_idle(channel->r2);
        }
        if (channel->hang_up_at && now >= channel->hang_up_at) {
            channel->hang_up_at = 0;
            channel->local = true;
            disconnect(channel, channel->outgoing ? OR2_CAUSE_NORMAL_CLEARING
                                                  : script->drop_cause);
        }
        if (!script->answer && !channel->call && !channel->idle_at && idle &&
            side.active < script->conc && side.placed < script->calls && now >= side.next_place) {
            place(channel);
            side.next_place = now + script->rest_ms * NS_PER_MS;
        }
    }
}

bool side_finished(void) {
    const struct script *script = side.script;
    if (side.active) return false;
    return script->answer ? script->calls && side.offered >= script->calls
                          : side.placed >= script->calls;
}

bool side_good(void) {
    const struct script *script = side.script;
    if (side.failed || side.active || side.released != side.placed + side.offered) return false;
    return script->answer ? side.offered >= script->calls : side.placed == script->calls;
}

void side_summary(double cpu_s, bool timed_out) {
    printf("{\"event\":\"summary\",\"time\":%lld,\"placed\":%ld,\"offered\":%ld,"
           "\"connected\":%ld,\"released\":%ld,\"failed\":%ld,\"errors\":%ld,\"cpu_s\":%.6f,"
           "\"active\":%d,\"timed_out\":%s}\n",
           (long long)wire_now(), side.placed, side.offered, side.connected, side.released,
           side.failed, side.errors, cpu_s, side.active, timed_out ? "true" : "false");
}
