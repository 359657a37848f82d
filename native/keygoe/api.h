/* The types and numbers of DonJin's published Keygoe interface (XMS_…), written from facts that are
 * public (docs/donjin.md names the sources). No file of the maker is part of this.
 *
 * U32 and S32 are `unsigned long` and `long` in the published header, so they have 8 octets on
 * 64-bit Linux; KEYGOE_WORD=int makes the library that a maker who meant 4 would have built. */
#ifndef KEYGOE_API_H
#define KEYGOE_API_H

#include <stddef.h>
#include <stdint.h>

#ifndef KEYGOE_WORD
#define KEYGOE_WORD long
#endif

typedef unsigned char U8;
typedef char S8;
typedef unsigned short U16;
typedef short S16;
typedef unsigned KEYGOE_WORD U32;
typedef KEYGOE_WORD S32;
typedef S32 RetCode_t;
typedef U32 ACSHandle_t;
typedef void (*EsrFunc)(uintptr_t event); /* its U32 holds the event's address */

enum { /* device main types */
    MAIN_VOICE = 0x02,
    MAIN_DIGITAL_PORT = 0x04,
    MAIN_INTERFACE_CH = 0x05,
    MAIN_BOARD = 0x08,
    MAIN_CONFERENCE = 0x0C
};

enum { /* sub types of interface channels */
    SUB_BASE = 0x00,
    SUB_ANALOG_TRUNK = 0x01,
    SUB_ANALOG_USER = 0x02,
    SUB_ANALOG_REC = 0x19,
    SUB_E1_CAS = 0x06,
    SUB_E1_DSS1 = 0x07,
    SUB_E1_TUP = 0x08,
    SUB_E1_ISUP = 0x09,
    SUB_UNUSABLE = 0x10
};

enum { /* states of interface channels */
    DCS_FREE = 1,
    DCS_LOCAL_BLOCK = 2,
    DCS_REMOTE_BLOCK = 3,
    DCS_UNAVAILABLE = 5,
    DCS_CALLOUT = 6,
    DCS_CALLIN = 7,
    DCS_ALERTING = 8,
    DCS_CONNECT = 9,
    DCS_DISCONNECT = 0xA,
    DCS_WAIT_FREE = 0xB,
    DES_DSS1_ALERT = SUB_E1_DSS1 << 8 | 3
};

enum { /* bits of a digital port's state; its type is in bits 16 to 23 */
    E1_LOST_SIGNAL = 0x01,
    E1_FAS = 0x02,
    E1_MFAS = 0x04,
    E1_REMOTE = 0x10,
    E1_TYPE_CAS = 4,
    E1_TYPE_PRI = 5,
    E1_TYPE_TUP = 7,
    E1_TYPE_ISUP = 15
};

#define EVENT(class, n) ((class) << 16 | (n))
enum {
    EVT_OPEN_STREAM = EVENT(1, 0x01),
    EVT_QUERY_DEVICE = EVENT(1, 0x02),
    EVT_QUERY_DEVICE_END = EVENT(1, 0x03),
    EVT_OPEN_DEVICE = EVENT(1, 0x04),
    EVT_CLOSE_DEVICE = EVENT(1, 0x05),
    EVT_RESET_DEVICE = EVENT(1, 0x06),
    EVT_DEVICESTATE = EVENT(1, 0x07),
    EVT_SETPARAM = EVENT(1, 0x09),
    EVT_QUERY_ONE_DSP_END = EVENT(1, 0x0C),
    EVT_CALLOUT = EVENT(2, 0x01),
    EVT_CALLIN = EVENT(2, 0x02),
    EVT_ALERTCALL = EVENT(2, 0x03),
    EVT_ANSWERCALL = EVENT(2, 0x04),
    EVT_LINKDEVICE = EVENT(2, 0x05),
    EVT_UNLINKDEVICE = EVENT(2, 0x06),
    EVT_CLEARCALL = EVENT(2, 0x07),
    EVT_CAS_MFC_START = EVENT(2, 0x09),
    EVT_CAS_MFC_END = EVENT(2, 0x0A),
    EVT_JOINTOCONF = EVENT(3, 0x01),
    EVT_LEAVEFROMCONF = EVENT(3, 0x02),
    EVT_CLEARCONF = EVENT(3, 0x03),
    EVT_PLAY = EVENT(5, 0x01),
    EVT_CONTROLPLAY = EVENT(5, 0x04),
    EVT_RECORD = EVENT(5, 0x05),
    EVT_CONTROLRECORD = EVENT(5, 0x06),
    EVT_SENDIODATA = EVENT(7, 0x01),
    EVT_RECVIODATA = EVENT(7, 0x02),
    EVT_UNIFAILURE = EVENT(9, 0x01)
};

enum { /* a call gives ACK, or one of the others below 0 */
    ACK = 0x01,
    ERR_BADPARAMETER = 0x02,
    ERR_NOSERVER = 0x03,
    ERR_BADHDL = 0x05,
    ERR_LINKBROKEN = 0x07,
    ERR_NOSUPPORTCMD = 0x0A,
    ERR_DEVICEERR = 0x0B
};

