/* While it plays: how far, louder, on and back, and what ends it. */
#include <stdio.h>
#include <string.h>

#include "shpa3.h"

API int SsmCheckPlay(int ch)
{
    struct channel *channel = enter(ch);

    if (!channel)
        return -1;
    if (channel->play.kind == PLAY_NONE)
        return leave(channel->play.result);
    return leave(channel->play.paused ? PLAYED_PAUSED : PLAYED_NOW);
}

/* ms played so far. */
static int64_t played(const struct channel *channel)
{
    const struct playing *play = &channel->play;
    int64_t until = play->paused ? play->paused_at : now_ms();

    if (play->kind == PLAY_NONE)
        return 0;
    return until - play->began - play->pauses + (int64_t)(play->skipped * 1000);
}

API long SsmGetPlayedTime(int ch)
{
    struct channel *channel = enter(ch);

    return channel ? leave((int)played(channel)) : -1;
}

API long SsmGetPlayedTimeEx(int ch)
{
    return SsmGetPlayedTime(ch);
}

API int SsmGetPlayedPercentage(int ch)
{
    struct channel *channel = enter(ch);
    double percent;

    if (!channel)
        return -1;
    if (channel->play.kind == PLAY_NONE || channel->play.seconds <= 0)
        return leave(100);
    percent = (double)played(channel) / 10 / channel->play.seconds;
    return leave(percent > 100 ? 100 : percent < 0 ? 0 : (int)percent);
}

API long SsmGetDataBytesToPlay(int ch)
{
    struct channel *channel = enter(ch);

    return channel ? leave((int)channel->play.octets) : -1;
}

API long SsmGetDataBytesPlayed(int ch)
{
    int percent = SsmGetPlayedPercentage(ch);
    struct channel *channel = percent < 0 ? NULL : enter(ch);

    return channel ? leave((int)(channel->play.octets * percent / 100)) : -1;
}

API int SsmGetPlayingFileInfo(int ch, int *format, long *ms)
{
    struct channel *channel = enter(ch);

    if (!channel)
        return -1;
    if (channel->play.kind == PLAY_NONE)
        return leave(fail(C_ERROR_OP_FAILURE, "channel %d does not play", ch));
    if (format)
        *format = 6;
    if (ms)
        *ms = (long)(channel->play.seconds * 1000);
    return leave(0);
}

/* 0 nothing, 1 a file, 2 a list, 3 memory. */
API int SsmGetPlayType(int ch)
{
    static const int types[] = {0, 1, 2, 3, 3, 0, 0};
    struct channel *channel = enter(ch);

    return channel ? leave(types[channel->play.kind]) : -1;
}

static int playing_command(int ch, const char *method, int pause)
{
    struct channel *channel = enter(ch);
    struct request request;
    struct playing *play;

    if (!channel)
        return -1;
    play = &channel->play;
    if (play->kind == PLAY_NONE)
        return leave(fail(C_ERROR_OP_FAILURE, "channel %d does not play", ch));
    if (play->paused == pause)
        return leave(0);
    begin_call(&request, channel);
    write_key(&request.to, "kind");
    write_string(&request.to, "play");
    if (command(method, &request))
        return leave(-1);
    if (pause)
        play->paused_at = now_ms();
    else
        play->pauses += now_ms() - play->paused_at;
    play->paused = pause;
    return leave(0);
}

API int SsmPausePlay(int ch)
{
    return playing_command(ch, "suspendMedia", 1);
}

API int SsmRestartPlay(int ch)
{
    return playing_command(ch, "resumeMedia", 0);
}

static int reposition(int ch, double seconds, int relative)
{
    struct channel *channel = enter(ch);
    struct request request;

    if (!channel)
        return -1;
    if (channel->play.kind == PLAY_NONE)
        return leave(fail(C_ERROR_OP_FAILURE, "channel %d does not play", ch));
    begin_call(&request, channel);
    write_key(&request.to, "seconds");
    write_decimal(&request.to, seconds);
    write_key(&request.to, "relative");
    write_text(&request.to, relative ? "true" : "false");
    if (command("reposition", &request))
        return leave(-1);
    channel->play.skipped += relative ? seconds : seconds - (double)played(channel) / 1000;
    return leave(0);
}

