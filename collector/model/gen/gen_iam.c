/* SPDX-License-Identifier: MIT */
/*
 * Compiles tables/iam/ (what actions there are), tables/bind/ (what each operation needs; made by
 * scripts/import_iam.py), tables/hand/bind-*.tbl (the same by hand, for the operations no API model
 * describes) and tables/hand/iam-split.tbl into the constants of ../iam_data.h, on standard output.
 * Cells of these tables are separated by tabs, because names of resource types hold blanks. The
 * files of tables/bind/ have these lines; what follows an `act` belongs to it:
 *
 *	dir NAME		as in tables/api/
 *	op NAME
 *	none			the operation needs no permission
 *	leaf PLACE NAME...	a value of the request, numbered from 0 in each op. PLACE is json,
 *				form or xml (NAME is a path: A.B[].C, M{} for a map's keys), label,
 *				query, header, scope, method, host, path, rsp-header, rsp-field,
 *				rsp-error.
 *				Then: split=S, and plain for what is never an ARN
 *	act ACTION [arn=0,1] [FLAG...]	needs this action; arn: leaves whose value may be an ARN
 *	when KIND LEAF[.PART] [VALUE]	KIND is has no eq ne like unlike; all must hold
 *	res TYPE MARK ARN	MARK has ! required, ? unless the one before gave one,
 *				~ one of the types so marked is enough, s names in small letters
 *	cond OPERATOR KEY VALUE
 *	why TEXT
 *
 * Holes in ARN and VALUE: {P} {R} {A} partition, region, account of the call; {LEAF},
 * {LEAF.PART}, {LEAF|TEXT} with a default, {LEAF|A}, {LEAF@A} (account when it is one), {LEAF!} and
 * {LEAF^} write nothing: the same list element has, or has not, that leaf. {LEAF&} writes nothing
 * either, once for each value.
 */
#include "gen.h"

#include "../iam_data.h"

#define MAX_CELLS  16
#define MAX_LEAVES 200

struct cells {
	int n;
	char *v[MAX_CELLS];
};

struct numbered {
	uint32_t name; /* pool offset of the key */
	uint32_t number;
};

static struct gen_pool pool;

static struct lp_iam_prefix_data *prefixes;
static struct lp_iam_action_data *actions;
static struct lp_iam_type_data *types;
static uint32_t *levels, *patterns, *conds, *split_patterns, *whys;
static uint16_t *refs, *cond_refs, *deps, *dep_actions;
static char **dep_texts; /* of each action, until all actions have numbers */
static struct lp_act_data *acts;
static struct lp_leaf_data *leaves;
static struct lp_when_data *whens;
static struct lp_res_data *res;
static struct lp_cond_data *act_conds;
static uint8_t *arns;
static struct lp_trie_set *tries;
static struct lp_trie_node *nodes;
static struct lp_split_data *splits;
static size_t n_prefixes, n_actions, n_types, n_levels, n_patterns, n_conds, n_split_patterns,
	n_refs, n_cond_refs, n_acts, n_leaves, n_whens, n_res, n_act_conds, n_arns, n_tries,
	n_nodes, n_splits, n_whys, n_deps, n_dep_actions, n_dep_texts;

static const char **split_names;
static const char *(*split_parts)[LP_SPLIT_PARTS];

/* Open addressing over pool offsets: the pool holds each string once, so equal keys are equal. */
static struct numbered *map;
static size_t map_size, map_n;

static uint32_t *map_slot(uint32_t name)
{
	size_t h;

	if (2 * map_n >= map_size) {
		struct numbered *old = map;
		size_t n_old = map_size;

		map_size = n_old ? 2 * n_old : 4096;
		map = gen_alloc(map_size * sizeof(*map));
		map_n = 0;
		for (size_t i = 0; i < n_old; i++)
			if (old[i].name)
				*map_slot(old[i].name) = old[i].number;
		free(old);
	}
	h = (name * 2654435761u) & (map_size - 1);
	while (map[h].name && map[h].name != name)
		h = (h + 1) & (map_size - 1);
	if (!map[h].name) {
		map[h].name = name;
		map_n++;
	}
	return &map[h].number;
}

/* What the data has 16 or 8 bits for. Grows one day: then the build says so. */
static uint16_t u16(size_t n, const char *what)
{
	if (n > UINT16_MAX)
		gen_die("%s: %zu, more than 16 bits hold", what, n);
	return (uint16_t)n;
}

static uint8_t u8(size_t n, const char *what)
{
	if (n > UINT8_MAX)
		gen_die("%s: %zu, more than 8 bits hold", what, n);
	return (uint8_t)n;
}

/* Number plus 1 under a key made of a kind and a name, 0 when new. */
static uint32_t *number_of(const char *kind, const char *name)
{
	char key[8192];

	if (snprintf(key, sizeof(key), "%s\t%s", kind, name) >= (int)sizeof(key))
		gen_die("%s: too long", name);
	return map_slot(gen_pool_add(&pool, key));
}

/*
 * Where the rows at the end, from `first` on, stood before; they are taken back then. Most
 * operations have leaves, resources and conditions as some other one has.
 */
static uint16_t share_run(const char *kind, const void *rows, size_t *n, uint16_t first,
			  size_t size)
{
	const unsigned char *bytes = (const unsigned char *)rows + first * size;
	size_t len = (*n - first) * size;
	char *key = gen_alloc(2 * len + 1);
	uint32_t *at;

	for (size_t i = 0; i < len; i++)
		snprintf(key + 2 * i, 3, "%02x", bytes[i]);
	at = number_of(kind, key);
	if (!*at) {
		*at = first + 1u;
		return first;
	}
	*n = first;
	return (uint16_t)(*at - 1);
}

