/* What the daemon tells, as states and events of the channels. Rows of a table, one an event. */
#include <stdio.h>
#include <string.h>

#include "follow.h"

void text_of(const struct told *told, const char *key, char *to, size_t size)
{
    json_string(told->json, json_member(told->json, told->event, key), to, size);
}

int told_is(const struct told *told, const char *key, const char *text)
{
    return json_is(told->json, json_member(told->json, told->event, key), text);
}

int64_t number_of(const struct told *told, const char *key)
{
    return json_integer(told->json, json_member(told->json, told->event, key), 0);
}

/* "trunk/NAME/CHANNEL" */
static struct channel *channel_of_device(const struct told *told)
{
    char device[96], *slash;

    text_of(told, "device", device, sizeof(device));
    slash = strrchr(device, '/');
    if (strncmp(device, "trunk/", 6) || !slash || slash < device + 6)
        return NULL;
    *slash++ = 0;
    for (int i = 0; i < lib.count; i++) {
        char id[16];

        snprintf(id, sizeof(id), "%d", lib.channels[i].id);
        if (!strcmp(id, slash) && !strcmp(lib.channels[i].trunk, device + 6))
            return &lib.channels[i];
    }
    return NULL;
}

/* ---- calls that come in ---------------------------------------------------------------------- */

static void numbers(const struct told *told, struct channel *channel)
{
    char called[NUMBER];

    text_of(told, "calling", channel->calling, sizeof(channel->calling));
    text_of(told, "called", called, sizeof(called));
    if (strcmp(called, channel->called)) {
        copy_text(channel->called, sizeof(channel->called), called);
        if (*called)
            post(E_CHG_RxPhoNumBuf, channel->number, (unsigned)strlen(called));
    }
    text_of(told, "display", channel->name, sizeof(channel->name));
}

static void refuse(int64_t call, int cause)
{
    struct request request;

    begin(&request);
    write_key(&request.to, "callId");
    write_integer(&request.to, call);
    write_key(&request.to, "cause");
    write_integer(&request.to, cause);
    tell("clearConnection", &request);
}

static void off_hook(struct channel *channel, int off)
{
    if (channel->row->type != CH_STATION || channel->off_hook == off)
        return;
    channel->off_hook = off;
    post(E_CHG_HookState, channel->number, (unsigned)off);
}

/* The channel of an incoming call; NULL: it waits, was refused, or is not ours. */
static struct channel *incoming(struct told *told)
{
    struct channel *channel = told->channel ? told->channel : channel_of_device(told);

    if (!channel || channel->call == told->call)
        return channel;
    if (channel->blocked) {
        refuse(told->call, 34);
        return NULL;
    }
    if (channel->call ||
        (channel->state != S_CALL_STANDBY && channel->state != S_CALL_UNAVAILABLE)) {
        /* The program has not hung up the last call yet: this one is shown when it has. */
        channel->next_call = told->call;
        text_of(told, "calling", channel->next_calling, NUMBER);
        text_of(told, "called", channel->next_called, NUMBER);
        return NULL;
    }
    channel->call = told->call;
    channel->direction = DIRECTION_IN;
    channel->calling[0] = channel->called[0] = channel->name[0] = 0;
    channel->dialled = 0;
    channel->dial_result = DIAL_STANDBY;
    return channel;
}

static void service_initiated(struct told *told)
{
    struct channel *channel = told_is(told, "direction", "in") ? incoming(told) : NULL;

    if (!channel)
        return;
    numbers(told, channel);
    set_state(channel, channel->row->overlap);
    off_hook(channel, 1);
}

/* What a telephone at a station dials is the program's DTMF; the daemon collects it as a number. */
static void station_digits(struct channel *channel)
{
    while (channel->row->type == CH_STATION && channel->dialled < strlen(channel->called))
        digit_heard(channel, channel->called[channel->dialled++]);
}

static void digits_dialed(struct told *told)
{
    if (!told->channel || told->channel->direction != DIRECTION_IN)
        return;
    text_of(told, "called", told->channel->called, NUMBER);
    post(E_CHG_RxPhoNumBuf, told->channel->number, (unsigned)strlen(told->channel->called));
    station_digits(told->channel);
}

/* The number is complete: the program talks with the telephone from now on. */
static void station_call(struct channel *channel)
{
    struct request request;

    off_hook(channel, 1);
    set_state(channel, S_CALL_PICKUPED);
    station_digits(channel);
    begin_call(&request, channel);
    tell("answerCall", &request);
}

