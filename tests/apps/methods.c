/* SPDX-License-Identifier: MIT */
/*
 * OpenSSL where interposition sees nothing. Three connections, one after the other, of two requests
 * each; sessions are freed, so that addresses come again. LDLIBS: -lssl -lcrypto
 *
 *   (plain)      linked as the test says: statically, stripped
 *   V_DLSYM      libssl by dlopen(RTLD_LOCAL) and dlsym, as .NET has it; "late": after connect();
 *                "kernel": sockets by the kernel's calls, as Free Pascal has it
 *   V_PLUGIN     a library for V_HOST
 *   V_HOST       runs the libraries of argv, RTLD_DEEPBIND behind the word "deep", in namespaces
 *                of their own behind "space", and unloads them again, but not behind "keep"
 */
#include <openssl/ssl.h>
#include <stdbool.h>
#include <sys/syscall.h>

#if defined(V_DLSYM) || defined(V_HOST)
#include <dlfcn.h>
#endif

#ifdef V_DLSYM
#define FUNCTIONS(X)                                                                               \
	X(TLS_client_method)                                                                       \
	X(SSL_CTX_new) X(SSL_new) X(SSL_set_fd) X(SSL_connect) X(SSL_write) X(SSL_read) X(SSL_free)
#define X(name) static __typeof__(name) *p_##name;
FUNCTIONS(X)
#undef X
#define TLS_client_method p_TLS_client_method
#define SSL_CTX_new	  p_SSL_CTX_new
#define SSL_new		  p_SSL_new
#define SSL_set_fd	  p_SSL_set_fd
#define SSL_connect	  p_SSL_connect
#define SSL_write	  p_SSL_write
#define SSL_read	  p_SSL_read
#define SSL_free	  p_SSL_free
#endif

#ifndef V_HOST
#define V_OPENSSL
#endif
#include "victim.h"

#ifdef V_HOST
int main(int argc, char **argv)
{
	int deep = 0, space = 0, close = 1;

	for (int i = 1; i < argc; i++) {
		void (*run)(const char *);
		void *h, *sym;

		if (strcmp(argv[i], "deep") == 0) {
			deep = RTLD_DEEPBIND;
			continue;
		}
		if (strcmp(argv[i], "space") == 0) {
			space = 1;
			continue;
		}
		if (strcmp(argv[i], "keep") == 0) {
			close = 0;
			continue;
		}
		h = space ? dlmopen(LM_ID_NEWLM, argv[i], RTLD_NOW)
			  : dlopen(argv[i], RTLD_NOW | RTLD_LOCAL | deep);
		sym = h ? dlsym(h, "run") : NULL;
		if (!sym) {
			printf("%s\n", dlerror());
			return 1;
		}
		memcpy(&run, &sym, sizeof(run));
		run("plugin");
		if (close)
			dlclose(h);
	}
	return 0;
}
#else

static void load(void)
{
#ifdef V_DLSYM
	void *h = dlopen("libssl.so.3", RTLD_NOW | RTLD_LOCAL);

	if (!h)
		v_die("dlopen");
#undef TLS_client_method
#undef SSL_CTX_new
#undef SSL_new
#undef SSL_set_fd
#undef SSL_connect
#undef SSL_write
#undef SSL_read
#undef SSL_free
#define X(name)                                                                                    \
	do {                                                                                       \
		void *sym = dlsym(h, #name);                                                       \
		memcpy(&p_##name, &sym, sizeof(sym));                                              \
	} while (0);
	FUNCTIONS(X)
#undef X
#define SSL_free p_SSL_free
#endif
}

static int connect_by_kernel(void)
{
	struct sockaddr_in addr = v_addr("V_TLS");
	long fd = syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || syscall(SYS_connect, fd, &addr, sizeof(addr)))
		v_die("connect");
	return (int)fd;
}

void run(const char *name);

void run(const char *name)
{
	bool kernel = strcmp(name, "kernel") == 0;

	for (int k = 0; k < 3; k++) {
		int fd;
		SSL *s;

		if (k == 0 && strcmp(name, "late") != 0)
			load();
		fd = kernel ? connect_by_kernel() : v_connect("V_TLS");
		if (k == 0 && strcmp(name, "late") == 0)
			load();
		s = v_tls(fd);
		for (int i = 0; i < 2; i++) {
			char path[64];

			snprintf(path, sizeof(path), "/methods/%s-%d-%d", name, k, i);
			v_tls_exchange(s, "PUT", path, "body of a request");
		}
		SSL_free(s);
		if (kernel)
			syscall(SYS_close, fd);
		else
			close(fd);
	}
}

#ifndef V_PLUGIN
int main(int argc, char **argv)
{
	run(argc > 1 ? argv[1] : "program");
	return 0;
}
#endif
#endif
