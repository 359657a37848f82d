/* Begin and end. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "link.h"

static void find_socket(void)
{
    const char *given = config_text("trunkd", "Socket"), *runtime = getenv("XDG_RUNTIME_DIR");

    if (!given)
        given = getenv("TRUNKD_SOCKET");
    if (given && *given)
        copy_text(lib.socket, sizeof(lib.socket), given);
    else if (geteuid() && runtime && *runtime)
        snprintf(lib.socket, sizeof(lib.socket), "%s/trunkd/trunkd.sock", runtime);
    else
        copy_text(lib.socket, sizeof(lib.socket), "/run/trunkd/trunkd.sock");
}

static void drop_all(void)
{
    for (int i = 0; i < lib.count; i++) {
        media_over(&lib.channels[i]);
        record_lost(&lib.channels[i]);
    }
    if (*lib.work)
        rmdir(lib.work);
    lib.work[0] = 0;
    free(lib.channels);
    lib.channels = NULL;
    lib.count = 0;
    index_free();
    bus_reset();
    timers_clear();
    ini_free(&lib.ini);
}

/* With the lock. */
static int start(const char *config)
{
    char why[600];
    const char *own, *trunks;

    if (config_read(config))
        return -1;
    find_socket();
    trunks = config_text("trunkd", "Trunks");
    copy_text(lib.trunks, sizeof(lib.trunks), trunks ? trunks : "");
    own = config_text("trunkd", "Config");
    if (!own)
        own = getenv("TRUNKD_CONFIG");
    if (!session_begin(&lib.fd, why, sizeof(why)))
        return 0;
    if (own && *own && !strncmp(why, "no trunkd", 9)) {
        if (!child_start(own, why, sizeof(why)) && !session_begin(&lib.fd, why, sizeof(why)))
            return 0;
        child_stop();
    }
    return fail(C_ERROR_INIT_FAILURE, "%s", why);
}

static void prepare(void)
{
    pthread_condattr_t monotonic;

    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&lib.changed, &monotonic);
    events_prepare(&monotonic);
    pthread_condattr_destroy(&monotonic);
}

static pthread_once_t once = PTHREAD_ONCE_INIT;

API int SsmStartCti(const char *config, const char *index)
{
    int result;

    (void)index; /* the index of prompts is made by SsmLoadIndexData */
    pthread_once(&once, prepare);
    pthread_mutex_lock(&lib.lock);
    if (lib.open || lib.ending) {
        pthread_mutex_unlock(&lib.lock);
        return fail(C_ERROR_INIT_FAILURE, "SsmStartCti was called already");
    }
    result = start(config);
    if (!result) {
        events_reset();
        result = link_start();
    }
    if (!result) {
        lib.open = 1;
        events_start();
        listen_all();
    } else {
        if (lib.fd >= 0)
            close(lib.fd);
        lib.fd = NONE;
        child_stop();
        drop_all();
    }
    pthread_mutex_unlock(&lib.lock);
    return result;
}

static int recording(void)
{
    for (int i = 0; i < lib.count; i++)
        if (lib.channels[i].record.on)
            return 1;
    return 0;
}

/* Calls that are up are cleared, as by the maker's driver when it closes; recordings are kept. */
static void clear_all(void)
{
    struct request request;
    int64_t until = now_ms() + ANSWER_MS;

    for (int i = 0; i < lib.count; i++) {
        if (!lib.channels[i].call)
            continue;
        begin_call(&request, &lib.channels[i]);
        command("clearConnection", &request);
    }
    while (recording() && now_ms() < until)
        wait_changed(until);
}

API int SsmCloseCti(void)
{
    if (enter_library())
        return -1;
    if (lib.ending)
        return leave(fail(C_ERROR_OP_FAILURE, "SsmCloseCti is at work already"));
    lib.ending = 1;
    clear_all();
    lib.open = 0;
    pthread_mutex_unlock(&lib.lock);
    events_stop();
    link_stop();
    pthread_mutex_lock(&lib.lock);
    drop_all();
    child_stop();
    lib.ending = 0;
    pthread_mutex_unlock(&lib.lock);
    return 0;
}

API int SsmGetMaxCh(void)
{
    return enter_library() ? -1 : leave(lib.count);
}

API int SsmGetChType(int ch)
{
    struct channel *channel = enter(ch);

    return channel ? leave(channel->row->type) : -1;
}

API int SsmGetChState(int ch)
{
    struct channel *channel = enter(ch);

    return channel ? leave(channel->state) : -1;
}

API long SsmGetChStateKeepTime(int ch)
{
    struct channel *channel = enter(ch);

    return channel ? leave((int)(now_ms() - channel->since)) : -1;
}
