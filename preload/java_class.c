/* SPDX-License-Identifier: MIT */
#include "java_class.h"

#include "classbytes.h"
#include "lp_compiler.h"

#define APPLICATION_DATA 23 /* content type of a TLS record */
#define CLASS_VERSION	 49 /* of Java 5: no stack maps */

#define BYTES_NAME  "bytes"
#define BYTES_DESC  "(II[BII)V"
#define COPIED_NAME "copied"
#define COPIED_DESC "(III)V"
#define BUF_NAME    "buffer"
#define BUF_DESC    "(II" LPS_JAVA_BUFFER ")V"
#define WHOSE_NAME  "whose"
#define OVER_NAME   "over"
#define KEY_DESC    "(I)V"

const struct lps_native lps_java_natives[LPS_JAVA_NATIVES] = {
	[LPS_JAVA_BYTES] = {BYTES_NAME, BYTES_DESC, NULL},
	[LPS_JAVA_COPIED] = {COPIED_NAME, COPIED_DESC, NULL},
	[LPS_JAVA_BUF] = {BUF_NAME, BUF_DESC, NULL},
	[LPS_JAVA_WHOSE] = {WHOSE_NAME, KEY_DESC, NULL},
	[LPS_JAVA_OVER] = {OVER_NAME, KEY_DESC, NULL},
};

/* --- constants -------------------------------------------------------------------------------- */

enum tag { CLASS = 7, FIELD = 9, METHOD = 10, NAME_TYPE = 12 };

/* What code refers to. */
enum ref {
	IDENTITY,
	OUT_SHARED,
	IN_SHARED,
	TYPE,
	FRAGMENT,
	HAS_ARRAY,
	ARRAY,
	ARRAY_OFFSET,
	POSITION,
	REMAINING,
	PASS,
	WITHIN,
	BYTES,
	COPIED,
	COPY,
	BUSY,
	DUPLICATE,
	PUT,
	TAKE,
	LEAVE,
	BUF,
	WHOSE,
	OVER,
	ENGINES,
	REFS,
};

#define PASS_NAME   "pass"
#define PASS_DESC   "(" LPS_JAVA_BUFFER "II)V"
#define WITHIN_NAME "within"
#define SHARED	    "handshakeHash", "L" LPS_JSSE "HandshakeHash;"
#define NIO_BUFFER  "java/nio/ByteBuffer"

static const struct {
	enum tag tag;
	const char *cls, *name, *desc;
} refs[REFS] = {
	[IDENTITY] = {METHOD, "java/lang/System", "identityHashCode", "(Ljava/lang/Object;)I"},
	[OUT_SHARED] = {FIELD, LPS_JSSE "OutputRecord", SHARED},
	[IN_SHARED] = {FIELD, LPS_JSSE "InputRecord", SHARED},
	[TYPE] = {FIELD, LPS_JSSE "Plaintext", "contentType", "B"},
	[FRAGMENT] = {FIELD, LPS_JSSE "Plaintext", "fragment", LPS_JAVA_BUFFER},
	[HAS_ARRAY] = {METHOD, NIO_BUFFER, "hasArray", "()Z"},
	[ARRAY] = {METHOD, NIO_BUFFER, "array", "()[B"},
	[ARRAY_OFFSET] = {METHOD, NIO_BUFFER, "arrayOffset", "()I"},
	[POSITION] = {METHOD, NIO_BUFFER, "position", "()I"},
	[REMAINING] = {METHOD, NIO_BUFFER, "remaining", "()I"},
	[PASS] = {METHOD, LPS_JAVA_CLASS, PASS_NAME, PASS_DESC},
	[WITHIN] = {METHOD, LPS_JAVA_CLASS, WITHIN_NAME, BYTES_DESC},
	[BYTES] = {METHOD, LPS_JAVA_CLASS, BYTES_NAME, BYTES_DESC},
	[COPIED] = {METHOD, LPS_JAVA_CLASS, COPIED_NAME, COPIED_DESC},
	[COPY] = {FIELD, LPS_JAVA_CLASS, LPS_JAVA_COPY_NAME, LPS_JAVA_BUFFER},
	[BUSY] = {FIELD, LPS_JAVA_CLASS, LPS_JAVA_BUSY_NAME, "L" LPS_JAVA_ATOMIC ";"},
	[DUPLICATE] = {METHOD, NIO_BUFFER, "duplicate", "()" LPS_JAVA_BUFFER},
	[PUT] = {METHOD, NIO_BUFFER, "put", "([BII)" LPS_JAVA_BUFFER},
	[TAKE] = {METHOD, LPS_JAVA_ATOMIC, "compareAndSet", "(II)Z"},
	[LEAVE] = {METHOD, LPS_JAVA_ATOMIC, "lazySet", "(I)V"}, /* needs no fence */
	[BUF] = {METHOD, LPS_JAVA_CLASS, BUF_NAME, BUF_DESC},
	[WHOSE] = {METHOD, LPS_JAVA_CLASS, WHOSE_NAME, KEY_DESC},
	[OVER] = {METHOD, LPS_JAVA_CLASS, OVER_NAME, KEY_DESC},
	[ENGINES] = {FIELD, LPS_JAVA_CLASS, "engines", "I"}, /* static: are there any? */
};

