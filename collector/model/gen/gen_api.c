/* SPDX-License-Identifier: MIT */
/*
 * gen_api TABLES > api_data.c: compiles the API tables (gen.h says how they are written) to the
 * constants that collector/model/api_data.h declares. All hashing and all sorting by preference
 * happens here, so that the programs start without any work.
 */

#include <ctype.h>

#include "gen.h"
#include "../api_data.h"

static struct gen_api api;
static struct gen_pool pool;

static void check16(size_t n, const char *what)
{
	if (n >= 0xffff)
		gen_die("%zu %s do not fit 16 bits", n, what);
}

/* Slots of an open-addressed table, at most two thirds full. */
struct slots {
	uint16_t *slot;
	uint32_t mask;
};

static void slots_init(struct slots *s, size_t n)
{
	size_t size = 16;

	while (size * 2 < n * 3)
		size *= 2;
	s->slot = gen_alloc(size * sizeof(*s->slot));
	s->mask = (uint32_t)(size - 1);
}

static void slots_put(struct slots *s, uint32_t hash, size_t entry)
{
	check16(entry, "entries of a hash table");
	while (s->slot[hash & s->mask])
		hash++;
	s->slot[hash & s->mask] = (uint16_t)(entry + 1);
}

static void write_u16(const char *name, const uint16_t *v, size_t n)
{
	printf("const uint16_t %s[%zu] = {", name, n ? n : 1);
	for (size_t i = 0; i < n; i++)
		printf("%s%u,", i % 16 ? " " : "\n\t", v[i]);
	puts(n ? "\n};" : "0};");
}

static void write_u32(const char *name, const uint32_t *v, size_t n)
{
	printf("const uint32_t %s[%zu] = {", name, n ? n : 1);
	for (size_t i = 0; i < n; i++)
		printf("%s%u,", i % 12 ? " " : "\n\t", v[i]);
	puts(n ? "\n};" : "0};");
}

static void write_slots(const char *name, const struct slots *s)
{
	char what[64];

	snprintf(what, sizeof(what), "lp_api_%s_slots", name);
	write_u16(what, s->slot, (size_t)s->mask + 1);
	printf("const uint32_t lp_api_%s_mask = %u;\n", name, s->mask);
}

/* --- names to services ------------------------------------------------------------------------ */

struct name {
	uint32_t str, prefix;
	size_t n;
	uint16_t *service;
};

struct names {
	struct name *v;
	size_t n;
	uint32_t *by_str; /* index + 1 by pool offset */
	size_t n_by_str;
};

static uint16_t *lists;
static size_t n_lists;

static void names_add(struct names *names, const char *s, uint16_t service)
{
	uint32_t str = gen_pool_add(&pool, s);
	struct name *name;

	if (str >= names->n_by_str) {
		size_t n = 2 * ((size_t)str + 1);

		names->by_str = realloc(names->by_str, n * sizeof(uint32_t));
		if (!names->by_str)
			gen_die("out of memory");
		memset(names->by_str + names->n_by_str, 0,
		       (n - names->n_by_str) * sizeof(uint32_t));
		names->n_by_str = n;
	}
	if (!names->by_str[str]) {
		struct name fresh = {.str = str};

		GEN_PUSH(names->v, names->n, fresh);
		names->by_str[str] = (uint32_t)names->n;
	}
	name = &names->v[names->by_str[str] - 1];
	for (size_t i = 0; i < name->n; i++)
		if (name->service[i] == service)
			return;
	GEN_PUSH(name->service, name->n, service);
}

/* Where several services share a name, the one with most operations is the likeliest meant. */
static int by_size(const void *a, const void *b)
{
	uint16_t x = *(const uint16_t *)a, y = *(const uint16_t *)b;
	uint32_t nx = api.services[x].n_ops, ny = api.services[y].n_ops;

	return nx != ny ? (nx < ny) - (nx > ny) : (x > y) - (x < y);
}

