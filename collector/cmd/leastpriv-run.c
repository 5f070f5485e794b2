/* SPDX-License-Identifier: MIT */
/*
 * leastpriv-run: runs a command, watches its AWS calls, leaves a policy, and ends as the command
 * ended. We sit beside the command, in its process group: the terminal, its signals and its job
 * control are the command's own, and we only follow.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/meant.h"
#include "model/newer.h"
#include "source/follow_wait.h"
#include "source/inject.h"
#include "source/peer.h"
#include "source/session.h"

/* Exit statuses as of env(1), nohup(1), timeout(1). */
#define EXIT_INCOMPLETE 3
#define EXIT_NEW	4
#define EXIT_OWN	125
#define EXIT_NOT_RUN	126
#define EXIT_NOT_FOUND	127

#define TRACED_BATCH   256 /* statuses of traced programs before others have their turn */
#define TRACED_EXEC_MS 20

/* What ends with the command may do so a little later: helpers of Python's, Java below a script. */
#define LINGER_MS      200
#define LINGER_TURN_MS 10

#define DEFAULT_OUTPUT "leastpriv-policy.json"

enum ebpf {
	EBPF_AUTO, /* when it is needed and allowed */
	EBPF_ON,   /* or the command does not run */
	EBPF_OFF,
};

struct options {
	struct lp_session_config session;
	enum ebpf ebpf;
	bool ptrace; /* where there is no probe */
	bool strict;
	char **command;
};

struct run {
	struct options opts;
	struct lp_inject inject;
	struct lp_session session;
	struct lp_watch signals; /* a signalfd */
	sigset_t original_mask;
	struct sigaction original_chld, original_pipe, original_xfsz;
	struct rlimit original_nofile;
	pid_t child;
	struct lp_follow_wait wait;
	bool busy;	    /* there may be more statuses of traced programs */
	int status;	    /* of waitpid */
	bool ended;	    /* the command did */
	uint64_t linger_ms; /* how long the rest is waited for then, by the monotonic clock; 0: not
			       yet known */
	bool stopped;	    /* by job control */
	bool no_room;	    /* for the shim's variables in the command's environment */
};

/* --- options ---------------------------------------------------------------------------------- */

static const char help[] =
	"usage: leastpriv-run [options] [--] command [argument ...]\n"
	"\n"
	"Runs the command unchanged and writes the IAM policy that its AWS calls need.\n"
	"\n"
	"  -o, --output FILE           the policy (default: " DEFAULT_OUTPUT "; - is stdout)\n"
	"      --calls FILE            a log of all calls, one JSON object a line\n"
	"  -q, --quiet                 say nothing but errors\n"
	"  -v, --verbose               say more\n"
	"      --ebpf=auto|on|off      also look from the kernel's side, into what no preload can\n"
	"                              enter; needs rights (default: auto, when it is needed)\n"
	"      --live                  show the policy as it grows\n"
	"      --ptrace=auto|off       follow programs that no preload can enter (Go, static "
	"OpenSSL)\n"
	"                              with ptrace, where there is no eBPF (default: auto)\n"
	"      --strict                exit with 3 when anything was dropped or could not be read\n"
	"  -h, --help\n"
	"  -V, --version\n"
	"\n"
	"Policies:\n";

static int complain(void)
{
	fputs("leastpriv: `leastpriv-run --help` lists the options\n", stderr);
	return EXIT_OWN;
}

static bool parse_ebpf(const char *word, enum ebpf *out)
{
	static const char *const words[] = {
		[EBPF_AUTO] = "auto",
		[EBPF_ON] = "on",
		[EBPF_OFF] = "off",
	};

	for (size_t i = 0; i < LP_ARRAY_LEN(words); i++) {
		if (!strcmp(word, words[i])) {
			*out = (enum ebpf)i;
			return true;
		}
	}
	lp_print(stderr, "leastpriv: --ebpf takes auto, on or off, not \"%s\"\n", word);
	return false;
}

