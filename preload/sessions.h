/* SPDX-License-Identifier: MIT */
#ifndef LPS_SESSIONS_H
#define LPS_SESSIONS_H

/*
 * TLS connections by the address of their SSL or gnutls_session_t: a lock-free cache of tags and
 * handles. An address that is freed and handed out again is a new connection, so both ends of its
 * life are hooked. When a bucket is full an ignored connection gives way; it is looked at again
 * should it write once more.
 *
 * All functions may be called at any time by any thread and leave errno alone.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool lps_sessions_init(void);
void lps_sessions_reset(void);

/* The library made `s`: what was known of the address is about another connection. */
void lps_session_new(const void *s);
/* `s` shall serve for another connection; OpenSSL also says so before the first handshake. */
void lps_session_clear(const void *s);
/* The server that `s` asks for (SNI), so that what cannot be decoded is at least named. */
void lps_session_server(const void *s, const char *name, size_t len);
/* `s` is about to end; what can be finished is. */
void lps_session_end(const void *s);
/* One more, and one less, that holds `s`; it ends with the last of them. */
void lps_session_ref(const void *s);
void lps_session_unref(const void *s);

/* False when bytes of `s` in this direction would not be looked at: saves fetching them. */
bool lps_session_wanted(const void *s, bool out);

/*
 * Whether a TLS library of this process ever took plaintext and left it to others to send what it
 * made of it, or sent it where we do not know the socket.
 */
bool lps_sessions_apart(void);

/* Plaintext that the library accepted, or gave to the program. */
void lps_session_out(const void *s, const void *buf, size_t len);
void lps_session_in(const void *s, const void *buf, size_t len);
/* `len` bytes of plaintext that nobody can look at. */
void lps_session_skip(const void *s, bool out, uint64_t len);

/*
 * A library that takes bytes, asks to be called again, and only then says how many it took: the
 * bytes are copied (of a followed or new session, up to one TLS record), reported by _out_kept
 * when the library accepts them without showing them again, and given up by _unkeep.
 */
void lps_session_keep(const void *s, const void *buf, size_t len);
void lps_session_out_kept(const void *s, size_t len);
void lps_session_unkeep(const void *s);

#endif