/* Lower case, blanks and hyphens dropped; model.c does the same to what it looks up. */
static const char *lax(const char *s)
{
	char *out = gen_strndup(s, strlen(s)), *p = out;

	for (; *s; s++)
		if (*s != ' ' && *s != '-' && *s != '_')
			*p++ = (char)tolower((unsigned char)*s);
	*p = '\0';
	return out;
}

static void names_sort(struct names *names)
{
	for (size_t i = 0; i < names->n; i++)
		qsort(names->v[i].service, names->v[i].n, sizeof(uint16_t), by_size);
}

/* Adds the services of each name of `from` under the lax form of that name. */
static void names_add_lax(struct names *laxes, const struct names *from)
{
	for (size_t i = 0; i < from->n; i++)
		for (size_t k = 0; k < from->v[i].n; k++)
			names_add(laxes, lax(pool.data + from->v[i].str), from->v[i].service[k]);
}

static void names_write(const struct names *names, const char *what)
{
	struct slots s;

	slots_init(&s, names->n);
	printf("const struct lp_api_name lp_api_%s[%zu] = {\n", what, names->n);
	for (size_t i = 0; i < names->n; i++) {
		const struct name *name = &names->v[i];
		const char *str = pool.data + name->str;

		printf("\t{%u, %u, %zu, %zu},\n", name->str, name->prefix, n_lists, name->n);
		for (size_t k = 0; k < name->n; k++)
			GEN_PUSH(lists, n_lists, name->service[k]);
		slots_put(&s, lp_hash(str, strlen(str)), i);
	}
	puts("};");
	check16(n_lists, "services in lists");
	write_slots(what, &s);
}

static uint16_t service_of(const struct gen_line *l, const char *dir)
{
	struct gen_service key = {.dir = dir};
	const struct gen_service *s =
		bsearch(&key, api.services, api.n_services, sizeof(key), gen_service_cmp);

	if (!s)
		gen_line_die(l, "no service %s", dir);
	return (uint16_t)(s - api.services);
}

static void words_add(struct names *names, const struct gen_line *l, uint16_t service)
{
	for (int i = 1; l && i < l->n; i++)
		names_add(names, l->word[i], service);
}

static void add_prefix(struct names *hosts, const struct gen_line *l)
{
	uint32_t str = gen_pool_add(&pool, l->word[1]);

	if (l->n < 3 || str >= hosts->n_by_str || !hosts->by_str[str])
		gen_line_die(l, "no service has this host");
	hosts->v[hosts->by_str[str] - 1].prefix = gen_pool_add(
		&pool, l->rest + strlen(l->word[1]) + strspn(l->rest + strlen(l->word[1]), " \t"));
}

static void write_names(void)
{
	struct names signs = {0}, hosts = {0}, targets = {0}, laxes = {0}, dates = {0};
	uint16_t service = 0;

	for (size_t i = 0; i < api.n_lines; i++) {
		const struct gen_line *l = &api.lines[i];
		const char *key = l->word[0];

		if (strcmp(key, "dir") == 0 || strcmp(key, "more") == 0)
			service = service_of(l, l->word[1]);
		else if (strcmp(key, "sign") == 0)
			words_add(&signs, l, service);
		else if (strcmp(key, "host") == 0)
			words_add(&hosts, l, service);
		else if (strcmp(key, "target") == 0)
			words_add(&targets, l, service);
		else if (strcmp(key, "version") == 0)
			words_add(&dates, l, service);
		else if (strcmp(key, "also") == 0)
			names_add(&laxes, lax(l->rest), service);
	}
	for (size_t i = 0; i < api.n_lines; i++)
		if (strcmp(api.lines[i].word[0], "prefix") == 0)
			add_prefix(&hosts, &api.lines[i]);
	/* "data-" before "lakeformation": hosts of their own, but for prefixes that hold a label.
	 */
	for (size_t i = 0; i < api.n_ops; i++) {
		const struct gen_op *op = &api.ops[i];
		const struct gen_line *host = api.services[op->service].host;
		const char *prefix = op->line->word[op->line->n - 1];
		char full[256];

		if (prefix[0] != '@' || strchr(prefix, '{') || !host)
			continue;
		snprintf(full, sizeof(full), "%s%s", prefix + 1, host->word[1]);
		names_add(&hosts, full, op->service);
	}
	for (size_t i = 0; i < api.n_services; i++)
		names_add(&laxes, lax(api.services[i].id), (uint16_t)i);
	for (size_t i = 0; i < api.n_services; i++)
		names_add(&laxes, lax(api.services[i].dir), (uint16_t)i);
	names_sort(&signs);
	names_sort(&hosts);
	names_sort(&targets);
	names_sort(&dates);
	names_add_lax(&laxes, &signs);
	names_add_lax(&laxes, &hosts);

	names_write(&signs, "signs");
	names_write(&hosts, "hosts");
	names_write(&targets, "targets");
	names_write(&dates, "dates");
	names_write(&laxes, "lax");
	write_u16("lp_api_lists", lists, n_lists);
}

