/* SPDX-License-Identifier: MIT */
#include "probe_impl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "lp_limits.h"
#include "mapping.h"

/* The best first. */
static const struct lpb_way ways[] = {
	{true, true, true, true, true,
	 "uprobe sessions by process, page faults allowed"},			     /* 6.13 */
	{false, true, true, true, true, "uprobe sessions, page faults allowed"},     /* 6.13 */
	{false, false, true, true, true, "multi-uprobe links, page faults allowed"}, /* 6.6 */
	{false, false, false, true, true, "perf uprobes, page faults allowed"},	     /* 6.0 */
	{false, false, false, false, true, "perf uprobes"},			     /* 5.15 */
	{false, false, false, false, false, "perf uprobes without cookies"},	     /* 5.8 */
};

/* What is attached to the kernel: processes, and what is sent and received without TLS. */
static const char *const tree_progs[] = {"on_question", "on_fork", "on_fork_hold",
					 "on_exec",	"on_exit", "on_cgroup"};
static const char *const socket_progs[] = {"on_state", "on_sent", "on_received"}; /* 6.3 */
static const char *const syscall_progs[] = {"on_state", "on_sys_exit"};

static const char *const sockets_by[] = {"", ", sockets by their system calls",
					 ", no plain sockets"};

_Static_assert(LP_ARRAY_LEN(tree_progs) == LPB_TREE && LP_ARRAY_LEN(socket_progs) == LPB_SOCKETS,
	       "there is a place for each link");

/* probe.bpf.c as clang compiled it for the kernel; the Makefile says where it is. */
__asm__(".pushsection .rodata\n"
	".balign 16\n"
	"lpb_object:\n"
	".incbin \"" LPB_OBJECT "\"\n"
	"lpb_object_end:\n"
	".popsection\n");
extern const char lpb_object[], lpb_object_end[];

void lpb_unload(struct lpb_probe *p)
{
	if (p->slots)
		munmap(p->slots, LPB_SLOTS * sizeof(*p->slots));
	p->slots = NULL;
	lpb_attach_fini(&p->attach);
	bpf_object__close(p->obj);
	p->obj = NULL;
}

int lpb_map_fd(const struct lpb_probe *p, const char *name)
{
	return bpf_object__find_map_fd_by_name(p->obj, name);
}

_Static_assert(offsetof(struct lpb_slot, state.sp) == 64,
	       "what every call looks at is in one line");

/* Where that is refused, NULL: what is of no interest is copied all the same. */
static struct lpb_slot *map_slots(int fd)
{
	void *at = mmap(NULL, LPB_SLOTS * sizeof(struct lpb_slot), PROT_READ | PROT_WRITE,
			MAP_SHARED, fd, 0);

	return at == MAP_FAILED ? NULL : at;
}

static struct bpf_program *find_prog(const struct lpb_probe *p, const char *name)
{
	return bpf_object__find_program_by_name(p->obj, name);
}

/* What must be decided before the object is loaded. */
static int prepare(struct lpb_probe *p, const struct lpb_config *config, const struct lpb_way *way,
		   enum lpb_sockets by)
{
	struct lpb_kernel_config kc = {
		.sleepable = way->sleepable,
		.cookies = way->cookies,
		.session = way->session,
		.typed = way->multi,
		.slots = way->multi,
		.marks = by == LPB_BY_SOCKET,
		.scoped = way->scoped,
		.gate = config->gate,
		.everyone = config->everyone,
		.cgroups = config->cgroups,
		.csm_ports = {htons(config->csm_port), config->csm_port ? htons(LP_CSM_PORT) : 0},
	};
	struct stat net, pid;
	struct bpf_map *map = bpf_object__find_map_by_name(p->obj, LPB_CONFIG_SECTION);

	if (config->csm_taken && stat("/proc/self/ns/net", &net) == 0)
		kc.csm_taken_net = (uint32_t)net.st_ino;
	if (stat("/proc/self/ns/pid", &pid) == 0 && (uint32_t)pid.st_ino != LPB_HOST_PID_NS)
		kc.pid_ns = (uint32_t)pid.st_ino;
	if (!map || bpf_map__set_initial_value(map, &kc, sizeof(kc)))
		return -EPROTO;
	for (unsigned i = 0; i < LPB_SOCKETS; i++)
		bpf_program__set_autoload(find_prog(p, socket_progs[i]), by == LPB_BY_SOCKET);
	for (unsigned i = 0; i < LP_ARRAY_LEN(syscall_progs) && by == LPB_BY_SYSCALL; i++)
		bpf_program__set_autoload(find_prog(p, syscall_progs[i]), true);
	if (by != LPB_BY_SYSCALL)
		bpf_program__set_autoload(find_prog(p, "on_sys_exit"), false);
	bpf_program__set_autoload(find_prog(p, way->scoped ? "on_fork" : "on_fork_hold"), false);
	bpf_program__set_autoload(find_prog(p, "on_cgroup"), config->cgroups);
	bpf_program__set_autoload(find_prog(p, "on_question"), config->gate || way->scoped);
	bpf_object__for_each_map(map, p->obj)
	{
		uint32_t n = bpf_map__max_entries(map);

		if (config->everyone && n > LPB_COUNTS &&
		    bpf_map__type(map) != BPF_MAP_TYPE_RINGBUF &&
		    bpf_map__type(map) != BPF_MAP_TYPE_ARRAY)
			(void)bpf_map__set_max_entries(map, n * LPB_HOST_TIMES);
	}
	for (unsigned i = 0; i < LPB_PROGS; i++) {
		struct bpf_program *prog = find_prog(p, lpb_prog_names[i]);

		if (!prog)
			return -EPROTO;
		bpf_program__set_autoload(prog, lpb_attach_uses(way->session, i));
		if (way->multi)
			bpf_program__set_expected_attach_type(
				prog, i == LPB_TLS_CALL ? LPB_ATTACH_UPROBE_SESSION
							: LPB_ATTACH_UPROBE_MULTI);
		if (way->sleepable)
			bpf_program__set_flags(prog, LPB_PROG_SLEEPABLE);
	}
	return 0;
}

