/* SPDX-License-Identifier: MIT */
#include "inject.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "elf/elf_probe.h"
#include "hellos.h"
#include "lp_ring.h"

#define LIBRARY	      "libleastpriv.so"
#define SOCKET	      "collector.sock"
#define FOLDER	      "leastpriv."
#define STALE_S	      60	      /* a younger folder may be in the making */
#define DEFAULT_PATH  "/bin:/usr/bin" /* what execvp searches without PATH */
#define UNIX_PATH_MAX sizeof(((struct sockaddr_un *)NULL)->sun_path)

/* False when it does not fit. */
static bool join(char to[PATH_MAX], const char *a, const char *b)
{
	int n = snprintf(to, PATH_MAX, "%s%s", a, b);

	return n >= 0 && n < PATH_MAX;
}

/* LD_PRELOAD is split at blanks and colons, and has no way to quote them. */
static bool plain(const char *path)
{
	return path[0] == '/' && !path[strcspn(path, " :\t\n")];
}

/* --- the library ------------------------------------------------------------------------------ */

static bool usable(const char *path, char to[PATH_MAX])
{
	return access(path, R_OK) == 0 && realpath(path, to) != NULL;
}

static int find_library(char to[PATH_MAX])
{
	static const char *const places[] = {"/" LIBRARY, "/../lib/leastpriv/" LIBRARY,
					     "/../lib64/leastpriv/" LIBRARY};
	const char *env = getenv("LEASTPRIV_LIB");
	char own[PATH_MAX], path[PATH_MAX];
	ssize_t n;

	if (env && *env) {
		if (usable(env, to))
			return 0;
		lp_log(LP_LOG_ERROR, "LEASTPRIV_LIB: %s: %s", env, strerror(errno));
		return -ENOENT;
	}
	n = readlink("/proc/self/exe", own, sizeof(own) - 1);
	if (n < 0) {
		lp_log(LP_LOG_ERROR, "/proc/self/exe: %s; LEASTPRIV_LIB may say where %s is",
		       strerror(errno), LIBRARY);
		return -ENOENT;
	}
	own[n] = '\0';
	if (strrchr(own, '/'))
		*strrchr(own, '/') = '\0';
	for (size_t i = 0; i < LP_ARRAY_LEN(places); i++)
		if (join(path, own, places[i]) && usable(path, to))
			return 0;
	lp_log(LP_LOG_ERROR,
	       "%s is neither in %s nor in %s/../lib/leastpriv or lib64; LEASTPRIV_LIB may "
	       "say where it is",
	       LIBRARY, own, own);
	return -ENOENT;
}

/* --- the folder ------------------------------------------------------------------------------- */

/* Removes a folder that a leastpriv-run of ours left behind which was killed. */
static void clear_dir(const char *dir)
{
	char path[PATH_MAX];
	struct stat st;

	if (lstat(dir, &st) || !S_ISDIR(st.st_mode) || st.st_uid != geteuid() ||
	    time(NULL) - st.st_mtime < STALE_S)
		return;
	if (!join(path, dir, "/" SOCKET) || lp_hellos_clear(path))
		return;
	if (join(path, dir, "/" LIBRARY))
		unlink(path);
	rmdir(dir);
}

static void clear_old(const char *parent)
{
	char name[NAME_MAX + 2], path[PATH_MAX];
	DIR *d = opendir(parent);
	const struct dirent *e;

	while (d && (e = readdir(d))) {
		snprintf(name, sizeof(name), "/%s", e->d_name);
		if (!strncmp(e->d_name, FOLDER, sizeof(FOLDER) - 1) &&
		    strlen(e->d_name) == sizeof(FOLDER "XXXXXX") - 1 && join(path, parent, name))
			clear_dir(path);
	}
	if (d)
		closedir(d);
}

static bool make_dir(struct lp_inject *in, const char *parent)
{
	if (!parent || !plain(parent) || !join(in->dir, parent, "/" FOLDER "XXXXXX") ||
	    !join(in->socket, in->dir, "/" SOCKET) || strlen(in->socket) >= UNIX_PATH_MAX ||
	    !mkdtemp(in->dir)) {
		in->dir[0] = '\0';
		return false;
	}
	/* Programs that root starts may drop their rights; who they are is checked at the socket.
	 */
	if (in->shared && chmod(in->dir, 0711))
		lp_log(LP_LOG_DEBUG, "%s: %s", in->dir, strerror(errno));
	return join(in->socket, in->dir, "/" SOCKET);
}

