/* Playing, recording, digits, tones (Tc08a32). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "donjin.h"

#define PADDING 8        /* silence behind what is played from memory */
#define CLOSED_MS 2000   /* a recording's file is whole after so long at most */

/* ---- playing --------------------------------------------------------------------------------- */

int at_rest(int ch)
{
    return SsmCheckPlay(ch) != 0 && SsmChkTxDtmf(ch) != 1;
}

static void forget(int ch)
{
    free(board.voice[ch]);
    board.voice[ch] = NULL;
}

void play_stop(int ch)
{
    if (SsmChkTxDtmf(ch) == 1)
        SsmStopTxDtmf(ch);
    if (SsmCheckPlay(ch) == 0)
        SsmStopPlay(ch);
    SsmStopSendTone(ch);
}

DJ void StartPlay(WORD ch, char *buffer, DWORD start, DWORD length)
{
    if (!line_of(ch) || !buffer || !length)
        return;
    forget(ch);
    board.voice[ch] = malloc((size_t)length + PADDING);
    if (!board.voice[ch])
        return;
    memcpy(board.voice[ch], buffer + start, length);
    memset(board.voice[ch] + length, 0xD5, PADDING);
    SsmPlayMem(ch, A_LAW, board.voice[ch], length + PADDING, 0, length);
}

DJ void StopPlay(WORD ch)
{
    if (line_of(ch))
        play_stop(ch);
}

DJ BOOL CheckPlayEnd(WORD ch)
{
    return !line_of(ch) || at_rest(ch);
}

/* Octets before the sound where the INI says that files have them; native/shpa3 itself passes over
 * the header of a RIFF file. -1: the file cannot be read. */
static int header_of(const char *path)
{
    FILE *file = path ? fopen(path, "rb") : NULL;
    char head[4] = "";
    size_t n;

    if (!file)
        return -1;
    n = fread(head, 1, sizeof(head), file);
    fclose(file);
    return !board.wave || (n == 4 && !memcmp(head, "RIFF", 4)) ? 0 : WAVE_HEADER;
}

int play_path(int ch, const char *path, DWORD start, DWORD length)
{
    int header = header_of(path);

    return header < 0 ? -1 : SsmPlayFile(ch, path, A_LAW, start + (DWORD)header, length);
}

DJ BOOL StartPlayFile(WORD ch, char *path, DWORD start)
{
    return line_of(ch) && !play_path(ch, path, start, MOST);
}

DJ void StopPlayFile(WORD ch)
{
    StopPlay(ch);
}

DJ void RsetIndexPlayFile(WORD ch)
{
    if (line_of(ch))
        SsmClearFileList(ch);
}

DJ BOOL AddIndexPlayFile(WORD ch, char *path)
{
    int header = line_of(ch) ? header_of(path) : -1;

    return header >= 0 && !SsmAddToFileList(ch, path, A_LAW, (DWORD)header, MOST);
}

DJ BOOL StartIndexPlayFile(WORD ch)
{
    return line_of(ch) && !SsmPlayFileList(ch);
}

DJ BOOL CheckIndexPlayFile(WORD ch)
{
    return CheckPlayEnd(ch);
}

DJ void StopIndexPlayFile(WORD ch)
{
    StopPlay(ch);
}

DJ void StartPlaySignal(WORD ch, WORD signal)
{
    static const int TONES[] = {[SIG_DIALTONE] = 0, [SIG_BUSY1] = 3, [SIG_BUSY2] = 1,
                                [SIG_RINGBACK] = 2};

    if (!line_of(ch))
        return;
    SsmStopSendTone(ch);
    if (signal >= SIG_DIALTONE && signal <= SIG_RINGBACK)
        SsmSendTone(ch, TONES[signal]);
}

/* ---- recording ------------------------------------------------------------------------------- */

int record_path(int ch, const char *path, DWORD start, DWORD octets)
{
    struct line *line = line_of(ch);

    char work[sizeof(line->record_path) + 1];

    if (!line || !path || strlen(path) >= sizeof(line->record_path) || line->records)
        return -1;
    /* Bare octets, whatever the name says: that is what the published calls write. */
    snprintf(work, sizeof(work), "%s~", path);
    if (start && !rename(path, work))
        start += board.wave ? WAVE_HEADER : 0;
    if (SsmRecToFile(ch, work, A_LAW, start, octets, MOST, 0)) {
        rename(work, path);
        return -1;
    }
    strcpy(line->record_path, path);
    line->records = 1;
    return 0;
}

static void put32(BYTE *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (BYTE)(value >> (8 * i));
}

/* The header of 58 octets before the octets of the file: RIFF, fmt of 18 octets, fact, data. One
 * that is there already gets its lengths anew. */
