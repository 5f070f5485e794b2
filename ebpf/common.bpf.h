/* SPDX-License-Identifier: MIT */
#ifndef LPB_COMMON_BPF_H
#define LPB_COMMON_BPF_H

/*
 * What all programs in the kernel share: what the loader tells them, the kernel's types that they
 * read, and which processes are in scope.
 */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <stdbool.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "lp_mark.h"
#include "probe_abi.h"

#define PAGE 4096

/* What is mostly so stands in a row, as what is jumped to has to come from memory. */
#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

const volatile struct lpb_kernel_config config SEC(LPB_CONFIG_SECTION) = {0};
volatile struct lpb_told told SEC(LPB_TOLD_SECTION) = {0};

/* The few members of kernel types that are read; their offsets are looked up when loading. */
struct atomic {
	int counter;
} __attribute__((preserve_access_index));

struct tty_struct;
struct css_set;
struct files_struct;
struct mm_struct;

struct ns_common {
	unsigned int inum;
} __attribute__((preserve_access_index));

struct pid_namespace {
	struct ns_common ns;
} __attribute__((preserve_access_index));

/* What a process is called in one namespace. */
struct upid {
	int nr;
	struct pid_namespace *ns;
} __attribute__((preserve_access_index));

struct pid {
	unsigned int level;
	struct upid numbers[1]; /* by the depth of the namespace, up to level */
} __attribute__((preserve_access_index));

struct signal_struct {
	struct atomic live;
	struct pid *pids[4]; /* by enum pid_type: process 1, process group 2, session 3 */
	struct tty_struct *tty;
} __attribute__((preserve_access_index));

struct task_struct {
	int pid;
	int tgid;
	unsigned int self_exec_id;
	struct task_struct *real_parent;
	struct signal_struct *signal;
	struct mm_struct *mm;
	struct css_set *cgroups;
	struct files_struct *files;
	char comm[LPB_COMM];
} __attribute__((preserve_access_index));

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, LPB_COUNTS);
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");

/* Processes in scope: tgid to LPB_PROC_* */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, LPB_PROCS_MAX);
	__type(key, __u32);
	__type(value, __u32);
} procs SEC(".maps");

/* Processes with probes of their own: tgid to enum lpb_own. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, LPB_PROCS_MAX);
	__type(key, __u32);
	__type(value, __u32);
} owners SEC(".maps");

/* Of these: the files, by the numbers in everybody's cookies. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, LPB_OWN_FILES_MAX);
	__type(key, struct lpb_own_file);
	__type(value, __u32);
} own_files SEC(".maps");

/*
 * How often processes were told to stop, and how often of these to go on, which the loader writes
 * when it has told them: where the two differ, whoever is left has to do it.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, LPB_PROCS_MAX);
	__type(key, __u32);
	__type(value, __u32);
} stopped SEC(".maps"), continued SEC(".maps");

/* Names of programs that stop as well when a child of theirs does. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, LPB_PARENTS_MAX);
	__type(key, struct lpb_comm);
	__type(value, __u32);
} parents SEC(".maps");

static __always_inline void count(__u32 what)
{
	__u64 *n = bpf_map_lookup_elem(&counts, &what);

	if (n)
		(*n)++;
}

#define PID_NS_DEPTH 32 /* MAX_PID_NS_LEVEL of the kernel */

/* What the loader's own namespace calls a task's process; 0: it is not in that or in one below. */
__noinline int number_here(__u64 task)
{
	struct pid *pid = BPF_CORE_READ((struct task_struct *)task, signal, pids[1]);
	int level = (int)BPF_CORE_READ(pid, level);
	__u64 numbers = (__u64)__builtin_preserve_access_index(&pid->numbers);

	for (int i = 0; i < PID_NS_DEPTH && level >= 0; i++, level--) {
		struct upid *u = (void *)(numbers + level * bpf_core_type_size(struct upid));

		if (BPF_CORE_READ(u, ns, ns.inum) == config.pid_ns)
			return BPF_CORE_READ(u, nr);
	}
	return 0;
}

static __always_inline __u32 tgid_of(struct task_struct *task)
{
	if (config.pid_ns)
		return number_here((__u64)task);
	return BPF_CORE_READ(task, tgid);
}

static __always_inline __u32 current_tgid(void)
{
	if (config.pid_ns)
		return number_here(bpf_get_current_task());
	return bpf_get_current_pid_tgid() >> 32;
}

/* Whether this is for the process's shim, where it has one; most often there is none anywhere. */
static __always_inline bool may_be_covered(bool covered)
{
	return unlikely(covered && told.shims);
}

/* True when the process is followed and not, where that is `covered`, by its shim. */
static __always_inline bool in_scope(__u32 tgid, bool covered)
{
	__u32 *flags = bpf_map_lookup_elem(&procs, &tgid);

	if (!flags)
		return config.everyone && tgid;
	return !(covered && (*flags & LPB_PROC_SHIM));
}

#endif
