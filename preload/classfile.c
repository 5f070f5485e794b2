/* SPDX-License-Identifier: MIT */
#include "classfile.h"

#include <errno.h>
#include <string.h>

#include "classbytes.h"

#define MAGIC	     0xcafebabeu
#define CALL_LEN     3u
#define INSERT_MAX   (LPS_CLASS_LOADS + CALL_LEN)
#define NO_TARGET    0xffffu /* no instruction starts there */
#define CODE_MAX     0xfffeu
#define INSERTS_MAX  32u /* per class: one bit each says that it was done */
#define FRAME_DELTA0 64u /* offsets from here on do not fit into a frame's type */

enum op {
	OP_TABLESWITCH = 170,
	OP_LOOKUPSWITCH = 171,
	OP_ARETURN = 176,
	OP_INVOKESTATIC = 184,
	OP_IINC = 132,
	OP_WIDE = 196,
	OP_GOTO_W = 200,
	OP_JSR_W = 201,
	OP_COUNT = 202,
};

/* Length of each instruction as a digit, by its number; 0: it tells itself. */
static const char op_len[] = "1111111111111111232332222211111111111111111111111111112222211111"
			     "1111111111111111111111111111111111111111111111111111111111111111"
			     "1111311111111111111111111333333333333333320011111133333335532311"
			     "3311043355";

_Static_assert(sizeof(op_len) == OP_COUNT + 1, "one for each");

/* --- bytes ------------------------------------------------------------------------------------ */

/* Stops at the first byte that is not there, and remembers. */
struct in {
	const unsigned char *p;
	size_t at, end;
	bool bad;
};

static const unsigned char *take(struct in *in, size_t n)
{
	static const unsigned char none[16];
	const unsigned char *p = in->p + in->at;

	if (in->bad || n > in->end - in->at) {
		in->bad = true;
		in->at = in->end;
		return n <= sizeof(none) ? none : NULL;
	}
	in->at += n;
	return p;
}

static uint32_t u1(struct in *in)
{
	return *take(in, 1);
}

static uint32_t be2(const unsigned char *p)
{
	return (uint32_t)p[0] << 8 | p[1];
}

static uint32_t be4(const unsigned char *p)
{
	return be2(p) << 16 | be2(p + 2);
}

static uint32_t u2(struct in *in)
{
	return be2(take(in, 2));
}

static uint32_t u4(struct in *in)
{
	return be4(take(in, 4));
}

/* In place of four bytes put before. */
static void set4(struct out *o, size_t at, uint32_t v)
{
	struct out there = {o->p, at, at + 4, o->full};

	put4(&there, v);
}

static void copy(struct in *in, struct out *o, size_t n)
{
	const unsigned char *p = take(in, n);

	if (!in->bad)
		put(o, p, n);
}

/* --- one run ---------------------------------------------------------------------------------- */

struct run {
	struct in in;
	struct out out;
	struct lps_class_work *w;
	const struct lps_class_insert *ins;
	size_t n;
	uint32_t pool_n;	    /* constants of the old class */
	uint16_t call[INSERTS_MAX]; /* the constant that each insertion calls */
	uint32_t done;
};

static bool is_name(const struct run *r, uint32_t index, const char *name)
{
	const unsigned char *p;
	size_t len = strlen(name);

	if (index >= r->pool_n || !r->w->utf8[index])
		return false;
	p = r->in.p + r->w->utf8[index];
	return be2(p) == len && memcmp(p + 2, name, len) == 0;
}

