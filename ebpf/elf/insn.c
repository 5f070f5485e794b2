/* SPDX-License-Identifier: MIT */
#include "insn.h"

#include <stdint.h>
#include <string.h>

#include "elf_file.h"

static const unsigned char endbr64[] = {0xf3, 0x0f, 0x1e, 0xfa};

static bool starts(const unsigned char *code, size_t len, const unsigned char *with, size_t n)
{
	return len >= n && memcmp(code, with, n) == 0;
}

static int32_t imm32(const unsigned char *p)
{
	return (int32_t)lp_get32(p);
}

/* push %r64, with or without REX.B */
static bool is_push(const unsigned char *code, size_t len)
{
	if (len >= 1 && (code[0] & 0xf8) == 0x50)
		return true;
	return len >= 2 && code[0] == 0x41 && (code[1] & 0xf8) == 0x50;
}

static bool is_nop(const unsigned char *code, size_t len)
{
	return (len >= 1 && code[0] == 0x90) || (len >= 2 && code[0] == 0x66 && code[1] == 0x90);
}

/*
 * Opcodes that compilers begin a function with, beside push, nop and endbr64: moves and tests of
 * arguments, a constant for the result, room on the stack, a tail jump.
 */
static bool is_opening(const unsigned char *code, size_t len)
{
	size_t i = 0;

	if (len && (code[0] & 0xf0) == 0x40)
		i = 1;
	if (i == len)
		return false;
	switch (code[i]) {
	case 0x29: /* sub */
	case 0x2b:
	case 0x31: /* xor r, r/m */
	case 0x33:
	case 0x39: /* cmp */
	case 0x3b:
	case 0x63: /* movslq */
	case 0x80: /* add, sub, cmp … a byte */
	case 0x81: /* … with four bytes */
	case 0x83: /* … with one byte */
	case 0x84: /* test */
	case 0x85:
	case 0x88: /* mov */
	case 0x89:
	case 0x8b:
	case 0x8d: /* lea */
	case 0xc6: /* mov $imm, r/m */
	case 0xc7:
	case 0xe9: /* jmp */
	case 0xf6: /* test $imm, r/m */
	case 0xf7:
		return true;
	case 0x0f: /* movzx, long nop */
		return i + 1 < len &&
		       (code[i + 1] == 0xb6 || code[i + 1] == 0xb7 || code[i + 1] == 0x1f);
	default:
		return (code[i] & 0xf8) == 0xb8; /* mov $imm, %r */
	}
}

#define PADDING	    0x2e /* a CS segment override, as assemblers pad */
#define PADDING_MAX 5

bool lp_insn_is_padded(const unsigned char *code, size_t len)
{
	return len && *code == PADDING;
}

bool lp_insn_is_function(const unsigned char *code, size_t len)
{
	for (size_t i = 0; i < PADDING_MAX && lp_insn_is_padded(code, len); i++) {
		code++;
		len--;
	}
	return starts(code, len, endbr64, sizeof(endbr64)) || is_push(code, len) ||
	       is_nop(code, len) || is_opening(code, len);
}

/* Register numbers as instructions have them. */
enum { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R9, R12 = 12, REGISTERS = 16 };

/* One instruction that moves something to a register: to which, and from which (-1: none). */
struct move {
	size_t len;
	int to, from; /* to -1: nowhere */
	int half;     /* the same where only the lower half is moved */
};

/* False for all that is not known to be such a move, or a test. */
static bool decode_move(const unsigned char *code, size_t len, struct move *m)
{
	bool rex = len && (code[0] & 0xf0) == 0x40;
	unsigned prefix = rex ? code[0] : 0, at = rex, op, modrm;
	int reg, rm;

	if (len < at + 2u)
		return false;
	op = code[at];
	if ((op & 0xf8) == 0xb8 && !(prefix & 8)) { /* mov $imm32, %r */
		*m = (struct move){at + 5, (int)((op & 7) | (prefix & 1) << 3), -1, -1};
		return len >= m->len;
	}
	modrm = code[at + 1];
	if (modrm < 0xc0) /* memory */
		return false;
	reg = (int)((modrm >> 3 & 7) | (prefix & 4) << 1);
	rm = (int)((modrm & 7) | (prefix & 1) << 3);
	switch (op) {
	case 0x31: /* xor r, r/m */
		*m = (struct move){at + 2, rm, -1, -1};
		return true;
	case 0x33:
		*m = (struct move){at + 2, reg, -1, -1};
		return true;
	case 0x85: /* test */
		*m = (struct move){at + 2, -1, -1, -1};
		return true;
	case 0x89: /* mov r, r/m */
		*m = (struct move){at + 2, rm, prefix & 8 ? reg : -1, reg};
		return true;
	case 0x8b:
		*m = (struct move){at + 2, reg, prefix & 8 ? rm : -1, rm};
		return true;
	default:
		return false;
	}
}

