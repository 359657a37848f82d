/* The library: DonJin's Keygoe calls on one side, the library of Synway's calls (native/shpa3), and
 * by it trunkd's socket, on the other. One lock, `kg.lock`, guards the devices; Synway's calls have
 * their own. Events are gathered as blocks and given to the program's handler by one thread. */
#ifndef KEYGOE_H
#define KEYGOE_H

#include <pthread.h>

#include "api.h"

#define MODULE_E1 1     /* module number of all PCM links */
#define MODULE_ANALOG 2 /* and of all other channels */
#define CONFERENCES 16
#define WAKE 0x7000 /* an event of our own in Synway's queue: blocks wait */
#define NOBODY (-1)

struct device {
    DeviceID_t id;
    int open;
    int ch, type; /* Synway's channel and its type; NOBODY */
    int pcm;
    int state;
    /* an interface channel */
    int outgoing, answered, clearing, failed, cause, registers;
    struct device *player, *recorder, *sender; /* voice devices at work on it */
    /* a voice device */
    struct device *to, *from; /* interface channel that hears it, and that it hears */
    int dtmf, tones, task, digit;
    /* a conference */
    int group;
};

struct block {
    struct block *next;
    Acs_Evt_t event; /* the data follow it */
};

struct keygoe {
    pthread_mutex_t lock;
    int open, stopping, running, broken;
    ACSHandle_t handle;
    EsrFunc esr;
    U32 esr_param;
    pthread_t thread;
    struct block *first, *last;
    struct device *devices;
    int count;
    S32 flow; /* of the device opened last */
};

extern struct keygoe kg;

/* events.c; with the lock but for start and stop */
void tell_event(const struct device *device, int event, const void *data, size_t n,
                const void *more, size_t m);
void tell_general(const struct device *device, int event);
void tell_call(const struct device *device, int event, int good, int cause);
void tell_media(const struct device *device, int event, int error);
void tell_io(const struct device *device, int event, int type, const char *text);
int telling_start(void);
void telling_stop(void);
void telling_drop(void);

/* devices.c */
int devices_make(void);
struct device *device_of(const DeviceID_t *id); /* opened; NULL: the program is wrong */
struct device *device_at(int main, int module, int channel);
struct device *interface_of(int ch);
int enter_device(ACSHandle_t handle, const DeviceID_t *id, struct device **device);
int leave_device(int result);

/* follow.c: what Synway's library tells */
void follow_event(int code, int reference, unsigned param);

/* media.c */
void voice_reset(struct device *voice);
void play_over(struct device *interface, int result);
void record_over(struct device *interface, int result);
void digits_over(struct device *interface);
void digit_came(struct device *interface, char digit);
void tone_came(struct device *interface, char tone);

#endif