static int pool(struct run *r, const char *hook_class)
{
	struct in *in = &r->in;
	uint32_t extra = 2 + 4 * (uint32_t)r->n, at;
	size_t start;

	r->pool_n = u2(in);
	if (!r->pool_n || r->pool_n + extra > 0xffff)
		return -EBADMSG;
	put2(&r->out, r->pool_n + extra);
	start = in->at;
	memset(r->w->utf8, 0, r->pool_n * sizeof(r->w->utf8[0]));
	for (uint32_t i = 1; i < r->pool_n && !in->bad; i++) {
		switch (u1(in)) {
		case 1:
			r->w->utf8[i] = (uint32_t)in->at;
			take(in, u2(in));
			break;
		case 7:
		case 8:
		case 16:
		case 19:
		case 20:
			take(in, 2);
			break;
		case 15:
			take(in, 3);
			break;
		case 3:
		case 4:
		case 9:
		case 10:
		case 11:
		case 12:
		case 17:
		case 18:
			take(in, 4);
			break;
		case 5:
		case 6:
			take(in, 8);
			i++; /* they count twice */
			break;
		default:
			return -EBADMSG;
		}
	}
	if (in->bad)
		return -EBADMSG;
	put(&r->out, in->p + start, in->at - start);
	at = r->pool_n;
	put_utf8(&r->out, hook_class);
	put1(&r->out, 7);
	put2(&r->out, at++);
	for (size_t i = 0; i < r->n; i++) {
		put_utf8(&r->out, r->ins[i].hook);
		put_utf8(&r->out, r->ins[i].hook_desc);
		put1(&r->out, 12);
		put2(&r->out, at + 1);
		put2(&r->out, at + 2);
		put1(&r->out, 10);
		put2(&r->out, r->pool_n + 1);
		put2(&r->out, at + 3);
		at += 4;
		r->call[i] = (uint16_t)at;
	}
	return 0;
}

/* --- code ------------------------------------------------------------------------------------- */

struct code {
	const unsigned char *p;
	uint32_t len, new_len;
	const struct lps_class_insert *ins;
	unsigned char insert[INSERT_MAX];
	uint32_t n_insert;
};

/* Length of the instruction at `pc` as it stands, 0 when it is none. */
static uint32_t length_at(const struct code *c, uint32_t pc)
{
	uint32_t left = c->len - pc, pad = 3 - pc % 4, len, n;
	const unsigned char *p = c->p + pc, *q = p + 1 + pad;

	if (*p == OP_TABLESWITCH) {
		if (left < 1 + pad + 12)
			return 0;
		n = be4(q + 8) - be4(q + 4);
		if (n >= left / 4)
			return 0;
		len = 1 + pad + 12 + 4 * (n + 1);
	} else if (*p == OP_LOOKUPSWITCH) {
		if (left < 1 + pad + 8)
			return 0;
		n = be4(q + 4);
		if (n >= left / 8)
			return 0;
		len = 1 + pad + 8 + 8 * n;
	} else if (*p == OP_WIDE) {
		if (left < 2)
			return 0;
		len = p[1] == OP_IINC ? 6 : 4;
	} else {
		len = *p < OP_COUNT ? (uint32_t)(op_len[*p] - '0') : 0;
	}
	return len <= left ? len : 0;
}

static bool inserts_at(const struct code *c, uint32_t pc)
{
	return c->ins->at_return ? c->p[pc] == OP_ARETURN : pc == 0;
}

/* Where everything goes. */
static int lay_out(struct run *r, struct code *c)
{
	uint32_t pc = 0, to = 0, len;

	memset(r->w->target, 0xff, (c->len + 1) * sizeof(r->w->target[0]));
	while (pc < c->len) {
		len = length_at(c, pc);
		if (!len)
			return -EBADMSG;
		/* A loop back to the entry does not enter again; a jump to a return returns. */
		if (inserts_at(c, pc) && c->ins->at_return) {
			r->w->target[pc] = (uint16_t)to;
			to += c->n_insert;
		} else {
			to += inserts_at(c, pc) ? c->n_insert : 0;
			r->w->target[pc] = (uint16_t)to;
		}
		if (c->p[pc] == OP_TABLESWITCH || c->p[pc] == OP_LOOKUPSWITCH)
			to += 3 - to % 4 - (3 - pc % 4);
		to += len;
		pc += len;
		if (to > CODE_MAX)
			return -E2BIG;
	}
	r->w->target[pc] = (uint16_t)to;
	c->new_len = to;
	return 0;
}

