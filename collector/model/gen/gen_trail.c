/* SPDX-License-Identifier: MIT */
/*
 * Compiles tables/trail/ (by scripts/import_trail.py) and tables/hand/trail.tbl into the constants
 * of ../trail_data.h, on standard output. Lines:
 *
 *	member DIR WIRE NAME
 *		what stands as WIRE in requests is NAME in logs; "-" for the whole body, "?" for the
 *		member that NAME's value names, to which the members beside it belong
 *
 *	event SOURCE NAME DIR OPERATION
 *		an event that is not called like its operation
 *
 *	source SOURCE SERVICE
 *		an event source that is no name of a service
 *
 *	data SOURCE TEXT
 *		what of a service is logged as data events, or not at all
 */
#include "gen.h"

#include "../trail_data.h"

struct table {
	const char *keyword, *name;
	struct lp_trail_row *rows;
	size_t n;
};

static struct gen_pool pool;
static struct table tables[] = {
	{.keyword = "member", .name = "member"},
	{.keyword = "event", .name = "event"},
	{.keyword = "source", .name = "source"},
	{.keyword = "data", .name = "data"},
};

static int by_strings(const void *x, const void *y)
{
	const struct lp_trail_row *a = x, *b = y;
	int c = strcmp(pool.data + a->a, pool.data + b->a);

	if (!c)
		c = strcmp(pool.data + a->b, pool.data + b->b);
	return c ? c : strcmp(pool.data + a->c, pool.data + b->c);
}

/* A member's name as look-ups compare it: small letters, without hyphens and underscores. */
static uint32_t plain(const char *name)
{
	char out[256];
	size_t n = 0;

	for (; *name && n + 1 < sizeof(out); name++)
		if (*name != '-' && *name != '_')
			out[n++] =
				*name >= 'A' && *name <= 'Z' ? (char)(*name + ('a' - 'A')) : *name;
	return gen_pool_add_n(&pool, out, n);
}

static void read_line(const struct gen_line *l, const struct gen_api *api)
{
	struct lp_trail_row row = {0};
	const char *k = l->word[0];
	char op[256];

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		struct table *t = &tables[i];

		if (strcmp(k, t->keyword) != 0)
			continue;
		if (l->n < (strcmp(k, "event") == 0 ? 5 : strcmp(k, "member") == 0 ? 4 : 3))
			gen_line_die(l, "too few words");
		row.a = gen_pool_add(&pool, l->word[1]);
		row.b = gen_pool_add(&pool, l->word[2]);
		if (strcmp(k, "member") == 0) {
			row.b = plain(l->word[3]);
			row.c = gen_pool_add(&pool, strcmp(l->word[2], "-") == 0 ? "" : l->word[2]);
		} else if (strcmp(k, "event") == 0) {
			if (gen_api_find(api, l->word[3], l->word[4]) < 0)
				gen_line_die(l, "no operation %s %s", l->word[3], l->word[4]);
			snprintf(op, sizeof(op), "%s %s", l->word[3], l->word[4]);
			row.c = gen_pool_add(&pool, op);
		} else if (strcmp(k, "data") == 0) {
			row.b = gen_pool_add(&pool,
					     l->rest + strlen(l->word[1]) +
						     strspn(l->rest + strlen(l->word[1]), " \t"));
		}
		GEN_PUSH(t->rows, t->n, row);
		return;
	}
	gen_line_die(l, "unknown line");
}

int main(int argc, char **argv)
{
	struct gen_line *lines = NULL;
	struct gen_api api;
	size_t n = 0;
	char path[4096];

	if (argc != 2)
		gen_die("usage: gen_trail TABLES");
	gen_pool_add(&pool, "");
	gen_api_read(argv[1], &api);
	snprintf(path, sizeof(path), "%.4000s/trail", argv[1]);
	gen_read_dir(path, "", &lines, &n);
	snprintf(path, sizeof(path), "%.4000s/hand", argv[1]);
	gen_read_dir(path, "trail", &lines, &n);
	for (size_t i = 0; i < n; i++)
		read_line(&lines[i], &api);
	puts("/* Made by gen_trail from collector/model/tables. Do not edit. */\n"
	     "#include \"model/trail_data.h\"\n");
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		struct table *t = &tables[i];

		if (t->n)
			qsort(t->rows, t->n, sizeof(t->rows[0]), by_strings);
		printf("const unsigned lp_trail_n_%ss = %zu;\n"
		       "const struct lp_trail_row lp_trail_%ss[] = {\n",
		       t->name, t->n, t->name);
		for (size_t r = 0; r < t->n; r++)
			printf("\t{%u,%u,%u},\n", t->rows[r].a, t->rows[r].b, t->rows[r].c);
		puts("\t{0,0,0},\n};");
	}
	gen_pool_write(&pool, stdout, "lp_trail_pool");
	return fflush(stdout) || ferror(stdout) ? 1 : 0;
}
