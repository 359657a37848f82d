#include "ini.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOST (4u << 20)

static char *trim(char *text)
{
    char *end;

    while (isspace((unsigned char)*text))
        text++;
    for (end = text + strlen(text); end > text && isspace((unsigned char)end[-1]);)
        *--end = 0;
    return text;
}

static int add(struct ini *ini, const char *section, char *key, char *value, unsigned line)
{
    if (!(ini->count & (ini->count - 1)) || !ini->rows) {
        size_t room = ini->count ? ini->count * 2 : 1;
        struct ini_row *more = realloc(ini->rows, room * sizeof(*more));

        if (!more)
            return -ENOMEM;
        ini->rows = more;
    }
    ini->rows[ini->count++] = (struct ini_row){section, key, value, line};
    return 0;
}

static int read_line(struct ini *ini, char *text, const char **section, unsigned line)
{
    char *end;

    text = trim(text);
    if (!*text || *text == ';' || *text == '#' || !strncmp(text, "//", 2))
        return 0;
    if (*text == '[') {
        end = strchr(text, ']');
        if (!end)
            return -EINVAL;
        *end = 0;
        *section = trim(text + 1);
        return 0;
    }
    end = strchr(text, '=');
    if (!end || !*section)
        return -EINVAL;
    *end = 0;
    return add(ini, *section, trim(text), trim(end + 1), line);
}

int ini_parse(struct ini *ini, const char *text, size_t n, unsigned *line)
{
    const char *section = NULL;
    char *at;
    int error = 0;

    *ini = (struct ini){.text = malloc(n + 1)};
    *line = 0;
    if (!ini->text)
        return -ENOMEM;
    memcpy(ini->text, text, n);
    ini->text[n] = 0;
    at = ini->text;
    if (n >= 3 && !memcmp(at, "\xEF\xBB\xBF", 3))
        at += 3;
    while (at && !error) {
        char *next = strchr(at, '\n');

        if (next)
            *next++ = 0;
        ++*line;
        error = read_line(ini, at, &section, *line);
        at = next;
    }
    if (error)
        ini_free(ini);
    return error;
}

int ini_read(struct ini *ini, const char *path, unsigned *line)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC), error = 0;
    struct stat state;
    size_t n = 0;
    char *text;

    *line = 0;
    if (fd < 0)
        return -errno;
    if (fstat(fd, &state) || !S_ISREG(state.st_mode) || state.st_size > (off_t)MOST) {
        close(fd);
        return -EFBIG;
    }
    text = malloc((size_t)state.st_size + 1);
    if (!text)
        error = -ENOMEM;
    while (!error && n < (size_t)state.st_size) {
        ssize_t got = read(fd, text + n, (size_t)state.st_size - n);

        if (got <= 0) {
            error = got < 0 ? -errno : 0;
            break;
        }
        n += (size_t)got;
    }
    close(fd);
    if (!error)
        error = ini_parse(ini, text, n, line);
    free(text);
    return error;
}

void ini_free(struct ini *ini)
{
    free(ini->rows);
    free(ini->text);
    *ini = (struct ini){0};
}

const char *ini_value(const struct ini *ini, const char *section, const char *key)
{
    for (size_t i = 0; i < ini->count; i++)
        if (!strcasecmp(ini->rows[i].section, section) && !strcasecmp(ini->rows[i].key, key))
            return ini->rows[i].value;
    return NULL;
}

/* A whole number, decimal or 0x..., up to a comma or the end. */
static long number(const char *text, long otherwise)
{
    char *end;
    long value;

    if (!text)
        return otherwise;
    errno = 0;
    value = strtol(text, &end, 0);
    if (end == text || errno)
        return otherwise;
    while (isspace((unsigned char)*end))
        end++;
    return !*end || *end == ',' || *end == ';' ? value : otherwise;
}

long ini_number(const struct ini *ini, const char *section, const char *key, long otherwise)
{
    return number(ini_value(ini, section, key), otherwise);
}

long ini_item(const struct ini *ini, const char *section, const char *key, int index,
              long otherwise)
{
    const char *at = ini_value(ini, section, key);

    while (at && index--) {
        at = strchr(at, ',');
        at = at ? at + 1 : NULL;
    }
    return number(at, otherwise);
}
