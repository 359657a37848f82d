/* What Synway's interface does not say, from the inside of its library. */
#include "shpa3.h"

int keygoe_lost(void);
void keygoe_cause(int ch, int cause);

int keygoe_lost(void)
{
    return lib.lost;
}

void keygoe_cause(int ch, int cause)
{
    struct channel *channel = enter(ch);

    if (!channel)
        return;
    channel->cause = cause;
    leave(0);
}
