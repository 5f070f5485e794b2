/* SPDX-License-Identifier: MIT */

/*
 * A program that limits its own system calls may be killed for one of ours: from then on there are
 * none. (One that asks the kernel past libc is not noticed.)
 */

#include <dlfcn.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "compat.h"
#include "exec.h"
#include "resolve.h"
#include "shim.h"
#include "state.h"

/*
 * libseccomp asks which flags the kernel knows, with the strict mode as well, which has none and
 * refuses them all.
 */
static bool filters(unsigned long operation, unsigned long flags, unsigned long filter)
{
	return operation == SECCOMP_SET_MODE_STRICT
		       ? !flags && !filter
		       : operation == SECCOMP_SET_MODE_FILTER && filter;
}

/* A filter that is NULL only asks whether the kernel has filters. */
static bool limits(unsigned long option, unsigned long mode, unsigned long filter)
{
	return option == PR_SET_SECCOMP &&
	       (mode == SECCOMP_MODE_STRICT || (mode == SECCOMP_MODE_FILTER && filter));
}

LPS_HOOK(int, prctl,
	 (int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d))
{
	bool confined = limits((unsigned)option, a, b) && lps_confine();
	int r = LPS_LIBC(prctl)(option, a, b, c, d);

	if (confined && r < 0)
		lps_confine_undo();
	return r;
}

LPS_HOOK(int, seccomp_load, (const void *filter))
{
	lps_type_seccomp_load *real = LPS_TLS(seccomp_load, NULL);
	bool confined = lps_confine();
	int r = real(filter);

	if (confined && r < 0)
		lps_confine_undo();
	return r;
}

/* --- syscall(2) ------------------------------------------------------------------------------- */

/* The next library's; NULL until it is found. */
extern lps_fn lps_syscall_real;
lps_fn lps_syscall_real;

void lps_syscall_resolve(void)
{
	void *found = dlsym(RTLD_NEXT, "syscall");

	memcpy(&lps_syscall_real, &found, sizeof(lps_syscall_real));
}

#if defined(__x86_64__)

#define TEXT_(x) #x
#define TEXT(x)	 TEXT_(x)

long lps_syscall_failed(int err);
long lps_syscall_looked_at(long nr, unsigned long a, unsigned long b, unsigned long c,
			   unsigned long d, unsigned long e, unsigned long f);

/*
 * All but four are passed on by a jump, as some come back twice, or on another stack, or never.
 * Where the real function is not known yet, the system call is made here. (Our own calls pass by as
 * well.)
 */
/* clang-format off */
__asm__(".pushsection .text\n"
	".globl syscall\n"
	".type syscall, @function\n"
	".hidden lps_syscall_next\n"
	".globl lps_syscall_next\n"
	".type lps_syscall_next, @function\n"
	"syscall:\n"
	"	.cfi_startproc\n"
	"	endbr64\n"
	"	cmp $" TEXT(SYS_seccomp) ", %rdi\n"
	"	je lps_syscall_looked_at\n"
	"	cmp $" TEXT(SYS_prctl) ", %rdi\n"
	"	je lps_syscall_looked_at\n"
	"	cmp $" TEXT(SYS_execve) ", %rdi\n"
	"	je lps_syscall_looked_at\n"
	"	cmp $" TEXT(SYS_execveat) ", %rdi\n"
	"	je lps_syscall_looked_at\n"
	"lps_syscall_next:\n"
	"	mov lps_syscall_real(%rip), %rax\n"
	"	test %rax, %rax\n"
	"	je 1f\n"
	"	jmp *%rax\n"
	"1:	mov %rdi, %rax\n"
	"	mov %rsi, %rdi\n"
	"	mov %rdx, %rsi\n"
	"	mov %rcx, %rdx\n"
	"	mov %r8, %r10\n"
	"	mov %r9, %r8\n"
	"	mov 8(%rsp), %r9\n"
	"	syscall\n"
	"	cmp $-4095, %rax\n"
	"	jae 2f\n"
	"	ret\n"
	"2:	neg %rax\n"
	"	mov %eax, %edi\n"
	"	jmp lps_syscall_failed\n"
	"	.cfi_endproc\n"
	".size syscall, . - syscall\n"
	".popsection\n");
/* clang-format on */

__attribute__((used)) long lps_syscall_failed(int err)
{
	errno = err;
	return -1;
}

__attribute__((used)) long lps_syscall_looked_at(long nr, unsigned long a, unsigned long b,
						 unsigned long c, unsigned long d, unsigned long e,
						 unsigned long f)
{
	bool confined;
	long r;

	if (nr == SYS_execve)
		return lps_exec_called(nr, AT_FDCWD, a, b, c, 0);
	if (nr == SYS_execveat)
		return lps_exec_called(nr, (int)a, b, c, d, (int)e);
	confined = (nr == SYS_seccomp ? filters(a, b, c) : limits(a, b, c)) && lps_confine();
	r = lps_syscall_next(nr, a, b, c, d, e, f);
	if (confined && r < 0)
		lps_confine_undo();
	return r;
}

#endif
