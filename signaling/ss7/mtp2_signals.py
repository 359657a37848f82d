"""The functional blocks of Figure 7/Q.703: their states and the signals that they understand.

Each block is a machine; a signal is an input of one machine. Level 3 and the blocks themselves
put signals on one queue, in order, as the processes of the figures do.
"""

from __future__ import annotations

from typing import Final

# Machines

LSC: Final = 0
IAC: Final = 1
POC: Final = 2
TXC: Final = 3
RC: Final = 4
AERM: Final = 5
SUERM: Final = 6
CC: Final = 7

# Link state control, Figure 8

POWER_OFF: Final = 0
OUT_OF_SERVICE: Final = 1
INITIAL_ALIGNMENT: Final = 2
ALIGNED_READY: Final = 3
ALIGNED_NOT_READY: Final = 4
IN_SERVICE: Final = 5
PROCESSOR_OUTAGE: Final = 6

LSC_STATES: Final = {
    POWER_OFF: "power off",
    OUT_OF_SERVICE: "out of service",
    INITIAL_ALIGNMENT: "initial alignment",
    ALIGNED_READY: "aligned ready",
    ALIGNED_NOT_READY: "aligned not ready",
    IN_SERVICE: "in service",
    PROCESSOR_OUTAGE: "processor outage",
}

LSC_POWER_ON: Final = 0
LSC_START: Final = 1
LSC_STOP: Final = 2
LSC_EMERGENCY: Final = 3
LSC_EMERGENCY_CEASES: Final = 4
LSC_LOCAL_PROCESSOR_OUTAGE: Final = 5
LSC_LOCAL_PROCESSOR_RECOVERED: Final = 6
LSC_FLUSH_BUFFERS: Final = 7
LSC_CONTINUE: Final = 8
LSC_RETRIEVE_BSNT: Final = 9
LSC_RETRIEVAL_REQUEST: Final = 10
LSC_ALIGNMENT_COMPLETE: Final = 11
LSC_ALIGNMENT_NOT_POSSIBLE: Final = 12
LSC_LINK_FAILURE: Final = 13
LSC_SIO: Final = 14
LSC_SIN: Final = 15
LSC_SIE: Final = 16
LSC_SIOS: Final = 17
LSC_SIPO: Final = 18
LSC_FISU_MSU_RECEIVED: Final = 19
LSC_NO_PROCESSOR_OUTAGE: Final = 20
LSC_T1_EXPIRED: Final = 21

LSC_INPUTS: Final = {
    LSC_POWER_ON: "power on",
    LSC_START: "start",
    LSC_STOP: "stop",
    LSC_EMERGENCY: "emergency",
    LSC_EMERGENCY_CEASES: "emergency ceases",
    LSC_LOCAL_PROCESSOR_OUTAGE: "local processor outage",
    LSC_LOCAL_PROCESSOR_RECOVERED: "local processor recovered",
    LSC_FLUSH_BUFFERS: "flush buffers",
    LSC_CONTINUE: "continue",
    LSC_RETRIEVE_BSNT: "retrieve BSNT",
    LSC_RETRIEVAL_REQUEST: "retrieval request and FSNC",
    LSC_ALIGNMENT_COMPLETE: "alignment complete",
    LSC_ALIGNMENT_NOT_POSSIBLE: "alignment not possible",
    LSC_LINK_FAILURE: "link failure",
    LSC_SIO: "SIO",
    LSC_SIN: "SIN",
    LSC_SIE: "SIE",
    LSC_SIOS: "SIOS",
    LSC_SIPO: "SIPO",
    LSC_FISU_MSU_RECEIVED: "FISU/MSU received",
    LSC_NO_PROCESSOR_OUTAGE: "no processor outage",
    LSC_T1_EXPIRED: "T1 expired",
}

# Initial alignment control, Figure 9

IAC_IDLE: Final = 0
NOT_ALIGNED: Final = 1
ALIGNED: Final = 2
PROVING: Final = 3

IAC_STATES: Final = {
    IAC_IDLE: "idle",
    NOT_ALIGNED: "not aligned",
    ALIGNED: "aligned",
    PROVING: "proving",
}

