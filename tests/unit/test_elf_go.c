/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>

#include "elf_image.h"
#include "elf/go_table.h"
#include "elf/insn.h"

static const char program[] =
	"package main\n"
	"import \"crypto/tls\"\n"
	"func main() {\n"
	"	c, err := tls.Dial(\"tcp\", \"127.0.0.1:9\", nil)\n"
	"	if err == nil { b := make([]byte, 8); c.Write(b); c.Read(b); c.Close() }\n"
	"}\n";

static char dir[] = "/tmp/lp-go.XXXXXX";

static int make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	char cmd[128];

	(void)state;
	snprintf(cmd, sizeof(cmd), "rm -rf %s", dir);
	return system(cmd);
}

static bool build(const char *out, const char *flags)
{
	char cmd[1024];
	FILE *f;

	snprintf(cmd, sizeof(cmd), "%s/main.go", dir);
	f = fopen(cmd, "w");
	if (!f)
		return false;
	fputs(program, f);
	fclose(f);
	snprintf(cmd, sizeof(cmd),
		 "cd %s && command -v go >/dev/null && CGO_ENABLED=0 GO111MODULE=off GOFLAGS= "
		 "GOTOOLCHAIN=local go build %s -o %s main.go",
		 dir, flags, out);
	return shell(cmd);
}

static struct lp_go_func funcs[] = {
	{.name = "crypto/tls.(*Conn).Write"},
	{.name = "crypto/tls.(*Conn).Read"},
	{.name = "crypto/tls.(*Conn).Close"},
	{.name = "no/such.Function"},
};

static struct image look(const char *name, struct lp_elf *e, struct lp_go_table *t)
{
	struct lp_span packages[2];
	char path[128];
	struct image im;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	im = image_map(path);
	assert_non_null(im.at);
	assert_int_equal(lp_elf_init(e, im.at, im.size), 0);
	assert_int_equal(lp_go_table_init(t, e), 0);
	assert_int_equal(lp_go_functions(t, funcs, LP_ARRAY_LEN(funcs)), 3);
	assert_int_equal(funcs[3].va, 0);
	/* Nobody else's crypto/tls. */
	assert_int_equal(lp_go_packages(t, ".(*Conn).writeRecordLocked", packages, 2), 0);
	assert_in_range(lp_go_packages(t, ".mallocgc", packages, 2), 1, 2);
	assert_true(lp_span_eq(packages[0], LP_SPAN("runtime")));
	assert_int_equal(lp_go_packages(t, ".init", packages, 2), 2);
	return im;
}

/* Entry, size and RETs as the Go tools themselves list them. */
static void same_as_objdump(const char *name)
{
	static const char *const methods[] = {"Write", "Read", "Close"};
	char cmd[1024];

	for (unsigned i = 0; i < LP_ARRAY_LEN(methods); i++) {
		unsigned long long at;
		unsigned n = 0;
		FILE *f;

		snprintf(cmd, sizeof(cmd),
			 "go tool nm %s/%s | "
			 "sed -n 's/^ *\\([0-9a-f]*\\) [Tt] crypto\\/tls\\.(\\*Conn)\\.%s$/\\1/p'",
			 dir, name, methods[i]);
		assert_int_equal(shell_hex(cmd), funcs[i].va);
		snprintf(cmd, sizeof(cmd),
			 "go tool objdump -s '^crypto/tls\\.\\(\\*Conn\\)\\.%s$' %s/%s | "
			 "awk '$4 == \"RET\" {print $2}'",
			 methods[i], dir, name);
		f = popen(cmd, "r");
		assert_non_null(f);
		while (fscanf(f, "%llx", &at) == 1) {
			assert_true(n < funcs[i].n_rets);
			assert_int_equal(at, funcs[i].rets[n]);
			n++;
		}
		pclose(f);
		assert_int_equal(n, funcs[i].n_rets);
		assert_true(n > 0);
	}
}

