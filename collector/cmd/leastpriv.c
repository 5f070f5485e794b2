/* SPDX-License-Identifier: MIT */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/distance.h"
#include "base/log.h"
#include "base/meant.h"
#include "cmd.h"
#include "lp_compiler.h"
#include "model/newer.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
} commands[] = {
	{"classify", lp_cmd_classify, "say which API call and permissions a request stands for"},
	{"policy", lp_cmd_policy, "build policies from call logs"},
	{"cloudtrail", lp_cmd_cloudtrail, "build policies from CloudTrail logs"},
	{"pcap", lp_cmd_pcap, "build policies from captured packets"},
	{"merge", lp_cmd_merge, "join call logs into one"},
	{"verify", lp_cmd_verify, "say which recorded calls a policy would refuse"},
	{"diff", lp_cmd_diff, "compare what a policy grants with what was used"},
	{"lint", lp_cmd_lint, "find mistakes in a policy"},
	{"explain", lp_cmd_explain, "say which calls need a permission"},
	{"lookup", lp_cmd_lookup, "look up actions, resources and operations"},
	{"model", lp_cmd_model, "add newer facts about AWS to the built-in ones"},
};

static void usage(FILE *out)
{
	fputs("usage: leastpriv COMMAND [options] ...\n\n", out);
	for (size_t i = 0; i < LP_ARRAY_LEN(commands); i++)
		fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].help);
	fputs("\n`leastpriv COMMAND --help` says more. Each takes\n"
	      "  --model FILE   newer facts about AWS for this run, see `leastpriv model --help`\n",
	      out);
}

int lp_cmd_option(int argc, char **argv, const char *shorts, const struct option *longs)
{
	int opt = getopt_long(argc, argv, shorts, longs, NULL);

	if (opt == '?')
		lp_option_unknown(longs, argv, argv[0]);
	return opt;
}

int lp_cmd_takes(const char *command, const char *what)
{
	fprintf(stderr, "leastpriv: `%s` takes %s; `%s --help` says more\n", command, what,
		command);
	return LP_EXIT_USAGE;
}

static int lack_of_model(void)
{
	fputs("leastpriv: --model takes the name of a file\n", stderr);
	return LP_EXIT_USAGE;
}

/* Loads and takes out every `--model FILE` and `--model=FILE` before a `--`; fewer arguments. */
static int take_models(int *argc, char **argv)
{
	int kept = 1, i = 1;

	for (; i < *argc && strcmp(argv[i], "--") != 0; i++) {
		const char *file = NULL;

		if (!strncmp(argv[i], "--model=", strlen("--model=")))
			file = argv[i] + strlen("--model=");
		else if (!strcmp(argv[i], "--model") && i + 1 < *argc)
			file = argv[++i];
		else if (!strcmp(argv[i], "--model"))
			return lack_of_model();
		if (!file)
			argv[kept++] = argv[i];
		else if (lp_newer_load_option(file))
			return LP_EXIT_USAGE;
	}
	while (i < *argc)
		argv[kept++] = argv[i++];
	argv[kept] = NULL;
	*argc = kept;
	return 0;
}

static int unknown(const char *word)
{
	struct lp_span given = lp_span_str(word);

	lp_print(stderr, "leastpriv: there is no %s \"%s\"", *word == '-' ? "option" : "command",
		 word);
	for (size_t i = 0; i < LP_ARRAY_LEN(commands); i++)
		if ((given.len && lp_span_starts(lp_span_str(commands[i].name), given)) ||
		    lp_distance(lp_span_str(commands[i].name), given) <= 2)
			fprintf(stderr, "; perhaps `leastpriv %s`", commands[i].name);
	fputs("; `leastpriv --help` lists them\n", stderr);
	return LP_EXIT_USAGE;
}

static int run(int argc, char **argv)
{
	static char help[] = "--help";
	char called[32];

	if (argc < 2) {
		usage(stderr);
		return LP_EXIT_USAGE;
	}
	if (!strcmp(argv[1], "help") && argc > 2) {
		argv[1] = argv[2];
		argv[2] = help;
		argc = 3;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		usage(stdout);
		return 0;
	}
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")) {
		puts("leastpriv " LP_VERSION);
		return 0;
	}
	for (size_t i = 0; i < LP_ARRAY_LEN(commands); i++)
		if (!strcmp(argv[1], commands[i].name)) {
			snprintf(called, sizeof(called), "leastpriv %s", argv[1]);
			argv[1] = called;
			return commands[i].run(argc - 1, argv + 1);
		}
	return unknown(argv[1]);
}

int main(int argc, char **argv)
{
	int status;

	lp_hold_streams();
	/* A file that may not grow is told of, as one that has no room. */
	(void)signal(SIGXFSZ, SIG_IGN);
	lp_newer_load_added();
	status = take_models(&argc, argv);
	if (!status)
		status = run(argc, argv);
	lp_newer_fini();
	/* What has said already that this failed has that status. */
	return status != LP_EXIT_USAGE && lp_end_stdout() ? LP_EXIT_USAGE : status;
}
