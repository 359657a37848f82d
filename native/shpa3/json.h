/* JSON (RFC 8259) as trunkd's socket speaks it: strict, without recursion, bounded. */
#ifndef SHPA3_JSON_H
#define SHPA3_JSON_H

#include <stddef.h>
#include <stdint.h>

#define JSON_DEPTH 32

enum json_kind {
    JSON_NULL,
    JSON_FALSE,
    JSON_TRUE,
    JSON_NUMBER,
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT
};

/* A value. Children of an array or object follow it; an object's are key, value, key, value ... */
struct json_token {
    uint8_t kind;
    uint32_t begin, end; /* octets of the text; of a string without its quotes */
    uint32_t next;       /* the token after this value and all within it */
};

struct json {
    const char *text;
    struct json_token *tokens;
    uint32_t count;
};

/* Reads the n octets of `text`, which must outlive `json`. 0; -EINVAL: it is not JSON, or nested
 * deeper than JSON_DEPTH; -ENOMEM. json_free() is due after 0 alone. */
int json_read(struct json *json, const char *text, size_t n);
void json_free(struct json *json);

/* Index of an object's member, or 0 (the root, which is nobody's member): there is none. */
uint32_t json_member(const struct json *json, uint32_t object, const char *key);

/* First element of an array, or the one after `element`; 0: no more. */
uint32_t json_first(const struct json *json, uint32_t array);
uint32_t json_after(const struct json *json, uint32_t array, uint32_t element);

/* A string in UTF-8, always ended by 0, cut to `size`; "" when it is no string. */
void json_string(const struct json *json, uint32_t value, char *to, size_t size);
int json_is(const struct json *json, uint32_t value, const char *text);
/* A number cut to an integer within int64_t; `otherwise` when it is none. */
int64_t json_integer(const struct json *json, uint32_t value, int64_t otherwise);
double json_double(const struct json *json, uint32_t value, double otherwise);
int json_true(const struct json *json, uint32_t value);

/* A text being written; `bad` once it did not fit. */
struct writer {
    char *at;
    size_t n, size;
    int bad;
};

void write_text(struct writer *writer, const char *text);
/* With quotes; what is no UTF-8 becomes U+FFFD. */
void write_string(struct writer *writer, const char *text);
void write_integer(struct writer *writer, int64_t value);
void write_decimal(struct writer *writer, double value);
/* One member of an object, with the comma before it where one is needed. */
void write_key(struct writer *writer, const char *key);

#endif