static int find_dir(struct lp_inject *in)
{
	/* The folder of root's session is closed to others. */
	const char *runtime = in->shared ? NULL : getenv("XDG_RUNTIME_DIR");
	const char *const parents[] = {runtime, "/dev/shm", getenv("TMPDIR"), "/tmp"};

	for (size_t i = 0; i < LP_ARRAY_LEN(parents); i++) {
		if (make_dir(in, parents[i])) {
			clear_old(parents[i]);
			return 0;
		}
	}
	lp_log(LP_LOG_ERROR, "no place for a private folder: %s", strerror(errno));
	return -EACCES;
}

static int link_library(struct lp_inject *in)
{
	char link[PATH_MAX];

	if (!join(link, in->dir, "/" LIBRARY) || symlink(in->library, link)) {
		lp_log(LP_LOG_ERROR, "%s: %s", in->dir, strerror(errno));
		return -EACCES;
	}
	memcpy(in->library, link, sizeof(link));
	in->linked = true;
	return 0;
}

int lp_inject_open(struct lp_inject *in)
{
	int err;

	*in = (struct lp_inject){.shared = geteuid() == 0};
	err = find_library(in->library);
	if (!err)
		err = find_dir(in);
	if (!err && !plain(in->library))
		err = link_library(in);
	if (err)
		lp_inject_close(in);
	return err;
}

void lp_inject_close(struct lp_inject *in)
{
	if (in->linked)
		unlink(in->library);
	if (in->dir[0] && rmdir(in->dir))
		lp_log(LP_LOG_WARN, "%s: %s", in->dir, strerror(errno));
	in->dir[0] = '\0';
	in->linked = false;
}

/* --- the command ------------------------------------------------------------------------------ */

int lp_inject_environment(const struct lp_inject *in, char ***before)
{
	const char *other = getenv("LD_PRELOAD");
	char *value = NULL;
	size_t n = 0;
	int err = 0;

	while (environ[n])
		n++;
	/* setenv leaves the strings alone. */
	*before = malloc((n + 1) * sizeof(**before));
	if (!*before)
		return -ENOMEM;
	memcpy(*before, environ, (n + 1) * sizeof(**before));
	if (asprintf(&value, "%s%s%s", in->library, other && *other ? ":" : "",
		     other ? other : "") < 0)
		return -ENOMEM;
	if (setenv("LD_PRELOAD", value, 1) || setenv(LP_SOCKET_VARIABLE, in->socket, 1))
		err = -ENOMEM;
	free(value);
	return err;
}

/* As execvp searches. */
static bool search(const char *command, char path[PATH_MAX])
{
	const char *list = getenv("PATH");
	size_t len;

	if (strchr(command, '/'))
		return join(path, "", command);
	for (list = list ? list : DEFAULT_PATH;; list += len + 1) {
		int n;

		len = strcspn(list, ":");
		n = snprintf(path, PATH_MAX, "%.*s%s%s", (int)len, list, len ? "/" : "", command);
		if (n > 0 && n < PATH_MAX && access(path, X_OK) == 0)
			return true;
		if (!list[len])
			return false;
	}
}

const char *lp_inject_obstacle(const char *command, char path[PATH_MAX], bool *preload)
{
	enum lp_elf_verdict verdict;

	*preload = true;
	path[0] = '\0';
	if (!search(command, path))
		return NULL;
	verdict = lp_elf_probe(AT_FDCWD, path);
	*preload = verdict != LP_ELF_MACHINE;
	return verdict == LP_ELF_OPEN ? NULL : lp_elf_reason(verdict);
}

bool lp_inject_traceable(const char *obstacle)
{
	return obstacle && (obstacle == lp_elf_reason(LP_ELF_STATIC) ||
			    obstacle == lp_elf_reason(LP_ELF_INSIDE));
}
