/* SPDX-License-Identifier: MIT */
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aws_host.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/proc.h"
#include "ebpf/mapping.h"
#include "ebpf/probe.h"
#include "elf/deputy.h"
#include "elf/elf_probe.h"
#include "endpoints.h"
#include "handshake.h"
#include "hello.h"
#include "links.h"
#include "reach.h"

#define ENVIRON_MAX   (256 * 1024) /* bytes of an environment that are looked at */
#define ANCESTORS_MAX 16	   /* that are asked for the program that a child runs */

/*
 * A connection whose client asked for a host of AWS, or what stands in its place, and has sent no
 * data yet, or is about to ask for one in pieces.
 */
struct greeting {
	struct greeting *next;
	uint64_t conn;
	struct lp_handshake sent;  /* once the host is known */
	struct lp_hello_name host; /* len 0: not known yet */
	size_t len;
	char text[]; /* ClientHello as far as it came, while the host is not known */
};

/* A file that was listed as not followed, and that the shim may turn out to see: path, NUL, why. */
struct refusal {
	struct refusal *next;
	char text[];
};

struct proc {
	struct proc *next;
	struct lp_link *links;
	struct greeting *greetings;
	struct refusal *refusals; /* where there is no shim yet */
	bool shim;
	bool shim_before;	     /* in the program that ran before the one that said so */
	uint64_t shim_ns;	     /* when it said so last; CLOCK_MONOTONIC, as is: */
	uint64_t exec_ns;	     /* when its program was started */
	bool asked;		     /* whether it has its parent's */
	bool unheld;		     /* it may have run before it was probed */
	bool read;		     /* TLS of its program was */
	bool looked;		     /* whether its environment names anyone in AWS's place: */
	struct lp_endpoints *places; /* NULL: nobody */
	struct lp_process process;
};

struct lp_probe {
	struct lpb_probe *kernel;
	void (*shims)(void *ctx);
	void *shims_ctx;
	struct lp_assemble *assemble;
	struct lp_blinds *blinds;
	struct proc *procs[LP_LINKS_BUCKETS];
	unsigned n_procs, n_greetings;
	bool everyone;
	uint64_t no_room, programs;
	struct lp_links links;
};

/* --- processes -------------------------------------------------------------------------------- */

static struct proc **find_proc(struct lp_probe *s, pid_t pid)
{
	struct proc **at = &s->procs[lp_links_bucket((uint64_t)pid)];

	while (*at && (*at)->process.pid != pid)
		at = &(*at)->next;
	return at;
}

static struct proc *get_proc(struct lp_probe *s, pid_t pid)
{
	struct proc **at = find_proc(s, pid), *p = *at;

	if (p)
		return p;
	if (s->n_procs < LP_PROBE_PROCS_MAX)
		p = calloc(1, sizeof(*p));
	if (!p) {
		s->no_room++;
		return NULL;
	}
	p->process.pid = pid;
	p->process.source = LP_SOURCE_PROBE;
	lp_links_name(&p->process);
	*at = p;
	s->n_procs++;
	return p;
}

static void free_greeting(struct lp_probe *s, struct greeting **at)
{
	struct greeting *g = *at;

	*at = g->next;
	s->n_greetings--;
	free(g);
}

/* Who it is; where nobody may know that, what of it was refused. */
static struct lp_span name_of(const struct proc *p, const char *path)
{
	return lp_span_str(p && p->process.program[0] ? p->process.program : path);
}

/* `seen`: by the shim after all. */
static void free_refusals(struct lp_probe *s, struct proc *p, bool seen)
{
	struct refusal *r;

	while ((r = p->refusals)) {
		struct lp_span path = lp_span_str(r->text);

		if (seen)
			lp_blinds_take_back(s->blinds, LP_BLIND_PROGRAM, name_of(p, r->text), path,
					    lp_span_str(r->text + path.len + 1));
		p->refusals = r->next;
		free(r);
	}
}

/* In its environment as its program was started with it, while that can be asked. */
static void find_places(struct proc *p)
{
	char *text = p->looked ? NULL : malloc(ENVIRON_MAX);
	struct lp_endpoints found = {0};
	struct lp_span rest;

	p->looked = true;
	if (!text)
		return;
	rest = lp_proc_read(p->process.pid, "environ", text, ENVIRON_MAX);
	while (rest.len) {
		struct lp_span one = lp_span_first(rest, lp_span_find(rest, '\0'));

		lp_endpoints_add(&found, one);
		rest = lp_span_from(rest, one.len + 1);
	}
	free(text);
	p->places = found.n ? malloc(sizeof(found)) : NULL;
	if (p->places)
		*p->places = found;
}