IAC_START: Final = 0
IAC_STOP: Final = 1
IAC_EMERGENCY: Final = 2
IAC_SIO: Final = 3
IAC_SIN: Final = 4
IAC_SIE: Final = 5
IAC_SIOS: Final = 6
IAC_ABORT_PROVING: Final = 7
IAC_CORRECT_SU: Final = 8
IAC_T2_EXPIRED: Final = 9
IAC_T3_EXPIRED: Final = 10
IAC_T4_EXPIRED: Final = 11

IAC_INPUTS: Final = {
    IAC_START: "start",
    IAC_STOP: "stop",
    IAC_EMERGENCY: "emergency",
    IAC_SIO: "SIO",
    IAC_SIN: "SIN",
    IAC_SIE: "SIE",
    IAC_SIOS: "SIOS",
    IAC_ABORT_PROVING: "abort proving",
    IAC_CORRECT_SU: "correct SU",
    IAC_T2_EXPIRED: "T2 expired",
    IAC_T3_EXPIRED: "T3 expired",
    IAC_T4_EXPIRED: "T4 expired",
}

# Processor outage control, Figure 10

POC_IDLE: Final = 0
LOCAL_PROCESSOR_OUTAGE: Final = 1
REMOTE_PROCESSOR_OUTAGE: Final = 2
BOTH_PROCESSORS_OUT: Final = 3

POC_STATES: Final = {
    POC_IDLE: "idle",
    LOCAL_PROCESSOR_OUTAGE: "local processor outage",
    REMOTE_PROCESSOR_OUTAGE: "remote processor outage",
    BOTH_PROCESSORS_OUT: "both processors out",
}

POC_LOCAL_PROCESSOR_OUTAGE: Final = 0
POC_LOCAL_PROCESSOR_RECOVERED: Final = 1
POC_REMOTE_PROCESSOR_OUTAGE: Final = 2
POC_REMOTE_PROCESSOR_RECOVERED: Final = 3
POC_STOP: Final = 4

POC_INPUTS: Final = {
    POC_LOCAL_PROCESSOR_OUTAGE: "local processor outage",
    POC_LOCAL_PROCESSOR_RECOVERED: "local processor recovered",
    POC_REMOTE_PROCESSOR_OUTAGE: "remote processor outage",
    POC_REMOTE_PROCESSOR_RECOVERED: "remote processor recovered",
    POC_STOP: "stop",
}

# Transmission control, Figures 13 (basic) and 15 (preventive cyclic retransmission)

TXC_IDLE: Final = 0
TXC_IN_SERVICE: Final = 1

TXC_STATES: Final = {TXC_IDLE: "idle", TXC_IN_SERVICE: "in service"}

TXC_START: Final = 0
TXC_SEND_SIO: Final = 1
TXC_SEND_SIN: Final = 2
TXC_SEND_SIE: Final = 3
TXC_SEND_SIOS: Final = 4
TXC_SEND_SIPO: Final = 5
TXC_SEND_SIB: Final = 6
TXC_SEND_FISU: Final = 7
TXC_SEND_MSU: Final = 8
TXC_SIB_RECEIVED: Final = 9
TXC_BSNR_AND_BIBR: Final = 10
TXC_FLUSH_BUFFERS: Final = 11
TXC_RETRIEVAL_REQUEST: Final = 12
TXC_MESSAGE_FOR_TRANSMISSION: Final = 13
TXC_TRANSMISSION_REQUEST: Final = 14
TXC_T6_EXPIRED: Final = 15
TXC_T7_EXPIRED: Final = 16
TXC_FSNX_VALUE: Final = 17
TXC_NACK_TO_BE_SENT: Final = 18

TXC_INPUTS: Final = {
    TXC_START: "start",
    TXC_SEND_SIO: "send SIO",
    TXC_SEND_SIN: "send SIN",
    TXC_SEND_SIE: "send SIE",
    TXC_SEND_SIOS: "send SIOS",
    TXC_SEND_SIPO: "send SIPO",
    TXC_SEND_SIB: "send SIB",
    TXC_SEND_FISU: "send FISU",
    TXC_SEND_MSU: "send MSU",
    TXC_SIB_RECEIVED: "SIB received",
    TXC_BSNR_AND_BIBR: "BSNR and BIBR",
    TXC_FLUSH_BUFFERS: "flush buffers",
    TXC_RETRIEVAL_REQUEST: "retrieval request and FSNC",
    TXC_MESSAGE_FOR_TRANSMISSION: "message for transmission",
    TXC_TRANSMISSION_REQUEST: "transmission request",
    TXC_T6_EXPIRED: "T6 expired",
    TXC_T7_EXPIRED: "T7 expired",
    TXC_FSNX_VALUE: "FSNX value",
    TXC_NACK_TO_BE_SENT: "NACK to be sent",
}