/* Where the jump from `pc` by `off` goes; counted from the jump's new place `to`. */
static int new_offset(const struct run *r, const struct code *c, uint32_t pc, uint32_t to,
		      int32_t off, int32_t *result)
{
	int64_t at = (int64_t)pc + off;

	if (at < 0 || at >= c->len || r->w->target[at] == NO_TARGET)
		return -EBADMSG;
	*result = (int32_t)r->w->target[at] - (int32_t)to;
	return 0;
}

static int put_offset4(struct run *r, const struct code *c, uint32_t pc, uint32_t to,
		       const unsigned char *old)
{
	int32_t off;
	int err = new_offset(r, c, pc, to, (int32_t)be4(old), &off);

	if (err == 0)
		put4(&r->out, (uint32_t)off);
	return err;
}

static int put_switch(struct run *r, const struct code *c, uint32_t pc, uint32_t to, uint32_t len)
{
	const unsigned char *p = c->p + pc + 1 + (3 - pc % 4), *end = c->p + pc + len;
	bool table = c->p[pc] == OP_TABLESWITCH;
	int err;

	put1(&r->out, c->p[pc]);
	put(&r->out, "\0\0\0", 3 - to % 4);
	err = put_offset4(r, c, pc, to, p);
	put(&r->out, p + 4, table ? 8 : 4);
	for (p += table ? 12 : 8; !err && p < end; p += 4) {
		if (!table) {
			put(&r->out, p, 4);
			p += 4;
		}
		err = put_offset4(r, c, pc, to, p);
	}
	return err;
}

static int put_instruction(struct run *r, const struct code *c, uint32_t pc, uint32_t to,
			   uint32_t len)
{
	const unsigned char *p = c->p + pc;
	int32_t off;
	int err;

	if (*p == OP_TABLESWITCH || *p == OP_LOOKUPSWITCH)
		return put_switch(r, c, pc, to, len);
	if (*p == OP_GOTO_W || *p == OP_JSR_W) {
		put1(&r->out, *p);
		return put_offset4(r, c, pc, to, p + 1);
	}
	if ((*p < 153 || *p > 168) && *p != 198 && *p != 199) {
		put(&r->out, p, len);
		return 0;
	}
	err = new_offset(r, c, pc, to, (int16_t)be2(p + 1), &off);
	if (err)
		return err;
	if (off < INT16_MIN || off > INT16_MAX)
		return -E2BIG;
	put1(&r->out, *p);
	put2(&r->out, (uint32_t)off);
	return 0;
}

static int put_code(struct run *r, struct code *c)
{
	size_t start;
	int err = lay_out(r, c);

	if (err)
		return err;
	put4(&r->out, c->new_len);
	start = r->out.at;
	for (uint32_t pc = 0, len; pc < c->len && !err && !r->out.full; pc += len) {
		len = length_at(c, pc);
		if (inserts_at(c, pc))
			put(&r->out, c->insert, c->n_insert);
		err = put_instruction(r, c, pc, (uint32_t)(r->out.at - start), len);
	}
	return err;
}

/* --- tables about code ------------------------------------------------------------------------ */

/* An address in a table; `end`: the one behind the last instruction will do, too. */
static int put_pc(struct run *r, const struct code *c, uint32_t pc, bool end)
{
	if (pc > c->len || (pc == c->len && !end) || r->w->target[pc] == NO_TARGET)
		return -EBADMSG;
	put2(&r->out, r->w->target[pc]);
	return 0;
}

static int exceptions(struct run *r, const struct code *c)
{
	struct in *in = &r->in;
	uint32_t n = u2(in);
	int err = 0;

	put2(&r->out, n);
	while (n-- && !err && !in->bad) {
		err = put_pc(r, c, u2(in), false);
		if (!err)
			err = put_pc(r, c, u2(in), true);
		if (!err)
			err = put_pc(r, c, u2(in), false);
		put2(&r->out, u2(in));
	}
	return err;
}

static int lines(struct run *r, const struct code *c)
{
	uint32_t n = u2(&r->in);
	int err = 0;

	put2(&r->out, n);
	while (n-- && !err && !r->in.bad) {
		err = put_pc(r, c, u2(&r->in), false);
		put2(&r->out, u2(&r->in));
	}
	return err;
}

