/* SPDX-License-Identifier: MIT */
/*
 * leastpriv-collector: takes the evidence of all programs on a host or in a pod that the shim is
 * in, and of SDKs that send client-side monitoring, and keeps their policies up to date.
 */
#include <errno.h>
#include <getopt.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/meant.h"
#include "lp_limits.h"
#include "lp_ring.h"
#include "model/newer.h"
#include "source/capture.h"
#include "source/hellos.h"
#include "source/notify.h"
#include "source/session.h"

#define EXIT_OWN   1
#define EXIT_USAGE 2

#define OUTPUT_NAME	   "leastpriv-policy.json"
#define SOCKET_NAME	   "/leastpriv.sock"
#define DEFAULT_INTERVAL_S 10
#define INTERVAL_MAX_S	   (7 * 24 * 3600)
#define DEFAULT_MEMORY_MIB 64
#define PROCESSES_PER_MIB  64	 /* a page of a ring each, and what is known of the process */
#define PRIORITY	   (-10) /* where we may choose it */
#define CHECK_MS	   5000	 /* whether somebody removed our files */
#define WRITING_PART	   10 /* at least so many times as long as writing takes lies between two */
#define MEMORY_MAX_MIB	   (1024 * 1024)
#define USERS_MAX	   64
#define SCOPES_MAX	   64

/* Whom the probe shall see. */
struct scope {
	enum { SCOPE_PID, SCOPE_CGROUP, SCOPE_CONTAINER } kind;
	const char *name;
	pid_t pid;
};

struct options {
	struct lp_session_config session;
	const char *socket;
	uid_t users[USERS_MAX];
	size_t n_users;
	uint16_t csm_port;
	bool csm, csm_asked;
	struct scope scopes[SCOPES_MAX]; /* none: the host */
	size_t n_scopes;
	bool ebpf, exec_gate;
	const char *pcap, *pcap_filter;
	unsigned interval_s; /* 0: only on SIGHUP and at the end */
	unsigned memory_mib; /* 0: no bound */
	bool memory_asked;
};

struct collector {
	struct options opts;
	struct lp_session session;
	struct lp_watch signals;
	struct lp_flows *flows; /* NULL: nothing is captured */
	struct lp_capture *capture;
	char *socket;		      /* owned, where it had to be made up */
	uint64_t written_changes;     /* lp_session_changes as of the last writing */
	uint64_t written_ms, took_ms; /* the last writing */
	bool flush, end;
};

/* --- options ---------------------------------------------------------------------------------- */

static const char help[] =
	"usage: leastpriv-collector [options]\n"
	"\n"
	"Collects the AWS calls of the programs that libleastpriv.so is preloaded into, and keeps "
	"the\n"
	"IAM policies that they need. SIGHUP writes everything now, SIGTERM ends.\n"
	"\n"
	"      --socket PATH           where programs report (default: $LEASTPRIV_SOCKET, else\n"
	"                              leastpriv.sock in $XDG_RUNTIME_DIR or /run)\n"
	"      --user NAME             let in this user's programs too; may be repeated\n"
	"      --csm PORT              port for SDKs' client-side monitoring (default: 31000)\n"
	"      --no-udp                do not listen for it\n"
	"      --ebpf                  see all programs of the host from the kernel's side; needs "
	"rights\n"
	"      --pid PID               not all, but this process and what it starts; --pid, "
	"--cgroup "
	"and\n"
	"      --cgroup PATH           --container may be repeated and combined; each turns --ebpf "
	"on:\n"
	"      --container ID          a control group, a container that runs\n"
	"      --exec-gate             --ebpf, and hold each program until it is watched "
	"(SIGSTOP)\n"
	"      --pcap IFACE            capture packets there (any: everywhere): monitoring "
	"datagrams,\n"
	"                              plain HTTP, names of TLS servers; needs CAP_NET_RAW\n"
	"      --pcap-filter EXPR      which packets, as for tcpdump\n"
	"  -o, --output FILE           the policy (default: " OUTPUT_NAME ")\n"
	"  -o, --output DIR            a folder: a policy and a call log for each workload "
	"(service,\n"
	"                              container or program) and identity, and a ledger that goes "
	"on\n"
	"                              after a restart\n"
	"      --memory MIB            with it, use about so much at most (default: 64; 0: no "
	"bound)\n"
	"      --interval SECONDS      rewrite it at most this often (default: 10; 0: on SIGHUP "
	"only)\n"
	"      --calls FILE            a log of all calls, one JSON object a line; is added to\n"
	"      --live                  show the policy as it grows\n"
	"  -q, --quiet                 say nothing but errors\n"
	"  -v, --verbose               say more\n"
	"  -h, --help\n"
	"  -V, --version\n"
	"\n"
	"Policies:\n";

