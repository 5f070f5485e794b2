/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>

#include "elf/insn.h"
#include "elf_image.h"
#include "mapping.h"
#include "probe_abi.h"
#include "scan.h"

static unsigned count(const struct lpb_points *ps, enum lpb_prog prog)
{
	unsigned n = 0;

	for (unsigned i = 0; i < ps->n; i++)
		n += ps->at[i].prog == prog;
	return n;
}

/* True when the probe points of `prog` have one for an exported function, not far from its start.
 */
static bool on_function(const struct lpb_points *ps, enum lpb_prog prog, void *sym)
{
	Dl_info info;

	if (!sym || !dladdr(sym, &info))
		return false;
	for (unsigned i = 0; i < ps->n; i++) {
		/* In libraries of today's linkers code has the same offset and address. */
		uint64_t at = (uintptr_t)sym - (uintptr_t)info.dli_fbase;

		if (ps->at[i].prog == prog && ps->at[i].start == at &&
		    ps->at[i].off - at < LP_INSN_LOOK)
			return true;
	}
	return false;
}

/* The points of a library that is installed; false, with a word on it, when it is not. */
static bool scan_library(const char *name, const char *symbol, void **sym, struct lpb_points *ps)
{
	void *h = dlopen(name, RTLD_NOW | RTLD_LOCAL);
	Dl_info info;
	int fd, err;

	*sym = h ? dlsym(h, symbol) : NULL;
	if (!*sym || !dladdr(*sym, &info)) {
		print_message("SKIP: %s is not installed here\n", name);
		return false;
	}
	fd = open(info.dli_fname, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	err = lpb_scan_fd(fd, ps);
	close(fd);
	assert_int_equal(err, 0);
	assert_null(ps->refused);
	return true;
}

static void openssl_by_two_functions(void **state)
{
	struct lpb_points ps;
	unsigned spare = 0;
	void *sym;

	(void)state;
	if (!scan_library("libssl.so.3", "SSL_write", &sym, &ps))
		return;
	assert_string_equal(ps.what, "OpenSSL");
	assert_int_equal(count(&ps, LPB_TLS_OUT_DONE), 1);
	assert_int_equal(count(&ps, LPB_TLS_IN_DONE), 1);
	assert_int_equal(count(&ps, LPB_TLS_FREE), 1);
	assert_int_equal(count(&ps, LPB_TLS_RETURN), 2);
	/* Reads at one place, and where they are made once more, if the compiler's way is known. */
	if (count(&ps, LPB_TLS_READ))
		assert_int_equal(count(&ps, LPB_TLS_READ), 2);
	assert_int_equal(ps.n, 5 + count(&ps, LPB_TLS_READ));
	for (unsigned i = 0; i < ps.n; i++)
		spare += ps.at[i].spare;
	assert_int_equal(spare, count(&ps, LPB_TLS_READ));
	/* Not SSL_write itself: what it calls. */
	assert_false(on_function(&ps, LPB_TLS_OUT_COUNT, sym));
}

static void gnutls_by_name(void **state)
{
	struct lpb_points ps;
	void *sym;

	(void)state;
	if (!scan_library("libgnutls.so.30", "gnutls_record_send", &sym, &ps))
		return;
	assert_string_equal(ps.what, "GnuTLS");
	assert_true(on_function(&ps, LPB_TLS_OUT_COUNT, sym));
	assert_true(on_function(&ps, LPB_TLS_RETURN, sym));
	assert_true(count(&ps, LPB_TLS_IN_COUNT) >= 1);
	assert_int_equal(count(&ps, LPB_TLS_FREE), 1);
}

/* This program is one with s2n and AWS-LC inside, as far as symbols tell. */
long s2n_send(void);
long s2n_recv(void);
const void *EVP_aead_aes_128_gcm(void);

__attribute__((noinline)) long s2n_send(void)
{
	return 1;
}

__attribute__((noinline)) long s2n_recv(void)
{
	return 2;
}

__attribute__((noinline)) const void *EVP_aead_aes_128_gcm(void)
{
	static const int cipher;

	return &cipher;
}

/* With a prefix that the kernel takes no breakpoint on, as assemblers pad for some processors. */
void s2n_connection_wipe(void);
__asm__(".pushsection .text\n"
	".globl s2n_connection_wipe\n"
	".type s2n_connection_wipe, @function\n"
	"s2n_connection_wipe:\n"
	".byte 0x2e, 0x53, 0x5b, 0xc3\n"
	".size s2n_connection_wipe, 4\n"
	".popsection\n");

/* The shim sees the ciphers' business: calls to the functions around them are not to come twice. */
static void s2n_around_ciphers(void **state)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct lpb_points ps;

	(void)state;
	assert_non_null(EVP_aead_aes_128_gcm());
	assert_int_equal(s2n_send() + s2n_recv(), 3);
	s2n_connection_wipe();
	assert_int_equal(lpb_scan_fd(fd, &ps), 0);
	close(fd);
	assert_string_equal(ps.what, "s2n");
	assert_int_equal(count(&ps, LPB_TLS_OUT_COUNT), 1);
	assert_int_equal(count(&ps, LPB_TLS_IN_COUNT), 1);
	for (unsigned i = 0; i < ps.n; i++)
		assert_true(ps.at[i].cookie & LPB_COOKIE_SHIM);
	/* Requests are seen without the one that is padded. */
	assert_int_equal(count(&ps, LPB_TLS_FREE), 0);
	assert_null(ps.refused);
}

