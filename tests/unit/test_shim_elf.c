/* SPDX-License-Identifier: MIT */

/* Which programs a preloaded library gets into, told from their files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "../../ebpf/elf/elf_probe.c"

static char path[] = "/tmp/lp-test-elf-XXXXXX";

static int set_up(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 || close(fd);
}

static int tear_down(void **state)
{
	(void)state;
	return unlink(path);
}

static void put(const void *bytes, size_t len)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

struct image {
	Elf64_Ehdr eh;
	Elf64_Phdr ph[2];
	Elf64_Dyn dyn[2];
};

static struct image image(uint16_t type, uint32_t second, uint64_t flags_1)
{
	struct image im = {
		.eh = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
		       .e_type = type,
		       .e_machine = OUR_MACHINE,
		       .e_phoff = offsetof(struct image, ph),
		       .e_phentsize = sizeof(Elf64_Phdr),
		       .e_phnum = 2},
		.ph = {{.p_type = PT_LOAD},
		       {.p_type = second,
			.p_offset = offsetof(struct image, dyn),
			.p_filesz = sizeof(im.dyn)}},
		.dyn = {{.d_tag = DT_FLAGS_1, .d_un.d_val = flags_1}, {.d_tag = DT_NULL}},
	};

	return im;
}

static enum lp_elf_verdict probe(struct image im)
{
	put(&im, sizeof(im));
	return lp_elf_probe(AT_FDCWD, path);
}

static void programs_are_told_apart(void **state)
{
	struct image im;

	(void)state;
	assert_int_equal(lp_elf_probe(AT_FDCWD, "/proc/self/exe"), LP_ELF_OPEN);
	assert_int_equal(probe(image(ET_DYN, PT_INTERP, 0)), LP_ELF_OPEN);
	assert_int_equal(probe(image(ET_EXEC, PT_INTERP, 0)), LP_ELF_OPEN);
	assert_int_equal(probe(image(ET_EXEC, PT_NOTE, 0)), LP_ELF_STATIC);
	assert_int_equal(probe(image(ET_DYN, PT_DYNAMIC, DF_1_PIE)), LP_ELF_STATIC);
	/* ld.so, run by hand */
	assert_int_equal(probe(image(ET_DYN, PT_DYNAMIC, 0)), LP_ELF_OPEN);
	im = image(ET_EXEC, PT_INTERP, 0);
	im.eh.e_machine = EM_386;
	assert_int_equal(probe(im), LP_ELF_MACHINE);
	im = image(ET_EXEC, PT_INTERP, 0);
	im.eh.e_ident[EI_CLASS] = ELFCLASS32;
	assert_int_equal(probe(im), LP_ELF_MACHINE);
}

static void go_behind_a_loader_is_known_by_its_note(void **state)
{
	struct {
		struct image im;
		struct {
			Elf64_Nhdr head;
			char name[4], id[4];
		} note[2];
	} file = {image(ET_DYN, PT_INTERP, 0), {{{4, 4, 3}, "GNU", "id"}, {{4, 4, 4}, "Go", "id"}}};
	Elf64_Phdr *ph = &file.im.ph[0];

	(void)state;
	ph->p_type = PT_NOTE;
	ph->p_offset = sizeof(file.im);
	ph->p_filesz = sizeof(file.note);
	put(&file, sizeof(file));
	assert_int_equal(lp_elf_probe(AT_FDCWD, path), LP_ELF_INSIDE);
	file.note[1].name[0] = 'g';
	put(&file, sizeof(file));
	assert_int_equal(lp_elf_probe(AT_FDCWD, path), LP_ELF_OPEN);
}

/* Wherever it stands among the sections' names; what lies about these leads nowhere. */
static void go_behind_a_loader_is_known_by_its_table(void **state)
{
	static struct {
		struct image im;
		Elf64_Shdr sections[2];
		char names[1000];
	} file;
	Elf64_Shdr *sh = &file.sections[1];

	(void)state;
	file.im = image(ET_DYN, PT_INTERP, 0);
	file.im.eh.e_shoff = offsetof(__typeof__(file), sections);
	file.im.eh.e_shentsize = sizeof(*sh);
	file.im.eh.e_shnum = 2;
	file.im.eh.e_shstrndx = 1;
	sh->sh_offset = offsetof(__typeof__(file), names);
	sh->sh_size = sizeof(file.names);
	for (unsigned at = 0; at + sizeof(".gopclntab") <= sizeof(file.names); at += 7) {
		memset(file.names, 0, sizeof(file.names));
		memcpy(file.names + at, ".gopclntab", sizeof(".gopclntab"));
		put(&file, sizeof(file));
		assert_int_equal(lp_elf_probe(AT_FDCWD, path), LP_ELF_INSIDE);
	}
	memset(file.names, '.', sizeof(file.names));
	put(&file, sizeof(file));
	assert_int_equal(lp_elf_probe(AT_FDCWD, path), LP_ELF_OPEN);
	sh->sh_size = UINT64_MAX;
	put(&file, sizeof(file));
	assert_int_equal(lp_elf_probe(AT_FDCWD, path), LP_ELF_OPEN);
	sh->sh_offset = UINT64_MAX - 100;
	put(&file, sizeof(file));
	assert_int_equal(lp_elf_probe(AT_FDCWD, path), LP_ELF_OPEN);
	file.im.eh.e_shoff = UINT64_MAX - 10;
	put(&file, sizeof(file));
	assert_int_equal(lp_elf_probe(AT_FDCWD, path), LP_ELF_OPEN);
}