/* --- services and operations ------------------------------------------------------------------ */

static uint8_t protocol_of(const struct gen_line *l, const char *name)
{
	static const char *const names[LP_PROTOCOLS] = {
		[LP_PROTOCOL_QUERY] = "query",	     [LP_PROTOCOL_EC2] = "ec2",
		[LP_PROTOCOL_JSON] = "json",	     [LP_PROTOCOL_REST_JSON] = "rest-json",
		[LP_PROTOCOL_REST_XML] = "rest-xml", [LP_PROTOCOL_CBOR] = "cbor",
	};

	for (int i = 0; i < LP_PROTOCOLS; i++)
		if (strcmp(name, names[i]) == 0)
			return (uint8_t)i;
	gen_line_die(l, "no protocol %s", name);
}

static void write_services(void)
{
	uint16_t service = 0;

	for (size_t i = 0; i < api.n_lines; i++) {
		const struct gen_line *l = &api.lines[i];

		if (strcmp(l->word[0], "dir") == 0 || strcmp(l->word[0], "more") == 0)
			service = service_of(l, l->word[1]);
		else if (strcmp(l->word[0], "token-auth") == 0)
			api.services[service].token_auth = true;
		else if (strcmp(l->word[0], "coded-slash") == 0)
			api.services[service].coded_slash = true;
	}
	check16(api.n_services, "services");
	printf("const uint16_t lp_api_n_services = %zu;\n", api.n_services);
	printf("const struct lp_api_service lp_api_services[%zu] = {\n", api.n_services);
	for (size_t i = 0; i < api.n_services; i++) {
		const struct gen_service *s = &api.services[i];
		unsigned protocols = 0;

		if (!s->id || !s->sign || !s->host || !s->protocol || !s->version ||
		    s->sign->n < 2 || s->host->n < 2 || s->protocol->n < 2)
			gen_die("service %s: id, sign, host, protocol or version is missing",
				s->dir);
		for (int k = 1; k < s->protocol->n; k++)
			protocols |= 1u << protocol_of(s->protocol, s->protocol->word[k]);
		printf("\t{%u, %u, %u, %u, %u, %u, %u, %u, %u},\n", gen_pool_add(&pool, s->id),
		       gen_pool_add(&pool, s->dir), gen_pool_add(&pool, s->sign->word[1]),
		       gen_pool_add(&pool, s->host->word[1]), s->first_op, s->n_ops,
		       protocol_of(s->protocol, s->protocol->word[1]), protocols,
		       (s->behind_prefix ? LP_API_BEHIND_PREFIX : 0u) |
			       (s->own_hosts ? LP_API_OWN_HOSTS : 0u) |
			       (s->token_auth ? LP_API_TOKEN_AUTH : 0u) |
			       (s->coded_slash ? LP_API_CODED_SLASH : 0u));
	}
	puts("};");
}

static bool has_word(const struct gen_line *l, const char *word)
{
	for (int i = 2; i < l->n; i++)
		if (strcmp(l->word[i], word) == 0)
			return true;
	return false;
}