static struct cells split_cells(const struct gen_line *l)
{
	struct cells c = {0};
	char *s = gen_strndup(l->rest, strlen(l->rest)), *tab;

	for (;;) {
		if (c.n == MAX_CELLS)
			gen_line_die(l, "too many cells");
		tab = strchr(s, '\t');
		c.v[c.n++] = s;
		if (!tab)
			return c;
		*tab = '\0';
		s = tab + 1;
	}
}

static uint16_t cond_number(const char *name)
{
	uint32_t *at = number_of("cond", name);

	if (!*at) {
		GEN_PUSH(conds, n_conds, gen_pool_add(&pool, name));
		*at = (uint32_t)n_conds;
	}
	return (uint16_t)(*at - 1);
}

/* Appends the blank-separated condition keys; returns how many. */
static uint8_t add_conds(const char *text)
{
	char *s = gen_strndup(text, strlen(text)), *save = NULL, *w;
	size_t n = 0;

	for (w = strtok_r(s, " ", &save); w; w = strtok_r(NULL, " ", &save), n++)
		GEN_PUSH(cond_refs, n_cond_refs, cond_number(w));
	return u8(n, "condition keys");
}

static void read_type(const struct gen_line *l, const struct cells *c)
{
	struct lp_iam_type_data t = {.prefix = (uint16_t)(n_prefixes - 1)};
	char key[512], *s, *save = NULL, *w;

	t.name = gen_pool_add(&pool, c->v[0]);
	t.first_pattern = u16(n_patterns, "patterns");
	s = gen_strndup(c->v[1], strlen(c->v[1]));
	for (w = strtok_r(s, " ", &save); w; w = strtok_r(NULL, " ", &save), t.n_patterns++)
		GEN_PUSH(patterns, n_patterns, gen_pool_add(&pool, w));
	t.first_cond = u16(n_cond_refs, "condition keys");
	if (c->n > 2)
		t.n_conds = add_conds(c->v[2]);
	if (snprintf(key, sizeof(key), "%zu %s", n_prefixes, c->v[0]) >= (int)sizeof(key))
		gen_line_die(l, "name too long");
	GEN_PUSH(types, n_types, t);
	*number_of("type", key) = (uint32_t)n_types;
	prefixes[n_prefixes - 1].n_types++;
}

static uint32_t type_number(const struct gen_line *l, size_t prefix, const char *name)
{
	char key[512];
	uint32_t n;

	if (snprintf(key, sizeof(key), "%zu %s", prefix + 1, name) >= (int)sizeof(key))
		gen_line_die(l, "name too long");
	n = *number_of("type", key);
	if (!n)
		gen_line_die(l, "no resource type %s", name);
	return n - 1;
}

static void read_action(const struct gen_line *l, const struct cells *c)
{
	struct lp_iam_action_data a = {0};
	char full[512], *s, *save = NULL, *w;
	uint32_t *at;

	if (c->n < 2)
		gen_line_die(l, "action wants a level");
	snprintf(full, sizeof(full), "%s:%s", pool.data + prefixes[n_prefixes - 1].name, c->v[0]);
	a.name = gen_pool_add(&pool, full);
	at = number_of("level", c->v[1]);
	if (!*at) {
		GEN_PUSH(levels, n_levels, gen_pool_add(&pool, c->v[1]));
		*at = (uint32_t)n_levels;
	}
	if (*at - 1 > LP_IAM_LEVELS_MAX)
		gen_line_die(l, "too many access levels");
	a.level = (*at - 1) & LP_IAM_LEVELS_MAX;
	a.first_ref = u16(n_refs, "resource types of actions");
	s = c->n > 2 ? gen_strndup(c->v[2], strlen(c->v[2])) : NULL;
	for (w = s ? strtok_r(s, ",", &save) : NULL; w;
	     w = strtok_r(NULL, ",", &save), a.n_refs++) {
		size_t len = strlen(w);
		uint16_t required = 0;

		if (w[len - 1] == '!') {
			w[len - 1] = '\0';
			required = LP_IAM_REF_REQUIRED;
		}
		GEN_PUSH(refs, n_refs, (uint16_t)(type_number(l, n_prefixes - 1, w) | required));
	}
	a.first_cond = u16(n_cond_refs, "condition keys");
	if (c->n > 3)
		a.n_conds = add_conds(c->v[3]);
	GEN_PUSH(actions, n_actions, a);
	*number_of("action", full) = (uint32_t)n_actions;
	GEN_PUSH(dep_texts, n_dep_texts, c->n > 4 ? gen_strndup(c->v[4], strlen(c->v[4])) : NULL);
	prefixes[n_prefixes - 1].n_actions++;
}

/* Equal lists of dependent actions are one; the first is empty. */
static void number_deps(void)
{
	GEN_PUSH(deps, n_deps, 0);
	GEN_PUSH(deps, n_deps, 0);
	for (size_t i = 0; i < n_actions; i++) {
		uint32_t *at = dep_texts[i] ? number_of("deps", dep_texts[i]) : NULL;
		uint32_t list = at ? *at : 0;
		char *save = NULL, *w;

		if (!at)
			continue;
		if (!list) {
			list = *at = (uint32_t)n_deps;
			for (w = strtok_r(dep_texts[i], " ", &save); w;
			     w = strtok_r(NULL, " ", &save)) {
				uint32_t action = *number_of("action", w);

				if (!action)
					gen_die("%s: no action %s", pool.data + actions[i].name, w);
				GEN_PUSH(dep_actions, n_dep_actions, u16(action - 1, "actions"));
			}
			GEN_PUSH(deps, n_deps, u16(n_dep_actions, "dependent actions"));
		}
		if (list - 1 > LP_IAM_DEPS_MAX)
			gen_die("more lists of dependent actions than their numbers hold");
		actions[i].deps = (list - 1) & LP_IAM_DEPS_MAX;
	}
}

