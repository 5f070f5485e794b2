/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dlfcn.h>
#include <errno.h>
#include <link.h>

#include "elf_image.h"

/* A function that this test looks for in its own file. */
int the_function_to_find(int x);
__attribute__((noinline)) int the_function_to_find(int x)
{
	return x * 3 + 1;
}

static int own_base(struct dl_phdr_info *info, size_t size, void *ctx)
{
	(void)size;
	*(uintptr_t *)ctx = info->dlpi_addr;
	return 1;
}

static void finds_own_symbols(void **state)
{
	struct image im = image_map("/proc/self/exe");
	struct lp_elf e;
	struct lp_elf_want want[] = {{.name = "no_such_function"},
				     {.name = "the_function_to_find"}};
	uintptr_t base = 0;
	uint64_t off;

	(void)state;
	assert_non_null(im.at);
	assert_int_equal(lp_elf_init(&e, im.at, im.size), 0);
	assert_true(e.readable);
	assert_int_equal(e.class, ELFCLASS64);
	assert_true(e.interp.len > 0 && e.interp.ptr[0] == '/');
	assert_int_equal(lp_elf_symbols(&e, want, 2), 1);
	assert_int_equal(want[0].va, 0);
	dl_iterate_phdr(own_base, &base);
	assert_int_equal(want[1].va, (uintptr_t)the_function_to_find - base);
	assert_true(lp_elf_is_code(&e, want[1].va));
	/* The file at that offset holds the instructions that are in memory. */
	assert_true(lp_elf_off_of(&e, want[1].va, &off));
	assert_memory_equal(im.at + off, (void *)(uintptr_t)the_function_to_find, 8);
	assert_false(lp_elf_off_of(&e, UINT64_MAX, &off));
	image_unmap(im);
}

static void finds_exports_as_dlsym_does(void **state)
{
	static const char *const libs[] = {"libc.so.6", "libssl.so.3", "libgnutls.so.30"};
	static const char *const names[] = {"getenv", "SSL_write", "gnutls_record_send"};

	(void)state;
	for (unsigned i = 0; i < LP_ARRAY_LEN(libs); i++) {
		struct lp_elf_want want = {.name = names[i]};
		struct image im;
		struct lp_elf e;
		Dl_info info;
		void *h = dlopen(libs[i], RTLD_NOW | RTLD_LOCAL);
		void *sym = h ? dlsym(h, names[i]) : NULL;

		if (!sym || !dladdr(sym, &info)) {
			print_message("SKIP: %s is not installed here\n", libs[i]);
			continue;
		}
		im = image_map(info.dli_fname);
		assert_non_null(im.at);
		assert_int_equal(lp_elf_init(&e, im.at, im.size), 0);
		assert_int_equal(e.type, ET_DYN);
		assert_int_equal(lp_elf_symbols(&e, &want, 1), 1);
		assert_int_equal(want.va, (uintptr_t)sym - (uintptr_t)info.dli_fbase);
		assert_true(want.size > 0);
		image_unmap(im);
		dlclose(h);
	}
}

struct count {
	unsigned n;
	uint64_t lo, hi;
};

static void count_reloc(void *ctx, uint64_t va, uint64_t value)
{
	struct count *c = ctx;

	assert_true(va >= c->lo && va < c->hi);
	assert_true(value != 0);
	c->n++;
}

static void relocations_stay_in_range(void **state)
{
	struct image im = image_map("/proc/self/exe");
	struct lp_elf e;
	struct count all = {.hi = UINT64_MAX}, none = {0}, relro = {0};

	(void)state;
	assert_int_equal(lp_elf_init(&e, im.at, im.size), 0);
	lp_elf_relocs(&e, all.lo, all.hi, count_reloc, &all);
	lp_elf_relocs(&e, none.lo, none.hi, count_reloc, &none);
	relro.lo = e.relro_va;
	relro.hi = e.relro_va + e.relro_size;
	lp_elf_relocs(&e, relro.lo, relro.hi, count_reloc, &relro);
	assert_true(all.n > 0);
	assert_int_equal(none.n, 0);
	assert_true(relro.n > 0 && relro.n <= all.n);
	image_unmap(im);
}

static void refuses_what_is_not_elf(void **state)
{
	static const unsigned char text[64] =
		"#!/bin/sh\necho this is a script and not a program\n";
	unsigned char made[MADE_SIZE];
	struct lp_elf e;

	(void)state;
	assert_int_equal(lp_elf_init(&e, text, sizeof(text)), -ENOEXEC);
	assert_int_equal(lp_elf_init(&e, text, 0), -ENOEXEC);
	image_make(made);
	assert_int_equal(lp_elf_init(&e, made, sizeof(made)), 0);
	assert_int_equal(e.n_loads, 2);
	assert_int_equal(e.interp.len, 0);
	/* Program headers that end outside the file. */
	assert_int_equal(lp_elf_init(&e, made, 100), -EBADMSG);
	/* A 32-bit file is told apart, not looked into. */
	made[EI_CLASS] = ELFCLASS32;
	assert_int_equal(lp_elf_init(&e, made, sizeof(made)), 0);
	assert_int_equal(e.class, ELFCLASS32);
	assert_false(e.readable);
}

