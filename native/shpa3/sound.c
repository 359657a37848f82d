/* Voice files: what the daemon plays lies below its media directory, as WAV; what it recorded is
 * copied to where the program wants it. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shpa3.h"

#define MOST (512u << 20)

/* Numbers of coding, as in the header of a WAV file where they are above 0. */
static const struct coding {
    int format, tag, bits, align, samples, rate; /* octets a second */
    const char *record;                          /* the daemon's word */
} CODINGS[] = {
    {6, 6, 8, 1, 1, 8000, "alaw"},      {7, 7, 8, 1, 1, 8000, "mulaw"},
    {-2, 1, 16, 2, 1, 16000, "pcm16"},  {1, 1, 8, 1, 1, 8000, NULL},
    {17, 17, 4, 256, 505, 4055, NULL},  {49, 49, 0, 65, 320, 1625, NULL},
};

static const struct coding *coding_of(int format)
{
    for (size_t i = 0; i < sizeof(CODINGS) / sizeof(*CODINGS); i++)
        if (CODINGS[i].format == format)
            return &CODINGS[i];
    return NULL;
}

const char *sound_encoding(int format)
{
    const struct coding *coding = coding_of(format);

    return coding ? coding->record : NULL;
}

static uint32_t get(const uint8_t *at, int octets)
{
    uint32_t value = 0;

    for (int i = 0; i < octets; i++)
        value |= (uint32_t)at[i] << 8 * i;
    return value;
}

static void put(uint8_t *at, uint32_t value, int octets)
{
    for (int i = 0; i < octets; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

/* ---- names below the media directory --------------------------------------------------------- */

static int work_folder(void)
{
    if (*lib.work)
        return 0;
    if (!*lib.media)
        return fail(C_ERROR_FILEOP_FAILURE, "trunkd does not say where its voice files are: set "
                    "[trunkd] MediaDir= or TRUNKD_MEDIA_DIR");
    snprintf(lib.work, sizeof(lib.work), "%s/.shpa3-%ld", lib.media, (long)getpid());
    /* A daemon of another user must read what we write there, and write what it records. */
    if ((mkdir(lib.work, 0777) && errno != EEXIST) || (chmod(lib.work, 0777) && errno != EPERM)) {
        int error = errno;
        char text[sizeof(lib.work)];

        copy_text(text, sizeof(text), lib.work);
        lib.work[0] = 0;
        return fail(C_ERROR_FILEOP_FAILURE, "%s: %s (this user must be able to write there)", text,
                    strerror(error));
    }
    return 0;
}

int sound_name(char *path, size_t size, const char *kind)
{
    if (work_folder())
        return -1;
    if (snprintf(path, size, "%s/%s%u.wav", lib.work, kind, ++lib.files) >= (int)size)
        return fail(C_ERROR_FILEOP_FAILURE, "%s: the path is too long", lib.work);
    return 0;
}

void sound_drop(const char *path)
{
    if (*path)
        unlink(path);
}

/* ---- reading --------------------------------------------------------------------------------- */

static uint8_t *slurp(const char *path, size_t *n)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat state;
    uint8_t *octets = NULL;

    *n = 0;
    if (fd >= 0 && !fstat(fd, &state) && S_ISREG(state.st_mode) && state.st_size <= (off_t)MOST)
        octets = malloc((size_t)state.st_size + 1);
    while (octets && *n < (size_t)state.st_size) {
        ssize_t got = read(fd, octets + *n, (size_t)state.st_size - *n);

        if (got <= 0)
            break;
        *n += (size_t)got;
    }
    if (fd < 0)
        fail(C_ERROR_FILEOP_FAILURE, "%s: %s", path, strerror(errno));
    else if (!octets)
        fail(C_ERROR_FILEOP_FAILURE, "%s is no file, or has more than %u MiB", path, MOST >> 20);
    if (fd >= 0)
        close(fd);
    return octets;
}

/* The format chunk and the data of a WAV file; 0: it is none. */
static int find_data(const uint8_t *octets, size_t n, size_t *format, size_t *at, size_t *length)
{
    size_t here = 12;

    *format = 0;
    if (n < 12 || memcmp(octets, "RIFF", 4) || memcmp(octets + 8, "WAVE", 4))
        return 0;
    while (n - here >= 8 && here < n) {
        size_t size = get(octets + here + 4, 4);

        size = size > n - here - 8 ? n - here - 8 : size;
        if (!memcmp(octets + here, "fmt ", 4) && size >= 16)
            *format = here + 8;
        if (!memcmp(octets + here, "data", 4)) {
            *at = here + 8;
            *length = size;
            return *format != 0;
        }
        here += 8 + size + (size & 1);
    }
    return 0;
}

/* ---- writing --------------------------------------------------------------------------------- */

static int write_all(int fd, const void *octets, size_t n)
{
    const char *at = octets;

    while (n) {
        ssize_t done = write(fd, at, n);

        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return -1;
        at += done;
        n -= (size_t)done;
    }
    return 0;
}

/* A header of 44 octets, or 48 where the coding has blocks of samples. */
static size_t header(uint8_t *to, const struct coding *coding, int rate, size_t n)
{
    size_t format = coding->samples > 1 ? 20 : 16;

    memcpy(to, "RIFF", 4);
    put(to + 4, (uint32_t)(20 + format + n), 4);
    memcpy(to + 8, "WAVEfmt ", 8);
    put(to + 16, (uint32_t)format, 4);
    put(to + 20, (uint32_t)coding->tag, 2);
    put(to + 22, 1, 2);
    put(to + 24, (uint32_t)rate, 4);
    put(to + 28, (uint32_t)coding->rate, 4);
    put(to + 32, (uint32_t)coding->align, 2);
    put(to + 34, (uint32_t)coding->bits, 2);
    if (format == 20) {
        put(to + 36, 2, 2);
        put(to + 38, (uint32_t)coding->samples, 2);
    }
    memcpy(to + 20 + format, "data", 4);
    put(to + 24 + format, (uint32_t)n, 4);
    return 28 + format;
}

static int write_sound(const char *path, const uint8_t *head, size_t head_n, const uint8_t *octets,
                       size_t n)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644), bad;

    if (fd < 0)
        return fail(C_ERROR_FILEOP_FAILURE, "%s: %s", path, strerror(errno));
    bad = fchmod(fd, 0644) || write_all(fd, head, head_n) || write_all(fd, octets, n);
    if (close(fd) || bad) {
        fail(C_ERROR_FILEOP_FAILURE, "%s: %s", path, strerror(errno));
        unlink(path);
        return -1;
    }
    return 0;
}

