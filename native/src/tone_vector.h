/* Element by element, for the kernels: no include guard, each twin has its own. */

TONE_TARGET static inline tone_vf TONE_TWIN(pick)(tone_vi mask, tone_vf yes, tone_vf no)
{
    return (tone_vf)((mask & (tone_vi)yes) | (~mask & (tone_vi)no));
}

TONE_TARGET static inline tone_vi TONE_TWIN(pick_int)(tone_vi mask, tone_vi yes, tone_vi no)
{
    return (mask & yes) | (~mask & no);
}

TONE_TARGET static inline tone_vf TONE_TWIN(floats)(const int32_t *from)
{
    return __builtin_convertvector(*(const tone_vi *)from, tone_vf);
}

TONE_TARGET static inline int TONE_TWIN(any)(tone_vi mask)
{
    uint64_t part[4];
    memcpy(part, &mask, sizeof part);
    return (part[0] | part[1] | part[2] | part[3]) != 0;
}

#ifndef VF
#define VF(pointer) (*(tone_vf *)(pointer))
#define VI(pointer) (*(tone_vi *)(pointer))
#define CVF(pointer) (*(const tone_vf *)(pointer))
#define HALF (TONE_LANES / 2)
#endif