static void write_ops(void)
{
	uint32_t *prefixes = NULL;
	size_t n_prefixes = 0;
	struct slots s;

	check16(api.n_ops, "operations");
	GEN_PUSH(prefixes, n_prefixes, 0);
	slots_init(&s, api.n_ops);
	printf("const uint16_t lp_api_n_ops = %zu;\n", api.n_ops);
	printf("const struct lp_api_op lp_api_ops[%zu] = {\n", api.n_ops);
	for (size_t i = 0; i < api.n_ops; i++) {
		const struct gen_op *op = &api.ops[i];
		const char *last = op->line->word[op->line->n - 1];
		unsigned flags = 0;
		size_t prefix = 0;

		if (has_word(op->line, "!unsigned"))
			flags |= LP_OP_UNSIGNED;
		if (has_word(op->line, "!old"))
			flags |= LP_OP_OLD;
		if (api.services[op->service].bearer)
			flags |= LP_OP_BEARER;
		for (int k = 2; k < op->line->n; k++)
			if (op->line->word[k][0] == '@')
				last = op->line->word[k];
		if (last[0] == '@') {
			uint32_t str = gen_pool_add(&pool, last + 1);

			while (prefix < n_prefixes && prefixes[prefix] != str)
				prefix++;
			if (prefix == n_prefixes)
				GEN_PUSH(prefixes, n_prefixes, str);
		}
		if (prefix > 0xff)
			gen_line_die(op->line, "too many host prefixes");
		printf("\t{%u, %u, %u, %zu},\n", gen_pool_add(&pool, op->name), op->service, flags,
		       prefix);
		slots_put(&s, lp_api_op_hash(op->service, op->name, strlen(op->name)), i);
	}
	puts("};");
	write_slots("op", &s);
	write_u32("lp_api_host_prefixes", prefixes, n_prefixes);
}

/* --- URIs ------------------------------------------------------------------------------------- */

struct node {
	uint16_t label, greedy;
	bool inner;
	struct lp_api_route *route;
	bool *deprecated;
	size_t n;
};

static struct node *nodes;
static size_t n_nodes;
static struct lp_api_edge *edges;
static size_t n_edges;
static struct lp_api_cond *conds;
static size_t n_conds;
static uint32_t *labels, *query_keys, *headers;
static size_t n_labels, n_query_keys, n_headers;

static uint16_t node_new(void)
{
	struct node fresh = {0};

	check16(n_nodes, "URI nodes");
	GEN_PUSH(nodes, n_nodes, fresh);
	return (uint16_t)(n_nodes - 1);
}

/* Tables are small enough that building the tree may search an edge in a growing hash table. */
static uint16_t edge_child(uint16_t parent, const char *segment, size_t len)
{
	static uint32_t slot[1 << 17];
	uint32_t str = gen_pool_add_n(&pool, segment, len);
	uint32_t h = lp_api_edge_hash(parent, segment, len);
	struct lp_api_edge e = {.segment = str, .parent = parent};

	for (;; h++) {
		uint32_t at = slot[h % (1 << 17)];

		if (!at)
			break;
		if (edges[at - 1].parent == parent && edges[at - 1].segment == str)
			return edges[at - 1].child;
	}
	e.child = node_new();
	nodes[parent].inner = true;
	GEN_PUSH(edges, n_edges, e);
	if (n_edges > (1 << 16))
		gen_die("too many URI segments");
	slot[h % (1 << 17)] = (uint32_t)n_edges;
	return e.child;
}

static uint16_t number_of(uint32_t **list, size_t *n, const char *s, size_t len)
{
	uint32_t str = gen_pool_add_n(&pool, s, len);

	for (size_t i = 0; i < *n; i++)
		if ((*list)[i] == str)
			return (uint16_t)i;
	GEN_PUSH(*list, *n, str);
	return (uint16_t)(*n - 1);
}

