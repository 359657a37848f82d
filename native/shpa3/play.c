/* Playing: files, lists of files, memory, indexed prompts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shpa3.h"

#define SEGMENTS 4096
#define SKIP_S 1.0 /* of SsmFastFwdPlay: FastPlayTime of [SystemConfig], ms, where it is given */

/* ---- what the daemon says -------------------------------------------------------------------- */

void play_expect(struct channel *channel, int kind)
{
    struct playing *play = &channel->play;

    if (play->due_count < (int)(sizeof(play->due) / sizeof(*play->due)))
        play->due[play->due_count++] = kind;
}

void play_refused(struct channel *channel)
{
    if (channel->play.due_count)
        channel->play.due_count--;
}

void play_began(struct channel *channel)
{
    channel->play.began = now_ms();
}

static void drop_files(struct playing *play)
{
    while (play->file_count)
        sound_drop(play->files[--play->file_count]);
}

static void play_over(struct channel *channel, int kind, int result)
{
    struct playing *play = &channel->play;

    if (kind == PLAY_DTMF) {
        channel->sending_dtmf = 0;
        post(E_PROC_SendDTMF, channel->number, 0);
    } else if (kind == PLAY_TONE) {
        channel->sending_tone = 0;
    } else if (kind == play->kind) {
        play->kind = PLAY_NONE;
        play->result = result;
        drop_files(play);
        post(E_PROC_PlayEnd, channel->number, (unsigned)result);
        if (kind == PLAY_BLOCK)
            call_later(channel, LATER_PLAY_BLOCK, result);
    }
    pthread_cond_broadcast(&lib.changed);
}

void play_stopped(struct channel *channel, int result)
{
    struct playing *play = &channel->play;
    int kind = play->due[0];

    if (!play->due_count)
        return;
    play->due_count--;
    memmove(play->due, play->due + 1, (size_t)play->due_count * sizeof(*play->due));
    for (int i = 0; i < play->due_count; i++)
        if (play->due[i] == kind)
            return; /* it was replaced by one of its kind */
    play_over(channel, kind, result);
}

void media_over(struct channel *channel)
{
    while (channel->play.due_count)
        play_stopped(channel, PLAYED_HANGUP);
    if (channel->wait.on)
        wait_expired(channel, now_ms());
}

/* ---- asking ---------------------------------------------------------------------------------- */

static int stop_play(struct channel *channel)
{
    struct request request;

    if (channel->play.kind == PLAY_NONE)
        return 0;
    begin_call(&request, channel);
    write_key(&request.to, "kind");
    write_string(&request.to, "play");
    return command("stopMedia", &request);
}

static void write_items(struct request *request, const struct playing *play)
{
    write_key(&request->to, "items");
    write_text(&request->to, "[");
    for (int i = 0; i < play->file_count; i++) {
        write_text(&request->to, i ? ",{\"file\":" : "{\"file\":");
        write_string(&request->to, play->files[i]);
        write_text(&request->to, "}");
    }
    write_text(&request->to, "]");
}

static double decibels(int volume)
{
    double db = volume <= -7 ? -40 : 3.0 * volume;

    return db > 20 ? 20 : db;
}

static int play_files(struct channel *channel, int kind)
{
    struct playing *play = &channel->play;
    struct request request;

    begin_call(&request, channel);
    write_items(&request, play);
    write_key(&request.to, "volume");
    write_decimal(&request.to, decibels(channel->play_volume));
    if (channel->dtmf_stops_play) {
        write_key(&request.to, "stopOnDigits");
        write_string(&request.to, channel->stop_play);
    }
    play->kind = kind;
    play->result = PLAYED_NOW;
    play->paused = 0;
    play->pauses = 0;
    play->skipped = 0;
    play->began = now_ms();
    play_expect(channel, kind);
    if (!command("playMessage", &request))
        return 0;
    play_refused(channel);
    play->kind = PLAY_NONE;
    play->result = PLAYED_STOPPED;
    drop_files(play);
    return -1;
}

/* Ready for a new message: the call is there, and what played is stopped. */
static int ready(struct channel *channel)
{
    int64_t until = now_ms() + ANSWER_MS;

    if (call_needed(channel) || stop_play(channel))
        return -1;
    while (channel->play.kind != PLAY_NONE && channel->call)
        if (wait_changed(until) && now_ms() >= until)
            return fail(C_ERROR_SYSTEM, "channel %d does not stop playing", channel->number);
    channel->play.seconds = 0;
    channel->play.octets = 0;
    return call_needed(channel);
}

