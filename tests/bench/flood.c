/* SPDX-License-Identifier: MIT */

/*
 * Requests at a steady rate through a TLS library that costs nothing (flood_lib.c):
 * flood LIBRARY RATE SECONDS. Prints how many requests were made a second.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TICKS 1000 /* a second */

static const char request[] =
	"GET /lp-bench/key HTTP/1.1\r\n"
	"Host: s3.us-east-1.amazonaws.com\r\n"
	"X-Amz-Date: 20260131T120000Z\r\n"
	"Authorization: AWS4-HMAC-SHA256 "
	"Credential=AKIAIOSFODNN7EXAMPLE/20260131/us-east-1/s3/aws4_request, "
	"SignedHeaders=host;x-amz-date, "
	"Signature=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\r\n\r\n";

int main(int argc, char **argv)
{
	int (*put)(void *s, const void *buf, int len), (*get)(void *s, void *buf, int len);
	struct timespec next, start, end;
	long rate, seconds;
	void *lib, *sym;
	char buf[4096];

	if (argc != 4 || !(lib = dlopen(argv[1], RTLD_NOW))) {
		fprintf(stderr, "usage: flood LIBRARY RATE SECONDS\n");
		return 2;
	}
	sym = dlsym(lib, "SSL_write");
	memcpy(&put, &sym, sizeof(put));
	sym = dlsym(lib, "SSL_read");
	memcpy(&get, &sym, sizeof(get));
	rate = strtol(argv[2], NULL, 10);
	seconds = strtol(argv[3], NULL, 10);
	clock_gettime(CLOCK_MONOTONIC, &start);
	next = start;
	for (long tick = 0; tick < seconds * TICKS; tick++) {
		for (long i = 0; i < rate / TICKS; i++)
			if (put(buf, request, sizeof(request) - 1) <= 0 ||
			    get(buf, buf, sizeof(buf)) <= 0)
				return 1;
		next.tv_nsec += 1000000000L / TICKS;
		if (next.tv_nsec >= 1000000000L) {
			next.tv_nsec -= 1000000000L;
			next.tv_sec++;
		}
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
	}
	clock_gettime(CLOCK_MONOTONIC, &end);
	printf("%.0f\n", (double)rate * (double)seconds /
				 ((double)(end.tv_sec - start.tv_sec) +
				  (double)(end.tv_nsec - start.tv_nsec) / 1e9));
	return 0;
}
