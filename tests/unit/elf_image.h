/* SPDX-License-Identifier: MIT */
#ifndef LP_TEST_ELF_IMAGE_H
#define LP_TEST_ELF_IMAGE_H

/* Files for the tests of ebpf/elf: mapped, made on the spot, or placed before a guard page. */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "elf/elf_file.h"

struct image {
	unsigned char *at; /* NULL: no such file */
	size_t size;
};

static inline struct image image_map(const char *path)
{
	struct image im = {NULL, 0};
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return im;
	if (fstat(fd, &st) == 0 && st.st_size > 0) {
		im.at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
		im.size = (size_t)st.st_size;
		if (im.at == MAP_FAILED)
			im.at = NULL;
	}
	close(fd);
	return im;
}

static inline void image_unmap(struct image im)
{
	if (im.at)
		munmap(im.at, im.size);
}

/* `size` writable bytes whose last one is followed by a page that nobody may touch. */
static inline unsigned char *guarded(size_t size, void **map, size_t *map_size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t room = (size + page - 1) / page * page;
	unsigned char *p =
		mmap(NULL, room + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED || mprotect(p + room, page, PROT_NONE))
		abort();
	*map = p;
	*map_size = room + page;
	return p + room - size;
}

/* Runs a command of sh; true when it exited with 0. */
static inline bool shell(const char *cmd)
{
	return system(cmd) == 0;
}

/* The first number (hexadecimal) that a command of sh prints; 0 when it prints none. */
static inline uint64_t shell_hex(const char *cmd)
{
	unsigned long long v = 0;
	FILE *f = popen(cmd, "r");

	if (!f)
		return 0;
	if (fscanf(f, "%llx", &v) != 1)
		v = 0;
	pclose(f);
	return v;
}

/*
 * A small 64-bit executable in memory: a header, one segment of code and one of data, no sections.
 * Code is filled with `push %rbp`.
 */
#define MADE_BASE 0x400000u
#define MADE_CODE 0x1000u /* file offset and distance from MADE_BASE */
#define MADE_DATA 0x2000u
#define MADE_SIZE 0x3000u

static inline void image_make(unsigned char *at)
{
	Elf64_Ehdr eh = {
		.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
		.e_type = ET_EXEC,
		.e_machine = EM_X86_64,
		.e_version = EV_CURRENT,
		.e_phoff = sizeof(eh),
		.e_ehsize = sizeof(eh),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = 2,
	};
	Elf64_Phdr ph[2] = {
		{.p_type = PT_LOAD,
		 .p_flags = PF_R | PF_X,
		 .p_offset = MADE_CODE,
		 .p_vaddr = MADE_BASE + MADE_CODE,
		 .p_filesz = 0x1000,
		 .p_memsz = 0x1000},
		{.p_type = PT_LOAD,
		 .p_flags = PF_R,
		 .p_offset = MADE_DATA,
		 .p_vaddr = MADE_BASE + MADE_DATA,
		 .p_filesz = 0x1000,
		 .p_memsz = 0x1000},
	};

	memset(at, 0, MADE_SIZE);
	memcpy(at, &eh, sizeof(eh));
	memcpy(at + sizeof(eh), ph, sizeof(ph));
	memset(at + MADE_CODE, 0x55, 0x1000);
}

#endif