static void add_conds(struct lp_api_route *r, const struct gen_line *l)
{
	r->first_cond = (uint16_t)n_conds;
	/* Literals first; the tables have them in this order, but hands may not. */
	for (int pass = 0; pass < 2; pass++) {
		for (int i = 4; i < l->n; i++) {
			const char *w = l->word[i], *eq = strchr(w, '=');
			size_t len = eq ? (size_t)(eq - w - 1) : strlen(w) - 1;
			struct lp_api_cond c = {.kind = LP_API_COND_QUERY};

			if (!strchr("?+^=", w[0]) ||
			    (w[0] == '?' || w[0] == '=' || (w[0] == '^' && eq)) != (pass == 0))
				continue;
			if (w[0] == '=') {
				c.kind = LP_API_COND_SIGN;
				c.value = gen_pool_add(&pool, w + 1);
			} else if (w[0] == '^') {
				c.kind = LP_API_COND_HEADER;
				c.key = number_of(&headers, &n_headers, w + 1, len);
				if (eq)
					c.value = gen_pool_add(&pool, eq + 1);
			} else {
				c.key = number_of(&query_keys, &n_query_keys, w + 1, len);
				if (eq && w[0] == '?')
					c.value = gen_pool_add(&pool, eq + 1);
			}
			GEN_PUSH(conds, n_conds, c);
			r->n_conds++;
			r->n_literal += pass == 0;
		}
	}
	check16(n_conds, "URI conditions");
	if (n_query_keys > LP_API_QUERY_KEYS_MAX)
		gen_line_die(l, "over %d query keys", LP_API_QUERY_KEYS_MAX);
}

/* Follows PATH from `at`, making nodes; adds the names of its labels. */
static uint16_t add_path(uint16_t at, const char *path, struct lp_api_route *r,
			 const struct gen_line *l)
{
	const char *seg, *end;

	if (path[0] != '/')
		gen_line_die(l, "a path starts with '/'");
	for (seg = path + 1; *seg; seg = *end ? end + 1 : end) {
		size_t len;

		end = seg + strcspn(seg, "/");
		len = (size_t)(end - seg);
		if (!len)
			continue;
		if (seg[0] != '{') {
			at = edge_child(at, seg, len);
			continue;
		}
		if (seg[len - 1] != '}')
			gen_line_die(l, "a label is a whole segment");
		if (seg[len - 2] == '+') {
			uint16_t child = nodes[at].greedy ? nodes[at].greedy : node_new();

			nodes[at].greedy = child;
			nodes[at].inner = true;
			at = child;
			len--;
		} else {
			uint16_t child = nodes[at].label ? nodes[at].label : node_new();

			nodes[at].label = child;
			nodes[at].inner = true;
			at = child;
		}
		GEN_PUSH(labels, n_labels, gen_pool_add_n(&pool, seg + 1, len - 2));
		r->n_labels++;
	}
	r->slash = path[1] && path[strlen(path) - 1] == '/';
	return at;
}

static void add_route(const struct gen_line *l, uint16_t service, const char *base)
{
	struct lp_api_route r = {0};
	char path[1024];
	long op = gen_api_find(&api, api.services[service].dir, l->word[1]);
	uint16_t at;
	size_t n;

	if (op < 0)
		gen_line_die(l, "no operation %s", l->word[1]);
	if (snprintf(path, sizeof(path), "%s%s", base, l->word[3]) >= (int)sizeof(path))
		gen_line_die(l, "path too long");
	r.op = (uint16_t)op;
	r.first_label = (uint16_t)n_labels;
	at = edge_child((uint16_t)(service + 1), l->word[2], strlen(l->word[2]));
	at = add_path(at, path, &r, l);
	check16(n_labels, "URI labels");
	add_conds(&r, l);
	n = nodes[at].n;
	GEN_PUSH(nodes[at].route, nodes[at].n, r);
	GEN_PUSH(nodes[at].deprecated, n, has_word(l, "!deprecated"));
}

static void swap_routes(struct node *node, size_t a, size_t b)
{
	struct lp_api_route r = node->route[a];
	bool d = node->deprecated[a];

	node->route[a] = node->route[b];
	node->deprecated[a] = node->deprecated[b];
	node->route[b] = r;
	node->deprecated[b] = d;
}

