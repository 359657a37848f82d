/* Requests as text. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "json.h"

static void write_octets(struct writer *writer, const char *octets, size_t n)
{
    if (writer->bad || writer->size - writer->n <= n) {
        writer->bad = 1;
        return;
    }
    memcpy(writer->at + writer->n, octets, n);
    writer->n += n;
    writer->at[writer->n] = 0;
}

void write_text(struct writer *writer, const char *text)
{
    write_octets(writer, text, strlen(text));
}

/* Octets of the UTF-8 character at `at`, or 0: it is none (RFC 3629). */
static size_t character(const unsigned char *at)
{
    size_t n = at[0] < 0x80                    ? 1
               : at[0] >= 0xC2 && at[0] < 0xE0 ? 2
               : at[0] >= 0xE0 && at[0] < 0xF0 ? 3
               : at[0] >= 0xF0 && at[0] < 0xF5 ? 4
                                               : 0;

    for (size_t i = 1; i < n; i++)
        if ((at[i] & 0xC0) != 0x80)
            return 0;
    if ((at[0] == 0xE0 && at[1] < 0xA0) || (at[0] == 0xED && at[1] > 0x9F) ||
        (at[0] == 0xF0 && at[1] < 0x90) || (at[0] == 0xF4 && at[1] > 0x8F))
        return 0;
    return n;
}

void write_string(struct writer *writer, const char *text)
{
    const unsigned char *at = (const unsigned char *)text;

    write_text(writer, "\"");
    while (*at) {
        size_t n = character(at);
        char escape[8];

        if (!n) {
            write_text(writer, "\xEF\xBF\xBD");
            at++;
        } else if (*at == '"' || *at == '\\' || *at < 0x20) {
            snprintf(escape, sizeof(escape), "\\u%04x", *at);
            write_text(writer, escape);
            at++;
        } else {
            write_octets(writer, (const char *)at, n);
            at += n;
        }
    }
    write_text(writer, "\"");
}

void write_integer(struct writer *writer, int64_t value)
{
    char text[24];

    snprintf(text, sizeof(text), "%" PRId64, value);
    write_text(writer, text);
}

/* Not by printf's %f: the program's locale may write a comma. */
void write_decimal(struct writer *writer, double value)
{
    int64_t thousandths = llround(value * 1000);
    char text[32];

    snprintf(text, sizeof(text), "%s%" PRId64 ".%03" PRId64, thousandths < 0 ? "-" : "",
             (thousandths < 0 ? -thousandths : thousandths) / 1000,
             (thousandths < 0 ? -thousandths : thousandths) % 1000);
    write_text(writer, text);
}

void write_key(struct writer *writer, const char *key)
{
    if (writer->n && writer->at[writer->n - 1] != '{')
        write_text(writer, ",");
    write_string(writer, key);
    write_text(writer, ":");
}