static void nothing_in_libc(void **state)
{
	struct lpb_points ps;
	void *sym;

	(void)state;
	assert_true(scan_library("libc.so.6", "getenv", &sym, &ps));
	assert_int_equal(ps.n, 0);
	assert_null(ps.what);
}

static void dynamic_loader(void **state)
{
	struct image im = image_map("/proc/self/exe");
	struct lpb_points ps;
	struct lp_elf e;
	char path[256];
	int fd;

	(void)state;
	assert_int_equal(lp_elf_init(&e, im.at, im.size), 0);
	snprintf(path, sizeof(path), "%.*s", (int)e.interp.len, e.interp.ptr);
	image_unmap(im);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(lpb_scan_fd(fd, &ps), 0);
	close(fd);
	assert_int_equal(ps.n, 1);
	assert_int_equal(ps.at[0].prog, LPB_LD_DEBUG_STATE);
	assert_true(ps.at[0].cookie != 0);
}

static void refuses_what_is_no_function(void **state)
{
	static unsigned char im[MADE_SIZE];
	struct lpb_points ps;

	(void)state;
	image_make(im);
	lpb_scan_image(im, sizeof(im), &ps);
	assert_int_equal(ps.n, 0);
}

static void another_machines_code_is_left_alone(void **state)
{
	struct image self = image_map("/proc/self/exe");
	struct lpb_points ps;

	(void)state;
	lpb_scan_image(self.at, self.size, &ps);
	assert_true(ps.n > 0);
	/* The mapping is our own. */
	assert_int_equal(mprotect(self.at, 4096, PROT_READ | PROT_WRITE), 0);
	self.at[offsetof(Elf64_Ehdr, e_machine)] = EM_AARCH64;
	lpb_scan_image(self.at, self.size, &ps);
	assert_int_equal(ps.n, 0);
	image_unmap(self);
}

/* A library with one function for each of these names, whose first instruction has this prefix. */
static void scan_made(const char *const *names, size_t n, const char *first, struct lpb_points *ps)
{
	char path[] = "/tmp/lp-scan.XXXXXX", command[512] = "printf '";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	for (size_t i = 0; i < n; i++)
		snprintf(command + strlen(command), sizeof(command) - strlen(command),
			 "__attribute__((naked)) long %s(void) { __asm__(\"%s; push %%%%rbx; pop "
			 "%%%%rbx; ret\"); } ",
			 names[i], first);
	snprintf(command + strlen(command), sizeof(command) - strlen(command),
		 "' | cc -shared -fPIC -x c -o %s -", path);
	assert_true(shell(command));
	close(fd);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_int_equal(lpb_scan_fd(fd, ps), 0);
	close(fd);
	unlink(path);
}

/* It calls the real ones, which are probed. */
static void who_stands_in_for_all_is_left_alone(void **state)
{
	static const char *const names[] = {"SSL_write", "s2n_send", "gnutls_record_send"};
	struct lpb_points ps;

	(void)state;
	scan_made(names, 2, "", &ps);
	assert_true(ps.n > 0);
	scan_made(names, 3, "", &ps);
	assert_int_equal(ps.n, 0);
	assert_null(ps.refused);
}

