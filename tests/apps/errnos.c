/* SPDX-License-Identifier: MIT */
/* Every hooked call made wrongly: result and errno as the kernel gave them. */
#include "victim.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#define SHOW(call)                                                                                 \
	do {                                                                                       \
		errno = 0;                                                                         \
		long shown = (long)(call);                                                         \
		printf("%s = %ld, errno %d\n", #call, shown, errno);                               \
	} while (0)

int main(void)
{
	char *bad = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct sockaddr_in refused = {.sin_family = AF_INET,
				      .sin_port = htons(1),
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct iovec bad_iov = {bad, 10};
	struct msghdr bad_msg = {.msg_iov = &bad_iov, .msg_iovlen = 1};
	struct mmsghdr mm = {.msg_hdr = bad_msg};
	int tcp = socket(AF_INET, SOCK_STREAM, 0), con = v_connect("V_HTTP"), p[2];
	int udp = socket(AF_INET, SOCK_DGRAM, 0);
	volatile int minus = -1;
	/* What the kernel reads of them ends where no memory is. */
	char *edge = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *holed[] = {"A=b", bad, NULL}, *cut[] = {"A=b", edge + 4093, NULL};
	char **no_end = (char **)(edge + 4096) - 2;
	char buf[64], *argv[] = {"true", NULL}, *broken[] = {"docker", "-H", bad, bad, NULL};

	munmap(edge + 4096, 4096);
	memcpy(edge + 4093, "LD_", 3);
	signal(SIGPIPE, SIG_IGN);
	SHOW(write(-1, "x", 1));
	SHOW(write(1 << 20, "x", 1));
	SHOW(read(-1, buf, 1));
	SHOW(send(-1, "x", 1, 0));
	SHOW(send(tcp, "x", 1, MSG_NOSIGNAL));
	SHOW(sendto(tcp, "x", 1, MSG_NOSIGNAL, NULL, 0));
	SHOW(connect(tcp, (struct sockaddr *)&refused, sizeof(refused)));
	SHOW(connect(-1, (struct sockaddr *)&refused, sizeof(refused)));
	SHOW(connect(tcp, (struct sockaddr *)bad, sizeof(refused)));
	SHOW(send(con, bad, 10, 0));
	SHOW(write(con, bad, 10));
	SHOW(writev(con, &bad_iov, 1));
	SHOW(writev(con, (struct iovec *)bad, 1));
	SHOW(writev(con, &bad_iov, minus));
	SHOW(pwritev2(con, &bad_iov, 1, -1, 0));
	SHOW(pwritev2(con, &bad_iov, minus, -1, 0));
	SHOW(preadv2(con, &bad_iov, minus, -1, 0));
	SHOW(sendmsg(con, &bad_msg, 0));
	SHOW(sendmsg(con, (struct msghdr *)bad, 0));
	SHOW(sendmsg(con, NULL, 0));
	SHOW(sendmsg(-1, (struct msghdr *)bad, 0));
	SHOW(sendmmsg(con, &mm, 1, 0));
	SHOW(sendto(con, "x", 1, 0, (struct sockaddr *)bad, 16));
	setenv("AWS_CSM_PORT", "1", 1);
	SHOW(connect(udp, (struct sockaddr *)&refused, sizeof(refused)));
	SHOW(send(udp, "{}", 2, 0));
	SHOW(send(udp, bad, 10, 0)); /* is told that nobody listens before its bytes are read */
	SHOW(send(udp, bad, 10, 0));
	SHOW(recv(con, buf, 1, MSG_DONTWAIT));
	SHOW(recv(con, buf, 1, MSG_DONTWAIT | MSG_PEEK));
	SHOW(recvmsg(con, (struct msghdr *)bad, MSG_DONTWAIT));
	SHOW(readv(con, (struct iovec *)bad, 1));
	SHOW(sendfile(con, -1, NULL, 10));
	SHOW(splice(con, NULL, -1, NULL, 10, 0));
	SHOW(close(-1));
	SHOW(close_range(5, 4, 0));
	SHOW(dup(-1));
	SHOW(dup2(-1, 5));
	SHOW(dup2(con, -1));
	SHOW(dup3(con, con, 0));
	SHOW(fcntl(-1, F_DUPFD, 3));
	SHOW(fcntl(con, F_GETFL));
	SHOW(fcntl(con, F_DUPFD_CLOEXEC, 100));
	SHOW(accept(con, NULL, NULL));
	SHOW(socket(-1, 0, 0));
	SHOW(pipe(p));
	close(p[0]);
	SHOW(write(p[1], "x", 1));
	SHOW(execve(bad, argv, environ));
	SHOW(execve("/bin/true", argv, (char **)bad));
	SHOW(execve("/bin/true", argv, holed));
	SHOW(execve("/bin/true", argv, cut));
	SHOW(execve(edge + 4093, argv, environ));
	SHOW(execvpe("true", argv, holed));
	SHOW(posix_spawn(NULL, "/bin/true", NULL, NULL, argv, holed));
	SHOW(posix_spawnp(NULL, "true", NULL, NULL, argv, cut));
	SHOW(execve("/nowhere/docker", (char **)bad, environ));
	SHOW(execv("/nowhere/docker", broken));
	SHOW(execv(bad, argv));
	SHOW(execl(bad, "true", (char *)NULL));
	SHOW(execveat(AT_FDCWD, bad, argv, environ, 0));
	SHOW(fexecve(-1, argv, environ));
	SHOW(syscall(SYS_execve, bad, argv, environ));
	SHOW(syscall(SYS_execve, "/bin/true", bad, holed));
	SHOW(syscall(SYS_execveat, -1, "", argv, NULL, AT_EMPTY_PATH));
	SHOW(posix_spawn(NULL, bad, NULL, NULL, argv, environ));
	SHOW(posix_spawn(NULL, "/bin/true", NULL, NULL, argv, (char **)bad));
	memcpy(no_end, holed, 8);
	memcpy(no_end + 1, holed, 8);
	SHOW(execve("/bin/true", argv, no_end));
	SHOW(posix_spawn(NULL, "/bin/true", NULL, NULL, argv, no_end));
	errno = 1234;
	v_exchange(con, "GET", "/errnos", "");
	printf("errno after success %d\n", errno);
	return 0;
}