/* Also by another name: /dev/stdout, /proc/self/fd/1. */
static bool is_stdout(const char *path)
{
	struct stat st, own;

	return path && (!strcmp(path, "-") || (!stat(path, &st) && !fstat(STDOUT_FILENO, &own) &&
					       st.st_dev == own.st_dev && st.st_ino == own.st_ino));
}

/* -1: go on; else the exit status. */
static int parse_options(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {
		{"output", required_argument, NULL, 'o'},
		{"calls", required_argument, NULL, 'c'},
		{"quiet", no_argument, NULL, 'q'},
		{"verbose", no_argument, NULL, 'v'},
		{"ebpf", required_argument, NULL, 'e'},
		{"ptrace", required_argument, NULL, 'p'},
		{"strict", no_argument, NULL, 's'},
		{"live", no_argument, NULL, 'l'},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'},
		LP_OUTPUT_OPTIONS,
		LP_CAPTURE_OPTIONS,
		{NULL, 0, NULL, 0},
	};
	int c;

	/* An older call log stays until the command runs. */
	*o = (struct options){
		.ptrace = true,
		.session = {.output = DEFAULT_OUTPUT},
	};
	/* '+': the first word that is no option is the command, and the rest is its own. */
	while ((c = getopt_long(argc, argv, "+o:qvhV", longs, NULL)) != -1) {
		switch (c) {
		case 'o':
			o->session.output = optarg;
			break;
		case 'c':
			o->session.calls = optarg;
			break;
		case 'q':
			lp_log_set_level(LP_LOG_ERROR);
			break;
		case 'v':
			lp_log_set_level(LP_LOG_DEBUG);
			break;
		case 'e':
			if (!parse_ebpf(optarg, &o->ebpf))
				return complain();
			break;
		case 'p':
			o->ptrace = !strcmp(optarg, "auto");
			if (!o->ptrace && strcmp(optarg, "off")) {
				lp_print(stderr,
					 "leastpriv: --ptrace takes auto or off, not \"%s\"\n",
					 optarg);
				return complain();
			}
			break;
		case 's':
			o->strict = true;
			break;
		case 'l':
			o->session.live = true;
			break;
		case 'h':
			fputs(help, stdout);
			fputs(lp_output_help, stdout);
			fputs(lp_capture_help, stdout);
			return lp_end_stdout() ? EXIT_OWN : 0;
		case 'V':
			puts("leastpriv-run " LP_VERSION);
			return lp_end_stdout() ? EXIT_OWN : 0;
		case '?':
			lp_option_unknown(longs, argv, "leastpriv-run");
			return EXIT_OWN;
		default:
			if (lp_output_option(c, optarg, &o->session.build, &o->session.format))
				return complain();
		}
	}
	if (optind == argc) {
		fputs("leastpriv: no command is given\n", stderr);
		return complain();
	}
	/* Written behind what the command says there, not over it. */
	if (is_stdout(o->session.output))
		o->session.output = "-";
	if (lp_options_clash(NULL, 0, &o->session.build, o->session.output, o->session.calls))
		return complain();
	o->command = argv + optind;
	return -1;
}

static void reap(struct run *r);

/* --- the command ------------------------------------------------------------------------------ */

static int status_of_errno(int err)
{
	return err == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_RUN;
}

static void tell(int report, int err)
{
	ssize_t n;

	do
		n = write(report, &err, sizeof(err));
	while (n < 0 && errno == EINTR);
}

/*
 * In the child: everything as leastpriv-run itself found it, once `go` is closed. `report` closes
 * when it succeeds; -E2BIG there is no error, but that it is tried without the shim.
 */
static void execute(const struct run *r, bool preload, int go, int report)
{
	char **before = NULL;
	int err = preload ? -lp_inject_environment(&r->inject, &before) : 0;
	ssize_t n;
	char byte;

	do
		n = read(go, &byte, sizeof(byte));
	while (n < 0 && errno == EINTR);

	if (!err) {
		setrlimit(RLIMIT_NOFILE, &r->original_nofile);
		sigaction(SIGCHLD, &r->original_chld, NULL);
		sigaction(SIGPIPE, &r->original_pipe, NULL);
		sigaction(SIGXFSZ, &r->original_xfsz, NULL);
		sigprocmask(SIG_SETMASK, &r->original_mask, NULL);
		execvp(r->opts.command[0], r->opts.command);
		err = errno;
		if (err == E2BIG && before) {
			tell(report, -E2BIG);
			execvpe(r->opts.command[0], r->opts.command, before);
			err = errno;
		}
	}
	tell(report, err);
	_exit(status_of_errno(err));
}