/* The loader's own tool, where it is; a program like it elsewhere may be anything. */
static void who_calls_nobody_is_not_missed(void **state)
{
	static const char *const names[] = {"/sbin/ldconfig.real", "/sbin/ldconfig"};
	static char copy[8 << 20];
	ssize_t n = 0;

	(void)state;
	for (unsigned i = 0; n <= 0 && i < LP_ARRAY_LEN(names); i++) {
		int fd = open(names[i], O_RDONLY | O_CLOEXEC);

		if (fd < 0)
			continue;
		n = read(fd, copy, sizeof(copy));
		close(fd);
		assert_int_equal(lp_elf_probe(AT_FDCWD, names[i]), LP_ELF_OPEN);
	}
	if (n <= 0)
		return;
	put(copy, (size_t)n);
	assert_int_equal(lp_elf_probe(AT_FDCWD, path), LP_ELF_STATIC);
}

static void nonsense_is_left_to_execve(void **state)
{
	struct image im = image(ET_EXEC, PT_NOTE, 0);

	(void)state;
	assert_int_equal(lp_elf_probe(AT_FDCWD, "/nonexistent"), LP_ELF_OPEN);
	assert_int_equal(lp_elf_probe(AT_FDCWD, "/tmp"), LP_ELF_OPEN);
	assert_int_equal(lp_elf_probe(-1, ""), LP_ELF_OPEN);
	for (size_t len = 0; len < sizeof(im.eh) + sizeof(im.ph); len++) {
		put(&im, len);
		assert_int_equal(lp_elf_probe(AT_FDCWD, path), LP_ELF_OPEN);
	}
	im.eh.e_phoff = UINT64_MAX - 10;
	assert_int_equal(probe(im), LP_ELF_OPEN);
	im = image(ET_DYN, PT_DYNAMIC, DF_1_PIE);
	im.ph[1].p_offset = UINT64_MAX;
	im.ph[1].p_filesz = UINT64_MAX;
	assert_int_equal(probe(im), LP_ELF_OPEN);
}

static void scripts_are_followed(void **state)
{
	static char script[] = "/tmp/lp-test-script-XXXXXX";
	char line[300];
	int fd = mkstemp(script);
	size_t n;

	(void)state;
	assert_true(fd >= 0);
	n = (size_t)snprintf(line, sizeof(line), "#! \t%s -x\n", path);
	assert_int_equal(write(fd, line, n), n);
	assert_int_equal(probe(image(ET_EXEC, PT_NOTE, 0)), LP_ELF_STATIC);
	assert_int_equal(lp_elf_probe(AT_FDCWD, script), LP_ELF_STATIC);
	assert_int_equal(lp_elf_probe(fd, ""), LP_ELF_STATIC);
	/* One that names itself ends. */
	n = (size_t)snprintf(line, sizeof(line), "#!%s", script);
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(pwrite(fd, line, n, 0), n);
	assert_int_equal(lp_elf_probe(AT_FDCWD, script), LP_ELF_OPEN);
	close(fd);
	unlink(script);
	put("#!", 2);
	assert_int_equal(lp_elf_probe(AT_FDCWD, path), LP_ELF_OPEN);
	put("#!  \n", 5);
	assert_int_equal(lp_elf_probe(AT_FDCWD, path), LP_ELF_OPEN);
}

static void borrowed_rights_close_the_door(void **state)
{
	struct image im = image(ET_EXEC, PT_INTERP, 0);

	(void)state;
	if (geteuid() != 0)
		skip(); /* only root can give a file away */
	put(&im, sizeof(im));
	assert_int_equal(chown(path, 65534, 65534), 0);
	assert_int_equal(chmod(path, 04755), 0);
	assert_int_equal(lp_elf_probe(AT_FDCWD, path), LP_ELF_SETID);
	assert_int_equal(chmod(path, 02755), 0);
	assert_int_equal(lp_elf_probe(AT_FDCWD, path), LP_ELF_SETID);
	/* setgid without the group's x bit means something else */
	assert_int_equal(chmod(path, 02745), 0);
	assert_int_equal(lp_elf_probe(AT_FDCWD, path), LP_ELF_OPEN);
	assert_int_equal(chown(path, 0, 0), 0);
	assert_int_equal(chmod(path, 04755), 0);
	assert_int_equal(lp_elf_probe(AT_FDCWD, path), LP_ELF_OPEN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(programs_are_told_apart),
		cmocka_unit_test(go_behind_a_loader_is_known_by_its_note),
		cmocka_unit_test(go_behind_a_loader_is_known_by_its_table),
		cmocka_unit_test(who_calls_nobody_is_not_missed),
		cmocka_unit_test(nonsense_is_left_to_execve),
		cmocka_unit_test(scripts_are_followed),
		cmocka_unit_test(borrowed_rights_close_the_door),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
