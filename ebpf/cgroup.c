/* SPDX-License-Identifier: MIT */
#include "cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define ID_MIN	  12 /* characters of a container's id */
#define DEPTH_MAX 32

/* A place where control groups are mounted. */
struct mount {
	char root[PATH_MAX], path[PATH_MAX];
	bool v2;
	uint32_t hierarchy;
};

/* The number that /proc/self/cgroup gives to the hierarchy with these options of its mount. */
static uint32_t hierarchy_of(const char *options)
{
	FILE *f = fopen("/proc/self/cgroup", "re");
	size_t len = strlen(options), n, room = 0;
	char *line = NULL, *controllers, *end;
	uint32_t found = UINT32_MAX;

	while (f && found == UINT32_MAX && getline(&line, &room, f) > 0) {
		controllers = strchr(line, ':');
		end = controllers ? strchr(controllers + 1, ':') : NULL;
		if (!end || end == controllers + 1)
			continue;
		*end = '\0';
		/* "rw,xattr,name=systemd": the controllers come last. */
		n = strlen(++controllers);
		if (n < len && options[len - n - 1] == ',' &&
		    !strcmp(options + len - n, controllers))
			found = (uint32_t)strtoul(line, NULL, 10);
	}
	free(line);
	if (f)
		fclose(f);
	return found;
}

/* "36 35 98:0 /root /mount/point options … - type source super-options" */
static bool parse_mount(char *line, struct mount *m)
{
	char type[32], options[512];
	const char *rest = strstr(line, " - ");

	if (!rest || sscanf(rest, " - %31s %*s %511s", type, options) != 2 ||
	    sscanf(line, "%*s %*s %*s %4095s %4095s", m->root, m->path) != 2)
		return false;
	m->v2 = !strcmp(type, "cgroup2");
	if (!m->v2 && strcmp(type, "cgroup") != 0)
		return false;
	m->hierarchy = m->v2 ? 0 : hierarchy_of(options);
	return m->hierarchy != UINT32_MAX;
}

/* Calls `fn` for each mount until it says true. */
static bool find_mount(bool (*fn)(const struct mount *m, void *ctx), void *ctx)
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	struct mount *m = calloc(1, sizeof(*m));
	char *line = NULL;
	size_t room = 0;
	bool found = false;

	while (f && m && !found && getline(&line, &room, f) > 0)
		found = parse_mount(line, m) && fn(m, ctx);
	free(line);
	free(m);
	if (f)
		fclose(f);
	return found;
}

static bool is_below(const char *path, const char *folder)
{
	size_t n = strlen(folder);

	return !strncmp(path, folder, n) && (path[n] == '/' || !path[n] || folder[n - 1] == '/');
}

static bool holds(const struct mount *m, void *ctx)
{
	struct lpb_cgroup_place *place = ctx;

	place->hierarchy = m->hierarchy;
	return is_below(place->path, m->path);
}

static int number_of(struct lpb_cgroup_place *place)
{
	struct stat st;

	if (stat(place->path, &st))
		return -errno;
	if (!S_ISDIR(st.st_mode))
		return -ENOTDIR;
	place->id = st.st_ino;
	return 0;
}

bool lpb_cgroup_renewed(struct lpb_cgroup_place *place)
{
	uint64_t before = place->id;

	return number_of(place) == 0 && place->id != before;
}

struct below_v2 {
	const char *name;
	char *path; /* PATH_MAX */
};

static bool join_v2(const struct mount *m, void *ctx)
{
	const struct below_v2 *b = ctx;

	return m->v2 && snprintf(b->path, PATH_MAX, "%s/%s", m->path, b->name) < PATH_MAX;
}

int lpb_cgroup_find(const char *name, struct lpb_cgroup_place *place, char *why, size_t why_size)
{
	char path[PATH_MAX];
	struct below_v2 below = {name, path};
	int err = -ENOENT;

	if (realpath(name, place->path) ||
	    (find_mount(join_v2, &below) && realpath(path, place->path)))
		err = find_mount(holds, place) ? number_of(place) : -ENOENT;
	if (err)
		snprintf(why, why_size, "there is no control group \"%.80s\"", name);
	return err;
}

/* --- containers ------------------------------------------------------------------------------- */

struct container {
	const char *id;
	struct lpb_cgroup_place *place;
	/* of the line of /proc/PID/cgroup at hand */
	uint32_t hierarchy;
	char *path;
};

