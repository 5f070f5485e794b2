/* SPDX-License-Identifier: MIT */
/*
 * leastpriv classify: one HTTP request a line in, which permissions it needs out. No capture, no
 * state from line to line; what one line holds can spoil only its own answer.
 */

#include <cjson/cJSON.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aws/authorize.h"
#include "aws/host.h"
#include "aws/identity.h"
#include "base/base64.h"
#include "base/compare.h"
#include "base/json_in.h"
#include "base/json_out.h"
#include "base/lines.h"
#include "cmd.h"
#include "policy/pattern.h"
#include "wire/body.h"

#define LINE_MAX_BYTES (16 * 1024 * 1024) /* a longer line gets an error for an answer */
#define HEADERS_MAX    256
#define ARENA_MAX      (32 * 1024 * 1024) /* for the answer to one line */

static const char usage[] =
	"usage: leastpriv classify [--explain-dependent] [--conditions] [--model FILE] < REQUESTS "
	"> ANSWERS\n"
	"\n"
	"Reads one HTTP request a line:\n"
	"  {\"id\",\"host\",\"method\",\"target\",\"headers\":{NAME:VALUE or "
	"[VALUES]},\"body\":BASE64}\n"
	"and writes, in the same order, one answer a line:\n"
	"  "
	"{\"id\",\"service\",\"operation\",\"region\",\"account\",\"actions\":[{\"action\","
	"\"resources\"}]}\n"
	"or {\"id\",\"error\",\"reason\"}. Conditions that belong to an action come as its member\n"
	"\"conditions\": {OPERATOR:{KEY:[VALUES]}}; \"warning\" says that the action is not "
	"known. A request\n"
	"without a signature (Authorization, X-Amz-Signature) needs no permission: no actions.\n"
	"\n"
	"  --explain-dependent  also what AWS checks behind the call (\"dependent\") or may check\n"
	"                       (\"possible\"), with the reason\n"
	"  --conditions         also conditions that the request proves: s3:prefix,\n"
	"                       dynamodb:LeadingKeys, ec2:InstanceType, aws:RequestedRegion\n"
	"  --model FILE         newer facts about AWS, see `leastpriv model --help`\n"
	"  --help               this text\n";

/* Why a line has no answer: the member "error". */
static const char *const status_words[] = {
	[LP_CLASSIFY_OK] = "ok",
	[LP_CLASSIFY_NOT_AWS] = "not-aws",
	[LP_CLASSIFY_METADATA] = "metadata",
	[LP_CLASSIFY_UNKNOWN_SERVICE] = "unknown-service",
	[LP_CLASSIFY_UNKNOWN_OPERATION] = "unknown-operation",
	[LP_CLASSIFY_BAD_REQUEST] = "bad-request",
};

/* One line of input taken apart. Spans borrow from `json` and from `arena`. */
struct input {
	cJSON *json;
	struct lp_span id; /* as JSON, unless it is a string; empty: null */
	char *id_made;	   /* of cJSON; NULL: it is as it stands in the line */
	struct lp_header headers[HEADERS_MAX];
	struct lp_request req;
};

static struct lp_span string_member(const cJSON *object, const char *name)
{
	const cJSON *m = cJSON_GetObjectItemCaseSensitive(object, name);

	return cJSON_IsString(m) ? lp_span_str(m->valuestring) : lp_span_of(NULL, 0);
}

static const char *add_header(struct input *in, const char *name, const cJSON *value)
{
	if (!cJSON_IsString(value))
		return "a header's value is neither a string nor a list of strings";
	if (in->req.n_headers == HEADERS_MAX)
		return "too many headers";
	in->headers[in->req.n_headers++] = (struct lp_header){
		.name = lp_span_str(name),
		.value = lp_span_trim(lp_span_str(value->valuestring)),
	};
	return NULL;
}

