/* SPDX-License-Identifier: MIT */

/*
 * Method tables in a module that is made here: which are believed, what is changed, and that pages
 * are left as they were found. Real OpenSSLs are tests/e2e/shim_victims.t's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../preload/methods.c"

#define CODE   0x0000u /* pages of the module */
#define RELRO  0x1000u
#define DATA   0x2000u
#define SIZE   0x3000u
#define TABLE  0x100u /* one table in RELRO every so many bytes */
#define SLOTS  20u
#define STRIDE 0x10u /* functions */

__thread struct lps_thread lps_self;

/* Virtual machines are test_shim_classfile.c's and tests/e2e/java.t's. */
static unsigned n_met;

void lps_java_meet(const struct lp_elf_loaded *m)
{
	(void)m;
	n_met++;
}

static unsigned n_peeks;

long lps_peek(void *to, size_t len, const struct iovec *parts, size_t n)
{
	const struct iovec here = {.iov_base = to, .iov_len = len};

	n_peeks++;
	return process_vm_readv(getpid(), &here, 1, parts, n, 0);
}

static const void *last;
static size_t last_len;
static unsigned n_out, n_in, n_end, n_clear, n_server;

void lps_session_out(const void *s, const void *buf, size_t len)
{
	(void)s;
	last = buf;
	last_len = len;
	n_out++;
}

void lps_session_in(const void *s, const void *buf, size_t len)
{
	(void)s;
	last = buf;
	last_len = len;
	n_in++;
}

void lps_tls_unloaded(void)
{
}

void lps_session_end(const void *s)
{
	(void)s;
	n_end++;
}

void lps_session_clear(const void *s)
{
	(void)s;
	n_clear++;
}

void lps_session_server(const void *s, const char *name, size_t len)
{
	(void)s;
	last = name;
	last_len = len;
	n_server++;
}

struct fake {
	unsigned char *at;
	ElfW(Phdr) ph[3];
	struct dl_phdr_info info;
};

static uintptr_t function(const struct fake *f, unsigned i)
{
	return (uintptr_t)f->at + CODE + i * STRIDE;
}

static uintptr_t *slot(const struct fake *f, unsigned table, unsigned i)
{
	return (uintptr_t *)(void *)(f->at + RELRO + table * TABLE + 16) + i;
}

/* In the order of OpenSSL 3.0: accept and connect differ from table to table. */
static void put_table(struct fake *f, unsigned table, uint32_t version, uint64_t mask)
{
	uint64_t head[] = {version, mask};

	memcpy(f->at + RELRO + table * TABLE, head, sizeof(head));
	for (unsigned i = 0; i < SLOTS; i++)
		*slot(f, table, i) = function(f, i == 3 || i == 4 ? 40 + 2 * table + i : i);
}

static void put_tables(struct fake *f)
{
	put_table(f, 0, 0x304, 0x20000000);
	put_table(f, 1, 0x303, 0x08000000);
	put_table(f, 2, 0x10000, 0);	     /* any version */
	put_table(f, 3, 0xfefd, 0x08000000); /* DTLS: its own end */
	*slot(f, 3, 2) = function(f, 80);
}

static void fake_make(struct fake *f)
{
	*f = (struct fake){
		.at = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)};
	assert_ptr_not_equal(f->at, MAP_FAILED);
	for (unsigned i = 0; i < 0x1000; i += STRIDE)
		memcpy(f->at + CODE + i, "\x31\xc0\xff\xc0\xc3", 5); /* return 1 */
	f->ph[0] = (ElfW(Phdr)){.p_type = PT_LOAD,
				.p_vaddr = CODE,
				.p_filesz = 0x1000,
				.p_memsz = 0x1000,
				.p_flags = PF_R | PF_X};
	f->ph[1] = (ElfW(Phdr)){.p_type = PT_LOAD,
				.p_vaddr = RELRO,
				.p_filesz = SIZE - RELRO,
				.p_memsz = SIZE - RELRO,
				.p_flags = PF_R | PF_W};
	f->ph[2] = (ElfW(Phdr)){.p_type = PT_GNU_RELRO, .p_vaddr = RELRO, .p_memsz = 0x1000};
	f->info = (struct dl_phdr_info){.dlpi_addr = (ElfW(Addr))f->at,
					.dlpi_name = "fake",
					.dlpi_phdr = f->ph,
					.dlpi_phnum = 3};
	put_tables(f);
}

