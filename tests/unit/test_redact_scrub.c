/* SPDX-License-Identifier: MIT */
/* collector/wire/scrub: secrets are taken out of request bodies however these come apart. */
#include "wire_util.h"

#include "scrub.h"

struct row {
	enum lp_body_kind kind;
	const char *in;
	const char *out;
	bool bad; /* not of its form */
};

static const struct row rows[] = {
	/* JSON */
	{LP_BODY_JSON, "{\"Name\":\"n\",\"Value\":\"MARKED\",\"n\":[1,true,null,-2.5e1]}",
	 "{\"Name\":\"n\",\"Value\":\"\",\"n\":[1,true,null,-2.5e1]}", false},
	{LP_BODY_JSON,
	 " {\"TableName\":\"t\",\"Item\":{\"a\":{\"S\":\"MARKED\"},\"MARKED\":[\"}\"]},\"K\":\"v\"}"
	 " x",
	 "{\"TableName\":\"t\",\"Item\":{},\"K\":\"v\"}", false},
	{LP_BODY_JSON, "{\"Records\":[{\"Data\":\"MARKED\"},\"MARKED\"],\"StreamName\":\"s\"}",
	 "{\"Records\":[],\"StreamName\":\"s\"}", false},
	{LP_BODY_JSON,
	 "{\"secrets\":[\"MARKED\",[\"MARKED\"],{\"n\":\"MARKED\",\"Role\":\"r\"}],\"a\":\"b\"}",
	 "{\"secrets\":[\"\",[\"\"],{\"n\":\"\",\"Role\":\"r\"}],\"a\":\"b\"}", false},
	{LP_BODY_JSON, "\xef\xbb\xbf{\"TableName\":\"t\",\"Item\":{\"MARKED\":1}}",
	 "{\"TableName\":\"t\",\"Item\":{}}", false},
	{LP_BODY_OTHER, "\xef\xbb\xbf{\"a\":\"b\"}", "{\"a\":\"b\"}", false},
	{LP_BODY_JSON, "{\"a\"\xef:\"MARKED\"}", "{\"a\"", true},
	/* below a secret's name only ARNs and roles are shown, however deep */
	{LP_BODY_JSON,
	 "{\"password\":{\"v\":\"MARKED\",\"n\":[7,{\"x\":{\"y\":\"MARKED\"}}]},\"v\":\"w\"}",
	 "{\"password\":{\"v\":\"\",\"n\":[0,{\"x\":{\"y\":\"\"}}]},\"v\":\"w\"}", false},
	{LP_BODY_JSON,
	 "{\"SecretsManagerConfiguration\":{\"RoleARN\":\"r\",\"SecretARN\":\"s\",\"v\":\"MARKED\"}"
	 "}",
	 "{\"SecretsManagerConfiguration\":{\"RoleARN\":\"r\",\"SecretARN\":\"s\",\"v\":\"\"}}",
	 false},
	{LP_BODY_JSON,
	 "{\"CustomAuthenticationCredentials\":{\"user\":\"MARKED\"},\"CredentialArn\":\"c\"}",
	 "{\"CustomAuthenticationCredentials\":{\"user\":\"\"},\"CredentialArn\":\"c\"}", false},
	{LP_BODY_JSON,
	 "{\"DocumentName\":\"d\",\"Parameters\":{\"commands\":[\"MARKED\"],\"a\":[\"MARKED\"]}}",
	 "{\"DocumentName\":\"d\",\"Parameters\":{\"commands\":[\"\"],\"a\":[\"\"]}}", false},
	{LP_BODY_JSON, "{\"Password\":12345,\"pin\":12,\"Token\":true}",
	 "{\"Password\":0,\"pin\":12,\"Token\":true}", false},
	{LP_BODY_JSON, "{\"Password\":\"a\\\"MARKED\\\\\",\"b\":\"c\\\"\\u0041\"}",
	 "{\"Password\":\"\",\"b\":\"c\\\"\\u0041\"}", false},
	{LP_BODY_JSON, "{\"Pass\\u0077ord\":\"MARKED\",\"b\":\"c\"}",
	 "{\"Pass\\u0077ord\":\"\",\"b\":\"c\"}", false},
	{LP_BODY_JSON, "{\"Value\":{\"Arn\":\"a\",\"Value\":\"MARKED\"}}",
	 "{\"Value\":{\"Arn\":\"a\",\"Value\":\"\"}}", false},
	{LP_BODY_JSON, "{\"a\":\"b\"}{\"c\":\"MARKED\"}", "{\"a\":\"b\"}", false},
	{LP_BODY_JSON, "{\"a\":MARKED}", "{\"a\":", true},
	{LP_BODY_JSON, "{\"a\":truMARKED}", "{\"a\":tru", true},
	{LP_BODY_JSON, "{\"a\" \"MARKED\"}", "{\"a\" ", true},
	{LP_BODY_JSON, "{\"a\":\"b\"]\"MARKED\"", "{\"a\":\"b\"]", true},
	{LP_BODY_JSON, "\"MARKED\"", "", true},
	{LP_BODY_JSON, "MARKED", "", true},
	{LP_BODY_JSON, "[\"MARKED\"]", "", true},
	{LP_BODY_JSON, "", "", false},
	/* forms */
	{LP_BODY_FORM,
	 "Action=CreateUser&UserName=u&Password=MARKED&Tags.member.1.Value=MARKED&Version=1",
	 "Action=CreateUser&UserName=u&Password=&Tags.member.1.Value=&Version=1", false},
	{LP_BODY_FORM, "MARKED", "", false},
	{LP_BODY_FORM, "MARKED&a=b", "a=b", false},
	{LP_BODY_FORM, "a%20MARKED=MARKED&a=b&=c&d", "&a=b&=c&", false},
	/* XML */
	{LP_BODY_XML,
	 "<?xml version=\"1.0\"?><!-- MARKED --><Delete xmlns=\"MARKED\"> "
	 "<Object><Key>k</Key>MARKED"
	 "<Value>MARKED</Value></Object ><Quiet/>MARKED</Delete>MARKED",
	 "<Delete> <Object><Key>k</Key><Value></Value></Object><Quiet/></Delete>", false},
	{LP_BODY_XML, "MARKED<a>b</a>", "<a>b</a>", false},
	{LP_BODY_XML, "<a><![CDATA[MARKED]]></a>", "<a></a>", false},
	{LP_BODY_XML, "<Password a='>'>MARKED</Password>", "<Password></Password>", false},
	/* CBOR */
	{LP_BODY_CBOR,
	 "\xa3"
	 "dName"
	 "an"
	 "eValue"
	 "fMARKED"
	 "cRaw"
	 "FMARKED",
	 "\xa3"
	 "dName"
	 "an"
	 "eValue"
	 "\x60"
	 "cRaw"
	 "\x40",
	 false},
	{LP_BODY_CBOR,
	 "\xa2"
	 "jmetricData"
	 "\x82\xa1"
	 "aa"
	 "fMARKED"
	 "fMARKED"
	 "iNamespace"
	 "bns",
	 "\xa2"
	 "jmetricData"
	 "\x80"
	 "iNamespace"
	 "bns",
	 false},
	{LP_BODY_CBOR,
	 "\xbf"
	 "dItem"
	 "\xbf"
	 "aa"
	 "fMARKED"
	 "\xff"
	 "aa"
	 "\x7f"
	 "ab"
	 "ac"
	 "\xff"
	 "aT"
	 "\xc1\x1a"
	 "1234"
	 "etoken"
	 "\x18\x7f"
	 "\xff",
	 "\xbf"
	 "dItem"
	 "\xa0"
	 "aa"
	 "\x7f"
	 "ab"
	 "ac"
	 "\xff"
	 "aT"
	 "\xc1\x1a"
	 "1234"
	 "etoken"
	 "\xf6\xff",
	 false},
	{LP_BODY_CBOR,
	 "\xa2"
	 "fSecret"
	 "\xa2"
	 "av"
	 "fMARKED"
	 "drole"
	 "ar"
	 "gsecrets"
	 "\x82\x7f"
	 "fMARKED"
	 "\xff\xa1"
	 "av"
	 "fMARKED",
	 "\xa2"
	 "fSecret"
	 "\xa2"
	 "av"
	 "\x60"
	 "drole"
	 "ar"
	 "gsecrets"
	 "\x82\x7f\x60\xff\xa1"
	 "av"
	 "\x60",
	 false},
	{LP_BODY_CBOR, "fMARKED", "", true},
	{LP_BODY_CBOR,
	 "\xa1"
	 "FMARKED"
	 "aa",
	 "\xa1", true},
	{LP_BODY_CBOR,
	 "\xa1"
	 "aa"
	 "\xfe",
	 "\xa1"
	 "aa",
	 true},
	{LP_BODY_CBOR,
	 "\xa1"
	 "aa"
	 "\x61",
	 "\xa1"
	 "aa"
	 "\x61",
	 false},
	/* what the content type does not say */
	{LP_BODY_OTHER, " \n{\"Key\":\"k\",\"Secret\":\"MARKED\"}",
	 "{\"Key\":\"k\",\"Secret\":\"\"}", false},
	{LP_BODY_OTHER, "<Key>k</Key>", "<Key>k</Key>", false},
	{LP_BODY_OTHER, "Action=CreateUser&Password=MARKED&UserName=u",
	 "Action=CreateUser&Password=&UserName=u", false},
	{LP_BODY_OTHER, "MARKED", "", false},
	{LP_BODY_OTHER, "Dear MARKED=MARKED", "", false},
	{LP_BODY_OTHER, "a MARKED", "", true},
	{LP_BODY_OTHER, "\r\n Action=MARKED", "", true},
	{LP_BODY_NONE, "{\"a\":\"MARKED\"}", "", true},
};

