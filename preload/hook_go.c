/* SPDX-License-Identifier: MIT */

/*
 * Libraries written in Go (-buildmode=c-shared) bring a TLS of their own and call the kernel past
 * libc: nothing of their traffic passes us. But they start threads by libc, and block all signals
 * meanwhile (runtime/cgo's _cgo_sys_thread_start), before any of their own code runs: that call is
 * seen, and the collector is asked for another way to see into the process.
 *
 * Plug-ins of Go programs (-buildmode=plugin) start none. The program asks dlsym() for what they
 * export, before it calls that. They share the packages that the program has, so where it has TLS
 * itself it is followed, and they are seen.
 */

#include <errno.h>
#include <link.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>

#include "contact.h"
#include "elf/elf_loaded.h"
#include "elf/elf_probe.h"
#include "elf/go_table.h"
#include "go.h"
#include "lp_event.h"
#include "methods.h"
#include "resolve.h"
#include "shim.h"
#include "state.h"

struct pass {
	unsigned n; /* modules so far */
	bool tls;   /* the program has it, and its plug-ins share that */
	unsigned long long adds;
	const char *library; /* stays loaded: Go's cannot be unloaded */
};

static _Atomic unsigned long long seen_adds; /* modules ever loaded, when looked last */
static _Atomic bool found;

enum program { UNSEEN, OTHER, GO_QUIET, GO_TLS };
static _Atomic int program;

/* Without the table, perhaps. */
static bool has(const struct dl_phdr_info *info, const char *function, bool perhaps)
{
	struct lp_go_func f = {.name = function};
	struct lp_elf_loaded m;
	struct lp_go_table t;

	if (lp_elf_loaded_init(&m, info) || lp_go_table_init(&t, &m.elf))
		return perhaps;
	return lp_go_functions(&t, &f, 1) == 1;
}

/* Can it call anybody? */
static bool connects(const struct dl_phdr_info *info)
{
	return has(info, "net.(*netFD).connect", true);
}

/* Tools that take sections out of a file leave headers behind that lead to nothing. */
static bool is_mapped(const struct dl_phdr_info *info, const ElfW(Phdr) * part)
{
	for (unsigned i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *ph = &info->dlpi_phdr[i];
		uintptr_t from = part->p_vaddr - ph->p_vaddr;

		if (ph->p_type == PT_LOAD && (ph->p_flags & PF_R) && from <= ph->p_filesz &&
		    part->p_filesz <= ph->p_filesz - from)
			return true;
	}
	return false;
}

static bool has_note(const struct dl_phdr_info *info)
{
	static const char note[] = "\4\0\0\0Go\0"; /* the type of Go's build id, and whose it is */

	for (unsigned i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *ph = &info->dlpi_phdr[i];
		uintptr_t at = info->dlpi_addr + ph->p_vaddr;
		const char *notes;

		memcpy(&notes, &at, sizeof(notes));
		if (ph->p_type == PT_NOTE && is_mapped(info, ph) &&
		    memmem(notes, ph->p_filesz, note, sizeof(note)))
			return true;
	}
	return false;
}

/* Without the note (-ldflags=-buildid=), by what their run-time exports to C. */
static bool is_go(const struct dl_phdr_info *info)
{
	return has_note(info) || lp_elf_loaded_export(info, "_cgo_topofstack");
}

static bool is_plugin(const struct dl_phdr_info *info)
{
	return !has(info, "runtime.schedinit", true);
}

bool lps_go_has_boring(const struct dl_phdr_info *info)
{
	return is_go(info) &&
	       has(info, "crypto/internal/boring._Cfunc__goboringcrypto_EVP_AEAD_CTX_init", false);
}

bool lps_go_is_read(const char *module)
{
	return lps_contact_wait(LP_ELF_LIBRARY, lp_last_part(*module ? module : lps_config.exe));
}

/* The first module; it stays what it is. */
static enum program program_is(const struct dl_phdr_info *info)
{
	int is = atomic_load_explicit(&program, memory_order_relaxed);

	if (is == UNSEEN) {
		is = !is_go(info)				    ? OTHER
		     : has(info, "crypto/tls.(*Conn).Write", false) ? GO_TLS
								    : GO_QUIET;
		atomic_store_explicit(&program, is, memory_order_relaxed);
	}
	return (enum program)is;
}

static int visit(struct dl_phdr_info *info, size_t size, void *ctx)
{
	struct pass *p = ctx;

	if (size < offsetof(struct dl_phdr_info, dlpi_subs) + sizeof(info->dlpi_subs))
		return 1; /* a libc that cannot say what is new */
	if (!p->n++) {
		/* The program itself; what it is was told when it was started. */
		p->adds = info->dlpi_adds;
		p->tls = program_is(info) == GO_TLS;
		return p->adds == atomic_load_explicit(&seen_adds, memory_order_relaxed);
	}
	if (!is_go(info) || !connects(info) || (p->tls && is_plugin(info)))
		return 0;
	p->library = info->dlpi_name;
	return 1;
}

static void look(void)
{
	const char *reason = lp_elf_reason(LP_ELF_LIBRARY);
	struct pass p = {.n = 0};
	struct lp_span parts[2];

	lps_methods_visit(visit, &p);
	if (p.n)
		atomic_store_explicit(&seen_adds, p.adds, memory_order_relaxed);
	if (!p.library || atomic_exchange_explicit(&found, true, memory_order_relaxed))
		return;
	if (lps_contact_wait(LP_ELF_LIBRARY, lp_last_part(p.library)))
		return;
	parts[0] = lp_span_of(reason, strlen(reason) + 1);
	parts[1] = lp_span_str(p.library);
	lps_emit_alone(LP_EV_NOT_FOLLOWED, parts, 2);
}

static int visit_program(struct dl_phdr_info *info, size_t size, void *ctx)
{
	(void)size, (void)ctx;
	(void)program_is(info);
	return 1;
}

void lps_go_asked_for(void)
{
	int is = atomic_load_explicit(&program, memory_order_relaxed);

	if (LP_LIKELY(is == OTHER || is == GO_TLS) ||
	    atomic_load_explicit(&lps_phase, memory_order_relaxed) != LPS_READY ||
	    atomic_load_explicit(&found, memory_order_relaxed) || !lps_enter())
		return;
	if (is == UNSEEN)
		lps_methods_visit(visit_program, NULL);
	if (atomic_load_explicit(&program, memory_order_relaxed) == GO_QUIET)
		look();
	lps_leave();
}

LPS_HOOK(int, sigfillset, (sigset_t * set))
{
	int r = LPS_LIBC(sigfillset)(set), err = errno;

	if (!atomic_load_explicit(&found, memory_order_relaxed) && lps_enter()) {
		look();
		lps_leave();
	}
	errno = err;
	return r;
}