static void protect(struct fake *f)
{
	assert_int_equal(mprotect(f->at + CODE, 0x1000, PROT_READ | PROT_EXEC), 0);
	assert_int_equal(mprotect(f->at + RELRO, 0x1000, PROT_READ), 0);
}

/* One look at the module; what is left of it must not have changed when nothing was swapped. */
static struct pass look_once(struct fake *f)
{
	struct pass p = {.n = 2};

	look_at(&p, &f->info, false);
	return p;
}

static int fresh(void **state)
{
	(void)state;
	memset(modules, 0, sizeof(modules));
	return 0;
}

static void swaps_and_reports(void **state)
{
	char buf[] = "PUT / HTTP/1.1", name[] = "sqs.us-east-1.amazonaws.com";
	struct fake f;
	size_t done = 9;

	(void)state;
	fake_make(&f);
	protect(&f);
	assert_false(look_once(&f).unready);
	for (unsigned t = 0; t < 3; t++) {
		assert_int_equal(*slot(&f, t, 7), (uintptr_t)ours[0].write);
		assert_int_equal(*slot(&f, t, 5), (uintptr_t)ours[0].read);
		assert_int_equal(*slot(&f, t, 2), (uintptr_t)ours[0].free);
		assert_int_equal(*slot(&f, t, 1), (uintptr_t)ours[0].clear);
		assert_int_equal(*slot(&f, t, 14), (uintptr_t)ours[0].ctrl);
		assert_int_equal(*slot(&f, t, 6), function(&f, 6));
	}
	assert_int_equal(*slot(&f, 3, 7), function(&f, 7));
	assert_int_equal(protection((uintptr_t)f.at + RELRO, (uintptr_t)f.at + DATA), PROT_READ);
	assert_int_equal(protection((uintptr_t)f.at + CODE, (uintptr_t)f.at + RELRO),
			 PROT_READ | PROT_EXEC);
	assert_true(protection((uintptr_t)f.at, (uintptr_t)f.at + SIZE) < 0);

	/* Which functions these are is known here only by their addresses. */
	assert_int_equal(ours[0].write(f.at, buf, sizeof(buf), &done), 1);
	assert_true(n_out == 1 && last == buf && last_len == 9);
	assert_int_equal(ours[0].read(f.at, buf, sizeof(buf), &done), 1);
	assert_true(n_in == 1 && last == buf && last_len == 9);
	assert_int_equal(ours[0].ctrl(f.at, CTRL_SET_TLSEXT_HOSTNAME, 0, name), 1);
	assert_true(n_server == 1 && last == name && last_len == sizeof(name) - 1);
	assert_int_equal(ours[0].ctrl(f.at, 1, 0, name), 1);
	assert_int_equal(ours[0].clear(f.at), 1);
	ours[0].free(f.at);
	assert_true(n_server == 1 && n_clear == 1 && n_end == 1);

	/* Within the same call one layer further out, that one reports; within another, this one.
	 */
	for (unsigned writes = 0; writes < 2; writes++) {
		struct lps_io_mark m = lps_io_begin(f.at, writes);

		assert_int_equal(ours[0].write(f.at, buf, sizeof(buf), &done), 1);
		assert_true(lps_in_tls());
		assert_true(lps_io_end(m));
		assert_false(lps_in_tls());
		assert_int_equal(n_out, 2);
	}

	/* A second look finds it done. */
	look_once(&f);
	assert_int_equal(*slot(&f, 0, 7), (uintptr_t)ours[0].write);
	assert_int_equal(modules[1].at, 0);
	munmap(f.at, SIZE);
}

static void another_module_in_its_place(void **state)
{
	uint64_t was;
	struct fake f;

	(void)state;
	fake_make(&f);
	protect(&f);
	look_once(&f);
	was = modules[0].at;
	assert_int_equal(mprotect(f.at + RELRO, 0x1000, PROT_READ | PROT_WRITE), 0);
	put_tables(&f);
	protect(&f);
	look_once(&f);
	assert_int_equal(*slot(&f, 0, 7), (uintptr_t)ours[0].write);
	assert_true(modules[0].at == was && modules[1].at == 0);
	munmap(f.at, SIZE);
}

static void untouched(struct fake *f, bool unready)
{
	static unsigned char before[0x1000];

	memcpy(before, f->at + RELRO, sizeof(before));
	assert_int_equal(look_once(f).unready, unready);
	assert_memory_equal(before, f->at + RELRO, sizeof(before));
	assert_int_equal(modules[0].at, 0);
	munmap(f->at, SIZE);
}

