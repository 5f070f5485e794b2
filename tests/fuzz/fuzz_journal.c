/* SPDX-License-Identifier: MIT */
/*
 * The journal's reader: any bytes give a ledger within its bounds, and the records that were taken
 * are the same when the file ends where the last of them ends. An input that starts with a line end
 * is lines, which are put into records here: a fuzzer does not find their sums by chance.
 */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include "policy/journal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int ok)
{
	if (!ok)
		abort();
}

static uint64_t read_back(const uint8_t *data, size_t size, struct lp_journal_stats *stats)
{
	struct lp_ledger *l;
	uint64_t end;
	int fd = memfd_create("journal", MFD_CLOEXEC);

	must(fd >= 0 && write(fd, data, size) == (ssize_t)size && lseek(fd, 0, SEEK_SET) == 0);
	must(lp_ledger_new(&l) == 0);
	lp_ledger_limit(l, 64 * 1024, true);
	must(lp_journal_read(fd, l, stats, &end) == 0);
	must(end <= size && end + stats->torn == size);
	lp_ledger_free(l);
	close(fd);
	return end;
}

static size_t frame(struct lp_span line, char *out)
{
	uint32_t head[4] = {LP_JOURNAL_MAGIC, LP_JOURNAL_CALL, (uint32_t)line.len, 0};

	head[3] = (uint32_t)crc32(crc32(0, (const Bytef *)&head[1], 8), (const Bytef *)line.ptr,
				  (uInt)line.len);
	memcpy(out, head, sizeof(head));
	memcpy(out + sizeof(head), line.ptr, line.len);
	return sizeof(head) + line.len;
}

static void check(const uint8_t *data, size_t size)
{
	struct lp_journal_stats stats, again;
	uint64_t end = read_back(data, size, &stats);

	must(read_back(data, (size_t)end, &again) == end);
	must(again.records == stats.records && again.bad == stats.bad && again.gaps == stats.gaps &&
	     again.torn == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lp_span rest = lp_span_of((const char *)data, size);
	size_t len = 0;
	char *framed;

	if (!size || data[0] != '\n') {
		check(data, size);
		return 0;
	}
	framed = malloc(size * (1 + LP_JOURNAL_HDR));
	must(framed != NULL);
	for (rest = lp_span_from(rest, 1); rest.len;) {
		struct lp_span line = lp_span_first(rest, lp_span_find(rest, '\n'));

		rest = lp_span_from(rest, line.len + 1);
		if (line.len)
			len += frame(line, framed + len);
	}
	check((const uint8_t *)framed, len);
	free(framed);
	return 0;
}
