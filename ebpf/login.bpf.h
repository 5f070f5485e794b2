/* SPDX-License-Identifier: MIT */
#ifndef LPB_LOGIN_BPF_H
#define LPB_LOGIN_BPF_H

/*
 * Writes within TLS that may log in by a token of IAM (collector/wire/login.h): whether one does,
 * the reader finds out. Here only what begins like the message that a client of these protocols
 * sends such a token in, so that their other messages stay in the kernel.
 */

#define LOGIN_LOOK 16
#define LOGIN_MIN  30  /* a line with an access key's id in base64 */
#define TOKEN_MIN  150 /* what is signed is longer */

/* PostgreSQL's PasswordMessage: 'p', length of all behind it. (Frontend/Backend Protocol, 55.7) */
static __always_inline bool is_password(const __u8 *b, __u32 n)
{
	return b[0] == 'p' && be32(b + 1) == n - 1;
}

/*
 * MySQL's HandshakeResponse and what answers an AuthSwitchRequest: three bytes of length, the last
 * one first, and a number, which queries begin at 0 again. (Client/Server Protocol, MySQL Packets)
 */
#define MYSQL_NUMBERS 8

static __always_inline bool is_handshake(const __u8 *b, __u32 n)
{
	return ((__u32)b[2] << 16 | b[1] << 8 | b[0]) == n - 4 && b[3] && b[3] < MYSQL_NUMBERS;
}

/*
 * Kafka's SaslAuthenticate (key 36), or what SaslHandshake of version 0 is followed by: JSON
 * (AWS_MSK_IAM) or "n,," (OAUTHBEARER, RFC 7628). The length before it may be of more than this.
 */
#define KAFKA_SASL_AUTHENTICATE 36

static __always_inline bool is_authenticate(const __u8 *b, __u32 n)
{
	__u32 len = be32(b);

	return len >= n - 4 && len < LPB_CLASS_2XL &&
	       ((b[4] == 0 && b[5] == KAFKA_SASL_AUTHENTICATE) || b[4] == '{' ||
		(b[4] == 'n' && b[5] == ','));
}

/* Redis' AUTH, or HELLO with it: an array whose first string has four or five letters. (RESP) */
static __always_inline bool is_auth(const __u8 *b)
{
	return b[0] == '*' && b[2] == '\r' && b[4] == '$' && b[6] == '\r' &&
	       ((b[5] == '4' && (b[8] | 32) == 'a' && (b[11] | 32) == 'h') ||
		(b[5] == '5' && (b[8] | 32) == 'h' && (b[12] | 32) == 'o'));
}

/* CQL's AUTH_RESPONSE (0x0f): version, flags, stream, opcode, length of all behind it. */
static __always_inline bool is_auth_response(const __u8 *b, __u32 n)
{
	return b[0] >= 3 && b[0] <= 5 && b[4] == 0x0f && be32(b + 5) == n - 9;
}

/*
 * SMTP's AUTH PLAIN or AUTH LOGIN, and what stands behind them, which may be a line of its own: the
 * base64 of "AKI", or of a NUL and "AK". As many bytes as there may be up to the end of the key's
 * id, so that the password stays in the kernel; 0: it is neither.
 */
static __always_inline __u32 mail_login(const __u8 *b)
{
	const __u8 *key = b;
	__u32 n = LOGIN_MIN;

	if ((b[0] | 32) == 'a' && (b[1] | 32) == 'u' && (b[2] | 32) == 't' && (b[3] | 32) == 'h' &&
	    b[4] == ' ' && b[10] == ' ') {
		key += 11;
		n += 11;
	}
	return (key[0] == 'Q' && key[1] == 'U' && key[2] == 't' && key[3] == 'J') ||
			       (key[0] == 'A' && key[1] == 'E' && key[2] == 'F' && key[3] == 'L')
		       ? n
		       : 0;
}

/*
 * How many of LPB_LOGIN_MAX bytes at most are worth a look; 0: none. (Global functions, see touch()
 * and asks_delete_now().)
 */
__noinline int is_login(__u64 buf, __u64 len)
{
	__u8 b[LOGIN_LOOK] = {0};
	__u32 n = (__u32)len;

	if (len < LOGIN_MIN || len > LPB_LOGIN_MAX ||
	    bpf_probe_read_user(b, sizeof(b), (void *)buf))
		return 0;
	if (n >= TOKEN_MIN && (is_password(b, n) || is_handshake(b, n) || is_authenticate(b, n) ||
			       is_auth(b) || is_auth_response(b, n)))
		return (int)n;
	n = mail_login(b);
	return (int)(n < len ? n : len);
}

__noinline int send_login(__u32 tgid, __u64 conn, __u32 how, __u64 buf, __u64 len)
{
	send_bytes(LPB_REC_LOGIN, tgid, conn, how & HOW_COVERED ? LPB_RECF_SHIM : 0, buf,
		   (__u32)len);
	return 0;
}

#endif
