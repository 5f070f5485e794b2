/* SPDX-License-Identifier: MIT */
#include "mapping.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Takes a line apart, in place: "lo-hi rwxp offset major:minor inode   path". */
static bool parse(char *line, struct lpb_mapping *m)
{
	char *p;

	line[strcspn(line, "\n")] = '\0';
	m->lo = strtoul(line, &p, 16);
	if (*p != '-')
		return false;
	m->hi = strtoul(p + 1, &p, 16);
	if (m->hi < m->lo || strlen(p) < sizeof(" rwxp "))
		return false;
	m->code = p[3] == 'x';
	m->off = strtoul(p + 6, &p, 16);
	m->major = strtoul(p, &p, 16);
	if (*p != ':')
		return false;
	m->minor = strtoul(p + 1, &p, 16);
	m->ino = strtoul(p, &p, 10);
	m->path = p + strspn(p, " ");
	return true;
}

int lpb_mappings_open(struct lpb_mappings *w, pid_t pid)
{
	char name[32] = "/proc/self/maps";

	if (pid)
		snprintf(name, sizeof(name), "/proc/%d/maps", (int)pid);
	*w = (struct lpb_mappings){.file = fopen(name, "re")};
	return w->file ? 0 : -errno;
}

bool lpb_mappings_next(struct lpb_mappings *w, struct lpb_mapping *m)
{
	while (getline(&w->line, &w->room, w->file) > 0)
		if (parse(w->line, m))
			return true;
	return false;
}

void lpb_mappings_close(struct lpb_mappings *w)
{
	free(w->line);
	fclose(w->file);
}

int lpb_open_regular(const char *name, unsigned long ino)
{
	int path = open(name, O_PATH | O_CLOEXEC), fd = -ENOENT;
	char same[32];
	struct stat st;

	if (path < 0)
		return -errno;
	snprintf(same, sizeof(same), "/proc/self/fd/%d", path);
	if (fstat(path, &st) == 0 && S_ISREG(st.st_mode) && (!ino || st.st_ino == ino)) {
		fd = open(same, O_RDONLY | O_CLOEXEC);
		fd = fd < 0 ? -errno : fd;
	}
	close(path);
	return fd;
}

int lpb_mapping_open(pid_t pid, const struct lpb_mapping *m)
{
	char name[4200];
	int fd;

	snprintf(name, sizeof(name), "/proc/%d/map_files/%lx-%lx", (int)pid, m->lo, m->hi);
	fd = lpb_open_regular(name, 0);
	if (fd >= 0)
		return fd;
	/* That needs CAP_SYS_ADMIN or CAP_CHECKPOINT_RESTORE; the name will mostly do. */
	snprintf(name, sizeof(name), "/proc/%d/root%s", (int)pid, m->path);
	return lpb_open_regular(name, m->ino);
}

pid_t lpb_proc_parent(pid_t pid, char *state)
{
	char name[64], line[512], *end;
	pid_t parent = -1;
	FILE *f;

	snprintf(name, sizeof(name), "/proc/%d/stat", (int)pid);
	f = fopen(name, "re");
	if (!f)
		return -1;
	/* "pid (name) S ppid": the name may hold anything but a later ")". */
	if (fgets(line, sizeof(line), f)) {
		end = strrchr(line, ')');
		if (end && strlen(end) > 4) {
			*state = end[2];
			parent = (pid_t)strtol(end + 4, NULL, 10);
		}
	}
	fclose(f);
	return parent;
}