/* What was pending becomes calls. */
static void end_program(struct lp_probe *s, struct proc *p)
{
	while (p->greetings)
		free_greeting(s, &p->greetings);
	free_refusals(s, p, false);
	free(p->places);
	p->places = NULL;
	p->looked = p->read = false;
	lp_links_close(&s->links, &p->links);
	lp_assemble_gone(s->assemble, &p->process);
	if (!p->shim)
		s->programs++;
}

static void forget_proc(struct lp_probe *s, struct proc **at)
{
	struct proc *p = *at;

	end_program(s, p);
	*at = p->next;
	s->n_procs--;
	free(p);
}

/* --- what the kernel says --------------------------------------------------------------------- */

/* Bytes that were not handed over: left in the kernel because nobody needs them, or lost. */
static void catch_up(struct lp_link *l, uint64_t off_out, uint64_t off_in, bool loose)
{
	if (off_out > l->off_out) {
		(loose ? lp_conn_skip_most_out : lp_conn_skip_out)(&l->conn, off_out - l->off_out);
		l->off_out = off_out;
	}
	if (off_in > l->off_in) {
		lp_conn_skip_in(&l->conn, off_in - l->off_in);
		l->off_in = off_in;
	}
}

/* The same of whole frames, in one direction. */
static void catch_up_frames(struct lp_link *l, const struct lpb_data *d)
{
	if (d->out && d->off_out > l->off_out) {
		lp_conn_skip_frames_out(&l->conn, d->off_out - l->off_out);
		l->off_out = d->off_out;
	} else if (!d->out && d->off_in > l->off_in) {
		lp_conn_skip_frames_in(&l->conn, d->off_in - l->off_in);
		l->off_in = d->off_in;
	}
}

/*
 * A child by fork has its parent's shim, and says so with its first call; when the parent's hello
 * was not heard at the fork, the probe may have told of that call by then.
 */
static bool is_shims(struct lp_probe *s, struct proc *p)
{
	const struct proc *parent;
	char state;

	if (p->shim || p->exec_ns || p->asked)
		return p->shim;
	p->asked = true;
	parent = *find_proc(s, lpb_proc_parent(p->process.pid, &state));
	/* The same file: who ran before the probe may have been started by exec. */
	if (parent && parent->shim && p->process.program[0] &&
	    !strcmp(parent->process.program, p->process.program))
		lp_probe_has_shim(s, p->process.pid, 0);
	return p->shim;
}

/*
 * Where TLS of a program is read, what it says to who stands in AWS's place is, too, and need not
 * be for AWS.
 */
static void is_read(struct proc *p)
{
	p->read = true;
	lp_reach_read(p->process.reach, lp_span_of(NULL, 0), LP_REACH_BY_BYTES);
}

static void on_data(void *ctx, const struct lpb_data *d)
{
	struct lp_probe *s = ctx;
	struct proc *p = get_proc(s, d->pid);
	struct lp_link *l;

	if (!p || (d->covered && is_shims(s, p)))
		return;
	if (!d->plain && !p->read)
		is_read(p);
	if (d->out)
		s->links.time_ns = d->time_ns;
	l = lp_links_find(&s->links, d->pid, d->conn);
	/* Counting from the start again: another connection at the same address. */
	if (l && ((d->out && d->off_out < l->off_out) || (!d->out && d->off_in < l->off_in))) {
		lp_links_free(&s->links, l);
		l = NULL;
	}
	if (!l) {
		l = lp_links_new(&s->links, &p->process, &p->links, d->conn,
				 d->plain ? 0 : LP_EVF_TLS);
		if (!l)
			return;
	}
	if (d->frame)
		catch_up_frames(l, d);
	catch_up(l, d->off_out, d->off_in, d->loose);
	if (d->out) {
		lp_conn_out(&l->conn, d->bytes.ptr, d->bytes.len);
		l->off_out += d->bytes.len;
	} else {
		lp_conn_in(&l->conn, d->bytes.ptr, d->bytes.len);
		l->off_in += d->bytes.len;
	}
	if (lp_conn_ignored(&l->conn)) {
		lpb_mute(s->kernel, d->pid, d->conn);
		lp_links_free(&s->links, l);
	}
}