static int add_sound(struct playing *play, const struct sound *sound)
{
    if (play->file_count == ITEMS) {
        sound_drop(sound->path);
        return fail(C_ERROR_INVALID_PARAMETER, "a list has at most %d files", ITEMS);
    }
    copy_text(play->files[play->file_count++], sizeof(*play->files), sound->path);
    play->seconds += sound->seconds;
    play->octets += sound->octets;
    return 0;
}

static int add_file(struct channel *channel, const char *path, int format, DWORD start,
                    DWORD length)
{
    struct sound sound;
    int coding = format == -1 ? config_item(channel, "DefaultPlayFormat", -1) : format;

    if (!path || !*path)
        return fail(C_ERROR_INVALID_PARAMETER, "no file is named");
    if (sound_open(&sound, path, coding, start, length))
        return -1;
    return add_sound(&channel->play, &sound);
}

API int SsmPlayFile(int ch, const char *path, int format, DWORD start, DWORD length)
{
    struct channel *channel = enter(ch);

    if (!channel)
        return -1;
    if (ready(channel) || add_file(channel, path, format, start, length))
        return leave(-1);
    return leave(play_files(channel, PLAY_FILE));
}

API int SsmStopPlay(int ch)
{
    struct channel *channel = enter(ch);

    return channel ? leave(stop_play(channel)) : -1;
}

API int SsmStopPlayFile(int ch)
{
    return SsmStopPlay(ch);
}

API int SsmStopPlayFileList(int ch)
{
    return SsmStopPlay(ch);
}

API int SsmStopPlayMem(int ch)
{
    return SsmStopPlay(ch);
}

API int SsmStopPlayMemBlock(int ch)
{
    return SsmStopPlay(ch);
}

API int SsmStopPlayIndex(int ch)
{
    return SsmStopPlay(ch);
}

/* ---- lists ----------------------------------------------------------------------------------- */

API int SsmClearFileList(int ch)
{
    struct channel *channel = enter(ch);

    if (!channel)
        return -1;
    channel->list_count = 0;
    return leave(0);
}

API int SsmAddToFileList(int ch, const char *path, int format, DWORD start, DWORD length)
{
    struct channel *channel = enter(ch);

    if (!channel)
        return -1;
    if (!path || !*path || strlen(path) >= sizeof(channel->list->path))
        return leave(fail(C_ERROR_INVALID_PARAMETER, "no file is named, or its path is too long"));
    if (channel->list_count == ITEMS)
        return leave(fail(C_ERROR_RESOURCE_USEUP, "a list has at most %d files", ITEMS));
    copy_text(channel->list[channel->list_count].path, sizeof(channel->list->path), path);
    channel->list[channel->list_count].format = format;
    channel->list[channel->list_count].start = start;
    channel->list[channel->list_count].length = length;
    channel->list_count++;
    return leave(0);
}

API int SsmPlayFileList(int ch)
{
    struct channel *channel = enter(ch);

    if (!channel)
        return -1;
    if (!channel->list_count)
        return leave(fail(C_ERROR_OP_FAILURE, "channel %d has an empty list", ch));
    if (ready(channel))
        return leave(-1);
    for (int i = 0; i < channel->list_count; i++) {
        if (add_file(channel, channel->list[i].path, channel->list[i].format,
                     channel->list[i].start, channel->list[i].length)) {
            drop_files(&channel->play);
            return leave(-1);
        }
    }
    return leave(play_files(channel, PLAY_LIST));
}

/* ---- memory ---------------------------------------------------------------------------------- */

/* The octets from `start` to `stop` of the ring; what the program writes there later is not heard.
 */
static int add_memory(struct channel *channel, int format, const BYTE *buffer, size_t size,
                      size_t start, size_t stop)
{
    struct sound sound;
    size_t n = start < stop ? stop - start : size - start + stop;
    BYTE *octets = malloc(n ? n : 1);
    int error;

    if (!octets)
        return fail(C_ERROR_MEMORY_FAILURE, "no memory for %zu octets", n);
    for (size_t i = 0; i < n; i++)
        octets[i] = buffer[(start + i) % size];
    error = sound_of(&sound, octets, n, format == -1 ? 6 : format);
    free(octets);
    return error ? error : add_sound(&channel->play, &sound);
}

API int SsmPlayMem(int ch, int format, BYTE *buffer, DWORD size, DWORD start, DWORD stop)
{
    struct channel *channel = enter(ch);

    if (!channel)
        return -1;
    if (!buffer || !size || start >= size)
        return leave(
            fail(C_ERROR_INVALID_PARAMETER, "SsmPlayMem: no buffer, or the start is beyond it"));
    if (ready(channel) ||
        add_memory(channel, format, buffer, size, start, stop > size ? size : stop))
        return leave(-1);
    return leave(play_files(channel, PLAY_MEMORY));
}

