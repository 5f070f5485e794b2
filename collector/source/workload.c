/* SPDX-License-Identifier: MIT */
#include "workload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/proc.h"

#define CGROUP_MAX  4096
#define ENVIRON_MAX (64 * 1024) /* of an environment that are looked at */
#define ID_LEN	    64u		/* digits of a container's id */
#define ID_SHOWN    12		/* as `docker ps` shows it */
#define TASK_LEN    32u		/* digits of the id of an ECS task, which Fargate puts first */

/* A name of a folder: no path, nothing hidden, nothing that a shell takes for something else. */
static void name_of(struct lp_span s, char out[LP_WORKLOAD_MAX])
{
	size_t n;

	while (s.len && s.ptr[0] == '/')
		s = lp_span_from(s, 1);
	/* The end of a path says more than its start. */
	if (s.len >= LP_WORKLOAD_MAX)
		s = lp_span_from(s, s.len - LP_WORKLOAD_MAX + 1);
	for (n = 0; n < s.len; n++) {
		char c = s.ptr[n];
		bool plain = lp_ascii_alnum(c) || (c && strchr("._+=,@-", c));

		out[n] = plain && !(c == '.' && n == 0) ? c : '-';
	}
	out[n] = '\0';
}

static size_t digit_run(struct lp_span s)
{
	size_t n = 0;

	while (n < s.len && lp_ascii_digit(s.ptr[n]))
		n++;
	return n;
}

static size_t hex_run(struct lp_span s)
{
	size_t n = 0;

	while (n < s.len && (lp_ascii_digit(s.ptr[n]) || (s.ptr[n] >= 'a' && s.ptr[n] <= 'f')))
		n++;
	return n;
}

/* "docker-ID.scope", "cri-containerd-ID.scope", "ID", "TASK-1234567890": the id in it. */
static struct lp_span container_in(struct lp_span part)
{
	const struct lp_span scope = LP_SPAN(".scope");
	struct lp_span id;

	if (lp_span_ends(part, scope))
		part = lp_span_first(part, part.len - scope.len);
	id = part.len >= ID_LEN ? lp_span_from(part, part.len - ID_LEN) : part;
	if (id.len == ID_LEN && hex_run(id) == ID_LEN &&
	    (part.len == ID_LEN || part.ptr[part.len - ID_LEN - 1] == '-'))
		return id;
	if (part.len > TASK_LEN + 1 && hex_run(part) == TASK_LEN && part.ptr[TASK_LEN] == '-' &&
	    digit_run(lp_span_from(part, TASK_LEN + 1)) == part.len - TASK_LEN - 1)
		return lp_span_first(part, TASK_LEN);
	return lp_span_of(NULL, 0);
}

/* The deepest part of the path that names one. */
static bool name_in(struct lp_span path, char out[LP_WORKLOAD_MAX])
{
	bool found = false;

	while (path.len) {
		struct lp_span part = lp_span_first(path, lp_span_find(path, '/'));
		struct lp_span id = container_in(part);

		path = lp_span_from(path, part.len + 1);
		if (id.len) {
			snprintf(out, LP_WORKLOAD_MAX, "container-%.*s", ID_SHOWN, id.ptr);
			found = true;
		} else if (lp_span_ends(part, LP_SPAN(".service")) &&
			   !lp_span_starts(part, LP_SPAN("user@"))) {
			name_of(part, out);
			found = true;
		}
	}
	return found;
}

bool lp_workload_of_cgroup(struct lp_span text, char out[LP_WORKLOAD_MAX])
{
	/* Hierarchies of version 1 may say less than others: the first that says something. */
	while (text.len) {
		struct lp_span line = lp_span_first(text, lp_span_find(text, '\n'));
		struct lp_span rest = lp_span_from(line, lp_span_find(line, ':') + 1);

		text = lp_span_from(text, line.len + 1);
		if (name_in(lp_span_from(rest, lp_span_find(rest, ':') + 1), out))
			return true;
	}
	return false;
}

struct lp_span lp_workload_variable(struct lp_span text, struct lp_span name)
{
	while (text.len) {
		struct lp_span one = lp_span_first(text, lp_span_find(text, '\0'));

		text = lp_span_from(text, one.len + 1);
		if (lp_span_starts(one, name) && one.len > name.len && one.ptr[name.len] == '=')
			return lp_span_from(one, name.len + 1);
	}
	return lp_span_of(NULL, 0);
}

void lp_workload_of(pid_t pid, const char *program, const char *other, char out[LP_WORKLOAD_MAX])
{
	char own[CGROUP_MAX], text[CGROUP_MAX], ours[LP_WORKLOAD_MAX];
	char *environment = pid > 0 ? malloc(ENVIRON_MAX) : NULL;
	struct lp_span value = lp_span_of(NULL, 0);

	if (environment)
		value = lp_workload_variable(lp_proc_read(pid, "environ", environment, ENVIRON_MAX),
					     LP_SPAN(LP_WORKLOAD_VARIABLE));
	if (value.len)
		name_of(value, out);
	free(environment);
	if (value.len)
		return;
	if (pid > 0 &&
	    lp_workload_of_cgroup(lp_proc_read(pid, "cgroup", text, sizeof(text)), out) &&
	    !(lp_workload_of_cgroup(lp_proc_read(0, "cgroup", own, sizeof(own)), ours) &&
	      !strcmp(ours, out)))
		return;
	name_of(lp_span_str(program), out);
	if (!out[0])
		snprintf(out, LP_WORKLOAD_MAX, "%s", other);
}
