/* SPDX-License-Identifier: MIT */
#ifndef LP_LINT_H
#define LP_LINT_H

/*
 * Mistakes in a policy document that can be seen without knowing how it is used. No state: safe
 * from any thread.
 */

#include "document.h"
#include "lp_compiler.h"

enum lp_finding_level {
	LP_FINDING_NOTE,
	LP_FINDING_WARNING,
	LP_FINDING_ERROR,
};

/* The rules, in the order of lp_rules. */
struct lp_rule {
	const char *id; /* "no-such-action" */
	enum lp_finding_level level;
	const char *help; /* what it is about, one line */
};
extern const struct lp_rule lp_rules[];
extern const size_t lp_n_rules;

struct lp_finding {
	const struct lp_rule *rule;
	struct lp_position position;
	char message[256];
};

struct lp_findings {
	struct lp_finding *v; /* malloc'ed, in the order of the file */
	size_t n, cap;
};

/* 0 or -ENOMEM; *out is good in both cases, and freed by lp_findings_fini. */
LP_MUST_USE int lp_lint(const struct lp_document *doc, struct lp_findings *out);
void lp_findings_fini(struct lp_findings *f);

/*
 * True for actions by which a caller can gain permissions, alone or with others, or take on those
 * of another; for all that the reference says manage permissions. Any case.
 */
bool lp_action_escalates(const char *action);

/* "note", "warning", "error": also SARIF's words. */
const char *lp_finding_level_name(enum lp_finding_level level);

#endif