static void everything(const unsigned char *at, size_t size)
{
	struct lp_elf e;
	struct lp_elf_want want = {.name = "SSL_write"};
	struct count c = {.hi = UINT64_MAX};
	uint64_t va;

	if (lp_elf_init(&e, at, size))
		return;
	lp_elf_symbols(&e, &want, 1);
	lp_elf_section(&e, ".text", &va);
	lp_elf_relocs(&e, c.lo, c.hi, count_reloc, &c);
	for (unsigned i = 0; i < e.n_loads; i++)
		(void)lp_elf_at(&e, e.loads[i].va, 16);
}

/* Files cut anywhere and with any header field replaced: nothing outside the image is read. */
static void survives_damage(void **state)
{
	struct image im = image_map("/proc/self/exe");
	size_t keep = im.size < 64 * 1024 ? im.size : 64 * 1024, map_size;
	void *map;
	unsigned char *at;
	uint32_t rnd = 12345;

	(void)state;
	at = guarded(keep, &map, &map_size);
	for (size_t n = 0; n <= 2048; n++) {
		memcpy(at + keep - n, im.at, n);
		everything(at + keep - n, n);
	}
	memcpy(at, im.at, keep);
	for (unsigned round = 0; round < 4000; round++) {
		unsigned where, old;

		rnd = rnd * 1103515245 + 12345;
		where = (rnd >> 8) % 1200;
		old = at[where];
		at[where] = (unsigned char)(rnd >> 3);
		everything(at, keep);
		if (round % 7)
			at[where] = (unsigned char)old;
	}
	munmap(map, map_size);
	image_unmap(im);
}

/* The table of strings, named behind `n` entries that mean nothing: how much of it is found. */
static size_t strings_behind(unsigned n)
{
	static unsigned char im[MADE_SIZE + 8192 * sizeof(Elf64_Dyn)];
	Elf64_Dyn *d = (Elf64_Dyn *)(void *)(im + MADE_DATA);
	Elf64_Phdr ph = {.p_type = PT_DYNAMIC,
			 .p_offset = MADE_DATA,
			 .p_filesz = (n + 2) * sizeof(Elf64_Dyn)};
	struct lp_elf e;

	image_make(im);
	memcpy(im + sizeof(Elf64_Ehdr) + sizeof(ph), &ph, sizeof(ph));
	for (unsigned i = 0; i < n; i++)
		d[i] = (Elf64_Dyn){.d_tag = DT_NEEDED};
	d[n] = (Elf64_Dyn){.d_tag = DT_STRTAB, .d_un.d_val = MADE_BASE + MADE_CODE};
	d[n + 1] = (Elf64_Dyn){.d_tag = DT_STRSZ, .d_un.d_val = 16};
	assert_int_equal(lp_elf_init(&e, im, sizeof(im)), 0);
	return e.dynstr.len;
}

static void dynamic_entries_are_bounded(void **state)
{
	(void)state;
	assert_int_equal(strings_behind(0), 16);
	assert_int_equal(strings_behind(1000), 16);
	assert_int_equal(strings_behind(5000), 0);
}

/* A file of any size costs nothing on disk: it is not searched to its end. */
static void search_is_bounded(void **state)
{
	const Elf64_Phdr code = {.p_type = PT_LOAD, .p_flags = PF_R | PF_X, .p_filesz = 1u << 31},
			 data = {.p_type = PT_LOAD, .p_flags = PF_R, .p_filesz = 200u << 20};
	Elf64_Ehdr eh = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
			 .e_phoff = sizeof(eh),
			 .e_phentsize = sizeof(Elf64_Phdr),
			 .e_phnum = 3};
	int fd = memfd_create("sparse", MFD_CLOEXEC);
	struct image im = {NULL, 1u << 31};
	struct lp_elf e;

	(void)state;
	assert_true(fd >= 0 && ftruncate(fd, (off_t)im.size) == 0);
	im.at = mmap(NULL, im.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(im.at, MAP_FAILED);
	memcpy(im.at, &eh, sizeof(eh));
	memcpy(im.at + sizeof(eh), &code, sizeof(code));
	memcpy(im.at + sizeof(eh) + sizeof(code), &data, sizeof(data));
	memcpy(im.at + sizeof(eh) + 2 * sizeof(code), &data, sizeof(data));
	assert_int_equal(lp_elf_init(&e, im.at, im.size), 0);
	assert_int_equal(e.n_loads, 3);
	assert_int_equal(e.loads[0].search, 0);
	assert_int_equal(e.loads[1].search, 200u << 20);
	assert_int_equal(e.loads[2].search, LP_ELF_SEARCH_MAX - (200u << 20));
	image_unmap(im);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_own_symbols),
		cmocka_unit_test(finds_exports_as_dlsym_does),
		cmocka_unit_test(relocations_stay_in_range),
		cmocka_unit_test(refuses_what_is_not_elf),
		cmocka_unit_test(survives_damage),
		cmocka_unit_test(dynamic_entries_are_bounded),
		cmocka_unit_test(search_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