static int variables(struct run *r, const struct code *c)
{
	uint32_t n = u2(&r->in);

	put2(&r->out, n);
	while (n-- && !r->in.bad) {
		uint32_t from = u2(&r->in), to = from + u2(&r->in);

		if (to > c->len || r->w->target[from] == NO_TARGET || r->w->target[to] == NO_TARGET)
			return -EBADMSG;
		put2(&r->out, r->w->target[from]);
		put2(&r->out, (uint32_t)r->w->target[to] - r->w->target[from]);
		copy(&r->in, &r->out, 6);
	}
	return 0;
}

static int types(struct run *r, const struct code *c, uint32_t n)
{
	int err = 0;

	while (n-- && !err && !r->in.bad) {
		uint32_t tag = u1(&r->in);

		put1(&r->out, tag);
		if (tag == 7)
			copy(&r->in, &r->out, 2);
		else if (tag == 8)
			err = put_pc(r, c, u2(&r->in), false);
		else if (tag > 8)
			err = -EBADMSG;
	}
	return err;
}

/* The type of a frame, with its distance to the one before. */
static void put_frame(struct out *o, uint32_t type, uint32_t delta)
{
	if (type < 64)
		type = delta < FRAME_DELTA0 ? delta : 251;
	else if (type < 128)
		type = delta < FRAME_DELTA0 ? 64 + delta : 247;
	put1(o, type);
	if (type >= 128)
		put2(o, delta);
}

static int frame(struct run *r, const struct code *c, int64_t *last)
{
	struct in *in = &r->in;
	uint32_t type = u1(in), delta, n;
	int64_t pc;
	int err;

	if (type >= 128 && type < 247)
		return -EBADMSG;
	delta = type < 64 ? type : type < 128 ? type - 64 : u2(in);
	pc = *last + 1 + delta;
	if (pc >= c->len || r->w->target[pc] == NO_TARGET)
		return -EBADMSG;
	put_frame(&r->out, type,
		  r->w->target[pc] - (*last < 0 ? 0u : (uint32_t)r->w->target[*last] + 1));
	*last = pc;
	if (type < 64 || (type >= 248 && type <= 251))
		return 0;
	if (type < 128 || type == 247)
		return types(r, c, 1);
	if (type < 255)
		return types(r, c, type - 251);
	n = u2(in);
	put2(&r->out, n);
	err = types(r, c, n);
	if (err)
		return err;
	n = u2(in);
	put2(&r->out, n);
	return types(r, c, n);
}

static int frames(struct run *r, const struct code *c)
{
	uint32_t n = u2(&r->in);
	int64_t last = -1;
	int err = 0;

	put2(&r->out, n);
	while (n-- && !err && !r->in.bad)
		err = frame(r, c, &last);
	return err;
}

/* An attribute of the code; those without addresses are copied. */
static int code_attribute(struct run *r, const struct code *c)
{
	static const struct {
		const char *name;
		int (*rewrite)(struct run *r, const struct code *c);
	} known[] = {
		{"StackMapTable", frames},
		{"LineNumberTable", lines},
		{"LocalVariableTable", variables},
		{"LocalVariableTypeTable", variables},
	};
	uint32_t name = u2(&r->in), len = u4(&r->in);
	size_t end = r->in.at + len, at;
	int err;

	if (r->in.bad || len > r->in.end - r->in.at)
		return -EBADMSG;
	put2(&r->out, name);
	at = r->out.at;
	put4(&r->out, len);
	for (size_t i = 0; i < LP_ARRAY_LEN(known); i++) {
		if (!is_name(r, name, known[i].name))
			continue;
		err = known[i].rewrite(r, c);
		if (err || r->in.at != end)
			return err ? err : -EBADMSG;
		set4(&r->out, at, (uint32_t)(r->out.at - at - 4));
		return 0;
	}
	copy(&r->in, &r->out, len);
	return 0;
}

