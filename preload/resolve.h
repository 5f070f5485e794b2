/* SPDX-License-Identifier: MIT */
#ifndef LPS_RESOLVE_H
#define LPS_RESOLVE_H

/*
 * The functions that we stand in front of.
 *
 * libc has one copy, found by dlsym(RTLD_NEXT) when we are loaded. A TLS library may come by
 * dlopen(RTLD_LOCAL), where RTLD_NEXT does not find it, and there may be several copies: its
 * functions are found once per page of calling code. Where only one module has them, that one is
 * meant. Else the module decides that calls us; where it does not (a wrapper jumped to us, so the
 * return address is another module's), the object does: an OpenSSL SSL starts with pointers into
 * the library that made it.
 */

#include "shim.h"

typedef void (*lps_fn)(void);

/*
 * A hook is defined under a name of our own and exported under the real one, so that neither
 * prototypes nor the fortified inlines of the system headers are in the way.
 */
#define LPS_HOOK(ret, name, args)                                                                  \
	typedef ret lps_type_##name args;                                                          \
	LPS_EXPORT ret lps_hook_##name args __asm__(#name);                                        \
	ret lps_hook_##name args

/* Another exported name of the same function, with the hook `name` behind it. */
#define LPS_HOOK_ALIAS(ret, other, name, args)                                                     \
	LPS_EXPORT ret lps_alias_##other args __asm__(#other) __attribute__((alias(#name)))

/* name, system call to use while the real function is not known yet (-1: ENOSYS) */
#define LPS_LIBC_FUNCTIONS(X)                                                                      \
	X(accept, SYS_accept)                                                                      \
	X(accept4, SYS_accept4)                                                                    \
	X(close, SYS_close)                                                                        \
	X(close_range, LPS_SYS_close_range)                                                        \
	X(closefrom, -1)                                                                           \
	X(connect, SYS_connect)                                                                    \
	X(dlclose, -1)                                                                             \
	X(dup, SYS_dup)                                                                            \
	X(dup2, LPS_SYS_dup2)                                                                      \
	X(dup3, SYS_dup3)                                                                          \
	X(execv, -1)                                                                               \
	X(execve, SYS_execve)                                                                      \
	X(execveat, SYS_execveat)                                                                  \
	X(execvp, -1)                                                                              \
	X(execvpe, -1)                                                                             \
	X(fcntl, SYS_fcntl)                                                                        \
	X(fcntl64, SYS_fcntl)                                                                      \
	X(fexecve, -1)                                                                             \
	X(pidfd_spawn, -1)                                                                         \
	X(pidfd_spawnp, -1)                                                                        \
	X(popen, -1)                                                                               \
	X(posix_spawn, -1)                                                                         \
	X(posix_spawnp, -1)                                                                        \
	X(prctl, SYS_prctl)                                                                        \
	X(preadv2, -1)                                                                             \
	X(pwritev2, -1)                                                                            \
	X(putenv, -1)                                                                              \
	X(read, SYS_read)                                                                          \
	X(__read_chk, SYS_read)                                                                    \
	X(readv, SYS_readv)                                                                        \
	X(recv, -1)                                                                                \
	X(__recv_chk, -1)                                                                          \
	X(recvfrom, SYS_recvfrom)                                                                  \
	X(__recvfrom_chk, -1)                                                                      \
	X(recvmmsg, SYS_recvmmsg)                                                                  \
	X(recvmsg, SYS_recvmsg)                                                                    \
	X(send, -1)                                                                                \
	X(sendfile, SYS_sendfile)                                                                  \
	X(sendfile64, SYS_sendfile)                                                                \
	X(sendmmsg, SYS_sendmmsg)                                                                  \
	X(sendmsg, SYS_sendmsg)                                                                    \
	X(sendto, SYS_sendto)                                                                      \
	X(setenv, -1)                                                                              \
	X(socket, SYS_socket)                                                                      \
	X(sigfillset, -1)                                                                          \
	X(splice, SYS_splice)                                                                      \
	X(system, -1)                                                                              \
	X(write, SYS_write)                                                                        \
	X(writev, SYS_writev)

/*
 * Functions of TLS libraries, and one of libseccomp that is found in the same way: name, family,
 * what to return when no library has it (a weak reference that we made look present).
 */
