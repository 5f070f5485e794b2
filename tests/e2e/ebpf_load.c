/* SPDX-License-Identifier: MIT */

/*
 * Loads the probe's object in each way that probe_load.c knows and prints a line of TAP for each.
 * Built by ebpf_load.t, with LPB_OBJECT naming the object and NAME its compiler. Helpers that the
 * kernel which a way stands for does not have yet are taken away first: the verifier refuses them
 * where it comes to them, as that kernel's would. How much stack older kernels lend is checked
 * here.
 */
#include "ebpf/probe_load.c"

#include <dlfcn.h>
#include <stdarg.h>
#include <sys/syscall.h>

#define V(major, minor) ((major)*100 + (minor))

/* The first kernel with each way, and with each way of seeing plain sockets. */
static const unsigned way_since[] = {V(6, 13), V(6, 13), V(6, 6), V(6, 0), V(5, 15), V(5, 8)};
static const unsigned sockets_since[LPB_SOCKET_WAYS] = {[LPB_BY_SOCKET] = V(6, 3)};

_Static_assert(LP_ARRAY_LEN(way_since) == LP_ARRAY_LEN(ways), "a way's kernel is missing");

/*
 * The first kernel with each helper that the object calls: bcc's docs/kernel-versions.md, and where
 * programs like ours may call it only later, the commit that allowed it.
 */
static const struct {
	int helper;
	unsigned since;
} helpers[] = {
	{BPF_FUNC_map_lookup_elem, V(3, 19)},	  {BPF_FUNC_map_update_elem, V(3, 19)},
	{BPF_FUNC_map_delete_elem, V(3, 19)},	  {BPF_FUNC_ktime_get_ns, V(4, 1)},
	{BPF_FUNC_get_current_pid_tgid, V(4, 2)}, {BPF_FUNC_get_current_task, V(4, 8)},
	{BPF_FUNC_send_signal, V(5, 3)},	  {BPF_FUNC_send_signal_thread, V(5, 5)},
	{BPF_FUNC_probe_read_user, V(5, 5)},	  {BPF_FUNC_probe_read_kernel, V(5, 5)},
	{BPF_FUNC_ringbuf_reserve, V(5, 8)},	  {BPF_FUNC_ringbuf_submit, V(5, 8)},
	{BPF_FUNC_ringbuf_discard, V(5, 8)},	  {BPF_FUNC_ringbuf_query, V(5, 8)},
	{BPF_FUNC_copy_from_user, V(5, 10)},	  {BPF_FUNC_get_current_task_btf, V(5, 11)},
	{BPF_FUNC_sk_storage_get, V(5, 11)},	/* 8e4597c627fb; 5.2 elsewhere */
	{BPF_FUNC_sk_storage_delete, V(5, 11)}, /* likewise */
	{BPF_FUNC_get_attach_cookie, V(5, 15)},	  {BPF_FUNC_task_pt_regs, V(5, 15)},
	{BPF_FUNC_get_func_ip, V(6, 6)}, /* a3c485a5d8d4; 5.15 for kprobes */
};
#define KFUNC_SINCE V(6, 13) /* bpf_send_signal_task: 6280cf718db0 */
#define KFUNC	    2	     /* BPF_PSEUDO_KFUNC_CALL, in the source register */
#define NO_HELPER   30000

static unsigned kernel;	   /* that the way stands for */
static unsigned withdrawn; /* calls taken away of what is being loaded */
static int unlisted;	   /* a helper without a row */

static unsigned since(const struct bpf_insn *insn)
{
	if (insn->src_reg == KFUNC)
		return KFUNC_SINCE;
	for (size_t i = 0; i < LP_ARRAY_LEN(helpers); i++)
		if (helpers[i].helper == insn->imm)
			return helpers[i].since;
	return 0;
}

static void withdraw(struct bpf_insn *insns, uint32_t n)
{
	for (struct bpf_insn *i = insns; i < insns + n; i++) {
		if (i->code != (BPF_JMP | BPF_CALL) || (i->src_reg && i->src_reg != KFUNC))
			continue;
		if (!since(i)) {
			unlisted = i->imm;
		} else if (since(i) > kernel) {
			*i = (struct bpf_insn){.code = i->code, .imm = NO_HELPER};
			withdrawn++;
		}
	}
}

#define STACK_MAX   512	     /* before 6.13, of all functions that call one another */
#define STACK_SINCE V(6, 13) /* each has as much: e00931c02568 */
#define CALLS_MAX   8

static unsigned stack; /* the most that was needed so far */

static bool is_call(const struct bpf_insn *i)
{
	return i->code == (BPF_JMP | BPF_CALL) && i->src_reg == BPF_PSEUDO_CALL;
}

/* How far below the frame pointer an instruction reaches, or points. */
static int depth_of(const struct bpf_insn *i, const struct bpf_insn *before)
{
	unsigned kind = BPF_CLASS(i->code);

	if ((kind == BPF_LDX && i->src_reg == BPF_REG_10) ||
	    ((kind == BPF_ST || kind == BPF_STX) && i->dst_reg == BPF_REG_10))
		return -i->off;
	if (i->code == (BPF_ALU64 | BPF_ADD | BPF_K) && before->dst_reg == i->dst_reg &&
	    before->code == (BPF_ALU64 | BPF_MOV | BPF_X) && before->src_reg == BPF_REG_10)
		return -i->imm;
	return 0;
}