/* The CALL by which Read fills its buffer, as the Go tools themselves list it. */
static void copies_as_in_objdump(const char *name, const struct lp_go_table *t)
{
	struct lp_go_func memmove_func = {.name = "runtime.memmove"};
	struct lp_go_copy copy = {0};
	char cmd[512];

	assert_int_equal(lp_go_functions(t, &memmove_func, 1), 1);
	if (!lp_go_find_copy(t, &funcs[1], memmove_func.va, &copy)) {
		print_message("SKIP: this Go compiles Read in another way\n");
		return;
	}
	snprintf(cmd, sizeof(cmd),
		 "go tool objdump -s '^crypto/tls\\.\\(\\*Conn\\)\\.Read$' %s/%s | "
		 "awk '/CALL runtime.memmove/ {print $2}'",
		 dir, name);
	assert_int_equal(shell_hex(cmd), copy.call);
	snprintf(cmd, sizeof(cmd),
		 "go tool objdump -s '^crypto/tls\\.\\(\\*Conn\\)\\.Read$' %s/%s | "
		 "awk '$4 == \"JE\" {je = $2} /CALL runtime.memmove/ {print je}'",
		 dir, name);
	assert_int_equal(shell_hex(cmd), copy.jump);
	snprintf(cmd, sizeof(cmd),
		 "go tool objdump -s '^crypto/tls\\.\\(\\*Conn\\)\\.Read$' %s/%s | "
		 "sed -n 's/.*MOVQ AX, \\(0x[0-9a-f]*\\)(SP).*/\\1/p' | head -n 1",
		 dir, name);
	assert_int_equal(shell_hex(cmd), copy.frame + 8);
	/* Not in a function that copies nothing. */
	assert_false(lp_go_find_copy(t, &funcs[2], memmove_func.va, &copy));
}

/* A newer Go's, or one that hides its names: not understood, which is not that there is none. */
static void of_another_kind_it_is_there(const struct image *im, const struct lp_elf *e)
{
	char *copy = malloc(im->size);
	struct lp_go_table t;
	struct lp_elf other;
	struct lp_span s;
	uint64_t va;

	assert_non_null(copy);
	memcpy(copy, im->at, im->size);
	s = lp_elf_section(e, ".gopclntab", &va);
	if (!s.len)
		s = lp_elf_section(e, ".data.rel.ro.gopclntab", &va);
	assert_true(s.len > 0);
	copy[s.ptr - (const char *)im->at] ^= 0x11;
	assert_int_equal(lp_elf_init(&other, copy, im->size), 0);
	assert_int_equal(lp_go_table_init(&t, &other), -EBADMSG);
	free(copy);
}

static void finds_functions_in_real_programs(void **state)
{
	static const struct {
		const char *flags, *strip;
	} rows[] = {
		{"", "-ldflags='-s -w'"},
		{"-buildmode=pie", "-buildmode=pie -ldflags='-s -w'"},
	};

	(void)state;
	for (unsigned i = 0; i < LP_ARRAY_LEN(rows); i++) {
		struct lp_go_func plain[3];
		struct lp_elf e;
		struct lp_go_table t;
		struct image im;
		char cmd[512];

		if (!build("a", rows[i].flags)) {
			print_message("SKIP: no go that builds %s here\n", rows[i].flags);
			continue;
		}
		im = look("a", &e, &t);
		same_as_objdump("a");
		copies_as_in_objdump("a", &t);
		for (unsigned k = 0; k < 3; k++) {
			struct lp_span s = lp_elf_from(&e, funcs[k].va);
			size_t off;

			plain[k] = funcs[k];
			assert_true(lp_insn_go_entry((const unsigned char *)s.ptr, s.len, &off));
			assert_true(off < funcs[k].size);
		}
		image_unmap(im);

		/* Stripped by the linker: the same functions, and RETs at the same distances. */
		assert_true(build("b", rows[i].strip));
		im = look("b", &e, &t);
		assert_int_equal(e.symtab.n, 0);
		for (unsigned k = 0; k < 3; k++) {
			assert_int_equal(funcs[k].size, plain[k].size);
			assert_int_equal(funcs[k].n_rets, plain[k].n_rets);
			for (unsigned r = 0; r < plain[k].n_rets; r++)
				assert_int_equal(funcs[k].rets[r] - funcs[k].va,
						 plain[k].rets[r] - plain[k].va);
			plain[k] = funcs[k];
		}
		of_another_kind_it_is_there(&im, &e);
		image_unmap(im);

		/* Without section headers the table is found by its magic, at the same place. */
		snprintf(cmd, sizeof(cmd),
			 "cd %s && printf '\\0\\0\\0\\0\\0\\0\\0\\0' | dd of=b bs=1 seek=40 "
			 "conv=notrunc "
			 "status=none && printf '\\0\\0\\0\\0' | dd of=b bs=1 seek=60 conv=notrunc "
			 "status=none",
			 dir);
		assert_true(shell(cmd));
		im = look("b", &e, &t);
		for (unsigned k = 0; k < 3; k++)
			assert_memory_equal(&funcs[k], &plain[k], sizeof(plain[k]));
		image_unmap(im);
	}
}