/* Most conditions first, then what is not deprecated: the first that holds is the answer. */
static void sort_routes(struct node *node)
{
	for (size_t i = 1; i < node->n; i++) {
		for (size_t k = i; k > 0; k--) {
			int more = node->route[k].n_conds - node->route[k - 1].n_conds;

			if (more < 0 ||
			    (more == 0 && (node->deprecated[k] || !node->deprecated[k - 1])))
				break;
			swap_routes(node, k, k - 1);
		}
	}
}

static void write_routes(void)
{
	uint16_t service = 0;
	struct slots s;
	size_t at = 0;

	node_new();
	for (size_t i = 0; i < api.n_services; i++)
		node_new();
	for (size_t i = 0; i < api.n_lines; i++) {
		const struct gen_line *l = &api.lines[i];
		const char *key = l->word[0];
		const struct gen_line *base;

		if (strcmp(key, "dir") == 0 || strcmp(key, "more") == 0)
			service = service_of(l, l->word[1]);
		if ((strcmp(key, "op") != 0 && strcmp(key, "route") != 0) || l->n < 4)
			continue;
		add_route(l, service, "");
		base = api.services[service].base;
		for (int k = 1; base && k < base->n; k++)
			add_route(l, service, base->word[k]);
	}

	printf("const struct lp_api_node lp_api_nodes[%zu] = {\n", n_nodes);
	for (size_t i = 0; i < n_nodes; i++) {
		sort_routes(&nodes[i]);
		if (nodes[i].n > 0xff)
			gen_die("%zu operations at one path", nodes[i].n);
		printf("\t{%u, %u, %zu, %zu, %d},\n", nodes[i].label, nodes[i].greedy,
		       nodes[i].n ? at : 0, nodes[i].n, nodes[i].inner);
		at += nodes[i].n;
	}
	puts("};");
	check16(at, "routes");
	printf("const struct lp_api_route lp_api_routes[%zu] = {\n", at);
	for (size_t i = 0; i < n_nodes; i++)
		for (size_t k = 0; k < nodes[i].n; k++) {
			const struct lp_api_route *r = &nodes[i].route[k];

			printf("\t{%u, %u, %u, %u, %u, %u, %u},\n", r->op, r->first_cond,
			       r->first_label, r->n_conds, r->n_literal, r->n_labels, r->slash);
		}
	puts("};");
	printf("const struct lp_api_cond lp_api_conds[%zu] = {\n", n_conds);
	for (size_t i = 0; i < n_conds; i++)
		printf("\t{%u, %u, %u},\n", conds[i].value, conds[i].key, conds[i].kind);
	puts("};");
	write_u32("lp_api_labels", labels, n_labels);
	write_u32("lp_api_headers", headers, n_headers);
	write_u32("lp_api_query_keys", query_keys, n_query_keys);
	slots_init(&s, n_query_keys);
	for (size_t i = 0; i < n_query_keys; i++) {
		const char *key = pool.data + query_keys[i];

		slots_put(&s, lp_hash(key, strlen(key)), i);
	}
	write_slots("query_key", &s);

	slots_init(&s, n_edges);
	printf("const struct lp_api_edge lp_api_edges[%zu] = {\n", n_edges);
	for (size_t i = 0; i < n_edges; i++) {
		const char *seg = pool.data + edges[i].segment;

		printf("\t{%u, %u, %u},\n", edges[i].segment, edges[i].parent, edges[i].child);
		slots_put(&s, lp_api_edge_hash(edges[i].parent, seg, strlen(seg)), i);
	}
	puts("};");
	write_slots("edge", &s);
}

/* --- partitions, regions, hosts --------------------------------------------------------------- */

/* Rows of two strings each, the longest first string first. */
struct pair {
	const char *a, *b;
};

static int by_length(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;
	size_t nx = strlen(x->a), ny = strlen(y->a);

	return nx != ny ? (nx < ny) - (nx > ny) : strcmp(x->a, y->a);
}

