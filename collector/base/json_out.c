/* SPDX-License-Identifier: MIT */
#include "json_out.h"

#include "utf8.h"

#define BAD_BYTE 0xfffd /* U+FFFD, the replacement character */

static bool plain(char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

static void put(FILE *out, struct lp_span s, bool yaml)
{
	while (s.len) {
		size_t run = 0;
		int32_t cp;

		while (run < s.len && plain(s.ptr[run]))
			run++;
		if (run) {
			fwrite_unlocked(s.ptr, 1, run, out);
			s = lp_span_from(s, run);
			continue;
		}
		cp = lp_utf8_next(&s);
		if (cp < 0)
			cp = BAD_BYTE;
		if (cp == '"' || cp == '\\') {
			putc_unlocked('\\', out);
			putc_unlocked(cp, out);
		} else if (cp == '\n') {
			fwrite_unlocked("\\n", 1, 2, out);
		} else if (cp == '\t') {
			fwrite_unlocked("\\t", 1, 2, out);
		} else if (cp < 0x10000) {
			fprintf(out, "\\u%04x", (unsigned)cp);
		} else if (yaml) {
			fprintf(out, "\\U%08x", (unsigned)cp);
		} else {
			cp -= 0x10000;
			fprintf(out, "\\u%04x\\u%04x", 0xd800u + (unsigned)(cp >> 10),
				0xdc00u + (unsigned)(cp & 0x3ff));
		}
	}
}

void lp_json_out_part(FILE *out, struct lp_span s)
{
	put(out, s, false);
}

void lp_yaml_out_part(FILE *out, struct lp_span s)
{
	put(out, s, true);
}

void lp_json_out(FILE *out, struct lp_span s)
{
	putc_unlocked('"', out);
	lp_json_out_part(out, s);
	putc_unlocked('"', out);
}

void lp_json_out_str(FILE *out, const char *s)
{
	if (s)
		lp_json_out(out, lp_span_str(s));
	else
		fputs("null", out);
}

void lp_json_out_list(FILE *out, const char *const *items, size_t n)
{
	putc('[', out);
	for (size_t i = 0; i < n; i++) {
		fputs(i ? ", " : "", out);
		lp_json_out_str(out, items[i]);
	}
	putc(']', out);
}

void lp_json_out_member(FILE *out, const char *name, const char *value)
{
	fprintf(out, ", \"%s\": ", name);
	lp_json_out_str(out, value);
}

size_t lp_json_size(struct lp_span s)
{
	size_t n = 2;

	while (s.len) {
		int32_t cp;

		if (plain(s.ptr[0])) {
			s = lp_span_from(s, 1);
			n++;
			continue;
		}
		cp = lp_utf8_next(&s);
		if (cp == '"' || cp == '\\' || cp == '\n' || cp == '\t')
			n += 2;
		else
			n += cp < 0x10000 ? 6 : 12;
	}
	return n;
}
