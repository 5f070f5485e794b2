/* SPDX-License-Identifier: MIT */
/* Any bytes as a program file: every reader of ebpf/elf and the ptrace follower's scan, and what
 * they promise about their answers. */
#include <stdint.h>
#include <stdlib.h>

#include "elf/aead_table.h"
#include "elf/elf_file.h"
#include "elf/go_table.h"
#include "elf/insn.h"
#include "elf/ossl_table.h"
#include "source/follow_points.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(int ok)
{
	if (!ok)
		abort();
}

/* What the ptrace follower makes of it: breakpoints stand in the file, on instructions it knows. */
static void scan_program(const uint8_t *data, size_t size)
{
	struct lp_program p;

	lp_program_scan(&p, data, size);
	demand(p.n <= LP_POINTS_MAX);
	demand(p.kind != LP_PROGRAM_TLS || (p.n && p.what));
	demand(p.kind != LP_PROGRAM_REFUSED || p.why);
	for (unsigned i = 0; i < p.n; i++) {
		demand(p.at[i].off < size && p.at[i].byte == data[p.at[i].off]);
		for (unsigned k = 0; k < i; k++)
			demand(p.at[k].off != p.at[i].off);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lp_elf_want want[] = {{.name = "SSL_write"}, {.name = "a"}};
	struct lp_go_func f[] = {{.name = "crypto/tls.(*Conn).Write"}, {.name = "a.b"}};
	struct lp_ossl_use uses[4];
	struct lp_ossl_table o;
	struct lp_aead_table a;
	struct lp_go_table g;
	struct lp_elf e;
	uint64_t va, off;

	scan_program(data, size);
	for (size_t at = 0; at + LP_AEAD_TABLE_SIZE <= size; at += 8)
		if (lp_aead_table_read(&a, data + at, at))
			demand(a.va == at && a.seal_va && a.open_va && a.slots <= 16);
	if (lp_elf_init(&e, data, size))
		return 0;
	lp_elf_symbols(&e, want, 2);
	(void)lp_elf_section(&e, ".text", &va);
	if (lp_ossl_table_init(&o, &e) == 0) {
		demand(lp_elf_is_code(&e, o.read_va) && lp_elf_is_code(&e, o.write_va));
		demand(lp_elf_off_of(&e, o.write_va, &off) && off < size);
		demand(lp_ossl_table_uses(&o, &e, uses, 4) <= 4);
		(void)lp_ossl_table_init_near(&o, &e, o.table_va + 1);
	}
	if (lp_go_table_init(&g, &e) == 0) {
		lp_go_functions(&g, f, 2);
		for (unsigned i = 0; i < 2; i++) {
			struct lp_span s = lp_elf_from(&e, f[i].va);
			size_t at;

			demand(!f[i].va || lp_elf_is_code(&e, f[i].va));
			demand(f[i].n_rets <= LP_GO_RETS_MAX);
			for (unsigned r = 0; r < f[i].n_rets; r++)
				demand(lp_elf_off_of(&e, f[i].rets[r], &off) && data[off] == 0xc3);
			if (lp_insn_go_entry((const unsigned char *)s.ptr, s.len, &at))
				demand(at < s.len);
		}
	}
	return 0;
}
