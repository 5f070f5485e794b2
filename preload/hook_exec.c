/* SPDX-License-Identifier: MIT */

/*
 * Every way to start a program. The environment it gets names us, also where the program was given
 * an empty one; a program that we cannot enter is reported. libc's execl*, popen and system do not
 * call the others through the PLT, so each is hooked itself.
 */

#include <fcntl.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "contact.h"
#include "elf/deputy.h"
#include "elf/elf_probe.h"
#include "env.h"
#include "exec.h"
#include "resolve.h"
#include "shim.h"
#include "state.h"

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434 /* since Linux 5.3, whatever the machine */
#endif

#define WORDS_MAX    64	 /* arguments of a program that are looked at */
#define ARGS_MAX     64	 /* arguments of an execl* call that stay in the frame */
#define NAME_ROOM    512 /* for the name of a program that is reported */
#define LINK_ROOM    32	 /* and for a link of /proc that leads to it */
#define DEFAULT_PATH "/bin:/usr/bin"
#define SHELL	     "/bin/sh" /* libc's */
#define PAGE	     ((uintptr_t)4096)
#define NO_PAGE	     1			 /* no page begins there */
#define WORD_MAX     ((size_t)32 * PAGE) /* MAX_ARG_STRLEN: of a word that a program is given */
#define NO_ROOM	     "no room"
#define OUT_OF_REACH "the shim is not below its root directory"

/* A pointer that the kernel refuses (EFAULT) is not ours to follow. */
static bool is_there(const void *p, size_t len)
{
	struct iovec iov = {.iov_len = len};
	char *copy;

	memcpy(&iov.iov_base, &p, sizeof(p));
	return lps_peek(&copy, len, &iov, 1) != -EFAULT;
}

/* Up to the NUL. *page is one that is there, as the last look found. */
static bool is_string(const char *s, uintptr_t *page)
{
	for (size_t left;; s += left) {
		uintptr_t at = (uintptr_t)s & ~(PAGE - 1);

		if (at != *page && !is_there(s, 1))
			return false;
		*page = at;
		left = at + PAGE - (uintptr_t)s;
		if (memchr(s, '\0', left))
			return true;
	}
}

/* All of an array of strings, which most often stand side by side. */
static bool are_strings(char *const *v)
{
	uintptr_t page = NO_PAGE, strings = NO_PAGE, at;

	for (;; v++) {
		at = ((uintptr_t)(v + 1) - 1) & ~(PAGE - 1);
		if (at != page && !is_there(v, sizeof(*v)))
			return false;
		page = at;
		if (!*v || !is_string(*v, &strings))
			return !*v;
	}
}

static const char *search_inside(char to[LPS_PRELOAD_MAX], const char *file)
{
	const char *path = lps_getenv("PATH");
	uintptr_t page = NO_PAGE;
	size_t file_len, len;

	if (!file || !is_string(file, &page))
		return NULL;
	file_len = strlen(file);
	if (strchr(file, '/'))
		return file;
	for (path = path ? path : DEFAULT_PATH;; path += len + 1) {
		size_t at = len = strcspn(path, ":");

		if (len + file_len + 2 > LPS_PRELOAD_MAX)
			return NULL;
		memcpy(to, path, len);
		if (len)
			to[at++] = '/';
		memcpy(to + at, file, file_len + 1);
		if (syscall(SYS_faccessat, AT_FDCWD, to, X_OK) == 0)
			return to;
		if (!path[len])
			return NULL;
	}
}

/*
 * The file that a search in PATH finds, in `to` if that is long enough; NULL when there is none, or
 * nobody can tell. Leaves errno alone.
 */
static const char *search(char to[LPS_PRELOAD_MAX], const char *file)
{
	const char *found = NULL;
	int err = errno;

	if (lps_enter()) {
		found = search_inside(to, file);
		lps_leave();
	}
	errno = err;
	return found;
}

static void report(const char *reason, const char *path)
{
	struct lp_span parts[2] = {
		lp_span_of(reason, strlen(reason) + 1),
		lp_span_str(path),
	};

	lps_emit_alone(LP_EV_NOT_FOLLOWED, parts, 2);
}

