/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>

#include "base/log.h"
#include "newer.h"

int lp_newer_folder(char *path, size_t size)
{
	const char *own = getenv("LEASTPRIV_MODELS"), *data = getenv("XDG_DATA_HOME"),
		   *home = getenv("HOME");
	int n;

	if (own && *own)
		n = snprintf(path, size, "%s", own);
	else if (data && *data)
		n = snprintf(path, size, "%s/leastpriv/models", data);
	else if (home && *home)
		n = snprintf(path, size, "%s/.local/share/leastpriv/models", home);
	else
		return -ENOENT;
	return n < 0 || (size_t)n >= size ? -ENAMETOOLONG : 0;
}

static int is_document(const struct dirent *e)
{
	return lp_span_ends(lp_span_str(e->d_name), LP_SPAN(".json"));
}

void lp_newer_load_added(void)
{
	char folder[4096], path[sizeof(((struct dirent *)0)->d_name) + sizeof(folder) + 1];
	struct dirent **found;
	const char *reason;
	int n;

	if (lp_newer_folder(folder, sizeof(folder)))
		return;
	n = scandir(folder, &found, is_document, alphasort);
	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, found[i]->d_name);
		if (lp_newer_load(path, NULL, &reason))
			lp_log(LP_LOG_WARN, "%s is not used: %s", path, reason);
		free(found[i]);
	}
	if (n >= 0)
		free(found);
}

int lp_newer_load_option(const char *path)
{
	unsigned before = lp_newer_changes();
	const char *reason;
	int err = lp_newer_load(path, NULL, &reason);

	if (err) {
		lp_log(LP_LOG_ERROR, "--model %s: %s", path, reason);
		return err;
	}
	lp_log(LP_LOG_INFO,
	       "%s: %u facts newer than the built-in tables (leastpriv model show lists them)",
	       path, lp_newer_changes() - before);
	return 0;
}
