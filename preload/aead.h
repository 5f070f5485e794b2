/* SPDX-License-Identifier: MIT */
#ifndef LPS_AEAD_H
#define LPS_AEAD_H

/*
 * TLS whose own functions cannot be reached but which protects its records by AWS-LC's or
 * BoringSSL's libcrypto: rustls (the AWS SDK for Rust), netty-tcnative. Both find a cipher in a
 * table of functions (aead_table.h), which they fill in at first use, within pthread_once: that
 * call is seen, and ours are put into the table. Pointers are swapped, no code is.
 *
 * A key encrypts or decrypts one direction of one connection. The one that encrypts stands for the
 * connection (sessions.h); the one that decrypts is paired with it by the order in which a thread
 * made them. Calls from within a TLS function that is hooked itself (s2n) are not looked at.
 */

/*
 * pthread_once just ran for the first time with this control: is there a table beside it? Within
 * lps_enter.
 */
void lps_aead_look(const void *once);

/*
 * Finds pthread_once; from the constructor. Later the loader's lock may belong to a thread that
 * waits for ours: in a library's constructor.
 */
void lps_once_resolve(void);

#endif
