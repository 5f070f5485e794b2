/* SPDX-License-Identifier: MIT */
#ifndef LP_COMPILER_H
#define LP_COMPILER_H

/* What the compilers can check for us. No code, no state: any file of any room may include this. */

#define LP_MUST_USE	     __attribute__((warn_unused_result))
#define LP_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define LP_NOINLINE	     __attribute__((noinline))
#define LP_LIKELY(x)	     __builtin_expect(!!(x), 1)
#define LP_UNLIKELY(x)	     __builtin_expect(!!(x), 0)
/* Each message of a connection comes through this function. They lie together: by the next one they
 * fell out of the caches, and each page and line is waited for. */
#define LP_HOT		__attribute__((hot))
#define LP_ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#endif
