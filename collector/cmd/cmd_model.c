/* SPDX-License-Identifier: MIT */
/*
 * leastpriv model: documents with newer facts about AWS that the person downloaded. Every program
 * of leastpriv loads those that were added.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd.h"
#include "base/log.h"
#include "model/newer.h"
#include "policy/replace.h"

#define PATH_MAX_ 4096

static const char usage[] =
	"usage: leastpriv model show FILE...    what the documents would change\n"
	"       leastpriv model add FILE...     the same, and keeps them for all later runs\n"
	"       leastpriv model list            what was added\n"
	"       leastpriv model remove NAME...  forgets documents, by the names of the list\n"
	"\n"
	"FILE is one of AWS's Service Reference documents (Actions, Resources, Operations), or an\n"
	"API model as botocore has it (service-2.json, also gzipped). They are laid over the\n"
	"built-in tables. `--model FILE` of the other commands does so for one run.\n"
	"\n"
	"They are kept in $LEASTPRIV_MODELS, else in leastpriv/models below $XDG_DATA_HOME or\n"
	"~/.local/share.\n";

static int fail(const char *what, int err)
{
	lp_print(stderr, "leastpriv: %s: %s\n", what, strerror(err < 0 ? -err : err));
	return LP_EXIT_USAGE;
}

/* The folder, and below it the file that a document is kept in. Says what is wrong. */
static int path_of(const char *name, char path[PATH_MAX_])
{
	char folder[PATH_MAX_];
	int err = lp_newer_folder(folder, sizeof(folder)), n;

	if (err) {
		lp_print(stderr,
			 "leastpriv: no folder for documents: %s; LEASTPRIV_MODELS may name one\n",
			 err == -ENOENT ? "neither XDG_DATA_HOME nor HOME is set" : strerror(-err));
		return err;
	}
	n = snprintf(path, PATH_MAX_, "%s%s%s%s", folder, name ? "/" : "", name ? name : "",
		     name ? ".json" : "");
	if (n < PATH_MAX_)
		return 0;
	fail(name ? name : folder, -ENAMETOOLONG);
	return -ENAMETOOLONG;
}

/* mkdir -p */
static int make_folder(const char *path)
{
	char part[PATH_MAX_];

	snprintf(part, sizeof(part), "%s", path);
	for (char *p = part + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (mkdir(part, 0777) && errno != EEXIST)
			return -errno;
		*p = '/';
	}
	return mkdir(part, 0777) && errno != EEXIST ? -errno : 0;
}

/* The text that was loaded last, as it was read: a pipe has it only once. */
static int keep(const char *file, struct lp_span text)
{
	char folder[PATH_MAX_], path[PATH_MAX_];
	int err;

	if (path_of(NULL, folder) || path_of(lp_newer_name(), path))
		return LP_EXIT_USAGE;
	err = make_folder(folder);
	if (err)
		return fail(folder, err);
	err = lp_replace(path, lp_put_span, &text, NULL, NULL);
	if (err)
		return fail(path, err);
	printf("%s: kept as %s\n", file, lp_newer_name());
	return 0;
}

static int show_one(const char *file, bool add)
{
	unsigned before = lp_newer_changes();
	const char *reason;
	char *text;
	size_t len;
	int err = lp_newer_read(file, &text, &len), status = 0;

	if (err)
		reason = strerror(-err);
	else
		err = lp_newer_load_text(lp_span_of(text, len), stdout, &reason);
	if (err) {
		lp_print(stderr, "leastpriv: %s: %s\n", file, reason);
		status = LP_EXIT_USAGE;
	} else if (lp_newer_changes() == before) {
		printf("%s: nothing that the tables do not have\n", file);
	}
	if (!status && add)
		status = keep(file, lp_span_of(text, len));
	free(text);
	return status;
}

static int show(char **files, int n, bool add)
{
	int status = 0;

	for (int i = 0; !status && i < n; i++)
		status = show_one(files[i], add);
	return status;
}

static int is_document(const struct dirent *e)
{
	return lp_span_ends(lp_span_str(e->d_name), LP_SPAN(".json"));
}

static int list(void)
{
	struct dirent **found = NULL;
	char folder[PATH_MAX_];
	int n;

	if (path_of(NULL, folder))
		return LP_EXIT_USAGE;
	n = scandir(folder, &found, is_document, alphasort);
	if (n < 0 && errno != ENOENT)
		return fail(folder, errno);
	for (int i = 0; i < n; i++) {
		printf("%.*s\n", (int)(strlen(found[i]->d_name) - strlen(".json")),
		       found[i]->d_name);
		free(found[i]);
	}
	free(found);
	return 0;
}

static int forget(char **names, int n)
{
	char path[PATH_MAX_];
	int err;

	for (int i = 0; i < n; i++) {
		if (path_of(names[i], path))
			return LP_EXIT_USAGE;
		err = strchr(names[i], '/') ? -ENOENT : unlink(path) ? -errno : 0;
		if (err == -ENOENT) {
			lp_print(stderr,
				 "leastpriv: no document is called %s; `leastpriv model list` "
				 "names those that are kept\n",
				 names[i]);
			return LP_EXIT_USAGE;
		}
		if (err)
			return fail(names[i], err);
	}
	return 0;
}

int lp_cmd_model(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	/* `leastpriv model add --help`, too. */
	for (int i = 1; i < argc && i < 3; i++)
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) {
			fputs(usage, stdout);
			return 0;
		}
	if (!strcmp(what, "show") && argc > 2)
		return show(argv + 2, argc - 2, false);
	if (!strcmp(what, "add") && argc > 2)
		return show(argv + 2, argc - 2, true);
	if (!strcmp(what, "list") && argc == 2)
		return list();
	if (!strcmp(what, "remove") && argc > 2)
		return forget(argv + 2, argc - 2);
	return lp_cmd_takes(argv[0], "show FILE..., add FILE..., list or remove NAME...");
}
