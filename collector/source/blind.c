/* SPDX-License-Identifier: MIT */
#include "blind.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "aws/host.h"
#include "base/proc.h"
#include "ebpf/mapping.h"
#include "ebpf/probe.h"
#include "ebpf/scan.h"
#include "elf/deputy.h"
#include "lp_event.h"
#include "policy/calllog.h"

#define WORDS_MAX     64       /* of a command line */
#define VARIABLES_MAX 1024     /* of an environment */
#define STATIC	      "static" /* the shim's word, elf_probe.h */

static bool same(const char *have, struct lp_span s)
{
	return lp_span_eq(lp_span_str(have), lp_span_first(s, LP_BLIND_TEXT_MAX));
}

/* A text ends at its first NUL, so that it compares equal to what was kept of it. */
static struct lp_span text_of(struct lp_span s)
{
	return lp_span_first(s, lp_span_find(s, '\0'));
}

static char *keep(struct lp_span s)
{
	char *copy;

	s = lp_span_first(s, LP_BLIND_TEXT_MAX);
	copy = malloc(s.len + 1);
	if (!copy)
		return NULL;
	if (s.len)
		memcpy(copy, s.ptr, s.len);
	copy[s.len] = '\0';
	return copy;
}

/* What is known of the reason, once it was looked into. */
static bool means(const char *have, struct lp_span reason)
{
	return same(have, reason) ||
	       (lp_span_eq(reason, LP_SPAN(STATIC)) && !strcmp(have, LP_BLIND_UNREADABLE));
}

/* The file of this name as the process calls it, or, where that is gone by now or 0, as we do. */
static int open_of(int pid, struct lp_span path)
{
	bool absolute = path.len && path.ptr[0] == '/';
	char name[PATH_MAX];
	int fd = -1, n;

	n = snprintf(name, sizeof(name), "/proc/%d/%s%.*s", pid, absolute ? "root" : "cwd/",
		     (int)path.len, path.ptr);
	if (pid && n < (int)sizeof(name))
		fd = lpb_open_regular(name, 0);
	n = snprintf(name, sizeof(name), "%.*s", (int)path.len, path.ptr);
	if (fd < 0 && n < (int)sizeof(name))
		fd = lpb_open_regular(name, 0);
	return fd;
}

/* A static program: could the probe read its TLS? In doubt it could. */
static bool readable(int pid, struct lp_span path)
{
	struct lpb_points points;
	int fd = open_of(pid, path), err;

	if (fd < 0)
		return true;
	err = lpb_scan_fd(fd, &points);
	close(fd);
	return err || !lpb_no_tls(&points);
}

static struct lp_blind *find(struct lp_blinds *b, enum lp_blind_kind kind, struct lp_span program,
			     struct lp_span what, struct lp_span reason)
{
	for (struct lp_blind *e = b->v; e < b->v + b->n; e++)
		if (e->kind == kind && same(e->program, program) && same(e->what, what) &&
		    means(e->reason, reason))
			return e;
	return NULL;
}

static void drop_texts(const struct lp_blind *e)
{
	free(e->program);
	free(e->what);
	free(e->reason);
}

void lp_blinds_add_many(struct lp_blinds *b, enum lp_blind_kind kind, int pid,
			struct lp_span program, struct lp_span what, struct lp_span reason,
			uint64_t count)
{
	struct lp_blind *e;

	program = text_of(program);
	what = text_of(what);
	reason = text_of(reason);
	b->total[kind] += count;
	e = find(b, kind, program, what, reason);
	if (e) {
		e->count += count;
		return;
	}
	if (b->n == LP_BLINDS_MAX)
		return;
	e = &b->v[b->n];
	if (lp_span_eq(reason, LP_SPAN(STATIC)) && !readable(pid, what))
		reason = LP_SPAN(LP_BLIND_UNREADABLE);
	*e = (struct lp_blind){
		.kind = kind,
		.pid = pid,
		.program = keep(program),
		.what = keep(what),
		.reason = keep(reason),
		.count = count,
	};
	if (!e->program || !e->what || !e->reason) {
		drop_texts(e);
		return; /* out of memory: it is in the total */
	}
	b->n++;
}

void lp_blinds_take_back(struct lp_blinds *b, enum lp_blind_kind kind, struct lp_span program,
			 struct lp_span what, struct lp_span reason)
{
	struct lp_blind *e = find(b, kind, text_of(program), text_of(what), text_of(reason));

	b->total[kind]--;
	if (!e || --e->count)
		return;
	drop_texts(e);
	b->n--;
	memmove(e, e + 1, (size_t)(b->v + b->n - e) * sizeof(*e));
}

void lp_blinds_add(struct lp_blinds *b, enum lp_blind_kind kind, struct lp_span program,
		   struct lp_span what, struct lp_span reason)
{
	lp_blinds_add_many(b, kind, 0, program, what, reason, 1);
}

