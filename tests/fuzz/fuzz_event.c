/* SPDX-License-Identifier: MIT */
/*
 * What a traced process may send: any bytes as a ring's content, and any sequence of events. The
 * first byte of the input chooses: odd, the rest is the data area as it stands (places whose first
 * byte is even count as committed); even, the rest is a list of events, each
 * {type, conn, seq, len low, len high, payload}.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "../unit/ring_writer.h"
#include "source/assemble.h"
#include "source/ring.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(int ok)
{
	if (!ok)
		abort();
}

static volatile unsigned touched;

/* Touches all of a call, so that a span that points nowhere is found. */
static void on_call(void *ctx, const struct lp_call *c)
{
	const struct lp_span spans[] = {c->program, c->access_key, c->principal, c->host,
					c->region,  c->request_id, c->error_code};
	unsigned sum = 0;

	(void)ctx;
	for (size_t i = 0; i < LP_ARRAY_LEN(spans); i++)
		for (size_t k = 0; k < spans[i].len; k++)
			sum += (unsigned char)spans[i].ptr[k];
	demand(!c->unknown || c->reason);
	for (size_t i = 0; i < c->authz.n_grants; i++) {
		demand(c->authz.grants[i].n_resources > 0);
		for (size_t k = 0; k < c->authz.grants[i].n_resources; k++)
			sum += (unsigned)strlen(c->authz.grants[i].resources[k]);
	}
	for (size_t i = 0; c->response && i < c->response->n_fields; i++)
		for (size_t k = 0; k < c->response->fields[i].value.len; k++)
			sum += (unsigned char)c->response->fields[i].value.ptr[k];
	touched = sum;
}

struct target {
	struct lp_assemble *assemble;
	struct lp_process process;
};

static void on_event(void *ctx, const struct lp_event *ev)
{
	struct target *t = ctx;

	demand(lp_event_valid(ev));
	lp_assemble_event(t->assemble, &t->process, ev);
	demand(t->process.bytes <= LP_PENDING_PROCESS_BYTES);
}

static void raw(struct writer *w, const uint8_t *data, size_t size)
{
	uint64_t head;

	if (size > LP_RING_SIZE)
		size = LP_RING_SIZE;
	memcpy(w->data, data, size);
	for (uint64_t pos = 0; pos + LP_RING_ALIGN <= size; pos += LP_RING_ALIGN)
		if (data[pos] % 2 == 0)
			writer_commit(w, pos);
	head = (size + LP_RING_ALIGN - 1) / LP_RING_ALIGN * LP_RING_ALIGN;
	atomic_store(&w->hdr->head, head);
}

static void structured(struct writer *w, const uint8_t *data, size_t size)
{
	while (size >= 5) {
		size_t len = data[3] | (size_t)data[4] << 8;
		struct lp_event ev = {
			.type = data[0],
			.flags = LP_EVF_TLS,
			.conn = data[1],
			.seq = data[2],
			.time_ns = data[1] * 1000000000ull,
		};

		data += 5;
		size -= 5;
		if (len > size)
			len = size;
		if (atomic_load(&w->hdr->head) + writer_size(len) > LP_RING_SIZE)
			return;
		ev.payload = lp_span_of((const char *)data, len);
		writer_add(w, &ev);
		data += len;
		size -= len;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char scratch[LP_RING_RECORD_MAX];
	static struct writer w;
	struct target t = {.process = {.pid = 1, .source = LP_SOURCE_SHIM}};
	struct lp_blinds blinds = {.n = 0};
	struct lp_ring r;

	if (!size)
		return 0;
	if (!w.hdr)
		writer_open(&w);
	atomic_store(&w.hdr->head, 0);
	atomic_store(&w.hdr->tail, 0);
	demand(lp_ring_map(&r, w.fd) == 0);
	demand(lp_assemble_new(&t.assemble, on_call, NULL, &blinds) == 0);
	if (data[0] % 2)
		raw(&w, data + 1, size - 1);
	else
		structured(&w, data + 1, size - 1);
	lp_ring_drain(&r, true, 1, SIZE_MAX, scratch, on_event, &t);
	demand(atomic_load(&w.hdr->tail) == atomic_load(&w.hdr->head));
	lp_assemble_gone(t.assemble, &t.process);
	demand(t.process.bytes == 0);
	lp_assemble_free(t.assemble);
	lp_blinds_fini(&blinds);
	lp_ring_unmap(&r);
	return 0;
}
