/* SPDX-License-Identifier: MIT */
#ifndef LP_EVENT_H
#define LP_EVENT_H

/*
 * The contract between whoever sees traffic (shim, probe, capture file) and whoever makes calls of
 * it (collector/source/assemble.h): one HTTP message in parts, already framed and redacted by
 * collector/wire/conn.h. The shim sends these through a ring (lp_ring.h); every other source hands
 * them over directly.
 *
 * On one connection messages are numbered from 0; a response carries its request's number. Parts of
 * one message come in order: REQUEST, BODY*, REQUEST_END; or REQUEST, BODY_WHOLE; or just
 * REQUEST_BARE. The RESPONSE may come before the last of them (100-continue is not reported). Parts
 * of different messages may come in any order where LP_EVF_MULTIPLEXED says so. A process can end
 * between any two.
 */

#include <stdint.h>

#include "lp_span.h"

enum lp_event_type {
	/*
	 * Redacted request head, as text that an HTTP/1.1 parser accepts: request line with the
	 * target's secrets blanked, kept headers as sent, "\r\n\r\n".
	 */
	LP_EV_REQUEST = 1,
	LP_EV_BODY,	   /* next kept bytes of the request body, transfer coding removed */
	LP_EV_REQUEST_END, /* struct lp_event_end */
	/* A redacted request head, likewise, of a request without a body: this is its end, too. */
	LP_EV_REQUEST_BARE,
	LP_EV_BODY_WHOLE, /* BODY and REQUEST_END of one that was sent at once, and all kept */
	/*
	 * Redacted response head as for a request, followed by zero or more lines "name=value\n":
	 * the leaves of the body that name resources, identities or errors, in document order
	 * (collector/wire/fields.h). Bytes below 0x20, 0x7f and '%' in either half are written %XX;
	 * '=' in a name too. Empty: the request was given up, no response will come (HTTP/2).
	 */
	LP_EV_RESPONSE,
	LP_EV_CSM,	    /* one client-side-monitoring datagram, session token removed */
	LP_EV_CLOSE,	    /* the connection ended; no payload */
	LP_EV_LOST,	    /* struct lp_event_lost: capture of this connection ended early */
	LP_EV_NOT_FOLLOWED, /* a program that the shim cannot enter, or had to leave:
			       "reason\0path", the reason in words; LP_CONFINED: about itself,
			       taken back where no path follows;
			       one that has others start programs: its row of ebpf/elf/deputy.h,
			       and behind the path what it is asked for */
	LP_EV_REACHED,	    /* a TLS connection to an AWS host begins: the host; tells nothing else.
			       `seq` says why it was not read, or LP_REACHED_APART: enum
			       lp_reached_why */
	LP_EV_UNREACHED, /* one of these has nothing to read: it ended before any data was sent on
			    it, or is read under another name: the host */
	LP_EV_TYPES,
};

/* From now on nothing comes from the process, until it runs another program (LP_HELLO_START). */
#define LP_CONFINED "it limits its own system calls (seccomp)"

enum lp_event_flags {
	LP_EVF_TLS = 1 << 0, /* seen as plaintext of a TLS connection, else on a plain socket */
	LP_EVF_MULTIPLEXED = 1 << 1, /* HTTP/2: requests are answered in any order */
	/* Of TLS: the library that took the plaintext sent it itself, on a socket seen then. */
	LP_EVF_NESTED = 1 << 2,
};

struct lp_event_end {
	uint64_t body_len; /* bytes of the whole body, transfer coding removed */
	/* Bytes sent as LP_EV_BODY. Less than body_len: the body was cut, or is the user's own
	 * data. What redaction took out of a body is counted in neither. */
	uint64_t kept_len;
};

enum lp_reached_why {
	LP_REACHED_UNREAD, /* nobody who knows its plaintext told us, */
	LP_REACHED_UNHELD, /* of a program that ran before the probe was in it */
	LP_REACHED_NO_KEY,
	LP_REACHED_SUITE,  /* with a cipher suite that is not decrypted */
	LP_REACHED_BROKEN, /* there is a key, and the records do not open with it */
	LP_REACHED_DEAF,   /* there is a key, but nothing of what its server said */
	LP_REACHED_LATE,   /* it began before the capture */
	LP_REACHED_OTHER,  /* it was decrypted, and is no HTTP */
	LP_REACHED_APART,  /* one that began, or none of AWS's names: data was sent on it, outside
			      of what LP_EVF_NESTED tells of */
	LP_REACHED_WHYS,
};

enum lp_lost_reason {
	LP_LOST_HEAD_TOO_LONG = 1, /* a head over LP_HEAD_MAX */
	LP_LOST_BAD_FRAMING,	   /* bytes that are not HTTP where a message must start */
	LP_LOST_NO_MEMORY,	   /* no buffer for a split head */
	LP_LOST_PIPELINE,	   /* more than LP_PENDING_MAX requests in flight */
	LP_LOST_HTTP2, /* an HTTP/2 connection joined too late: heads refer to unseen ones */
	LP_LOST_REASONS,
};

struct lp_event_lost {
	uint32_t reason;   /* enum lp_lost_reason */
	uint32_t host_len; /* what follows: the last Host seen on the connection, may be 0 */
};

/* As handed from a source to the assembler. Borrowed for the duration of the call. */
struct lp_event {
	uint64_t conn;	  /* unique within the sending process */
	uint64_t time_ns; /* CLOCK_REALTIME; 0 where it follows a request and nobody asks */
	uint32_t seq;	  /* message number on the connection */
	uint16_t type;	  /* enum lp_event_type */
	uint16_t flags;	  /* enum lp_event_flags */
	struct lp_span payload;
};

#endif