/* Instructions that the kernel emulates, and to which nothing jumps back with the stack as it was.
 */
static bool is_cheap(const unsigned char *code, size_t len)
{
	return is_push(code, len) || is_nop(code, len) ||
	       (len >= 2 && (code[0] == 0xeb || code[0] == 0xe9));
}

size_t lp_insn_cheap_entry(const unsigned char *code, size_t len, enum lp_insn_arg4 *arg4)
{
	size_t at = starts(code, len, endbr64, sizeof(endbr64)) ? sizeof(endbr64) : 0;
	bool in_rcx = true, in_r8 = false;
	struct move m;

	if (len > LP_INSN_LOOK)
		len = LP_INSN_LOOK;
	*arg4 = LP_ARG4_RCX;
	while (at < len && !is_cheap(code + at, len - at)) {
		if (!decode_move(code + at, len - at, &m))
			return 0;
		switch (m.to) {
		case RSP:
		case RDX:
		case RSI:
		case RDI:
		case R9: /* the shim's mark */
			return 0;
		case RCX:
			in_rcx = false;
			break;
		case R8:
			in_r8 = m.from == RCX && in_rcx;
			break;
		default:
			break;
		}
		at += m.len;
	}
	if (at >= len)
		return 0;
	if (!in_rcx)
		*arg4 = in_r8 ? LP_ARG4_R8 : LP_ARG4_LOST;
	return at;
}

bool lp_insn_forwards(const unsigned char *code, size_t len, int64_t *to)
{
	enum lp_insn_arg4 arg4;
	size_t at = lp_insn_cheap_entry(code, len, &arg4);

	if (!at || arg4 != LP_ARG4_R8)
		return false;
	if (code[at] == 0xeb && len - at >= 2)
		*to = (int64_t)at + 2 + (code[at + 1] < 0x80 ? code[at + 1] : code[at + 1] - 256);
	else if (code[at] == 0xe9 && len - at >= 5)
		*to = (int64_t)at + 5 + imm32(code + at + 1);
	else
		return false;
	return true;
}

static bool is_preserved(int reg)
{
	return reg == RBX || reg == RBP || reg >= R12;
}

/* Length of what only tidies the stack: pop of what no function has to preserve, add $imm8, %rsp.
 */
static size_t tidies(const unsigned char *code, size_t len)
{
	static const unsigned char add[] = {0x48, 0x83, 0xc4};
	bool rex = len && code[0] == 0x41;

	if (starts(code, len, add, sizeof(add)))
		return len > sizeof(add) ? sizeof(add) + 1 : 0;
	if (len < rex + 1u || (code[rex] & 0xf8) != 0x58 || (!rex && code[0] == 0x58)) /* RAX */
		return 0;
	return is_preserved((code[rex] & 7) | rex << 3) ? 0 : rex + 1u;
}

/* call *disp8(%reg), call *disp32(%reg), call *%reg */
static size_t is_indirect_call(const unsigned char *code, size_t len)
{
	size_t at = len && code[0] == 0x41, n;

	if (len < at + 3 || code[at] != 0xff || (code[at + 1] & 7) == RSP)
		return 0;
	switch (code[at + 1] & 0xf8) {
	case 0x50:
		n = 3;
		break;
	case 0x90:
		n = 6;
		break;
	case 0xd0:
		n = 2;
		break;
	default:
		return 0;
	}
	return len >= at + n ? at + n : 0;
}

/* mov disp(%reg), %r to a register that no function has to preserve: its length, or 0. */
static size_t loads(const unsigned char *code, size_t len, int *to)
{
	static const size_t more[] = {0, 1, 4}; /* of the offset */
	bool rex = len && (code[0] & 0xf0) == 0x40;
	unsigned modrm = len > rex + 1u ? code[rex + 1] : 0xff;

	if (modrm >= 0xc0 || code[rex] != 0x8b || (modrm & 7) == RSP || (modrm & 0xc7) == RBP)
		return 0;
	*to = (int)((modrm >> 3 & 7) | (rex ? code[0] & 4u : 0) << 1);
	return is_preserved(*to) ? 0 : rex + 2 + more[modrm >> 6];
}

