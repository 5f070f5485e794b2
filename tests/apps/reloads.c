/* SPDX-License-Identifier: MIT */
/*
 * Loads and unloads the plug-ins of argv in turn, each of which brings a TLS library of its own:
 * the n-th must reach the n-th. LDLIBS: -ldl
 */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define ROUNDS 200

int main(int argc, char **argv)
{
	int wrong = 0, (*run)(void);

	for (int i = 0; i < ROUNDS; i++) {
		int which = 1 + (i * 7 + i / 5) % (argc - 1);
		void *h, *sym;

		/* The next one comes to lie elsewhere now and then. */
		if (i % 11 == 2 && mmap(NULL, (size_t)(i % 5 + 1) << 12, PROT_READ,
					MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED)
			return 1;
		h = dlopen(argv[which], RTLD_NOW | (i % 2 ? RTLD_LOCAL : RTLD_GLOBAL));
		sym = h ? dlsym(h, "reloads_run") : NULL;
		if (!sym) {
			puts("not loaded");
			return 1;
		}
		memcpy(&run, &sym, sizeof(run));
		wrong += run() != which;
		dlclose(h);
	}
	printf("%d wrong\n", wrong);
	return wrong != 0;
}
