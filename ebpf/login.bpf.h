/* SPDX-License-Identifier: MIT */
#ifndef LPB_LOGIN_BPF_H
#define LPB_LOGIN_BPF_H

/*
 * Writes within TLS that may log in by a token of IAM (collector/wire/login.h): whether one does,
 * the reader finds out. Here only what begins like the message that a client of these protocols
 * sends such a token in, so that their other messages stay in the kernel.
 */

#define LOGIN_LOOK 16
#define LOGIN_MIN  200 /* a token is longer */

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

/* Of LPB_LOGIN_MAX bytes at most. (Global functions, see touch() and asks_delete_now().) */
__noinline int is_login(__u64 buf, __u64 len)
{
	__u8 b[LOGIN_LOOK] = {0};
	__u32 n = (__u32)len;

	if (len < LOGIN_MIN || len > LPB_LOGIN_MAX ||
	    bpf_probe_read_user(b, sizeof(b), (void *)buf))
		return false;
	return is_password(b, n) || is_handshake(b, n) || is_authenticate(b, n) || is_auth(b);
}

__noinline int send_login(__u32 tgid, __u64 conn, __u32 how, __u64 buf, __u64 len)
{
	send_bytes(LPB_REC_LOGIN, tgid, conn, how & HOW_COVERED ? LPB_RECF_SHIM : 0, buf,
		   (__u32)len);
	return 0;
}

#endif
