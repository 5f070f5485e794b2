/* SPDX-License-Identifier: MIT */
#ifndef LPB_TREE_BPF_H
#define LPB_TREE_BPF_H

/*
 * Which processes are in scope, and what becomes of them: fork, exec, exit, libraries loaded later,
 * and moves between control groups.
 */
#include "calls.bpf.h"
#include "ring.bpf.h"

#define SIGSTOP 19
#define SIGCONT 18

/*
 * True when the parent controls this process as a job of a terminal: it waits for stops, and would
 * believe that somebody stopped the job. Such shells put every job into a process group of its own.
 */
static __always_inline bool is_job(void)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct signal_struct *own = BPF_CORE_READ(task, signal);
	struct signal_struct *parent = BPF_CORE_READ(task, real_parent, signal);

	return BPF_CORE_READ(own, tty) &&
	       BPF_CORE_READ(own, pids[2]) != BPF_CORE_READ(parent, pids[2]) &&
	       BPF_CORE_READ(own, pids[3]) == BPF_CORE_READ(parent, pids[3]);
}

/* True when the parent, told of a stop, would stop itself and wait for a user. */
static __always_inline bool is_minded(void)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct lpb_comm name = {0};

	BPF_CORE_READ_INTO(&name.name, task, real_parent, comm);
	return bpf_map_lookup_elem(&parents, &name) != NULL;
}

/* It was not stopped after all, or not for long: others' gates need not wait for this one. */
static __always_inline void not_held(__u32 tgid, __u32 times)
{
	times--;
	bpf_map_update_elem(&stopped, &tgid, &times, BPF_EXIST);
}

/* Tells the loader about a process, and stops it first where it must wait for the answer. */
static __always_inline void announce(__u32 kind, __u32 tgid)
{
	__u32 *before = config.gate ? bpf_map_lookup_elem(&stopped, &tgid) : NULL;
	__u32 times = before ? *before : 0;
	__u16 flags = 0;

	if (config.gate && !is_job() && !is_minded()) {
		times++;
		/* Before the record: a continue that comes too early still takes the stop away. */
		if (bpf_map_update_elem(&stopped, &tgid, &times, BPF_ANY) == 0) {
			if (bpf_send_signal(SIGSTOP) == 0)
				flags = LPB_RECF_STOPPED;
			else
				not_held(tgid, times);
		}
	}
	/* Of whom nobody learns nobody would let it go on. */
	if (!send_event(kind, tgid, times, flags) && flags) {
		not_held(tgid, times);
		bpf_send_signal(SIGCONT);
	}
}

#define R_DEBUG_STATE 24 /* struct r_debug of link.h: r_state */

/*
 * ld.so calls this (it is empty, for debuggers) before and after it changes the list of libraries.
 * The cookie leads from here to ld.so's struct r_debug, which tells the two apart.
 */
SEC("uprobe")
int ld_debug_state(struct pt_regs *ctx)
{
	__u32 tgid = current_tgid();
	__u64 cookie = config.cookies ? bpf_get_attach_cookie(ctx) : 0;
	int state = 0; /* RT_CONSISTENT */

	if (!in_scope(tgid, false))
		return 0;
	if (cookie)
		bpf_probe_read_user(&state, sizeof(state),
				    (void *)(PT_REGS_IP(ctx) + cookie + R_DEBUG_STATE));
	if (state == 0)
		announce(LPB_REC_MAPS, tgid);
	return 0;
}

/* --- control groups --------------------------------------------------------------------------- */

struct kernfs_node {
	__u64 id;
} __attribute__((preserve_access_index));

struct cgroup_root {
	int hierarchy_id;
} __attribute__((preserve_access_index));

struct cgroup;

struct cgroup_subsys_state {
	struct cgroup *cgroup;
	struct cgroup_subsys_state *parent;
} __attribute__((preserve_access_index));

struct cgroup {
	struct cgroup_subsys_state self;
	struct kernfs_node *kn;
	struct cgroup_root *root;
} __attribute__((preserve_access_index));

struct css_set {
	struct cgroup *dfl_cgrp;
} __attribute__((preserve_access_index));

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, LPB_CGROUPS_MAX);
	__type(key, struct lpb_cgroup);
	__type(value, __u32);
} cgroups SEC(".maps");

#define CGROUP_DEPTH 24

/* True when it, or one that it is in, is in scope. */
static __always_inline bool wanted(struct cgroup *c, __u32 hierarchy)
{
	struct lpb_cgroup key = {.hierarchy = hierarchy};

	for (int i = 0; i < CGROUP_DEPTH && c; i++) {
		struct cgroup_subsys_state *up = BPF_CORE_READ(c, self.parent);

		key.id = BPF_CORE_READ(c, kn, id);
		if (bpf_map_lookup_elem(&cgroups, &key))
			return true;
		c = up ? BPF_CORE_READ(up, cgroup) : NULL;
	}
	return false;
}

