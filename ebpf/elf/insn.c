/* SPDX-License-Identifier: MIT */
#include "insn.h"

#include <stdint.h>
#include <string.h>

static const unsigned char endbr64[] = {0xf3, 0x0f, 0x1e, 0xfa};

static bool starts(const unsigned char *code, size_t len, const unsigned char *with, size_t n)
{
	return len >= n && memcmp(code, with, n) == 0;
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

bool lp_insn_is_function(const unsigned char *code, size_t len)
{
	return starts(code, len, endbr64, sizeof(endbr64)) || is_push(code, len) ||
	       is_nop(code, len) || is_opening(code, len);
}

/* Register numbers as instructions have them. */
enum { RCX = 1, RDX, RSP = 4, RSI = 6, RDI, R8, R9 };

/* One instruction that moves something to a register: to which, and from which (-1: none). */
struct move {
	size_t len;
	int to, from; /* to -1: nowhere */
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
		*m = (struct move){at + 5, (int)((op & 7) | (prefix & 1) << 3), -1};
		return len >= m->len;
	}
	modrm = code[at + 1];
	if (modrm < 0xc0) /* memory */
		return false;
	reg = (int)((modrm >> 3 & 7) | (prefix & 4) << 1);
	rm = (int)((modrm & 7) | (prefix & 1) << 3);
	switch (op) {
	case 0x31: /* xor r, r/m */
		*m = (struct move){at + 2, rm, -1};
		return true;
	case 0x33:
		*m = (struct move){at + 2, reg, -1};
		return true;
	case 0x85: /* test */
		*m = (struct move){at + 2, -1, -1};
		return true;
	case 0x89: /* mov r, r/m */
		*m = (struct move){at + 2, rm, prefix & 8 ? reg : -1};
		return true;
	case 0x8b:
		*m = (struct move){at + 2, reg, prefix & 8 ? rm : -1};
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
	uint32_t imm;
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
	imm = (uint32_t)code[at] | (uint32_t)code[at + 1] << 8 | (uint32_t)code[at + 2] << 16 |
	      (uint32_t)code[at + 3] << 24;
	*value = relative ? va + at + 4 + (uint64_t)(int64_t)(int32_t)imm : imm;
	return true;
}