/* The numbers of the constants: class and superclass, each behind its name, then each reference's
 * parts (its class's name, that class, name, descriptor, both, the reference), then the rest. */
#define SELF	  2
#define SUPER	  4
#define PARTS	  6
#define REF_AT(r) (SUPER + PARTS * (r) + 1)
#define CODE_NAME REF_AT(REFS)

_Static_assert(CODE_NAME < 256, "a reference has one byte in code");

/* --- code ------------------------------------------------------------------------------------- */

enum op {
	ICONST_0 = 3,
	ICONST_1 = 4,
	ICONST_2 = 5,
	ICONST_5 = 8,
	BIPUSH = 16,
	SIPUSH,
	ILOAD = 21,
	ALOAD = 25,
	ILOAD_0 = 26,
	ILOAD_1,
	ILOAD_2,
	ILOAD_3,
	ALOAD_0 = 42,
	ALOAD_1,
	ALOAD_2,
	AALOAD = 50,
	ASTORE = 58,
	ISTORE_2 = 61,
	ISTORE_3,
	POP = 87,
	IADD = 96,
	IINC = 132,
	IFEQ = 153,
	IF_ICMPNE = 160,
	IF_ICMPGE = 162,
	IF_ICMPGT,
	GOTO = 167,
	RETURN = 177,
	GETSTATIC,
	PUTSTATIC,
	GETFIELD = 180,
	INVOKEVIRTUAL = 182,
	INVOKESTATIC = 184,
	ARRAYLENGTH = 190,
	IFNULL = 198,
};

#define REF(r)	     0, (unsigned char)(REF_AT(r) + PARTS - 1)
#define GET(r)	     GETFIELD, REF(r)
#define VIRTUAL(r)   INVOKEVIRTUAL, REF(r)
#define STATIC(r)    INVOKESTATIC, REF(r)
#define AHEAD(t, pc) ((t) + 0x10000u - (pc)) /* the lower half is the distance */
#define TO(t, pc)    (unsigned char)(AHEAD(t, pc) >> 8), (unsigned char)AHEAD(t, pc)
#define CATCH	     POP, RETURN /* whatever is thrown above ends here */
#define CATCH_LEN    2
#define STACK_MAX    5
#define LOCALS_MAX   5

/* clang-format off */

/* within(identityHashCode(record.handshakeHash), OUT, array, from, len) */
static const unsigned char out[] = {
	ALOAD_0, GET(OUT_SHARED), STATIC(IDENTITY),
	ICONST_1, ALOAD_1, ILOAD_2, ILOAD_3, STATIC(WITHIN),
	RETURN, CATCH,
};

/* engines = 1; whose(identityHashCode(record.handshakeHash)) */
static const unsigned char engine[] = {
	ICONST_1, PUTSTATIC, REF(ENGINES),
	ALOAD_0, GET(OUT_SHARED), STATIC(IDENTITY), STATIC(WHOSE),
	RETURN, CATCH,
};

/*
 * if (engines != 0 && type == 23 && header == 5)
 *	pass(buffer, 0, OUT_WHOSE);
 * Sockets come here, too, after `out`. The header of DTLS is longer.
 */
static const unsigned char crypt[] = {
	/* 0 */ GETSTATIC, REF(ENGINES), IFEQ, TO(23, 3),
	/* 6 */ ILOAD_0, BIPUSH, APPLICATION_DATA, IF_ICMPNE, TO(23, 9),
	/* 12 */ ILOAD_2, ICONST_5, IF_ICMPNE, TO(23, 14),
	/* 17 */ ALOAD_1, ICONST_0, ICONST_2, STATIC(PASS),
	/* 23 */ RETURN, CATCH,
};