/* What a function needs with those that it calls, as older verifiers count. */
static unsigned stack_of(const struct bpf_insn *insns, const bool *starts, uint32_t n, uint32_t at,
			 unsigned calls)
{
	unsigned below = 0;
	int own = 1;

	for (uint32_t i = at; i < n && (i == at || !starts[i]); i++) {
		int depth = i > at ? depth_of(&insns[i], &insns[i - 1]) : 0;

		own = depth > own ? depth : own;
		if (is_call(&insns[i]) && calls < CALLS_MAX) {
			unsigned more = stack_of(insns, starts, n, i + 1 + (uint32_t)insns[i].imm,
						 calls + 1);

			below = more > below ? more : below;
		}
	}
	return ((unsigned)own + 31) / 32 * 32 + below;
}

static void measure(const struct bpf_insn *insns, uint32_t n)
{
	bool *starts = calloc(n, sizeof(*starts));
	unsigned need;

	for (uint32_t i = 0; starts && i < n; i++) {
		uint32_t to = i + 1 + (uint32_t)insns[i].imm;

		if (is_call(&insns[i]) && to < n)
			starts[to] = true;
	}
	need = starts ? stack_of(insns, starts, n, 0, 0) : STACK_MAX + 1;
	stack = need > stack ? need : stack;
	free(starts);
}

/* libbpf's way into the kernel. */
long syscall(long number, ...)
{
	long (*real)(long, ...), a[3], got;
	void *found = dlsym(RTLD_NEXT, "syscall");
	struct bpf_insn *insns = NULL;
	union bpf_attr attr;
	va_list args;

	memcpy(&real, &found, sizeof(real));
	va_start(args, number);
	for (size_t i = 0; i < LP_ARRAY_LEN(a); i++)
		a[i] = va_arg(args, long);
	va_end(args);
	memset(&attr, 0, sizeof(attr));
	if (number == SYS_bpf && (int)a[0] == BPF_PROG_LOAD && (size_t)a[2] <= sizeof(attr)) {
		memcpy(&attr, (const void *)a[1], (size_t)a[2]);
		/* libbpf's own, to see what this kernel has, are small, and have their own names.
		 */
		if (attr.insn_cnt > 20)
			insns = calloc(attr.insn_cnt, sizeof(*insns));
	}
	if (insns) {
		memcpy(insns, (const void *)(uintptr_t)attr.insns, attr.insn_cnt * sizeof(*insns));
		withdraw(insns, attr.insn_cnt);
		measure(insns, attr.insn_cnt);
		attr.insns = (uintptr_t)insns;
		a[1] = (long)&attr;
	}
	got = real(number, a[0], a[1], (unsigned)a[2]);
	number = errno;
	free(insns);
	errno = (int)number;
	return got;
}

/* What the verifier says of what it refuses: the end of it, as comments. */
#define SAID_MAX 2000

static unsigned relocated; /* instructions that were told where this kernel keeps something */

static __attribute__((format(printf, 2, 0))) int say(enum libbpf_print_level level, const char *fmt,
						     va_list args)
{
	static char text[1 << 20];
	char *line, *rest = text;
	size_t len;

	relocated += strstr(fmt, "patched insn") != NULL;
	if (level != LIBBPF_WARN)
		return 0;
	vsnprintf(text, sizeof(text), fmt, args);
	len = strlen(text);
	if (len > SAID_MAX)
		rest += len - SAID_MAX;
	while ((line = strsep(&rest, "\n")))
		if (*line)
			printf("# %s\n", line);
	return 0;
}

/* With an argument also without plain sockets: the same programs, but fewer. */
int main(int argc, char **argv)
{
	const unsigned sockets = argc > 1 ? LPB_SOCKET_WAYS : LPB_NOT_AT_ALL;
	const struct lpb_config config = {.cgroups = true, .gate = true, .csm_port = 31000};
	struct lpb_probe p = {0};
	unsigned n = 0;
	bool good = true;

	(void)argv;
	libbpf_set_print(say);
	for (unsigned w = 0; w < LP_ARRAY_LEN(ways); w++) {
		for (unsigned by = 0; by < sockets; by++) {
			int err;

			kernel =
				way_since[w] > sockets_since[by] ? way_since[w] : sockets_since[by];
			withdrawn = relocated = stack = 0;
			err = load(&p, &config, &ways[w], (enum lpb_sockets)by);
			if (!err && (unlisted || !relocated))
				err = -ENOSYS;
			if (!err && stack > STACK_MAX && kernel < STACK_SINCE)
				err = -E2BIG;
			/* The first is also attached, the rest only has to please the verifier. */
			if (!err && !n)
				err = try_attach(&p);
			printf("%s %u - %s: %s%s: %u places of this kernel's, %u bytes of stack, "
			       "without %u calls of what Linux %u.%u has not\n",
			       err ? "not ok" : "ok", ++n, NAME, ways[w].name, sockets_by[by],
			       relocated, stack, withdrawn, kernel / 100, kernel % 100);
			if (unlisted)
				printf("# helper %d has no row in ebpf_load.c\n", unlisted);
			if (err)
				printf("# %s\n", strerror(-err));
			good &= !err;
			lpb_unload(&p);
		}
	}
	printf("1..%u\n", n);
	return !good;
}