# Reception control, Figures 14 (basic) and 16 (preventive cyclic retransmission)

RC_IDLE: Final = 0
RC_IN_SERVICE: Final = 1

RC_STATES: Final = {RC_IDLE: "idle", RC_IN_SERVICE: "in service"}

RC_START: Final = 0
RC_STOP: Final = 1
RC_ACCEPT_MSU_FISU: Final = 2
RC_REJECT_MSU_FISU: Final = 3
RC_RETRIEVE_FSNX: Final = 4
RC_RETRIEVE_BSNT: Final = 5
RC_CONGESTION_ACCEPT: Final = 6
RC_CONGESTION_DISCARD: Final = 7
RC_NO_CONGESTION: Final = 8
RC_SIGNAL_UNIT: Final = 9
RC_STATUS_UNIT: Final = 10

RC_INPUTS: Final = {
    RC_START: "start",
    RC_STOP: "stop",
    RC_ACCEPT_MSU_FISU: "accept MSU/FISU",
    RC_REJECT_MSU_FISU: "reject MSU/FISU",
    RC_RETRIEVE_FSNX: "retrieve FSNX",
    RC_RETRIEVE_BSNT: "retrieve BSNT",
    RC_CONGESTION_ACCEPT: "congestion accept",
    RC_CONGESTION_DISCARD: "congestion discard",
    RC_NO_CONGESTION: "no congestion",
    RC_SIGNAL_UNIT: "MSU or FISU",
    RC_STATUS_UNIT: "LSSU",
}

# Error rate monitors, Figures 17 and 18 (and annex A for the errored interval monitor)

AERM_IDLE: Final = 0
AERM_MONITORING: Final = 1

AERM_STATES: Final = {AERM_IDLE: "idle", AERM_MONITORING: "monitoring"}

AERM_START: Final = 0
AERM_STOP: Final = 1
AERM_SET_TI_TO_TIN: Final = 2
AERM_SET_TI_TO_TIE: Final = 3
AERM_SU_IN_ERROR: Final = 4
AERM_CORRECT_SU: Final = 5

AERM_INPUTS: Final = {
    AERM_START: "start",
    AERM_STOP: "stop",
    AERM_SET_TI_TO_TIN: "set Ti to Tin",
    AERM_SET_TI_TO_TIE: "set Ti to Tie",
    AERM_SU_IN_ERROR: "SU in error",
    AERM_CORRECT_SU: "correct SU",
}

SUERM_IDLE: Final = 0
SUERM_IN_SERVICE: Final = 1

SUERM_STATES: Final = {SUERM_IDLE: "idle", SUERM_IN_SERVICE: "in service"}

SUERM_START: Final = 0
SUERM_STOP: Final = 1
SUERM_SU_IN_ERROR: Final = 2
SUERM_CORRECT_SU: Final = 3
SUERM_T8_EXPIRED: Final = 4

SUERM_INPUTS: Final = {
    SUERM_START: "start",
    SUERM_STOP: "stop",
    SUERM_SU_IN_ERROR: "SU in error",
    SUERM_CORRECT_SU: "correct SU",
    SUERM_T8_EXPIRED: "T8 expired",
}

# Congestion control (reception), Figure 19

CC_NORMAL: Final = 0
CC_BUSY: Final = 1

CC_STATES: Final = {CC_NORMAL: "normal", CC_BUSY: "busy"}

CC_INPUT_BUSY: Final = 0
CC_INPUT_NORMAL: Final = 1
CC_STOP: Final = 2
CC_T5_EXPIRED: Final = 3

CC_INPUTS: Final = {
    CC_INPUT_BUSY: "busy",
    CC_INPUT_NORMAL: "normal",
    CC_STOP: "stop",
    CC_T5_EXPIRED: "T5 expired",
}
