/* DTMF received and sent. */
#include <stdio.h>
#include <string.h>

#include "shpa3.h"

static int most_digits(void)
{
    long most = ini_number(&lib.ini, "SystemConfig", "RxDtmfBufSize", 200);

    return most > 0 && most < DIGITS ? (int)most : DIGITS - 1;
}

/* Ended: result 1 time, 2 length, 3 a terminator. */
static void wait_over(struct channel *channel, int result)
{
    channel->wait.on = 0;
    channel->wait.result = result;
    post(E_PROC_WaitDTMF, channel->number, (unsigned)result);
}

void wait_expired(struct channel *channel, int64_t now)
{
    (void)now;
    wait_over(channel, 1);
}

static void wait_digit(struct channel *channel, char digit)
{
    struct waiting *wait = &channel->wait;
    size_t n = strlen(wait->got);
    int ends = strchr(wait->ends, digit) != NULL;

    if (!wait->on)
        return;
    if ((!ends || wait->with_end) && n + 1 < sizeof(wait->got)) {
        wait->got[n++] = digit;
        wait->got[n] = 0;
    }
    if (wait->every)
        wait->due = now_ms() + wait->every;
    if (ends)
        wait_over(channel, 3);
    else if (wait->most && (int)n >= wait->most)
        wait_over(channel, 2);
}

void digit_heard(struct channel *channel, char digit)
{
    if (channel->digit_count >= most_digits()) {
        memmove(channel->digits, channel->digits + 1, (size_t)channel->digit_count);
        channel->digit_count--;
    }
    channel->digits[channel->digit_count++] = digit;
    channel->digits[channel->digit_count] = 0;
    post(E_CHG_RcvDTMF, channel->number,
         (unsigned)channel->digit_count << 16 | (unsigned char)digit);
    wait_digit(channel, digit);
    if (channel->on_digit)
        call_later(channel, LATER_DIGIT, digit);
}

API int SsmEnableRxDtmf(int ch, BOOL run)
{
    struct channel *channel = enter(ch);
    struct request request;

    if (!channel)
        return -1;
    if (!channel->answered || !channel->call || channel->listening == (run != 0))
        return leave(0); /* it listens from the answer on */
    begin_call(&request, channel);
    if (run) {
        write_key(&request.to, "kinds");
        write_text(&request.to, "[\"dtmf\"]");
    }
    channel->listening = run != 0;
    return leave(command(run ? "startListening" : "stopListening", &request));
}

API int SsmClearRxDtmfBuf(int ch)
{
    struct channel *channel = enter(ch);

    if (!channel)
        return -1;
    channel->digit_count = 0;
    channel->digits[0] = 0;
    return leave(0);
}

API int SsmGetDtmfStr(int ch, char *to)
{
    struct channel *channel = enter(ch);

    if (!channel)
        return -1;
    if (!to)
        return leave(fail(C_ERROR_INVALID_PARAMETER, "SsmGetDtmfStr: no buffer"));
    strcpy(to, channel->digits);
    return leave(channel->digit_count);
}

API char *SsmGetDtmfStrA(int ch)
{
    static _Thread_local char shown[DIGITS];

    return SsmGetDtmfStr(ch, shown) < 0 ? NULL : shown;
}

API int SsmGetRxDtmfLen(int ch)
{
    struct channel *channel = enter(ch);

    return channel ? leave(channel->digit_count) : -1;
}

API int SsmGetDtmfLen(int ch)
{
    return SsmGetRxDtmfLen(ch);
}

API int SsmGetRxDtmfBufSize(void)
{
    return enter_library() ? -1 : leave(most_digits());
}

/* 1: there is a digit; 0: there is none. */
static int one_digit(int ch, char *to, int last, int take)
{
    struct channel *channel = enter(ch);

    if (!channel)
        return -1;
    if (!to)
        return leave(fail(C_ERROR_INVALID_PARAMETER, "no buffer for a digit"));
    if (!channel->digit_count)
        return leave(0);
    *to = channel->digits[last ? channel->digit_count - 1 : 0];
    if (take)
        memmove(channel->digits, channel->digits + 1, (size_t)channel->digit_count--);
    return leave(1);
}

API int SsmGet1stDtmf(int ch, char *to)
{
    return one_digit(ch, to, 0, 0);
}

API int SsmGet1stDtmfClr(int ch, char *to)
{
    return one_digit(ch, to, 0, 1);
}

API int SsmGetLastDtmf(int ch, char *to)
{
    return one_digit(ch, to, 1, 0);
}

API int SsmSetRxDtmfHandler(int ch, RXDTMFHANDLER handler, void *user)
{
    struct channel *channel = enter(ch);

    if (!channel)
        return -1;
    channel->on_digit = handler;
    channel->on_digit_user = user;
    return leave(0);
}

/* ---- waiting for digits ---------------------------------------------------------------------- */

static int wait_for(int ch, int64_t ms, int every, int most, const char *ends, BOOL with_end)
{
    struct channel *channel = enter(ch);
    struct waiting *wait;
    char before[DIGITS];

    if (!channel)
        return -1;
    wait = &channel->wait;
    *wait = (struct waiting){.on = 1, .most = most, .with_end = with_end, .due = now_ms() + ms,
                             .every = every ? ms : 0};
    copy_text(wait->ends, sizeof(wait->ends), ends);
    copy_text(before, sizeof(before), channel->digits);
    for (const char *at = before; wait->on && *at; at++)
        wait_digit(channel, *at); /* digits that came before it count */
    wake_thread();
    return leave(0);
}

