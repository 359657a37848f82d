/* Many threads in Synway's published calls at once, while a handler takes the events.
 *
 *   stress CONFIG FILE ROUNDS
 *
 * Channels 0 to 9 dial, 30 to 39, their far ends, answer what comes in; each has a thread, two more
 * ask for states and make conferences of whatever there is. In the end the library is closed under
 * their feet, and started and closed again. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "shpa3.h"

#define ALL 0xFFFFFFFFu
#define LINES 20

static char *file;
static int rounds;
static unsigned long events;
static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int state[512];

static int handle(WORD event, int ch, DWORD param, DWORD user)
{
    (void)user;
    pthread_mutex_lock(&guard);
    events++;
    if (event == E_CHG_ChState && ch >= 0 && ch < 512)
        state[ch] = (int)(param & 0xFFFF);
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&guard);
    return 0;
}

/* Until the channel is in one of two states; 0: the library has been closed. */
static int await(int ch, int one, int other)
{
    int now = 0;

    while ((now = SsmGetChState(ch)) >= 0 && now != one && now != other) {
        struct timespec at;

        clock_gettime(CLOCK_REALTIME, &at);
        at.tv_nsec += 20000000;
        at.tv_sec += at.tv_nsec / 1000000000;
        at.tv_nsec %= 1000000000;
        pthread_mutex_lock(&guard);
        pthread_cond_timedwait(&changed, &guard, &at);
        pthread_mutex_unlock(&guard);
    }
    return now >= 0;
}

static void talk(int ch)
{
    char digits[300], to[256];

    snprintf(to, sizeof(to), "%s.%d.wav", file, ch);
    SsmPlayFile(ch, file, -1, 0, ALL);
    SsmRecToFile(ch, to, 6, 0, ALL, 0, 0);
    SsmTalkWith(ch, (ch + 1) % 40);
    SsmSetWaitDtmf(ch, 1, 2, '#', 1);
    SsmStopPlay(ch);
    SsmTxDtmf(ch, "12");
    SsmGetDtmfStr(ch, digits);
    SsmStopTalkWith(ch, (ch + 1) % 40);
    SsmStopRecToFile(ch);
}

static void *run_line(void *number)
{
    int ch = (int)(long)number < 10 ? (int)(long)number : (int)(long)number + 20;

    for (int i = 0; i < rounds; i++) {
        if (!await(ch, S_CALL_STANDBY, S_CALL_RINGING))
            break;
        if (ch < 10)
            SsmAutoDial(ch, "5551000");
        else if (await(ch, S_CALL_RINGING, S_CALL_PENDING))
            SsmPickup(ch);
        if (!await(ch, S_CALL_TALKING, S_CALL_PENDING))
            break;
        talk(ch);
        SsmHangup(ch);
    }
    return NULL;
}

static void *look(void *unused)
{
    while (SsmGetMaxCh() > 0) {
        int timer = SsmStartTimer(5, 0), group = SsmCreateConfGroup(8, 8, 8, 5);

        for (int ch = 0; ch < 40; ch++) {
            SsmGetChState(ch);
            SsmCheckPlay(ch);
            SsmJoinConfGroup(group, ch, 0, 0, 0, 1);
        }
        SsmStopTimer(timer);
        SsmFreeConfGroup(group);
    }
    return unused;
}

int main(int count, char **words)
{
    EVENT_SET_INFO how = {.dwWorkMode = EVENT_CALLBACK, .lpHandlerParam = (void *)handle};
    pthread_t threads[LINES + 2];

    if (count != 4)
        return 2;
    file = words[2];
    rounds = atoi(words[3]);
    if (SsmStartCti(words[1], "") || SsmSetEvent(0xFFFF, -1, 1, &how)) {
        printf("%s\n", SsmGetLastErrMsgA());
        return 1;
    }
    for (long i = 0; i < LINES; i++)
        pthread_create(&threads[i], NULL, run_line, (void *)i);
    pthread_create(&threads[LINES], NULL, look, NULL);
    pthread_create(&threads[LINES + 1], NULL, look, NULL);
    for (int i = 0; i < 10; i++)
        pthread_join(threads[i], NULL);
    SsmCloseCti(); /* the others are in calls still */
    for (int i = 10; i < LINES + 2; i++)
        pthread_join(threads[i], NULL);
    if (SsmStartCti(words[1], "") || SsmCloseCti())
        return 1;
    pthread_mutex_lock(&guard);
    printf("%s\n", events > 100 ? "good" : "few events");
    pthread_mutex_unlock(&guard);
    return 0;
}