/* The child's errno, or 0 once it runs the command. */
static int exec_result(struct run *r, int report)
{
	struct pollfd pfd = {.fd = report, .events = POLLIN};
	int err = 0, told = 0;
	ssize_t n;

	/* It may stop for a signal on its way. */
	while (r->session.follow && poll(&pfd, 1, TRACED_EXEC_MS) == 0)
		reap(r);
	do {
		n = read(report, &told, sizeof(told));
		if (n == (ssize_t)sizeof(told) && told == -E2BIG)
			r->no_room = true;
		else if (n == (ssize_t)sizeof(told))
			err = told;
	} while (n > 0 || (n < 0 && errno == EINTR));
	return err;
}

/* 0, or the exit status when the command does not run. */
static int start(struct run *r)
{
	char path[PATH_MAX];
	bool preload;
	const char *obstacle = lp_inject_obstacle(r->opts.command[0], path, &preload);
	const struct lp_span own = LP_SPAN("leastpriv-run");
	int report[2], go[2], err;
	bool follow = false;

	if (pipe2(go, O_CLOEXEC)) {
		lp_log(LP_LOG_ERROR, "%s", strerror(errno));
		return EXIT_OWN;
	}
	if (pipe2(report, O_CLOEXEC)) {
		lp_log(LP_LOG_ERROR, "%s", strerror(errno));
		close(go[0]);
		close(go[1]);
		return EXIT_OWN;
	}
	/* The child is in the probe's scope from its first moment. */
	if (r->session.probe && lp_probe_follow(r->session.probe, getpid()))
		lp_log(LP_LOG_WARN, "eBPF cannot follow the command");
	r->child = fork();
	if (r->child == 0) {
		close(go[1]);
		execute(r, preload, go[0], report[1]);
	}
	close(go[0]);
	if (r->child > 0 && r->session.follow && !r->session.probe && lp_inject_traceable(obstacle))
		follow = lp_follow_expect(r->session.follow, r->child, r->child) == 0;
	if (!lp_blinds_add_deputy(&r->session.blinds, own, path, r->opts.command, environ,
				  r->session.probe != NULL) &&
	    obstacle && !r->session.probe && !follow)
		lp_blinds_add(&r->session.blinds, LP_BLIND_PROGRAM, own, lp_span_str(path),
			      lp_span_str(obstacle));
	close(go[1]);
	if (r->session.probe)
		lp_probe_leave(r->session.probe, getpid());
	err = r->child < 0 ? errno : 0;
	close(report[1]);
	if (err) {
		close(report[0]);
		lp_log(LP_LOG_ERROR, "%s", strerror(err));
		return EXIT_OWN;
	}
	err = exec_result(r, report[0]);
	close(report[0]);
	if (!err && r->no_room && !obstacle && !r->session.probe)
		lp_blinds_add(&r->session.blinds, LP_BLIND_PROGRAM, own, lp_span_str(path),
			      LP_SPAN("no room"));
	if (!err)
		return 0;
	waitpid(r->child, NULL, 0);
	lp_log(LP_LOG_ERROR, "%s: %s", r->opts.command[0], strerror(err));
	return status_of_errno(err);
}

/* --- signals and job control ------------------------------------------------------------------ */

static void signals_to_watch(sigset_t *set)
{
	static const int watched[] = {
		SIGCHLD, SIGHUP,   SIGINT,  SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2,
		SIGALRM, SIGWINCH, SIGCONT, SIGTSTP, SIGTTIN, SIGTTOU,
	};

	sigemptyset(set);
	for (size_t i = 0; i < LP_ARRAY_LEN(watched); i++)
		sigaddset(set, watched[i]);
	for (int sig = SIGRTMIN; sig <= SIGRTMAX; sig++)
		sigaddset(set, sig);
}

