/* echo.c includes this for each twin: element by element. */

ECHO_TARGET static inline ev ECHO_TWIN(pick)(ei mask, ev yes, ev no)
{
    return (ev)((mask & (ei)yes) | (~mask & (ei)no));
}

ECHO_TARGET static inline ei ECHO_TWIN(pick_int)(ei mask, ei yes, ei no)
{
    return (mask & yes) | (~mask & no);
}

ECHO_TARGET static inline ev ECHO_TWIN(least)(ev a, ev b)
{
    return ECHO_TWIN(pick)(a < b, a, b);
}

ECHO_TARGET static inline ev ECHO_TWIN(most)(ev a, ev b)
{
    return ECHO_TWIN(pick)(a > b, a, b);
}

ECHO_TARGET static inline int ECHO_TWIN(any)(ei mask)
{
    uint64_t part[4];
    memcpy(part, &mask, sizeof part);
    return (part[0] | part[1] | part[2] | part[3]) != 0;
}

/* 1 / sqrt(x), x > 0. */
ECHO_TARGET static inline ev ECHO_TWIN(inverse_root)(ev x)
{
    ei bits = 0x5f3759df - ((ei)x >> 1);
    ev r = (ev)bits, half = x * 0.5f;
    r = r * (1.5f - half * r * r);
    r = r * (1.5f - half * r * r);
    return r * (1.5f - half * r * r);
}

/* The mean square of a block. */
ECHO_TARGET static inline ev ECHO_TWIN(energy)(const ev *x)
{
    ev a = {}, b = {};
    for (int i = 0; i < ECHO_BLOCK; i += 2) {
        a += x[i] * x[i];
        b += x[i + 1] * x[i + 1];
    }
    return (a + b) * (1.0f / ECHO_BLOCK);
}
