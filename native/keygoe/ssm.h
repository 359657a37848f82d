/* Synway's calls that this library is made of. */
#ifndef KEYGOE_SSM_H
#define KEYGOE_SSM_H

#include <stdint.h>

enum { SSM_TRUNK = 0, SSM_STATION = 2, SSM_RECORDING = 3, SSM_SS1 = 4, SSM_TUP = 6, SSM_PRI = 7,
       SSM_PRI_NETWORK = 8, SSM_ISUP = 11 };
enum { ST_STANDBY = 0, ST_PICKED_UP = 1, ST_RINGING = 2, ST_TALKING = 3, ST_DIALLED = 6,
       ST_PENDING = 7, ST_OFFLINE = 8, ST_UNAVAILABLE = 11, ST_LOCKED = 12, ST_REMOTE_BLOCK = 19,
       ST_LOCAL_BLOCK = 20, ST_SS1_RECEIVES = 30, ST_SS1_SENDS = 41 };
enum { EV_PCM = 0x07, EV_DTMF = 0x0C, EV_DTMF_SENT = 0x0D, EV_PLAY_END = 0x0F, EV_RECORD_END = 0x13,
       EV_STATE = 0x18, EV_DIAL = 0x19 };
#define SSM_ALL 0xFFFFFFFFu
#define DIAL_RINGS 2

struct ssm_message {
    unsigned short code;
    int reference;
    unsigned param;
};

int SsmStartCti(const char *config, const char *index);
int SsmCloseCti(void);
int SsmGetLastErrCode(void);
int SsmGetMaxCh(void);
int SsmGetChType(int ch);
int SsmGetChState(int ch);
int SsmGetMaxPcm(void);
int SsmGetPcmLinkStatus(int pcm, unsigned short *status);
int SsmChToPcmTs(int ch, int *pcm, int *timeslot);
int SsmWaitForEvent(unsigned ms, struct ssm_message *to);
int SsmPutUserEvent(unsigned short code, int reference, unsigned param);
int SsmBlockLocalCh(int ch);
int SsmUnblockLocalCh(int ch);
int SsmPickup(int ch);
int SsmHangup(int ch);
int SsmAutoDial(int ch, const char *number);
int SsmStartRing(int ch);
int SsmStopRing(int ch);
int SsmSetTxCallerId(int ch, const char *number);
int SsmGetReleaseReason(int ch);
int SsmGetCallerId(int ch, char *to);
int SsmGetPhoNumStr(int ch, char *to);
int SsmPlayFile(int ch, const char *path, int format, unsigned start, unsigned length);
int SsmStopPlay(int ch);
int SsmPausePlay(int ch);
int SsmRestartPlay(int ch);
int SsmSetDtmfStopPlay(int ch, int on);
int SsmSetDTMFStopPlayCharSet(int ch, const char *digits);
int SsmRecToFile(int ch, const char *path, int format, unsigned start, unsigned octets,
                 unsigned ms, int mask);
int SsmStopRecToFile(int ch);
int SsmPauseRecToFile(int ch);
int SsmRestartRecToFile(int ch);
int SsmSetRecMixer(int ch, int on, int volume);
int SsmSetDTMFStopRecCharSet(int ch, const char *digits);
int SsmTxDtmf(int ch, const char *digits);
int SsmStopTxDtmf(int ch);
int SsmSendTone(int ch, int tone);
int SsmStopSendTone(int ch);
int SsmLinkFrom(int one, int other);
int SsmStopLinkFrom(int one, int other);
int SsmCreateConfGroup(int members, int speakers, int speaking, int silence);
int SsmFreeConfGroup(int group);
int SsmJoinConfGroup(int group, int ch, unsigned short mode, int volume, int create, int leave);
int SsmExitConfGroup(int ch, int free_always);
/* 1: the daemon has gone */
int keygoe_lost(void);
/* The cause for the next SsmHangup of the channel. */
void keygoe_cause(int ch, int cause);

#endif
