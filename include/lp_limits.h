/* SPDX-License-Identifier: MIT */
#ifndef LP_LIMITS_H
#define LP_LIMITS_H

/* Every bound that shim, probe and collector agree on, in one place. Bytes unless said otherwise.
 */

#define LP_HEAD_MAX	(64 * 1024) /* an HTTP head; a longer one ends capture of its connection */
#define LP_REQ_BODY_MAX (64 * 1024) /* kept of a form, JSON or CBOR request body */
#define LP_REQ_XML_MAX	(8 * 1024)  /* kept of an XML request body other than a batch of keys */
#define LP_RSP_BODY_MAX (8 * 1024)  /* looked at of a response body */
#define LP_FIELD_MAX	2048	    /* one value kept from a response */
#define LP_DATAGRAM_MAX (8 * 1024)  /* a CSM datagram; SDKs stay below 8 KiB */
#define LP_PENDING_MAX	64	    /* requests in flight on one connection (pipelining) */

/*
 * Data area of one process's ring, a power of two. A program that sends 2,000 monitoring datagrams
 * of a full kilobyte fits it whole, however long the collector is kept from the processor. Only
 * pages that were written to take memory.
 */
#define LP_RING_SIZE	   (2 * 1024 * 1024)
#define LP_RING_KICK	   (128 * 1024) /* so much unread: the collector is told to read now */
#define LP_RING_RECORD_MAX (128 * 1024)
#define LP_RING_WAIT_MS                                                                            \
	100 /* the longest a program ever waits for the collector, in all,                         \
	       until the collector is seen to move again */

#define LP_HELLO_WAIT_MS                                                                           \
	5000 /* the longest that starting a program is held up for the collector to get ready for  \
		it; loading the probe takes a second on a busy machine */

#define LP_CSM_PORT 31000 /* client-side monitoring, UDP on loopback */

#endif