static void leaves_alone_what_is_in_doubt(void **state)
{
	struct fake f;

	(void)state;
	/* Somebody is still loading it: writable, or not relocated. */
	fake_make(&f);
	untouched(&f, true);
	fake_make(&f);
	for (unsigned t = 0; t < 3; t++)
		for (unsigned i = 0; i < SLOTS; i++)
			*slot(&f, t, i) -= (uintptr_t)f.at;
	protect(&f);
	untouched(&f, true);
	/* One table alone. */
	fake_make(&f);
	memset(f.at + RELRO + TABLE, 0, TABLE);
	protect(&f);
	untouched(&f, false);
	/* Functions of another module, or none. */
	fake_make(&f);
	for (unsigned t = 0; t < 2; t++)
		*slot(&f, t, 7) = (uintptr_t)memcpy;
	protect(&f);
	untouched(&f, true);
	/* Two tables of different minds. */
	fake_make(&f);
	*slot(&f, 1, 7) = function(&f, 90);
	protect(&f);
	untouched(&f, false);
	/* Code that may not be read. */
	fake_make(&f);
	f.ph[0].p_flags = PF_X;
	protect(&f);
	untouched(&f, false);
	/* Pages that are executable, or not all alike. */
	fake_make(&f);
	assert_int_equal(mprotect(f.at, SIZE, PROT_READ | PROT_EXEC), 0);
	untouched(&f, false);
}

static void reads_the_kernels_list(void **state)
{
	static const char text[] = "00400000-00401000 r-xp 00000000 fe:00 12 /bin/x y\n"
				   "7ffc0a000000-7ffc0a0210ff rw-p 00000000 00:00 0 [stack]\n";
	struct maps_line l = {0}, got[2];
	unsigned n = 0;

	(void)state;
	for (const char *p = text; *p; p++)
		if (maps_feed(&l, *p) && n < 2)
			got[n++] = l;
	assert_int_equal(n, 2);
	assert_int_equal(got[0].lo, 0x400000);
	assert_int_equal(got[0].hi, 0x401000);
	assert_int_equal(got[0].prot, PROT_READ | PROT_EXEC);
	assert_int_equal(got[1].lo, 0x7ffc0a000000);
	assert_int_equal(got[1].hi, 0x7ffc0a0210ff);
	assert_int_equal(got[1].prot, PROT_READ | PROT_WRITE);
}

static int look_at_first(struct dl_phdr_info *info, size_t size, void *ctx)
{
	(void)size;
	look_at(ctx, info, false);
	return 1;
}

static void leaves_out_itself(void **state)
{
	struct pass p = {.start = true, .n = 1};

	(void)state;
	n_met = 0;
	dl_iterate_phdr(look_at_first, &p); /* this program, with methods.c in it */
	assert_int_equal(n_met, 0);
}

/* What a namespace of dlmopen's may hold: nothing that is there, no ELF file, too many segments. */
static void others(void **state)
{
	ElfW(Ehdr) many = {.e_ident = {0x7f, 'E', 'L', 'F'}, .e_phnum = PARTS_MAX + 1};
	char text[sizeof(many)] = "no header";
	struct link_map maps[] = {
		{.l_addr = 4096, .l_next = &maps[1]},
		{.l_addr = (uintptr_t)text, .l_next = &maps[2]},
		{.l_addr = (uintptr_t)&many},
	};
	struct space other = {.own = {.r_map = maps}};
	struct space own = {.own = {.r_version = 1}, .next = &other};
	struct pass p = {0};

	(void)state;
	spaces = &own;
	n_peeks = n_met = 0;
	look_at_others(&p);
	assert_int_equal(n_peeks, 0);
	own.own.r_version = 2;
	look_at_others(&p);
	assert_int_equal(n_peeks, LP_ARRAY_LEN(maps));
	assert_false(p.unready);
	assert_int_equal(n_met, 0);
	spaces = NULL;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(swaps_and_reports, fresh),
		cmocka_unit_test_setup(another_module_in_its_place, fresh),
		cmocka_unit_test_setup(leaves_alone_what_is_in_doubt, fresh),
		cmocka_unit_test(reads_the_kernels_list),
		cmocka_unit_test(leaves_out_itself),
		cmocka_unit_test(others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
