/* SPDX-License-Identifier: MIT */
#include "host.h"

#define HOST_MAX    255 /* RFC 1035; a longer one is nobody's */
#define HEAD_LABELS 3	/* most labels that name a service: "data.jobs.iot" */

static const struct lp_api_name *find_name(const struct lp_api_name *rows, const uint16_t *slots,
					   uint32_t mask, struct lp_span name)
{
	uint16_t slot;

	for (uint32_t h = lp_hash(name.ptr, name.len); (slot = slots[h & mask]) != 0; h++)
		if (lp_span_eq(lp_api_str(rows[slot - 1].str), name))
			return &rows[slot - 1];
	return NULL;
}

const struct lp_api_name *lp_host_find_head(struct lp_span name)
{
	return find_name(lp_api_hosts, lp_api_hosts_slots, lp_api_hosts_mask, name);
}

const struct lp_api_name *lp_sign_find(struct lp_span name)
{
	return find_name(lp_api_signs, lp_api_signs_slots, lp_api_signs_mask, name);
}

const struct lp_api_name *lp_target_find(struct lp_span name)
{
	return find_name(lp_api_targets, lp_api_targets_slots, lp_api_targets_mask, name);
}

const struct lp_api_name *lp_date_find(struct lp_span name)
{
	return find_name(lp_api_dates, lp_api_dates_slots, lp_api_dates_mask, name);
}

/* letters '-' letters... '-' digits */
bool lp_has_region_shape(struct lp_span s)
{
	size_t i = s.len, hyphens = 0;

	if (s.len < 6 || s.len > 32)
		return false;
	while (i && s.ptr[i - 1] >= '0' && s.ptr[i - 1] <= '9')
		i--;
	if (i == s.len || !i || s.ptr[i - 1] != '-')
		return false;
	for (size_t k = 0; k < i; k++) {
		if (s.ptr[k] == '-')
			hyphens++;
		else if (s.ptr[k] < 'a' || s.ptr[k] > 'z')
			return false;
	}
	return hyphens >= 2;
}

bool lp_is_region(struct lp_span s)
{
	return lp_has_region_shape(s) && lp_model_known_partition(s);
}

bool lp_is_account(struct lp_span s)
{
	if (s.len != 12)
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] < '0' || s.ptr[i] > '9')
			return false;
	return true;
}

/* An availability zone's id as Express hosts carry it: "use1-az4" */
static bool is_zone(struct lp_span s)
{
	size_t i = s.len;

	while (i && s.ptr[i - 1] >= '0' && s.ptr[i - 1] <= '9')
		i--;
	return i < s.len && i > 3 && memcmp(s.ptr + i - 3, "-az", 3) == 0;
}

static struct lp_span last_label(struct lp_span s)
{
	size_t i = s.len;

	while (i && s.ptr[i - 1] != '.')
		i--;
	return lp_span_of(s.ptr + i, s.len - i);
}

static struct lp_span without_last(struct lp_span s)
{
	struct lp_span label = last_label(s);

	return lp_span_first(s, s.len > label.len ? s.len - label.len - 1 : 0);
}

/* Words of host names that say how a service is reached, not which it is. */
static bool is_filler(struct lp_span label)
{
	static const struct lp_span words[] = {
		{"dualstack", 9}, {"global", 6}, {"us-gov", 6}, {"fips", 4}, {"vpce", 4},
	};

	for (size_t i = 0; i < LP_ARRAY_LEN(words); i++)
		if (lp_span_eq(label, words[i]))
			return true;
	return false;
}

/* Appends a label without its FIPS mark; `out` holds HOST_MAX bytes. */
static size_t put_label(char *out, size_t len, struct lp_span label)
{
	static const struct lp_span first = {"fips-", 5}, last = {"-fips", 5};

	if (lp_span_starts(label, first))
		label = lp_span_from(label, first.len);
	else if (lp_span_ends(label, last))
		label.len -= last.len;
	if (label.len)
		memcpy(out + len, label.ptr, label.len);
	return len + label.len;
}

/*
 * The service head at the end of `s`: as many labels as a known head has, at most HEAD_LABELS. Sets
 * what stands before it. The old "s3-us-west-2" and the zones of Express are cut off one label.
 */
static const struct lp_api_name *find_head(struct lp_span s, struct lp_span *before,
					   struct lp_span *region)
{
	struct lp_span label[HEAD_LABELS], rest[HEAD_LABELS];
	const struct lp_api_name *head;
	char key[HOST_MAX + 1];
	size_t n = 0, len;

	for (struct lp_span left = s; left.len && n < HEAD_LABELS; n++) {
		label[n] = last_label(left);
		left = without_last(left);
		rest[n] = left;
	}
	for (size_t k = n; k > 0; k--) {
		len = 0;
		for (size_t i = k; i > 0; i--) {
			len = put_label(key, len, label[i - 1]);
			if (i > 1)
				key[len++] = '.';
		}
		head = lp_host_find_head(lp_span_of(key, len));
		if (head) {
			*before = rest[k - 1];
			return head;
		}
	}
	for (size_t i = 1; n && i + 1 < label[0].len; i++) {
		struct lp_span tail = lp_span_from(label[0], i + 1);

		if (label[0].ptr[i] != '-' || (!lp_is_region(tail) && !is_zone(tail)))
			continue;
		len = put_label(key, 0, lp_span_first(label[0], i));
		head = lp_host_find_head(lp_span_of(key, len));
		if (!head)
			continue;
		if (lp_is_region(tail))
			*region = tail;
		*before = rest[0];
		return head;
	}
	return NULL;
}