static int complain(void)
{
	fputs("leastpriv: `leastpriv-collector --help` lists the options\n", stderr);
	return EXIT_USAGE;
}

/* A whole number in [0, max]. */
static bool number(const char *option, const char *text, unsigned long max, unsigned long *out)
{
	char *end;

	errno = 0;
	*out = strtoul(text, &end, 10);
	if (lp_ascii_digit(text[0]) && !*end && !errno && *out <= max)
		return true;
	lp_log(LP_LOG_ERROR, "--%s takes a number up to %lu, not \"%s\"", option, max, text);
	return false;
}

static bool add_user(struct options *o, const char *name)
{
	const struct passwd *pw = getpwnam(name);
	unsigned long uid;

	if (o->n_users == USERS_MAX) {
		lp_log(LP_LOG_ERROR, "--user: at most %d", USERS_MAX);
		return false;
	}
	if (pw) {
		o->users[o->n_users++] = pw->pw_uid;
		return true;
	}
	if (name[0] < '0' || name[0] > '9') {
		lp_log(LP_LOG_ERROR,
		       "--user: there is no user \"%s\" here; the number of one that is "
		       "elsewhere is taken as well",
		       name);
		return false;
	}
	if (!number("user", name, UINT32_MAX - 1, &uid))
		return false;
	o->users[o->n_users++] = (uid_t)uid;
	return true;
}

static bool add_scope(struct options *o, struct scope scope)
{
	unsigned long n = 0;

	if (scope.kind == SCOPE_PID && !number("pid", scope.name, INT32_MAX, &n))
		return false;
	if (scope.kind == SCOPE_PID && !n) {
		lp_log(LP_LOG_ERROR, "--pid: no process has the number 0");
		return false;
	}
	if (o->n_scopes == SCOPES_MAX) {
		lp_log(LP_LOG_ERROR, "--pid, --cgroup, --container: at most %d", SCOPES_MAX);
		return false;
	}
	scope.pid = (pid_t)n;
	o->scopes[o->n_scopes++] = scope;
	o->ebpf = true;
	return true;
}

enum {
	OPTION_SOCKET = 1,
	OPTION_USER,
	OPTION_CSM,
	OPTION_NO_UDP,
	OPTION_EBPF,
	OPTION_EXEC_GATE,
	OPTION_PCAP,
	OPTION_PCAP_FILTER,
	OPTION_PID,
	OPTION_CGROUP,
	OPTION_CONTAINER,
	OPTION_INTERVAL,
	OPTION_MEMORY,
	OPTION_CALLS,
	OPTION_LIVE,
};

