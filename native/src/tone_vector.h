/* Element by element, for the kernels: no include guard, each twin has its own. Vectors are of eight
 * lanes, of sixteen with TONE_WIDE. */
#undef VFLOAT
#undef VINT
#undef VLANES
#ifdef TONE_WIDE
#define VFLOAT tone_wide_vf
#define VINT tone_wide_vi
#define VLANES 16
#else
#define VFLOAT tone_vf
#define VINT tone_vi
#define VLANES 8
#endif

TONE_TARGET static inline VFLOAT TONE_TWIN(pick)(VINT mask, VFLOAT yes, VFLOAT no)
{
    return (VFLOAT)((mask & (VINT)yes) | (~mask & (VINT)no));
}

TONE_TARGET static inline VINT TONE_TWIN(pick_int)(VINT mask, VINT yes, VINT no)
{
    return (mask & yes) | (~mask & no);
}

TONE_TARGET static inline VFLOAT TONE_TWIN(floats)(const int32_t *from)
{
    return __builtin_convertvector(*(const VINT *)from, VFLOAT);
}

TONE_TARGET static inline int TONE_TWIN(any)(VINT mask)
{
    uint64_t part[VLANES / 2], all = 0;
    memcpy(part, &mask, sizeof part);
    for (int i = 0; i < VLANES / 2; i++)
        all |= part[i];
    return all != 0;
}

#ifndef VF
#define VF(pointer) (*(VFLOAT *)(pointer))
#define VI(pointer) (*(VINT *)(pointer))
#define CVF(pointer) (*(const VFLOAT *)(pointer))
#define HALF (TONE_LANES / 2)
#endif
