/* SPDX-License-Identifier: MIT */
#include "env.h"

#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "shim.h"

#define PRELOAD	    "LD_PRELOAD="
#define PRELOAD_LEN (sizeof(PRELOAD) - 1)
#define SEPARATORS  ": "

static char *append(char *to, const char *what, size_t len)
{
	memcpy(to, what, len);
	to[len] = '\0';
	return to + len;
}

/* Copies the list `list` without us to `to`; true when we were in it. */
static bool without_us(char *to, const char *list)
{
	size_t own = strlen(lps_config.path);
	char *out = to;
	bool found = false;

	*out = '\0';
	while (*list) {
		size_t len = strcspn(list, SEPARATORS);

		if (len == own && memcmp(list, lps_config.path, len) == 0) {
			found = true;
		} else if (len) {
			if (out != to)
				out = append(out, ":", 1);
			out = append(out, list, len);
		}
		list += len;
		list += *list ? 1 : 0;
	}
	return found;
}

static bool names_us(const char *list)
{
	size_t own = strlen(lps_config.path), len;

	for (; *list; list += len + (list[len] ? 1 : 0)) {
		len = strcspn(list, SEPARATORS);
		if (len == own && memcmp(list, lps_config.path, len) == 0)
			return true;
	}
	return false;
}

struct found {
	size_t n;	/* entries */
	size_t preload; /* index of LD_PRELOAD, n when there is none */
	bool has_socket;
};

static struct found look(char *const *envp)
{
	size_t socket_name = strcspn(lps_config.socket_env, "=") + 1;
	struct found f = {.preload = SIZE_MAX, .has_socket = !lps_config.socket_env[0]};

	for (; envp && envp[f.n]; f.n++) {
		if (strncmp(envp[f.n], PRELOAD, PRELOAD_LEN) == 0)
			f.preload = f.n; /* of several glibc's loader takes the last */
		else if (!f.has_socket &&
			 strncmp(envp[f.n], lps_config.socket_env, socket_name) == 0)
			f.has_socket = true;
	}
	if (f.preload == SIZE_MAX)
		f.preload = f.n;
	return f;
}

/*
 * Mapped for what the frame has no room for. In a vfork child that succeeds nobody gives it back,
 * but the thread that waited for it has it for its next one.
 */
static __thread struct {
	char **v;
	size_t size;
	long user; /* process that it was made for */
} large __attribute__((tls_model("initial-exec")));

static void large_free(void)
{
	if (large.v)
		munmap(large.v, large.size);
	large.v = NULL;
}

/* Room for `n` entries and two more, and at *text for `len` bytes. NULL: there is none. */
static char **entries_of(struct lps_env *space, size_t n, size_t len, char **text)
{
	size_t size = (n + 3) * sizeof(char *) + len;
	void *p;

	*text = space->preload;
	if (n <= LPS_ENV_MAX && len <= sizeof(space->preload))
		return space->entries;
	/* In use: a signal handler starts a program while its thread does. */
	if (large.v && large.user == syscall(SYS_getpid))
		return NULL;
	if (!large.v || large.size < size) {
		large_free();
		p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (p == MAP_FAILED)
			return NULL;
		large.v = p;
		large.size = size;
	}
	large.user = syscall(SYS_getpid);
	*text = (char *)(large.v + n + 3);
	return large.v;
}

bool lps_env_elsewhere(char *const *envp)
{
	size_t name = strcspn(lps_config.socket_env, "=") + 1;

	for (; lps_config.socket_env[0] && envp && *envp; envp++)
		if (strncmp(*envp, lps_config.socket_env, name) == 0)
			return strcmp(*envp + name, lps_config.socket_env + name) != 0;
	return false;
}

char *const *lps_env_make(struct lps_env *space, char *const *envp, bool without)
{
	struct found f = look(envp);
	const char *list = f.preload < f.n ? envp[f.preload] + PRELOAD_LEN : "";
	bool ours = names_us(list);
	char **out, *text, *p;
	size_t k = 0;

	if (!lps_config.path[0] || (without ? !ours : ours && f.has_socket))
		return envp;
	out = entries_of(space, f.n, sizeof(PRELOAD ":") + strlen(lps_config.path) + strlen(list),
			 &text);
	if (!out)
		return envp;
	p = append(text, PRELOAD, PRELOAD_LEN);
	if (without) {
		without_us(p, list);
	} else if (ours) {
		append(p, list, strlen(list));
	} else {
		p = append(p, lps_config.path, strlen(lps_config.path));
		if (*list) {
			p = append(p, ":", 1);
			append(p, list, strlen(list));
		}
	}
	for (size_t i = 0; i < f.n; i++)
		if (i != f.preload)
			out[k++] = envp[i];
		else if (text[PRELOAD_LEN])
			out[k++] = text;
	if (!without && f.preload == f.n)
		out[k++] = text;
	if (!without && !f.has_socket)
		out[k++] = lps_config.socket_env;
	out[k] = NULL;
	return out;
}

/*
 * May 8 bytes there be written to? Asked of the kernel, which writes them where they may: they are
 * the caller's to overwrite.
 */
static bool may_write(char *p)
{
	return syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, p, sizeof(uint64_t)) == 0;
}

void lps_env_withdraw(void)
{
	struct found f = look(environ);
	char *list = f.preload < f.n ? environ[f.preload] + PRELOAD_LEN : NULL;
	size_t own = strlen(lps_config.path), len;
	bool alone = list && strcmp(list, lps_config.path) == 0;

	if (own < sizeof(uint64_t) || !list)
		return;
	for (char *p = list; *p; p += len + (p[len] ? 1 : 0)) {
		len = strcspn(p, SEPARATORS);
		/* The loader passes over what is empty. */
		if (len == own && memcmp(p, lps_config.path, len) == 0 && may_write(p))
			memset(p, ':', len);
	}
	if (alone && *list == ':')
		*list = '\0';
}

void lps_env_done(void)
{
	large_free();
}

/* 'value' for the shell; a quote inside becomes '\''. */
static char *quoted(char *to, const char *value)
{
	to = append(to, "'", 1);
	for (; *value; value++)
		to = *value == '\'' ? append(to, "'\\''", 4) : append(to, value, 1);
	return append(to, "'", 1);
}

const char *lps_env_command(const char *command, unsigned long *size)
{
	struct found f = look(environ);
	const char *list = f.preload < f.n ? environ[f.preload] + PRELOAD_LEN : "";
	size_t name = strcspn(lps_config.socket_env, "=");
	char *text, *p;

	*size = 0;
	if (!lps_config.path[0] || (names_us(list) && f.has_socket))
		return command;
	/* Quoting makes at most four bytes of one. */
	*size = strlen(command) +
		4 * (strlen(lps_config.path) + strlen(list) + strlen(lps_config.socket_env)) + 64;
	text = mmap(NULL, *size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (text == MAP_FAILED) {
		*size = 0;
		return command;
	}
	p = append(text, "export " PRELOAD, strlen("export " PRELOAD));
	if (!names_us(list))
		p = quoted(p, lps_config.path);
	if (*list) {
		p = names_us(list) ? p : append(p, ":", 1);
		p = quoted(p, list);
	}
	if (!f.has_socket) {
		p = append(p, " ", 1);
		p = append(p, lps_config.socket_env, name + 1);
		p = quoted(p, lps_config.socket_env + name + 1);
	}
	p = append(p, "; ", 2);
	append(p, command, strlen(command));
	return text;
}