/* 0, or -EINVAL after saying why. */
static int take_option(struct options *o, int c, const char *value)
{
	unsigned long n;

	switch (c) {
	case OPTION_SOCKET:
		if (!*value) {
			lp_log(LP_LOG_ERROR, "--socket takes a path");
			return -EINVAL;
		}
		o->socket = value;
		return 0;
	case OPTION_USER:
		return add_user(o, value) ? 0 : -EINVAL;
	case OPTION_CSM:
		if (!number("csm", value, UINT16_MAX, &n))
			return -EINVAL;
		if (!n) {
			lp_log(LP_LOG_ERROR, "--csm takes a port; --no-udp is for none");
			return -EINVAL;
		}
		o->csm_port = (uint16_t)n;
		o->csm_asked = true;
		return 0;
	case OPTION_NO_UDP:
		o->csm = false;
		return 0;
	case OPTION_PID:
	case OPTION_CGROUP:
	case OPTION_CONTAINER:
		return add_scope(o,
				 (struct scope){.kind = c - OPTION_PID + SCOPE_PID, .name = value})
			       ? 0
			       : -EINVAL;
	case OPTION_EXEC_GATE:
		o->exec_gate = true;
		/* fall through */
	case OPTION_EBPF:
		o->ebpf = true;
		return 0;
	case OPTION_PCAP:
		o->pcap = value;
		return 0;
	case OPTION_PCAP_FILTER:
		o->pcap_filter = value;
		return 0;
	case OPTION_INTERVAL:
		if (!number("interval", value, INTERVAL_MAX_S, &n))
			return -EINVAL;
		o->interval_s = (unsigned)n;
		return 0;
	case OPTION_MEMORY:
		if (!number("memory", value, MEMORY_MAX_MIB, &n))
			return -EINVAL;
		o->memory_mib = (unsigned)n;
		o->memory_asked = true;
		return 0;
	case OPTION_CALLS:
		o->session.calls = value;
		return 0;
	case OPTION_LIVE:
		o->session.live = true;
		return 0;
	case 'o':
		o->session.output = value;
		return 0;
	case 'q':
		lp_log_set_level(LP_LOG_ERROR);
		return 0;
	case 'v':
		lp_log_set_level(LP_LOG_DEBUG);
		return 0;
	default:
		return lp_output_option(c, value, &o->session.build, &o->session.format);
	}
}

/* -1: go on; else the exit status. */
static int parse_options(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {
		{"socket", required_argument, NULL, OPTION_SOCKET},
		{"user", required_argument, NULL, OPTION_USER},
		{"csm", required_argument, NULL, OPTION_CSM},
		{"no-udp", no_argument, NULL, OPTION_NO_UDP},
		{"ebpf", no_argument, NULL, OPTION_EBPF},
		{"exec-gate", no_argument, NULL, OPTION_EXEC_GATE},
		{"pcap", required_argument, NULL, OPTION_PCAP},
		{"pcap-filter", required_argument, NULL, OPTION_PCAP_FILTER},
		{"pid", required_argument, NULL, OPTION_PID},
		{"cgroup", required_argument, NULL, OPTION_CGROUP},
		{"container", required_argument, NULL, OPTION_CONTAINER},
		{"interval", required_argument, NULL, OPTION_INTERVAL},
		{"memory", required_argument, NULL, OPTION_MEMORY},
		{"calls", required_argument, NULL, OPTION_CALLS},
		{"live", no_argument, NULL, OPTION_LIVE},
		{"output", required_argument, NULL, 'o'},
		{"quiet", no_argument, NULL, 'q'},
		{"verbose", no_argument, NULL, 'v'},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'},
		LP_OUTPUT_OPTIONS,
		LP_CAPTURE_OPTIONS,
		{NULL, 0, NULL, 0},
	};
	int c;

	*o = (struct options){
		.session = {.output = OUTPUT_NAME, .daemon = true},
		.csm = true,
		.csm_port = LP_CSM_PORT,
		.interval_s = DEFAULT_INTERVAL_S,
		.memory_mib = DEFAULT_MEMORY_MIB,
	};
	while ((c = getopt_long(argc, argv, "o:qvhV", longs, NULL)) != -1) {
		if (c == 'h') {
			fputs(help, stdout);
			fputs(lp_output_help, stdout);
			fputs(lp_capture_help, stdout);
			return lp_end_stdout() ? EXIT_OWN : 0;
		}
		if (c == 'V') {
			puts("leastpriv-collector " LP_VERSION);
			return lp_end_stdout() ? EXIT_OWN : 0;
		}
		if (c == '?') {
			lp_option_unknown(longs, argv, "leastpriv-collector");
			return EXIT_USAGE;
		}
		if (take_option(o, c, optarg))
			return complain();
	}
	if (optind < argc) {
		lp_log(LP_LOG_ERROR, "unexpected \"%s\"", argv[optind]);
		return complain();
	}
	if (o->pcap_filter && !o->pcap) {
		lp_log(LP_LOG_ERROR, "--pcap-filter: nothing is captured without --pcap");
		return complain();
	}
	if (o->csm_asked && !o->csm && !o->pcap && !o->ebpf) {
		lp_log(LP_LOG_ERROR, "--csm: with --no-udp nobody listens there");
		return complain();
	}
	if (lp_options_clash(NULL, 0, &o->session.build, o->session.output, o->session.calls))
		return complain();
	return -1;
}

