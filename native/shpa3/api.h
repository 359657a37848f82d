/* The types and numbers of Synway's published programming interface, written from facts that are
 * public (docs/synway.md names the sources). No file of the maker is part of this.
 *
 * DWORD outside Windows is `unsigned long` in the older published header and `unsigned int` in the
 * newer; SHPA3_DWORD_LONG chooses the older one. */
#ifndef SHPA3_API_H
#define SHPA3_API_H

#include <stdint.h>

typedef int BOOL;
typedef unsigned char BYTE;
typedef unsigned short WORD;
#ifdef SHPA3_DWORD_LONG
typedef unsigned long DWORD;
typedef long LONG;
#else
typedef unsigned int DWORD;
typedef int LONG;
#endif

enum { /* SsmGetLastErrCode */
    C_ERROR_INIT_FAILURE = 0,
    C_ERROR_SSMAPI_UNOPENED = 1,
    C_ERROR_INVALID_APPCH = 2,
    C_ERROR_UNSUPPORTED_OP = 3,
    C_ERROR_INDEX_UNOPENED = 4,
    C_ERROR_INVALID_BUSCH = 5,
    C_ERROR_OP_UNOPENED = 6,
    C_ERROR_INVALID_FORMAT = 7,
    C_ERROR_INVALID_PARAMETER = 8,
    C_ERROR_FILEOP_FAILURE = 9,
    C_ERROR_MEMORY_FAILURE = 10,
    C_ERROR_RESOURCE_USEUP = 11,
    C_ERROR_SYSTEM = 12,
    C_ERROR_IdleChNotFound = 13,
    C_ERROR_OP_FAILURE = 14
};

enum { /* SsmGetChType */
    CH_ANALOG_TRUNK = 0,
    CH_STATION = 2,
    CH_RECORDING = 3,
    CH_SS1 = 4,
    CH_TUP = 6,
    CH_ISDN_USER = 7,
    CH_ISDN_NETWORK = 8,
    CH_ISUP = 11
};

enum { /* SsmGetChState */
    S_CALL_STANDBY = 0,
    S_CALL_PICKUPED = 1,
    S_CALL_RINGING = 2,
    S_CALL_TALKING = 3,
    S_CALL_ANALOG_WAITDIALTONE = 4,
    S_CALL_ANALOG_TXPHONUM = 5,
    S_CALL_ANALOG_WAITDIALRESULT = 6,
    S_CALL_PENDING = 7,
    S_CALL_OFFLINE = 8,
    S_CALL_WAIT_REMOTE_PICKUP = 9,
    S_CALL_UNAVAILABLE = 11,
    S_CALL_LOCKED = 12,
    S_CALL_RemoteBlock = 19,
    S_CALL_LocalBlock = 20,
    S_CALL_Ss1InWaitPhoNum = 30,
    S_CALL_SS1WaitIdleCAS = 36,
    S_CALL_Ss1OutTxPhoNum = 41,
    S_CALL_Ss1OutWaitKB = 44,
    S_TUP_WaitSAM = 71,
    S_TUP_WaitCLF = 73,
    S_TUP_WaitDialAnswer = 75,
    S_TUP_WaitRLG = 76,
    S_ISDN_OUT_WAIT_NET_RESPONSE = 81,
    S_ISDN_IN_RCVING_NO = 84,
    S_ISDN_WAIT_HUANGUP = 88,
    S_ISUP_WaitSAM = 120,
    S_ISUP_WaitRLC = 121,
    S_ISUP_WaitDialAnswer = 125
};

enum { /* SsmChkAutoDial */
    DIAL_STANDBY = 0,
    DIAL_DIALING = 1,
    DIAL_ECHOTONE = 2,
    DIAL_NO_DIALTONE = 3,
    DIAL_BUSYTONE = 4,
    DIAL_ECHO_NOVOICE = 5,
    DIAL_NOVOICE = 6,
    DIAL_VOICE = 7,
    DIAL_NOANSWER = 10,
    DIAL_FAILURE = 11,
    DIAL_INVALID_PHONUM = 12
};