static double skip_seconds(void)
{
    return enter_library()
               ? 1
               : leave((int)ini_number(&lib.ini, "SystemConfig", "FastPlayTime", 1000)) / 1000.0;
}

API int SsmFastFwdPlay(int ch)
{
    return reposition(ch, skip_seconds(), 1);
}

API int SsmFastBwdPlay(int ch)
{
    return reposition(ch, -skip_seconds(), 1);
}

API int SsmSetPlayTime(int ch, DWORD ms)
{
    return reposition(ch, (double)(ms < ALL ? ms : 0) / 1000, 0);
}

API int SsmSetPlayPrct(int ch, DWORD percent)
{
    struct channel *channel = enter(ch);
    double seconds;

    if (!channel)
        return -1;
    seconds = channel->play.seconds * (percent > 100 ? 100 : (double)percent) / 100;
    leave(0);
    return reposition(ch, seconds, 0);
}

/* Steps of 3 dB; -7 and below: silence. */
API int SsmSetPlayVolume(int ch, int volume)
{
    struct channel *channel = enter(ch);
    struct request request;

    if (!channel)
        return -1;
    if (volume < -7 || volume > 6)
        return leave(fail(C_ERROR_INVALID_PARAMETER, "the volume is -7 to 6, not %d", volume));
    channel->play_volume = volume;
    if (channel->play.kind == PLAY_NONE)
        return leave(0);
    begin_call(&request, channel);
    write_key(&request.to, "volume");
    write_decimal(&request.to, volume == -7 ? -40 : 3.0 * volume);
    return leave(command("setVoiceAttribute", &request));
}

API int SsmSetDtmfStopPlay(int ch, BOOL on)
{
    struct channel *channel = enter(ch);

    if (!channel)
        return -1;
    channel->dtmf_stops_play = on != 0;
    return leave(0);
}

API int SsmGetDtmfStopPlayFlag(int ch)
{
    struct channel *channel = enter(ch);

    return channel ? leave(channel->dtmf_stops_play) : -1;
}

static int set_of_digits(const char *from, char *to)
{
    size_t n = 0;

    for (; from && *from; from++) {
        char c = *from >= 'a' && *from <= 'd' ? (char)(*from - 32) : *from;

        if (!strchr("0123456789*#ABCD", c))
            return fail(C_ERROR_INVALID_PARAMETER, "'%c' is no DTMF digit", c);
        to[n] = 0;
        if (!strchr(to, c))
            to[n++] = c;
    }
    to[n] = 0;
    return 0;
}

API int SsmSetDTMFStopPlayCharSet(int ch, const char *digits)
{
    struct channel *channel = enter(ch);
    char set[20];

    if (!channel)
        return -1;
    if (set_of_digits(digits, set))
        return leave(-1);
    copy_text(channel->stop_play, sizeof(channel->stop_play), set);
    return leave(0);
}

API int SsmGetDTMFStopPlayCharSet(int ch, char *to)
{
    struct channel *channel = enter(ch);

    if (!channel)
        return -1;
    if (to)
        strcpy(to, channel->stop_play);
    return leave(0);
}

API int SsmSetDTMFStopRecCharSet(int ch, const char *digits)
{
    struct channel *channel = enter(ch);
    char set[20];

    if (!channel)
        return -1;
    if (set_of_digits(digits, set))
        return leave(-1);
    copy_text(channel->stop_record, sizeof(channel->stop_record), set);
    return leave(0);
}

API int SsmGetDTMFStopRecCharSet(int ch, char *to)
{
    struct channel *channel = enter(ch);

    if (!channel)
        return -1;
    if (to)
        strcpy(to, channel->stop_record);
    return leave(0);
}

/* With trunkd playing and recording always end with the call. */
API int SsmSetHangupStopPlayFlag(int ch, BOOL on)
{
    struct channel *channel = enter(ch);

    if (!channel)
        return -1;
    channel->hangup_stops_play = on != 0;
    return leave(0);
}

API int SsmSetHangupStopRecFlag(int ch, BOOL on)
{
    (void)on;
    return enter(ch) ? leave(0) : -1;
}