/* The host without port and trailing dot, in lower case; 0 when it is too long. */
static size_t normalise(struct lp_span host, char *out)
{
	size_t len = host.len;

	if (len && host.ptr[0] == '[') {
		size_t end = lp_span_find(host, ']');

		if (end < len)
			len = end + 1;
	} else {
		len = lp_span_find(host, ':');
	}
	if (len && host.ptr[len - 1] == '.')
		len--;
	if (len > HOST_MAX)
		return 0;
	for (size_t i = 0; i < len; i++)
		out[i] = lp_ascii_lower(host.ptr[i]);
	return len;
}

static bool is_metadata(struct lp_span host)
{
	for (const uint32_t *m = lp_api_metadata_hosts; *m; m++)
		if (lp_span_eq(host, lp_api_str(*m)))
			return true;
	return false;
}

/* The row of the longest suffix that `host` ends in, on a label's border; NULL when none. */
static const struct lp_api_suffix *find_suffix(struct lp_span host)
{
	const struct lp_api_suffix *s;

	for (s = lp_api_suffixes; s->len; s++) {
		if (host.len < s->len ||
		    (host.len > s->len && host.ptr[host.len - s->len - 1] != '.'))
			continue;
		if (memcmp(host.ptr + host.len - s->len, lp_api_pool + s->suffix, s->len) == 0)
			return s;
	}
	return NULL;
}

/*
 * "vpce-0a1b.s3": drops the endpoint's id, and looks whether a word before it makes another head,
 * which the table writes "word.vpce.s3".
 */
static struct lp_span skip_endpoint_id(struct lp_span before, const struct lp_api_name **head)
{
	static const struct lp_span vpce = {".vpce.", 6};
	struct lp_span word, service = lp_api_str((*head)->str);
	const struct lp_api_name *longer;
	char key[HOST_MAX + 1];

	before = without_last(before);
	word = last_label(before);
	if (!word.len || word.len + vpce.len + service.len > sizeof(key))
		return before;
	memcpy(key, word.ptr, word.len);
	memcpy(key + word.len, vpce.ptr, vpce.len);
	memcpy(key + word.len + vpce.len, service.ptr, service.len);
	longer = lp_host_find_head(lp_span_of(key, word.len + vpce.len + service.len));
	if (!longer)
		return before;
	*head = longer;
	return without_last(before);
}

void lp_host_parse(struct lp_span host, struct lp_host *out)
{
	char lower[HOST_MAX + 1];
	struct lp_span all, rest, region = {NULL, 0}, before = {NULL, 0};
	const struct lp_api_suffix *suffix;
	bool vpce = false;

	memset(out, 0, sizeof(*out));
	all = lp_span_of(lower, normalise(host, lower));
	if (!all.len)
		return;
	if (is_metadata(all)) {
		out->kind = LP_HOST_METADATA;
		return;
	}
	suffix = find_suffix(all);
	if (!suffix)
		return;
	out->partition = lp_api_pool + suffix->partition;
	out->kind = out->partition[0] ? LP_HOST_AWS : LP_HOST_EMULATOR;
	if (!out->partition[0])
		out->partition = NULL;
	rest = lp_span_first(all, all.len > suffix->len ? all.len - suffix->len - 1 : 0);
	for (;;) {
		struct lp_span label = last_label(rest);

		if (!label.len || label.len == rest.len)
			break;
		if (lp_is_region(label))
			region = label;
		else if (!is_filler(label))
			break;
		vpce = vpce || lp_span_eq(label, LP_SPAN("vpce"));
		rest = without_last(rest);
	}
	/* Offsets are the same in `lower` and `host`; what is handed out borrows from `host`. */
	out->head_labels = lp_span_of(host.ptr, rest.len);
	out->head = rest.len ? find_head(rest, &before, &region) : NULL;
	if (!out->head) {
		out->prefix = out->head_labels;
	} else {
		out->endpoint = vpce && lp_span_starts(last_label(before), LP_SPAN("vpce-"));
		if (out->endpoint)
			before = skip_endpoint_id(before, &out->head);
		/* "us-west-2.queue", "fips.batch": but a bucket may be called so. */
		if (!out->head->prefix) {
			if (!region.len && lp_is_region(last_label(before))) {
				region = last_label(before);
				before = without_last(before);
			}
			if (lp_span_eq(last_label(before), LP_SPAN("fips")))
				before = without_last(before);
		}
		out->prefix = lp_span_of(host.ptr, before.len);
	}
	if (region.len) {
		const char *partition = lp_model_known_partition(region);

		out->region = lp_span_of(host.ptr + (region.ptr - lower), region.len);
		if (partition && out->kind == LP_HOST_AWS)
			out->partition = partition;
	}
}
