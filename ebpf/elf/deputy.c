/* SPDX-License-Identifier: MIT */
#include "deputy.h"

#include "elf_probe.h"

#define WORDS_MAX 64 /* of a command line that are looked at */

#define DOCKER_VERBS                                                                               \
	"|run|start|restart|exec|container run|container start|container restart|container exec|"  \
	"compose up|compose run|compose start|compose exec|"
#define DOCKER_OPTIONS                                                                             \
	" --config -c --context -H --host -l --log-level --tlscacert --tlscert --tlskey "          \
	"-f --file -p --project-name --project-directory --env-file --profile --ansi "             \
	"--progress --parallel -n --namespace -a --address --data-root "
#define KUBECTL_OPTIONS                                                                            \
	" --as --as-group --as-uid --cache-dir --certificate-authority --client-certificate "      \
	"--client-key --cluster --context --kubeconfig -n --namespace --password --profile "       \
	"--profile-output --request-timeout -s --server --tls-server-name --token --user "         \
	"--username -v --v --vmodule "

#define NO_PROGRAM "|" /* who has no verbs: it is a socket's name, not a program's */
#define BY_DAEMON  "a daemon starts what it asks for, which is not below it"
#define ELSEWHERE  "what it asks for runs on another host"
#define AND_JOIN   ", and join both call logs: leastpriv merge"
#define BY_COLLECTOR                                                                               \
	"as root have leastpriv-collector --ebpf --exec-gate --calls FILE run meanwhile"
#define CONTAINERS                                                                                 \
	BY_COLLECTOR " (for a container that runs already: --container ID, not --ebpf)" AND_JOIN
#define WITHIN "have it run leastpriv-run --calls FILE -- COMMAND" AND_JOIN
#define IN_POD "observe the pod where it runs (scripts/containers/kubernetes of leastpriv)" AND_JOIN

static const struct lp_deputy rows[] = {
	{"docker", LP_DEPUTY_HOST, false, DOCKER_VERBS, "", DOCKER_OPTIONS, "", BY_DAEMON,
	 CONTAINERS},
	{"docker-compose", LP_DEPUTY_HOST, false, "|up|run|start|exec|", "", DOCKER_OPTIONS, "",
	 BY_DAEMON, CONTAINERS},
	{"nerdctl", LP_DEPUTY_HOST, false, DOCKER_VERBS, "", DOCKER_OPTIONS, "", BY_DAEMON,
	 CONTAINERS},
	{"podman-remote", LP_DEPUTY_HOST, false, DOCKER_VERBS "kube play|play kube|", "",
	 DOCKER_OPTIONS " --connection --identity --url ", "", BY_DAEMON, CONTAINERS},
	{"podman", LP_DEPUTY_BELOW, false, DOCKER_VERBS "kube play|play kube|", "",
	 DOCKER_OPTIONS
	 " --connection --identity --url --cgroup-manager --conmon --events-backend --hooks-dir "
	 "--root --runroot --runtime --storage-driver --tmpdir ",
	 "", "what is in a container does not get the shim",
	 "run leastpriv as root, with its eBPF probe there from the start; or mount "
	 "libleastpriv.so and the collector's socket into the container"},
	/* What SDKs and testcontainers speak to; or another's that DOCKER_HOST names. */
	{"docker.sock", LP_DEPUTY_HOST, false, NO_PROGRAM, "", "", "", BY_DAEMON, CONTAINERS},
	{"podman.sock", LP_DEPUTY_HOST, false, NO_PROGRAM, "", "", "", BY_DAEMON, CONTAINERS},
	{"systemd-run", LP_DEPUTY_HOST, false, "", "",
	 " -H --host -M --machine -u --unit -p --property --description --slice --service-type "
	 "--uid --gid --nice --working-directory -E --setenv --path-property --socket-property "
	 "--timer-property --on-active --on-boot --on-startup --on-unit-active "
	 "--on-unit-inactive --on-calendar ",
	 " --scope ", BY_DAEMON, WITHIN},
	{"systemctl", LP_DEPUTY_HOST, false,
	 "|start|restart|try-restart|reload-or-restart|try-reload-or-restart|isolate|", "",
	 " -H --host -M --machine -t --type --state -p --property -s --signal --job-mode -n "
	 "--lines -o --output --root --image --kill-whom --what --preset-mode --timestamp ",
	 "", BY_DAEMON, WITHIN},
	/* batch is a script around it. */
	{"at", LP_DEPUTY_HOST, true, "", "", " -f -q -t ", " -l -r -d -c -V ", BY_DAEMON,
	 "give it leastpriv-run --calls FILE -- COMMAND" AND_JOIN},
	{"machinectl", LP_DEPUTY_HOST, false, "|shell|start|", "",
	 " -H --host -M --machine -p --property --uid -E --setenv ", "", BY_DAEMON, WITHIN},
	{"incus", LP_DEPUTY_HOST, false, "|exec|", "", " --project ", "", BY_DAEMON, WITHIN},
	{"lxc", LP_DEPUTY_HOST, true, "|exec|", "", " --project ", "", BY_DAEMON, WITHIN},
	{"kubectl", LP_DEPUTY_AWAY, false, "|exec|run|debug|", "", KUBECTL_OPTIONS, "", ELSEWHERE,
	 IN_POD},
	{"oc", LP_DEPUTY_AWAY, true, "|exec|run|debug|rsh|", "", KUBECTL_OPTIONS, "", ELSEWHERE,
	 IN_POD},
	{"nomad", LP_DEPUTY_AWAY, false, "|run|exec|job run|job dispatch|alloc exec|", "",
	 " -address -region -namespace -token ", "", ELSEWHERE, WITHIN},
	{"sbatch", LP_DEPUTY_AWAY, false, "", "", "", "", ELSEWHERE, WITHIN},
	/* Of what git, rsync and scp have it run there, none calls AWS. */
	{"ssh", LP_DEPUTY_AWAY, true, "",
	 " git-upload-pack git-receive-pack rsync scp sftp hg svnserve ",
	 " -B -b -c -D -E -e -F -I -i -J -L -l -m -O -o -p -P -Q -R -S -W -w ", " -s ", ELSEWHERE,
	 WITHIN},
};