/* One that is there, or that is named as one. */
static bool is_folder(const char *path)
{
	struct stat st;

	return (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) ||
	       lp_span_ends(lp_span_str(path), LP_SPAN("/"));
}

/* Where the options leave it open. */
static int choose_paths(struct collector *c)
{
	const char *env = getenv(LP_SOCKET_VARIABLE), *runtime = getenv("XDG_RUNTIME_DIR");
	struct options *o = &c->opts;

	if (!o->socket && env && *env)
		o->socket = env;
	if (!o->socket) {
		if (asprintf(&c->socket, "%s" SOCKET_NAME, runtime && *runtime ? runtime : "/run") <
		    0)
			return -ENOMEM;
		o->socket = c->socket;
	}
	if (!is_folder(o->session.output)) {
		if (o->memory_asked)
			lp_log(LP_LOG_WARN, "--memory: only what --output DIR/ keeps is bounded");
		return 0;
	}
	if (o->session.build.report) {
		lp_log(LP_LOG_ERROR,
		       "--report: not with a folder; leastpriv policy --report makes one "
		       "of the call logs in it");
		return -EINVAL;
	}
	o->session.folder = o->session.output;
	o->session.memory = (size_t)o->memory_mib << 20;
	return 0;
}

/* --- running ---------------------------------------------------------------------------------- */

static void on_signals(void *ctx)
{
	struct collector *c = ctx;
	struct signalfd_siginfo si;

	while (read(c->signals.fd, &si, sizeof(si)) == (ssize_t)sizeof(si)) {
		if (si.ssi_signo == SIGHUP)
			c->flush = true;
		else
			c->end = true;
	}
}

static int watch_signals(struct collector *c)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
	sigaction(SIGXFSZ, &ignore, NULL);
	/* As a container's first process we inherit what others leave behind; nobody waits for it.
	 */
	if (getpid() == 1)
		sigaction(SIGCHLD, &ignore, NULL);
	c->signals = (struct lp_watch){
		.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK),
		.ready = on_signals,
		.ctx = c,
	};
	if (c->signals.fd < 0)
		return -errno;
	return lp_loop_add(&c->session.loop, &c->signals);
}

static int begin_capture(struct collector *c)
{
	const struct options *o = &c->opts;
	char why[256] = "out of memory";
	int err = lp_flows_new(&c->flows, c->session.assemble, o->csm_port);

	if (!err)
		err = lp_capture_open(&c->capture, o->pcap, o->pcap_filter, o->csm_port,
				      &c->session.loop, c->flows, why, sizeof(why));
	if (err)
		lp_log(LP_LOG_ERROR, "--pcap %s: %s%s", o->pcap, why,
		       err == -EPERM ? "; it needs root or CAP_NET_RAW" : "");
	return err;
}

static void end_capture(struct collector *c)
{
	struct lp_capture_stats stats = {0};
	const struct lp_flows_stats *t;

	if (c->capture)
		lp_capture_stats(c->capture, &stats);
	lp_capture_close(c->capture);
	c->capture = NULL;
	if (!c->flows)
		return;
	lp_flows_finish(c->flows);
	t = lp_flows_stats(c->flows);
	if (stats.dropped)
		lp_log(LP_LOG_WARN, "%llu packet%s came too fast to be captured",
		       (unsigned long long)stats.dropped, lp_plural(stats.dropped));
	if (t->gaps)
		lp_log(LP_LOG_WARN,
		       "the capture lacks %llu byte%s in %llu place%s; calls may be missing",
		       (unsigned long long)t->gap_bytes, lp_plural(t->gap_bytes),
		       (unsigned long long)t->gaps, lp_plural(t->gaps));
	if (t->cut)
		lp_log(LP_LOG_WARN, "%llu datagram%s of client-side monitoring %s cut",
		       (unsigned long long)t->cut, lp_plural(t->cut), t->cut == 1 ? "was" : "were");
	if (t->no_room)
		lp_log(LP_LOG_WARN, "%llu connection%s too many at once to be captured",
		       (unsigned long long)t->no_room, lp_plural(t->no_room));
	if (stats.hidden)
		lp_log(LP_LOG_WARN, "%llu packet%s in %s, which is not read; calls may be in them",
		       (unsigned long long)stats.hidden, lp_plural(stats.hidden), stats.hidden_in);
	lp_log(LP_LOG_DEBUG, "pcap: %llu frames, %llu segments and datagrams, %llu of monitoring",
	       (unsigned long long)stats.frames, (unsigned long long)t->packets,
	       (unsigned long long)t->datagrams);
	lp_flows_free(c->flows);
	c->flows = NULL;
}