/* The Code attribute behind its name. */
static int code(struct run *r, size_t i)
{
	struct in *in = &r->in;
	const struct lps_class_insert *ins = &r->ins[i];
	struct code c = {.ins = ins};
	uint32_t len = u4(in), n, stack;
	size_t end = in->at + len, at = r->out.at;
	int err;

	if (in->bad || len > in->end - in->at)
		return -EBADMSG;
	memcpy(c.insert, ins->load, ins->n_load);
	c.insert[ins->n_load] = OP_INVOKESTATIC;
	c.insert[ins->n_load + 1] = (unsigned char)(r->call[i] >> 8);
	c.insert[ins->n_load + 2] = (unsigned char)r->call[i];
	c.n_insert = ins->n_load + CALL_LEN;
	put4(&r->out, 0);
	stack = u2(in) + ins->n_stack;
	put2(&r->out, stack > 0xffff ? 0xffff : stack);
	copy(in, &r->out, 2);
	c.len = u4(in);
	if (!c.len || c.len > CODE_MAX)
		return -EBADMSG;
	c.p = take(in, c.len);
	if (in->bad)
		return -EBADMSG;
	err = put_code(r, &c);
	if (!err)
		err = exceptions(r, &c);
	n = u2(in);
	put2(&r->out, n);
	while (n-- && !err && !in->bad)
		err = code_attribute(r, &c);
	if (err || in->bad || in->at != end)
		return err ? err : -EBADMSG;
	set4(&r->out, at, (uint32_t)(r->out.at - at - 4));
	r->done |= 1u << i;
	return 0;
}

/* --- the class -------------------------------------------------------------------------------- */

/* A field, a method, or (with `attributes_only`) the end of the class. */
static int member(struct run *r, bool method, bool attributes_only)
{
	struct in *in = &r->in;
	size_t which = r->n;
	uint32_t n;
	int err = 0;

	if (!attributes_only) {
		const unsigned char *p = take(in, 6);

		put(&r->out, p, 6);
		for (size_t i = 0; method && i < r->n && which == r->n; i++)
			if (is_name(r, be2(p + 2), r->ins[i].method) &&
			    is_name(r, be2(p + 4), r->ins[i].desc))
				which = i;
	}
	n = u2(in);
	put2(&r->out, n);
	while (n-- && !err && !in->bad) {
		uint32_t name = u2(in);

		put2(&r->out, name);
		if (which < r->n && !(r->done & 1u << which) && is_name(r, name, "Code")) {
			err = code(r, which);
		} else {
			uint32_t len = u4(in);

			put4(&r->out, len);
			copy(in, &r->out, len);
		}
	}
	return err;
}

static int members(struct run *r, bool method)
{
	uint32_t n = u2(&r->in);
	int err = 0;

	put2(&r->out, n);
	while (n-- && !err && !r->in.bad)
		err = member(r, method, false);
	return err;
}

long lps_class_rewrite(struct lp_span in, const char *hook_class,
		       const struct lps_class_insert *ins, size_t n, unsigned char *out, size_t cap,
		       struct lps_class_work *work)
{
	struct run r = {
		.in = {(const unsigned char *)in.ptr, 0, in.len, false},
		.out = {out, 0, cap, false},
		.w = work,
		.ins = ins,
		.n = n,
	};
	uint32_t interfaces;
	int err;

	if (n > INSERTS_MAX || in.len > UINT32_MAX || u4(&r.in) != MAGIC)
		return -EBADMSG;
	put4(&r.out, MAGIC);
	copy(&r.in, &r.out, 4);
	err = pool(&r, hook_class);
	if (err)
		return err;
	copy(&r.in, &r.out, 6); /* access, this, super */
	interfaces = u2(&r.in);
	put2(&r.out, interfaces);
	copy(&r.in, &r.out, 2 * (size_t)interfaces);
	err = members(&r, false);
	if (!err)
		err = members(&r, true);
	if (!err)
		err = member(&r, false, true);
	if (!err && (r.in.bad || r.in.at != r.in.end))
		err = -EBADMSG;
	if (!err && r.out.full)
		err = -E2BIG;
	if (!err && r.done != (n == INSERTS_MAX ? UINT32_MAX : (1u << n) - 1))
		err = -ENOENT;
	return err ? err : (long)r.out.at;
}