static void run(struct lp_scrub *s, struct lp_span in, struct journal *j, unsigned max)
{
	struct guarded g = guarded(in);
	struct lp_span parts[16];

	while (g.span.len) {
		unsigned n = lp_scrub_next(s, &g.span, parts, max);

		assert_true(n <= max);
		for (unsigned i = 0; i < n; i++)
			journal_add(j, parts[i].ptr, parts[i].len);
	}
	/* what lies in the struct must have been taken before */
	guarded_free(&g);
}

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(rows); i++) {
		struct lp_span in = lp_span_str(rows[i].in);

		/* at 0 whole, past the end byte by byte; few and many parts */
		for (size_t at = 0; at <= in.len; at++) {
			for (unsigned max = 4; max <= 16; max += 12) {
				struct journal j = {.text = NULL};
				struct lp_scrub s;

				memset(&s, 0xa5, sizeof(s));
				journal_add(&j, "", 0);
				lp_scrub_init(&s, rows[i].kind);
				if (at == in.len) {
					for (size_t k = 0; k < in.len; k++)
						run(&s, lp_span_of(in.ptr + k, 1), &j, max);
				} else {
					run(&s, lp_span_first(in, at), &j, max);
					run(&s, lp_span_from(in, at), &j, max);
				}
				if (strcmp(j.text, rows[i].out) != 0 ||
				    lp_scrub_ended(&s) != rows[i].bad)
					fail_msg("%s\nat %zu gives\n%s", rows[i].in, at, j.text);
				journal_free(&j);
			}
		}
	}
}