/* `variable` ends in "=". */
static bool has_variable(char *const *envp, const char *variable)
{
	for (; envp && *envp; envp++)
		if (strncmp(*envp, variable, strlen(variable)) == 0)
			return true;
	return false;
}

/*
 * Valgrind's tools are static, but the program that they translate loads us. There it would be
 * killed by what the probe, if it came, puts into libraries. Only they have this variable.
 */
static bool translates(char *const *envp)
{
	return has_variable(envp, "VALGRIND_LAUNCHER=");
}

/* Under another root directory the loader would complain on the program's stderr. */
static bool out_of_reach(void)
{
	return lps_config.path[0] && syscall(SYS_faccessat, AT_FDCWD, lps_config.path, R_OK) != 0;
}

/* As far as it can be read. */
static void copy_words(char *copy[WORDS_MAX + 1], char *const *argv)
{
	uintptr_t page = NO_PAGE;
	size_t n = 0;

	for (; n < WORDS_MAX && is_there(&argv[n], sizeof(argv[n])); n++) {
		if (!argv[n] || !is_string(argv[n], &page))
			break;
		copy[n] = argv[n];
	}
	copy[n] = NULL;
}

/*
 * As ldd has it (glibc's by a variable, musl's by an option): the loader says what it would load,
 * which we are none of, and runs nothing.
 */
static bool only_lists(const char *path, char *const *argv, char *const *envp)
{
	static const char loader[] = "ld-";
	char *copy[WORDS_MAX + 1];

	if (has_variable(envp, "LD_TRACE_LOADED_OBJECTS="))
		return true;
	if (strncmp(lp_last_part(path), loader, sizeof(loader) - 1) != 0)
		return false;
	copy_words(copy, argv);
	return copy[0] && copy[1] && !strcmp(copy[1], "--list");
}

/* A program that has somebody else start what it is asked for; true: that was said. */
static bool look_at_deputy(int dirfd, const char *path, char *const *argv, char *const *envp)
{
	const struct lp_deputy *row = lp_deputy_named(path);
	struct lp_deputy_case found;
	char *copy[WORDS_MAX + 1];
	struct lp_span parts[6];
	unsigned n = 0;

	if (!row)
		return false;
	copy_words(copy, argv);
	if (!lp_deputy_asks(row, dirfd, path, copy, envp, &found))
		return false;
	parts[n++] = lp_span_of(found.row->name, strlen(found.row->name) + 1);
	parts[n++] = lp_span_str(path);
	for (unsigned i = 0; i < 2 && found.verb[i]; i++) {
		parts[n++] = LP_SPAN(" ");
		parts[n++] = lp_span_str(found.verb[i]);
	}
	lps_emit_alone(LP_EV_NOT_FOLLOWED, parts, n);
	return true;
}

static void proc_link(char to[LINK_ROOM], const char *head, unsigned n, const char *tail)
{
	size_t at = strlen(head), k = 0;
	char digits[10];

	memcpy(to, head, at);
	do
		digits[k++] = (char)('0' + n % 10);
	while ((n /= 10));
	while (k)
		to[at++] = digits[--k];
	memcpy(to + at, tail, strlen(tail) + 1);
}

static bool read_link(char to[NAME_ROOM], const char *link)
{
	long len = syscall(SYS_readlinkat, AT_FDCWD, link, to, NAME_ROOM - 1ul);

	to[len > 0 ? len : 0] = '\0';
	return len > 0;
}

/* For people: what is open there, for a program that is started without a path. */
static const char *name_of(char to[NAME_ROOM], int dirfd, const char *path)
{
	char link[LINK_ROOM];

	if (*path || dirfd < 0)
		return path;
	proc_link(link, "/proc/self/fd/", (unsigned)dirfd, "");
	(void)read_link(to, link);
	return to;
}

