/* The reason of the last failure, of each thread its own. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "shpa3.h"

static _Thread_local int code;
static _Thread_local char text[512];
static _Thread_local char shown[512];

int fail(int why, const char *format, ...)
{
    va_list values;

    code = why;
    va_start(values, format);
    vsnprintf(text, sizeof(text), format, values);
    va_end(values);
    return -1;
}

int last_error(const char **said)
{
    *said = text;
    return code;
}

API int SsmGetLastErrCode(void)
{
    return code;
}

API char *SsmGetLastErrMsgA(void)
{
    memcpy(shown, text, sizeof(shown));
    return shown;
}

/* The program's buffer has no stated size; the published samples give 200 octets and more. */
API void SsmGetLastErrMsg(char *to)
{
    if (to)
        copy_text(to, 200, text);
}

API int shpa3_trunkd_dword(void)
{
    return (int)sizeof(DWORD);
}

void copy_text(char *to, size_t size, const char *from)
{
    size_t n = strlen(from);

    if (n >= size)
        n = size - 1;
    memcpy(to, from, n);
    to[n] = 0;
}