static void read_reference(const char *tables)
{
	struct gen_line *lines = NULL;
	size_t n = 0;
	char path[4096];

	snprintf(path, sizeof(path), "%.4000s/iam", tables);
	gen_read_dir(path, "", &lines, &n);
	for (size_t i = 0; i < n; i++) {
		const struct gen_line *l = &lines[i];
		struct cells c = split_cells(l);

		if (strcmp(l->word[0], "prefix") == 0) {
			struct lp_iam_prefix_data p = {
				.name = gen_pool_add(&pool, c.v[0]),
				.first_action = (uint16_t)n_actions,
				.first_type = (uint16_t)n_types,
			};

			GEN_PUSH(prefixes, n_prefixes, p);
		} else if (strcmp(l->word[0], "type") == 0 && n_prefixes && c.n >= 2) {
			read_type(l, &c);
		} else if (strcmp(l->word[0], "action") == 0 && n_prefixes) {
			read_action(l, &c);
		} else {
			gen_line_die(l, "unknown line");
		}
	}
	if (n_actions >= UINT16_MAX || n_types >= LP_IAM_REF_REQUIRED || n_patterns >= UINT16_MAX)
		gen_die("more actions, types or patterns than their numbers hold");
	number_deps();
}

/* --- splits ----------------------------------------------------------------------------------- */

static uint8_t part_number(size_t split, const char *name, bool add)
{
	for (int i = 0; i < splits[split].n_parts; i++)
		if (strcmp(split_parts[split][i], name) == 0)
			return (uint8_t)(i + 1);
	if (!add)
		return 0;
	if (splits[split].n_parts == LP_SPLIT_PARTS)
		gen_die("split %s: too many parts", split_names[split]);
	split_parts[split][splits[split].n_parts++] = name;
	return splits[split].n_parts;
}

/*
 * A pattern for run time: 0x01, part plus bias (bias alone: thrown away), class ('.': any;
 * iam-split.tbl) for each part; everything else literal.
 */
static uint32_t compile_split(const struct gen_line *l, size_t split, const char *text)
{
	char out[512];
	size_t n = 0;

	while (*text) {
		const char *end;
		char name[64], class = '.', *how;

		if (n + 4 > sizeof(out))
			gen_line_die(l, "pattern too long");
		if (*text != '{') {
			out[n++] = *text++;
			continue;
		}
		end = strchr(text, '}');
		if (!end || (size_t)(end - text) > sizeof(name))
			gen_line_die(l, "no end of part");
		memcpy(name, text + 1, (size_t)(end - text - 1));
		name[end - text - 1] = '\0';
		text = end + 1;
		how = strchr(name, ':');
		if (how) {
			long count = strtol(how + 1, NULL, 10);

			if (count < 0 || count > LP_SPLIT_COUNT_MAX)
				gen_line_die(l, "too many letters");
			class = count ? (char)('0' + count) : how[1];
			*how = '\0';
		}
		out[n++] = 1;
		out[n++] = (char)(LP_HOLE_BIAS +
				  (strcmp(name, "_") == 0
					   ? 0
					   : part_number(split, gen_strndup(name, strlen(name)),
							 true)));
		out[n++] = class;
	}
	return gen_pool_add_n(&pool, out, n);
}

static void read_splits(const char *tables)
{
	/* In the order of enum lp_partiql_part. */
	static const char *const partiql[] = {"Select", "Insert", "Update", "Delete",
					      "Index",	"Region", "Account"};
	struct gen_line *lines = NULL;
	size_t n = 0;
	char path[4096];

	snprintf(path, sizeof(path), "%.4000s/hand/iam-split.tbl", tables);
	gen_read_file(path, &lines, &n);
	for (size_t i = 0; i < n; i++) {
		const struct gen_line *l = &lines[i];
		const char *form; /* may hold blanks */
		uint32_t *at;
		size_t s;

		if (strcmp(l->word[0], "split") != 0 || l->n < 3)
			gen_line_die(l, "want: split NAME PATTERN");
		form = l->rest + strlen(l->word[1]);
		form += strspn(form, " \t");
		at = number_of("split", l->word[1]);
		if (!*at) {
			struct lp_split_data fresh = {.first = (uint16_t)n_split_patterns};

			GEN_PUSH(splits, n_splits, fresh);
			/* cppcheck-suppress memleakOnRealloc ; the program ends */
			split_names = realloc(split_names, n_splits * sizeof(*split_names));
			/* cppcheck-suppress memleakOnRealloc */
			split_parts = realloc(split_parts, n_splits * sizeof(*split_parts));
			if (!split_names || !split_parts)
				gen_die("out of memory");
			split_names[n_splits - 1] = l->word[1];
			memset(split_parts[n_splits - 1], 0, sizeof(split_parts[0]));
			*at = (uint32_t)n_splits;
		}
		s = *at - 1;
		if (s != n_splits - 1)
			gen_line_die(l, "lines of one split stand together");
		if (strcmp(form, "@decode") == 0) {
			splits[s].decode = 1;
		} else if (strcmp(form, "@lower") == 0) {
			splits[s].lower = '-';
		} else if (strcmp(form, "@words") == 0) {
			splits[s].lower = ' ';
		} else if (strcmp(form, "@partiql") == 0) {
			splits[s].builtin = LP_SPLIT_PARTIQL;
			for (size_t w = 0; w < sizeof(partiql) / sizeof(partiql[0]); w++)
				part_number(s, partiql[w], true);
		} else {
			GEN_PUSH(split_patterns, n_split_patterns, compile_split(l, s, form));
			splits[s].n++;
		}
	}
}

