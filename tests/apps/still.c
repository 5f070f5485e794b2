/* SPDX-License-Identifier: MIT */
/* A program that the shim cannot enter; linked statically, or made setuid by the test. */
#include <stdio.h>
#include <unistd.h>

int main(void)
{
	printf("still here, euid %s\n", geteuid() == getuid() ? "same" : "other");
	return 4;
}
