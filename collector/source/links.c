/* SPDX-License-Identifier: MIT */
#include "links.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char *hold(void *ctx)
{
	struct lp_link *l = ctx;
	char *buf;

	if (l->all->n_holds == LP_LINKS_HOLDS_MAX)
		return NULL;
	buf = malloc(LP_HEAD_MAX);
	if (buf)
		l->all->n_holds++;
	return buf;
}

static void release(void *ctx, char *buf)
{
	struct lp_link *l = ctx;

	if (buf)
		l->all->n_holds--;
	free(buf);
}

static void emit(void *ctx, const struct lp_conn *c, enum lp_event_type type, uint32_t seq,
		 const struct lp_span *parts, unsigned n_parts)
{
	struct lp_link *l = ctx;
	struct lp_links *ls = l->all;
	struct lp_event ev = {
		.conn = c->id,
		.time_ns = ls->time_ns,
		.seq = seq,
		.type = (uint16_t)type,
		.flags = c->flags,
	};
	size_t len = 0;

	for (unsigned i = 0; i < n_parts; i++) {
		if (parts[i].len > sizeof(ls->scratch) - len) {
			ls->no_room++;
			return;
		}
		if (parts[i].len)
			memcpy(ls->scratch + len, parts[i].ptr, parts[i].len);
		len += parts[i].len;
	}
	ev.payload = lp_span_of(ls->scratch, len);
	lp_assemble_event(ls->assemble, l->process, &ev);
}

static const struct lp_conn_host host = {.hold = hold, .release = release, .emit = emit};

static struct lp_link **place_of(struct lp_links *ls, pid_t pid, uint64_t key)
{
	struct lp_link **at = &ls->buckets[lp_links_bucket(key ^ (uint64_t)pid << 48)];

	while (*at && ((*at)->key != key || (*at)->process->pid != pid))
		at = &(*at)->next;
	return at;
}

struct lp_link *lp_links_find(struct lp_links *ls, pid_t pid, uint64_t key)
{
	return *place_of(ls, pid, key);
}

struct lp_link *lp_links_new(struct lp_links *ls, struct lp_process *p, struct lp_link **list,
			     uint64_t key, uint16_t flags)
{
	struct lp_link **at = place_of(ls, p->pid, key), *l = NULL;

	if (ls->n < LP_LINKS_MAX)
		l = calloc(1, sizeof(*l));
	if (!l) {
		ls->no_room++;
		return NULL;
	}
	l->all = ls;
	l->process = p;
	l->key = key;
	lp_conn_init(&l->conn, &host, l, ++ls->serial, flags);
	l->proc_next = *list;
	l->proc_at = list;
	if (l->proc_next)
		l->proc_next->proc_at = &l->proc_next;
	*list = l;
	*at = l;
	ls->n++;
	return l;
}

void lp_links_free(struct lp_links *ls, struct lp_link *l)
{
	struct lp_link **at = place_of(ls, l->process->pid, l->key);

	*at = l->next;
	*l->proc_at = l->proc_next;
	if (l->proc_next)
		l->proc_next->proc_at = l->proc_at;
	ls->n--;
	lp_conn_close(&l->conn);
	free(l);
}

void lp_links_login(struct lp_links *ls, struct lp_process *p, struct lp_link **list, uint64_t key,
		    const struct lp_login *login)
{
	struct lp_link *l = lp_links_new(ls, p, list, key, LP_EVF_TLS);
	struct lp_span parts[LP_LOGIN_PARTS];

	if (!l)
		return;
	lp_login_request(login, parts);
	for (size_t i = 0; i < LP_LOGIN_PARTS; i++)
		lp_conn_out(&l->conn, parts[i].ptr, parts[i].len);
	lp_links_free(ls, l);
}

void lp_links_close(struct lp_links *ls, struct lp_link **list)
{
	for (struct lp_link *l = *list, *next; l; l = next) {
		next = l->proc_next;
		lp_links_free(ls, l);
	}
}

void lp_links_name(struct lp_process *p)
{
	char name[32];
	ssize_t n;

	snprintf(name, sizeof(name), "/proc/%d/exe", (int)p->pid);
	n = readlink(name, p->program, sizeof(p->program) - 1);
	p->program[n > 0 ? n : 0] = '\0';
}
