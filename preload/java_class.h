/* SPDX-License-Identifier: MIT */
#ifndef LPS_JAVA_CLASS_H
#define LPS_JAVA_CLASS_H

/*
 * The class that the calls in JSSE's record layer go to. What needs only Java is Java there: the
 * compiler inlines it, where each look at an object from C is a call through the virtual machine.
 *
 * Java:   out(OutputRecord, byte[], from, len)     bytes that a socket sends
 *         engine(OutputRecord)                     whose record the thread encrypts next
 *         crypt(content type, ByteBuffer, header)  a record that is encrypted
 *         in(Plaintext[], InputRecord)             records that were decrypted
 *         endOut(OutputRecord), endIn(InputRecord) closed
 * native: bytes(key, how, byte[], from, len), which are in it but for an overflow,
 *         copied(key, how, len), which stand at the start of the buffer `copy`,
 *         buffer(key, how, ByteBuffer), whose(key), over(key)
 * static: ByteBuffer copy, of LPS_JAVA_COPY bytes, and AtomicInteger busy, 1 while a thread uses
 *         it; as long as `copy` is null, and for longer arrays, there is `bytes`
 *
 * `key` is the identity hash code of the object that both directions of a connection share, `how`
 * an enum lps_java_how. A JSSE that is another than we know makes exceptions in these methods,
 * where they end.
 */

#include <stddef.h>

#include "jvm.h"

#define LPS_JSSE	    "sun/security/ssl/"
#define LPS_JAVA_CLASS	    LPS_JSSE "LeastprivRecords"
#define LPS_JAVA_CLASS_MAX  4096
#define LPS_JAVA_COPY	    2048
#define LPS_JAVA_COPY_NAME  "copy"
#define LPS_JAVA_BUSY_NAME  "busy"
#define LPS_JAVA_ATOMIC	    "java/util/concurrent/atomic/AtomicInteger"
#define LPS_JAVA_BUFFER	    "Ljava/nio/ByteBuffer;"
#define LPS_JAVA_OUT_DESC   "(L" LPS_JSSE "OutputRecord;[BII)V"
#define LPS_JAVA_CRYPT_DESC "(I" LPS_JAVA_BUFFER "I)V"
#define LPS_JAVA_IN_DESC    "([L" LPS_JSSE "Plaintext;L" LPS_JSSE "InputRecord;)V"
#define LPS_JAVA_OF_OUT	    "(L" LPS_JSSE "OutputRecord;)V" /* engine, endOut */
#define LPS_JAVA_OF_IN	    "(L" LPS_JSSE "InputRecord;)V"  /* endIn */

enum lps_java_how {
	LPS_JAVA_IN,
	LPS_JAVA_OUT,
	LPS_JAVA_OUT_WHOSE, /* of the connection that `whose` told last on this thread; key is 0 */
};

enum lps_java_native {
	LPS_JAVA_BYTES,
	LPS_JAVA_COPIED,
	LPS_JAVA_BUF,
	LPS_JAVA_WHOSE,
	LPS_JAVA_OVER,
	LPS_JAVA_NATIVES,
};

/* Name and descriptor of each, without a function. */
extern const struct lps_native lps_java_natives[LPS_JAVA_NATIVES];

/* Writes the class file; its length, 0 when `cap` is too small. */
size_t lps_java_class(unsigned char *out, size_t cap);

#endif
