/* ShConfig.ini: sections, keys, values. */
#ifndef SHPA3_INI_H
#define SHPA3_INI_H

#include <stddef.h>

struct ini {
    char *text; /* its keys and values lie in it */
    struct ini_row *rows;
    size_t count;
};

struct ini_row {
    const char *section, *key, *value;
    unsigned line;
};

/* Reads a file of at most 4 MiB. 0, or a negative errno; -EINVAL: `line` is neither a section, a
 * key with its value, a comment nor blank. ini_free() is due after 0 alone. */
int ini_read(struct ini *ini, const char *path, unsigned *line);
int ini_parse(struct ini *ini, const char *text, size_t n, unsigned *line);
void ini_free(struct ini *ini);

/* Small and capital letters are alike, as in the maker's driver; of two rows the first counts.
 * NULL: there is none. */
const char *ini_value(const struct ini *ini, const char *section, const char *key);
long ini_number(const struct ini *ini, const char *section, const char *key, long otherwise);
/* Number `index` of a list "1,0,1"; `otherwise` where it is too short or no number. */
long ini_item(const struct ini *ini, const char *section, const char *key, int index,
              long otherwise);

#endif