/* A jump on a condition: its length, or 0; *to is how far from here it leads. */
static size_t is_branch(const unsigned char *code, size_t len, int64_t *to)
{
	if (len >= 2 && (code[0] & 0xf0) == 0x70) {
		*to = 2 + (code[1] < 0x80 ? code[1] : code[1] - 256);
		return 2;
	}
	if (len >= 6 && code[0] == 0x0f && (code[1] & 0xf0) == 0x80) {
		*to = 6 + (int64_t)imm32(code + 2);
		return 6;
	}
	return 0;
}

/* Whether `mov %from, %to` stands there. */
static bool moves(const unsigned char *code, size_t len, unsigned from, unsigned to)
{
	const unsigned char mov[] = {(unsigned char)(0x48 | (from >> 3) << 2 | to >> 3), 0x89,
				     (unsigned char)(0xc0 | (from & 7) << 3 | (to & 7))};

	return len >= sizeof(mov) && memmem(code, len, mov, sizeof(mov));
}

static bool is_taken(const struct lp_insn_outcome *o, unsigned reg)
{
	return reg == o->conn || reg == o->buf || reg == o->size || reg == o->done ||
	       reg == o->peek;
}

/*
 * Up to the first call: which preserved register holds which argument. Its end, or 0. What jumps
 * away before it does not go to places before *beyond.
 */
static size_t arguments(const unsigned char *code, size_t len, bool peeks,
			struct lp_insn_outcome *o, int64_t *beyond)
{
	static const unsigned char room[] = {0x48, 0x83, 0xec}; /* sub $imm8, %rsp */
	unsigned *which[REGISTERS] = {
		[RDI] = &o->conn,
		[RSI] = &o->buf,
		[RDX] = &o->size,
		[RCX] = peeks ? &o->peek : &o->done,
		[R8] = peeks ? &o->done : NULL,
	};
	size_t at = starts(code, len, endbr64, sizeof(endbr64)) ? sizeof(endbr64) : 0;
	struct move m;
	int64_t jump;
	size_t n;
	int to;

	*beyond = INT64_MAX;
	while (at < len && code[at] != 0xe8) {
		if (len - at > 6 && code[at] == 0xff && code[at + 1] == 0x15) /* call *x(%rip) */
			return at + 6;
		if (is_push(code + at, len - at)) {
			at += code[at] == 0x41 ? 2 : 1;
		} else if (starts(code + at, len - at, room, sizeof(room))) {
			at += sizeof(room) + 1;
		} else if ((n = is_branch(code + at, len - at, &jump))) {
			if (jump + (int64_t)at < *beyond)
				*beyond = jump + (int64_t)at;
			at += n;
		} else if ((n = loads(code + at, len - at, &to))) {
			which[to] = NULL;
			at += n;
		} else if (decode_move(code + at, len - at, &m)) {
			unsigned **from = m.half < 0 ? NULL : &which[m.half];

			if (m.to == RSP)
				return 0;
			if (is_preserved(m.to) && is_taken(o, (unsigned)m.to))
				return 0;
			if (is_preserved(m.to) && from && *from) {
				if (m.from < 0 && *from != &o->peek)
					return 0;
				**from = (unsigned)m.to;
			} else if (m.to >= 0) {
				which[m.to] = NULL;
			}
			at += m.len;
		} else {
			return 0;
		}
	}
	return len - at > 5 ? at + 5 : 0;
}

/* Behind the second call nothing touches the result before a third one: where that is, or 0. */
static size_t once_more(const unsigned char *code, size_t len)
{
	struct move m;
	size_t at = 0, n;

	while (at < len && code[at] != 0xe8) {
		const unsigned char *p = code + at;

		if (len - at > 4 && p[0] == 0x89 && p[1] == 0x44 && p[2] == 0x24)
			at += 4; /* mov %eax, disp8(%rsp) */
		else if (len - at > 3 && p[0] == 0x89 && p[1] == 0x45)
			at += 3; /* mov %eax, disp8(%rbp) */
		else if ((n = tidies(p, len - at)))
			at += n;
		else if (decode_move(p, len - at, &m) && m.to != RAX && !is_preserved(m.to))
			at += m.len;
		else
			return 0;
	}
	return at < len ? at : 0;
}

