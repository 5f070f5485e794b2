/* SPDX-License-Identifier: MIT */
/*
 * leastpriv pcap: policies from captured packets.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd.h"
#include "cmd_evidence.h"
#include "base/log.h"
#include "lp_limits.h"
#include "policy/calllog.h"
#include "source/capture.h"
#include "source/tls.h"

#define ARENA_MAX (16u * 1024 * 1024) /* bytes for one line of the call log */

enum {
	OPTION_CALLS = LP_OUTPUT_OPTION_END,
	OPTION_CSM,
	OPTION_KEYLOG,
	OPTION_STRICT,
};

static const struct option options[] = {
	LP_OUTPUT_OPTIONS,
	{"output", required_argument, NULL, 'o'},
	{"calls", required_argument, NULL, OPTION_CALLS},
	{"csm", required_argument, NULL, OPTION_CSM},
	{"keylog", required_argument, NULL, OPTION_KEYLOG},
	{"strict", no_argument, NULL, OPTION_STRICT},
	{"help", no_argument, NULL, 'h'},
	{0},
};

static void usage(FILE *out)
{
	fprintf(out,
		"usage: leastpriv pcap [options] FILE...\n"
		"Builds policies from captured packets (pcap or pcapng, gzipped too; - is standard "
		"input):\n"
		"SDKs' client-side monitoring and AWS requests over HTTP. TLS connections to "
		"AWS\n"
		"that cannot be read are named. Exit status 0, 2 when the input is of no use, 3 by "
		"--strict,\n4 by --baseline.\n\n"
		"  -o, --output FILE           where to (default: -, standard output)\n"
		"  --calls FILE                also write the evidence as a call log\n"
		"  --csm PORT                  port of client-side monitoring (default: 31000)\n"
		"  --keylog FILE               secrets of TLS connections, as SSLKEYLOGFILE has "
		"programs\n"
		"                              write them; may be repeated\n"
		"  --strict                    exit status 3 when anything could not be read\n%s",
		lp_output_help);
}

struct reading {
	struct lp_ledger *ledger;
	struct lp_arena arena;
	FILE *calls; /* NULL: none */
	int err;
	bool gaps; /* something could not be read */
};

static void on_call(void *ctx, const struct lp_call *call)
{
	struct reading *r = ctx;

	if (!r->err)
		r->err = lp_ledger_add(r->ledger, call);
	if (r->calls && !r->err)
		r->err = lp_calllog_write(r->calls, call, lp_ledger_identities(r->ledger),
					  &r->arena);
}

static void say_blinds(const struct lp_blinds *blinds)
{
	for (size_t i = 0; i < blinds->n; i++) {
		const struct lp_blind *b = &blinds->v[i];
		const char *service = lp_blind_service(b);

		fprintf(stderr, "leastpriv: not read: %" PRIu64 " connection%s to %s%s%s (%s)\n",
			b->count, lp_plural(b->count), b->what[0] ? b->what : "an unknown host",
			service[0] ? ", " : "", service,
			strcmp(b->reason, "unread") != 0 ? lp_blind_words(b->reason) : "encrypted");
	}
}

static int read_captures(char *const *files, int n, uint16_t csm_port, struct lp_keys *keys,
			 struct reading *r)
{
	static struct lp_blinds blinds;
	const struct lp_flows_stats *t;
	struct lp_capture_stats stats;
	struct lp_flows *flows = NULL;
	struct lp_assemble *assemble;
	char why[256];
	int err = lp_assemble_new(&assemble, on_call, r, &blinds);

