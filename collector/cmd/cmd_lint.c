/* SPDX-License-Identifier: MIT */
/*
 * leastpriv lint: mistakes in policies.
 */

#include <getopt.h>
#include <stdio.h>

#include "base/json_out.h"
#include "base/log.h"
#include "cmd.h"
#include "policy/lint.h"
#include "policy/policy_file.h"

static const struct option options[] = {
	{"format", required_argument, NULL, 'f'},
	{"rules", no_argument, NULL, 'r'},
	{"help", no_argument, NULL, 'h'},
	{0},
};

static void usage(FILE *out)
{
	fputs("usage: leastpriv lint [options] POLICY...\n"
	      "Finds mistakes in IAM policy documents. Exit status 0 when there are none (notes "
	      "are\n"
	      "no mistakes), 1 when there are, 2 when the input is of no use.\n\n"
	      "  --format text|json|sarif   (default: text, FILE:LINE:COLUMN: ...)\n"
	      "  --rules                    list the rules and exit\n"
	      "  --model FILE               " LP_CMD_MODEL_HELP,
	      out);
}

/* How findings are written: what comes before all, for each, and after all. */
struct notation {
	const char *name;
	void (*begin)(void);
	void (*finding)(const char *file, const struct lp_finding *f, bool first);
	void (*end)(void);
};

static void nothing(void)
{
}

static void text_finding(const char *file, const struct lp_finding *f, bool first)
{
	(void)first;
	lp_print(stdout, "%s:%u:%u: %s: %s [%s]\n", file, f->position.line, f->position.column,
		 lp_finding_level_name(f->rule->level), f->message, f->rule->id);
}

static void json_begin(void)
{
	putchar('[');
}

static void json_finding(const char *file, const struct lp_finding *f, bool first)
{
	printf("%s  {\"file\": ", first ? "\n" : ",\n");
	lp_json_out_str(stdout, file);
	printf(", \"line\": %u, \"column\": %u, \"level\": \"%s\", \"rule\": \"%s\", \"message\": ",
	       f->position.line, f->position.column, lp_finding_level_name(f->rule->level),
	       f->rule->id);
	lp_json_out_str(stdout, f->message);
	putchar('}');
}

static void json_end(void)
{
	puts("\n]");
}

/* SARIF 2.1.0, the form code hosts take annotations in. */
static void sarif_begin(void)
{
	fputs("{\n"
	      "  \"$schema\": \"https://json.schemastore.org/sarif-2.1.0.json\",\n"
	      "  \"version\": \"2.1.0\",\n"
	      "  \"runs\": [\n"
	      "    {\n"
	      "      \"tool\": {\n"
	      "        \"driver\": {\n"
	      "          \"name\": \"leastpriv\",\n"
	      "          \"version\": \"" LP_VERSION "\",\n"
	      "          \"rules\": [",
	      stdout);
	for (size_t i = 0; i < lp_n_rules; i++) {
		printf("%s            {\"id\": \"%s\", \"shortDescription\": {\"text\": ",
		       i ? ",\n" : "\n", lp_rules[i].id);
		lp_json_out_str(stdout, lp_rules[i].help);
		printf("}, \"defaultConfiguration\": {\"level\": \"%s\"}}",
		       lp_finding_level_name(lp_rules[i].level));
	}
	fputs("\n          ]\n        }\n      },\n      \"results\": [", stdout);
}

/* A file name as the path of a URI. */
static void put_uri(const char *file)
{
	putchar('"');
	for (; *file; file++) {
		unsigned char c = (unsigned char)*file;

		if (c > 0x20 && c < 0x7f && !strchr("%\"<>\\^`{|}?#[]", c))
			putchar(c);
		else
			printf("%%%02X", c);
	}
	putchar('"');
}

static void sarif_finding(const char *file, const struct lp_finding *f, bool first)
{
	printf("%s        {\"ruleId\": \"%s\", \"ruleIndex\": %zu, \"level\": \"%s\",\n"
	       "         \"message\": {\"text\": ",
	       first ? "\n" : ",\n", f->rule->id, (size_t)(f->rule - lp_rules),
	       lp_finding_level_name(f->rule->level));
	lp_json_out_str(stdout, f->message);
	fputs("},\n         \"locations\": [{\"physicalLocation\": {\"artifactLocation\": "
	      "{\"uri\": ",
	      stdout);
	put_uri(file);
	printf("}, \"region\": {\"startLine\": %u, \"startColumn\": %u}}}]}", f->position.line,
	       f->position.column);
}

static void sarif_end(void)
{
	fputs("\n      ]\n    }\n  ]\n}\n", stdout);
}

static const struct notation notations[] = {
	{"text", nothing, text_finding, nothing},
	{"json", json_begin, json_finding, json_end},
	{"sarif", sarif_begin, sarif_finding, sarif_end},
};

static const struct notation *notation_of(const char *name)
{
	for (size_t i = 0; i < LP_ARRAY_LEN(notations); i++)
		if (!strcmp(notations[i].name, name))
			return &notations[i];
	return NULL;
}

static void list_rules(void)
{
	for (size_t i = 0; i < lp_n_rules; i++)
		printf("%-24s %-8s %s\n", lp_rules[i].id, lp_finding_level_name(lp_rules[i].level),
		       lp_rules[i].help);
}

struct tally {
	size_t written, mistakes;
};

/* Adds this file's findings to those written; false when the file is of no use. */
static bool lint_file(const char *path, const struct notation *n, struct tally *tally)
{
	struct lp_findings findings;
	struct lp_policy_file file;
	int err;

	if (!lp_policy_file_load(path, &file))
		return false;
	err = lp_lint(&file.doc, &findings);
	for (size_t i = 0; i < findings.n; i++) {
		n->finding(path, &findings.v[i], tally->written++ == 0);
		tally->mistakes += findings.v[i].rule->level != LP_FINDING_NOTE;
	}
	if (err)
		lp_print(stderr, "leastpriv: %s: out of memory\n", path);
	lp_findings_fini(&findings);
	lp_policy_file_fini(&file);
	return !err;
}

int lp_cmd_lint(int argc, char **argv)
{
	const struct notation *n = &notations[0];
	struct tally tally = {0};
	bool good = true, rules = false;
	int opt;

	while ((opt = lp_cmd_option(argc, argv, "h", options)) != -1) {
		switch (opt) {
		case 'f':
			n = notation_of(optarg);
			if (!n) {
				lp_print(stderr,
					 "leastpriv: --format takes text, json or sarif, not "
					 "\"%s\"\n",
					 optarg);
				return LP_EXIT_USAGE;
			}
			break;
		case 'r':
			rules = true;
			break;
		case 'h':
			usage(stdout);
			return 0;
		default:
			return LP_EXIT_USAGE;
		}
	}
	if (rules && (optind < argc || n != &notations[0]))
		return lp_cmd_takes(argv[0], "--rules without anything else");
	if (!rules && optind == argc)
		return lp_cmd_takes(argv[0], "POLICY...");
	if (rules) {
		list_rules();
		return 0;
	}
	n->begin();
	for (int i = optind; i < argc; i++)
		good = lint_file(argv[i], n, &tally) && good;
	n->end();
	if (!good)
		return LP_EXIT_USAGE;
	return tally.mistakes ? LP_EXIT_FINDINGS : 0;
}
