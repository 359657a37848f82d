/* Recording into files and memory. */
#include <stdio.h>
#include <string.h>

#include "shpa3.h"

void record_began(struct channel *channel)
{
    channel->record.began = now_ms();
}

/* Copies the recording where it belongs. Without the lock: it may be long; only the thread that
 * reads the socket comes here, so nothing overtakes it. */
static void keep(struct channel *channel, struct recording record)
{
    long octets;

    pthread_mutex_unlock(&lib.lock);
    octets = record.buffer ? sound_take(record.from, record.buffer, record.room, record.format)
                           : sound_keep(record.from, record.to, record.format, record.start);
    sound_drop(record.from);
    pthread_mutex_lock(&lib.lock);
    channel->record.octets = octets;
    channel->record.taken = octets > 0 ? (DWORD)octets : 0;
}

/* SsmCheckRecord, and the parameter of E_PROC_RecordEnd: 1 stopped, 2 a digit, 3 the call ended,
 * 4 the length was reached. */
void record_stopped(struct channel *channel, const char *reason)
{
    struct recording *record = &channel->record;

    if (record->on != 1)
        return;
    record->on = 2; /* being copied */
    record->ended = now_ms();
    keep(channel, *record);
    record->on = 0;
    record->result = !strcmp(reason, "digit")    ? 2
                     : !strcmp(reason, "hangup") ? 3
                     : !strcmp(reason, "stopped") ? 1
                                                  : 4;
    post(E_PROC_RecordEnd, channel->number, (unsigned)record->result);
    if (record->handler)
        call_later(channel, LATER_RECORD_BLOCK, record->result);
    pthread_cond_broadcast(&lib.changed);
}

void record_lost(struct channel *channel)
{
    record_stopped(channel, "hangup");
}

static double limit(int format, DWORD octets, DWORD ms)
{
    double rate = format == -2 ? 16000 : 8000, seconds = 86400;

    if (octets && octets < ALL && octets / rate < seconds)
        seconds = octets / rate;
    if (ms && ms < ALL && ms / 1000.0 < seconds)
        seconds = ms / 1000.0;
    return seconds < 0.001 ? 0.001 : seconds;
}

static int begin_record(struct channel *channel, double seconds)
{
    struct recording *record = &channel->record;
    struct request request;
    int format = record->format;

    begin_call(&request, channel);
    write_key(&request.to, "message");
    write_string(&request.to, record->from);
    write_key(&request.to, "maxDuration");
    write_decimal(&request.to, seconds);
    write_key(&request.to, "encoding");
    write_string(&request.to, sound_encoding(format == 1 ? -2 : format));
    write_key(&request.to, "direction");
    write_string(&request.to, channel->record_mixer ? "mixed" : "received");
    if (*channel->stop_record) {
        write_key(&request.to, "stopOnDigits");
        write_string(&request.to, channel->stop_record);
    }
    record->on = 1;
    record->call = channel->call;
    record->began = now_ms();
    if (!command("recordMessage", &request))
        return 0;
    record->on = 0;
    return -1;
}

/* `to` and `buffer`: one of the two. */
static int record(struct channel *channel, int format, const struct recording *wanted,
                  double seconds)
{
    if (format == -1)
        format = config_item(channel, "DefaultRecordFormat", 6);
    if (!sound_encoding(format == 1 ? -2 : format))
        return fail(C_ERROR_INVALID_FORMAT,
                    "coding %d cannot be recorded: 6 A-law, 7 mu-law, -2 PCM "
                    "of 16 bits, 1 PCM of 8 bits can",
                    format);
    if (call_needed(channel))
        return -1;
    if (channel->record.on)
        return fail(C_ERROR_OP_FAILURE, "channel %d records already", channel->number);
    channel->record = *wanted;
    channel->record.format = format;
    if (sound_name(channel->record.from, sizeof(channel->record.from), "r"))
        return -1;
    return begin_record(channel, seconds);
}

/* The mask is not public in what it selects; it changes nothing here. */
API int SsmRecToFile(int ch, const char *path, int format, DWORD start, DWORD octets, DWORD ms,
                     int mask)
{
    struct channel *channel = enter(ch);
    struct recording wanted = {.start = start};

    (void)mask;
    if (!channel)
        return -1;
    if (!path || !*path || strlen(path) >= sizeof(wanted.to))
        return leave(fail(C_ERROR_INVALID_PARAMETER, "SsmRecToFile: no file is named"));
    copy_text(wanted.to, sizeof(wanted.to), path);
    return leave(record(channel, format, &wanted, limit(format, octets, ms)));
}

API int SsmRecToFileEx(int ch, const char *path, int format, DWORD start, DWORD octets, DWORD ms,
                       int mask, BOOL on_barge_in, DWORD rollback)
{
    (void)rollback;
    if (on_barge_in)
        return fail(C_ERROR_UNSUPPORTED_OP,
                    "SsmRecToFileEx: recording from barge-in on is not supported");
    return SsmRecToFile(ch, path, format, start, octets, ms, mask);
}

