/* SPDX-License-Identifier: MIT */
/*
 * Logs in to a database of the letters of PostgreSQL's protocol by a presigned URL, and sends it
 * once more as text of a later message; then to a broker of Kafka's, by the members of one; to a
 * server of mail by a key's id; and to a server of Cassandra's.
 * LDLIBS: -lssl -lcrypto
 */
#include <openssl/ssl.h>
#include <stdint.h>

#define V_OPENSSL
#include "victim.h"

/* So long that the low byte of the message's length is a letter. */
#define TOKEN                                                                                      \
	"db.abc.us-east-1.rds.amazonaws.com:5432/?Action=connect&DBUser=lp"                        \
	"&X-Amz-Algorithm=AWS4-HMAC-SHA256"                                                        \
	"&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20261124%2Fus-east-1%2Frds-db%2Faws4_request"    \
	"&X-Amz-Date=20261124T000000Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host"                  \
	"&X-Amz-Security-Token=5ec2e770cen"                                                        \
	"&X-Amz-Signature=5ec2e75169a70e5ec2e75169a70e5ec2e7"

#define MEMBERS                                                                                    \
	"{\"version\":\"2020_10_22\",\"x-amz-signedheaders\":\"host\",\"host\":\"b-1.lp.c2.kafka." \
	"us-east-1.amazonaws.com\","                                                               \
	"\"action\":\"kafka-cluster:Connect\",\"x-amz-security-token\":\"5ec2e770cen\","           \
	"\"x-amz-credential\":\"AKIAIOSFODNN7EXAMPLE/20261124/us-east-1/kafka-cluster/"            \
	"aws4_request\","                                                                          \
	"\"x-amz-signature\":\"5ec2e75169a70e5ec2e75169a70e5ec2e7\"}"

/* "\0AKIAIOSFODNN7EXAMPLE\0" and a password, in base64 */
#define MAIL "AUTH PLAIN AEFLSUFJT1NGT0ROTjdFWEFNUExFAA5ec2e75169a70e5ec2e75169a70e5e\r\n"

/* AUTH_RESPONSE, version 4: flags, stream, opcode, length; length of the token */
#define CQL                                                                                        \
	"\4\0\0\1\x0f\0\0\0\xb1\0\0\0\xad"                                                         \
	"signature=5ec2e75169a70e5ec2e75169a70e5ec2e75169a70e5ec2e75169a70e5ec2e769a70e5ec2,"      \
	"access_key=AKIAIOSFODNN7EXAMPLE,amzdate=2026-11-24T00:00:00.000Z,session_token=5ec2e770"  \
	"cen"

static void send_first(const char *bytes, size_t len)
{
	SSL *s = v_tls(v_connect("V_TLS"));

	if (SSL_write(s, bytes, (int)len) != (int)len)
		v_die("SSL_write");
	SSL_free(s);
}

static void send_message(SSL *s, char type, const char *text)
{
	uint32_t len = (uint32_t)strlen(text) + 1 + 4, wire = htonl(len);
	char buf[1024];

	buf[0] = type;
	memcpy(buf + 1, &wire, sizeof(wire));
	memcpy(buf + 5, text, strlen(text) + 1);
	if (SSL_write(s, buf, (int)len + 1) != (int)len + 1)
		v_die("SSL_write");
}

/* SaslAuthenticate, version 2: key, version, correlation id, client id, tagged fields. */
static void send_to_broker(SSL *s, const char *members)
{
	static const char head[] = {0, 36, 0, 2, 0, 0, 0, 1, 0, 2, 'l', 'p', 0};
	uint32_t len = (uint32_t)(sizeof(head) + 2 + strlen(members) + 1), wire = htonl(len);
	char buf[1024], *p = buf;

	p = mempcpy(p, &wire, sizeof(wire));
	p = mempcpy(p, head, sizeof(head));
	*p++ = (char)((strlen(members) + 1) & 0x7f) | (char)0x80; /* a varint of two bytes */
	*p++ = (char)((strlen(members) + 1) >> 7);
	p = mempcpy(p, members, strlen(members) + 1); /* and its own tagged fields: none */
	if (SSL_write(s, buf, (int)(p - buf)) != p - buf)
		v_die("SSL_write");
}

int main(void)
{
	SSL *s = v_tls(v_connect("V_TLS"));

	send_message(s, 'S', "user lp");
	send_message(s, 'p', TOKEN);
	send_message(s, 'Q', "select '" TOKEN "'");
	printf("%c\n", (int)(sizeof(TOKEN) + 4) & 0xff);
	SSL_free(s);
	s = v_tls(v_connect("V_TLS"));
	send_to_broker(s, MEMBERS);
	SSL_free(s);
	send_first(MAIL, sizeof(MAIL) - 1);
	send_first(CQL, sizeof(CQL) - 1);
	return 0;
}