int sound_of(struct sound *sound, const BYTE *octets, size_t n, int format)
{
    const struct coding *coding = coding_of(format);
    uint8_t head[48];

    if (!coding)
        return fail(C_ERROR_INVALID_FORMAT, "coding %d: known are 6 A-law, 7 mu-law, -2 PCM of 16 "
                    "bits, 1 PCM of 8 bits, 17 IMA ADPCM, 49 GSM", format);
    if (!n)
        return fail(C_ERROR_INVALID_PARAMETER, "there is nothing to play");
    if (sound_name(sound->path, sizeof(sound->path), "p"))
        return -1;
    sound->ours = 1;
    sound->format = format;
    sound->octets = (long)n;
    sound->seconds = (double)n / coding->rate;
    return write_sound(sound->path, head, header(head, coding, 8000, n), octets, n);
}

/* A piece of a WAV file, with its own format chunk. */
static int piece_of_wav(struct sound *sound, const uint8_t *octets, size_t format,
                        const uint8_t *data, size_t n)
{
    uint32_t size = get(octets + format - 4, 4), rate = get(octets + format + 8, 4);
    uint8_t head[12 + 8 + 256 + 8];

    if (size > 256)
        size = 256;
    memcpy(head, "RIFF", 4);
    put(head + 4, (uint32_t)(4 + 8 + size + 8 + n), 4);
    memcpy(head + 8, "WAVEfmt ", 8);
    put(head + 16, size, 4);
    memcpy(head + 20, octets + format, size);
    memcpy(head + 20 + size, "data", 4);
    put(head + 24 + size, (uint32_t)n, 4);
    if (sound_name(sound->path, sizeof(sound->path), "p"))
        return -1;
    sound->ours = 1;
    sound->octets = (long)n;
    sound->seconds = rate ? (double)n / rate : 0;
    sound->format = (int)get(octets + format, 2) == 1 && get(octets + format + 14, 2) == 16
                        ? -2
                        : (int)get(octets + format, 2);
    return write_sound(sound->path, head, 28 + size, data, n);
}

