/* SPDX-License-Identifier: MIT */
#include "elf_probe.h"

#include <elf.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#define SCRIPT_DEPTH 5	  /* as many "#!" in a row as Linux follows */
#define SCRIPT_LINE  256  /* as much of the line as Linux reads */
#define PHDRS_MAX    64	  /* program headers looked at */
#define DYNAMIC_MAX  128  /* dynamic entries looked at */
#define NOTES_MAX    8	  /* notes of one header */
#define NAMES_MAX    4096 /* bytes of sections' names looked at */
#define FS_NOSUID    2	  /* ST_NOSUID of statvfs, in f_flags */

#if defined(__x86_64__)
#define OUR_MACHINE EM_X86_64
#elif defined(__aarch64__)
#define OUR_MACHINE EM_AARCH64
#else
#error "say here which e_machine this architecture has"
#endif

/* struct statx of the kernel, as far as it is read here; the libc's own came late. */
struct statx_head {
	uint32_t mask, blksize;
	uint64_t attributes;
	uint32_t nlink, uid, gid;
	uint16_t mode, pad;
	uint64_t rest[28];
};
#define STATX_WANTED 0x1fu /* type, mode, nlink, uid, gid */

static const char *const reasons[LP_ELF_VERDICTS] = {
	[LP_ELF_OPEN] = "",
	[LP_ELF_STATIC] = "static",
	[LP_ELF_MACHINE] = "machine",
	[LP_ELF_SETID] = "setuid",
	[LP_ELF_CAPS] = "capabilities",
	[LP_ELF_INSIDE] = "own TLS",
	[LP_ELF_LIBRARY] = "Go library",
};

const char *lp_elf_reason(enum lp_elf_verdict verdict)
{
	return reasons[verdict];
}

static bool read_at(int fd, void *to, size_t len, uint64_t at)
{
	return at <= LONG_MAX && syscall(SYS_pread64, fd, to, len, (long)at) == (long)len;
}