static void write_regions(void)
{
	struct pair *prefixes = NULL, *suffixes = NULL, *partitions = NULL;
	uint32_t *metadata = NULL, v2_sign = 0;
	size_t n_prefixes = 0, n_suffixes = 0, n_partitions = 0, n_metadata = 0;

	for (size_t i = 0; i < api.n_lines; i++) {
		const struct gen_line *l = &api.lines[i];
		const char *key = l->word[0];

		if (strcmp(key, "region-prefix") == 0 && l->n == 3) {
			GEN_PUSH(prefixes, n_prefixes, ((struct pair){l->word[2], l->word[1]}));
		} else if (strcmp(key, "partition") == 0 && l->n == 5) {
			GEN_PUSH(partitions, n_partitions, ((struct pair){l->word[1], l->word[2]}));
			GEN_PUSH(suffixes, n_suffixes, ((struct pair){l->word[2], l->word[1]}));
			GEN_PUSH(suffixes, n_suffixes, ((struct pair){l->word[3], l->word[1]}));
		} else if (strcmp(key, "suffix") == 0 && l->n == 3) {
			GEN_PUSH(suffixes, n_suffixes, ((struct pair){l->word[2], l->word[1]}));
		} else if (strcmp(key, "emulator") == 0 && l->n == 2) {
			GEN_PUSH(suffixes, n_suffixes, ((struct pair){l->word[1], ""}));
		} else if (strcmp(key, "metadata") == 0 && l->n == 2) {
			GEN_PUSH(metadata, n_metadata, gen_pool_add(&pool, l->word[1]));
		} else if (strcmp(key, "v2-header") == 0 && l->n == 2) {
			v2_sign = gen_pool_add(&pool, l->word[1]);
		}
	}
	if (!n_prefixes || !n_suffixes)
		gen_die("no partitions");
	qsort(prefixes, n_prefixes, sizeof(prefixes[0]), by_length);
	qsort(suffixes, n_suffixes, sizeof(suffixes[0]), by_length);

	printf("const struct lp_api_region lp_api_region_prefixes[%zu] = {\n", n_prefixes + 1);
	for (size_t i = 0; i < n_prefixes; i++)
		printf("\t{%u, %u},\n", gen_pool_add(&pool, prefixes[i].a),
		       gen_pool_add(&pool, prefixes[i].b));
	puts("\t{0, 0},\n};");
	puts("const struct lp_api_partition lp_api_partitions[] = {");
	for (size_t i = 0; i < n_partitions; i++)
		printf("\t{%u, %u},\n", gen_pool_add(&pool, partitions[i].a),
		       gen_pool_add(&pool, partitions[i].b));
	puts("\t{0, 0},\n};");
	printf("const struct lp_api_suffix lp_api_suffixes[] = {\n");
	for (size_t i = 0; i < n_suffixes; i++)
		/* China and GovCloud share suffixes with others: the region decides there. */
		if (i == 0 || strcmp(suffixes[i].a, suffixes[i - 1].a) != 0)
			printf("\t{%u, %u, %zu},\n", gen_pool_add(&pool, suffixes[i].a),
			       gen_pool_add(&pool, suffixes[i].b), strlen(suffixes[i].a));
	puts("\t{0, 0, 0},\n};");
	GEN_PUSH(metadata, n_metadata, 0);
	write_u32("lp_api_metadata_hosts", metadata, n_metadata);
	printf("const uint32_t lp_api_v2_header_sign = %u;\n", v2_sign);
}

int main(int argc, char **argv)
{
	if (argc != 2)
		gen_die("usage: gen_api TABLES");
	gen_api_read(argv[1], &api);
	gen_pool_add(&pool, "");
	puts("/* Made by collector/model/gen/gen_api.c from the API tables. Do not edit. */");
	puts("#include \"model/api_data.h\"\n");
	write_services();
	write_ops();
	write_names();
	write_routes();
	write_regions();
	gen_pool_write(&pool, stdout, "lp_api_pool");
	if (fflush(stdout) || ferror(stdout))
		gen_die("cannot write");
	return 0;
}