/* Fills in->req from in->json. NULL, or what is wrong with it. */
static const char *read_request(struct input *in, struct lp_arena *arena)
{
	const cJSON *headers = cJSON_GetObjectItemCaseSensitive(in->json, "headers"), *h, *v;
	const cJSON *body = cJSON_GetObjectItemCaseSensitive(in->json, "body");
	const struct lp_header *host, *coding;
	const char *wrong = NULL;
	int err;

	in->req = (struct lp_request){
		.method = string_member(in->json, "method"),
		.host = string_member(in->json, "host"),
		.target = string_member(in->json, "target"),
		.headers = in->headers,
		.tls = true,
	};
	if (!in->req.method.len || !in->req.target.len)
		return "method and target are strings that are not empty";
	if (headers && !cJSON_IsObject(headers) && !cJSON_IsNull(headers))
		return "headers is not an object";
	cJSON_ArrayForEach(h, headers)
	{
		if (cJSON_IsArray(h)) {
			cJSON_ArrayForEach(v, h) if (!wrong) wrong = add_header(in, h->string, v);
		} else if (!wrong) {
			wrong = add_header(in, h->string, h);
		}
	}
	if (wrong)
		return wrong;
	host = lp_request_header(&in->req, LP_SPAN("host"));
	if (!in->req.host.len && host)
		in->req.host = host->value;
	if (!body || cJSON_IsNull(body))
		return NULL;
	if (!cJSON_IsString(body))
		return "body is not a string";
	coding = lp_request_header(&in->req, LP_SPAN("content-encoding"));
	in->req.body_cut = coding && lp_body_is_coded(coding->value);
	if (in->req.body_cut)
		return NULL;
	err = lp_base64_decode(lp_span_str(body->valuestring), arena, &in->req.body);
	return err == 0 ? NULL : err == -ENOMEM ? "out of memory" : "body is not base64";
}

/* An id may be a number that no double holds exactly: it stays as it is written. */
static struct lp_span number_of(struct lp_span line)
{
	struct lp_json_token t = {.type = LP_JSON_NULL};
	struct lp_json j;

	lp_json_init(&j, line);
	do
		if (lp_json_next(&j, &t) || t.type == LP_JSON_END)
			return lp_span_of(NULL, 0);
	while (t.type != LP_JSON_KEY || j.depth != 1 || !lp_span_eq(t.raw, LP_SPAN("id")));
	return lp_json_next(&j, &t) || t.type != LP_JSON_NUMBER ? lp_span_of(NULL, 0) : t.raw;
}

/* False: out of memory. */
static bool read_id(struct input *in, struct lp_span line)
{
	const cJSON *id = cJSON_GetObjectItemCaseSensitive(in->json, "id");

	if (cJSON_IsNumber(id))
		in->id = number_of(line);
	if (!id || cJSON_IsString(id) || in->id.len)
		return true;
	in->id_made = cJSON_PrintUnformatted(id);
	if (in->id_made)
		in->id = lp_span_str(in->id_made);
	return in->id_made;
}

/* --- the answer ------------------------------------------------------------------------------- */

/* The line's own id as it came, or null. */
static void put_id(FILE *out, const struct input *in)
{
	const cJSON *id = cJSON_GetObjectItemCaseSensitive(in->json, "id");
	struct lp_span text = in->id.len ? in->id : LP_SPAN("null");

	fputs("{\"id\":", out);
	if (cJSON_IsString(id))
		lp_json_out_str(out, id->valuestring);
	else
		fwrite(text.ptr, 1, text.len, out);
}

static void put_error(FILE *out, const struct input *in, const char *error, const char *reason)
{
	put_id(out, in);
	fputs(",\"error\":", out);
	lp_json_out_str(out, error);
	fputs(",\"reason\":", out);
	lp_json_out_str(out, reason);
	fputs("}\n", out);
}