/* Stops us; returns true once somebody continued us, false when the stop had no effect. */
static bool stop_self(int sig)
{
	struct timespec now = {0};
	sigset_t set, cont;

	sigemptyset(&cont);
	sigaddset(&cont, SIGCONT);
	/* Who stopped us has let us go on meanwhile; what stops us takes an older one away. */
	if (sigtimedwait(&cont, NULL, &now) > 0)
		return true;
	sigemptyset(&set);
	sigaddset(&set, sig);
	raise(sig);
	/* SIGSTOP needs no unblocking; the others stop us here, unless our group is orphaned. */
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return sigtimedwait(&cont, NULL, &now) > 0;
}

/*
 * The shell that started us waits for us, not for the command: what stops the command must stop us
 * too. Not so a SIGSTOP that does not come from job control, that is, while neither of us has the
 * terminal: whoever sent it will continue the command, and would not know of us.
 */
static void stop_with_child(struct run *r, int sig)
{
	int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	pid_t had = tty < 0 ? -1 : tcgetpgrp(tty), theirs = getpgid(r->child);

	r->stopped = true;
	if ((sig == SIGSTOP && had != getpgrp() && had != theirs) || !stop_self(sig))
		goto out;
	r->stopped = false;
	/* A shell as the command has a group of its own; ours was given the terminal just now. */
	if (had == theirs && had != getpgrp() && tcgetpgrp(tty) == getpgrp())
		tcsetpgrp(tty, theirs);
	kill(r->child, SIGCONT);
out:
	if (tty >= 0)
		close(tty);
}

/* The command's stop is the probe's doing, which lets it go on in a moment. */
static bool held_by_probe(const struct run *r)
{
	return r->session.probe && lp_probe_holds(r->session.probe, r->child);
}

/*
 * Statuses of traced programs, and what they mean for the command where that is traced. The
 * command's stop comes last: it stops us as well.
 */
static void reap_traced(struct run *r)
{
	int status, stopped = 0;
	unsigned n = 0;
	pid_t pid;

	while ((r->busy = n < TRACED_BATCH) && !r->ended) {
		enum lp_followed what;

		pid = lp_follow_wait(&r->wait, WUNTRACED, &status, &n);
		if (pid <= 0)
			break;
		what = lp_follow_status(r->session.follow, pid, status);
		lp_follow_waited(&r->wait);
		if (pid != r->child)
			continue;
		if (what == LP_FOLLOWED_NOT && WIFSTOPPED(status) && held_by_probe(r))
			continue;
		if (what == LP_FOLLOWED_STOPPED ||
		    (what == LP_FOLLOWED_NOT && WIFSTOPPED(status))) {
			stopped = WSTOPSIG(status);
		} else if (what == LP_FOLLOWED_CONTINUED) {
			r->stopped = false;
			stopped = 0;
		} else if (what == LP_FOLLOWED_ENDED || what == LP_FOLLOWED_NOT) {
			r->status = status;
			r->ended = true;
		}
	}
	r->busy = n >= TRACED_BATCH;
	if (stopped && !r->ended)
		stop_with_child(r, stopped);
	/* Of a traced command the tracer must not take this from the parent, even if they are one.
	 */
	if (!r->ended && !lp_follow_has(r->session.follow, r->child) &&
	    waitpid(r->child, &status, WNOHANG | WCONTINUED) > 0) {
		if (WIFCONTINUED(status)) {
			r->stopped = false;
		} else {
			r->status = status;
			r->ended = true;
		}
	}
}