bool lp_insn_outcome(const unsigned char *code, size_t len, bool peeks, struct lp_insn_outcome *o)
{
	static const unsigned char is_minus_one[] = {0x83, 0xf8, 0xff}; /* cmp $-1, %eax */
	size_t from, call, n = 0, at, behind;
	int64_t beyond, jump;

	*o = (struct lp_insn_outcome){0};
	if (len > LP_INSN_OUTCOME_LOOK)
		len = LP_INSN_OUTCOME_LOOK;
	from = arguments(code, len, peeks, o, &beyond);
	if (!from || !o->conn || !o->buf || !o->size || !o->done || (peeks && !o->peek))
		return false;
	for (call = from; call < len; call++) {
		n = is_indirect_call(code + call, len - call);
		if (!n)
			continue;
		at = call + n;
		while ((behind = tidies(code + at, len - at)))
			at += behind;
		if (starts(code + at, len - at, is_minus_one, sizeof(is_minus_one)))
			break;
	}
	if (call >= len || !moves(code + from, call - from, o->conn, RDI) ||
	    !moves(code + from, call - from, o->buf, RCX) ||
	    !moves(code + from, call - from, o->size, R8))
		return false;
	at += sizeof(is_minus_one);
	if (beyond <= (int64_t)at || !is_branch(code + at, len - at, &jump) ||
	    (code[at + (code[at] == 0x0f)] & 0x0e) != 4)
		return false;
	o->at[0] = at;
	for (at += 2; at + n < len; at++) {
		if (memcmp(code + at, code + call, n) != 0)
			continue;
		behind = once_more(code + at + n, len - at - n);
		o->at[1] = at + n + behind;
		return behind;
	}
	return false;
}

/* The jump that ends a Go function's stack check: where it is, and its length. */
static bool go_jump(const unsigned char *code, size_t len, size_t *jump, size_t *n)
{
	static const unsigned char lea8[] = {0x4c, 0x8d, 0x64, 0x24};  /* lea  disp8(%rsp), %r12 */
	static const unsigned char lea32[] = {0x4c, 0x8d, 0xa4, 0x24}; /* lea disp32(%rsp), %r12 */
	static const unsigned char cmp_rsp[] = {0x49, 0x3b, 0x66, 0x10}; /* cmp 16(%r14), %rsp */
	static const unsigned char cmp_r12[] = {0x4d, 0x3b, 0x66, 0x10}; /* cmp 16(%r14), %r12 */
	size_t at = 0;

	if (!len) /* then there may be no code at all */
		return false;
	if (starts(code, len, lea8, sizeof(lea8)))
		at = sizeof(lea8) + 1;
	else if (starts(code, len, lea32, sizeof(lea32)))
		at = sizeof(lea32) + 4;
	if (at >= len)
		return false;
	if (!starts(code + at, len - at, at ? cmp_r12 : cmp_rsp, sizeof(cmp_r12)))
		return false;
	at += sizeof(cmp_r12);
	if (len - at > 2 && code[at] == 0x76) /* jbe rel8 */
		*n = 2;
	else if (len - at > 6 && code[at] == 0x0f && code[at + 1] == 0x86) /* jbe rel32 */
		*n = 6;
	else
		return false;
	*jump = at;
	return true;
}

bool lp_insn_go_entry(const unsigned char *code, size_t len, size_t *off)
{
	size_t jump, n;

	if (!go_jump(code, len, &jump, &n))
		return false;
	*off = jump + n;
	return true;
}

bool lp_insn_go_cheap(const unsigned char *code, size_t len, size_t *off)
{
	size_t jump, n;

	if (!go_jump(code, len, &jump, &n) || is_cheap(code + jump + n, len - jump - n))
		return false;
	*off = jump;
	return true;
}

bool lp_insn_returns(const unsigned char *code, size_t len, uint64_t va, uint64_t *value)
{
	static const unsigned char lea[] = {0x48, 0x8d, 0x05}; /* lea disp32(%rip), %rax */
	size_t at = 0;
	bool relative;

	if (!len)
		return false;
	if (starts(code, len, endbr64, sizeof(endbr64)))
		at = sizeof(endbr64);
	relative = starts(code + at, len - at, lea, sizeof(lea));
	if (relative)
		at += sizeof(lea);
	else if (at < len && code[at] == 0xb8) /* mov $imm32, %eax */
		at++;
	else
		return false;
	if (len - at < 5 || code[at + 4] != 0xc3) /* ret */
		return false;
	*value = relative ? va + at + 4 + (uint64_t)(int64_t)imm32(code + at)
			  : (uint32_t)imm32(code + at);
	return true;
}