/* The published uses give this one's time in seconds, the others' in milliseconds. */
API int SsmSetWaitDtmf(int ch, WORD seconds, WORD most, char end, BOOL with_end)
{
    char ends[2] = {end, 0};

    return wait_for(ch, (int64_t)seconds * 1000, 0, most, ends, with_end);
}

API int SsmSetWaitDtmfEx(int ch, WORD ms, WORD most, char end, BOOL with_end)
{
    char ends[2] = {end, 0};

    return wait_for(ch, ms, 1, most, ends, with_end);
}

API int SsmSetWaitDtmfExA(int ch, WORD ms, WORD most, const char *ends, BOOL with_end)
{
    return wait_for(ch, ms, 1, most, ends ? ends : "", with_end);
}

API int SsmChkWaitDtmf(int ch, char *to)
{
    struct channel *channel = enter(ch);

    if (!channel)
        return -1;
    if (to)
        strcpy(to, channel->wait.got);
    return leave(channel->wait.on ? 0 : channel->wait.result);
}

API int SsmCancelWaitDtmf(int ch)
{
    struct channel *channel = enter(ch);

    if (!channel)
        return -1;
    channel->wait.on = 0;
    return leave(0);
}

/* ---- sending --------------------------------------------------------------------------------- */

API int SsmQueryTxDtmf(int ch, const char *digits)
{
    (void)digits;
    return enter(ch) ? leave(1) : -1;
}

API int SsmSetTxDtmfPara(int ch, WORD on, WORD off)
{
    struct channel *channel = enter(ch);

    if (!channel)
        return -1;
    if (on < 20 || on > 10000 || off < 20 || off > 10000)
        return leave(
            fail(C_ERROR_INVALID_PARAMETER, "DTMF lasts 20 to 10000 ms, not %d and %d", on, off));
    channel->dtmf_on = on;
    channel->dtmf_off = off;
    return leave(0);
}

API int SsmGetTxDtmfPara(int ch, WORD *on, WORD *off)
{
    struct channel *channel = enter(ch);

    if (!channel)
        return -1;
    if (on)
        *on = channel->dtmf_on;
    if (off)
        *off = channel->dtmf_off;
    return leave(0);
}

static int valid_digits(const char *digits)
{
    size_t n = digits ? strlen(digits) : 0;

    return n && n <= 64 && strspn(digits, "0123456789*#ABCDabcd") == n ? 0 : -1;
}

API int SsmTxDtmf(int ch, const char *digits)
{
    struct channel *channel = enter(ch);
    struct request request;
    char upper[65] = "";

    if (!channel)
        return -1;
    if (valid_digits(digits))
        return leave(fail(C_ERROR_INVALID_PARAMETER, "'%s' are not 1 to 64 DTMF digits",
                          digits ? digits : ""));
    if (call_needed(channel))
        return leave(-1);
    for (size_t i = 0; digits[i]; i++)
        upper[i] = digits[i] >= 'a' ? (char)(digits[i] - 32) : digits[i];
    begin_call(&request, channel);
    write_key(&request.to, "digits");
    write_string(&request.to, upper);
    write_key(&request.to, "on");
    write_decimal(&request.to, channel->dtmf_on / 1000.0);
    write_key(&request.to, "off");
    write_decimal(&request.to, channel->dtmf_off / 1000.0);
    play_expect(channel, PLAY_DTMF);
    channel->sending_dtmf = 1;
    if (!command("generateDigits", &request))
        return leave(0);
    play_refused(channel);
    channel->sending_dtmf = 0;
    return leave(-1);
}

API int SsmStopTxDtmf(int ch)
{
    struct channel *channel = enter(ch);
    struct request request;

    if (!channel)
        return -1;
    if (!channel->sending_dtmf)
        return leave(0);
    begin_call(&request, channel);
    write_key(&request.to, "kind");
    write_string(&request.to, "play");
    return leave(command("stopMedia", &request));
}

/* 1: it is being sent; 0: it is over. */
API int SsmChkTxDtmf(int ch)
{
    struct channel *channel = enter(ch);

    return channel ? leave(channel->sending_dtmf) : -1;
}

API int SsmCheckTxDtmf(int ch)
{
    return SsmChkTxDtmf(ch);
}

/* ---- tones ----------------------------------------------------------------------------------- */

/* Tones by the published numbers: 0 dial, 1 busy, 2 ringing, 3 howler. */
API int SsmSendTone(int ch, int tone)
{
    static const char *const names[] = {"dial", "busy", "ringback", "congestion"};
    struct channel *channel = enter(ch);
    struct request request;

    if (!channel)
        return -1;
    if (tone < 0 || tone > 3)
        return leave(fail(C_ERROR_INVALID_PARAMETER, "there is no tone %d", tone));
    if (call_needed(channel))
        return leave(-1);
    begin_call(&request, channel);
    write_key(&request.to, "tone");
    write_string(&request.to, names[tone]);
    play_expect(channel, PLAY_TONE);
    channel->sending_tone = 1 + tone;
    if (!command("generateTone", &request))
        return leave(0);
    play_refused(channel);
    channel->sending_tone = 0;
    return leave(-1);
}

API int SsmStopSendTone(int ch)
{
    struct channel *channel = enter(ch);
    struct request request;

    if (!channel)
        return -1;
    if (!channel->sending_tone)
        return leave(0);
    begin_call(&request, channel);
    write_key(&request.to, "kind");
    write_string(&request.to, "play");
    return leave(command("stopMedia", &request));
}

API int SsmChkSendTone(int ch, int *tone)
{
    struct channel *channel = enter(ch);

    if (!channel)
        return -1;
    if (tone)
        *tone = channel->sending_tone ? channel->sending_tone - 1 : -1;
    return leave(channel->sending_tone != 0);
}