/*
 * key = identityHashCode(record.handshakeHash);
 * if (all != null)
 *	for (int i = 0; i < all.length; i++)
 *		if ((p = all[i]) != null && p.contentType == 23)
 *			pass(p.fragment, key, IN);
 */
static const unsigned char in[] = {
	/* 0 */ ALOAD_1, GET(IN_SHARED), STATIC(IDENTITY), ISTORE_2,
	/* 8 */ ALOAD_0, IFNULL, TO(56, 9),
	/* 12 */ ICONST_0, ISTORE_3,
	/* 14 */ ILOAD_3, ALOAD_0, ARRAYLENGTH, IF_ICMPGE, TO(56, 17),
	/* 20 */ ALOAD_0, ILOAD_3, AALOAD, ASTORE, 4,
	/* 25 */ ALOAD, 4, IFNULL, TO(50, 27),
	/* 30 */ ALOAD, 4, GET(TYPE), BIPUSH, APPLICATION_DATA, IF_ICMPNE, TO(50, 37),
	/* 40 */ ALOAD, 4, GET(FRAGMENT), ILOAD_2, ICONST_0, STATIC(PASS),
	/* 50 */ IINC, 3, 1,
	/* 53 */ GOTO, TO(14, 53),
	/* 56 */ RETURN, CATCH,
};

/*
 * if (b != null)
 *	if (b.hasArray())
 *		within(key, how, b.array(), b.arrayOffset() + b.position(), b.remaining());
 *	else
 *		buffer(key, how, b);
 */
static const unsigned char pass[] = {
	/* 0 */ ALOAD_0, IFNULL, TO(40, 1),
	/* 4 */ ALOAD_0, VIRTUAL(HAS_ARRAY), IFEQ, TO(34, 8),
	/* 11 */ ILOAD_1, ILOAD_2, ALOAD_0, VIRTUAL(ARRAY),
	/* 17 */ ALOAD_0, VIRTUAL(ARRAY_OFFSET), ALOAD_0, VIRTUAL(POSITION), IADD,
	/* 26 */ ALOAD_0, VIRTUAL(REMAINING), STATIC(WITHIN), RETURN,
	/* 34 */ ILOAD_1, ILOAD_2, ALOAD_0, STATIC(BUF),
	/* 40 */ RETURN, CATCH,
};

/*
 * if (from + len <= array.length)
 *	if (len <= LPS_JAVA_COPY && copy != null && busy.compareAndSet(0, 1)) {
 *		copy.duplicate().put(array, from, len);
 *		copied(key, how, len);
 *		busy.lazySet(0);
 *	} else {
 *		bytes(key, how, array, from, len);
 *	}
 * C would have to call the virtual machine to know, and to copy, which costs more than all else of
 * a call. What is thrown in between leaves it busy: the other way works for ever.
 */
static const unsigned char within[] = {
	/* 0 */ ILOAD_3, ILOAD, 4, IADD, ALOAD_2, ARRAYLENGTH, IF_ICMPGT, TO(72, 6),
	/* 9 */ ILOAD, 4, SIPUSH, LPS_JAVA_COPY >> 8, LPS_JAVA_COPY & 0xff, IF_ICMPGT, TO(63, 14),
	/* 17 */ GETSTATIC, REF(COPY), IFNULL, TO(63, 20),
	/* 23 */ GETSTATIC, REF(BUSY), ICONST_0, ICONST_1, VIRTUAL(TAKE), IFEQ, TO(63, 31),
	/* 34 */ GETSTATIC, REF(COPY), VIRTUAL(DUPLICATE), ALOAD_2, ILOAD_3, ILOAD, 4, VIRTUAL(PUT),
	/* 47 */ POP, ILOAD_0, ILOAD_1, ILOAD, 4, STATIC(COPIED),
	/* 55 */ GETSTATIC, REF(BUSY), ICONST_0, VIRTUAL(LEAVE), RETURN,
	/* 63 */ ILOAD_0, ILOAD_1, ALOAD_2, ILOAD_3, ILOAD, 4, STATIC(BYTES),
	/* 72 */ RETURN, CATCH,
};

/* over(identityHashCode(record.handshakeHash)) */
static const unsigned char end_out[] = {
	ALOAD_0, GET(OUT_SHARED), STATIC(IDENTITY), STATIC(OVER),
	RETURN, CATCH,
};
static const unsigned char end_in[] = {
	ALOAD_0, GET(IN_SHARED), STATIC(IDENTITY), STATIC(OVER),
	RETURN, CATCH,
};