static void add_header(const char *path)
{
    BYTE head[WAVE_HEADER] = "RIFF\0\0\0\0WAVEfmt \x12\0\0\0\x06\0\x01\0\x40\x1f\0\0\x40\x1f\0\0"
                             "\x01\0\x08\0\0\0fact\x04\0\0\0\0\0\0\0data";
    FILE *file = fopen(path, "r+b");
    BYTE *octets = NULL;
    long size;

    if (!file)
        return;
    if (!fseek(file, 0, SEEK_END) && (size = ftell(file)) >= 0)
        octets = malloc((size_t)size + 1);
    if (octets) {
        rewind(file);
        size = (long)fread(octets, 1, (size_t)size, file);
        if (size >= WAVE_HEADER && !memcmp(octets, "RIFF", 4)) {
            size -= WAVE_HEADER;
            memmove(octets, octets + WAVE_HEADER, (size_t)size);
        }
        put32(head + 4, (uint32_t)size + WAVE_HEADER - 8);
        put32(head + 46, (uint32_t)size);
        put32(head + 54, (uint32_t)size);
        rewind(file);
        if (fwrite(head, 1, sizeof(head), file) == sizeof(head))
            fwrite(octets, 1, (size_t)size, file);
    }
    free(octets);
    fclose(file);
}

/* The file is whole when this comes back, as the program expects. */
void record_stop(int ch)
{
    struct line *line = &board.lines[ch];
    const struct timespec turn = {.tv_nsec = 1000000};
    char work[sizeof(line->record_path) + 1];
    int64_t until = now_ms() + CLOSED_MS;

    if (!line->records)
        return;
    line->records = 0;
    SsmStopRecToFile(ch);
    while (SsmChkRecToFile(ch) > 0 && now_ms() < until)
        nanosleep(&turn, NULL);
    snprintf(work, sizeof(work), "%s~", line->record_path);
    if (board.wave)
        add_header(work);
    rename(work, line->record_path);
}

DJ BOOL StartRecordFile(WORD ch, char *path, DWORD octets)
{
    if (path)
        unlink(path);
    return !record_path(ch, path, 0, octets);
}

DJ BOOL CheckRecordEnd(WORD ch)
{
    return !line_of(ch) || SsmChkRecToFile(ch) <= 0;
}

DJ void StopRecordFile(WORD ch)
{
    if (line_of(ch))
        record_stop(ch);
}

/* ---- digits ---------------------------------------------------------------------------------- */

DJ void InitDtmfBuf(WORD ch)
{
    if (line_of(ch))
        SsmClearRxDtmfBuf(ch);
}

DJ short GetDtmfCode(WORD ch)
{
    static const char CODES[] = "1234567890*#ABCD";
    char digit[2] = "";
    const char *at;

    if (!line_of(ch) || SsmGet1stDtmfClr(ch, digit) <= 0 || !digit[0])
        return -1;
    at = strchr(CODES, digit[0]);
    return at ? (short)(at - CODES + 1) : -1;
}

DJ BOOL DtmfHit(WORD ch)
{
    return line_of(ch) && SsmGetRxDtmfLen(ch) > 0;
}

/* Digits to the far end; off hook without a call they are the number, as on a real line. */
int send_digits(int ch, const char *digits, int on, int off)
{
    struct line *line = line_of(ch);
    char sent[72];
    size_t n = 0;

    if (!line || !digits)
        return -1;
    for (; *digits && n < sizeof(sent) - 1; digits++)
        if (*digits != ',')
            sent[n++] = *digits;
    sent[n] = 0;
    if (line->off_hook && !line->dialled && SsmGetChState(ch) == SSM_STANDBY) {
        line->dialled = !SsmAutoDial(ch, sent);
        return line->dialled ? 0 : -1;
    }
    SsmSetTxDtmfPara(ch, (WORD)on, (WORD)off);
    return SsmTxDtmf(ch, sent);
}

DJ void SendDtmfBuf(WORD ch, char *digits)
{
    send_digits(ch, digits, 125, 125);
}

DJ BOOL CheckSendEnd(WORD ch)
{
    return !line_of(ch) || SsmChkTxDtmf(ch) != 1;
}

DJ int SetSendPara(int tone, int silence)
{
    if (tone < 20 || tone > 125 || silence < 20 || silence > 125)
        return 1;
    board.tone_ms = tone;
    board.silence_ms = silence;
    return 0;
}

DJ void NewSendDtmfBuf(int ch, char *digits)
{
    send_digits(ch, digits, board.tone_ms, board.silence_ms);
}

DJ int NewCheckSendEnd(int ch)
{
    return !line_of(ch) || SsmChkTxDtmf(ch) != 1;
}