static void reap(struct run *r)
{
	/* The first process of a container inherits whatever loses its parent. */
	pid_t whom = getpid() == 1 ? -1 : r->child, pid;
	int status;

	if (r->session.follow) {
		reap_traced(r);
		return;
	}
	while (!r->ended && (pid = waitpid(whom, &status, WNOHANG | WUNTRACED | WCONTINUED)) > 0) {
		if (pid != r->child || (WIFSTOPPED(status) && held_by_probe(r))) {
			continue;
		} else if (WIFSTOPPED(status)) {
			stop_with_child(r, WSTOPSIG(status));
		} else if (WIFCONTINUED(status)) {
			r->stopped = false;
		} else {
			r->status = status;
			r->ended = true;
		}
	}
}

/*
 * The terminal signals the whole group, so the command has those already; but when it hangs up it
 * tells only the leader of the session, which we may be. Signals that a process sent to us are
 * meant for the command, unless it or what it started is the sender: then they meant its group.
 * (Our parent may have meant the group as well; a signal that comes twice is better than none.)
 */
static bool command_has_it(const struct signalfd_siginfo *si)
{
	if (si->ssi_code == SI_KERNEL)
		return si->ssi_signo != SIGHUP || getsid(0) != getpid();
	return lp_pid_descends((pid_t)si->ssi_pid, getpid());
}

static void on_signal(struct run *r, const struct signalfd_siginfo *si)
{
	int sig = (int)si->ssi_signo;

	if (sig == SIGCHLD) {
		reap(r);
		return;
	}
	if (r->ended || command_has_it(si))
		return;
	kill(r->child, sig);
}

static void on_signals(void *ctx)
{
	struct run *r = ctx;
	struct signalfd_siginfo si;

	while (read(r->signals.fd, &si, sizeof(si)) == (ssize_t)sizeof(si))
		on_signal(r, &si);
}

static int watch_signals(struct run *r)
{
	struct sigaction dfl = {.sa_handler = SIG_DFL}, ignore = {.sa_handler = SIG_IGN};
	sigset_t set;

	signals_to_watch(&set);
	sigprocmask(SIG_BLOCK, &set, &r->original_mask);
	/* Where it is ignored the kernel would reap the command for us. */
	sigaction(SIGCHLD, &dfl, &r->original_chld);
	/* Nor may what we write end us, and leave our folder behind. */
	sigaction(SIGPIPE, &ignore, &r->original_pipe);
	sigaction(SIGXFSZ, &ignore, &r->original_xfsz);
	r->signals = (struct lp_watch){
		.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK),
		.ready = on_signals,
		.ctx = r,
	};
	if (r->signals.fd < 0)
		return -errno;
	return lp_loop_add(&r->session.loop, &r->signals);
}

/* --- our own streams -------------------------------------------------------------------------- */

/* Who reads the command's output shall see it end when the command closes it. */
static void let_go_of_streams(const struct options *o)
{
	bool writes = is_stdout(o->session.output) || is_stdout(o->session.calls) ||
		      is_stdout(o->session.build.report);
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0)
		return;
	dup3(null, STDIN_FILENO, O_CLOEXEC);
	if (!writes)
		dup3(null, STDOUT_FILENO, O_CLOEXEC);
	close(null);
}

/* --- the whole -------------------------------------------------------------------------------- */

/* 0, or the exit status. */
static int start_probe(struct run *r)
{
	const struct lp_probe_config probe = {.gate = true};
	char why[256], path[PATH_MAX];
	bool preload;
	int err;

	if (r->opts.ptrace && lp_session_follow(&r->session))
		lp_log(LP_LOG_DEBUG, "no ptrace follower here");
	if (r->opts.ebpf == EBPF_AUTO && !lp_inject_obstacle(r->opts.command[0], path, &preload)) {
		lp_session_probe_on_demand(&r->session);
		return 0;
	}
	if (r->opts.ebpf == EBPF_OFF)
		return 0;
	err = lp_session_probe(&r->session, &probe, why, sizeof(why));
	if (!err)
		return 0;
	if (r->opts.ebpf == EBPF_ON) {
		lp_log(LP_LOG_ERROR, "no eBPF: %s", why);
		return EXIT_OWN;
	}
	lp_log(r->session.follow ? LP_LOG_DEBUG : LP_LOG_WARN, "no eBPF: %s", why);
	return 0;
}

