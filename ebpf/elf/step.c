/* SPDX-License-Identifier: MIT */
#include "step.h"

#include <string.h>

#include "elf_file.h"

#define REX	  0x40
#define REX_W	  0x08
#define REX_R	  0x04
#define REX_X	  0x02
#define REX_B	  0x01
#define MOD_REG	  0xc0 /* the operand is a register */
#define SUB_SP_RM 0xec /* /5 with %rsp */

#define FLAG_CF	   0x001u
#define FLAG_PF	   0x004u
#define FLAG_AF	   0x010u
#define FLAG_ZF	   0x040u
#define FLAG_SF	   0x080u
#define FLAG_OF	   0x800u
#define FLAGS_MATH (FLAG_CF | FLAG_PF | FLAG_AF | FLAG_ZF | FLAG_SF | FLAG_OF)

static const struct {
	uint8_t len;
	unsigned char code[4];
} nops[] = {
	{4, {0xf3, 0x0f, 0x1e, 0xfa}}, /* endbr64 */
	{1, {0x90}},
	{2, {0x66, 0x90}},
	{3, {0x0f, 0x1f, 0x00}},
	{4, {0x0f, 0x1f, 0x40, 0x00}},
};

static bool decode_nop(const unsigned char *code, size_t len, struct lp_step *s)
{
	for (size_t i = 0; i < LP_ARRAY_LEN(nops); i++) {
		if (len >= nops[i].len && memcmp(code, nops[i].code, nops[i].len) == 0) {
			*s = (struct lp_step){.kind = LP_STEP_NOP, .len = nops[i].len};
			return true;
		}
	}
	return false;
}

static int32_t imm32(const unsigned char *p)
{
	return (int32_t)lp_get32(p);
}

/* `at` bytes of prefix stand before the opcode. */
static bool decode_sub(const unsigned char *code, size_t len, size_t at, struct lp_step *s)
{
	bool byte = code[at] == 0x83;
	size_t n = at + 2 + (byte ? 1 : 4);

	if (len < n || code[at + 1] != SUB_SP_RM)
		return false;
	*s = (struct lp_step){
		.kind = LP_STEP_SUB_SP,
		.len = (uint8_t)n,
		.imm = byte ? (int8_t)code[at + 2] : imm32(code + at + 2),
	};
	return true;
}

static bool decode_mov(const unsigned char *code, size_t len, size_t at, uint8_t rex,
		       struct lp_step *s)
{
	uint8_t reg, rm;

	if (len < at + 2 || (code[at + 1] & MOD_REG) != MOD_REG)
		return false;
	reg = (uint8_t)((code[at + 1] >> 3 & 7) | (rex & REX_R ? 8 : 0));
	rm = (uint8_t)((code[at + 1] & 7) | (rex & REX_B ? 8 : 0));
	*s = (struct lp_step){
		.kind = LP_STEP_MOV,
		.len = (uint8_t)(at + 2),
		.from = code[at] == 0x89 ? reg : rm,
		.to = code[at] == 0x89 ? rm : reg,
		.wide = rex & REX_W,
	};
	return true;
}

bool lp_step_decode(const unsigned char *code, size_t len, struct lp_step *s)
{
	uint8_t rex = 0;
	size_t at = 0;

	if (!len)
		return false;
	if (decode_nop(code, len, s))
		return true;
	if ((code[0] & 0xf0) == REX) {
		rex = code[0];
		at = 1;
	}
	if (at == len || rex & REX_X)
		return false;
	if ((code[at] & 0xf8) == 0x50) {
		*s = (struct lp_step){
			.kind = LP_STEP_PUSH,
			.len = (uint8_t)(at + 1),
			.from = (uint8_t)((code[at] & 7) | (rex & REX_B ? 8 : 0)),
		};
		return true;
	}
	if (code[at] == 0x89 || code[at] == 0x8b)
		return decode_mov(code, len, at, rex, s);
	if ((code[at] == 0x83 || code[at] == 0x81) && (rex & ~REX) == REX_W)
		return decode_sub(code, len, at, s);
	if (code[0] == 0xe8 && len >= 5) {
		*s = (struct lp_step){.kind = LP_STEP_CALL, .len = 5, .imm = imm32(code + 1)};
		return true;
	}
	if (code[0] == 0xc3) {
		*s = (struct lp_step){.kind = LP_STEP_RET, .len = 1};
		return true;
	}
	return false;
}

bool lp_step_stores(const struct lp_step *s, const struct lp_regs *regs, uint64_t *word)
{
	if (s->kind != LP_STEP_PUSH && s->kind != LP_STEP_CALL)
		return false;
	*word = s->kind == LP_STEP_PUSH ? regs->r[s->from] : regs->ip + s->len;
	return true;
}

/* The flags that a - b leaves. */
static uint64_t flags_of_sub(uint64_t a, uint64_t b)
{
	uint64_t d = a - b, flags = 0;

	if (a < b)
		flags |= FLAG_CF;
	if (!d)
		flags |= FLAG_ZF;
	if (d >> 63)
		flags |= FLAG_SF;
	if (((a ^ b) & (a ^ d)) >> 63)
		flags |= FLAG_OF;
	if ((a ^ b ^ d) & 0x10)
		flags |= FLAG_AF;
	if (!__builtin_parity((unsigned)(d & 0xff)))
		flags |= FLAG_PF;
	return flags;
}

void lp_step_do(const struct lp_step *s, struct lp_regs *regs, uint64_t top)
{
	uint64_t *sp = &regs->r[LP_REG_SP], by;

	regs->ip += s->len;
	switch (s->kind) {
	case LP_STEP_PUSH:
		*sp -= sizeof(uint64_t);
		break;
	case LP_STEP_SUB_SP:
		by = (uint64_t)(int64_t)s->imm;
		regs->flags = (regs->flags & ~(uint64_t)FLAGS_MATH) | flags_of_sub(*sp, by);
		*sp -= by;
		break;
	case LP_STEP_MOV:
		regs->r[s->to] = s->wide ? regs->r[s->from] : (uint32_t)regs->r[s->from];
		break;
	case LP_STEP_CALL:
		*sp -= sizeof(uint64_t);
		regs->ip += (uint64_t)(int64_t)s->imm;
		break;
	case LP_STEP_RET:
		regs->ip = top;
		*sp += sizeof(uint64_t);
		break;
	default:
		break;
	}
}
