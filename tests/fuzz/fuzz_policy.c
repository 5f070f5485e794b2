/* SPDX-License-Identifier: MIT */
/*
 * The reader of policy documents and what is done with one: linting, evaluating, and writing it as
 * JSON, which reads back as the same.
 */

#include <stdio.h>
#include <stdlib.h>

#include "policy/evaluate.h"
#include "policy/lint.h"
#include "policy/read.h"
#include "policy/render/render.h"

#define ARENA_MAX (64 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int ok)
{
	if (!ok)
		abort();
}

static void use(const struct lp_document *doc)
{
	struct lp_findings findings;
	struct lp_evaluator *ev;

	must(lp_lint(doc, &findings) == 0);
	for (size_t i = 0; i < findings.n; i++)
		must(findings.v[i].position.line > 0);
	lp_findings_fini(&findings);
	must(lp_evaluator_new(doc, 1, &ev) == 0);
	(void)lp_evaluate(ev, "s3:GetObject", "arn:aws:s3:::b/k*",
			  "StringEquals\x1f"
			  "a:b\x1f"
			  "c\x1e",
			  NULL);
	lp_evaluator_free(ev);
}

static void read_back(struct lp_document *doc, struct lp_arena *arena)
{
	struct lp_policy policy = {.identity = "", .name = "x", .documents = doc, .n_documents = 1};
	struct lp_read_error error;
	struct lp_document again;
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	must(out && lp_render(LP_FORMAT_JSON, &policy, 0, out) == 0);
	fclose(out);
	/* Statements without Resource are resource policies, which are read but never written. */
	for (size_t i = 0; i < doc->n_statements; i++)
		if (doc->statements[i].has_principal)
			goto out;
	must(lp_document_read(lp_span_of(text, len), arena, &again, &error) == 0);
	must(again.n_statements == doc->n_statements);
	must(lp_document_size(&again) == lp_document_size(doc));
out:
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lp_read_error error;
	struct lp_document doc;
	struct lp_arena arena;
	int err;

	lp_arena_init(&arena, ARENA_MAX);
	err = lp_document_read(lp_span_of((const char *)data, size), &arena, &doc, &error);
	if (err) {
		must(error.message[0] && error.position.line > 0);
	} else {
		use(&doc);
		read_back(&doc, &arena);
	}
	lp_arena_fini(&arena);
	return 0;
}