/* With one of these options or variables it is another row's case. */
static const struct moves {
	char name[16], instead[16];
	char options[64], variables[48];
} moves[] = {
	{"podman", "podman-remote", " --remote -r --url --connection -c --context --host -H ",
	 " CONTAINER_HOST CONTAINER_CONNECTION "},
};

/*
 * What starts something, of the HTTP APIs of Docker and Podman: POST, whatever version stands in
 * front, one part of the path (an ID) between `head` and `tail` where there are both.
 */
static const struct {
	char head[16], tail[12], word[12];
} requests[] = {
	{"/containers/", "/start", "start"}, {"/containers/", "/restart", "restart"},
	{"/exec/", "/start", "exec"},	     {"/pods/", "/start", "pod start"},
	{"/pods/", "/restart", "pod start"}, {"", "/play/kube", "kube play"},
	{"", "/kube/play", "kube play"},
};

const struct lp_deputy *lp_deputy_row(struct lp_span name)
{
	for (size_t i = 0; i < LP_ARRAY_LEN(rows); i++)
		if (lp_span_eq(name, lp_span_str(rows[i].name)))
			return &rows[i];
	return NULL;
}

const struct lp_deputy *lp_deputy_named(const char *path)
{
	return lp_deputy_row(lp_span_str(lp_last_part(path)));
}

/* Is `word` in `list`, which has `edge` before and behind each? */
static bool listed(const char *list, char edge, struct lp_span word)
{
	struct lp_span all = lp_span_str(list);
	const char *at;

	if (lp_span_find(word, edge) < word.len)
		return false;
	while (word.len && all.len && (at = memmem(all.ptr, all.len, word.ptr, word.len))) {
		if (at > list && at[-1] == edge && at[word.len] == edge)
			return true;
		all = lp_span_of(at + 1, all.len - (size_t)(at + 1 - all.ptr));
	}
	return false;
}

static bool is_option(const char *list, const char *word)
{
	return listed(list, ' ', lp_span_str(word));
}

/* Is the next word this option's value? Of "-vp", where -v has none, it is that of -p. */
static bool has_value_behind(const char *list, const char *word)
{
	if (is_option(list, word))
		return true;
	if (word[1] == '-')
		return false;
	for (const char *p = word + 1; *p; p++) {
		const char one[] = {'-', *p, '\0'};

		if (is_option(list, one))
			return !p[1];
	}
	return false;
}

