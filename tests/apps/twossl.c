/* SPDX-License-Identifier: MIT */
/*
 * Two plug-ins, each with its own copy of libssl, loaded RTLD_LOCAL from the paths in argv: each
 * call must reach the copy that made the session. LDLIBS: -ldl
 */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

struct plugin {
	void *(*create)(void);
	void (*destroy)(void *);
	int (*write)(void *, const void *, int);
	int (*write_here)(void *, const void *, int);
};

static void find(void *h, const char *name, void *to)
{
	void *sym = dlsym(h, name);

	memcpy(to, &sym, sizeof(sym));
}

int main(int argc, char **argv)
{
	static const char text[] = "GET /two HTTP/1.1\r\nHost: example.org\r\n\r\n";
	struct plugin p[2];
	void *s[2];

	for (int i = 0; i < 2 && i + 1 < argc; i++) {
		void *h = dlopen(argv[i + 1], RTLD_NOW | RTLD_LOCAL);

		if (!h) {
			printf("%s\n", dlerror());
			return 1;
		}
		find(h, "plugin_new", &p[i].create);
		find(h, "plugin_free", &p[i].destroy);
		find(h, "plugin_write", &p[i].write);
		find(h, "plugin_write_here", &p[i].write_here);
		s[i] = p[i].create();
	}
	for (int round = 0; round < 3; round++)
		for (int i = 0; i < 2; i++)
			printf("%d %d\n", p[i].write(s[i], text, (int)sizeof(text) - 1),
			       p[i].write_here(s[i], text, (int)sizeof(text) - 1));
	for (int i = 0; i < 2; i++)
		p[i].destroy(s[i]);
	return 0;
}