/* Only the root that is asked for is let through; of others not even the name. */
static void test_root(void **state)
{
	static const char *const pairs[][2] = {
		{"<?xml version=\"1.0\"?> <Config xmlns='u'><Tag><Key>k</Key></Tag></Config>",
		 "<Config><Tag><Key>k</Key></Tag></Config>"},
		{"<Config/>", "<Config/>"},
		{"<ConfigMARKED><Key>MARKED</Key></ConfigMARKED>", ""},
		{"<MARKED/>", ""},
		{"</Config><Key>MARKED</Key>", ""},
		{"MARKED<!-- <Config> --><MARKED>", ""},
		{"{\"MARKED\":1}", ""},
		{"<Config", ""},
	};

	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(pairs); i++) {
		struct lp_span in = lp_span_str(pairs[i][0]);

		for (size_t at = 0; at < in.len; at++) {
			struct journal j = {.text = NULL};
			struct lp_scrub s;

			journal_add(&j, "", 0);
			lp_scrub_init(&s, LP_BODY_XML);
			lp_scrub_root(&s, "Config");
			run(&s, lp_span_first(in, at), &j, 8);
			run(&s, lp_span_from(in, at), &j, 8);
			if (strcmp(j.text, pairs[i][1]) != 0)
				fail_msg("%s at %zu gives %s", pairs[i][0], at, j.text);
			journal_free(&j);
		}
	}
}

