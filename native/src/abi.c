#include "trunkd_native.h"

uint32_t td_abi_version(void)
{
    return TD_ABI_VERSION;
}