enum { /* how what plays or records ended */
    MEDIA_OK = 0x00,
    MEDIA_APPSTOP = 0x01,
    MEDIA_GTD = 0x02,
    MEDIA_OPENFILE = 0x03,
    MEDIA_EXE = 0x06
};

enum { CODE_ALAW, CODE_ULAW, CODE_LINEAR16 = 4 };
enum { STOP_NORMAL, STOP_SINGLE, STOP_ANY };
enum { CONTROL_STOP, CONTROL_PAUSE, CONTROL_RESUME };
enum { IO_DTMF = 1, IO_TONE = 4 };
enum { CONF_SILENCE, CONF_NORMAL };
enum { MSG_BLO = 0x13, MSG_UBL = 0x14 };
enum { PARAM_VOICE = 0, PARAM_CAS = 0, PARAM_ANALOG_TRUNK = 0 };

typedef struct {
    S8 ip[32];
    U32 port;
    S8 user[32], password[32];
} ServerID_t;

typedef struct {
    U32 size;
} PrivateData_t;

typedef struct {
    S32 type, channel;
} CallID_t;

typedef struct {
    S16 main, sub;
    S8 module, machine;
    S16 channel, group;
    S8 reserved[2];
    CallID_t call;
} DeviceID_t;

typedef struct {
    ACSHandle_t handle;
    DeviceID_t device;
    S32 size, event;
    U32 esr;
} Acs_Evt_t;

typedef struct {
    S32 main, module, count;
} Acs_Dev_List_Head_t;

typedef struct {
    S32 state, error, device_state, reserved;
    PrivateData_t private_data;
} Acs_GeneralProc_Data;

typedef struct {
    S32 state, error, cause;
    U8 category, calling_kind, called_kind;
    S8 reserved1[1];
    S8 calling[32], called[32];
    U8 direction;
    S8 reserved2[31];
    PrivateData_t private_data;
} Acs_CallControl_Data;

typedef struct {
    S32 state, error;
    DeviceID_t source, dest;
} Acs_LinkDev_Data;

typedef struct {
    S32 state, error, members;
    DeviceID_t media;
    PrivateData_t private_data;
} Acs_ConfControl_Data;

typedef struct {
    S32 state, error;
    U8 task, digit;
    S8 reserved[2];
    U32 file_index, position;
    PrivateData_t private_data;
} Acs_MediaProc_Data;

typedef struct {
    S32 state, error;
    U16 type, length;
} Acs_IO_Data;

typedef struct {
    S32 state, error;
    U16 command, size;
} Acs_ParamProc_Data;

typedef struct {
    S32 state, error;
} Acs_UniFailure_Data;

typedef struct {
    U8 task, rate, coding;
    S8 reserved[1];
    U32 max_size, max_time, stop_mode, stop_code;
    U16 offset, play_type, index;
    S8 content[128];
    U16 sub_offset;
} PlayProperty_t;

typedef struct {
    U16 control, step, tune, speed;
} ControlPlay_t;

typedef struct {
    U8 source1, source2;
    U16 channel1, channel2;
    U8 video;
    S8 reserved;
} MixerControlParam_t;

typedef struct {
    U32 max_size, max_time;
    U8 coding, rate, stop_mode, stop_code;
    S8 mix;
    U8 task;
    MixerControlParam_t mixer;
    S8 append;
    S8 file[260];
    S8 reserved[1];
} RecordProperty_t;

typedef struct {
    U32 control, step, delay;
} ControlRecord_t;

typedef struct {
    U8 input, output;
    U8 reserved[2];
} CmdParamData_Conf_t;

typedef struct {
    U8 agc, agc_mode, echo, echo_reference, vad, tad, noise, reserved1;
    U16 gain, echo_channel;
    U32 reserved2;
} VocInputControlParam_t;

typedef struct {
    U8 agc, agc_mode, output;
    U8 reserved1[1];
    U16 gain;
    S8 reserved2[2];
    MixerControlParam_t mixer;
} VocOutputControlParam_t;

typedef struct {
    U8 enable, dtmf, mr2f, mr2b, gtd, fsk, extended, reserved;
    U8 tones[8];
} VocGtdControlParam_t;

typedef struct {
    U8 input_valid, gain_mode;
    U16 gain;
    VocInputControlParam_t input;
    U8 output_valid;
    S8 reserved1[3];
    VocOutputControlParam_t output;
    U8 gtd_valid;
    S8 reserved2[3];
    VocGtdControlParam_t gtd;
} CmdParamData_Voice_t;

typedef struct {
    U8 head_length;
    U8 head[14];
    U8 length;
} CAS_CalledTableDesc_t;

typedef struct {
    DeviceID_t voice;
    U8 table_count;
    U8 reserved1[3];
    CAS_CalledTableDesc_t table[16];
    U8 called_length, called_timeout, need_caller, area_length;
    U8 ka, kd, control_mode, country, call_type, append;
    U8 reserved2[6];
} CmdParamData_CAS_t;

typedef struct {
    U16 ring_count, ring_timeout;
} CmdParamData_AnalogTrunk_t;

#endif