static int load(struct lpb_probe *p, const struct lpb_config *config, const struct lpb_way *way,
		enum lpb_sockets by)
{
	const struct bpf_object_open_opts opts = {.sz = sizeof(opts), .object_name = "leastpriv"};
	int err;

	p->obj = bpf_object__open_mem(lpb_object, (size_t)(lpb_object_end - lpb_object), &opts);
	if (!p->obj)
		return -errno;
	err = prepare(p, config, way, by);
	if (!err)
		err = bpf_object__load(p->obj);
	if (!err)
		err = lpb_attach_init(&p->attach, p->obj, way->multi, way->session, way->cookies);
	if (err) {
		lpb_unload(p);
		return err;
	}
	p->procs = lpb_map_fd(p, "procs");
	p->stops.stopped = lpb_map_fd(p, "stopped");
	p->stops.continued = lpb_map_fd(p, "continued");
	p->conns = lpb_map_fd(p, "conns");
	p->counts = lpb_map_fd(p, "counts");
	p->slots = way->multi ? map_slots(lpb_map_fd(p, "slots")) : NULL;
	p->cgroups = lpb_map_fd(p, "cgroups");
	p->told = lpb_map_fd(p, LPB_TOLD_SECTION);
	p->way = way;
	p->by = by;
	p->everyone = config->everyone;
	return 0;
}

/* A place to try a probe on, in this very program. */
static __attribute__((noinline)) void trial(void)
{
	__asm__ volatile("");
}

static int try_attach(struct lpb_probe *p)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC), err = -ENOENT;
	uintptr_t addr = (uintptr_t)trial;
	struct lpb_mappings walk;
	struct lpb_mapping m;

	if (fd < 0)
		return -errno;
	if (lpb_mappings_open(&walk, 0)) {
		close(fd);
		return err;
	}
	while (lpb_mappings_next(&walk, &m)) {
		struct lpb_points points = {.n = 1};

		if (addr < m.lo || addr >= m.hi)
			continue;
		points.at[0] =
			(struct lpb_point){.prog = LPB_TLS_OUT_COUNT, .off = addr - m.lo + m.off};
		err = lpb_attach_points(&p->attach, fd, &points);
		if (!err && p->way->scoped)
			err = lpb_attach_scoped(&p->attach, lpb_map_fd(p, "owners"),
						lpb_map_fd(p, "own_files"), fd, &points);
		break;
	}
	lpb_mappings_close(&walk);
	close(fd);
	/* Only a trial: the file itself is not probed. */
	lpb_attach_detach(&p->attach);
	return err;
}

/* Attaches all of them or none. */
static int attach_all(const struct lpb_probe *p, const char *const *names, size_t n,
		      struct bpf_link **links)
{
	for (size_t i = 0; i < n; i++) {
		struct bpf_program *prog = find_prog(p, names[i]);

		if (!bpf_program__autoload(prog))
			continue;
		links[i] = bpf_program__attach(prog);
		if (!links[i]) {
			int err = -errno;

			while (i > 0) {
				bpf_link__destroy(links[--i]);
				links[i] = NULL;
			}
			return err;
		}
	}
	return 0;
}

static int attach_sockets(struct lpb_probe *p)
{
	if (p->by == LPB_BY_SOCKET)
		return attach_all(p, socket_progs, LPB_SOCKETS, p->sockets);
	if (p->by == LPB_BY_SYSCALL)
		return attach_all(p, syscall_progs, LP_ARRAY_LEN(syscall_progs), p->sockets);
	snprintf(p->missing, sizeof(p->missing),
		 "plain HTTP and monitoring datagrams are not seen: this kernel has neither the "
		 "sockets' tracepoints (6.3) nor those of system calls (CONFIG_FTRACE_SYSCALLS)");
	return 0;
}

/* The best that this kernel and these rights give. */
int lpb_load_best(struct lpb_probe *p, const struct lpb_config *config)
{
	/* For tests: as if this kernel had no better way than this one. */
	const char *first = getenv("LEASTPRIV_EBPF_WAY");
	int err = -ENOSYS;

	for (unsigned long i = first ? strtoul(first, NULL, 10) : 0;
	     i < LP_ARRAY_LEN(ways) * LPB_SOCKET_WAYS; i++) {
		const struct lpb_way *way = &ways[i / LPB_SOCKET_WAYS];

		if (way->scoped && config->everyone)
			continue;
		err = lpb_attach_takes(way->multi, way->session, way->sleepable, way->cookies);
		if (!err)
			err = load(p, config, way, (enum lpb_sockets)(i % LPB_SOCKET_WAYS));
		if (err)
			continue;
		err = try_attach(p);
		if (!err)
			err = attach_sockets(p);
		if (!err) {
			snprintf(p->how, sizeof(p->how), "%s%s", p->way->name, sockets_by[p->by]);
			return 0;
		}
		lpb_unload(p);
	}
	return err;
}

int lpb_attach_tree(struct lpb_probe *p)
{
	return attach_all(p, tree_progs, LPB_TREE, p->tree);
}