/* look(), within lps_enter. */
static char *const *look_inside(struct lps_env *space, int dirfd, const char *path,
				char *const *argv, char *const *envp, enum lp_elf_verdict *found)
{
	enum lp_elf_verdict verdict;
	bool without, followed, said;
	uintptr_t page = NO_PAGE;
	char room[NAME_ROOM];
	const char *name;

	if ((path && !is_string(path, &page)) || (envp && !are_strings(envp)))
		return envp;
	verdict = path ? lp_elf_probe(dirfd, path) : LP_ELF_OPEN;
	if (verdict == LP_ELF_STATIC && translates(envp))
		verdict = LP_ELF_OPEN;
	/* Asked first, as the collector may have a way to see into it. */
	followed = verdict == LP_ELF_OPEN || lps_contact_wait((unsigned)verdict, NULL);
	/* What such a program says itself, it says to who starts what it asks for. */
	name = path ? name_of(room, dirfd, path) : "";
	without = verdict == LP_ELF_MACHINE || only_lists(name, argv, envp);
	said = look_at_deputy(dirfd, name, argv, envp);
	if (!followed) {
		if (!said)
			report(lp_elf_reason(verdict), name);
	} else if (verdict == LP_ELF_OPEN && out_of_reach()) {
		report(OUT_OF_REACH, name);
		without = true;
	} else if (verdict == LP_ELF_OPEN && lps_env_elsewhere(envp)) {
		report("elsewhere", name);
	}
	*found = verdict;
	return lps_env_make(space, envp, without);
}

/*
 * The environment to start `path` (relative to `dirfd`) with, and what was found there. Leaves
 * errno alone.
 */
static char *const *look(struct lps_env *space, int dirfd, const char *path, char *const *argv,
			 char *const *envp, enum lp_elf_verdict *found)
{
	int err = errno;

	*found = LP_ELF_OPEN;
	if (lps_enter()) {
		envp = look_inside(space, dirfd, path, argv, envp, found);
		/* Left before the call: an exec in a vfork child never comes back, and the
		 * thread-local mark is the parent's. */
		lps_leave();
	}
	errno = err;
	return envp;
}

static char *const *prepare(struct lps_env *space, int dirfd, const char *path, char *const *argv,
			    char *const *envp)
{
	enum lp_elf_verdict found;

	return look(space, dirfd, path, argv, envp, &found);
}

/* The call came back. */
static int failed(int r)
{
	int err = errno;

	lps_env_done();
	errno = err;
	return r;
}

/* A word that the kernel takes for no program, whatever else that is given. */
static bool any_refused(char *const *v)
{
	uintptr_t page = NO_PAGE;

	for (; v && is_there(v, sizeof(*v)) && *v && is_string(*v, &page); v++)
		if (strlen(*v) >= WORD_MAX)
			return true;
	return false;
}

/* Of all that a program is given, what we put into its environment was too much, as it seems. */
static bool is_too_much(int err, char *const *ours, char *const *argv, char *const *envp,
			const char *path)
{
	if (err != E2BIG || ours == envp)
		return false;
	if (lps_enter()) {
		if (!any_refused(argv) && !any_refused(envp))
			report(NO_ROOM, path ? path : "");
		lps_leave();
	}
	return true;
}

LPS_HOOK(int, execve, (const char *path, char *const argv[], char *const envp[]))
{
	struct lps_env space;
	char *const *env = prepare(&space, AT_FDCWD, path, argv, envp);
	int r = LPS_LIBC(execve)(path, argv, env);

	if (is_too_much(errno, env, argv, envp, path))
		r = LPS_LIBC(execve)(path, argv, envp);
	return failed(r);
}

LPS_HOOK(int, execv, (const char *path, char *const argv[]))
{
	struct lps_env space;
	char *const *env = prepare(&space, AT_FDCWD, path, argv, environ);

	if (env != environ)
		(void)LPS_LIBC(execve)(path, argv, env);
	if (env != environ && !is_too_much(errno, env, argv, environ, path))
		return failed(-1);
	return failed(LPS_LIBC(execv)(path, argv));
}

