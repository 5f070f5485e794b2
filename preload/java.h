/* SPDX-License-Identifier: MIT */
#ifndef LPS_JAVA_H
#define LPS_JAVA_H

/*
 * Java's own TLS (JSSE: sockets and engines, so also Netty without native code). It calls no C
 * function that sees plaintext, so calls of ours are put into its record layer (JVMTI), when the
 * virtual machine makes its first socket: as a rule before it loads those classes, which are then
 * loaded with our calls in them; others are retransformed. No option, no agent, no environment
 * variable: a program that makes no socket starts as it would without us, nothing is printed, and a
 * debugger may attach, for only capabilities that may be shared are used.
 */

#include <stdbool.h>

#include "elf/elf_loaded.h"

/* A module that was loaded: is it a virtual machine? From dl_iterate_phdr's callback. */
void lps_java_meet(const struct lp_elf_loaded *m);

/* True until the first connection after a virtual machine was met; one load. */
bool lps_java_waits(void);

/*
 * This thread, which returns into Java's native code, made a socket or opened a connection: readies
 * JSSE, once. Other threads wait for the one that does. Not within lps_enter.
 */
void lps_java_ready(void);

/* The same for a socket that is not connected yet; looks for a virtual machine now and then. */
void lps_java_socket(void);

#endif