/* A process is moved to another control group of one hierarchy. */
SEC("raw_tp/cgroup_attach_task")
int on_cgroup(struct bpf_raw_tracepoint_args *ctx)
{
	struct cgroup *to = (struct cgroup *)ctx->args[0];
	struct task_struct *task = (struct task_struct *)ctx->args[2];
	__u32 tgid = tgid_of(task), flags = LPB_PROC_CGROUP, *known;
	struct lpb_cgroup any = {.hierarchy = BPF_CORE_READ(to, root, hierarchy_id)};

	if (!config.cgroups || !tgid || !bpf_map_lookup_elem(&cgroups, &any))
		return 0;
	known = bpf_map_lookup_elem(&procs, &tgid);
	if (!wanted(to, any.hierarchy)) {
		if (known && (*known & LPB_PROC_CGROUP))
			bpf_map_delete_elem(&procs, &tgid);
	} else if (!known && bpf_map_update_elem(&procs, &tgid, &flags, BPF_ANY) == 0) {
		/* What it has loaded already is yet to be probed. */
		send_event(LPB_REC_MAPS, tgid, 0, 0);
	}
	return 0;
}

/* Puts a child in scope where its parent is, or the control group it starts in. */
static __always_inline bool adopt(struct task_struct *child, __u32 from, __u32 to)
{
	__u32 *known, flags;

	if (from == to || !to)
		return false; /* a thread, or none of our namespace */
	known = bpf_map_lookup_elem(&procs, &from);
	if (known)
		flags = *known;
	else if (config.cgroups && wanted(BPF_CORE_READ(child, cgroups, dfl_cgrp), 0))
		flags = LPB_PROC_CGROUP; /* clone3() puts a child where its parent is not */
	else
		return false;
	if (bpf_map_update_elem(&procs, &to, &flags, BPF_ANY))
		count(LPB_COUNT_CALLS_FULL); /* all of its calls, as far as is known */
	return true;
}

SEC("raw_tp/sched_process_fork")
int on_fork(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *child = (struct task_struct *)ctx->args[1];

	adopt(child, tgid_of((struct task_struct *)ctx->args[0]), tgid_of(child));
	return 0;
}

/* The same where processes may have probes of their own, which are not their children's. */
enum pid_type { PIDTYPE_PID, PIDTYPE_TGID };

extern int bpf_send_signal_task(struct task_struct *task, int sig, enum pid_type type,
				__u64 value) __ksym __weak;

#if defined(__TARGET_ARCH_x86)
#define NR_CLONE	    56
#define NR_VFORK	    58
#define NR_CLONE3	    435
#define SYSCALL_NUMBER(reg) ((reg)->orig_rax)
#define SYSCALL_FIRST(reg)  ((reg)->rdi)
#else
#error "the numbers of system calls are known for x86-64 only"
#endif
#define CLONE_VFORK 0x4000

/* Its parent waits until it runs another program, and so it does nothing else. */
static __always_inline bool by_vfork(void)
{
	struct pt_regs *reg = (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());
	__u64 flags = SYSCALL_FIRST(reg);

	switch (SYSCALL_NUMBER(reg)) {
	case NR_VFORK:
		return true;
	case NR_CLONE3: /* the first member of a struct */
		if (bpf_probe_read_user(&flags, sizeof(flags), (void *)flags))
			return false;
		return flags & CLONE_VFORK;
	default:
		return SYSCALL_NUMBER(reg) == NR_CLONE && (flags & CLONE_VFORK);
	}
}

/* Whether a child may need probes that are not there. */
static __always_inline bool is_bare(__u32 parent)
{
	__u32 *own = bpf_map_lookup_elem(&owners, &parent);
	__u32 *held = bpf_map_lookup_elem(&stopped, &parent);
	__u32 *done = bpf_map_lookup_elem(&continued, &parent);

	if (own && *own == LPB_OWN_ALONE)
		return true;
	/* The parent is about to get some, and another of its threads was quicker. */
	if (held && (!done || *held != *done))
		return true;
	/* It has no part in this: the child starts in a control group. */
	return config.gate && !bpf_map_lookup_elem(&procs, &parent);
}