LPS_HOOK(int, execvpe, (const char *file, char *const argv[], char *const envp[]))
{
	struct lps_env space;
	char *const *env = prepare(&space, AT_FDCWD, search(space.preload, file), argv, envp);
	int r = LPS_LIBC(execvpe)(file, argv, env);

	if (is_too_much(errno, env, argv, envp, file))
		r = LPS_LIBC(execvpe)(file, argv, envp);
	return failed(r);
}

LPS_HOOK(int, execvp, (const char *file, char *const argv[]))
{
	struct lps_env space;
	char *const *env = prepare(&space, AT_FDCWD, search(space.preload, file), argv, environ);

	if (env != environ)
		(void)LPS_LIBC(execvpe)(file, argv, env);
	if (env != environ && !is_too_much(errno, env, argv, environ, file))
		return failed(-1);
	return failed(LPS_LIBC(execvp)(file, argv));
}

LPS_HOOK(int, fexecve, (int fd, char *const argv[], char *const envp[]))
{
	struct lps_env space;
	char *const *env = prepare(&space, fd, "", argv, envp);
	int r = LPS_LIBC(fexecve)(fd, argv, env);

	if (is_too_much(errno, env, argv, envp, ""))
		r = LPS_LIBC(fexecve)(fd, argv, envp);
	return failed(r);
}

LPS_HOOK(int, execveat,
	 (int dirfd, const char *path, char *const argv[], char *const envp[], int flags))
{
	struct lps_env space;
	char *const *env = prepare(&space, dirfd, path, argv, envp);
	int r = LPS_LIBC(execveat)(dirfd, path, argv, env, flags);

	if (is_too_much(errno, env, argv, envp, path))
		r = LPS_LIBC(execveat)(dirfd, path, argv, envp, flags);
	return failed(r);
}

#if defined(__x86_64__)

static long call_exec(long nr, int dirfd, const char *path, char *const *argv, char *const *envp,
		      int flags)
{
	return nr == SYS_execve ? lps_syscall_next(nr, path, argv, envp)
				: lps_syscall_next(nr, (long)dirfd, path, argv, envp, (long)flags);
}

long lps_exec_called(long nr, int dirfd, unsigned long path, unsigned long argv, unsigned long envp,
		     int flags)
{
	char *const *args, *const *given, *const *env;
	struct lps_env space;
	const char *file;
	long r;

	memcpy(&file, &path, sizeof(file));
	memcpy(&args, &argv, sizeof(args));
	memcpy(&given, &envp, sizeof(given));
	env = prepare(&space, dirfd, file, args, given);
	r = call_exec(nr, dirfd, file, args, env, flags);
	if (is_too_much(errno, env, args, given, file))
		r = call_exec(nr, dirfd, file, args, given, flags);
	return failed((int)r);
}

#endif

/* --- execl and its kin ------------------------------------------------------------------------ */

struct args {
	char *frame[ARGS_MAX];
	char **v;
	size_t mapped;
};

static int args_done(struct args *a, int r)
{
	int err = errno;

	if (a->mapped)
		munmap(a->v, a->mapped);
	errno = err;
	return r;
}

/*
 * Takes `first` and what follows it up to the NULL; of *ap what comes behind that is next (execle's
 * environment). False when there is no memory.
 */
static bool args_take(struct args *a, const char *first, va_list *ap)
{
	size_t n = first ? 1 : 0;
	va_list ahead;

	va_copy(ahead, *ap);
	while (n && va_arg(ahead, char *))
		n++;
	va_end(ahead);
	a->v = a->frame;
	a->mapped = 0;
	if (n >= ARGS_MAX) {
		a->mapped = (n + 1) * sizeof(char *);
		a->v = mmap(NULL, a->mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			    -1, 0);
		if (a->v == MAP_FAILED) {
			errno = E2BIG;
			return false;
		}
	}
	/* argv has no const for historical reasons; the strings are not written to. */
	memcpy(&a->v[0], &first, sizeof(first));
	for (size_t i = 0; a->v[i]; i++)
		a->v[i + 1] = va_arg(*ap, char *);
	return true;
}