/* Does the kernel ignore the file's set-id bits and capabilities for us anyway? */
static bool no_gain(int fd)
{
	struct statfs fs;

	if (syscall(SYS_prctl, PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
		return true;
	return syscall(SYS_fstatfs, fd, &fs) == 0 && (fs.f_flags & FS_NOSUID);
}

static enum lp_elf_verdict probe_privilege(int fd)
{
	struct statx_head st;
	char caps[64];

	memset(&st, 0, sizeof(st));
	if (syscall(SYS_statx, fd, "", AT_EMPTY_PATH, STATX_WANTED, &st) != 0 || no_gain(fd))
		return LP_ELF_OPEN;
	if ((st.mode & 04000) && st.uid != (uint32_t)syscall(SYS_getuid))
		return LP_ELF_SETID;
	if ((st.mode & 02010) == 02010 && st.gid != (uint32_t)syscall(SYS_getgid))
		return LP_ELF_SETID;
	/* Root gains nothing by them, so the loader trusts its environment. */
	if (syscall(SYS_getuid) != 0 &&
	    syscall(SYS_fgetxattr, fd, "security.capability", caps, sizeof(caps)) > 0)
		return LP_ELF_CAPS;
	return LP_ELF_OPEN;
}

/* A static PIE says that it is a program; a dynamic loader run by hand ("ld.so prog") does not. */
static bool marked_pie(int fd, const Elf64_Phdr *dynamic)
{
	Elf64_Dyn d;

	for (uint64_t at = 0; at < dynamic->p_filesz && at < DYNAMIC_MAX * sizeof(d);
	     at += sizeof(d)) {
		if (!read_at(fd, &d, sizeof(d), dynamic->p_offset + at) || d.d_tag == DT_NULL)
			break;
		if (d.d_tag == DT_FLAGS_1)
			return d.d_un.d_val & DF_1_PIE;
	}
	return false;
}

/* Programs of Go carry a note of its linker; behind others where C's linker joined them (cgo). */
static bool is_go_note(int fd, const Elf64_Phdr *note)
{
	uint64_t at = 0;
	struct {
		Elf64_Nhdr head;
		char name[4];
	} n;

	for (unsigned i = 0; i < NOTES_MAX && at < note->p_filesz; i++) {
		if (!read_at(fd, &n, sizeof(n), note->p_offset + at))
			break;
		if (n.head.n_namesz == sizeof(n.name) &&
		    memcmp(n.name, "Go\0", sizeof(n.name)) == 0)
			return true;
		at += sizeof(n.head) + ((n.head.n_namesz + (uint64_t)3) & ~(uint64_t)3) +
		      ((n.head.n_descsz + (uint64_t)3) & ~(uint64_t)3);
	}
	return false;
}

/*
 * Who builds with -buildid= has no such note. Stripping leaves the names of what is loaded. `part`
 * is room for some of these at once.
 */
static bool has_go_table(int fd, const Elf64_Ehdr *eh, char *part, size_t room)
{
	static const char table[] = "gopclntab"; /* in a PIE there is more in front */
	struct {
		uint64_t off, size; /* of the section with the names */
	} names;
	uint64_t n = room;

	if (eh->e_shentsize != sizeof(Elf64_Shdr) ||
	    !read_at(fd, &names, sizeof(names),
		     eh->e_shoff + (uint64_t)eh->e_shstrndx * sizeof(Elf64_Shdr) +
			     offsetof(Elf64_Shdr, sh_offset)))
		return false;
	for (uint64_t at = 0; n == room && at < NAMES_MAX; at += room - sizeof(table)) {
		n = names.size - at < room ? names.size - at : room;
		if (!read_at(fd, part, n, names.off + at))
			return false;
		/* Not memmem, which takes as much of the stack as all of this. */
		for (uint64_t i = 0; i + sizeof(table) <= n; i++)
			if (part[i] == table[0] && memcmp(part + i, table, sizeof(table)) == 0)
				return true;
	}
	return false;
}

/* `room` bytes at `part` are free. */
static enum lp_elf_verdict probe_elf(int fd, const Elf64_Ehdr *eh, char *part, size_t room)
{
	enum lp_elf_verdict privilege;
	Elf64_Phdr ph, dynamic = {0};
	bool interp = false, go = false;

	if (eh->e_ident[EI_CLASS] != ELFCLASS64 || eh->e_ident[EI_DATA] != ELFDATA2LSB ||
	    eh->e_machine != OUR_MACHINE)
		return LP_ELF_MACHINE;
	if (eh->e_type != ET_EXEC && eh->e_type != ET_DYN)
		return LP_ELF_OPEN;
	privilege = probe_privilege(fd);
	if (privilege != LP_ELF_OPEN)
		return privilege;
	if (eh->e_phentsize != sizeof(ph))
		return LP_ELF_OPEN;
	for (unsigned i = 0; i < eh->e_phnum && i < PHDRS_MAX; i++) {
		if (!read_at(fd, &ph, sizeof(ph), eh->e_phoff + (uint64_t)i * sizeof(ph)))
			return LP_ELF_OPEN;
		if (ph.p_type == PT_INTERP) {
			interp = true;
		} else if (ph.p_type == PT_DYNAMIC) {
			dynamic = ph;
		} else if (ph.p_type == PT_NOTE) {
			go = go || is_go_note(fd, &ph);
		}
	}
	if (interp && (go || has_go_table(fd, eh, part, room)))
		return LP_ELF_INSIDE;
	/* A dynamic loader run by hand ("ld.so prog") has no interpreter either. */
	if (interp || (dynamic.p_type && eh->e_type == ET_DYN && !marked_pie(fd, &dynamic)))
		return LP_ELF_OPEN;
	return LP_ELF_STATIC;
}

/*
 * Static programs that call nobody, so that nothing of them can be missed: the loader's own, which
 * Python's ctypes.util runs wherever a library is looked for. Ubuntu's is a script around another.
 */
static const char *const offline[] = {
	"/sbin/ldconfig",
	"/usr/sbin/ldconfig",
	"/sbin/ldconfig.real",
	"/usr/sbin/ldconfig.real",
};

static bool is_offline(const char *path)
{
	for (unsigned i = 0; i < sizeof(offline) / sizeof(offline[0]); i++)
		if (strcmp(path, offline[i]) == 0)
			return true;
	return false;
}

/* Put there by the system: nobody but root can write to it. */
static bool is_roots(int fd)
{
	struct statx_head st;

	memset(&st, 0, sizeof(st));
	return syscall(SYS_statx, fd, "", AT_EMPTY_PATH, STATX_WANTED, &st) == 0 && st.uid == 0 &&
	       !(st.mode & 022);
}

bool lp_elf_is(int dirfd, const char *path, bool system)
{
	int fd =
		(int)syscall(SYS_openat, dirfd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char magic[SELFMAG];
	bool is;

	if (fd < 0)
		return false;
	is = read_at(fd, magic, sizeof(magic), 0) && memcmp(magic, ELFMAG, SELFMAG) == 0 &&
	     (!system || is_roots(fd));
	syscall(SYS_close, fd);
	return is;
}

/* The interpreter of a "#!" line, in place and NUL-terminated; NULL when there is none. */
static char *interpreter(char *line, size_t len)
{
	char *p = line + 2, *end = memchr(line, '\n', len);

	end = end ? end : line + len - 1;
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	for (char *q = p; q < end; q++)
		if (*q == ' ' || *q == '\t')
			end = q;
	*end = '\0';
	return p < end ? p : NULL;
}

enum lp_elf_verdict lp_elf_probe(int dirfd, const char *path)
{
	enum lp_elf_verdict verdict = LP_ELF_OPEN;
	union {
		Elf64_Ehdr eh;
		char line[SCRIPT_LINE];
	} head;
	char own[sizeof("/proc/self/fd/") + 12] = "/proc/self/fd/";

	if (!*path) {
		/* Opened anew: the descriptor may be O_PATH, and its offset is the program's. */
		char *p = own + strlen(own);
		unsigned n = (unsigned)dirfd, div = 1;

		if (dirfd < 0)
			return LP_ELF_OPEN;
		while (n / div >= 10)
			div *= 10;
		for (; div; div /= 10)
			*p++ = (char)('0' + n / div % 10);
		*p = '\0';
		path = own;
	}
	for (unsigned depth = 0; path && depth <= SCRIPT_DEPTH; depth++) {
		int fd = (int)syscall(SYS_openat, dirfd, path,
				      O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
		bool known = is_offline(path); /* an interpreter's name stands in `head` */
		long n;

		if (fd < 0)
			break;
		path = NULL;
		memset(&head, 0, sizeof(head));
		n = syscall(SYS_pread64, fd, &head, sizeof(head), 0L);
		if (n >= (long)sizeof(head.eh) && memcmp(head.line, ELFMAG, SELFMAG) == 0)
			/* Who starts a program may have little stack. */
			verdict = probe_elf(fd, &head.eh, head.line + sizeof(head.eh),
					    sizeof(head.line) - sizeof(head.eh));
		else if (n > 2 && memcmp(head.line, "#!", 2) == 0)
			path = interpreter(head.line, (size_t)n);
		if (verdict == LP_ELF_STATIC && known && is_roots(fd))
			verdict = LP_ELF_OPEN;
		syscall(SYS_close, fd);
	}
	return verdict;
}