/* A long text is cut, and the body goes on behind it. */
static void test_long(void **state)
{
	static const struct {
		enum lp_body_kind kind;
		const char *before, *after;
	} forms[] = {
		{LP_BODY_JSON, "{\"Policy\":\"", "\",\"Name\":\"n\"}"},
		{LP_BODY_FORM, "Policy=", "&Name=n"},
		{LP_BODY_XML, "<Policy>", "</Policy><Name>n</Name>"},
	};
	char *text = malloc(3 * LP_FIELD_MAX);

	(void)state;
	for (size_t i = 0; i < LP_ARRAY_LEN(forms); i++) {
		size_t before = strlen(forms[i].before), after = strlen(forms[i].after);
		struct journal j = {.text = NULL};
		struct lp_scrub s;

		memcpy(text, forms[i].before, before);
		memset(text + before, 'x', 2 * LP_FIELD_MAX);
		memcpy(text + before + 2 * LP_FIELD_MAX, forms[i].after, after);
		lp_scrub_init(&s, forms[i].kind);
		run(&s, lp_span_of(text, before + 2 * LP_FIELD_MAX + after), &j, 16);
		assert_int_equal(j.len, before + LP_FIELD_MAX + after);
		assert_memory_equal(j.text + before + LP_FIELD_MAX, forms[i].after, after);
		journal_free(&j);
	}
	free(text);
}

/* Escapes at the limit: the text that is left is still JSON. */
static void test_long_escapes(void **state)
{
	char *text = malloc(3 * LP_FIELD_MAX);

	(void)state;
	for (size_t shift = 0; shift < 8; shift++) {
		size_t n = (size_t)snprintf(text, 64, "{\"Policy\":\"%.*s", (int)shift, "xxxxxxxx");
		struct journal j = {.text = NULL};
		struct lp_scrub s;

		while (n < 2 * LP_FIELD_MAX)
			n += (size_t)snprintf(text + n, 8, "\\u00e9");
		n += (size_t)snprintf(text + n, 8, "\"}");
		lp_scrub_init(&s, LP_BODY_JSON);
		run(&s, lp_span_of(text, n), &j, 16);
		assert_string_equal(j.text + j.len - 2, "\"}");
		/* back from the end: a whole escape before the quote */
		assert_memory_equal(j.text + j.len - 8, "\\u00e9", 6);
		journal_free(&j);
	}
	free(text);
}

static void test_depth(void **state)
{
	static char text[1 << 16];
	struct journal j = {.text = NULL};
	struct lp_scrub s;

	(void)state;
	for (size_t i = 0; i + 5 <= sizeof(text); i += 5)
		memcpy(text + i, "{\"a\":", 5);
	lp_scrub_init(&s, LP_BODY_JSON);
	run(&s, lp_span_of(text, sizeof(text) / 5 * 5), &j, 16);
	assert_true(lp_scrub_ended(&s));
	journal_free(&j);
	memset(text, 0x81, sizeof(text));
	text[0] = (char)0xa1;
	text[1] = 'a';
	text[2] = 'a';
	lp_scrub_init(&s, LP_BODY_CBOR);
	run(&s, lp_span_of(text, sizeof(text)), &j, 16);
	assert_true(lp_scrub_ended(&s));
	journal_free(&j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),  cmocka_unit_test(test_root),
		cmocka_unit_test(test_long),  cmocka_unit_test(test_long_escapes),
		cmocka_unit_test(test_depth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