static void on_closed(void *ctx, pid_t pid, uint64_t conn, uint64_t off_out, uint64_t off_in,
		      bool loose)
{
	struct lp_probe *s = ctx;
	struct proc *p = *find_proc(s, pid);
	struct lp_link *l = lp_links_find(&s->links, pid, conn);

	if (!p || !l)
		return;
	catch_up(l, off_out, off_in, loose);
	lp_links_free(&s->links, l);
}

/* Was the shim in the program that started another: itself at `mono_ns`, or as its parent? */
static bool had_shim(const struct proc *p, bool itself, uint64_t mono_ns)
{
	return p->shim && (!itself || p->shim_ns < mono_ns || p->shim_before);
}

/* Go's own way to start a program passes the shim by. */
static bool tells(const struct proc *p, bool shim)
{
	char path[LP_PROGRAM_MAX + 32];

	snprintf(path, sizeof(path), "/proc/%d/root%s", (int)p->process.pid, p->process.program);
	return shim && lp_elf_probe(AT_FDCWD, path) != LP_ELF_INSIDE;
}

/*
 * The process runs a new program. If that has somebody else start something, the shim in who
 * started it said so, where there was one.
 */
static void look_at_deputy(struct lp_probe *s, pid_t pid, uint64_t mono_ns)
{
	struct lp_process now = {.pid = pid};
	pid_t by = pid;

	lp_links_name(&now);
	if (s->everyone || !lp_deputy_named(now.program))
		return;
	/* As long as it is a child that has run none yet, it runs its parent's. */
	for (unsigned i = 0; i < ANCESTORS_MAX && by > 0; i++) {
		const struct proc *p = *find_proc(s, by);
		bool shim = p && had_shim(p, by == pid, mono_ns);
		char state;

		if (shim || (p && p->exec_ns)) {
			if (!tells(p, shim))
				lp_blinds_add_running(s->blinds, lp_span_str(p->process.program),
						      pid, now.program, true);
			return;
		}
		by = lpb_proc_parent(by, &state);
	}
}

static void on_exec(void *ctx, pid_t pid, bool held, uint64_t mono_ns)
{
	struct lp_probe *s = ctx;
	struct proc *p = *find_proc(s, pid);

	look_at_deputy(s, pid, mono_ns);
	if (p) {
		end_program(s, p);
		/* The new program's hello may have come first; the old one's too late. */
		if (p->shim && p->shim_ns < mono_ns) {
			p->shim = p->shim_before = false;
			lpb_has_shim(s->kernel, pid, false);
		}
		lp_links_name(&p->process);
	} else {
		p = get_proc(s, pid);
	}
	if (p) {
		p->unheld = !held;
		p->exec_ns = mono_ns;
		find_places(p); /* it may be gone before it is heard of again */
	}
}

static void on_exited(void *ctx, pid_t pid)
{
	struct lp_probe *s = ctx;
	struct proc **at = find_proc(s, pid);

	if (*at)
		forget_proc(s, at);
}

static void on_csm(void *ctx, pid_t pid, struct lp_span datagram, uint64_t time_ns)
{
	struct lp_probe *s = ctx;
	struct proc *p = get_proc(s, pid);

	if (p && !p->shim)
		lp_assemble_csm(s->assemble, &p->process, datagram, time_ns);
}

static void on_login(void *ctx, pid_t pid, uint64_t conn, struct lp_span bytes, bool covered,
		     uint64_t time_ns)
{
	struct lp_probe *s = ctx;
	struct lp_login login;
	struct proc *p;

	if (!lp_login_find(bytes, &login))
		return;
	p = get_proc(s, pid);
	if (!p || (covered && p->shim) || lp_links_find(&s->links, pid, conn))
		return;
	s->links.time_ns = time_ns;
	lp_links_login(&s->links, &p->process, &p->links, conn, &login);
}

static struct greeting **find_greeting(struct proc *p, uint64_t conn)
{
	struct greeting **at = &p->greetings;

	while (*at && (*at)->conn != conn)
		at = &(*at)->next;
	return at;
}

/* NULL when there is no room. `max`: bytes that the text may grow to. */
static struct greeting *greet(struct lp_probe *s, struct proc *p, uint64_t conn,
			      struct lp_span text, size_t max)
{
	struct greeting *g;