API int SsmPlayMemBlock(int ch, int format, BYTE *buffer, DWORD size, MEMBLOCKHANDLER handler,
                        void *user)
{
    struct channel *channel = enter(ch);

    if (!channel)
        return -1;
    if (!buffer || !size)
        return leave(fail(C_ERROR_INVALID_PARAMETER, "SsmPlayMemBlock: no buffer"));
    if (ready(channel) || add_memory(channel, format, buffer, size, 0, size))
        return leave(-1);
    channel->play.handler = handler;
    channel->play.user = user;
    channel->play.buffer = buffer;
    channel->play.stop = size;
    return leave(play_files(channel, PLAY_BLOCK));
}

/* ---- indexed prompts ------------------------------------------------------------------------- */

static struct segment {
    char alias[32], path[PATH_MAX / 4];
    int format;
    DWORD start, length;
} *segments[SEGMENTS];

void index_free(void)
{
    for (int i = 0; i < SEGMENTS; i++) {
        free(segments[i]);
        segments[i] = NULL;
    }
}

API int SsmSetMaxIdxSeg(WORD most)
{
    if (enter_library())
        return -1;
    return leave(most <= SEGMENTS ? 0
                                  : fail(C_ERROR_RESOURCE_USEUP, "at most %d segments", SEGMENTS));
}

API int SsmLoadIndexData(int number, const char *alias, int format, const char *path, long start,
                         long length)
{
    struct segment *segment;

    if (enter_library())
        return -1;
    if (number < 0 || number >= SEGMENTS || !path || !*path || start < 0)
        return leave(fail(C_ERROR_INVALID_PARAMETER, "segment %d: 0 to %d, with a file", number,
                          SEGMENTS - 1));
    segment = segments[number] ? segments[number] : calloc(1, sizeof(*segment));
    if (!segment)
        return leave(fail(C_ERROR_MEMORY_FAILURE, "no memory for segment %d", number));
    segments[number] = segment;
    copy_text(segment->alias, sizeof(segment->alias), alias ? alias : "");
    copy_text(segment->path, sizeof(segment->path), path);
    segment->format = format;
    segment->start = (DWORD)start;
    segment->length = length < 0 ? (DWORD)ALL : (DWORD)length;
    return leave(0);
}

API int SsmFreeIndexData(int number)
{
    if (enter_library())
        return -1;
    if (number < 0 || number >= SEGMENTS || !segments[number])
        return leave(fail(C_ERROR_INVALID_PARAMETER, "there is no segment %d", number));
    free(segments[number]);
    segments[number] = NULL;
    return leave(0);
}

API int SsmGetTotalIndexSeg(void)
{
    int count = 0;

    if (enter_library())
        return -1;
    for (int i = 0; i < SEGMENTS; i++)
        count += segments[i] != NULL;
    return leave(count);
}

static int add_segment(struct channel *channel, int number)
{
    struct segment *segment = number >= 0 && number < SEGMENTS ? segments[number] : NULL;

    if (!segment)
        return fail(C_ERROR_INDEX_UNOPENED, "segment %d is not loaded", number);
    return add_file(channel, segment->path, segment->format, segment->start, segment->length);
}

/* A number, or an alias. */
static int segment_named(const char *name)
{
    char *end;
    long number = strtol(name, &end, 10);

    if (*name && !*end)
        return (int)number;
    for (int i = 0; i < SEGMENTS; i++)
        if (segments[i] && !strcmp(segments[i]->alias, name))
            return i;
    return -1;
}

API int SsmPlayIndexString(int ch, const char *list)
{
    struct channel *channel = enter(ch);
    char words[1024], *state = NULL;
    int error = 0;

    if (!channel)
        return -1;
    if (!list || !*list || strlen(list) >= sizeof(words))
        return leave(
            fail(C_ERROR_INVALID_PARAMETER, "SsmPlayIndexString: no list, or a too long one"));
    if (ready(channel))
        return leave(-1);
    copy_text(words, sizeof(words), list);
    for (char *word = strtok_r(words, ", ", &state); word && !error;
         word = strtok_r(NULL, ", ", &state))
        error = add_segment(channel, segment_named(word));
    if (error)
        drop_files(&channel->play);
    return leave(error ? -1 : play_files(channel, PLAY_LIST));
}

API int SsmPlayIndexList(int ch, WORD count, WORD *list)
{
    struct channel *channel = enter(ch);
    int error = 0;

    if (!channel)
        return -1;
    if (!list || !count)
        return leave(fail(C_ERROR_INVALID_PARAMETER, "SsmPlayIndexList: no list"));
    if (ready(channel))
        return leave(-1);
    for (int i = 0; i < count && !error; i++)
        error = add_segment(channel, list[i]);
    if (error)
        drop_files(&channel->play);
    return leave(error ? -1 : play_files(channel, PLAY_LIST));
}
