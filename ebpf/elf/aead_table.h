/* SPDX-License-Identifier: MIT */
#ifndef LP_AEAD_TABLE_H
#define LP_AEAD_TABLE_H

/*
 * The tables (EVP_AEAD) by which AWS-LC and BoringSSL protect TLS records: sizes, then functions in
 * a fixed order. rustls has no C function that sees plaintext, but its default provider (aws-lc-rs)
 * calls through these, whatever compiler made the program and whether or not it was stripped; so do
 * BoringSSL's own TLS (netty-tcnative) and s2n. Same rules as elf_file.h.
 *
 * Facts: struct evp_aead_st in AWS-LC's crypto/fipsmodule/cipher/internal.h (aws-lc-sys 0.46 and
 * 0.47, which has a 16-byte head) and BoringSSL's (netty-tcnative 2.0.75: 8 bytes; Bun 1.4: the
 * same places, for functions that take vectors: sealv, openv_detached).
 */

#include <stdbool.h>
#include <stdint.h>

#define LP_AEAD_TABLE_SIZE 64 /* bytes that are looked at */
#define LP_AEAD_NONCE	   12 /* bytes of a nonce, of all of TLS's ciphers */

struct lp_aead_table {
	uint64_t va;	     /* where the table stands */
	unsigned slots;	     /* offset of its functions: init, init with direction, cleanup, open,
				seal_scatter, open_gather */
	uint64_t init_va;    /* int f(ctx, key, key_len, tag_len) */
	uint64_t cleanup_va; /* void f(ctx) */
	uint64_t seal_va;    /* int f(ctx, …): 13 arguments, or 10 */
	uint64_t open_va;    /* int f(ctx, …): 10 arguments */
};

enum lp_aead_slot {
	LP_AEAD_INIT = 0,
	LP_AEAD_CLEANUP = 2,
	LP_AEAD_SEAL = 4,
	LP_AEAD_OPEN = 5,
};

/* Where the table keeps the pointer to that function. */
static inline uint64_t lp_aead_slot_va(const struct lp_aead_table *t, enum lp_aead_slot slot)
{
	return t->va + t->slots + 8u * (unsigned)slot;
}

/*
 * True when the LP_AEAD_TABLE_SIZE bytes at `p`, from address `va`, look like the table of one of
 * TLS's ciphers with a tag of their own: AES-GCM or ChaCha20-Poly1305. Pointers are taken as they
 * stand; that they are code, the caller finds out.
 */
bool lp_aead_table_read(struct lp_aead_table *t, const void *p, uint64_t va);

#endif
