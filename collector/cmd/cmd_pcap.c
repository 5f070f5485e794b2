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
#include "policy/replace.h"
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
	LP_CAPTURE_OPTIONS,
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
		"                              write them; may be repeated; those inside a pcapng\n"
		"                              file are used as well\n"
		"  --strict                    exit status 3 when there is no call, or anything "
		"could\n"
		"                              not be read\n%s%s",
		lp_output_help, lp_capture_help);
}

struct reading {
	struct lp_ledger *ledger;
	struct lp_arena arena;
	FILE *calls;	    /* a draft of the call log; NULL: none */
	uint64_t too_large; /* calls */
	int err;
};

static void on_call(void *ctx, const struct lp_call *call)
{
	struct reading *r = ctx;

	if (!r->err)
		r->err = lp_ledger_add(r->ledger, call);
	if (r->err == -EDQUOT) {
		r->too_large++;
		r->err = 0;
	}
	if (r->calls && !r->err)
		r->err = lp_calllog_write(r->calls, call, lp_ledger_identities(r->ledger),
					  &r->arena);
}

/* Into the ledger, which has it said with the policies, and into the call log. */
static int keep_unseen(struct reading *r, const struct lp_unseen *u)
{
	if (r->calls)
		lp_calllog_write_gap(r->calls, u);
	return lp_ledger_add_unseen(r->ledger, u);
}

static int keep_blinds(struct reading *r, const struct lp_blinds *blinds)
{
	struct lp_unseen u = lp_blinds_rest(blinds);
	int err = u.count ? keep_unseen(r, &u) : 0;

	for (size_t i = 0; !err && i < blinds->n; i++) {
		u = lp_blind_unseen(&blinds->v[i]);
		err = keep_unseen(r, &u);
	}
	return err;
}

/* What a capture lacks: `count` of something. */
static int keep_lack(struct reading *r, const char *capture, uint64_t count, const char *reason)
{
	struct lp_unseen u = lp_unseen_in_file(capture, reason, count);

	return count ? keep_unseen(r, &u) : 0;
}

static int keep_hidden(struct reading *r, const char *capture, const struct lp_capture_stats *s)
{
	char text[80];

	snprintf(text, sizeof(text), "packets in %s, which is not read; calls may be in them",
		 s->hidden_in ? s->hidden_in : "");
	return keep_lack(r, capture, s->hidden, text);
}

static int keep_lacks(struct reading *r, const char *capture, const struct lp_flows_stats *t,
		      const struct lp_assemble_stats *a)
{
	char text[160];
	int err = keep_lack(r, capture, r->too_large, "calls were too large to keep");

	if (!err)
		err = keep_lack(r, capture, a->no_room,
				"requests too large to keep, in part or whole");
	if (!err)
		err = keep_lack(r, capture, a->malformed, "requests that could not be parsed");
	if (err)
		return err;
	snprintf(text, sizeof(text),
		 "%" PRIu64 " byte%s in %" PRIu64
		 " place%s of TCP connections are missing; calls may be",
		 t->gap_bytes, lp_plural(t->gap_bytes), t->gaps, lp_plural(t->gaps));
	err = keep_lack(r, capture, t->gaps, text);
	if (!err)
		err = keep_lack(r, capture, t->cut, "datagrams of client-side monitoring were cut");
	if (err)
		return err;
	snprintf(text, sizeof(text), "%" PRIu64 " connection%s too many at once", t->no_room,
		 lp_plural(t->no_room));
	return keep_lack(r, capture, t->no_room, text);
}

static int on_secrets(void *ctx, struct lp_span text)
{
	int n = lp_keys_read(ctx, text);

	return n < 0 ? n : 0;
}