#define LPS_TLS_FUNCTIONS(X)                                                                       \
	X(PR_Close, NSPR, -1)                                                                      \
	X(PR_Read, NSPR, -1)                                                                       \
	X(PR_Recv, NSPR, -1)                                                                       \
	X(PR_Send, NSPR, -1)                                                                       \
	X(PR_Write, NSPR, -1)                                                                      \
	X(SSL_ImportFD, NSS, 0)                                                                    \
	X(SSL_SetURL, NSS, -1)                                                                     \
	X(SSL_clear, OPENSSL, 0)                                                                   \
	X(SSL_ctrl, OPENSSL, 0)                                                                    \
	X(SSL_dup, OPENSSL, 0)                                                                     \
	X(SSL_free, OPENSSL, 0)                                                                    \
	X(SSL_new, OPENSSL, 0)                                                                     \
	X(SSL_read, OPENSSL, -1)                                                                   \
	X(SSL_read_ex, OPENSSL, 0)                                                                 \
	X(SSL_sendfile, OPENSSL, -1)                                                               \
	X(SSL_shutdown, OPENSSL, -1)                                                               \
	X(SSL_up_ref, OPENSSL, 0)                                                                  \
	X(SSL_write, OPENSSL, -1)                                                                  \
	X(SSL_write_early_data, OPENSSL, 0)                                                        \
	X(SSL_write_ex, OPENSSL, 0)                                                                \
	X(SSL_write_ex2, OPENSSL, 0)                                                               \
	X(gnutls_bye, GNUTLS, -1)                                                                  \
	X(gnutls_deinit, GNUTLS, 0)                                                                \
	X(gnutls_init, GNUTLS, -1)                                                                 \
	X(gnutls_packet_get, GNUTLS, 0)                                                            \
	X(gnutls_record_recv, GNUTLS, -1)                                                          \
	X(gnutls_record_recv_packet, GNUTLS, -1)                                                   \
	X(gnutls_record_recv_seq, GNUTLS, -1)                                                      \
	X(gnutls_record_send, GNUTLS, -1)                                                          \
	X(gnutls_record_send2, GNUTLS, -1)                                                         \
	X(gnutls_record_send_early_data, GNUTLS, -1)                                               \
	X(gnutls_record_send_file, GNUTLS, -1)                                                     \
	X(gnutls_record_send_range, GNUTLS, -1)                                                    \
	X(gnutls_record_uncork, GNUTLS, -1)                                                        \
	X(gnutls_server_name_set, GNUTLS, -1)                                                      \
	X(mbedtls_ssl_free, MBEDTLS, 0)                                                            \
	X(mbedtls_ssl_read, MBEDTLS, -1)                                                           \
	X(mbedtls_ssl_session_reset, MBEDTLS, -1)                                                  \
	X(mbedtls_ssl_set_hostname, MBEDTLS, -1)                                                   \
	X(mbedtls_ssl_setup, MBEDTLS, -1)                                                          \
	X(mbedtls_ssl_write, MBEDTLS, -1)                                                          \
	X(seccomp_load, SECCOMP, -1)                                                               \
	X(s2n_connection_free, S2N, -1)                                                            \
	X(s2n_connection_new, S2N, 0)                                                              \
	X(s2n_connection_wipe, S2N, -1)                                                            \
	X(s2n_recv, S2N, -1)                                                                       \
	X(s2n_send, S2N, -1)                                                                       \
	X(s2n_sendv, S2N, -1)                                                                      \
	X(s2n_sendv_with_offset, S2N, -1)                                                          \
	X(s2n_set_server_name, S2N, -1)                                                            \
	X(wolfSSL_UseSNI, WOLFSSL, -1)                                                             \
	X(wolfSSL_clear, WOLFSSL, 0)                                                               \
	X(wolfSSL_free, WOLFSSL, 0)                                                                \
	X(wolfSSL_new, WOLFSSL, 0)                                                                 \
	X(wolfSSL_read, WOLFSSL, -1)                                                               \
	X(wolfSSL_write, WOLFSSL, -1)

#define LPS_ID(name, sys) LPS_LIBC_##name,
enum lps_libc_id { LPS_LIBC_FUNCTIONS(LPS_ID) LPS_LIBC_IDS };
#undef LPS_ID

#define LPS_ID(name, family, fail) LPS_TLS_##name,
enum lps_tls_id { LPS_TLS_FUNCTIONS(LPS_ID) LPS_TLS_IDS };
#undef LPS_ID

extern _Atomic(lps_fn) lps_libc_fn[LPS_LIBC_IDS];

/* Finds all of libc's at once; from the constructor. */
void lps_libc_resolve_all(void);
/* The same of syscall(), which is passed on without a look at this table. */
void lps_syscall_resolve(void);
/* The next one behind our hook, or the system call; errno as syscall(2). x86-64 only. */
long lps_syscall_next(long nr, ...);
/* And where we are ourselves, for lps_tls_within. */
void lps_own_resolve(void);
lps_fn lps_libc_resolve(enum lps_libc_id id);
/*
 * What stands behind us by this name, from libc itself: also for dlsym, and before those who stand
 * in front of libc's functions are ready. NULL: there is nothing, or no way to ask (musl).
 */
lps_fn lps_libc_next(const char *name);

/* NULL: not found yet. */
static inline lps_fn lps_libc_known(enum lps_libc_id id)
{
	return atomic_load_explicit(&lps_libc_fn[id], memory_order_relaxed);
}

static inline lps_fn lps_libc(enum lps_libc_id id)
{
	lps_fn fn = lps_libc_known(id);

	return LP_LIKELY(fn != NULL) ? fn : lps_libc_resolve(id);
}

/* Never NULL and never one of our own hooks. */
#define LPS_LIBC(name) ((lps_type_##name *)lps_libc(LPS_LIBC_##name))

/*
 * The real TLS function for a call of `id` that returns to `ra`; `obj` is the SSL or session it
 * works on, or NULL. Never NULL and never one of our own hooks.
 */
lps_fn lps_tls(enum lps_tls_id id, const void *obj, const void *ra);

/* The program unloaded something. */
void lps_tls_unloaded(void);

#define LPS_TLS(name, obj)                                                                         \
	((lps_type_##name *)lps_tls(LPS_TLS_##name, obj, __builtin_return_address(0)))

#endif
