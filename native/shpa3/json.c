#include "json.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct reader {
    struct json *json;
    const char *text;
    uint32_t at, n, room;
    uint32_t open[JSON_DEPTH];
    int depth;
};

enum { EXPECT_VALUE, EXPECT_FIRST, EXPECT_KEY, EXPECT_COLON, EXPECT_COMMA, EXPECT_END };

static void skip_blanks(struct reader *r)
{
    while (r->at < r->n && strchr(" \t\r\n", r->text[r->at]) && r->text[r->at])
        r->at++;
}

static struct json_token *add(struct reader *r, int kind)
{
    struct json_token *token;

    if (r->json->count == r->room) {
        uint32_t room = r->room ? r->room * 2 : 64;
        struct json_token *more = realloc(r->json->tokens, room * sizeof(*more));

        if (!more)
            return NULL;
        r->json->tokens = more;
        r->room = room;
    }
    token = &r->json->tokens[r->json->count++];
    token->kind = (uint8_t)kind;
    token->begin = token->end = r->at;
    token->next = r->json->count;
    return token;
}

static int hex4(const char *at)
{
    int value = 0;

    for (int i = 0; i < 4; i++) {
        char c = at[i];
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0)
            return -1;
        value = value << 4 | digit;
    }
    return value;
}

/* At the opening quote; leaves after the closing one. */
static int read_string(struct reader *r)
{
    struct json_token *token = add(r, JSON_STRING);

    if (!token)
        return -ENOMEM;
    token->begin = ++r->at;
    for (; r->at < r->n; r->at++) {
        unsigned char c = (unsigned char)r->text[r->at];

        if (c == '"') {
            token->end = r->at++;
            return 0;
        }
        if (c < 0x20)
            return -EINVAL;
        if (c != '\\')
            continue;
        if (++r->at >= r->n)
            return -EINVAL;
        c = (unsigned char)r->text[r->at];
        if (c == 'u') {
            if (r->n - r->at < 5 || hex4(r->text + r->at + 1) < 0)
                return -EINVAL;
            r->at += 4;
        } else if (!c || !strchr("\"\\/bfnrt", c)) {
            return -EINVAL;
        }
    }
    return -EINVAL;
}

static uint32_t digits(struct reader *r)
{
    uint32_t from = r->at;

    while (r->at < r->n && r->text[r->at] >= '0' && r->text[r->at] <= '9')
        r->at++;
    return r->at - from;
}

static int read_number(struct reader *r)
{
    struct json_token *token = add(r, JSON_NUMBER);
    uint32_t whole;

    if (!token)
        return -ENOMEM;
    if (r->text[r->at] == '-')
        r->at++;
    whole = r->at;
    if (!digits(r) || (r->text[whole] == '0' && r->at - whole > 1))
        return -EINVAL;
    if (r->at < r->n && r->text[r->at] == '.') {
        r->at++;
        if (!digits(r))
            return -EINVAL;
    }
    if (r->at < r->n && (r->text[r->at] | 0x20) == 'e') {
        r->at++;
        if (r->at < r->n && (r->text[r->at] == '+' || r->text[r->at] == '-'))
            r->at++;
        if (!digits(r))
            return -EINVAL;
    }
    token->end = r->at;
    return 0;
}

static int read_word(struct reader *r, const char *word, int kind)
{
    size_t n = strlen(word);
    struct json_token *token;

    if (r->n - r->at < n || memcmp(r->text + r->at, word, n))
        return -EINVAL;
    token = add(r, kind);
    if (!token)
        return -ENOMEM;
    r->at += (uint32_t)n;
    token->end = r->at;
    return 0;
}

/* Opens an array or object. */
static int open_one(struct reader *r, int kind)
{
    if (r->depth == JSON_DEPTH)
        return -EINVAL;
    r->open[r->depth] = r->json->count;
    if (!add(r, kind))
        return -ENOMEM;
    r->depth++;
    r->at++;
    return 0;
}

static int read_value(struct reader *r)
{
    switch (r->text[r->at]) {
    case '{': return open_one(r, JSON_OBJECT);
    case '[': return open_one(r, JSON_ARRAY);
    case '"': return read_string(r);
    case 't': return read_word(r, "true", JSON_TRUE);
    case 'f': return read_word(r, "false", JSON_FALSE);
    case 'n': return read_word(r, "null", JSON_NULL);
    default: return read_number(r);
    }
}

static int inside(const struct reader *r)
{
    return r->depth ? r->json->tokens[r->open[r->depth - 1]].kind : -1;
}

static int after_value(const struct reader *r)
{
    return r->depth ? EXPECT_COMMA : EXPECT_END;
}

static int close_one(struct reader *r)
{
    struct json_token *token = &r->json->tokens[r->open[--r->depth]];

    token->end = ++r->at;
    token->next = r->json->count;
    return after_value(r);
}

/* One step at a character that is not blank; the next expectation or an error. */
static int step(struct reader *r, int expect)
{
    char c = r->text[r->at];
    int before, error;

    if (expect == EXPECT_END)
        return -EINVAL;
    if (expect == EXPECT_COLON) {
        r->at++;
        return c == ':' ? EXPECT_VALUE : -EINVAL;
    }
    if ((expect == EXPECT_FIRST || expect == EXPECT_COMMA) &&
        c == (inside(r) == JSON_OBJECT ? '}' : ']'))
        return close_one(r);
    if (expect == EXPECT_COMMA) {
        r->at++;
        return c != ',' ? -EINVAL : inside(r) == JSON_OBJECT ? EXPECT_KEY : EXPECT_VALUE;
    }
    if (expect == EXPECT_KEY || (expect == EXPECT_FIRST && inside(r) == JSON_OBJECT)) {
        error = c == '"' ? read_string(r) : -EINVAL;
        return error ? error : EXPECT_COLON;
    }
    before = r->depth;
    error = read_value(r);
    return error ? error : r->depth > before ? EXPECT_FIRST : after_value(r);
}