static int listen_csm(struct collector *c)
{
	const struct options *o = &c->opts;
	int err = 0;

	/* With --pcap the same datagrams would come twice. */
	if (o->csm && (!o->pcap || o->csm_asked))
		err = lp_session_listen_csm(&c->session, o->csm_port, o->users, o->n_users);

	if (err)
		lp_log(o->csm_asked ? LP_LOG_ERROR : LP_LOG_WARN, "UDP port %d: %s", o->csm_port,
		       strerror(-err));
	return o->csm_asked ? err : 0;
}

static int follow_scope(struct collector *c, const struct scope *scope, char *why, size_t why_size)
{
	int err;

	if (scope->kind != SCOPE_PID)
		return lp_probe_follow_cgroup(c->session.probe, scope->name,
					      scope->kind == SCOPE_CONTAINER, why, why_size);
	err = lp_probe_follow(c->session.probe, scope->pid);
	if (!err)
		err = lp_probe_follow_descendants(c->session.probe, scope->pid);
	if (err)
		snprintf(why, why_size, "process %d: %s", (int)scope->pid,
			 err == -ENOENT ? "there is none" : strerror(-err));
	return err;
}

static int start_probe(struct collector *c)
{
	const struct options *o = &c->opts;
	struct lp_probe_config config = {
		.everyone = o->n_scopes == 0,
		.others = true,
		.gate = o->exec_gate,
		.csm_port = o->csm_port,
		.csm_taken = c->session.csm || o->pcap,
	};
	char why[256];
	int err;

	for (size_t i = 0; i < o->n_scopes; i++)
		config.cgroups |= o->scopes[i].kind != SCOPE_PID;
	err = lp_session_probe(&c->session, &config, why, sizeof(why));
	if (err) {
		lp_log(LP_LOG_ERROR, "no eBPF: %s", why);
		return err;
	}
	for (size_t i = 0; i < o->n_scopes && !err; i++)
		err = follow_scope(c, &o->scopes[i], why, sizeof(why));
	if (err)
		lp_log(LP_LOG_ERROR, "%s", why);
	return err;
}

static void say_socket(const struct collector *c, int err)
{
	const char *path = c->opts.socket, *hint = c->socket ? "; --socket takes another" : "";
	struct stat st;

	if (err == -ENAMETOOLONG)
		lp_log(LP_LOG_ERROR, "%s: the path of a socket has at most %zu characters", path,
		       sizeof(((struct sockaddr_un *)0)->sun_path) - 1);
	else if (err == -EADDRINUSE)
		lp_log(LP_LOG_ERROR, "%s: %s%s", path,
		       lstat(path, &st) || S_ISSOCK(st.st_mode)
			       ? "another collector listens there"
			       : "this is no socket, and stays as it is",
		       hint);
	else
		lp_log(LP_LOG_ERROR, "%s: no socket can be made there: %s%s", path, strerror(-err),
		       hint);
}

static int listen_all(struct collector *c)
{
	const struct options *o = &c->opts;
	struct lp_shim_config shim = {
		.path = o->socket,
		.mode = o->n_users ? 0666 : 0600,
		.uids = o->users,
		.n_uids = o->n_users,
		.processes_max = o->session.folder ? o->memory_mib * PROCESSES_PER_MIB : 0,
	};
	int err = lp_hellos_clear(o->socket);

	if (listen_csm(c))
		return -EADDRINUSE;
	if (o->ebpf && start_probe(c))
		return -EPERM;
	if (!err)
		err = lp_session_listen(&c->session, &shim);
	if (err) {
		say_socket(c, err);
		return err;
	}
	if (o->pcap && begin_capture(c))
		return -EPERM;
	/* All is open now. */
	if (c->session.probe)
		lp_probe_drop_rights(c->session.probe);
	return 0;
}