/* --- tries ------------------------------------------------------------------------------------ */

struct tree {
	char *name;
	uint8_t flags, leaf;
	struct tree **kids;
	size_t n_kids;
};

static void tree_add(const struct gen_line *l, struct tree *t, const char *path, uint8_t leaf)
{
	while (*path) {
		size_t len = strcspn(path, ".");
		char *name = gen_strndup(path, len);
		uint8_t flags = 0;
		struct tree *kid = NULL;

		path += len + (path[len] == '.');
		if (len > 2 && strcmp(name + len - 2, "[]") == 0)
			flags = LP_TRIE_LIST;
		else if (len > 2 && strcmp(name + len - 2, "{}") == 0)
			flags = LP_TRIE_KEYS;
		if (flags)
			name[len - 2] = '\0';
		for (size_t i = 0; i < t->n_kids; i++)
			if (strcmp(t->kids[i]->name, name) == 0)
				kid = t->kids[i];
		if (!kid) {
			kid = gen_alloc(sizeof(*kid));
			kid->name = name;
			kid->leaf = LP_LEAF_NONE;
			GEN_PUSH(t->kids, t->n_kids, kid);
		}
		kid->flags |= flags;
		t = kid;
	}
	if (t->leaf != LP_LEAF_NONE && t->leaf != leaf)
		gen_line_die(l, "two leaves at one place");
	t->leaf = leaf;
}

/* Children of one node stand in a row, so a node knows them by first and count. */
static void tree_flatten(const struct tree *t, size_t at)
{
	size_t first = n_nodes;

	for (size_t i = 0; i < t->n_kids; i++) {
		struct lp_trie_node n = {
			.name = gen_pool_add(&pool, t->kids[i]->name),
			.flags = t->kids[i]->flags,
			.leaf = t->kids[i]->leaf,
		};

		GEN_PUSH(nodes, n_nodes, n);
	}
	nodes[at].first_child = (uint32_t)first;
	nodes[at].n_children = (uint16_t)t->n_kids;
	for (size_t i = 0; i < t->n_kids; i++)
		tree_flatten(t->kids[i], first + i);
}

/* The node of a family's trie; equal tries are shared. `sig` names it. */
static uint32_t add_trie(const struct tree *t, const char *sig)
{
	uint32_t *at;
	size_t root;
	struct lp_trie_node n = {.leaf = LP_LEAF_NONE};

	if (!t->n_kids)
		return 0;
	at = number_of("trie", sig);
	if (*at)
		return *at - 1;
	root = n_nodes;
	GEN_PUSH(nodes, n_nodes, n);
	tree_flatten(t, root);
	*number_of("trie", sig) = (uint32_t)root + 1;
	return (uint32_t)root;
}

/* --- operations ------------------------------------------------------------------------------- */

struct op_build {
	const struct gen_line *line;
	struct lp_iam_op_data data;
	struct tree trees[LP_BODY_FAMILIES];
	char sig[LP_BODY_FAMILIES][8192];
	bool none;
};

/* `named`: the name of what stands there follows the word. */
static const struct {
	const char *word;
	bool named;
} places[LP_LEAF_LOCS] = {
	[LP_LEAF_LABEL] = {"label", true},	   [LP_LEAF_QUERY] = {"query", true},
	[LP_LEAF_HEADER] = {"header", true},	   [LP_LEAF_SCOPE] = {"scope", false},
	[LP_LEAF_METHOD] = {"method", false},	   [LP_LEAF_HOST] = {"host", false},
	[LP_LEAF_PATH] = {"path", false},	   [LP_LEAF_RSP_HEADER] = {"rsp-header", true},
	[LP_LEAF_RSP_FIELD] = {"rsp-field", true}, [LP_LEAF_RSP_ERROR] = {"rsp-error", false},
};
static const char *const families[LP_BODY_FAMILIES] = {"json", "form", "xml"};

static void read_leaf(const struct gen_line *l, struct op_build *b, const struct cells *c)
{
	struct lp_leaf_data leaf = {0};
	uint8_t no = b->data.n_leaves;

	if (no == MAX_LEAVES)
		gen_line_die(l, "too many leaves");
	for (int i = 0; i < c->n; i++) {
		int place = 0, family = -1;

		if (strncmp(c->v[i], "split=", 6) == 0) {
			uint32_t s = *number_of("split", c->v[i] + 6);

			if (!s)
				gen_line_die(l, "no split %s", c->v[i] + 6);
			leaf.split = (uint8_t)s;
			continue;
		}
		if (strcmp(c->v[i], "plain") == 0) {
			leaf.flags |= LP_LEAF_PLAIN;
			continue;
		}
		for (int p = 1; p < LP_LEAF_LOCS; p++)
			if (strcmp(c->v[i], places[p].word) == 0)
				place = p;
		for (int f = 0; f < LP_BODY_FAMILIES; f++)
			if (strcmp(c->v[i], families[f]) == 0)
				family = f;
		if (family >= 0 && i + 1 < c->n) {
			char *sig = b->sig[family];
			size_t len = strlen(sig);

			if (snprintf(sig + len, sizeof(b->sig[0]) - len, " %s=%d", c->v[++i], no) >=
			    (int)(sizeof(b->sig[0]) - len))
				gen_line_die(l, "too many paths");
			tree_add(l, &b->trees[family], c->v[i], no);
		} else if (place) {
			leaf.loc = (uint8_t)place;
			if (places[place].named) {
				if (++i >= c->n)
					gen_line_die(l, "place wants a name");
				leaf.name = gen_pool_add(&pool, c->v[i]);
			}
		} else {
			gen_line_die(l, "unknown place %s", c->v[i]);
		}
	}
	GEN_PUSH(leaves, n_leaves, leaf);
	b->data.n_leaves++;
}

