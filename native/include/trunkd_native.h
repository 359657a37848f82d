/* trunkd's native board ABI: the one public header.
 *
 * Conventions: handles are opaque; buffers belong to the caller; functions return >= 0 or a
 * negative errno; nothing calls back into Python; nothing allocates or locks on the sample path.
 */
#ifndef TRUNKD_NATIVE_H
#define TRUNKD_NATIVE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TD_ABI_VERSION 1

/* The ABI this library was built with; compare it with TD_ABI_VERSION at import. */
uint32_t td_abi_version(void);

#ifdef __cplusplus
}
#endif
#endif
