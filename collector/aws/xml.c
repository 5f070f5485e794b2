/* SPDX-License-Identifier: MIT */
#include "xml.h"

#include <errno.h>
#include <stdint.h>

/* No AWS request declares entities; whoever does wants them expanded. */
static void doctype(void *ctx, const XML_Char *name, const XML_Char *sysid, const XML_Char *pubid,
		    int internal)
{
	struct lp_xml *x = ctx;

	(void)name;
	(void)sysid;
	(void)pubid;
	(void)internal;
	XML_StopParser(x->parser, XML_FALSE);
}

int lp_xml_walk(struct lp_xml *x, struct lp_span body, XML_StartElementHandler start,
		XML_EndElementHandler end, XML_CharacterDataHandler text)
{
	if (body.len > INT32_MAX)
		return 0;
	x->parser = XML_ParserCreate("UTF-8");
	if (!x->parser)
		return -ENOMEM;
	XML_SetUserData(x->parser, x);
	XML_SetElementHandler(x->parser, start, end);
	XML_SetCharacterDataHandler(x->parser, text);
	XML_SetStartDoctypeDeclHandler(x->parser, doctype);
	/* A cut or malformed document: what came before counts. */
	(void)XML_Parse(x->parser, body.ptr, (int)body.len, 1);
	XML_ParserFree(x->parser);
	return 0;
}

struct lp_span lp_xml_local(const XML_Char *name)
{
	const char *colon = strrchr(name, ':');

	return lp_span_str(colon ? colon + 1 : name);
}