/* "3.Part" -> leaf and part */
static void leaf_part(const struct gen_line *l, const struct op_build *b, const char *s, size_t len,
		      uint8_t *leaf, uint8_t *part)
{
	char text[128], *dot, *end;
	unsigned long n;

	if (len >= sizeof(text))
		gen_line_die(l, "hole too long");
	memcpy(text, s, len);
	text[len] = '\0';
	dot = strchr(text, '.');
	if (dot)
		*dot++ = '\0';
	n = strtoul(text, &end, 10);
	if (*end || end == text || n >= b->data.n_leaves)
		gen_line_die(l, "no leaf %s", text);
	*leaf = (uint8_t)n;
	*part = 0;
	if (dot) {
		uint8_t split = leaves[b->data.first_leaf + n].split;

		*part = split ? part_number(split - 1u, dot, false) : 0;
		if (!*part)
			gen_line_die(l, "no part %s", dot);
	}
}

static uint32_t compile_template(const struct gen_line *l, const struct op_build *b, const char *t)
{
	char out[2048];
	size_t n = 0;

	while (*t) {
		const char *end, *bar;
		uint8_t leaf, part;
		size_t len;

		if (n + 80 > sizeof(out))
			gen_line_die(l, "template too long");
		if (*t != '{') {
			out[n++] = *t++;
			continue;
		}
		end = strchr(t, '}');
		if (!end)
			gen_line_die(l, "no end of hole");
		len = (size_t)(end - t - 1);
		if (len == 1 && strchr("PRA", t[1])) {
			out[n++] = t[1] == 'P'	 ? LP_HOLE_PARTITION
				   : t[1] == 'R' ? LP_HOLE_REGION
						 : LP_HOLE_ACCOUNT;
			t = end + 1;
			continue;
		}
		bar = t + 1 + strcspn(t + 1, "|@^!&}");
		leaf_part(l, b, t + 1, (size_t)(bar - t - 1), &leaf, &part);
		out[n++] = LP_HOLE_LEAF;
		out[n++] = (char)(leaf + LP_HOLE_BIAS);
		out[n++] = (char)(part + LP_HOLE_BIAS);
		if (*bar == '}') {
			out[n++] = LP_ELSE_NOTHING;
		} else if (*bar == '@') {
			out[n++] = LP_ELSE_ACCOUNT_ID;
		} else if (*bar == '^') {
			out[n++] = LP_ELSE_ABSENT;
		} else if (*bar == '!') {
			out[n++] = LP_ELSE_PRESENT;
		} else if (*bar == '&') {
			out[n++] = LP_ELSE_SILENT;
		} else if (end - bar == 2 && strchr("PRA", bar[1])) {
			out[n++] = bar[1] == 'P'   ? LP_ELSE_PARTITION
				   : bar[1] == 'R' ? LP_ELSE_REGION
						   : LP_ELSE_ACCOUNT;
		} else {
			out[n++] = LP_ELSE_TEXT;
			if ((size_t)(end - bar) > 64)
				gen_line_die(l, "default too long");
			memcpy(out + n, bar + 1, (size_t)(end - bar - 1));
			n += (size_t)(end - bar - 1);
			out[n++] = LP_HOLE_END;
		}
		t = end + 1;
	}
	return gen_pool_add_n(&pool, out, n);
}

static struct lp_act_data *last_act(const struct gen_line *l, const struct op_build *b)
{
	if (!b->data.n_acts)
		gen_line_die(l, "stands before any act");
	return &acts[n_acts - 1];
}

/* All rows of the operation's last act are read. */
static void end_act(const struct op_build *b)
{
	struct lp_act_data *a;

	if (!b->data.n_acts)
		return;
	a = &acts[n_acts - 1];
	a->first_res = share_run("ress", res, &n_res, a->first_res, sizeof(*res));
	a->first_arn = share_run("arns", arns, &n_arns, a->first_arn, sizeof(*arns));
	a->first_when = share_run("whens", whens, &n_whens, a->first_when, sizeof(*whens));
	a->first_cond = share_run("acts' conds", act_conds, &n_act_conds, a->first_cond,
				  sizeof(*act_conds));
}

