/* SPDX-License-Identifier: MIT */
#include "model.h"

#include "api_data.h"
#include "newer.h"

#define LAX_NAME_MAX 64

static const char *str(uint32_t offset)
{
	return lp_api_pool + offset;
}

static const struct lp_api_service *service_at(lp_service svc)
{
	return svc < lp_api_n_services ? &lp_api_services[svc] : NULL;
}

lp_op lp_model_op_count(void)
{
	return (lp_op)(lp_api_n_ops + lp_newer_op_count());
}

lp_service lp_model_service_count(void)
{
	return (lp_service)(lp_api_n_services + lp_newer_service_count());
}

const char *lp_model_operation_name(lp_op op)
{
	const struct lp_newer_op *newer = lp_newer_op(op);

	if (newer)
		return newer->name;
	return op < lp_api_n_ops ? str(lp_api_ops[op].name) : NULL;
}

const char *lp_model_service_id(lp_op op)
{
	lp_service svc = lp_model_op_service(op);
	const struct lp_newer_service *newer = lp_newer_service(svc);
	const struct lp_api_service *s = service_at(svc);

	return newer ? newer->id : s ? str(s->id) : NULL;
}

const char *lp_model_service_dir(lp_op op)
{
	lp_service svc = lp_model_op_service(op);
	const struct lp_newer_service *newer = lp_newer_service(svc);
	const struct lp_api_service *s = service_at(svc);

	return newer ? newer->dir : s ? str(s->dir) : NULL;
}

const char *lp_model_signing_name(lp_op op)
{
	lp_service svc = lp_model_op_service(op);
	const struct lp_newer_service *newer = lp_newer_service(svc);
	const struct lp_api_service *s = service_at(svc);

	return newer ? newer->sign : s ? str(s->sign) : NULL;
}

unsigned lp_model_op_flags(lp_op op)
{
	const struct lp_newer_op *newer = lp_newer_op(op);

	if (newer)
		return newer->flags;
	return op < lp_api_n_ops ? lp_api_ops[op].flags : 0;
}

enum lp_protocol lp_model_protocol(lp_op op)
{
	lp_service svc = lp_model_op_service(op);
	const struct lp_newer_service *newer = lp_newer_service(svc);
	const struct lp_api_service *s = service_at(svc);

	if (newer)
		return newer->protocol;
	return s ? (enum lp_protocol)s->protocol : LP_PROTOCOL_NONE;
}

lp_service lp_model_op_service(lp_op op)
{
	const struct lp_newer_op *newer = lp_newer_op(op);

	if (newer)
		return newer->service;
	return op < lp_api_n_ops ? lp_api_ops[op].service : LP_SERVICE_NONE;
}

const char *lp_model_id_of(lp_service svc)
{
	const struct lp_newer_service *newer = lp_newer_service(svc);
	const struct lp_api_service *s = service_at(svc);

	return newer ? newer->id : s ? str(s->id) : NULL;
}

const char *lp_model_dir_of(lp_service svc)
{
	const struct lp_newer_service *newer = lp_newer_service(svc);
	const struct lp_api_service *s = service_at(svc);

	return newer ? newer->dir : s ? str(s->dir) : NULL;
}

lp_op lp_model_ops_of(lp_service svc, lp_op *first)
{
	const struct lp_api_service *s = service_at(svc);

	*first = s ? s->first_op : 0;
	return s ? s->n_ops : 0;
}

/* Services that go by a lax name, best first; 0 when none does. */
static unsigned find_lax(struct lp_span name, const uint16_t **list)
{
	char key[LAX_NAME_MAX];
	size_t len = 0;

	for (size_t i = 0; i < name.len; i++) {
		char c = lp_ascii_lower(name.ptr[i]);

		if (c == ' ' || c == '-' || c == '_')
			continue;
		if (len == sizeof(key))
			return 0;
		key[len++] = c;
	}
	for (uint32_t h = lp_hash(key, len); lp_api_lax_slots[h & lp_api_lax_mask]; h++) {
		const struct lp_api_name *n =
			&lp_api_lax[lp_api_lax_slots[h & lp_api_lax_mask] - 1];

		if (lp_span_eq(lp_span_str(str(n->str)), lp_span_of(key, len))) {
			*list = lp_api_lists + n->first;
			return n->n;
		}
	}
	return 0;
}

lp_service lp_model_find_service(struct lp_span name)
{
	const uint16_t *list;

	return find_lax(name, &list) ? list[0] : lp_newer_find_service(name);
}

lp_op lp_model_find_op(lp_service svc, struct lp_span operation)
{
	uint32_t h = lp_api_op_hash(svc, operation.ptr, operation.len);
	uint16_t slot;

	for (; (slot = lp_api_op_slots[h & lp_api_op_mask]) != 0; h++) {
		const struct lp_api_op *op = &lp_api_ops[slot - 1];

		if (op->service == svc && lp_span_eq(lp_span_str(str(op->name)), operation))
			return (lp_op)(slot - 1);
	}
	return lp_newer_find_op(svc, operation);
}

/* True when the service has that API version. */
static bool has_version(uint16_t service, struct lp_span version)
{
	uint32_t h = lp_hash(version.ptr, version.len);

	for (; version.len && lp_api_dates_slots[h & lp_api_dates_mask]; h++) {
		const struct lp_api_name *n =
			&lp_api_dates[lp_api_dates_slots[h & lp_api_dates_mask] - 1];

		if (!lp_span_eq(lp_span_str(str(n->str)), version))
			continue;
		for (unsigned i = 0; i < n->n; i++)
			if (lp_api_lists[n->first + i] == service)
				return true;
		return false;
	}
	return false;
}

lp_op lp_model_find_versioned(struct lp_span service, struct lp_span operation,
			      struct lp_span version)
{
	const uint16_t *list = NULL;
	unsigned n = find_lax(service, &list);
	lp_op first = LP_OP_NONE;

	for (unsigned i = 0; i < n; i++) {
		lp_op op = lp_model_find_op(list[i], operation);

		if (op == LP_OP_NONE)
			continue;
		if (has_version(list[i], version))
			return op;
		if (first == LP_OP_NONE)
			first = op;
	}
	if (first == LP_OP_NONE)
		first = lp_newer_find_op(lp_newer_find_service(service), operation);
	return first;
}

lp_op lp_model_find(struct lp_span service, struct lp_span operation)
{
	return lp_model_find_versioned(service, operation, lp_span_of(NULL, 0));
}

const char *lp_model_known_partition(struct lp_span region)
{
	const struct lp_api_region *r;

	for (r = lp_api_region_prefixes; r->name; r++)
		if (lp_span_starts(region, lp_span_str(str(r->name))))
			return str(r->partition);
	return NULL;
}

const char *lp_model_dns_suffix(struct lp_span partition)
{
	const struct lp_api_partition *p;

	for (p = lp_api_partitions; p->name; p++)
		if (lp_span_eq(partition, lp_span_str(str(p->name))))
			return str(p->dns_suffix);
	return LP_DNS_SUFFIX;
}

const char *lp_model_partition(struct lp_span region)
{
	const char *partition = lp_model_known_partition(region);

	return partition ? partition : "aws";
}