static void other_programs_have_no_table(void **state)
{
	struct image im = image_map("/proc/self/exe");
	struct lp_go_table t;
	struct lp_elf e;

	(void)state;
	assert_int_equal(lp_elf_init(&e, im.at, im.size), 0);
	assert_int_equal(lp_go_table_init(&t, &e), -ENOENT);
	image_unmap(im);
}

/*
 * A table made by hand, one function of 0x20 bytes with a RET at +0x10, put together byte by byte
 * so that a damaged one can be tried.
 */
#define TAB MADE_DATA

static void put(unsigned char *at, uint64_t v, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		at[i] = (unsigned char)(v >> (8 * i));
}

static void make_table(unsigned char *im)
{
	unsigned char *t = im + TAB;

	image_make(im);
	put(t, 0xfffffff1, 4);
	t[6] = 1;
	t[7] = 8;
	put(t + 8, 1, 8);		       /* functions */
	put(t + 24, MADE_BASE + MADE_CODE, 8); /* text */
	put(t + 32, 0x48, 8);		       /* names */
	put(t + 40, 0x60, 8);
	put(t + 48, 0x60, 8);
	put(t + 56, 0x60, 8); /* pctab */
	put(t + 64, 0x70, 8); /* functions */
	memcpy(t + 0x49, "a.b", 4);
	/* 0 for 4 bytes, 8 for 12, 0 for 1 (the RET), 8 for the rest */
	memcpy(t + 0x61, (unsigned char[]){2, 4, 16, 12, 15, 1, 16, 15, 0}, 9);
	put(t + 0x70, 0x100, 4); /* entry, and where its _func is */
	put(t + 0x74, 0x10, 4);
	put(t + 0x78, 0x120, 4); /* the end */
	put(t + 0x80, 0x100, 4);
	put(t + 0x84, 1, 4); /* name */
	put(t + 0x90, 1, 4); /* pcsp */
	im[MADE_CODE + 0x110] = 0xc3;
	im[MADE_CODE + 0x102] = 0xc3; /* in the first range, where no RET can be */
}

/* The same as Go 1.16 and 1.17 have it: no word for the text, addresses for offsets. */
static void make_old_table(unsigned char *im)
{
	unsigned char *t = im + TAB;
	const uint64_t code = MADE_BASE + MADE_CODE;

	image_make(im);
	put(t, 0xfffffffa, 4);
	t[6] = 1;
	t[7] = 8;
	put(t + 8, 1, 8);     /* functions */
	put(t + 24, 0x40, 8); /* names */
	put(t + 32, 0x48, 8);
	put(t + 40, 0x48, 8);
	put(t + 48, 0x48, 8); /* pctab */
	put(t + 56, 0x58, 8); /* functions */
	memcpy(t + 0x41, "a.b", 4);
	memcpy(t + 0x49, (unsigned char[]){2, 4, 16, 12, 15, 1, 16, 15, 0}, 9);
	put(t + 0x58, code + 0x100, 8); /* entry, and where its _func is */
	put(t + 0x60, 0x18, 8);
	put(t + 0x68, code + 0x120, 8); /* the end */
	put(t + 0x70, code + 0x100, 8);
	put(t + 0x78, 1, 4); /* name */
	put(t + 0x84, 1, 4); /* pcsp */
	im[MADE_CODE + 0x110] = 0xc3;
	im[MADE_CODE + 0x102] = 0xc3;
}