API int SsmStopRecToFile(int ch)
{
    struct channel *channel = enter(ch);
    struct request request;
    int64_t until = now_ms() + ANSWER_MS;

    if (!channel)
        return -1;
    if (!channel->record.on)
        return leave(0);
    if (channel->record.on == 1) {
        begin_call(&request, channel);
        write_key(&request.to, "kind");
        write_string(&request.to, "record");
        if (command("stopMedia", &request) && channel->record.on == 1)
            return leave(-1);
    }
    while (channel->record.on)
        if (wait_changed(until) && now_ms() >= until)
            return leave(fail(C_ERROR_SYSTEM, "channel %d does not stop recording", ch));
    return leave(channel->record.octets < 0
                     ? fail(C_ERROR_FILEOP_FAILURE, "%s could not be written", channel->record.to)
                     : 0);
}

API int SsmChkRecToFile(int ch)
{
    struct channel *channel = enter(ch);

    return channel ? leave(channel->record.on != 0) : -1;
}

/* 0: it records; else how it ended. */
API int SsmCheckRecord(int ch)
{
    struct channel *channel = enter(ch);

    return channel ? leave(channel->record.on       ? 0
                           : channel->record.result ? channel->record.result
                                                    : 1)
                   : -1;
}

API int SsmGetRecType(int ch)
{
    struct channel *channel = enter(ch);

    return channel ? leave(!channel->record.on ? 0 : channel->record.buffer ? 2 : 1) : -1;
}

/* ms */
API long SsmGetRecTime(int ch)
{
    struct channel *channel = enter(ch);
    struct recording *record;
    int64_t until;

    if (!channel)
        return -1;
    record = &channel->record;
    until = record->on != 1 ? record->ended : record->paused ? record->paused_at : now_ms();
    return leave(record->began ? (int)(until - record->began - record->pauses) : 0);
}

API long SsmGetDataBytesToRecord(int ch)
{
    long ms = SsmGetRecTime(ch);
    struct channel *channel = ms < 0 ? NULL : enter(ch);

    if (!channel)
        return -1;
    if (!channel->record.on)
        return leave((int)channel->record.octets);
    return leave((int)(ms * (channel->record.format == -2 ? 16 : 8)));
}

static int record_command(int ch, const char *method, int pause)
{
    struct channel *channel = enter(ch);
    struct request request;
    struct recording *record;

    if (!channel)
        return -1;
    record = &channel->record;
    if (record->on != 1)
        return leave(fail(C_ERROR_OP_FAILURE, "channel %d does not record", ch));
    if (record->paused == pause)
        return leave(0);
    begin_call(&request, channel);
    write_key(&request.to, "kind");
    write_string(&request.to, "record");
    if (command(method, &request))
        return leave(-1);
    if (pause)
        record->paused_at = now_ms();
    else
        record->pauses += now_ms() - record->paused_at;
    record->paused = pause;
    return leave(0);
}

API int SsmPauseRecToFile(int ch)
{
    return record_command(ch, "suspendMedia", 1);
}

API int SsmRestartRecToFile(int ch)
{
    return record_command(ch, "resumeMedia", 0);
}

/* ---- into memory ----------------------------------------------------------------------------- */

API int SsmRecordMemBlock(int ch, int format, BYTE *buffer, DWORD size, MEMBLOCKHANDLER handler,
                          void *user)
{
    struct channel *channel = enter(ch);
    struct recording wanted = {.buffer = buffer, .room = size, .handler = handler, .user = user};

    if (!channel)
        return -1;
    if (!buffer || !size)
        return leave(fail(C_ERROR_INVALID_PARAMETER, "SsmRecordMemBlock: no buffer"));
    return leave(record(channel, format, &wanted, limit(format, size, 0)));
}

API int SsmStopRecordMemBlock(int ch)
{
    return SsmStopRecToFile(ch);
}

API int SsmRecToMem(int ch, int format, BYTE *buffer, DWORD size, DWORD start)
{
    if (!buffer || start >= size)
        return fail(C_ERROR_INVALID_PARAMETER, "SsmRecToMem: no buffer, or the start is beyond it");
    return SsmRecordMemBlock(ch, format, buffer + start, size - start, NULL, NULL);
}

API int SsmStopRecToMem(int ch)
{
    return SsmStopRecToFile(ch);
}

API long SsmGetRecOffset(int ch)
{
    return SsmGetDataBytesToRecord(ch);
}

/* ---- how ------------------------------------------------------------------------------------- */

API int SsmSetRecVolume(int ch, int volume)
{
    struct channel *channel = enter(ch);
    struct request request;

    if (!channel)
        return -1;
    if (volume < -7 || volume > 6)
        return leave(fail(C_ERROR_INVALID_PARAMETER, "the volume is -7 to 6, not %d", volume));
    channel->record_volume = volume;
    if (!channel->call)
        return leave(0);
    begin_call(&request, channel);
    write_key(&request.to, "gain");
    write_decimal(&request.to, volume == -7 ? -40 : 3.0 * volume);
    return leave(command("setGain", &request));
}

API int SsmQueryOpRecMixer(int ch)
{
    return enter(ch) ? leave(1) : -1;
}

/* On: both directions, as one sound. */
API int SsmSetRecMixer(int ch, BOOL on, int volume)
{
    struct channel *channel = enter(ch);

    (void)volume;
    if (!channel)
        return -1;
    channel->record_mixer = on != 0;
    return leave(0);
}

API int SsmGetRecMixerState(int ch, int *on, int *volume)
{
    struct channel *channel = enter(ch);

    if (!channel)
        return -1;
    if (on)
        *on = channel->record_mixer;
    if (volume)
        *volume = 0;
    return leave(0);
}
