/* SPDX-License-Identifier: MIT */
#ifndef LP_XML_H
#define LP_XML_H

/* A walk over the XML body of a request, which may be cut, malformed or hostile. */

#include <expat.h>

#include "lp_compiler.h"
#include "lp_span.h"

/* The first member of what the handlers are given. */
struct lp_xml {
	XML_Parser parser;
};

/*
 * Calls the handlers with `x` for what the body has before its end, its first mistake or a document
 * type declaration. 0, or -ENOMEM.
 */
LP_MUST_USE int lp_xml_walk(struct lp_xml *x, struct lp_span body, XML_StartElementHandler start,
			    XML_EndElementHandler end, XML_CharacterDataHandler text);

/* The name of an element without the prefix of its namespace. */
struct lp_span lp_xml_local(const XML_Char *name);

#endif