enum { /* SsmGetAutoDialFailureReason */
    ATDL_NULL = 0,
    ATDL_Cancel = 1,
    ATDL_WaitDialAnsTimeout = 2,
    ATDL_WaitRemotePickupTimeout = 3,
    ATDL_PcmSyncLos = 4,
    ATDL_Mtp3Unusable = 10,
    ATDL_RcvSSB = 11,
    ATDL_RcvUNN = 14,
    ATDL_RcvSEC = 15,
    ATDL_RcvCGC = 16,
    ATDL_RcvSST = 20,
    ATDL_RcvDPN = 22,
    ATDL_RcvADI = 24,
    ATDL_SS1RcvKB2 = 50,
    ATDL_SS1RcvKB4 = 52,
    ATDL_SS1RcvKB5 = 53,
    ATDL_ISDNNETISBUS = 60,
    ATDL_ISDNEMPTYNO = 61,
    ATDL_RcvREL = 66
};

enum { /* SsmGetPendingReason */
    ANALOGOUT_NO_DIALTONE = 0,
    ANALOGOUT_BUSYTONE = 1,
    ANALOGOUT_NOANSWER = 3,
    ANALOGOUT_TALKING_REMOTE_HANGUPED = 4,
    ANALOGOUT_NOVOICE = 5,
    PEND_WaitBckStpMsg = 10,
    PEND_RemoteHangupOnTalking = 12,
    PEND_AutoDialFailed = 13,
    PEND_PcmSyncLos = 16,
    PEND_CalleeHangupOnTalking = 20,
    ISDN_CALLOVER = 41,
    ISDN_UNALLOCATED_NUMBER = 45,
    ISDN_NETWORK_BUSY = 46,
    ISDN_CIRCUIT_NOT_AVAILABLE = 47,
    ISDN_NO_ANSWER = 52,
    ISDN_CALL_REJ = 53,
    PEND_RemoteHangupOnRinging = 54
};

enum { /* events */
    E_CHG_PcmLinkStatus = 0x07,
    E_PROC_WaitDTMF = 0x0B,
    E_CHG_RcvDTMF = 0x0C,
    E_PROC_SendDTMF = 0x0D,
    E_PROC_SendFlash = 0x0E,
    E_PROC_PlayEnd = 0x0F,
    E_PROC_PlayFileList = 0x11,
    E_PROC_RecordEnd = 0x13,
    E_CHG_ChState = 0x18,
    E_PROC_AutoDial = 0x19,
    E_CHG_RxPhoNumBuf = 0x20,
    E_CHG_FlashCount = 0x23,
    E_CHG_HookState = 0x24,
    E_SYS_TIMEOUT = 0x30,
    EVENT_COUNT = 0x80,
    EVENT_ALL = 0xFFFF
};

enum { NO_EVENT, EVENT_POLLING, EVENT_CALLBACK, EVENT_MESSAGE, EVENT_POLLINGA, EVENT_CALLBACKA };

typedef struct {
    WORD wEventCode;
    int nReference;
    DWORD dwParam;
} MESSAGE_INFO;

typedef struct {
    DWORD dwWorkMode;
    void *lpHandlerParam;
    DWORD dwOutCondition;
    DWORD dwOutParamVal;
    DWORD dwUser;
} EVENT_SET_INFO;

typedef struct {
    WORD wEventCode;
    int nReference;
    DWORD dwParam, dwUser, dwSubReason, dwXtraInfo;
    void *pvBuffer;
    DWORD dwBufferLength, dwDataLength, dwEventFlag, dwReserved1;
    long long llReserved2;
} SSM_EVENT;

#ifdef SHPA3_DWORD_LONG
_Static_assert(sizeof(MESSAGE_INFO) == 8 + sizeof(long), "MESSAGE_INFO");
#else
_Static_assert(sizeof(MESSAGE_INFO) == 12, "MESSAGE_INFO");
#endif

typedef int (*EVENT_HANDLER)(WORD event, int reference, DWORD param, DWORD user);
typedef int (*EVENT_HANDLER_A)(SSM_EVENT *event);
typedef void (*RXDTMFHANDLER)(int ch, char digit, int status, void *user);
typedef void (*LPRECTOMEM)(int ch, BYTE *data, DWORD octets);
typedef void (*LPRECTOMEMB)(int ch, BYTE *data, DWORD octets, void *user);
typedef BOOL (*MEMBLOCKHANDLER)(int ch, int reason, BYTE *buffer, DWORD stop, void *user);

#ifdef SHPA3_WITHIN /* compiled into another library (native/donjin), which shows its own calls */
#define API
#else
#define API __attribute__((visibility("default")))
#endif

#endif