SEC("tp_btf/sched_process_fork")
int on_fork_hold(__u64 *ctx)
{
	struct task_struct *parent = (struct task_struct *)ctx[0];
	struct task_struct *child = (struct task_struct *)ctx[1];
	__u32 from = tgid_of(parent), to = tgid_of(child), times = 1, *before;
	struct lpb_comm name = {0};
	__u16 flags = 0;

	if (!adopt(child, from, to))
		return 0;
	/* Who had this number before may have been killed before it was noted. */
	bpf_map_delete_elem(&owners, &to);
	if (!is_bare(from) || (parent->mm == child->mm && by_vfork()))
		return 0;
	BPF_CORE_READ_INTO(&name.name, parent, comm);
	before = bpf_map_lookup_elem(&stopped, &to);
	if (before)
		times = *before + 1;
	/* Before it first runs. */
	if (!bpf_map_lookup_elem(&parents, &name) &&
	    bpf_map_update_elem(&stopped, &to, &times, BPF_ANY) == 0) {
		if (bpf_send_signal_task(child, SIGSTOP, PIDTYPE_TGID, 0) == 0)
			flags = LPB_RECF_STOPPED;
		else
			not_held(to, times);
	}
	if (!send_event(LPB_REC_MAPS, to, times, flags) && flags) {
		not_held(to, times);
		bpf_send_signal_task(child, SIGCONT, PIDTYPE_TGID, 0);
	}
	return 0;
}

/* siginfo_t of a signal with a value. */
struct signal_said {
	int signo, error, code, pad, pid, uid;
	__u64 value;
};

/* Whether the current program's numbers of processes are the loader's. */
static __always_inline bool counts_alike(struct task_struct *task)
{
	struct pid *pid = BPF_CORE_READ(task, signal, pids[1]);
	unsigned int level = BPF_CORE_READ(pid, level);
	__u64 numbers = (__u64)__builtin_preserve_access_index(&pid->numbers);
	struct upid *u = (void *)(numbers + level * bpf_core_type_size(struct upid));

	return config.pid_ns ? BPF_CORE_READ(u, ns, ns.inum) == config.pid_ns : !level;
}

/*
 * Another gate, or this one, is done with a process and asks whether it may let it go on, which it
 * does by a signal to itself: any program that is told of signals sees the question, and may answer
 * by another one. It may not while this gate is not done, too, which then lets it go on later.
 */
SEC("raw_tp/signal_generate")
int on_question(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *self = (struct task_struct *)bpf_get_current_task();
	struct signal_said said;
	__u32 tgid, *held, *done;

	if ((int)ctx->args[0] != LPB_SIG_ASK || ctx->args[2] != (__u64)self ||
	    bpf_probe_read_kernel(&said, sizeof(said), (void *)ctx->args[1]) ||
	    said.value >> 32 != LPB_MAY_GO_ON >> 32 || !counts_alike(self))
		return 0;
	tgid = said.value;
	held = bpf_map_lookup_elem(&stopped, &tgid);
	done = bpf_map_lookup_elem(&continued, &tgid);
	if (held && (!done || *held != (*done & ~LPB_READY)))
		bpf_send_signal_thread(LPB_SIG_HELD);
	return 0;
}

/* What is remembered of this thread's calls holds for its program only. */
static __always_inline void forget_calls(__u32 tgid)
{
	struct call_key key = {.who = (__u32)bpf_get_current_pid_tgid(), .tgid = tgid};

	bpf_map_delete_elem(&calls, &key);
}

SEC("raw_tp/sched_process_exec")
int on_exec(struct bpf_raw_tracepoint_args *ctx)
{
	__u32 tgid = current_tgid(), flags;
	__u32 *known = bpf_map_lookup_elem(&procs, &tgid);

	forget_calls(tgid);
	/* Its probes were the first thread's; another one has taken over now. */
	if (config.scoped && (__u32)ctx->args[1] != (__u32)bpf_get_current_pid_tgid())
		bpf_map_delete_elem(&owners, &tgid);
	if (!known && (!config.everyone || !tgid))
		return 0;
	if (known) {
		flags = *known & ~LPB_PROC_SHIM;
		bpf_map_update_elem(&procs, &tgid, &flags, BPF_ANY);
	}
	announce(LPB_REC_EXEC, tgid);
	return 0;
}

SEC("raw_tp/sched_process_exit")
int on_exit(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *task = (struct task_struct *)ctx->args[0];
	__u32 tgid = current_tgid();
	bool known = bpf_map_lookup_elem(&procs, &tgid) != NULL;

	forget_calls(tgid);
	/* Of a process's threads the last one to end counts. */
	if (BPF_CORE_READ(task, signal, live.counter) > 0)
		return 0;
	if (config.scoped)
		bpf_map_delete_elem(&owners, &tgid);
	if (!known && (!config.everyone || !tgid))
		return 0;
	bpf_map_delete_elem(&procs, &tgid);
	bpf_map_delete_elem(&stopped, &tgid);
	bpf_map_delete_elem(&continued, &tgid);
	send_event(LPB_REC_EXIT, tgid, 0, 0);
	return 0;
}

#endif