/* `file`: where the program of `path` is to be found. */
static bool add_deputy(struct lp_blinds *b, struct lp_span by, const char *path, const char *file,
		       char *const argv[], char *const envp[], bool probed)
{
	const struct lp_deputy *row = lp_deputy_named(path);
	struct lp_deputy_case found;
	char what[LP_BLIND_TEXT_MAX];
	const char *second;

	if (!row || !lp_deputy_asks(row, AT_FDCWD, file, argv, envp, &found))
		return false;
	second = found.verb[1] ? found.verb[1] : "";
	snprintf(what, sizeof(what), "%s%s%s%s%s", path, found.verb[0] ? " " : "",
		 found.verb[0] ? found.verb[0] : "", *second ? " " : "", second);
	if (!probed || found.row->where != LP_DEPUTY_BELOW)
		lp_blinds_add(b, LP_BLIND_PROGRAM, by, lp_span_str(what),
			      lp_span_str(found.row->name));
	return true;
}

bool lp_blinds_add_deputy(struct lp_blinds *b, struct lp_span by, const char *path,
			  char *const argv[], char *const envp[], bool probed)
{
	return add_deputy(b, by, path, path, argv, envp, probed);
}

/* The strings of a file of /proc that holds nothing else; at most `max`, behind which is a NULL. */
static void strings_of(int pid, const char *name, char *text, size_t size, char **v, size_t max)
{
	size_t len = lp_proc_read(pid, name, text, size).len, n = 0;

	for (char *s = text; s < text + len && n < max; s += strlen(s) + 1)
		v[n++] = s;
	v[n] = NULL;
}

bool lp_blinds_add_running(struct lp_blinds *b, struct lp_span by, int pid, const char *path,
			   bool probed)
{
	struct {
		char *argv[WORDS_MAX + 1], *envp[VARIABLES_MAX + 1];
		char words[4096], variables[64 * 1024];
	} * p;
	char file[32];
	bool asks;

	if (!lp_deputy_named(path))
		return false;
	p = malloc(sizeof(*p));
	if (!p)
		return false;
	strings_of(pid, "cmdline", p->words, sizeof(p->words), p->argv, WORDS_MAX);
	strings_of(pid, "environ", p->variables, sizeof(p->variables), p->envp, VARIABLES_MAX);
	snprintf(file, sizeof(file), "/proc/%d/exe", pid);
	asks = add_deputy(b, by, path, file, p->argv, p->envp, probed);
	free(p);
	return asks;
}

#define BY_PROBE "run leastpriv as root, with its eBPF probe there from the start"
#define BY_KEYLOG                                                                                  \
	"have the program write its keys (SSLKEYLOGFILE) for `leastpriv pcap --keylog`, or set "   \
	"AWS_CSM_ENABLED=true for it"
#define BY_SDK                                                                                     \
	"set AWS_CSM_ENABLED=true for it: where its SDK knows that, it names its operations; or "  \
	"merge what CloudTrail logged of it: leastpriv cloudtrail --calls"

