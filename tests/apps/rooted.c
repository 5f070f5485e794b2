/* SPDX-License-Identifier: MIT */
/* Shell commands under another root directory, which has a shell and its libraries only. */
#include "victim.h"

static void say(const char *how)
{
	char line[64] = "";
	FILE *f;

	fflush(stdout);
	if (system("echo system"))
		v_die("system");
	f = popen("echo popen", "r");
	if (!f || !fgets(line, sizeof(line), f) || pclose(f))
		v_die("popen");
	printf("%s: %s", how, line);
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	v_exchange(v_connect("V_HTTP"), "GET", "/rooted", "");
	say("outside");
	if (chroot(argv[1]) || chdir("/"))
		v_die("chroot");
	say("inside");
	unsetenv("LD_PRELOAD");
	say("without");
	return 0;
}
