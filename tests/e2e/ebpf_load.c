/* SPDX-License-Identifier: MIT */

/*
 * Loads the probe's object in each way that probe.c knows and prints a line of TAP for each. Built
 * by ebpf_load.t, with LPB_OBJECT naming the object and NAME its compiler.
 */
#include "ebpf/probe.c"

/* What the verifier says of what it refuses: the end of it, as comments. */
#define SAID_MAX 2000

static __attribute__((format(printf, 2, 0))) int say(enum libbpf_print_level level, const char *fmt,
						     va_list args)
{
	static char text[1 << 20];
	char *line, *rest = text;
	size_t len;

	if (level != LIBBPF_WARN)
		return 0;
	vsnprintf(text, sizeof(text), fmt, args);
	len = strlen(text);
	if (len > SAID_MAX)
		rest += len - SAID_MAX;
	while ((line = strsep(&rest, "\n")))
		if (*line)
			printf("# %s\n", line);
	return 0;
}

int main(void)
{
	const struct lpb_config config = {.cgroups = true, .gate = true, .csm_port = 31000};
	struct lpb_probe p = {0};
	unsigned n = 0;
	bool good = true;

	libbpf_set_print(say);
	for (unsigned w = 0; w < LP_ARRAY_LEN(ways); w++) {
		for (unsigned by = 0; by < SOCKET_WAYS; by++) {
			int err = load(&p, &config, &ways[w], (enum sockets)by);

			/* The first is also attached, the rest only has to please the verifier. */
			if (!err && !n)
				err = try_attach(&p);
			printf("%s %u - %s: %s%s\n", err ? "not ok" : "ok", ++n, NAME, ways[w].name,
			       sockets_by[by]);
			if (err)
				printf("# %s\n", strerror(-err));
			good &= !err;
			unload(&p);
		}
	}
	printf("1..%u\n", n);
	return !good;
}