static bool is_verb(const struct lp_deputy *row, const char *a, const char *b)
{
	size_t n = strlen(a), m = b ? strlen(b) : 0;
	char both[32];

	if (n + m + 1 > sizeof(both))
		return false;
	memcpy(both, a, n);
	if (b) {
		both[n++] = ' ';
		memcpy(both + n, b, m);
	}
	return listed(row->verbs, '|', lp_span_of(both, n + m));
}

/* The word is one that is no option. True: it is known what is asked for, `*asks` or not. */
static bool take_word(const struct lp_deputy *row, const char *first, const char *word, bool *asks)
{
	struct lp_span command = lp_span_str(word);

	if (row->verbs[0]) {
		*asks = is_verb(row, first ? first : word, first ? word : NULL);
		return *asks || first;
	}
	command = lp_span_first(command, lp_span_find(command, ' '));
	*asks = (first || !row->after[0]) && !listed(row->after, ' ', command);
	return *asks || first || !row->after[0];
}

static const struct moves *moves_of(const struct lp_deputy *row)
{
	for (size_t i = 0; i < LP_ARRAY_LEN(moves); i++)
		if (!strcmp(moves[i].name, row->name))
			return &moves[i];
	return NULL;
}

/* "--remote", "--url=x" or "-r", but not "--remote=false". */
static bool is_moved_by(const struct moves *m, const char *word)
{
	struct lp_span all = lp_span_str(word), option = lp_span_first(all, lp_span_find(all, '='));

	return listed(m->options, ' ', option) &&
	       !lp_span_eq(lp_span_from(all, option.len), LP_SPAN("=false"));
}

static bool is_moved_in(const struct moves *m, char *const *envp)
{
	for (; envp && *envp; envp++) {
		struct lp_span all = lp_span_str(*envp);

		if (listed(m->variables, ' ', lp_span_first(all, lp_span_find(all, '='))))
			return true;
	}
	return false;
}

bool lp_deputy_asks(const struct lp_deputy *row, int dirfd, const char *path, char *const argv[],
		    char *const envp[], struct lp_deputy_case *out)
{
	const struct moves *m = moves_of(row);
	bool options = true, asks = false, known = false, moved = m && is_moved_in(m, envp);
	const char *first = NULL;

	*out = (struct lp_deputy_case){.row = row};
	for (unsigned i = 1; argv[0] && argv[i] && i < WORDS_MAX && !known; i++) {
		const char *word = argv[i];

		if (options && !strcmp(word, "--")) {
			options = false;
		} else if (options && word[0] == '-' && word[1]) {
			if (is_option(row->unless, word))
				return false;
			moved |= m && is_moved_by(m, word);
			if (has_value_behind(row->options, word) && argv[i + 1])
				i++;
		} else {
			known = take_word(row, first, word, &asks);
			if (known && row->verbs[0]) {
				out->verb[0] = first ? first : word;
				out->verb[1] = first ? word : NULL;
			}
			first = word;
		}
	}
	if (moved)
		out->row = lp_deputy_row(lp_span_str(m->instead));
	return asks && lp_elf_is(dirfd, path, row->system);
}

const struct lp_deputy *lp_deputy_at(struct lp_span path)
{
	for (size_t i = 0; i < LP_ARRAY_LEN(rows); i++) {
		struct lp_span name = lp_span_str(rows[i].name);

		if (!strcmp(rows[i].verbs, NO_PROGRAM) && path.len > name.len &&
		    path.ptr[path.len - name.len - 1] == '/' && lp_span_ends(path, name))
			return &rows[i];
	}
	return NULL;
}

/* False: it ends in another way. */
static bool cut_end(struct lp_span *s, struct lp_span end)
{
	if (!lp_span_ends(*s, end))
		return false;
	s->len -= end.len;
	return true;
}

const char *lp_deputy_starts(struct lp_span request)
{
	struct lp_span post = LP_SPAN("POST "), target;

	if (!lp_span_starts(request, post))
		return NULL;
	target = lp_span_from(request, post.len);
	target = lp_span_first(target, lp_span_find(target, ' '));
	target = lp_span_first(target, lp_span_find(target, '?'));
	for (size_t i = 0; i < LP_ARRAY_LEN(requests); i++) {
		struct lp_span left = target, head = lp_span_str(requests[i].head);

		if (!cut_end(&left, lp_span_str(requests[i].tail)))
			continue;
		while (head.len && left.len && left.ptr[left.len - 1] != '/')
			left.len--;
		if (cut_end(&left, head))
			return requests[i].word;
	}
	return NULL;
}
