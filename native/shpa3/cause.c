/* Why a dialling failed, in Synway's numbers. */
#include "shpa3.h"

/* A cause of Q.850 as the end of a dialling: result, failure reason of SS7 and of other trunks,
 * pending reason of ISDN and of an analog trunk. */
static const struct {
    int cause, result, ss7, other, isdn, analog;
} CAUSES[] = {
    {1, DIAL_INVALID_PHONUM, ATDL_RcvUNN, ATDL_ISDNEMPTYNO, ISDN_UNALLOCATED_NUMBER,
     ANALOGOUT_BUSYTONE},
    {28, DIAL_INVALID_PHONUM, ATDL_RcvADI, ATDL_ISDNEMPTYNO, ISDN_UNALLOCATED_NUMBER,
     ANALOGOUT_BUSYTONE},
    {17, DIAL_BUSYTONE, ATDL_RcvSSB, ATDL_SS1RcvKB2, ISDN_NETWORK_BUSY, ANALOGOUT_BUSYTONE},
    {18, DIAL_NOANSWER, ATDL_WaitRemotePickupTimeout, ATDL_WaitRemotePickupTimeout, ISDN_NO_ANSWER,
     ANALOGOUT_NOANSWER},
    {19, DIAL_NOANSWER, ATDL_WaitRemotePickupTimeout, ATDL_WaitRemotePickupTimeout, ISDN_NO_ANSWER,
     ANALOGOUT_NOANSWER},
    {102, DIAL_NOANSWER, ATDL_WaitDialAnsTimeout, ATDL_WaitDialAnsTimeout, ISDN_NO_ANSWER,
     ANALOGOUT_NOVOICE},
    {21, DIAL_FAILURE, ATDL_RcvREL, ATDL_ISDNNETISBUS, ISDN_CALL_REJ, ANALOGOUT_BUSYTONE},
    {27, DIAL_FAILURE, ATDL_RcvSST, ATDL_ISDNNETISBUS, ISDN_CIRCUIT_NOT_AVAILABLE,
     ANALOGOUT_NO_DIALTONE},
    {34, DIAL_FAILURE, ATDL_RcvCGC, ATDL_SS1RcvKB4, ISDN_NETWORK_BUSY, ANALOGOUT_BUSYTONE},
    {38, DIAL_FAILURE, ATDL_RcvSEC, ATDL_SS1RcvKB4, ISDN_NETWORK_BUSY, ANALOGOUT_NO_DIALTONE},
    {42, DIAL_FAILURE, ATDL_RcvSEC, ATDL_SS1RcvKB4, ISDN_NETWORK_BUSY, ANALOGOUT_BUSYTONE},
    {44, DIAL_FAILURE, ATDL_RcvREL, ATDL_SS1RcvKB4, ISDN_CIRCUIT_NOT_AVAILABLE,
     ANALOGOUT_NO_DIALTONE},
    {0, DIAL_FAILURE, ATDL_RcvREL, ATDL_ISDNNETISBUS, PEND_AutoDialFailed, ANALOGOUT_NOVOICE},
};

void dial_failed(struct channel *channel, int cause)
{
    size_t i = 0;
    int type = channel->row->type;

    while (CAUSES[i].cause && CAUSES[i].cause != cause)
        i++;
    if (channel->dial_result != DIAL_NOANSWER) { /* that we told when the time was over */
        channel->dial_result = CAUSES[i].result;
        channel->dial_failure = type == CH_TUP || type == CH_ISUP ? CAUSES[i].ss7 : CAUSES[i].other;
        post(E_PROC_AutoDial, channel->number, (unsigned)channel->dial_result);
    }
    channel->dial_due = 0;
    channel->pending_reason = type == CH_ANALOG_TRUNK ? CAUSES[i].analog
                              : type == CH_ISDN_USER || type == CH_ISDN_NETWORK
                                  ? CAUSES[i].isdn
                                  : PEND_AutoDialFailed;
}
