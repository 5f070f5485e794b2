/* SPDX-License-Identifier: MIT */
/* The probe's interface where it was built without libbpf (WITH_BPF=0). */
#include "probe.h"

#include <errno.h>
#include <stdio.h>

int lpb_open(struct lpb_probe **out, const struct lpb_config *config, const struct lpb_ops *ops,
	     void *ctx, char *why, size_t why_size)
{
	(void)config;
	(void)ops;
	(void)ctx;
	*out = NULL;
	snprintf(why, why_size, "built without eBPF");
	return -ENOSYS;
}

int lpb_follow(struct lpb_probe *p, pid_t pid)
{
	(void)p;
	(void)pid;
	return -ENOSYS;
}

int lpb_follow_descendants(struct lpb_probe *p, pid_t pid)
{
	(void)p;
	(void)pid;
	return -ENOSYS;
}

int lpb_follow_cgroup(struct lpb_probe *p, const char *name, bool container, char *why,
		      size_t why_size)
{
	(void)p;
	(void)name;
	(void)container;
	snprintf(why, why_size, "built without eBPF");
	return -ENOSYS;
}

void lpb_leave(struct lpb_probe *p, pid_t pid)
{
	(void)p;
	(void)pid;
}

void lpb_has_shim(struct lpb_probe *p, pid_t pid, bool has)
{
	(void)p;
	(void)pid;
	(void)has;
}

bool lpb_holds(struct lpb_probe *p, pid_t pid)
{
	(void)p;
	(void)pid;
	return false;
}

void lpb_mute(struct lpb_probe *p, pid_t pid, uint64_t conn)
{
	(void)p;
	(void)pid;
	(void)conn;
}

int lpb_fd(const struct lpb_probe *p)
{
	(void)p;
	return -1;
}

int lpb_poll(struct lpb_probe *p)
{
	(void)p;
	return -ENOSYS;
}

void lpb_stats(struct lpb_probe *p, struct lpb_stats *s)
{
	(void)p;
	*s = (struct lpb_stats){0};
}

const char *lpb_how(const struct lpb_probe *p)
{
	(void)p;
	return "not there";
}

const char *lpb_missing(const struct lpb_probe *p)
{
	(void)p;
	return NULL;
}

void lpb_drop_rights(const struct lpb_probe *p)
{
	(void)p;
}

void lpb_close(struct lpb_probe *p)
{
	(void)p;
}