LPS_HOOK(int, execl, (const char *path, const char *arg, ...))
{
	struct args a;
	va_list ap;
	bool taken;

	va_start(ap, arg);
	taken = args_take(&a, arg, &ap);
	va_end(ap);
	return taken ? args_done(&a, lps_hook_execv(path, a.v)) : -1;
}

LPS_HOOK(int, execlp, (const char *file, const char *arg, ...))
{
	struct args a;
	va_list ap;
	bool taken;

	va_start(ap, arg);
	taken = args_take(&a, arg, &ap);
	va_end(ap);
	return taken ? args_done(&a, lps_hook_execvp(file, a.v)) : -1;
}

LPS_HOOK(int, execle, (const char *path, const char *arg, ...))
{
	char *const *envp = NULL;
	struct args a;
	va_list ap;
	bool taken;

	va_start(ap, arg);
	taken = args_take(&a, arg, &ap);
	if (taken)
		envp = va_arg(ap, char *const *);
	va_end(ap);
	return taken ? args_done(&a, lps_hook_execve(path, a.v, envp)) : -1;
}

/* --- programs started beside this one --------------------------------------------------------- */

/*
 * Actions may have changed the directory that `path` is relative to: then what runs is what counts.
 * That it could not be prepared for is said, where it has not ended yet.
 */
static void look_again(pid_t pid, const char *path, const posix_spawn_file_actions_t *actions,
		       enum lp_elf_verdict found)
{
	char link[LINK_ROOM], name[NAME_ROOM];
	enum lp_elf_verdict verdict;

	if (!actions || !path || path[0] == '/' || found != LP_ELF_OPEN || !lps_enter())
		return;
	proc_link(link, "/proc/", (unsigned)pid, "/exe");
	verdict = lp_elf_probe(AT_FDCWD, link);
	if (read_link(name, link) && verdict != LP_ELF_OPEN)
		report(lp_elf_reason(verdict), name);
	lps_leave();
}

/* The call came back with `r`, and `path` is what was to be started. */
static int spawned(int r, const pid_t *pid, const char *path,
		   const posix_spawn_file_actions_t *actions, enum lp_elf_verdict found)
{
	int err = errno;

	lps_env_done();
	if (r == 0)
		look_again(*pid, path, actions, found);
	errno = err;
	return r;
}

LPS_HOOK(int, posix_spawn,
	 (pid_t * pid, const char *path, const posix_spawn_file_actions_t *actions,
	  const posix_spawnattr_t *attr, char *const argv[], char *const envp[]))
{
	enum lp_elf_verdict found;
	struct lps_env space;
	char *const *env = look(&space, AT_FDCWD, path, argv, envp, &found);
	pid_t child = 0, *to = pid ? pid : &child;
	int r = LPS_LIBC(posix_spawn)(to, path, actions, attr, argv, env);

	if (is_too_much(r, env, argv, envp, path))
		r = LPS_LIBC(posix_spawn)(to, path, actions, attr, argv, envp);
	return spawned(r, to, path, actions, found);
}

LPS_HOOK(int, posix_spawnp,
	 (pid_t * pid, const char *file, const posix_spawn_file_actions_t *actions,
	  const posix_spawnattr_t *attr, char *const argv[], char *const envp[]))
{
	enum lp_elf_verdict found;
	struct lps_env space;
	const char *path = search(space.preload, file);
	char *const *env = look(&space, AT_FDCWD, path, argv, envp, &found);
	pid_t child = 0, *to = pid ? pid : &child;
	int r = LPS_LIBC(posix_spawnp)(to, file, actions, attr, argv, env);

	if (is_too_much(r, env, argv, envp, file))
		r = LPS_LIBC(posix_spawnp)(to, file, actions, attr, argv, envp);
	return spawned(r, to, file && strchr(file, '/') ? file : NULL, actions, found);
}

/*
 * Our hook has it look present where libc has none (before glibc 2.39), as to Rust, which asks
 * dlsym.
 */
