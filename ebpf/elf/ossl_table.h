/* SPDX-License-Identifier: MIT */
#ifndef LP_OSSL_TABLE_H
#define LP_OSSL_TABLE_H

/*
 * OpenSSL's (1.1.1 and later) inner read and write functions, found without any symbol: every
 * SSL_METHOD table starts with a protocol version and its option bit, and then lists functions in
 * a fixed order. Same rules as elf_file.h: hostile bytes, no malloc, borrowed image.
 *
 * Both functions are  int f(SSL *, void *buf, size_t len, size_t *done)  and return 1 on success;
 * SSL_write, SSL_write_ex and their kin all end there, so two addresses see every caller.
 *
 * Facts: OpenSSL's ssl/ssl_local.h (struct ssl_method_st) and ssl/methods.c; slots measured on
 * 3.0 (libssl, Node 20); the 3.2 order read in its source.
 */

#include "elf_file.h"

enum lp_ossl_layout {
	LP_OSSL_30 = 1, /* 1.1.1 to 3.1: new, clear, free, accept, connect, read, peek, write */
	LP_OSSL_32,	/* 3.2 and later: new, free, reset, init, clear, deinit, accept, … */
};

struct lp_ossl_table {
	enum lp_ossl_layout layout;
	unsigned n_tables; /* method tables that agreed */
	uint64_t read_va;
	uint64_t write_va;
	uint64_t free_va;  /* f(SSL *): the connection's last moment */
	uint64_t clear_va; /* int f(SSL *): made, or about to serve another connection */
	uint64_t ctrl_va;  /* long f(SSL *, int cmd, long, void *) */
	uint64_t table_va; /* the first of the tables */
};

/* Where one table keeps the five pointers. */
struct lp_ossl_use {
	uint64_t read, write, free, clear, ctrl;
};

/*
 * 0: `t` is filled in, its addresses are code and look like functions. -ENOENT: no such tables in
 * this file. -EAGAIN: what starts like tables but lists no functions; a module that is just being
 * loaded looks like that. -EBADMSG: tables that do not agree with one another or with either
 * layout.
 */
LP_MUST_USE int lp_ossl_table_init(struct lp_ossl_table *t, const struct lp_elf *e);

/* The same where one of the tables, at `va`, is known (TLS_client_method returns it): no search. */
LP_MUST_USE int lp_ossl_table_init_near(struct lp_ossl_table *t, const struct lp_elf *e,
					uint64_t va);

/*
 * All tables that hold the five functions, whichever version they speak: the program's first write
 * may go through the table of "any version". At most `max`; how many. Reads pointers as they stand,
 * so for a module that is loaded (elf_loaded.h), or needs no relocation.
 */
unsigned lp_ossl_table_uses(const struct lp_ossl_table *t, const struct lp_elf *e,
			    struct lp_ossl_use *uses, unsigned max);

#endif
