/* SPDX-License-Identifier: MIT */
#include "mapping.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool lpb_mapping_parse(char *line, struct lpb_mapping *m)
{
	char *p;

	line[strcspn(line, "\n")] = '\0';
	m->lo = strtoul(line, &p, 16);
	if (*p != '-')
		return false;
	m->hi = strtoul(p + 1, &p, 16);
	if (strlen(p) < sizeof(" rwxp "))
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

int lpb_mapping_open(pid_t pid, const struct lpb_mapping *m)
{
	char name[4200];
	struct stat st;
	int fd;

	snprintf(name, sizeof(name), "/proc/%d/map_files/%lx-%lx", (int)pid, m->lo, m->hi);
	fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd >= 0)
		return fd;
	/* That needs CAP_SYS_ADMIN or CAP_CHECKPOINT_RESTORE; the name will mostly do. */
	snprintf(name, sizeof(name), "/proc/%d/root%s", (int)pid, m->path);
	fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) || st.st_ino != m->ino) {
		close(fd);
		return -ENOENT;
	}
	return fd;
}