static const struct {
	const char *reason, *words, *advice;
} rows[] = {
	{STATIC, "statically linked", BY_PROBE},
	{LP_BLIND_UNREADABLE, "statically linked, without a TLS library that could be read",
	 "as root the eBPF probe reads what it sends without TLS, and names the hosts of AWS that "
	 "it asks for; for TLS " BY_SDK},
	{"own TLS", "brings its own TLS", BY_PROBE},
	{LP_BLIND_BREAKPOINTS, "breakpoints in it were taken away, calls may be missing",
	 "while it runs, have no other tool probe the same functions in it"},
	{LP_BLIND_SHUT,
	 "it let nobody read its memory from some moment on (PR_SET_DUMPABLE), calls may be "
	 "missing",
	 BY_PROBE},
	{"Go library", "a library written in Go, with TLS of its own", BY_PROBE},
	{"machine", "built for another architecture", "run its 64-bit build"},
	{"setuid", "runs as another user or group", BY_PROBE " or run it as that user"},
	{LPB_NO_RIGHT, "no right to look into it",
	 "give leastpriv CAP_SYS_PTRACE too, and CAP_DAC_READ_SEARCH for files that only their "
	 "owner may read; or run it as root"},
	{"capabilities", "has file capabilities", BY_PROBE " or run a copy without them"},
	{"no key", "encrypted, and no key of it is at hand", BY_KEYLOG},
	{"suite", "encrypted by what cannot be decrypted: no AES or ChaCha20 of TLS 1.2 or 1.3",
	 BY_SDK},
	{"broken", "encrypted, and it cannot be decrypted with the key at hand", BY_SDK},
	{"one way", "encrypted, and nothing that its server said was captured",
	 "capture both directions"},
	{"unanswered", "what it asked for was read, but not the answers: so many were due at once",
	 "where a capture has its client's side only, capture both"},
	{"late", "it began before the capture", "capture from before the program connects"},
	{"coded", "its body is compressed: what is named there is `*` in the policy, or missing",
	 "have it sent as it is: AWS_DISABLE_REQUEST_COMPRESSION=true for SDKs that know that"},
	{"cut",
	 "its body was not read to its end: what is named there is `*` in the policy, or "
	 "missing",
	 "merge what CloudTrail logged of it: leastpriv cloudtrail --calls"},
	{"no HTTP", "what was said on it is no HTTP", BY_SDK},
	{"the shim is not below its root directory", "the shim is not below its root directory",
	 "bind libleastpriv.so into its sandbox, at the path that it has outside"},
	{"no room", "its arguments and environment leave no room to bring the shim along",
	 "give it less, or " BY_PROBE},
	{"silent", "nothing came from it: ld.so could not load the shim, or it ended before that",
	 "read what ld.so said above; where programs may not be mapped from the shim's folder "
	 "(noexec) LEASTPRIV_LIB names a copy elsewhere"},
	{"elsewhere", "another collector was given to it, by a leastpriv-run below this one",
	 "have that one write a call log (--calls) and join both: leastpriv merge"},
	{LP_CONFINED, LP_CONFINED,
	 "run it without that, where it can be, or merge what CloudTrail logged of it: leastpriv "
	 "cloudtrail --calls"},
	{"unheld",
	 "no call on it could be read: the program was not held until the probe was in it, or its "
	 "TLS library is not supported",
	 "run it below leastpriv-run or with --exec-gate, and have a shell start it where su, "
	 "sudo, a "
	 "debugger or a terminal's shell did (su USER -c 'COMMAND; exit'); else " BY_SDK},
	{"unread",
	 "no call on it could be read: its TLS library is not supported, or what was said is no "
	 "HTTP",
	 BY_SDK},
};

struct said {
	const char *words, *advice;
};

/*
 * The shim's one word for why it cannot enter a program, for people; other texts as they are. And
 * what to do about it, a sentence's end; never NULL.
 */
static struct said said_of(const char *reason)
{
	const struct lp_deputy *deputy;

	for (size_t i = 0; i < LP_ARRAY_LEN(rows); i++)
		if (!strcmp(reason, rows[i].reason))
			return (struct said){rows[i].words, rows[i].advice};
	deputy = lp_deputy_row(lp_span_str(reason));
	return deputy ? (struct said){deputy->words, deputy->advice}
		      : (struct said){reason, BY_SDK};
}

/* The service of the API model that answers at a host, "" when the name does not tell. */
static const char *service_of(const struct lp_blind *b)
{
	struct lp_host host;

	if (b->kind != LP_BLIND_CONNECTION)
		return "";
	lp_host_parse(lp_span_str(b->what), &host);
	if (host.kind != LP_HOST_AWS || !host.head || !host.head->n)
		return "";
	return lp_api_pool + lp_api_services[lp_api_lists[host.head->first]].id;
}

void lp_blinds_fini(struct lp_blinds *b)
{
	for (size_t i = 0; i < b->n; i++)
		drop_texts(&b->v[i]);
	*b = (struct lp_blinds){.n = 0};
}

struct lp_unseen lp_blind_unseen(const struct lp_blind *b)
{
	static const char *const kinds[LP_BLIND_KINDS] = {
		[LP_BLIND_CONNECTION] = "host",
		[LP_BLIND_PROGRAM] = "program",
		[LP_BLIND_CALL] = "call",
	};
	struct said said = said_of(b->reason);

	return (struct lp_unseen){
		.pid = b->pid,
		.program = b->program,
		.kind = kinds[b->kind],
		.name = b->what,
		.service = service_of(b),
		.reason = said.words,
		.advice = said.advice,
		.count = b->count,
	};
}

struct lp_unseen lp_blinds_rest(const struct lp_blinds *b)
{
	struct lp_unseen rest = {
		.program = "",
		.kind = "host",
		.name = "",
		.service = "",
		.reason = "more than are told apart",
		.advice = "",
	};

	for (size_t k = 0; k < LP_BLIND_KINDS; k++)
		rest.count += b->total[k];
	for (size_t i = 0; i < b->n; i++)
		rest.count -= b->v[i].count;
	return rest;
}

void lp_blinds_write(const struct lp_blinds *b, FILE *out)
{
	struct lp_unseen rest = lp_blinds_rest(b);

	for (size_t i = 0; i < b->n; i++) {
		struct lp_unseen one = lp_blind_unseen(&b->v[i]);

		lp_calllog_write_gap(out, &one);
	}
	if (rest.count)
		lp_calllog_write_gap(out, &rest);
}