/* "libpod-conmon-ID.scope": of what waits for the container, and is not in it. `p` is at the id. */
static bool is_monitor(const char *path, const char *p)
{
	static const char name[] = "conmon-";
	size_t n = sizeof(name) - 1;

	return (size_t)(p - path) >= n && !memcmp(p - n, name, n);
}

/* Cuts the path behind the component that names the container: "/docker/ID", "/x/engine-ID.scope".
 */
static bool cut(char *path, const char *id)
{
	size_t n = strlen(id);

	for (char *p = strstr(path, id); p; p = strstr(p + 1, id)) {
		if (p == path || !strchr("/-:_", p[-1]) || is_monitor(path, p))
			continue;
		p[n + strcspn(p + n, "/")] = '\0';
		return true;
	}
	return false;
}

static bool join(const struct mount *m, void *ctx)
{
	const struct container *c = ctx;
	struct lpb_cgroup_place place = {.hierarchy = m->hierarchy};
	const char *path = c->path;

	if (m->hierarchy != c->hierarchy)
		return false;
	if (strcmp(m->root, "/") != 0) {
		if (!is_below(path, m->root))
			return false;
		path += strlen(m->root);
	}
	if (snprintf(place.path, PATH_MAX, "%s%s", m->path, path) >= PATH_MAX || number_of(&place))
		return false;
	/* Only now: it may stand in the place of one that an earlier hierarchy has. */
	*c->place = place;
	return true;
}

/* Looks through /proc/PID/cgroup, whose last line is version 2, which follows processes best. */
static bool look(const char *pid, struct container *c)
{
	char name[300], *line = NULL;
	size_t room = 0;
	bool found = false;
	FILE *f;

	snprintf(name, sizeof(name), "/proc/%s/cgroup", pid);
	f = fopen(name, "re");
	while (f && getline(&line, &room, f) > 0) {
		char *path = strchr(line, ':');

		path = path ? strchr(path + 1, ':') : NULL;
		if (!path)
			continue;
		c->path = path + 1;
		c->path[strcspn(c->path, "\n")] = '\0';
		c->hierarchy = (uint32_t)strtoul(line, NULL, 10);
		if (cut(c->path, c->id))
			found |= find_mount(join, c);
	}
	free(line);
	if (f)
		fclose(f);
	return found;
}

int lpb_cgroup_of_container(const char *id, struct lpb_cgroup_place *place, char *why,
			    size_t why_size)
{
	struct container c = {.id = id, .place = place};
	const struct dirent *d;
	bool found = false;
	DIR *proc;

	if (strlen(id) < ID_MIN || id[strspn(id, "0123456789abcdef")]) {
		snprintf(why, why_size,
			 "a container's id is %d to 64 digits and letters from a to f, not "
			 "\"%.80s\"",
			 ID_MIN, id);
		return -EINVAL;
	}
	proc = opendir("/proc");
	while (proc && !found && (d = readdir(proc)))
		found = d->d_name[0] >= '1' && d->d_name[0] <= '9' && look(d->d_name, &c);
	if (proc)
		closedir(proc);
	if (!found)
		snprintf(why, why_size, "no process runs in a container %.80s", id);
	return found ? 0 : -ENOENT;
}

/* --- processes -------------------------------------------------------------------------------- */

static int each(const char *path, int depth, void (*fn)(void *ctx, pid_t pid), void *ctx)
{
	char name[PATH_MAX], line[32];
	const struct dirent *d;
	DIR *dir;
	FILE *f;

	if (depth == DEPTH_MAX ||
	    snprintf(name, sizeof(name), "%s/cgroup.procs", path) >= (int)sizeof(name))
		return -ENAMETOOLONG;
	f = fopen(name, "re");
	if (!f)
		return -errno;
	while (fgets(line, sizeof(line), f)) {
		pid_t pid = (pid_t)strtol(line, NULL, 10);

		if (pid > 0)
			fn(ctx, pid);
	}
	fclose(f);
	dir = opendir(path);
	while (dir && (d = readdir(dir))) {
		if (d->d_type != DT_DIR || d->d_name[0] == '.' ||
		    snprintf(name, sizeof(name), "%s/%s", path, d->d_name) >= (int)sizeof(name))
			continue;
		/* One that is gone by now has no processes. */
		(void)each(name, depth + 1, fn, ctx);
	}
	if (dir)
		closedir(dir);
	return 0;
}

int lpb_cgroup_each(const char *path, void (*fn)(void *ctx, pid_t pid), void *ctx)
{
	return each(path, 0, fn, ctx);
}
