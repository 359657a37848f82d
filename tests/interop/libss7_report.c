/* What the libss7 peer tells: events as JSON, one a line, those of `trunkd peer` and a few of its
 * own: blocked, unblocked, restart of groups, dual. */
#define _GNU_SOURCE
#include "libss7_side.h"

#include <time.h>

bool report(struct side *side, const char *event) {
    struct timespec t;
    if (side->script->quiet) return false;
    clock_gettime(CLOCK_REALTIME, &t);
    fprintf(side->out, "{\"event\":\"%s\",\"time\":%lld", event,
            (long long)(t.tv_sec * NS_PER_S + t.tv_nsec));
    return true;
}

void report_call(struct side *side, const char *event, int cic) {
    if (report(side, event))
        fprintf(side->out, ",\"call\":%d,\"channel\":%d}\n", side->circuits[cic].id, cic);
}

void report_numbers(struct side *side, const char *event, int cic) {
    const struct circuit *circuit = &side->circuits[cic];
    if (report(side, event))
        fprintf(side->out,
                ",\"call\":%d,\"channel\":%d,\"called\":\"%s\",\"calling\":\"%s\","
                "\"complete\":%s}\n",
                circuit->id, cic, circuit->called, circuit->calling,
                circuit->complete ? "true" : "false");
}

void report_circuits(struct side *side, const char *event, int first, int last,
                     const uint8_t *status, const char *how) {
    const char *comma = "";
    if (!report(side, event)) return;
    fputs(",\"channels\":[", side->out);
    for (int cic = first; cic <= last; cic++) {
        if (status && !status[cic - first]) continue;
        fprintf(side->out, "%s%d", comma, cic);
        comma = ",";
    }
    fprintf(side->out, "],%s}\n", how);
}

void fault(struct side *side, const char *text) {
    side->errors++;
    if (!report(side, "fault")) return;
    fputs(",\"kind\":\"libss7\",\"text\":\"", side->out);
    for (; *text; text++) {
        if ((unsigned char)*text < ' ') continue;
        if (*text == '"' || *text == '\\') fputc('\\', side->out);
        fputc(*text, side->out);
    }
    fputs("\"}\n", side->out);
}

void side_summary(struct side *side, double cpu_s, bool timed_out) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    fprintf(side->out,
            "{\"event\":\"summary\",\"time\":%lld,\"placed\":%ld,\"offered\":%ld,\"connected\":%ld,"
            "\"released\":%ld,\"failed\":%ld,\"errors\":%ld,\"cpu_s\":%.6f,\"active\":%d,"
            "\"timed_out\":%s}\n",
            (long long)(t.tv_sec * NS_PER_S + t.tv_nsec), side->placed, side->offered,
            side->connected, side->released, side->failed, side->errors, cpu_s, side->active,
            timed_out ? "true" : "false");
}