static void put_unclassified(FILE *out, const struct input *in, const struct lp_classified *cls)
{
	put_id(out, in);
	fputs(",\"error\":", out);
	lp_json_out_str(out, status_words[cls->status]);
	fputs(",\"reason\":", out);
	lp_json_out_str(out, cls->reason);
	if (cls->service_id) {
		fputs(",\"service\":", out);
		lp_json_out_str(out, cls->service_id);
	} else if (cls->signing_name.len) {
		fputs(",\"service\":", out);
		lp_json_out(out, cls->signing_name);
	}
	if (cls->wire_name.len) {
		fputs(",\"operation\":", out);
		lp_json_out(out, cls->wire_name);
	}
	fputs("}\n", out);
}

/* Where the account stands in an ARN that leaves it open: behind the fourth colon. 0: not open. */
static size_t open_account(struct lp_span arn)
{
	size_t at = 0;

	if (!lp_span_starts(arn, LP_SPAN("arn:")))
		return 0;
	for (int i = 0; i < 4; i++)
		at += lp_span_find(lp_span_from(arn, at), ':') + 1;
	return at + 1 < arn.len && arn.ptr[at] == '*' && arn.ptr[at + 1] == ':' ? at : 0;
}

/* What an ARN's resource is, "table" of "table/t"; empty where a name is all of it. */
static struct lp_span kind_of(struct lp_span arn)
{
	struct lp_span resource = lp_arn_field(arn, 5);
	size_t n = lp_span_find(resource, '/');

	if (lp_span_find(resource, ':') < n)
		n = lp_span_find(resource, ':');
	return n < resource.len ? lp_span_first(resource, n) : lp_span_of(NULL, 0);
}

/* Who names one by its ARN and its like by names has it from another account. */
static bool stands_beside_names(struct lp_span arn, const struct lp_authz *authz)
{
	for (size_t i = 0; i < authz->n_grants; i++) {
		const struct lp_grant *g = &authz->grants[i];

		for (size_t k = 0; k < g->n_resources; k++) {
			struct lp_span r = lp_span_str(g->resources[k]);

			if (open_account(r) &&
			    lp_span_eq(lp_arn_field(r, 2), lp_arn_field(arn, 2)) &&
			    lp_span_eq(kind_of(r), kind_of(arn)))
				return true;
		}
	}
	return false;
}

/*
 * The one account of all ARNs that the operation itself works on: keys, layers and the like that it
 * uses may be anybody's. Or of the roles that are passed, which are always one's own.
 */
static bool named_account(const struct lp_authz *authz, bool passed, char account[13])
{
	char one[13];
	bool found = false;

	for (size_t i = 0; i < authz->n_grants; i++) {
		const struct lp_grant *g = &authz->grants[i];

		if (strcmp(g->action, passed ? "iam:PassRole" : authz->grants[0].action) != 0)
			continue;
		for (size_t k = 0; k < g->n_resources; k++) {
			struct lp_span r = lp_span_str(g->resources[k]);

			if (!lp_arn_account(r, one) || (found && strcmp(account, one) == 0) ||
			    (!passed && stands_beside_names(r, authz)))
				continue;
			if (found)
				return false;
			memcpy(account, one, sizeof(one));
			found = true;
		}
	}
	return found;
}

/*
 * Whose account the call is about: one that the host names, else the signer's by the access key id,
 * else that of the roles it passes, else the one account of all ARNs it works on, else "*". What is
 * named may be somebody else's.
 */
static void find_account(const struct lp_classified *cls, const struct lp_authz *authz,
			 char account[13])
{
	for (unsigned i = 0; i < cls->n_labels; i++) {
		if (lp_span_eq(cls->labels[i].name, LP_SPAN("AccountId")) &&
		    lp_is_account(cls->labels[i].value)) {
			memcpy(account, cls->labels[i].value.ptr, 12);
			account[12] = '\0';
			return;
		}
	}
	if (lp_account_of_key(cls->access_key, account) || named_account(authz, true, account) ||
	    named_account(authz, false, account))
		return;
	memcpy(account, "*", 2);
}