	if (s->n_greetings >= LP_PROBE_GREETINGS_MAX || !(g = calloc(1, sizeof(*g) + max)))
		return NULL;
	g->conn = conn;
	g->len = text.len;
	memcpy(g->text, text.ptr, text.len);
	g->next = p->greetings;
	p->greetings = g;
	s->n_greetings++;
	return g;
}

/* All that came so far, with as much of `bytes` as is looked at. */
static struct lp_span join(struct greeting *g, struct lp_span bytes)
{
	bytes = lp_span_first(bytes, LP_HELLO_MAX - g->len);
	if (bytes.len)
		memcpy(g->text + g->len, bytes.ptr, bytes.len);
	g->len += bytes.len;
	return lp_span_of(g->text, g->len);
}

static void reached(struct lp_probe *s, struct proc *p, struct lp_span host, uint64_t time_ns)
{
	if (!p->read || lp_host_kind_of(host) == LP_HOST_AWS)
		lp_assemble_reached(s->assemble, &p->process, host,
				    p->unheld ? LP_REACHED_UNHELD : LP_REACHED_UNREAD, time_ns);
}

/*
 * Whether the client asks for a host of AWS, or for what stands in its place, whose name *name
 * becomes.
 */
static bool is_asked(struct proc *p, const struct lpb_hello *h, struct lp_hello_name *name)
{
	if (lp_host_kind_of(lp_hello_host(name)) == LP_HOST_AWS)
		return true;
	find_places(p);
	return p->places && lp_endpoints_has(p->places, h->port, h->address, name);
}

/*
 * A handshake that nothing follows asks for nothing: the host is reached with the first data, or at
 * once where that will not be seen.
 */
static void on_hello(void *ctx, const struct lpb_hello *h)
{
	struct lp_probe *s = ctx;
	struct proc *p = h->start ? get_proc(s, h->pid) : *find_proc(s, h->pid);
	struct greeting **at = p ? find_greeting(p, h->conn) : NULL, *g = at ? *at : NULL;
	struct lp_span bytes = h->bytes;
	struct lp_hello_name name;

	if (!p || p->shim)
		return;
	if (g && h->start) { /* another connection at the same address */
		free_greeting(s, at);
		g = NULL;
	}
	if (h->start || (g && !g->host.len)) {
		struct lp_span all = g ? join(g, bytes) : bytes;
		bool asks = !lp_hello_read(all, &name) && h->more && all.len < LP_HELLO_MAX;

		if (asks && g)
			return;
		if (!asks && !is_asked(p, h, &name)) {
			if (g)
				free_greeting(s, at);
			return;
		}
		if (!g && h->more)
			g = greet(s, p, h->conn, all, asks ? LP_HELLO_MAX : all.len);
		if (!g && asks)
			s->no_room++;
		else if (!g)
			reached(s, p, lp_hello_host(&name), h->time_ns);
		if (!g || asks)
			return;
		at = find_greeting(p, h->conn);
		g->host = name;
		bytes = lp_span_of(g->text, g->len);
	}
	if (!g || (!lp_handshake_sent(&g->sent, bytes) && h->more))
		return;
	reached(s, p, lp_hello_host(&g->host), h->time_ns);
	free_greeting(s, at);
}

static void on_refused(void *ctx, pid_t pid, const char *path, const char *why, bool covered)
{
	struct lp_probe *s = ctx;
	struct proc *p = get_proc(s, pid);
	size_t path_size = strlen(path) + 1, why_size = strlen(why) + 1;
	struct refusal *r;

	if (covered && p && p->shim)
		return;
	/* All of the process, or a file that it has mapped. */
	if (path[0] != '/' && p && p->process.program[0]) {
		path = p->process.program;
		path_size = strlen(path) + 1;
	}
	lp_blinds_add(s->blinds, LP_BLIND_PROGRAM, name_of(p, path), lp_span_str(path),
		      lp_span_str(why));
	r = covered && p ? malloc(sizeof(*r) + path_size + why_size) : NULL;
	if (!r)
		return;
	memcpy(r->text, path, path_size);
	memcpy(r->text + path_size, why, why_size);
	r->next = p->refusals;
	p->refusals = r;
}

static void on_probed(void *ctx, const char *path, const char *what)
{
	(void)ctx;
	lp_log(LP_LOG_DEBUG, "eBPF: %s in %s", what, path);
}

static void on_drained(void *ctx)
{
	struct lp_probe *s = ctx;

	if (s->shims)
		s->shims(s->shims_ctx);
}