/* clang-format on */

static const struct {
	const char *name, *desc;
	const unsigned char *code;
	unsigned char len;
} methods[] = {
	{"out", LPS_JAVA_OUT_DESC, out, sizeof(out)},
	{"engine", LPS_JAVA_OF_OUT, engine, sizeof(engine)},
	{"crypt", LPS_JAVA_CRYPT_DESC, crypt, sizeof(crypt)},
	{"in", LPS_JAVA_IN_DESC, in, sizeof(in)},
	{PASS_NAME, PASS_DESC, pass, sizeof(pass)},
	{WITHIN_NAME, BYTES_DESC, within, sizeof(within)},
	{"endOut", LPS_JAVA_OF_OUT, end_out, sizeof(end_out)},
	{"endIn", LPS_JAVA_OF_IN, end_in, sizeof(end_in)},
};

static const enum ref fields[] = {ENGINES, COPY, BUSY};

#define MEMBERS (LP_ARRAY_LEN(methods) + LPS_JAVA_NATIVES)

/* --- the file --------------------------------------------------------------------------------- */

/* Behind its name, which is constant `at`. */
static void put_class(struct out *f, const char *name, size_t at)
{
	put_utf8(f, name);
	put1(f, CLASS);
	put2(f, at);
}

static void put_pool(struct out *f)
{
	put2(f, CODE_NAME + 1 + 2 * MEMBERS);
	put_class(f, LPS_JAVA_CLASS, SELF - 1);
	put_class(f, "java/lang/Object", SUPER - 1);
	for (size_t i = 0; i < REFS; i++) {
		size_t at = REF_AT(i);

		put_class(f, refs[i].cls, at);
		put_utf8(f, refs[i].name);
		put_utf8(f, refs[i].desc);
		put1(f, NAME_TYPE);
		put2(f, at + 2);
		put2(f, at + 3);
		put1(f, refs[i].tag);
		put2(f, at + 1);
		put2(f, at + 4);
	}
	put_utf8(f, "Code");
	for (size_t i = 0; i < LP_ARRAY_LEN(methods); i++) {
		put_utf8(f, methods[i].name);
		put_utf8(f, methods[i].desc);
	}
	for (size_t i = 0; i < LPS_JAVA_NATIVES; i++) {
		put_utf8(f, lps_java_natives[i].name);
		put_utf8(f, lps_java_natives[i].desc);
	}
}

/* One exception table for all of it but the handler at its end. */
static void put_code(struct out *f, const unsigned char *code, size_t len)
{
	put2(f, CODE_NAME);
	put4(f, 2 + 2 + 4 + len + 2 + 8 + 2);
	put2(f, STACK_MAX);
	put2(f, LOCALS_MAX);
	put4(f, len);
	put(f, code, len);
	put2(f, 1);
	put2(f, 0);
	put2(f, len - CATCH_LEN);
	put2(f, len - CATCH_LEN);
	put2(f, 0); /* everything */
	put2(f, 0);
}

size_t lps_java_class(unsigned char *to, size_t cap)
{
	struct out f = {to, 0, cap, false};

	put4(&f, 0xcafebabe);
	put4(&f, CLASS_VERSION);
	put_pool(&f);
	put2(&f, 0x0031); /* public final super */
	put2(&f, SELF);
	put2(&f, SUPER);
	put2(&f, 0); /* interfaces */
	put2(&f, LP_ARRAY_LEN(fields));
	for (size_t i = 0; i < LP_ARRAY_LEN(fields); i++) {
		put2(&f, 0x0009);
		put2(&f, REF_AT(fields[i]) + 2);
		put2(&f, REF_AT(fields[i]) + 3);
		put2(&f, 0); /* attributes */
	}
	put2(&f, MEMBERS);
	for (size_t i = 0; i < MEMBERS; i++) {
		bool is_native = i >= LP_ARRAY_LEN(methods);

		put2(&f, is_native ? 0x0109 : 0x0009); /* public static, native */
		put2(&f, CODE_NAME + 1 + 2 * i);
		put2(&f, CODE_NAME + 2 + 2 * i);
		put2(&f, is_native ? 0 : 1);
		if (!is_native)
			put_code(&f, methods[i].code, methods[i].len);
	}
	put2(&f, 0);
	return f.full ? 0 : f.at;
}