static void read_act(const struct gen_line *l, struct op_build *b, const struct cells *c)
{
	struct lp_act_data a = {.first_res = u16(n_res, "resources"),
				.first_arn = u16(n_arns, "ARN leaves"),
				.first_when = u16(n_whens, "conditions"),
				.first_cond = u16(n_act_conds, "condition keys of acts")};
	uint32_t no = *number_of("action", c->v[0]);

	if (!no)
		gen_line_die(l, "no action %s", c->v[0]);
	a.action = (uint16_t)(no - 1);
	for (int i = 1; i < c->n; i++) {
		if (strncmp(c->v[i], "arn=", 4) == 0) {
			char *save = NULL, *w;

			for (w = strtok_r(c->v[i] + 4, ",", &save); w;
			     w = strtok_r(NULL, ",", &save)) {
				uint8_t leaf, part;

				leaf_part(l, b, w, strlen(w), &leaf, &part);
				GEN_PUSH(arns, n_arns, leaf);
				a.n_arns++;
			}
		} else if (strcmp(c->v[i], "exclusive") == 0) {
			a.flags |= LP_ACT_EXCLUSIVE;
		} else if (strcmp(c->v[i], "dependent") == 0) {
			a.flags |= LP_ACT_DEPENDENT;
		} else if (strcmp(c->v[i], "possible") == 0) {
			a.flags |= LP_ACT_POSSIBLE;
		} else if (strcmp(c->v[i], "ifnamed") == 0) {
			a.flags |= LP_ACT_IF_NAMED;
		} else {
			gen_line_die(l, "unknown flag %s", c->v[i]);
		}
	}
	if (b->data.n_acts == UINT8_MAX)
		gen_line_die(l, "too many acts");
	GEN_PUSH(acts, n_acts, a);
	b->data.n_acts++;
}

static void read_when(const struct gen_line *l, struct op_build *b, const struct cells *c)
{
	static const char *const kinds[] = {"has", "no", "eq", "ne", "like", "unlike"};
	struct lp_when_data w = {.kind = 0xff};
	struct lp_act_data *a = last_act(l, b);

	for (uint8_t k = 0; k < 6; k++)
		if (strcmp(c->v[0], kinds[k]) == 0)
			w.kind = k;
	if (w.kind == 0xff || c->n < 2)
		gen_line_die(l, "unknown condition");
	leaf_part(l, b, c->v[1], strlen(c->v[1]), &w.leaf, &w.part);
	w.value = gen_pool_add(&pool, c->n > 2 ? c->v[2] : "");
	GEN_PUSH(whens, n_whens, w);
	a->n_when++;
}

static void read_res(const struct gen_line *l, struct op_build *b, const struct cells *c)
{
	struct lp_act_data *a = last_act(l, b);
	struct lp_res_data r = {0};
	const char *name = pool.data + actions[a->action].name;
	size_t p;

	if (c->n != 3)
		gen_line_die(l, "want: res TYPE MARK ARN");
	for (p = 0; p < n_prefixes; p++) {
		const char *s = pool.data + prefixes[p].name;

		if (strncmp(name, s, strlen(s)) == 0 && name[strlen(s)] == ':')
			break;
	}
	r.type = (uint16_t)type_number(l, p, c->v[0]);
	if (strchr(c->v[1], '!'))
		r.flags |= LP_RES_REQUIRED;
	if (strchr(c->v[1], '?'))
		r.flags |= LP_RES_ELSE;
	if (strchr(c->v[1], '~'))
		r.flags |= LP_RES_EITHER;
	if (strchr(c->v[1], 's'))
		r.flags |= LP_RES_SMALL;
	r.tmpl = compile_template(l, b, c->v[2]);
	GEN_PUSH(res, n_res, r);
	if (a->n_res == UINT8_MAX)
		gen_line_die(l, "too many resources");
	a->n_res++;
}

static void read_cond(const struct gen_line *l, struct op_build *b, const struct cells *c)
{
	struct lp_act_data *a = last_act(l, b);
	struct lp_cond_data d;

	if (c->n != 3)
		gen_line_die(l, "want: cond OPERATOR KEY VALUE");
	d.op = gen_pool_add(&pool, c->v[0]);
	d.key = gen_pool_add(&pool, c->v[1]);
	d.value = compile_template(l, b, c->v[2]);
	GEN_PUSH(act_conds, n_act_conds, d);
	a->n_conds++;
}

static uint16_t why_number(const char *text)
{
	uint32_t *at = number_of("why", text);

	if (!*at) {
		GEN_PUSH(whys, n_whys, gen_pool_add(&pool, text));
		*at = (uint32_t)n_whys;
	}
	return u16(*at - 1, "reasons");
}

static void end_op(struct op_build *b, struct lp_iam_op_data *ops, long no)
{
	struct lp_trie_set set;
	char key[64];
	uint32_t *at;

	if (!b->line)
		return;
	end_act(b);
	b->data.first_leaf =
		share_run("leaves", leaves, &n_leaves, b->data.first_leaf, sizeof(*leaves));
	for (int f = 0; f < LP_BODY_FAMILIES; f++)
		set.root[f] = add_trie(&b->trees[f], b->sig[f]);
	snprintf(key, sizeof(key), "%u %u %u", set.root[0], set.root[1], set.root[2]);
	at = number_of("tries", key);
	if (!*at) {
		GEN_PUSH(tries, n_tries, set);
		*at = (uint32_t)n_tries;
	}
	b->data.tries = (uint16_t)(*at - 1);
	if (n_tries >= LP_IAM_OP_NONE_NEEDED)
		gen_die("too many tries");
	if (b->none && !b->data.n_acts)
		b->data.tries = LP_IAM_OP_NONE_NEEDED;
	if (no >= 0)
		ops[no] = b->data;
	else
		fprintf(stderr, "%s:%d: warning: the API tables do not have this operation\n",
			b->line->file, b->line->no);
	memset(b, 0, sizeof(*b));
}

static struct lp_iam_op_data *read_operations(const char *tables, const struct gen_api *api)
{
	struct lp_iam_op_data *ops = gen_alloc(api->n_ops * sizeof(*ops));
	static struct op_build b;
	struct gen_line *lines = NULL;
	size_t n = 0;
	char path[4096];
	const char *dir = NULL;
	long no = -1;