static void offered(struct told *told)
{
    struct channel *channel = incoming(told);
    struct request request;

    if (!channel)
        return;
    numbers(told, channel);
    channel->offered = 1;
    if (channel->row->type == CH_STATION) {
        station_call(channel);
    } else if (channel->row->type == CH_ANALOG_TRUNK) {
        set_state(channel, S_CALL_RINGING);
    } else if (!channel->auto_kb) {
        channel->pending_reason = PEND_WaitBckStpMsg;
        set_state(channel, S_CALL_PENDING);
    } else {
        begin_call(&request, channel);
        tell("acceptCall", &request);
    }
}

static void delivered(struct told *told)
{
    struct channel *channel = told->channel;

    if (told_is(told, "direction", "in")) {
        channel = incoming(told);
        if (!channel)
            return;
        numbers(told, channel);
        channel->offered = 1;
        if (channel->row->type == CH_STATION)
            station_call(channel);
        else
            set_state(channel, S_CALL_RINGING);
    } else if (channel && channel->dial_result == DIAL_DIALING) {
        channel->dial_result = DIAL_ECHOTONE;
        set_state(channel, channel->row->ringing_out);
        post(E_PROC_AutoDial, channel->number, DIAL_ECHOTONE);
    }
}

/* ---- calls that go out ----------------------------------------------------------------------- */

static void originated(struct told *told)
{
    struct channel *channel = told->channel ? told->channel : channel_of_device(told);

    if (!channel || channel->direction != DIRECTION_OUT || channel->answered)
        return;
    if (!channel->call && channel->dial_result == DIAL_DIALING)
        channel->call = told->call; /* before the answer to makeCall was read */
    if (channel->call == told->call && channel->row->type != CH_STATION)
        set_state(channel, channel->row->waiting);
}

static void listen(struct channel *channel)
{
    struct request request;

    if (channel->listening || lib.fd < 0)
        return;
    channel->listening = 1;
    begin_call(&request, channel);
    write_key(&request.to, "kinds");
    write_text(&request.to, "[\"dtmf\"]");
    tell("startListening", &request);
}

void listen_all(void)
{
    for (int i = 0; i < lib.count; i++)
        if (lib.channels[i].answered)
            listen(&lib.channels[i]);
}

static void established(struct told *told)
{
    struct channel *channel = told->channel;

    if (!channel || channel->answered)
        return;
    channel->answered = 1;
    channel->offered = 0;
    channel->dial_due = 0;
    listen(channel);
    off_hook(channel, 1);
    if (channel->direction == DIRECTION_OUT) {
        channel->dial_result = DIAL_VOICE;
        post(E_PROC_AutoDial, channel->number, DIAL_VOICE);
    }
    set_state(channel, channel->row->type == CH_STATION ? S_CALL_PICKUPED : S_CALL_TALKING);
}

/* ---- the end --------------------------------------------------------------------------------- */

/* The far end hung up, or the call did not get through. */
static void remote_end(struct channel *channel, int cause)
{
    if (channel->hanging || channel->state == S_CALL_PENDING)
        return;
    channel->cause = cause;
    if (!channel->answered && channel->direction == DIRECTION_OUT) {
        dial_failed(channel, cause);
    } else if (!channel->answered) {
        if (!config_signalling(channel, "RingToPending", 0))
            return; /* it stands by when the call is cleared */
        channel->pending_reason = PEND_RemoteHangupOnRinging;
    } else {
        channel->pending_reason =
            channel->direction == DIRECTION_IN ? channel->row->over_in : channel->row->over_out;
    }
    if (channel->row->type != CH_STATION)
        set_state(channel, S_CALL_PENDING);
}

static void failed(struct told *told)
{
    if (told->channel)
        remote_end(told->channel, (int)number_of(told, "q850"));
}

static void cleared(struct told *told)
{
    struct channel *channel = told->channel;
    int offered_only;

    for (int i = 0; !channel && i < lib.count; i++)
        if (lib.channels[i].next_call == told->call)
            lib.channels[i].next_call = 0;
    if (!channel)
        return;
    offered_only = channel->direction == DIRECTION_IN && !channel->answered;
    media_over(channel);
    bus_over(channel);
    remote_end(channel, (int)number_of(told, "q850"));
    channel->call = 0;
    if (channel->row->type == CH_STATION) {
        off_hook(channel, 0);
        to_standby(channel);
    } else if (channel->hanging ||
               (offered_only && (channel->state != S_CALL_PENDING ||
                                 channel->pending_reason == PEND_WaitBckStpMsg))) {
        to_standby(channel);
    }
    pthread_cond_broadcast(&lib.changed);
}

/* ---- media ----------------------------------------------------------------------------------- */

static void play(struct told *told)
{
    if (told->channel)
        play_began(told->channel);
}

static void record(struct told *told)
{
    if (told->channel)
        record_began(told->channel);
}

