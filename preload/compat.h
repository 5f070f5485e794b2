/* SPDX-License-Identifier: MIT */
#ifndef LPS_COMPAT_H
#define LPS_COMPAT_H

/*
 * One library for every libc that we may be loaded into: glibc moved the dl* functions to libc.so
 * with new versions in 2.34, and would refuse us on older systems; the first version of each is
 * still there everywhere. Included where they are used. (musl ignores versions.)
 */

#if defined(__GLIBC__) && defined(__x86_64__)
#define LPS_FIRST_VERSION   "GLIBC_2.2.5"
#define LPS_DLADDR1_VERSION "GLIBC_2.3.3"
#elif defined(__GLIBC__) && defined(__aarch64__)
#define LPS_FIRST_VERSION   "GLIBC_2.17"
#define LPS_DLADDR1_VERSION "GLIBC_2.17"
#endif

#ifdef LPS_FIRST_VERSION
__asm__(".symver dlsym,dlsym@" LPS_FIRST_VERSION);
__asm__(".symver dlopen,dlopen@" LPS_FIRST_VERSION);
__asm__(".symver dlclose,dlclose@" LPS_FIRST_VERSION);
__asm__(".symver dladdr,dladdr@" LPS_FIRST_VERSION);
__asm__(".symver dlvsym,dlvsym@" LPS_FIRST_VERSION);
__asm__(".symver dlerror,dlerror@" LPS_FIRST_VERSION);
__asm__(".symver dladdr1,dladdr1@" LPS_DLADDR1_VERSION);
#endif

#endif
