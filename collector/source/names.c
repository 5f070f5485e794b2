/* SPDX-License-Identifier: MIT */
#include "names.h"

#include "aws_host.h"

#define NAME_MAX_ 255 /* of a host, RFC 1035 */

/* Places are chosen by the seed, so that nobody outside can have addresses displace each other. */
static struct lp_name *place_of(struct lp_names *names, const uint8_t addr[16])
{
	return &names->v[lp_flow_hash(names->seed, addr, 16) % LP_NAMES_MAX];
}

struct lp_span lp_names_of(struct lp_names *names, const uint8_t addr[16])
{
	const struct lp_name *n = place_of(names, addr);

	return lp_span_str(memcmp(n->addr, addr, 16) ? "" : n->host);
}

void lp_names_add(struct lp_names *names, const uint8_t addr[16], struct lp_span host)
{
	struct lp_name *to = place_of(names, addr);

	if (!host.len || host.len >= sizeof(to->host) || lp_host_kind_of(host) != LP_HOST_AWS)
		return;
	memcpy(to->addr, addr, 16);
	memcpy(to->host, host.ptr, host.len);
	to->host[host.len] = '\0';
}

/* Passes over a name in a DNS message, which `out` (may be NULL) takes; 0: it is broken. */
static size_t dns_name(struct lp_span m, size_t at, char out[NAME_MAX_ + 1])
{
	size_t end = 0, len = 0;
	unsigned jumps = 0;

	for (;;) {
		uint8_t n;

		if (at >= m.len)
			return 0;
		n = (uint8_t)m.ptr[at];
		if (n >= 0xc0) {
			if (at + 1 >= m.len || ++jumps > 16)
				return 0;
			if (!end)
				end = at + 2;
			at = (size_t)(n & 0x3f) << 8 | (uint8_t)m.ptr[at + 1];
			continue;
		}
		if (n > 63 || at + 1 + n > m.len)
			return 0;
		if (!n)
			break;
		if (len + n + 1 > NAME_MAX_)
			return 0;
		if (out) {
			if (len)
				out[len++] = '.';
			memcpy(out + len, m.ptr + at + 1, n);
		}
		len += n;
		at += 1 + (size_t)n;
	}
	if (out)
		out[len] = '\0';
	return end ? end : at + 1;
}

static unsigned u16(struct lp_span m, size_t at)
{
	return (unsigned)(uint8_t)m.ptr[at] << 8 | (uint8_t)m.ptr[at + 1];
}

/* An answer (RFC 1035): the addresses of the name that was asked for, if it is AWS's. */
void lp_names_answer(struct lp_names *names, struct lp_span m)
{
	char host[NAME_MAX_ + 1];
	size_t at, len;

	if (m.len < 12 || !(m.ptr[2] & 0x80) || u16(m, 4) != 1)
		return;
	at = dns_name(m, 12, host);
	if (!at)
		return;
	at += 4;
	for (unsigned n = u16(m, 6); n; n--) {
		uint8_t addr[16] = {[10] = 0xff, [11] = 0xff};
		unsigned type;

		at = dns_name(m, at, NULL);
		if (!at || at + 10 > m.len)
			return;
		type = u16(m, at);
		len = u16(m, at + 8);
		at += 10;
		if (len > m.len - at)
			return;
		if (type == 1 && len == 4)
			memcpy(addr + 12, m.ptr + at, 4);
		else if (type == 28 && len == 16)
			memcpy(addr, m.ptr + at, 16);
		else
			type = 0;
		if (type)
			lp_names_add(names, addr, lp_span_str(host));
		at += len;
	}
}