static void stop(struct told *told)
{
    char reason[24];

    text_of(told, "reason", reason, sizeof(reason));
    if (told_is(told, "text", "the call ended"))
        copy_text(reason, sizeof(reason), "hangup");
    for (int i = 0; told_is(told, "kind", "record") && i < lib.count; i++)
        if (lib.channels[i].record.on == 1 && lib.channels[i].record.call == told->call)
            record_stopped(&lib.channels[i], reason);
    if (told->channel && told_is(told, "kind", "play"))
        play_stopped(told->channel, !strcmp(reason, "digit")     ? PLAYED_DTMF
                                    : !strcmp(reason, "hangup")  ? PLAYED_HANGUP
                                    : !strcmp(reason, "voice")   ? PLAYED_BARGEIN
                                    : !strcmp(reason, "stopped") ? PLAYED_STOPPED
                                                                 : PLAYED_END);
}

static void digits_detected(struct told *told)
{
    char digit[8];
    int64_t began = number_of(told, "began");

    if (!told->channel || !told_is(told, "kind", "dtmf") || told->channel->digit_began == began)
        return; /* a digit is told when it begins and when it ends */
    told->channel->digit_began = began;
    text_of(told, "digit", digit, sizeof(digit));
    if (*digit)
        digit_heard(told->channel, *digit);
}

static void flash(struct told *told)
{
    if (!told->channel)
        return;
    told->channel->flashes++;
    post(E_CHG_FlashCount, told->channel->number, (unsigned)told->channel->flashes);
}

static void events_lost(struct told *told);

/* ---- the table ------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    void (*take)(struct told *told);
} EVENTS[] = {
    {"ServiceInitiated", service_initiated},
    {"DigitsDialed", digits_dialed},
    {"Originated", originated},
    {"Offered", offered},
    {"Delivered", delivered},
    {"Established", established},
    {"Failed", failed},
    {"ConnectionCleared", cleared},
    {"Play", play},
    {"Record", record},
    {"Stop", stop},
    {"DigitsDetected", digits_detected},
    {"HookFlash", flash},
    {"ChannelChanged", channel_changed},
    {"AlarmChanged", alarm_changed},
    {"EventsLost", events_lost},
};

void follow(const struct json *json, uint32_t event)
{
    struct told told = {.json = json, .event = event};

    told.call = number_of(&told, "callId");
    told.channel = channel_of_call(told.call);
    for (size_t i = 0; i < sizeof(EVENTS) / sizeof(*EVENTS); i++)
        if (told_is(&told, "event", EVENTS[i].name))
            EVENTS[i].take(&told);
}

static struct channel *channel_named(const char *trunk, int64_t id)
{
    for (int i = 0; i < lib.count; i++)
        if (lib.channels[i].id == id && !strcmp(lib.channels[i].trunk, trunk))
            return &lib.channels[i];
    return NULL;
}

/* All calls there are: those that are new to us, and those of ours that are not among them. */
void follow_calls(const struct json *json, uint32_t list)
{
    for (int i = 0; i < lib.count; i++) {
        struct told told = {
            .json = json, .channel = &lib.channels[i], .call = lib.channels[i].call};
        int there = 0;

        for (uint32_t at = json_first(json, list); at; at = json_after(json, list, at))
            there |= json_integer(json, json_member(json, at, "callId"), 0) == told.call;
        if (told.call && !there)
            cleared(&told);
    }
    for (uint32_t at = json_first(json, list); at; at = json_after(json, list, at)) {
        char trunk[40];
        struct channel *channel;

        json_string(json, json_member(json, at, "trunk"), trunk, sizeof(trunk));
        channel = channel_named(trunk, json_integer(json, json_member(json, at, "channel"), 0));
        if (channel && !channel->call)
            adopt_call(channel, json, at);
    }
}

/* The daemon kept no more events for us: what is now is asked for (link.c reads the answer). */
static void events_lost(struct told *told)
{
    struct request request;

    (void)told;
    begin(&request);
    lib.resync = lib.last_id + 1;
    tell("calls", &request);
}

/* The answer to makeCall, or a call that is in the daemon's list when a session begins. */
void adopt_call(struct channel *channel, const struct json *json, uint32_t call)
{
    struct told told = {.json = json, .event = call, .channel = channel};

    if (!call)
        return;
    channel->call = number_of(&told, "callId");
    if (!json_member(json, call, "state"))
        return; /* makeCall's */
    channel->direction = told_is(&told, "direction", "in") ? DIRECTION_IN : DIRECTION_OUT;
    numbers(&told, channel);
    channel->answered = told_is(&told, "state", "connected");
    channel->offered = !channel->answered && channel->direction == DIRECTION_IN;
    if (channel->answered)
        listen(channel);
    set_state(channel, channel->answered  ? S_CALL_TALKING
                       : channel->offered ? S_CALL_RINGING
                                          : channel->row->waiting);
}
