/* DonJin's calls on one side, native/shpa3's channels on the other: trunkd's socket, its events,
 * the sound files and the conferences are that library's, compiled in and not shown.
 *
 * DonJin's interface is polled and published for one thread; so is this. Types and numbers are
 * written from public facts (drivers/donjin/facts.py names the sources); no file of the maker is
 * part of this. */
#ifndef DONJIN_H
#define DONJIN_H

#include <stdint.h>

typedef int BOOL;
typedef unsigned char BYTE;
typedef unsigned short WORD;
typedef unsigned int DWORD;

#define DJ __attribute__((visibility("default")))

enum { CHTYPE_USER, CHTYPE_TRUNK, CHTYPE_EMPTY, CHTYPE_RECORD };

enum {
    S_NODIALTONE = 0x0F,
    S_NORESULT = 0x10,
    S_BUSY = 0x11,
    S_NOBODY = 0x13,
    S_CONNECT = 0x14,
    S_NOSIGNAL = 0x15,
    R_OTHER = 0x20,
    R_BUSY = 0x21,
    SEND_CHECK = 3
};

enum { SIG_STOP, SIG_DIALTONE, SIG_BUSY1, SIG_BUSY2, SIG_RINGBACK, SIG_STOP_NEW = 10 };
enum { HANG_UP_FLAG_FALSE, HANG_UP_FLAG_TRUE };
enum { ID_STEP_NONE = 0, ID_STEP_OK = 3 };

/* shpa3's numbers that are used here */
enum { SSM_ANALOG = 0, SSM_STATION = 2, SSM_RECORDING = 3 };
enum {
    SSM_STANDBY = 0,
    SSM_PICKED_UP = 1,
    SSM_RINGING = 2,
    SSM_TALKING = 3,
    SSM_PENDING = 7,
    SSM_OFFLINE = 8,
    SSM_UNAVAILABLE = 11,
    SSM_LOCKED = 12,
    SSM_BLOCKED_THERE = 19,
    SSM_BLOCKED_HERE = 20
};
enum {
    SSM_DIALING = 1,
    SSM_RINGBACK = 2,
    SSM_NO_DIALTONE = 3,
    SSM_BUSYTONE = 4,
    SSM_ECHO_NOVOICE = 5,
    SSM_NOVOICE = 6,
    SSM_VOICE = 7,
    SSM_NOANSWER = 10,
    SSM_FAILURE = 11,
    SSM_INVALID = 12
};
#define A_LAW 6
#define WAVE_HEADER 58
#define MOST 0xFFFFFFFFu
#define TIMERS 10

/* What a channel of ours has beside shpa3's. */
struct line {
    int off_hook, dialled, hears; /* hears: channel, -1 */
    int group, listens;           /* of a conference; 0: none */
    int records;
    char number[80]; /* to be dialled by Sig_CheckDial */
    char record_path[1024];
    char answer_path[1024]; /* is played when the call that it answers is up */
    DWORD answer_from, answer_length;
    int64_t timers[TIMERS];
};

struct board {
    int loaded, enabled, count, wave, plays_answer;
    BYTE *voice[512];
    struct line *lines;
    int groups[11], members[11]; /* conference 1..10: shpa3's group, how many are in it */
    int tone_ms, silence_ms;
};

extern struct board board;

/* Loads the INI and begins; `name`: the INI's own name. 0, -1: no trunkd, -2: the INI is wrong. */
int board_start(const char *given, const char *name);
void board_stop(void);
struct line *line_of(int ch); /* NULL: there is no such channel */
int64_t now_ms(void);         /* native/shpa3/link.c */
int at_rest(int ch);          /* no play, no digits */
int dial_result(int ch);
int play_path(int ch, const char *path, DWORD start, DWORD length);
int record_path(int ch, const char *path, DWORD start, DWORD octets);
void record_stop(int ch);
void play_stop(int ch);
int send_digits(int ch, const char *digits, int on, int off);
int lines_link(int one, int another, int both);
int lines_unlink(int one, int another, int both);

/* native/shpa3's calls */
int SsmStartCti(const char *config, const char *index);
int SsmCloseCti(void);
void SsmGetLastErrMsg(char *to);
int SsmGetMaxCh(void);
int SsmGetChType(int ch);
int SsmGetChState(int ch);
int SsmChToPcmTs(int ch, int *pcm, int *timeslot);
int SsmPickup(int ch);
int SsmHangup(int ch);
int SsmAutoDial(int ch, const char *number);
int SsmChkAutoDial(int ch);
int SsmSetTxCallerId(int ch, const char *number);
int SsmGetCallerId(int ch, char *to);
int SsmGetCallerName(int ch, char *to);
int SsmGetPhoNumStr(int ch, char *to);
int SsmSetKB(int ch, BYTE kb);
int SsmGetHookState(int ch);
int SsmStartRing(int ch);
int SsmStopRing(int ch);
int SsmBlockLocalCh(int ch);
int SsmUnblockLocalCh(int ch);
int SsmEnableRxDtmf(int ch, BOOL run);
int SsmClearRxDtmfBuf(int ch);
int SsmGetRxDtmfLen(int ch);
int SsmGet1stDtmf(int ch, char *to);
int SsmGet1stDtmfClr(int ch, char *to);
int SsmSetTxDtmfPara(int ch, WORD on, WORD off);
int SsmTxDtmf(int ch, const char *digits);
int SsmStopTxDtmf(int ch);
int SsmChkTxDtmf(int ch);
int SsmSendTone(int ch, int tone);
int SsmStopSendTone(int ch);
int SsmPlayFile(int ch, const char *path, int format, DWORD start, DWORD length);
int SsmPlayMem(int ch, int format, BYTE *buffer, DWORD size, DWORD start, DWORD stop);
int SsmStopPlay(int ch);
int SsmCheckPlay(int ch);
int SsmSetDtmfStopPlay(int ch, BOOL on);
int SsmClearFileList(int ch);
int SsmAddToFileList(int ch, const char *path, int format, DWORD start, DWORD length);
int SsmPlayFileList(int ch);
int SsmRecToFile(int ch, const char *path, int format, DWORD start, DWORD octets, DWORD ms,
                 int mask);
int SsmStopRecToFile(int ch);
int SsmChkRecToFile(int ch);
int SsmTalkWith(int one, int other);
int SsmStopTalkWith(int one, int other);
int SsmLinkFrom(int one, int other);
int SsmStopLinkFrom(int one, int other);
int SsmCreateConfGroup(int members, int speakers, int mixed, int silence);
int SsmFreeConfGroup(int group);
int SsmJoinConfGroup(int group, int ch, WORD mode, int volume, BOOL create, BOOL leave);
int SsmExitConfGroup(int ch, BOOL leave);
long ini_value_number(const char *section, const char *key, long otherwise);

#endif
