/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dlfcn.h>
#include <errno.h>

#include "elf_image.h"
#include "elf/insn.h"
#include "elf/ossl_table.h"

/* What the library itself has in its method table, as the running program sees it. */
static void agrees_with_the_loaded_library(void **state)
{
	void *h = dlopen("libssl.so.3", RTLD_NOW | RTLD_LOCAL);
	const void *(*method)(void) = NULL;
	unsigned long (*version)(void) = NULL;
	void *sym;
	const uintptr_t *slot;
	uintptr_t base;
	struct lp_ossl_table t;
	struct lp_elf e;
	struct image im;
	Dl_info info;

	(void)state;
	if (!h) {
		print_message("SKIP: libssl.so.3 is not installed here\n");
		return;
	}
	sym = dlsym(h, "TLS_client_method");
	memcpy(&method, &sym, sizeof(method));
	assert_true(dladdr(sym, &info));
	sym = dlsym(h, "OpenSSL_version_num");
	memcpy(&version, &sym, sizeof(version));
	assert_non_null(version);
	base = (uintptr_t)info.dli_fbase;
	slot = (const uintptr_t *)((const char *)method() + 16);

	im = image_map(info.dli_fname);
	assert_int_equal(lp_elf_init(&e, im.at, im.size), 0);
	assert_int_equal(lp_ossl_table_init(&t, &e), 0);
	assert_true(t.n_tables >= 2);
	if (version() >= 0x30200000ul) {
		assert_int_equal(t.layout, LP_OSSL_32);
		assert_int_equal(base + t.read_va, slot[8]);
		assert_int_equal(base + t.write_va, slot[10]);
		assert_int_equal(base + t.free_va, slot[1]);
	} else {
		assert_int_equal(t.layout, LP_OSSL_30);
		assert_int_equal(base + t.read_va, slot[5]);
		assert_int_equal(base + t.write_va, slot[7]);
		assert_int_equal(base + t.free_va, slot[2]);
	}
	image_unmap(im);
	dlclose(h);
}

static void other_libraries_have_none(void **state)
{
	struct image im = image_map("/proc/self/exe");
	struct lp_ossl_table t;
	struct lp_elf e;

	(void)state;
	assert_int_equal(lp_elf_init(&e, im.at, im.size), 0);
	assert_int_equal(lp_ossl_table_init(&t, &e), -ENOENT);
	image_unmap(im);
}

/* Node carries OpenSSL inside and keeps its symbols: they say whether the signature found it. */
static void finds_openssl_inside_node(void **state)
{
	struct lp_elf_want want[] = {{.name = "ssl3_read"}, {.name = "ssl3_write"}};
	char path[512] = "";
	struct lp_ossl_table t;
	struct lp_elf e;
	struct image im;
	FILE *f = popen("readlink -f \"$(command -v node)\" 2>/dev/null", "r");

	(void)state;
	if (f) {
		if (fscanf(f, "%511s", path) != 1)
			path[0] = '\0';
		pclose(f);
	}
	im = image_map(path);
	if (!im.at || lp_elf_init(&e, im.at, im.size) || lp_elf_symbols(&e, want, 2) != 2) {
		print_message("SKIP: no node with its own OpenSSL and symbols here\n");
		image_unmap(im);
		return;
	}
	assert_int_equal(lp_ossl_table_init(&t, &e), 0);
	assert_int_equal(t.read_va, want[0].va);
	assert_int_equal(t.write_va, want[1].va);
	image_unmap(im);
}

/* A static client is linked here, and stripped: PIE (relocated tables) and not (in place). */
static void finds_openssl_inside_stripped_program(void **state)
{
	static const char *const kinds[] = {"-static", "-static-pie"};
	char dir[] = "/tmp/lp-ossl.XXXXXX", cmd[1024];

	(void)state;
	assert_non_null(mkdtemp(dir));
	for (unsigned i = 0; i < LP_ARRAY_LEN(kinds); i++) {
		struct lp_ossl_table t;
		struct lp_elf e;
		struct image im;
		uint64_t want_write, want_read;

		snprintf(cmd, sizeof(cmd),
			 "cd %s && printf '%%s' 'void *TLS_client_method(void);"
			 "int SSL_write(void *, const void *, int); int main(void) {"
			 "return SSL_write(TLS_client_method(), 0, 0); }' > c.c &&"
			 "cc -w %s -o c c.c -lssl -lcrypto -ldl -lpthread 2>/dev/null",
			 dir, kinds[i]);
		if (!shell(cmd)) {
			print_message("SKIP: cannot link OpenSSL with %s here\n", kinds[i]);
			continue;
		}
		snprintf(cmd, sizeof(cmd), "nm %s/c | grep -w ssl3_write", dir);
		want_write = shell_hex(cmd);
		snprintf(cmd, sizeof(cmd), "nm %s/c | grep -w ssl3_read", dir);
		want_read = shell_hex(cmd);
		assert_true(want_write && want_read);
		snprintf(cmd, sizeof(cmd), "strip -s %s/c", dir);
		assert_true(shell(cmd));
		snprintf(cmd, sizeof(cmd), "%s/c", dir);
		im = image_map(cmd);
		assert_int_equal(lp_elf_init(&e, im.at, im.size), 0);
		assert_int_equal(e.symtab.n, 0);
		assert_int_equal(lp_ossl_table_init(&t, &e), 0);
		assert_int_equal(t.write_va, want_write);
		assert_int_equal(t.read_va, want_read);
		image_unmap(im);
	}
	snprintf(cmd, sizeof(cmd), "rm -rf %s", dir);
	assert_true(shell(cmd));
}