static const struct lpb_ops ops = {
	.drained = on_drained,
	.data = on_data,
	.closed = on_closed,
	.exec = on_exec,
	.exited = on_exited,
	.csm = on_csm,
	.hello = on_hello,
	.login = on_login,
	.refused = on_refused,
	.probed = on_probed,
};

/* --- the interface ---------------------------------------------------------------------------- */

int lp_probe_new(struct lp_probe **out, struct lp_assemble *assemble, struct lp_blinds *blinds,
		 const struct lp_probe_config *config, char *why, size_t why_size)
{
	const struct lpb_config kernel = {
		.everyone = config->everyone,
		.others = config->others,
		.cgroups = config->cgroups,
		.gate = config->gate,
		.csm_port = config->csm_port,
		.csm_taken = config->csm_taken,
	};
	struct lp_probe *s = calloc(1, sizeof(*s));
	int err;

	*out = NULL;
	if (!s) {
		snprintf(why, why_size, "no memory");
		return -ENOMEM;
	}
	s->assemble = s->links.assemble = assemble;
	s->blinds = blinds;
	s->everyone = config->everyone;
	s->shims = config->shims;
	s->shims_ctx = config->ctx;
	err = lpb_open(&s->kernel, &kernel, &ops, s, why, why_size);
	if (err) {
		free(s);
		return err;
	}
	*out = s;
	return 0;
}

void lp_probe_free(struct lp_probe *s)
{
	if (!s)
		return;
	(void)lpb_poll(s->kernel);
	lpb_close(s->kernel);
	for (size_t i = 0; i < LP_LINKS_BUCKETS; i++)
		while (s->procs[i])
			forget_proc(s, &s->procs[i]);
	free(s);
}

int lp_probe_follow(struct lp_probe *s, pid_t pid)
{
	return lpb_follow(s->kernel, pid);
}

int lp_probe_follow_descendants(struct lp_probe *s, pid_t pid)
{
	int n = lpb_follow_descendants(s->kernel, pid);

	return n < 0 ? n : 0;
}

int lp_probe_follow_cgroup(struct lp_probe *s, const char *name, bool container, char *why,
			   size_t why_size)
{
	return lpb_follow_cgroup(s->kernel, name, container, why, why_size);
}

void lp_probe_drop_rights(const struct lp_probe *s)
{
	lpb_drop_rights(s->kernel);
}

const char *lp_probe_missing(const struct lp_probe *s)
{
	return lpb_missing(s->kernel);
}

void lp_probe_leave(struct lp_probe *s, pid_t pid)
{
	lpb_leave(s->kernel, pid);
}

void lp_probe_has_shim(struct lp_probe *s, pid_t pid, uint64_t time_ns)
{
	struct proc *p = get_proc(s, pid);
	uint64_t now = lp_monotonic_ns();

	if (!time_ns || time_ns > now)
		time_ns = now;
	if (p) {
		if (time_ns < p->exec_ns)
			return;
		p->shim_before = p->shim;
		p->shim = true;
		p->shim_ns = time_ns;
		free_refusals(s, p, true);
	}
	lpb_has_shim(s->kernel, pid, true);
}

bool lp_probe_holds(struct lp_probe *s, pid_t pid)
{
	return lpb_holds(s->kernel, pid);
}

int lp_probe_fd(const struct lp_probe *s)
{
	return lpb_fd(s->kernel);
}

bool lp_probe_poll(struct lp_probe *s)
{
	/* An error can only be a callback's, and ours have none. */
	return lpb_poll(s->kernel) == LPB_POLL_MAX;
}

void lp_probe_stats(struct lp_probe *s, struct lp_probe_stats *stats)
{
	uint64_t running = 0;
	struct lpb_stats k;

	lpb_stats(s->kernel, &k);
	for (size_t i = 0; i < LP_LINKS_BUCKETS; i++)
		for (const struct proc *p = s->procs[i]; p; p = p->next)
			running += !p->shim;
	*stats = (struct lp_probe_stats){
		.records = k.records,
		.bytes = k.bytes,
		.lost = k.ring_full + k.faults + k.calls_full,
		.no_room = s->no_room + s->links.no_room,
		.programs = s->programs + running,
		.files = k.files,
		.points = k.points,
	};
}

const char *lp_probe_how(const struct lp_probe *s)
{
	return lpb_how(s->kernel);
}