/* The one function that the tables made by hand have, with its one return. */
static void check_made(struct lp_elf *e, struct lp_go_table *t, struct lp_go_func *f,
		       const unsigned char im[MADE_SIZE])
{
	assert_int_equal(lp_elf_init(e, im, MADE_SIZE), 0);
	assert_int_equal(lp_go_table_init(t, e), 0);
	assert_int_equal(lp_go_functions(t, f, 1), 1);
	assert_int_equal(f->va, MADE_BASE + MADE_CODE + 0x100);
	assert_int_equal(f->size, 0x20);
	assert_int_equal(f->n_rets, 1);
	assert_int_equal(f->rets[0], f->va + 0x10);
}

static void reads_a_table_of_go_1_17(void **state)
{
	struct lp_go_func f = {.name = "a.b"};
	unsigned char im[MADE_SIZE];
	struct lp_go_table t;
	struct lp_elf e;

	(void)state;
	make_old_table(im);
	check_made(&e, &t, &f, im);

	/* A _func past the end of the file, or an entry that is no code. */
	put(im + TAB + 0x60, UINT64_MAX - 8, 8);
	assert_int_equal(lp_go_functions(&t, &f, 1), 0);
	put(im + TAB + 0x58, 0x10, 8);
	assert_int_equal(lp_go_table_init(&t, &e), -EBADMSG);
}

static void reads_a_table_made_by_hand(void **state)
{
	struct lp_go_func f = {.name = "a.b"};
	unsigned char im[MADE_SIZE];
	struct lp_go_table t;
	struct lp_elf e;

	(void)state;
	make_table(im);
	check_made(&e, &t, &f, im);
	f.name = "a.";
	assert_int_equal(lp_go_functions(&t, &f, 1), 0);

	/* No code where the header says it is, and no moduledata that knows better. */
	put(im + TAB + 24, 0x10, 8);
	assert_int_equal(lp_go_table_init(&t, &e), -EBADMSG);
	/* Tables out of order, or more functions than there is room for: it is no table. */
	make_table(im);
	put(im + TAB + 56, 0x80, 8);
	assert_int_equal(lp_go_table_init(&t, &e), -ENOENT);
	make_table(im);
	put(im + TAB + 8, 1u << 30, 8);
	assert_int_equal(lp_go_table_init(&t, &e), -ENOENT);
}

/* What would have a reader go through all of a huge file is no function. */
static void is_not_led_on(void **state)
{
	struct lp_go_func f = {.name = "a.b"};
	unsigned char im[MADE_SIZE];
	struct lp_go_table t;
	struct lp_elf e;

	(void)state;
	/* A range of no code before the one with the RET. */
	make_table(im);
	memcpy(im + TAB + 0x61, (unsigned char[]){2, 4, 16, 12, 16, 0, 31, 1, 16, 15, 0}, 11);
	assert_int_equal(lp_elf_init(&e, im, MADE_SIZE), 0);
	assert_int_equal(lp_go_table_init(&t, &e), 0);
	assert_int_equal(lp_go_functions(&t, &f, 1), 1);
	assert_int_equal(f.n_rets, 0);
	/* A function of 2 MiB. */
	make_table(im);
	put(im + TAB + 0x78, 0x100 + (2 << 20), 4);
	assert_int_equal(lp_go_functions(&t, &f, 1), 0);
}

static void survives_damage(void **state)
{
	static void (*const make[])(unsigned char *) = {make_table, make_old_table};
	unsigned char *at;
	size_t map_size;
	void *map;

	(void)state;
	at = guarded(MADE_SIZE, &map, &map_size);
	for (unsigned where = 0; where < 2 * 0xa0; where++) {
		for (unsigned v = 0; v < 256; v += 5) {
			struct lp_go_func f = {.name = "a.b"};
			struct lp_go_table t;
			struct lp_elf e;

			make[where % 2](at);
			at[TAB + where / 2] = (unsigned char)v;
			assert_int_equal(lp_elf_init(&e, at, MADE_SIZE), 0);
			if (lp_go_table_init(&t, &e) == 0 && lp_go_functions(&t, &f, 1))
				assert_true(f.n_rets <= LP_GO_RETS_MAX);
		}
	}
	munmap(map, map_size);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_functions_in_real_programs),
		cmocka_unit_test(other_programs_have_no_table),
		cmocka_unit_test(reads_a_table_made_by_hand),
		cmocka_unit_test(reads_a_table_of_go_1_17),
		cmocka_unit_test(is_not_led_on),
		cmocka_unit_test(survives_damage),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