	snprintf(path, sizeof(path), "%.4000s/bind", tables);
	gen_read_dir(path, "", &lines, &n);
	snprintf(path, sizeof(path), "%.4000s/hand", tables);
	gen_read_dir(path, "bind-", &lines, &n);
	for (size_t i = 0; i < n; i++) {
		const struct gen_line *l = &lines[i];
		const char *k = l->word[0];
		struct cells c = split_cells(l);

		if (strcmp(k, "dir") == 0 || strcmp(k, "op") == 0)
			end_op(&b, ops, no);
		if (strcmp(k, "dir") == 0) {
			dir = c.v[0];
		} else if (strcmp(k, "op") == 0 && dir) {
			no = gen_api_find(api, dir, c.v[0]);
			b.line = l;
			b.data.first_act = u16(n_acts, "acts");
			b.data.first_leaf = u16(n_leaves, "leaves");
			for (int f = 0; f < LP_BODY_FAMILIES; f++)
				b.trees[f].leaf = LP_LEAF_NONE;
		} else if (!b.line) {
			gen_line_die(l, "stands before any op");
		} else if (strcmp(k, "none") == 0) {
			b.none = true;
		} else if (strcmp(k, "leaf") == 0) {
			read_leaf(l, &b, &c);
		} else if (strcmp(k, "act") == 0) {
			end_act(&b);
			read_act(l, &b, &c);
		} else if (strcmp(k, "when") == 0) {
			read_when(l, &b, &c);
		} else if (strcmp(k, "res") == 0) {
			read_res(l, &b, &c);
		} else if (strcmp(k, "cond") == 0) {
			read_cond(l, &b, &c);
		} else if (strcmp(k, "why") == 0) {
			last_act(l, &b)->why = why_number(l->rest);
		} else {
			gen_line_die(l, "unknown line");
		}
	}
	end_op(&b, ops, no);
	return ops;
}

/* --- output ----------------------------------------------------------------------------------- */

static void write_slots(const char *what, size_t n, const uint32_t *names)
{
	uint32_t size = 16;
	uint16_t *slots;

	/* Up to three quarters full: not looked up for every request. */
	while (size < n + n / 3)
		size *= 2;
	slots = gen_alloc(size * sizeof(*slots));
	for (size_t i = 0; i < n; i++) {
		char low[512];
		size_t len = strlen(pool.data + names[i]);
		uint32_t h;

		if (len >= sizeof(low))
			gen_die("%s: name too long", pool.data + names[i]);
		for (size_t j = 0; j < len; j++) {
			char ch = pool.data[names[i] + j];

			low[j] = ch >= 'A' && ch <= 'Z' ? (char)(ch + ('a' - 'A')) : ch;
		}
		for (h = lp_hash(low, len) & (size - 1); slots[h]; h = (h + 1) & (size - 1))
			;
		slots[h] = (uint16_t)(i + 1);
	}
	printf("const uint32_t lp_iam_%s_mask = %u;\nconst uint16_t lp_iam_%s_slots[] = {", what,
	       size - 1, what);
	for (uint32_t i = 0; i < size; i++)
		printf("%s%u,", i % 16 ? "" : "\n\t", slots[i]);
	puts("\n};");
}

#define WRITE(type, name, n, fmt, ...)                                                             \
	do {                                                                                       \
		printf("const " type " " name "[] = {\n");                                         \
		for (size_t i = 0; i < (n); i++)                                                   \
			printf("\t" fmt ",\n", __VA_ARGS__);                                       \
		if (!(n))                                                                          \
			puts("\t{0},");                                                            \
		puts("};");                                                                        \
	} while (0)