static int read_captures(char **files, int n, uint16_t csm_port, struct lp_keys *keys,
			 struct reading *r)
{
	static struct lp_blinds blinds;
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
	lp_capture_sort(files, (size_t)n);
	for (int i = 0; !err && i < n; i++) {
		if (!strcmp(files[i], "-"))
			lp_stdin_is_evidence();
		err = lp_capture_file(files[i], flows, keys ? on_secrets : NULL, keys, &stats, why,
				      sizeof(why));
		if (err || stats.cut)
			lp_print(stderr, "leastpriv: %s: %s%s\n", files[i],
				 stats.cut ? "ends early: " : "", why);
		if (!err)
			err = keep_lack(r, files[i], stats.cut, "the end is missing");
		if (!err)
			err = keep_lack(r, files[i], stats.unread,
					"packets of a kind of link that is not understood");
		if (!err)
			err = keep_hidden(r, files[i], &stats);
	}
	if (!err) {
		lp_flows_finish(flows);
		err = r->err;
		if (!err)
			err = keep_blinds(r, &blinds);
		if (!err)
			err = keep_lacks(r, n == 1 ? files[0] : "the captures",
					 lp_flows_stats(flows), lp_assemble_stats(assemble));
		if (err)
			fprintf(stderr, "leastpriv: %s\n", strerror(-err));
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
	if (lp_ascii_digit(text[0]) && !*end && n && n <= UINT16_MAX)
		return true;
	lp_print(stderr, "leastpriv: --csm takes a port, not \"%s\"\n", text);
	return false;
}

static bool load_keys(struct lp_keys *keys, const char *path)
{
	char why[256];

	if (!lp_keys_load(keys, path, why, sizeof(why)))
		return true;
	lp_print(stderr, "leastpriv: --keylog %s: %s\n", path, why);
	return false;
}

/* What was in the file stays unless all captures could be read. */
static int put_calls(const struct reading *r, const char *calls)
{
	int err = lp_replace_by(calls, r->calls);

	if (err)
		lp_print(stderr, "leastpriv: %s: %s\n",
			 strcmp(calls, "-") ? calls : "standard output", strerror(-err));
	return err ? LP_EXIT_USAGE : 0;
}

/* The policies, once all options are known. */
static int run(char **files, int n, uint16_t csm_port, struct lp_keys *keys, const char *calls,
	       const struct lp_build_options *opts, enum lp_format format, const char *file,
	       bool strict)
{
	struct reading r = {.calls = NULL};
	int status = LP_EXIT_USAGE;

	lp_arena_init(&r.arena, ARENA_MAX);
	if (lp_ledger_new(&r.ledger)) {
		fprintf(stderr, "leastpriv: out of memory\n");
		return status;
	}
	if (calls) {
		r.calls = lp_replace_draft(calls);
		if (!r.calls) {
			lp_print(stderr, "leastpriv: %s: %s\n", calls, strerror(errno));
			goto out;
		}
	}
	status = read_captures(files, n, csm_port, keys, &r);
	if (!status && calls)
		status = put_calls(&r, calls);
	if (!status)
		status = lp_write_policies(r.ledger, opts, format, file);
	if (!status && strict && !lp_evidence_complete(r.ledger))
		status = LP_EXIT_GAPS;
out:
	if (r.calls)
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
	bool strict = false;
	struct lp_keys *keys;

	if (lp_keys_new(&keys)) {
		fprintf(stderr, "leastpriv: out of memory\n");
		return LP_EXIT_USAGE;
	}
	while ((opt = lp_cmd_option(argc, argv, "o:h", options)) != -1) {
		if (opt == 'o') {
			file = optarg;
		} else if (opt == OPTION_CALLS) {
			calls = optarg;
		} else if (opt == OPTION_CSM) {
			if (!port(optarg, &csm_port))
				goto out;
		} else if (opt == OPTION_KEYLOG) {
			if (!load_keys(keys, optarg))
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
		status = lp_cmd_takes(argv[0], "FILE...");
		goto out;
	}
	if (lp_options_clash(argv + optind, argc - optind, &opts, file, calls) ||
	    lp_outputs_check(&opts, file, calls))
		goto out;
	status = run(argv + optind, argc - optind, csm_port, keys, calls, &opts, format, file,
		     strict);
out:
	lp_keys_free(keys);
	lp_output_options_fini(&opts);
	return status;
}
