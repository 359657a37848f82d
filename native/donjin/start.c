/* Begin and end, channels and their types. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "donjin.h"

struct board board;

/* The INI where the program stands, then where $DONJIN_INI says; none: trunkd's own defaults. */
static const char *find_ini(const char *given, const char *name)
{
    const char *other = getenv("DONJIN_INI");

    if (given && *given && !access(given, R_OK))
        return given;
    if (!access(name, R_OK))
        return name;
    return other && *other ? other : "/dev/null";
}

int board_start(const char *given, const char *name)
{
    char why[512];

    if (board.loaded)
        return 0;
    if (SsmStartCti(find_ini(given, name), "")) {
        SsmGetLastErrMsg(why);
        fprintf(stderr, "libdonjin_trunkd: %s\n", why);
        return strstr(why, ", line ") ? -2 : -1;
    }
    board.count = SsmGetMaxCh();
    board.count = board.count > 512 ? 512 : board.count;
    board.lines = calloc((size_t)(board.count > 0 ? board.count : 1), sizeof(*board.lines));
    if (!board.lines) {
        SsmCloseCti();
        return -1;
    }
    board.wave = ini_value_number("trunkd", "WaveFormat", 0) != 0;
    board.plays_answer = 1;
    board.tone_ms = board.silence_ms = 125;
    memset(board.groups, -1, sizeof(board.groups));
    memset(board.members, 0, sizeof(board.members));
    for (int ch = 0; ch < board.count; ch++) {
        board.lines[ch].hears = -1;
        SsmEnableRxDtmf(ch, 1);
        SsmSetDtmfStopPlay(ch, 0);
    }
    board.loaded = 1;
    return 0;
}

void board_stop(void)
{
    if (!board.loaded)
        return;
    for (int ch = 0; ch < board.count; ch++)
        record_stop(ch);
    SsmCloseCti();
    for (int ch = 0; ch < board.count; ch++)
        free(board.voice[ch]);
    memset(board.voice, 0, sizeof(board.voice));
    free(board.lines);
    board.lines = NULL;
    board.loaded = board.enabled = board.count = 0;
}

struct line *line_of(int ch)
{
    return board.enabled && ch >= 0 && ch < board.count ? &board.lines[ch] : NULL;
}

DJ long LoadDRV(void)
{
    return board_start(NULL, "TC08A-V.INI");
}

DJ void FreeDRV(void)
{
    board_stop();
}

DJ WORD CheckValidCh(void)
{
    return (WORD)board.count;
}

static WORD type_of(int ch)
{
    int type = ch < board.count ? SsmGetChType(ch) : -1;

    if (type < 0)
        return CHTYPE_EMPTY;
    return type == SSM_STATION ? CHTYPE_USER : type == SSM_RECORDING ? CHTYPE_RECORD : CHTYPE_TRUNK;
}

DJ WORD CheckChTypeNew(WORD ch)
{
    return type_of(ch);
}

/* The older call knows no recording modules. */
DJ WORD CheckChType(WORD ch)
{
    WORD type = type_of(ch);

    return type == CHTYPE_RECORD ? CHTYPE_EMPTY : type;
}

DJ BOOL IsSupportCallerID(void)
{
    return 1;
}

DJ long EnableCard(WORD channels, WORD buffer)
{
    if (!board.loaded)
        return -1;
    if (!buffer || buffer % 1024 || channels > board.count)
        return -2;
    board.enabled = 1;
    return 0;
}

DJ void DisableCard(void)
{
    board.enabled = 0;
}

/* The coding is A-law at 64 kbit/s; the others were for disks of their time. */
DJ void SetPackRate(WORD rate)
{
    (void)rate;
}

DJ void PUSH_PLAY(void) {}

DJ void FeedSigFunc(void) {}

DJ void SetBusyPara(WORD length)
{
    (void)length;
}

DJ void SetDialPara(WORD ring, WORD pause, WORD busy, WORD times)
{
    (void)ring;
    (void)pause;
    (void)busy;
    (void)times;
}

DJ void StartTimer(WORD ch, WORD clock)
{
    struct line *line = line_of(ch);

    if (line && clock < TIMERS)
        line->timers[clock] = now_ms();
}

/* Hundredths of a second. */
DJ long ElapseTime(WORD ch, WORD clock)
{
    struct line *line = line_of(ch);

    return line && clock < TIMERS ? (long)((now_ms() - line->timers[clock]) / 10) : 0;
}