static void write_all(const struct lp_iam_op_data *ops, size_t n_ops)
{
	uint32_t *names = gen_alloc((n_actions + n_prefixes) * sizeof(*names));

	puts("/* Made by gen_iam from collector/model/tables. Do not edit. */\n"
	     "#include \"model/iam_data.h\"\n");
	printf("const unsigned lp_iam_n_prefixes = %zu, lp_iam_n_actions = %zu, lp_iam_n_types = "
	       "%zu,\n"
	       "\tlp_iam_n_ops = %zu;\n",
	       n_prefixes, n_actions, n_types, n_ops);
	WRITE("struct lp_iam_prefix_data", "lp_iam_prefixes", n_prefixes, "{%u,%u,%u,%u,%u}",
	      prefixes[i].name, prefixes[i].first_action, prefixes[i].n_actions,
	      prefixes[i].first_type, prefixes[i].n_types);
	WRITE("struct lp_iam_action_data", "lp_iam_actions", n_actions, "{%u,%u,%u,%u,%u,%u,%u}",
	      actions[i].name, actions[i].first_cond, actions[i].first_ref, actions[i].n_refs,
	      actions[i].n_conds, (unsigned)actions[i].level, (unsigned)actions[i].deps);
	WRITE("struct lp_iam_type_data", "lp_iam_types", n_types, "{%u,%u,%u,%u,%u,%u}",
	      types[i].name, types[i].prefix, types[i].first_pattern, types[i].first_cond,
	      types[i].n_patterns, types[i].n_conds);
	WRITE("uint32_t", "lp_iam_levels", n_levels, "%u", levels[i]);
	WRITE("uint16_t", "lp_iam_refs", n_refs, "%u", refs[i]);
	WRITE("uint32_t", "lp_iam_patterns", n_patterns, "%u", patterns[i]);
	WRITE("uint32_t", "lp_iam_conds", n_conds, "%u", conds[i]);
	WRITE("uint16_t", "lp_iam_cond_refs", n_cond_refs, "%u", cond_refs[i]);
	WRITE("uint16_t", "lp_iam_deps", n_deps, "%u", deps[i]);
	WRITE("uint16_t", "lp_iam_dep_actions", n_dep_actions, "%u", dep_actions[i]);
	WRITE("struct lp_iam_op_data", "lp_iam_ops", n_ops, "{%u,%u,%u,%u,%u}", ops[i].first_act,
	      ops[i].first_leaf, ops[i].tries, ops[i].n_acts, ops[i].n_leaves);
	WRITE("struct lp_act_data", "lp_iam_acts", n_acts, "{%u,%u,%u,%u,%u,%u,%u,%u,%u,%u,%u}",
	      acts[i].action, acts[i].first_res, acts[i].first_arn, acts[i].first_when,
	      acts[i].first_cond, acts[i].why, acts[i].flags, acts[i].n_res, acts[i].n_arns,
	      acts[i].n_when, acts[i].n_conds);
	WRITE("struct lp_leaf_data", "lp_iam_leaves", n_leaves, "{%u,%u,%u,%u}", leaves[i].name,
	      leaves[i].loc, leaves[i].split, leaves[i].flags);
	WRITE("struct lp_when_data", "lp_iam_whens", n_whens, "{%u,%u,%u,%u,0}", whens[i].value,
	      whens[i].kind, whens[i].leaf, whens[i].part);
	WRITE("struct lp_res_data", "lp_iam_res", n_res, "{%u,%u,%u,0}", res[i].tmpl, res[i].type,
	      res[i].flags);
	WRITE("struct lp_cond_data", "lp_iam_act_conds", n_act_conds, "{%u,%u,%u}", act_conds[i].op,
	      act_conds[i].key, act_conds[i].value);
	WRITE("uint32_t", "lp_iam_whys", n_whys, "%u", whys[i]);
	WRITE("uint8_t", "lp_iam_arns", n_arns, "%u", arns[i]);
	WRITE("struct lp_trie_set", "lp_iam_tries", n_tries, "{{%u,%u,%u}}", tries[i].root[0],
	      tries[i].root[1], tries[i].root[2]);
	WRITE("struct lp_trie_node", "lp_iam_nodes", n_nodes, "{%u,%u,%u,%u,%u}", nodes[i].name,
	      nodes[i].n_children, nodes[i].flags, nodes[i].leaf, nodes[i].first_child);
	WRITE("struct lp_split_data", "lp_iam_splits", n_splits, "{%u,%u,%u,%u,%u,%u}",
	      splits[i].first, splits[i].n, splits[i].builtin, splits[i].decode, splits[i].n_parts,
	      splits[i].lower);
	WRITE("uint32_t", "lp_iam_split_patterns", n_split_patterns, "%u", split_patterns[i]);
	for (size_t i = 0; i < n_actions; i++)
		names[i] = actions[i].name;
	write_slots("action", n_actions, names);
	for (size_t i = 0; i < n_prefixes; i++)
		names[i] = prefixes[i].name;
	write_slots("prefix", n_prefixes, names);
	gen_pool_write(&pool, stdout, "lp_iam_pool");
}

/*
 * Keys of number_of() went into the pool beside the names; what is written must hold only what the
 * data refers to, so every offset is moved to a second pool.
 */
static struct gen_pool fresh;

static void move(uint32_t *offset)
{
	*offset = gen_pool_add(&fresh, pool.data + *offset);
}

static void repack(void)
{
	gen_pool_add(&fresh, "");
	for (size_t i = 0; i < n_prefixes; i++)
		move(&prefixes[i].name);
	for (size_t i = 0; i < n_actions; i++)
		move(&actions[i].name);
	for (size_t i = 0; i < n_types; i++)
		move(&types[i].name);
	for (size_t i = 0; i < n_levels; i++)
		move(&levels[i]);
	for (size_t i = 0; i < n_patterns; i++)
		move(&patterns[i]);
	for (size_t i = 0; i < n_conds; i++)
		move(&conds[i]);
	for (size_t i = 0; i < n_split_patterns; i++)
		move(&split_patterns[i]);
	for (size_t i = 0; i < n_whys; i++)
		move(&whys[i]);
	for (size_t i = 0; i < n_leaves; i++)
		move(&leaves[i].name);
	for (size_t i = 0; i < n_whens; i++)
		move(&whens[i].value);
	for (size_t i = 0; i < n_res; i++)
		move(&res[i].tmpl);
	for (size_t i = 0; i < n_act_conds; i++) {
		move(&act_conds[i].op);
		move(&act_conds[i].key);
		move(&act_conds[i].value);
	}
	for (size_t i = 0; i < n_nodes; i++)
		move(&nodes[i].name);
	pool = fresh;
}

int main(int argc, char **argv)
{
	struct gen_api api;
	struct lp_iam_op_data *ops;
	struct lp_trie_node none = {.leaf = LP_LEAF_NONE};

	if (argc != 2)
		gen_die("usage: gen_iam TABLES");
	gen_pool_add(&pool, "");
	GEN_PUSH(whys, n_whys, 0);
	GEN_PUSH(nodes, n_nodes, none);
	gen_api_read(argv[1], &api);
	read_reference(argv[1]);
	read_splits(argv[1]);
	ops = read_operations(argv[1], &api);
	repack();
	write_all(ops, api.n_ops);
	return fflush(stdout) || ferror(stdout) ? 1 : 0;
}