static bool same(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

/* A grant's resources are sorted. */
static bool is_among(const char *arn, const struct lp_grant *g)
{
	return bsearch(&arn, g->resources, g->n_resources, sizeof(arn), lp_compare_str) != NULL;
}

static void put_resources(FILE *out, const struct lp_grant *g, const char *account,
			  struct lp_arena *arena)
{
	size_t n = 0;

	fputs("\"resources\":[", out);
	for (size_t i = 0; i < g->n_resources; i++) {
		struct lp_span r = lp_span_str(g->resources[i]);
		size_t at = open_account(r);
		const char *filled = NULL;

		if (at)
			filled = lp_arena_printf(arena, "%.*s%s%s", (int)at, r.ptr, account,
						 r.ptr + at + 1);
		/* With the account it may be one that the request named in full. */
		if (filled && *account != '*' && is_among(filled, g))
			continue;
		if (n++)
			putc(',', out);
		lp_json_out(out, filled ? lp_span_str(filled) : r);
	}
	putc(']', out);
}

/* {OPERATOR:{KEY:[VALUES]}}: rows of equal operator and key are one list, as in a policy. */
static void put_conditions(FILE *out, const struct lp_condition *c, size_t n)
{
	fputs(",\"conditions\":{", out);
	for (size_t i = 0, ops = 0; i < n; i++) {
		size_t first = 0, keys = 0;

		while (!same(c[first].op, c[i].op))
			first++;
		if (first < i)
			continue;
		if (ops++)
			putc(',', out);
		lp_json_out_str(out, c[i].op);
		fputs(":{", out);
		for (size_t k = i; k < n; k++) {
			size_t first_key = i, values = 0;

			if (!same(c[k].op, c[i].op))
				continue;
			while (!same(c[first_key].op, c[i].op) || !same(c[first_key].key, c[k].key))
				first_key++;
			if (first_key < k)
				continue;
			if (keys++)
				putc(',', out);
			lp_json_out_str(out, c[k].key);
			fputs(":[", out);
			for (size_t v = k; v < n; v++) {
				if (!same(c[v].op, c[i].op) || !same(c[v].key, c[k].key))
					continue;
				if (values++)
					putc(',', out);
				lp_json_out_str(out, c[v].value);
			}
			putc(']', out);
		}
		putc('}', out);
	}
	putc('}', out);
}

/* `known`: something says which action the operation needs. */
static void put_answer(FILE *out, const struct input *in, const struct lp_classified *cls,
		       const struct lp_authz *authz, bool known, bool dependent,
		       struct lp_arena *arena)
{
	const char *warning = authz->unread
				      ? "the body is compressed: what is named there is missing"
			      : !known ? "no IAM action is known for this operation"
			      : cls->op == LP_OP_NONE
				      ? "the tables do not know this operation; the action of the "
					"same name is taken"
				      : NULL;
	char account[13];
	bool first = true;

	find_account(cls, authz, account);
	put_id(out, in);
	fputs(",\"service\":", out);
	lp_json_out(out, cls->service_id ? lp_span_str(cls->service_id) : cls->signing_name);
	fputs(",\"operation\":", out);
	lp_json_out(out, cls->wire_name);
	fputs(",\"region\":", out);
	lp_json_out(out, cls->region);
	fputs(",\"account\":", out);
	lp_json_out_str(out, account);
	fputs(",\"actions\":[", out);
	for (size_t i = 0; i < authz->n_grants; i++) {
		const struct lp_grant *g = &authz->grants[i];

		if ((g->flags & (LP_GRANT_DEPENDENT | LP_GRANT_POSSIBLE)) && !dependent)
			continue;
		fputs(first ? "{\"action\":" : ",{\"action\":", out);
		first = false;
		lp_json_out_str(out, g->action);
		putc(',', out);
		put_resources(out, g, account, arena);
		if (g->n_conditions)
			put_conditions(out, g->conditions, g->n_conditions);
		if (g->flags & (LP_GRANT_DEPENDENT | LP_GRANT_POSSIBLE)) {
			fputs(g->flags & LP_GRANT_POSSIBLE ? ",\"possible\":" : ",\"dependent\":",
			      out);
			lp_json_out_str(out, g->reason);
		}
		putc('}', out);
	}
	putc(']', out);
	if (warning) {
		fputs(",\"warning\":", out);
		lp_json_out_str(out, warning);
	}
	fputs("}\n", out);
}

static void answer(FILE *out, struct lp_span line, bool dependent, struct lp_arena *arena)
{
	const char *end = NULL, *wrong;
	struct lp_classified cls;
	struct lp_authz authz = {0};
	struct input in = {.json = NULL};
	int err;

	lp_arena_reset(arena);
	errno = 0;
	in.json = cJSON_ParseWithLengthOpts(line.ptr, line.len, &end, 0);
	while (in.json && end < line.ptr + line.len && strchr(" \t\r", *end))
		end++;
	if (!in.json || end < line.ptr + line.len) {
		put_error(out, &in, errno == ENOMEM ? "too-large" : "bad-input",
			  errno == ENOMEM ? "out of memory" : "the line is not JSON");
		goto out;
	}
	if (!cJSON_IsObject(in.json)) {
		put_error(out, &in, "bad-input", "the line is not a JSON object");
		goto out;
	}
	wrong = read_id(&in, line) ? read_request(&in, arena) : "out of memory";
	if (wrong) {
		put_error(out, &in, "bad-input", wrong);
		goto out;
	}
	(void)lp_classify(&in.req, &cls);
	err = cls.is_signed || cls.status == LP_CLASSIFY_OK
		      ? lp_authorize(&in.req, &cls, NULL, arena, &authz)
		      : -ENOENT;
	if (err && err != -ENOENT)
		put_error(out, &in, "too-large", "the answer takes too much memory");
	else if (err && cls.status != LP_CLASSIFY_OK)
		put_unclassified(out, &in, &cls);
	else
		put_answer(out, &in, &cls, &authz, !err, dependent, arena);
out:
	cJSON_free(in.id_made);
	cJSON_Delete(in.json);
}

int lp_cmd_classify(int argc, char **argv)
{
	static const struct option options[] = {
		{"explain-dependent", no_argument, NULL, 'd'},
		{"conditions", no_argument, NULL, 'c'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	struct lp_lines lines;
	struct lp_arena arena;
	struct lp_span line;
	bool dependent = false;
	int c, n, status = 0;

	while ((c = lp_cmd_option(argc, argv, "h", options)) != -1) {
		if (c == 'h') {
			fputs(usage, stdout);
			return 0;
		}
		if (c == 'c') {
			lp_authorize_with_conditions(true);
		} else if (c == 'd') {
			dependent = true;
		} else {
			return LP_EXIT_USAGE;
		}
	}
	if (optind != argc)
		return lp_cmd_takes(argv[0], "no file, but requests from the standard input");

	lp_arena_init(&arena, ARENA_MAX);
	lp_lines_init(&lines, STDIN_FILENO, LINE_MAX_BYTES);
	while ((n = lp_lines_next(&lines, &line)) != 0) {
		if (n < 0 && n != -E2BIG) {
			fprintf(stderr, "leastpriv classify: standard input: %s\n", strerror(-n));
			status = LP_EXIT_USAGE;
			break;
		}
		if (n < 0)
			put_error(stdout, &(struct input){.json = NULL}, "bad-input",
				  "the line is too long");
		else if (lp_span_trim(line).len)
			answer(stdout, line, dependent, &arena);
		/* Who waits for each answer gets it at once; who pipes a file pays nothing. */
		if (lp_lines_empty(&lines) && fflush(stdout) != 0)
			break;
	}
	lp_arena_fini(&arena);
	lp_lines_fini(&lines);
	return status;
}