	if (!err)
		err = lp_flows_new(&flows, assemble, csm_port);
	if (err)
		fprintf(stderr, "leastpriv: %s\n", strerror(-err));
	if (!err && keys)
		lp_flows_decrypt(flows, lp_keys_decrypt(keys));
	for (int i = 0; !err && i < n; i++) {
		err = lp_capture_file(files[i], flows, &stats, why, sizeof(why));
		if (err || stats.cut)
			fprintf(stderr, "leastpriv: %s: %s%s\n", files[i],
				stats.cut ? "ends early: " : "", why);
		r->gaps |= stats.cut;
	}
	if (!err) {
		lp_flows_finish(flows);
		err = r->err;
		if (err)
			fprintf(stderr, "leastpriv: %s\n", strerror(-err));
		say_blinds(&blinds);
		t = lp_flows_stats(flows);
		if (t->gaps)
			fprintf(stderr,
				"leastpriv: the capture lacks %" PRIu64 " bytes in %" PRIu64
				" places of TCP connections; calls may be missing\n",
				t->gap_bytes, t->gaps);
		if (t->no_room)
			fprintf(stderr,
				"leastpriv: %" PRIu64 " connections at once were too many\n",
				t->no_room);
		r->gaps |= blinds.n || t->gaps || t->no_room;
	}
	lp_flows_free(flows);
	lp_assemble_free(assemble);
	lp_blinds_fini(&blinds);
	return err ? LP_EXIT_USAGE : 0;
}

static bool port(const char *text, uint16_t *out)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	*out = (uint16_t)n;
	if (text[0] >= '0' && text[0] <= '9' && !*end && n && n <= UINT16_MAX)
		return true;
	fprintf(stderr, "leastpriv: --csm takes a port, not \"%s\"\n", text);
	return false;
}

static bool load_keys(struct lp_keys **keys, const char *path)
{
	char why[256] = "out of memory";

	if (!*keys && lp_keys_new(keys))
		*keys = NULL;
	else if (!lp_keys_load(*keys, path, why, sizeof(why)))
		return true;
	fprintf(stderr, "leastpriv: --keylog %s: %s\n", path, why);
	return false;
}

/* The policies, once all options are known. */
static int run(char *const *files, int n, uint16_t csm_port, struct lp_keys *keys,
	       const char *calls, const struct lp_build_options *opts, enum lp_format format,
	       const char *file, bool *gaps)
{
	struct reading r = {.calls = NULL};
	int status = LP_EXIT_USAGE;

	lp_arena_init(&r.arena, ARENA_MAX);
	if (lp_ledger_new(&r.ledger)) {
		fprintf(stderr, "leastpriv: out of memory\n");
		return status;
	}
	if (calls) {
		r.calls = strcmp(calls, "-") ? fopen(calls, "we") : stdout;
		if (!r.calls) {
			fprintf(stderr, "leastpriv: %s: %s\n", calls, strerror(errno));
			goto out;
		}
	}
	status = read_captures(files, n, csm_port, keys, &r);
	if (r.calls && (fflush(r.calls) || ferror(r.calls))) {
		fprintf(stderr, "leastpriv: %s: %s\n", calls, strerror(errno));
		status = LP_EXIT_USAGE;
	}
	if (!status)
		status = lp_write_policies(r.ledger, opts, format, file);
	*gaps = r.gaps;
out:
	if (r.calls && r.calls != stdout)
		fclose(r.calls);
	lp_ledger_free(r.ledger);
	lp_arena_fini(&r.arena);
	return status;
}

int lp_cmd_pcap(int argc, char **argv)
{
	const char *file = "-", *calls = NULL;
	struct lp_build_options opts = {0};
	enum lp_format format = LP_FORMAT_JSON;
	uint16_t csm_port = LP_CSM_PORT;
	int opt, status = LP_EXIT_USAGE;
	bool strict = false, gaps = false;
	struct lp_keys *keys = NULL;

	while ((opt = getopt_long(argc, argv, "o:h", options, NULL)) != -1) {
		if (opt == 'o') {
			file = optarg;
		} else if (opt == OPTION_CALLS) {
			calls = optarg;
		} else if (opt == OPTION_CSM) {
			if (!port(optarg, &csm_port))
				goto out;
		} else if (opt == OPTION_KEYLOG) {
			if (!load_keys(&keys, optarg))
				goto out;
		} else if (opt == OPTION_STRICT) {
			strict = true;
		} else if (opt == 'h') {
			usage(stdout);
			status = 0;
			goto out;
		} else if (lp_output_option(opt, optarg, &opts, &format)) {
			goto out;
		}
	}
	if (optind == argc) {
		usage(stderr);
		goto out;
	}
	status = run(argv + optind, argc - optind, csm_port, keys, calls, &opts, format, file,
		     &gaps);
	if (!status && strict && gaps)
		status = 3;
out:
	lp_keys_free(keys);
	lp_output_options_fini(&opts);
	return status;
}
