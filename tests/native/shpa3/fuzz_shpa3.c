/* Fuzzer of what the library of Synway's calls reads: the daemon's lines and ShConfig.ini.
 *
 * With libFuzzer (-DLIBFUZZER), or alone: fuzz_shpa3 SEED ROUNDS, which mutates true lines. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "link.h"

static const char *const LINES[] = {
    "{\"trunks\":[{\"name\":\"t\",\"signalling\":\"pri\",\"side\":\"network\"},"
    "{\"name\":\"f\",\"signalling\":\"fxs\",\"side\":\"\"}]}",
    "{\"channels\":[{\"trunk\":\"t\",\"channel\":1,\"state\":\"idle\",\"span\":\"b/"
    "1\",\"timeslot\":1},"
    "{\"trunk\":\"f\",\"channel\":2,\"state\":\"outOfService\"},{\"trunk\":\"t\",\"channel\":17}]}",
    "{\"method\":\"event\",\"params\":{\"event\":\"Delivered\",\"seq\":7,\"callId\":3,\"device\":"
    "\"trunk/t/1\","
    "\"direction\":\"in\",\"calling\":\"1\\u4e2d\\ud83d\\ude00\",\"called\":\"22\"}}",
    "{\"method\":\"event\",\"params\":{\"event\":\"Offered\",\"callId\":4,\"device\":\"trunk/f/"
    "2\",\"calling\":\"\"}}",
    "{\"method\":\"event\",\"params\":{\"event\":\"Established\",\"callId\":3}}",
    "{\"method\":\"event\",\"params\":{\"event\":\"DigitsDetected\",\"callId\":3,\"digit\":\"5\","
    "\"kind\":\"dtmf\",\"began\":1.5e18}}",
    "{\"method\":\"event\",\"params\":{\"event\":\"DigitsDialed\",\"callId\":4,\"digits\":\"12\","
    "\"called\":\"12\"}}",
    "{\"method\":\"event\",\"params\":{\"event\":\"Stop\",\"callId\":3,\"kind\":\"play\","
    "\"reason\":\"digit\"}}",
    "{\"method\":\"event\",\"params\":{\"event\":\"AlarmChanged\",\"span\":\"b/"
    "1\",\"alarm\":\"LOS\",\"active\":true}}",
    "{\"method\":\"event\",\"params\":{\"event\":\"ChannelChanged\",\"trunk\":\"t\",\"channel\":1,"
    "\"state\":\"idle\"}}",
    "{\"method\":\"event\",\"params\":{\"event\":\"Failed\",\"callId\":3,\"q850\":17}}",
    "{\"method\":\"event\",\"params\":{\"event\":\"ConnectionCleared\",\"callId\":3,\"q850\":-"
    "1e300}}",
    "{\"id\":1,\"result\":{\"callId\":9}}",
    "[SystemConfig]\nTotalBoards=1\n[AppChToBoardChTable]\nAppCh[0]=0,0..2\n[BoardId=0]\n"
    "DtmfStopPlayCharSet={{12},{3}}\nDefaultPlayFormat=6,7,-2\n",
};
#define COUNT (sizeof(LINES) / sizeof(*LINES))

static void walk(const struct json *json)
{
    char text[64];

    for (uint32_t i = 0; i < json->count; i++) {
        const struct json_token *token = &json->tokens[i];
        uint32_t count = 0;

        assert(token->begin <= token->end && token->next > i && token->next <= json->count);
        json_string(json, i, text, sizeof(text));
        json_integer(json, i, 0);
        json_member(json, i, "event");
        for (uint32_t at = json_first(json, i); at; at = json_after(json, i, at))
            count++;
        assert(token->kind != JSON_OBJECT || !(count & 1));
    }
}

static void read_ini(const char *text, size_t n)
{
    unsigned line;
    struct ini ini;

    if (ini_parse(&ini, text, n, &line))
        return;
    ini_item(&ini, "BoardId=0", "DefaultPlayFormat", 2, 0);
    ini_free(&lib.ini);
    lib.ini = ini;
    for (int i = 0; i < lib.count; i++)
        config_channel(&lib.channels[i]);
}

/* Channels of LINES[0] and [1], once. */
static void prepare(void)
{
    struct json trunks, channels;
    char why[600];

    if (lib.channels)
        return;
    assert(!json_read(&trunks, LINES[0], strlen(LINES[0])));
    assert(!json_read(&channels, LINES[1], strlen(LINES[1])));
    assert(!channels_open(&trunks, json_member(&trunks, 0, "trunks"), &channels,
                          json_member(&channels, 0, "channels"), why, sizeof(why)));
    json_free(&trunks);
    json_free(&channels);
    events_reset();
    lib.lost = 1; /* nothing is sent */
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t n)
{
    char *text = malloc(n + 1);
    struct json json;
    size_t at = 0;

    if (!text)
        return 0;
    memcpy(text, octets, n);
    text[n] = 0;
    prepare();
    if (!json_read(&json, text, n)) {
        walk(&json);
        json_free(&json);
    }
    read_ini(text, n);
    while (at < n) { /* lines of a session */
        size_t length = strcspn(text + at, "\n");

        take_line(text + at, length);
        at += length + 1;
    }
    for (int i = 0; i < lib.count; i++) {
        to_standby(&lib.channels[i]);
        lib.channels[i].state = S_CALL_STANDBY;
    }
    free(text);
    return 0;
}

#ifndef LIBFUZZER
int main(int count, char **words)
{
    unsigned seed = count > 1 ? (unsigned)atoi(words[1]) : 1;
    long rounds = count > 2 ? atol(words[2]) : 10000;
    char text[4096];

    for (long i = 0; i < rounds; i++) {
        size_t n = 0;

        for (int lines = rand_r(&seed) % 6 + 1; lines--;) {
            const char *line = LINES[rand_r(&seed) % COUNT];

            if (n + strlen(line) + 2 > sizeof(text))
                break;
            n += (size_t)sprintf(text + n, "%s\n", line);
        }
        for (int changes = rand_r(&seed) % 8; changes--;) {
            size_t at = (size_t)rand_r(&seed) % n;

            if (rand_r(&seed) % 3)
                text[at] = "{}[]\",:0-e\\u\n\xff\0"[rand_r(&seed) % 16];
            else
                memmove(text + at, text + at + 1, n - at - 1);
        }
        LLVMFuzzerTestOneInput((const uint8_t *)text, n);
    }
    printf("%ld rounds\n", rounds);
    return 0;
}
#endif
