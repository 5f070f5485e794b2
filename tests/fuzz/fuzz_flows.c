/* SPDX-License-Identifier: MIT */
/*
 * Captured frames: a byte that chooses the kind of link, then frames, each after two bytes of
 * length. Bounded memory, no read past a frame's end, every buffer given back.
 */
#include <stdlib.h>

#include "source/flows.h"

static void on_call(void *ctx, const struct lp_call *call)
{
	(void)ctx;
	if (!call->operation && !call->unknown && !call->metadata)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int links[] = {1, 12, 0, 113, 276, 108, 228, 229, 239, 258};
	static struct lp_blinds blinds;
	struct lp_defrag *defrag = lp_defrag_new();
	struct lp_assemble *assemble;
	struct lp_flows *flows;
	struct lp_packet p;
	int link;

	if (!size || !defrag || lp_assemble_new(&assemble, on_call, NULL, &blinds)) {
		lp_defrag_free(defrag);
		return 0;
	}
	if (lp_flows_new(&flows, assemble, 31000))
		abort();
	link = links[data[0] % LP_ARRAY_LEN(links)];
	data++;
	size--;
	while (size >= 2) {
		size_t wire = (size_t)data[0] << 8 | data[1], n = wire < size - 2 ? wire : size - 2;
		char *frame = malloc(n ? n : 1);

		if (n)
			memcpy(frame, data + 2, n);
		if (lp_packet_read(defrag, link, lp_span_of(frame, n), wire, &p))
			lp_flows_packet(flows, &p, 1);
		free(frame);
		data += 2 + n;
		size -= 2 + n;
	}
	lp_flows_free(flows);
	lp_assemble_free(assemble);
	lp_blinds_fini(&blinds);
	lp_defrag_free(defrag);
	return 0;
}