/* Not for traced programs: nobody continues them any more. */
static bool lingers(struct run *r)
{
	struct lp_follow_stats traced = {0};
	uint64_t now = lp_monotonic_ms();

	if (r->session.follow)
		lp_follow_stats(r->session.follow, &traced);
	if (!r->linger_ms)
		r->linger_ms = now + LINGER_MS;
	return !traced.programs && now < r->linger_ms && lp_session_runs(&r->session);
}

static int run_command(struct run *r)
{
	struct lp_shim_config shim = {
		.path = r->inject.socket,
		.mode = r->inject.shared ? 0666 : 0600,
		.descendants = r->inject.shared,
		.library = r->inject.library,
		.anywhere = true,
	};
	char path[PATH_MAX];
	bool preload;
	int err = 0;

	/* Listening raises our own; the command gets what we were given. */
	if (getrlimit(RLIMIT_NOFILE, &r->original_nofile))
		err = -errno;
	if (!err)
		err = lp_session_listen(&r->session, &shim);
	if (err) {
		lp_log(LP_LOG_ERROR, "%s: %s", r->inject.socket, strerror(-err));
		return EXIT_OWN;
	}
	err = start_probe(r);
	if (!err)
		err = start(r);
	if (err)
		return err;
	lp_session_clear_calls(&r->session);
	if (r->session.probe)
		lp_probe_drop_rights(r->session.probe);
	let_go_of_streams(&r->opts);
	reap(r);
	while (!r->ended || lingers(r)) {
		err = lp_session_turn(&r->session, r->busy ? 0 : r->ended ? LINGER_TURN_MS : -1);
		if (r->busy)
			reap(r);
		if (err) {
			lp_log(LP_LOG_ERROR, "waiting failed: %s", strerror(-err));
			if (!r->ended)
				waitpid(r->child, &r->status, 0);
			break;
		}
	}
	(void)lp_inject_obstacle(r->opts.command[0], path, &preload);
	lp_session_finish(&r->session, path);
	return 0;
}

static int exit_status(const struct run *r)
{
	return WIFSIGNALED(r->status) ? 128 + WTERMSIG(r->status) : WEXITSTATUS(r->status);
}

static bool may_wait(const char *path)
{
	struct stat st;

	return path && !(strcmp(path, "-") ? stat(path, &st) : fstat(STDOUT_FILENO, &st)) &&
	       (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode));
}

/*
 * A pipe may have nobody who reads it: whoever waits for us in vain can end us. What came until now
 * was meant for the command.
 */
static void let_signals_end_us(struct run *r)
{
	const struct lp_session_config *config = &r->session.config;

	if (!may_wait(config->output) && !may_wait(config->build.report))
		return;
	on_signals(r);
	sigprocmask(SIG_SETMASK, &r->original_mask, NULL);
}

static int report(struct run *r)
{
	int status = exit_status(r);

	lp_session_summary(&r->session);
	let_signals_end_us(r);
	if (lp_session_write(&r->session) || r->session.log.error)
		return status ? status : EXIT_OWN;
	if (r->opts.session.build.baseline && !status && r->session.granted)
		return EXIT_NEW;
	if (r->opts.strict && !status && !lp_session_complete(&r->session))
		return EXIT_INCOMPLETE;
	return status;
}

int main(int argc, char **argv)
{
	static struct run r;
	int status;

	lp_hold_streams();
	lp_newer_load_added();
	status = parse_options(argc, argv, &r.opts);
	if (status >= 0)
		return status;
	if (lp_session_open(&r.session, &r.opts.session))
		return EXIT_OWN;
	status = watch_signals(&r);
	if (status)
		lp_log(LP_LOG_ERROR, "%s", strerror(-status));
	if (status || lp_inject_open(&r.inject)) {
		lp_session_close(&r.session);
		return EXIT_OWN;
	}
	status = run_command(&r);
	if (!status)
		status = report(&r);
	lp_session_close(&r.session);
	lp_inject_close(&r.inject);
	lp_output_options_fini(&r.opts.session.build);
	return status;
}
