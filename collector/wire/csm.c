/* SPDX-License-Identifier: MIT */
#include "csm.h"

#include <errno.h>

#include <cjson/cJSON.h>

#include "lp_limits.h"

static struct lp_span text(const cJSON *doc, const char *name)
{
	return lp_span_str(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(doc, name)));
}

static double number(const cJSON *doc, const char *name)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(doc, name);

	return cJSON_IsNumber(item) ? item->valuedouble : 0;
}

/* A whole number within [0, max], else 0. */
static int64_t whole(double d, double max)
{
	return d >= 0 && d <= max ? (int64_t)d : 0;
}

static struct lp_span first_of(struct lp_span a, struct lp_span b)
{
	return a.len ? a : b;
}

int lp_csm_parse(struct lp_span datagram, struct lp_csm *out)
{
	struct lp_span type;
	cJSON *doc;

	*out = (struct lp_csm){.type = LP_CSM_API_CALL};
	if (!datagram.len || datagram.len > LP_DATAGRAM_MAX)
		return -EBADMSG;
	doc = cJSON_ParseWithLength(datagram.ptr, datagram.len);
	if (!doc)
		return -EBADMSG;
	cJSON_DeleteItemFromObject(doc, "SessionToken");
	type = text(doc, "Type");
	out->service = text(doc, "Service");
	out->api = text(doc, "Api");
	if (lp_span_eq(type, LP_SPAN("ApiCallAttempt"))) {
		out->type = LP_CSM_ATTEMPT;
	} else if (!lp_span_eq(type, LP_SPAN("ApiCall"))) {
		cJSON_Delete(doc);
		return -EBADMSG;
	}
	if (!out->service.len || !out->api.len) {
		cJSON_Delete(doc);
		return -EBADMSG;
	}
	out->client_id = text(doc, "ClientId");
	out->region = text(doc, "Region");
	out->access_key = text(doc, "AccessKey");
	out->fqdn = text(doc, "Fqdn");
	out->error_code = first_of(text(doc, "AwsException"), text(doc, "FinalAwsException"));
	out->request_id = first_of(text(doc, "XAmznRequestId"), text(doc, "XAmzRequestId"));
	out->time_ms = whole(number(doc, "Timestamp"), 1e15);
	out->status = (int)whole(number(doc, "HttpStatusCode"), 999);
	if (!out->status)
		out->status = (int)whole(number(doc, "FinalHttpStatusCode"), 999);
	out->attempts = (int)whole(number(doc, "AttemptCount"), 1000);
	out->doc = doc;
	return 0;
}

void lp_csm_fini(struct lp_csm *c)
{
	cJSON_Delete(c->doc);
	*c = (struct lp_csm){.type = LP_CSM_API_CALL};
}