static void write_now(struct collector *c)
{
	uint64_t start = lp_monotonic_ms();

	c->written_changes = lp_session_changes(&c->session);
	/* Said on stderr; tried again after the interval. */
	if (lp_session_write(&c->session))
		c->written_changes = UINT64_MAX;
	c->written_ms = lp_monotonic_ms();
	c->took_ms = c->written_ms - start;
}

/* Milliseconds until the policies are to be written; -1: nothing changed. */
static int until_write(const struct collector *c)
{
	uint64_t since = lp_monotonic_ms() - c->written_ms;
	uint64_t interval = (uint64_t)c->opts.interval_s * 1000;

	/* Most of the time belongs to what programs send. */
	if (interval && interval < WRITING_PART * c->took_ms)
		interval = WRITING_PART * c->took_ms;
	if (!interval || lp_session_changes(&c->session) == c->written_changes)
		return -1;
	return since < interval ? (int)(interval - since) : 0;
}

static void flush(struct collector *c)
{
	c->flush = false;
	(void)lp_session_check(&c->session);
	write_now(c);
	if (lp_session_reopen_calls(&c->session))
		lp_log(LP_LOG_ERROR, "the call log goes on only after the next SIGHUP");
}

static int run(struct collector *c)
{
	uint64_t checked_ms = lp_monotonic_ms();
	int err = 0;

	while (!c->end && !err) {
		int wait = until_write(c);

		if (lp_monotonic_ms() - checked_ms >= CHECK_MS) {
			checked_ms = lp_monotonic_ms();
			if (lp_session_check(&c->session))
				wait = 0;
		}
		if (wait == 0) {
			write_now(c);
			continue;
		}
		err = lp_session_turn(&c->session, wait < 0 || wait > CHECK_MS ? CHECK_MS : wait);
		if (c->flush)
			flush(c);
	}
	if (err)
		lp_log(LP_LOG_ERROR, "waiting failed: %s", strerror(-err));
	return err;
}

/* What is forgotten most often, where it can be only that. */
static void say_nobody(const struct collector *c)
{
	struct lp_shim_stats t;

	lp_shim_stats(c->session.shim, &t);
	if (!t.processes && !t.refused && !c->opts.ebpf && !c->opts.pcap)
		lp_log(LP_LOG_INFO,
		       "no program reported at %s: it needs LD_PRELOAD=.../libleastpriv.so, and "
		       "here --user for programs of others",
		       c->opts.socket);
}

int main(int argc, char **argv)
{
	static struct collector c;
	int status;

	lp_hold_streams();
	lp_newer_load_added();
	status = parse_options(argc, argv, &c.opts);

	if (status >= 0)
		return status;
	status = EXIT_OWN;
	if (choose_paths(&c)) {
		status = complain();
		goto out;
	}
	if (lp_session_open(&c.session, &c.opts.session))
		goto out;
	/* Whom it listens to must not starve it: what it does not read in time is lost. */
	(void)setpriority(PRIO_PROCESS, 0, PRIORITY);
	if (watch_signals(&c) || listen_all(&c))
		goto out_session;
	/* What a killed collector had no time to write. */
	if (c.session.folder)
		write_now(&c);
	else
		lp_output_warn(c.opts.session.output);
	lp_notify("READY=1");
	lp_log(LP_LOG_DEBUG, "listening at %s", c.opts.socket);
	if (run(&c) == 0)
		status = 0;
	lp_notify("STOPPING=1");
	end_capture(&c);
	lp_session_finish(&c.session, NULL);
	lp_session_summary(&c.session);
	say_nobody(&c);
	if (lp_session_write(&c.session) || c.session.log.error)
		status = EXIT_OWN;
out_session:
	end_capture(&c);
	lp_session_close(&c.session);
	if (c.signals.fd > 0)
		close(c.signals.fd);
out:
	free(c.socket);
	return status;
}