static int spawn_without(lps_type_posix_spawn *spawn, int *pidfd, const char *path,
			 const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *attr,
			 char *const argv[], char *const envp[])
{
	/* Also keeps a number free. Both are closed at an exec. */
	int fd = (int)syscall(SYS_pidfd_open, syscall(SYS_getpid), 0u), r;
	pid_t pid = 0;

	if (fd < 0)
		return errno;
	r = spawn(&pid, path, actions, attr, argv, envp);
	syscall(SYS_close, fd);
	if (r)
		return r;
	*pidfd = (int)syscall(SYS_pidfd_open, pid, 0u);
	return *pidfd < 0 ? errno : 0;
}

static int spawn_pidfd(lps_type_posix_spawn *real, lps_type_posix_spawn *spawn, int *pidfd,
		       const char *path, const posix_spawn_file_actions_t *actions,
		       const posix_spawnattr_t *attr, char *const argv[], char *const envp[])
{
	int r = real(pidfd, path, actions, attr, argv, envp);

	return r >= 0 ? r : spawn_without(spawn, pidfd, path, actions, attr, argv, envp);
}

/* Who was started nobody says: what actions may have changed is not looked at again. */
LPS_HOOK(int, pidfd_spawn,
	 (int *pidfd, const char *path, const posix_spawn_file_actions_t *actions,
	  const posix_spawnattr_t *attr, char *const argv[], char *const envp[]))
{
	lps_type_posix_spawn *real = LPS_LIBC(pidfd_spawn), *spawn = LPS_LIBC(posix_spawn);
	struct lps_env space;
	char *const *env = prepare(&space, AT_FDCWD, path, argv, envp);
	int r = spawn_pidfd(real, spawn, pidfd, path, actions, attr, argv, env);

	if (is_too_much(r, env, argv, envp, path))
		r = spawn_pidfd(real, spawn, pidfd, path, actions, attr, argv, envp);
	return failed(r);
}

LPS_HOOK(int, pidfd_spawnp,
	 (int *pidfd, const char *file, const posix_spawn_file_actions_t *actions,
	  const posix_spawnattr_t *attr, char *const argv[], char *const envp[]))
{
	lps_type_posix_spawn *real = LPS_LIBC(pidfd_spawnp), *spawn = LPS_LIBC(posix_spawnp);
	struct lps_env space;
	char *const *env = prepare(&space, AT_FDCWD, search(space.preload, file), argv, envp);
	int r = spawn_pidfd(real, spawn, pidfd, file, actions, attr, argv, env);

	if (is_too_much(r, env, argv, envp, file))
		r = spawn_pidfd(real, spawn, pidfd, file, actions, attr, argv, envp);
	return failed(r);
}

static void shell_done(const char *command, unsigned long size)
{
	int err = errno;
	void *p;

	memcpy(&p, &command, sizeof(p));
	if (size)
		munmap(p, size);
	errno = err;
}

/*
 * A shell command with our variables, and the memory it is in. The shell itself gets the program's
 * environment, as it stands there.
 */
static const char *shell(const char *command, unsigned long *size)
{
	const char *ours;
	int err = errno;

	*size = 0;
	if (command && lps_enter()) {
		if (out_of_reach()) {
			report(OUT_OF_REACH, SHELL);
			if (lps_own_process())
				lps_env_withdraw();
		} else {
			ours = lps_env_command(command, size);
			if (*size && strlen(ours) >= WORD_MAX) {
				if (strlen(command) < WORD_MAX)
					report(NO_ROOM, SHELL);
				shell_done(ours, *size);
				*size = 0;
			} else {
				command = ours;
			}
		}
		lps_leave();
	}
	errno = err;
	return command;
}

LPS_HOOK(int, system, (const char *command))
{
	unsigned long size;
	const char *ours = shell(command, &size);
	int r = LPS_LIBC(system)(ours);

	shell_done(ours, size);
	return r;
}

LPS_HOOK(FILE *, popen, (const char *command, const char *mode))
{
	unsigned long size;
	const char *ours = shell(command, &size);
	FILE *f = LPS_LIBC(popen)(ours, mode);

	shell_done(ours, size);
	return f;
}