/* The kernel takes no breakpoint on what assemblers pad with prefixes for some processors. */
static void padded_functions(void **state)
{
	static const char *const names[] = {"s2n_send", "s2n_recv"};
	struct lpb_points ps;

	(void)state;
	scan_made(names, 2, "", &ps);
	assert_true(ps.n > 0);
	assert_null(ps.refused);
	scan_made(names, 2, ".byte 0x2e", &ps);
	assert_int_equal(ps.n, 0);
	assert_non_null(ps.refused);
	assert_true(ps.covered);
}

/* Grows and shrinks a file until told to stop. */
static void *shrinker(void *arg)
{
	const int *ctl = arg; /* the file, and whether to go on */

	while (__atomic_load_n(&ctl[1], __ATOMIC_RELAXED)) {
		if (ftruncate(ctl[0], 4096) || ftruncate(ctl[0], 64 << 20))
			break;
	}
	return NULL;
}

static void file_cut_while_read(void **state)
{
	char path[] = "/tmp/lp-scan.XXXXXX";
	unsigned char im[MADE_SIZE];
	pthread_t thread;
	int ctl[2];
	int fd = mkstemp(path);
	struct lpb_points ps;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(lpb_scan_fd(fd, &ps), -EINVAL); /* empty */
	image_make(im);
	assert_int_equal(write(fd, im, sizeof(im)), (ssize_t)sizeof(im));
	assert_int_equal(lpb_scan_fd(fd, &ps), 0);
	/* A reader of a mapping is killed by that; this one says -EIO, or got through unharmed. */
	ctl[0] = fd;
	ctl[1] = 1;
	assert_int_equal(pthread_create(&thread, NULL, shrinker, ctl), 0);
	for (unsigned i = 0; i < 300; i++) {
		int err;

		/* The second segment is the whole file, so all of it is looked through. */
		if (i == 0) {
			uint64_t all = 64 << 20;

			memcpy(im + 64 + 56 + 32, &all, sizeof(all));
			assert_int_equal(pwrite(fd, im, 4096, 0), 4096);
		}
		err = lpb_scan_fd(fd, &ps);
		assert_true(err == 0 || err == -EIO);
	}
	__atomic_store_n(&ctl[1], 0, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	unlink(path);
	close(fd);
	fd = open("/", O_RDONLY | O_DIRECTORY);
	assert_int_equal(lpb_scan_fd(fd, &ps), -EINVAL);
	close(fd);
}

static void file_without_end(void **state)
{
	int fd = memfd_create("sparse", MFD_CLOEXEC);
	struct lpb_points points;

	(void)state;
	assert_true(fd >= 0 && ftruncate(fd, (off_t)LPB_IMAGE_MAX + 1) == 0);
	assert_int_equal(lpb_scan_fd(fd, &points), -EINVAL); /* no library */
	assert_int_equal(pwrite(fd, ELFMAG, SELFMAG, 0), SELFMAG);
	assert_int_equal(lpb_scan_fd(fd, &points), -EFBIG);
	close(fd);
}

/* By its name, where a process may have put anything. */
static void only_the_file_that_is_mapped_is_opened(void **state)
{
	char device[] = "/dev/null", path[] = "/tmp/lp-scan.XXXXXX";
	struct lpb_mapping m = {.path = device};
	int fd = mkstemp(path);
	struct stat st;

	(void)state;
	assert_int_equal(stat(device, &st), 0);
	m.ino = st.st_ino;
	assert_true(lpb_mapping_open(getpid(), &m) < 0);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	close(fd);
	m.path = path;
	m.ino = st.st_ino + 1;
	assert_true(lpb_mapping_open(getpid(), &m) < 0);
	m.ino = st.st_ino;
	fd = lpb_mapping_open(getpid(), &m);
	assert_true(fd >= 0);
	close(fd);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(openssl_by_two_functions),
		cmocka_unit_test(gnutls_by_name),
		cmocka_unit_test(s2n_around_ciphers),
		cmocka_unit_test(nothing_in_libc),
		cmocka_unit_test(dynamic_loader),
		cmocka_unit_test(refuses_what_is_no_function),
		cmocka_unit_test(another_machines_code_is_left_alone),
		cmocka_unit_test(padded_functions),
		cmocka_unit_test(who_stands_in_for_all_is_left_alone),
		cmocka_unit_test(file_cut_while_read),
		cmocka_unit_test(file_without_end),
		cmocka_unit_test(only_the_file_that_is_mapped_is_opened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