/* `start` and `length` count octets of sound. `format` -1: as the header says, else A-law. */
int sound_open(struct sound *sound, const char *path, int format, DWORD start, DWORD length)
{
    size_t n, head, at = 0, size;
    uint8_t *octets;
    int error, wav;

    memset(sound, 0, sizeof(*sound));
    octets = slurp(path, &n);
    if (!octets)
        return -1;
    size = n;
    wav = find_data(octets, n, &head, &at, &size);
    if (start > size)
        start = (DWORD)size;
    size -= start;
    if (length < ALL && length < size)
        size = length;
    at += start;
    if (!size)
        error = fail(C_ERROR_FILEOP_FAILURE, "%s: there is no sound from octet %lu on", path,
                     (unsigned long)start);
    else if (wav)
        error = piece_of_wav(sound, octets, head, octets + at, size);
    else
        error = sound_of(sound, octets + at, size, format == -1 ? 6 : format);
    free(octets);
    return error;
}

/* ---- recordings ------------------------------------------------------------------------------ */

/* Of PCM of 16 bits, what the program asked for. */
static size_t recode(uint8_t *data, size_t n, int format)
{
    if (format != 1)
        return n;
    for (size_t i = 0; i < n / 2; i++)
        data[i] = (uint8_t)(data[2 * i + 1] ^ 0x80);
    return n / 2;
}

/* The sound of a recording; NULL: there is none. free() is due. */
static uint8_t *recorded(const char *from, int format, size_t *at, size_t *n)
{
    size_t head, all;
    uint8_t *octets = slurp(from, &all);

    if (octets && find_data(octets, all, &head, at, n)) {
        *n = recode(octets + *at, *n, format);
        return octets;
    }
    free(octets);
    return NULL;
}

static int is_wav(const char *path)
{
    size_t n = strlen(path);

    return n > 4 && !strcasecmp(path + n - 4, ".wav");
}

/* After what the file has: a WAV file's header is made anew. */
static int append(int fd, const struct coding *coding, int wav, const uint8_t *data, size_t n)
{
    off_t end = lseek(fd, 0, SEEK_END);
    uint8_t head[48];
    size_t length;

    if (!wav)
        return write_all(fd, data, n);
    length = header(head, coding, 8000, end > 44 ? (size_t)end - 44 + n : n);
    if (end < 44 && lseek(fd, (off_t)length, SEEK_SET) < 0)
        return -1;
    if (write_all(fd, data, n))
        return -1;
    return pwrite(fd, head, length, 0) == (ssize_t)length ? 0 : -1;
}

/* A name that ends in .wav gets a header, any other bare octets. `start`: 0 a new file, ALL after
 * its end, else at that octet. */
long sound_keep(const char *from, const char *to, int format, DWORD start)
{
    const struct coding *coding = coding_of(format);
    size_t at = 0, n = 0;
    uint8_t *octets = recorded(from, format, &at, &n);
    int fd, bad;

    if (!octets || !coding) {
        free(octets);
        return -1;
    }
    fd = open(to, O_RDWR | O_CREAT | O_CLOEXEC | (start ? 0 : O_TRUNC), 0666);
    bad = fd < 0;
    if (!bad && start && start < ALL)
        bad = ftruncate(fd, (off_t)start + (is_wav(to) ? 44 : 0));
    if (!bad)
        bad = append(fd, coding, is_wav(to), octets + at, n);
    if (fd >= 0)
        bad = close(fd) || bad;
    free(octets);
    return bad ? fail(C_ERROR_FILEOP_FAILURE, "%s: %s", to, strerror(errno)) : (long)n;
}

long sound_take(const char *from, BYTE *to, size_t room, int format)
{
    size_t at = 0, n = 0;
    uint8_t *octets = recorded(from, format, &at, &n);

    if (!octets)
        return -1;
    n = n < room ? n : room;
    memcpy(to, octets + at, n);
    free(octets);
    return (long)n;
}
