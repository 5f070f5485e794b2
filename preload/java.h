/* SPDX-License-Identifier: MIT */
#ifndef LPS_JAVA_H
#define LPS_JAVA_H

/*
 * Java's own TLS (JSSE: sockets and engines, so also Netty without native code). It calls no C
 * function that sees plaintext, so calls of ours are put into its record layer, by retransforming
 * those classes (JVMTI) when the virtual machine opens its first TCP connection. No option, no
 * agent, no environment variable: a program that connects to nothing starts as it would without us,
 * nothing is printed, and a debugger may attach, for only capabilities that may be shared are used.
 */

#include <stdbool.h>

#include "elf/elf_loaded.h"

/* A module that was loaded: is it a virtual machine? From dl_iterate_phdr's callback. */
void lps_java_meet(const struct lp_elf_loaded *m);

/* True until the first connection after a virtual machine was met; one load. */
bool lps_java_waits(void);

/*
 * A TCP connection was opened by this thread, which returns into Java's native code: readies JSSE,
 * once. Other threads wait for the one that does. Not within lps_enter.
 */
void lps_java_connected(void);

#endif
