/* SPDX-License-Identifier: MIT */
#include "rights.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool have_cap(unsigned cap)
{
	struct __user_cap_header_struct h = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct d[2] = {{0}};

	if (syscall(SYS_capget, &h, d))
		return false;
	return d[cap / 32].effective & (1u << (cap % 32));
}

void lpb_rights_explain(char *why, size_t size, const char *what, int err)
{
	if (access("/proc/self/maps", R_OK))
		snprintf(why, size, "/proc is not mounted");
	else if (access("/sys/kernel", R_OK))
		snprintf(why, size, "/sys is not mounted");
	else if (access("/sys/kernel/btf/vmlinux", R_OK))
		snprintf(why, size, "the kernel has no type information (CONFIG_DEBUG_INFO_BTF)");
	else if (err == -ENOSYS)
		snprintf(why, size, "the kernel has no bpf() (CONFIG_BPF_SYSCALL)");
	else if (!have_cap(CAP_SYS_ADMIN) && !have_cap(CAP_BPF))
		snprintf(why, size, "no CAP_BPF");
	else if (!have_cap(CAP_SYS_ADMIN) && !have_cap(CAP_PERFMON))
		snprintf(why, size, "no CAP_PERFMON");
	else if (!have_cap(CAP_SYS_ADMIN) && err == -EACCES)
		snprintf(why, size, "%s: needs CAP_SYS_ADMIN on this kernel (before 6.6)", what);
	else if (err == -EPERM)
		snprintf(why, size, "%s: refused by the kernel's lockdown or a security module",
			 what);
	else
		snprintf(why, size, "%s: %s", what, strerror(-err));
}

bool lpb_rights_others(void)
{
	return have_cap(CAP_SYS_PTRACE);
}

void lpb_rights_drop(bool admin)
{
	static const unsigned needed[] = {
		CAP_BPF,
		CAP_PERFMON,		/* probes of files to come */
		CAP_SYS_PTRACE,		/* /proc/PID of others */
		CAP_CHECKPOINT_RESTORE, /* /proc/PID/map_files */
		CAP_KILL,		/* SIGCONT */
		CAP_DAC_READ_SEARCH,	/* programs that only their owner may read */
		CAP_DAC_OVERRIDE,
		CAP_FOWNER,
		CAP_CHOWN, /* output where the user wants it */
	};
	struct __user_cap_header_struct h = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct d[2] = {{0}};
	uint32_t keep[2] = {0};

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		keep[needed[i] / 32] |= 1u << (needed[i] % 32);
	if (admin)
		keep[CAP_SYS_ADMIN / 32] |= 1u << (CAP_SYS_ADMIN % 32);
	if (syscall(SYS_capget, &h, d))
		return;
	for (int i = 0; i < 2; i++) {
		d[i].effective &= keep[i];
		d[i].permitted &= keep[i];
		d[i].inheritable &= keep[i];
	}
	/* What cannot be given up stays; nothing depends on it. */
	(void)syscall(SYS_capset, &h, d);
}