int json_read(struct json *json, const char *text, size_t n)
{
    struct reader r = {.json = json, .text = text, .n = (uint32_t)n};
    int expect = EXPECT_VALUE;

    *json = (struct json){.text = text};
    if (n > UINT32_MAX / 2)
        return -EINVAL;
    for (skip_blanks(&r); r.at < r.n && expect >= 0; skip_blanks(&r))
        expect = step(&r, expect);
    if (expect == EXPECT_END)
        return 0;
    json_free(json);
    return expect < 0 ? expect : -EINVAL;
}

void json_free(struct json *json)
{
    free(json->tokens);
    json->tokens = NULL;
    json->count = 0;
}

uint32_t json_first(const struct json *json, uint32_t array)
{
    const struct json_token *token = &json->tokens[array];

    return (token->kind == JSON_ARRAY || token->kind == JSON_OBJECT) && token->next > array + 1
               ? array + 1
               : 0;
}

uint32_t json_after(const struct json *json, uint32_t array, uint32_t element)
{
    uint32_t next = json->tokens[element].next;

    return next < json->tokens[array].next ? next : 0;
}

uint32_t json_member(const struct json *json, uint32_t object, const char *key)
{
    if (json->tokens[object].kind != JSON_OBJECT)
        return 0;
    for (uint32_t at = json_first(json, object); at;) {
        uint32_t value = json->tokens[at].next;

        if (json_is(json, at, key))
            return value;
        at = json_after(json, object, value);
    }
    return 0;
}

static size_t put_code(char *to, uint32_t code)
{
    if (code < 0x80) {
        to[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        to[0] = (char)(0xC0 | code >> 6);
        to[1] = (char)(0x80 | (code & 0x3F));
        return 2;
    }
    if (code < 0x10000) {
        to[0] = (char)(0xE0 | code >> 12);
        to[1] = (char)(0x80 | (code >> 6 & 0x3F));
        to[2] = (char)(0x80 | (code & 0x3F));
        return 3;
    }
    to[0] = (char)(0xF0 | code >> 18);
    to[1] = (char)(0x80 | (code >> 12 & 0x3F));
    to[2] = (char)(0x80 | (code >> 6 & 0x3F));
    to[3] = (char)(0x80 | (code & 0x3F));
    return 4;
}

/* The escape at `*at` (its backslash) as UTF-8; `*at` goes to the character after it. */
static size_t unescape(const char **at, const char *end, char *to)
{
    static const char from[] = "bfnrt", into[] = "\b\f\n\r\t";
    const char *known = strchr(from, (*at)[1]);
    uint32_t code;

    if ((*at)[1] != 'u') {
        to[0] = known ? into[known - from] : (*at)[1];
        *at += 2;
        return 1;
    }
    code = (uint32_t)hex4(*at + 2);
    *at += 6;
    if (code >= 0xD800 && code < 0xDC00 && end - *at >= 6 && (*at)[0] == '\\' && (*at)[1] == 'u') {
        int low = hex4(*at + 2);

        if (low >= 0xDC00 && low < 0xE000) {
            code = 0x10000 + ((code - 0xD800) << 10) + (uint32_t)(low - 0xDC00);
            *at += 6;
        }
    }
    return put_code(to, code >= 0xD800 && code < 0xE000 ? 0xFFFD : code);
}

void json_string(const struct json *json, uint32_t value, char *to, size_t size)
{
    const struct json_token *token = &json->tokens[value];
    const char *at = json->text + token->begin, *end = json->text + token->end;
    size_t n = 0;

    to[0] = 0;
    if (!value || token->kind != JSON_STRING)
        return;
    while (at < end) {
        char piece[4] = {*at};
        size_t length = 1;

        if (*at == '\\')
            length = unescape(&at, end, piece);
        else
            at++;
        if (n + length >= size)
            break;
        memcpy(to + n, piece, length);
        n += length;
    }
    to[n] = 0;
}

int json_is(const struct json *json, uint32_t value, const char *text)
{
    const struct json_token *token = &json->tokens[value];
    size_t n = strlen(text);

    return token->kind == JSON_STRING && token->end - token->begin == n &&
           !memcmp(json->text + token->begin, text, n);
}

/* Not by strtod(): the program's locale may want a comma. */
static double decimal(const char *at, const char *end)
{
    int minus = *at == '-', exponent = 0, fraction = 0;
    double value = 0;

    for (at += minus; at < end && (*at | 0x20) != 'e'; at++) {
        if (*at == '.') {
            fraction = 1;
            continue;
        }
        value = value * 10 + (*at - '0');
        exponent -= fraction;
    }
    if (at < end) {
        int less = *++at == '-', by = 0;

        for (at += *at == '-' || *at == '+'; at < end; at++)
            by = by > 1000 ? by : by * 10 + (*at - '0');
        exponent += less ? -by : by;
    }
    value *= pow(10, exponent);
    return minus ? -value : value;
}

double json_double(const struct json *json, uint32_t value, double otherwise)
{
    const struct json_token *token = &json->tokens[value];

    if (!value || token->kind != JSON_NUMBER)
        return otherwise;
    return decimal(json->text + token->begin, json->text + token->end);
}

int64_t json_integer(const struct json *json, uint32_t value, int64_t otherwise)
{
    double number = json_double(json, value, (double)otherwise);

    if (!(number >= -9.2e18 && number <= 9.2e18))
        return otherwise;
    return (int64_t)number;
}

int json_true(const struct json *json, uint32_t value)
{
    return value && json->tokens[value].kind == JSON_TRUE;
}