static void put64(unsigned char *at, uint64_t v)
{
	for (unsigned i = 0; i < 8; i++)
		at[i] = (unsigned char)(v >> (8 * i));
}

/* A method table at MADE_DATA + `at`; slots are functions 0x10 apart, `a` and `b` shifted by `k`.
 */
static void put_table(unsigned char *im, unsigned at, uint32_t version, uint64_t mask, unsigned a,
		      unsigned b, unsigned k)
{
	unsigned char *p = im + MADE_DATA + at;

	put64(p, version);
	put64(p + 8, mask);
	for (unsigned i = 0; i < 20; i++) {
		uint64_t fn = MADE_BASE + MADE_CODE + i * 0x10;

		put64(p + 16 + (uint64_t)i * 8, i == a || i == b ? fn + 0x200 * k : fn);
	}
}

static void knows_both_orders(void **state)
{
	static const struct {
		unsigned a, b, layout, read, write, free;
	} rows[] = {{3, 4, LP_OSSL_30, 5, 7, 2}, {6, 7, LP_OSSL_32, 8, 10, 1}};
	unsigned char im[MADE_SIZE];
	struct lp_ossl_table t;
	struct lp_elf e;

	(void)state;
	for (unsigned i = 0; i < LP_ARRAY_LEN(rows); i++) {
		image_make(im);
		put_table(im, 0x100, 0x304, 0x20000000, rows[i].a, rows[i].b, 1);
		put_table(im, 0x200, 0x303, 0x08000000, rows[i].a, rows[i].b, 2);
		put_table(im, 0x300, 0x303, 0x10000000, 3, 7, 3); /* the mask is another's */
		assert_int_equal(lp_elf_init(&e, im, sizeof(im)), 0);
		assert_int_equal(lp_ossl_table_init(&t, &e), 0);
		assert_int_equal(t.layout, rows[i].layout);
		assert_int_equal(t.n_tables, 2);
		assert_int_equal(t.read_va, MADE_BASE + MADE_CODE + rows[i].read * 0x10);
		assert_int_equal(t.write_va, MADE_BASE + MADE_CODE + rows[i].write * 0x10);
		assert_int_equal(t.free_va, MADE_BASE + MADE_CODE + rows[i].free * 0x10);

		/* A probe's breakpoint at a function's start. */
		im[MADE_CODE + rows[i].write * 0x10] = 0xcc;
		assert_int_equal(lp_ossl_table_init(&t, &e), 0);
		/* A slot that points at no function's start: the table is not believed. */
		im[MADE_CODE + rows[i].write * 0x10] = 0xc3;
		assert_int_equal(lp_ossl_table_init(&t, &e), -EBADMSG);
		/* A slot that is not code at all: it is no table. */
		put64(im + MADE_DATA + 0x100 + 16 + 9 * 8, MADE_BASE + MADE_DATA);
		put64(im + MADE_DATA + 0x200 + 16 + 9 * 8, 0);
		assert_int_equal(lp_ossl_table_init(&t, &e), -EAGAIN);
	}
	/* Neither order fits. */
	image_make(im);
	put_table(im, 0x100, 0x304, 0x20000000, 3, 7, 1);
	put_table(im, 0x200, 0x303, 0x08000000, 3, 7, 2);
	assert_int_equal(lp_elf_init(&e, im, sizeof(im)), 0);
	assert_int_equal(lp_ossl_table_init(&t, &e), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_the_loaded_library),
		cmocka_unit_test(other_libraries_have_none),
		cmocka_unit_test(finds_openssl_inside_node),
		cmocka_unit_test(finds_openssl_inside_stripped_program),
		cmocka_unit_test(knows_both_orders),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
