/* SPDX-License-Identifier: MIT */
#ifndef LP_CSM_PORT_H
#define LP_CSM_PORT_H

#include <stddef.h>
#include <stdint.h>

#include "lp_limits.h"

/*
 * The monitoring port that an AWS_CSM_PORT of this value (or NULL) means; host order. The shim,
 * which may call nothing, and who listens have to mean the same. No state: safe from any thread.
 */
static inline uint16_t lp_csm_port(const char *value)
{
	uint32_t port = 0;

	for (; value && *value >= '0' && *value <= '9' && port <= UINT16_MAX; value++)
		port = port * 10 + (uint32_t)(*value - '0');
	return value && *value == '\0' && port && port <= UINT16_MAX ? (uint16_t)port : LP_CSM_PORT;
}

#endif
