/* SPDX-License-Identifier: MIT */
#include "capture.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/log.h"
#include "pcapng.h"

#define SNAPLEN	     262144
#define KERNEL_BYTES (64 * 1024 * 1024)	 /* a burst of 100,000 monitoring datagrams */
#define BATCH	     512		 /* packets before other sources have their turn */
#define LAST_FRAMES  (KERNEL_BYTES / 60) /* that the kernel holds at most when it ends */
#define TURN_MS	     50 /* a block of packets waits at most this long in the kernel */

/*
 * The payload's first bytes are looked at where they are: TLS handshake records that hold a
 * ClientHello. Its second half may be in another segment, which only the well-known port tells;
 * there the server's end of a connection is wanted too: nothing can be said on it any more. tcp[]
 * is IPv4's alone; of IPv6 what has extension headers, which is little, is handed over as it is.
 */
#define DATA4 "((tcp[12] & 0xf0) >> 2)"
#define DATA6 "40 + ((ip6[52] & 0xf0) >> 2)"
#define FILTER                                                                                     \
	"(udp dst port %u) or (src port 53) or (tcp port 80) or (tcp dst port 443)"                \
	" or (tcp[" DATA4 ":2] = 0x1603 and tcp[" DATA4 " + 5] = 1)"                               \
	" or (tcp src port 443 and tcp[13] & 5 != 0)"                                              \
	" or (ip6[6] = 6 and ip6[" DATA6 ":2] = 0x1603 and ip6[" DATA6 " + 5] = 1)"                \
	" or (ip6[6] = 6 and src port 443 and ip6[53] & 5 != 0)"                                   \
	" or (ip6[6] = 0 or ip6[6] = 43 or ip6[6] = 60)"                                           \
	" or (ip[6:2] & 0x1fff != 0) or (ip6 proto 44)"                                            \
	" or (udp dst port 4789 and (" MIRRORED("0x0800 and udp[30] = 0x45", "39", "50", "52",     \
						"62", "63") " or " MIRRORED("0x86dd", "36", "70",  \
									    "72", "82", "83") "))"
/*
 * The same inside VXLAN, as AWS mirrors traffic: the frame's type, and where its protocol, its
 * ports and of TCP the length of its head and its flags are. What is behind the packet's end is no
 * match for the rest either; so that comes last.
 */
#define MIRRORED(type, proto, src, dst, len, flags)                                                \
	"(udp[28:2] = " type " and ((udp[" proto "] = 17 and (udp[" dst ":2] = %u or udp[" src     \
	":2] = 53)) or (udp[" proto "] = 6 and (udp[" src ":2] = 53 or udp[" src                   \
	":2] = 80 or udp[" dst ":2] = 80 or udp[" dst ":2] = 443 or (udp[" src                     \
	":2] = 443 and udp[" flags "] & 5 != 0) or (udp[" src " + ((udp[" len                      \
	"] & 0xf0) >> 2):2] = 0x1603 and udp[" src " + 5 + ((udp[" len "] & 0xf0) >> 2)] = 1)))))"

struct lp_capture {
	pcap_t *pcap;
	int link;
	struct lp_defrag *defrag;
	struct lp_flows *flows;
	struct lp_loop *loop;
	struct lp_watch watch;
	struct lp_capture_stats stats;
	bool nano;					/* of times */
	int (*secrets)(void *ctx, struct lp_span text); /* NULL: none are wanted */
	void *secrets_ctx;
};

static void read_frame(struct lp_capture *c, int link, struct lp_span frame, size_t wire_len,
		       uint64_t ns)
{
	struct lp_packet p;

	if (lp_packet_read(c->defrag, link, frame, wire_len, &p)) {
		lp_flows_packet(c->flows, &p, ns);
	} else if (p.carrier) {
		c->stats.hidden++;
		if (!c->stats.hidden_in)
			c->stats.hidden_in = p.carrier;
	}
}

static void on_frame(u_char *ctx, const struct pcap_pkthdr *h, const u_char *bytes)
{
	union {
		u_char *bytes;
		struct lp_capture *c;
	} u = {ctx};
	struct lp_capture *c = u.c;
	uint64_t ns = (uint64_t)h->ts.tv_sec * 1000000000u +
		      (uint64_t)h->ts.tv_usec * (c->nano ? 1u : 1000u);

	c->stats.frames++;
	read_frame(c, c->link, lp_span_of((const char *)bytes, h->caplen), h->len, ns);
}

static u_char *context(struct lp_capture *c)
{
	union {
		struct lp_capture *c;
		u_char *bytes;
	} u = {c};

	return u.bytes;
}

static void say_link(int link, char *why, size_t why_size)
{
	snprintf(why, why_size, "packets of this kind of link are not understood: %s",
		 pcap_datalink_val_to_description_or_dlt(link));
}

static int begin(struct lp_capture *c, struct lp_flows *flows, char *why, size_t why_size)
{
	c->flows = flows;
	c->link = pcap_datalink(c->pcap);
	c->nano = pcap_get_tstamp_precision(c->pcap) == PCAP_TSTAMP_PRECISION_NANO;
	if (!lp_packet_link(c->link)) {
		say_link(c->link, why, why_size);
		return -EPROTONOSUPPORT;
	}
	c->defrag = lp_defrag_new();
	if (c->defrag)
		return 0;
	snprintf(why, why_size, "out of memory");
	return -ENOMEM;
}

static void end(struct lp_capture *c)
{
	if (c->pcap)
		pcap_close(c->pcap);
	lp_defrag_free(c->defrag);
}

/* --- files ------------------------------------------------------------------------------------ */

struct file {
	gzFile gz;
	char head[4]; /* its first bytes, looked at already */
	size_t n_head;
	bool regular; /* can be read again from its start */
};

static ssize_t read_gz(void *cookie, char *buf, size_t size)
{
	struct file *f = cookie;

	if (f->n_head) {
		size_t n = f->n_head < size ? f->n_head : size;

		memcpy(buf, f->head, n);
		memmove(f->head, f->head + n, f->n_head - n);
		f->n_head -= n;
		return (ssize_t)n;
	}
	return gzread(f->gz, buf, (unsigned)(size < INT32_MAX ? size : INT32_MAX));
}

/* Plain and gzipped files alike. 0 or -errno. */
static int open_file(const char *path, struct file *f)
{
	int fd = strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC) : dup(STDIN_FILENO), n;
	struct stat st;

	if (fd < 0)
		return -errno;
	*f = (struct file){.gz = gzdopen(fd, "rb"),
			   .regular = !fstat(fd, &st) && S_ISREG(st.st_mode)};
	if (!f->gz) {
		close(fd);
		return -ENOMEM;
	}
	n = gzread(f->gz, f->head, sizeof(f->head));
	f->n_head = n > 0 ? (size_t)n : 0;
	return 0;
}

/* What undoes the compression that its first bytes tell; NULL: gzip or none, which are read. */
static const char *unpacker(const char head[4])
{
	static const struct {
		const char *magic, *program;
	} packers[] = {
		{"\x28\xb5\x2f\xfd", "zstdcat"},
		{"\xfd\x37zX", "xzcat"},
		{"BZh", "bzcat"},
		{"\x04\x22\x4d\x18", "lz4cat"},
	};

	for (size_t i = 0; i < LP_ARRAY_LEN(packers); i++)
		if (!memcmp(head, packers[i].magic, strlen(packers[i].magic)))
			return packers[i].program;
	return NULL;
}

/* By libpcap. */
static int read_pcap(struct lp_capture *c, struct file *f, struct lp_flows *flows, char *why,
		     size_t why_size)
{
	const cookie_io_functions_t io = {.read = read_gz};
	char error[PCAP_ERRBUF_SIZE] = "";
	FILE *in = fopencookie(f, "rb", io);
	int err;

	if (!in) {
		snprintf(why, why_size, "out of memory");
		return -ENOMEM;
	}
	c->pcap = pcap_fopen_offline_with_tstamp_precision(in, PCAP_TSTAMP_PRECISION_NANO, error);
	if (!c->pcap) {
		snprintf(why, why_size, "not a capture: %.200s", error);
		fclose(in);
		return -EBADMSG;
	}
	err = begin(c, flows, why, why_size);
	if (!err && pcap_loop(c->pcap, -1, on_frame, context(c)) < 0) {
		/* What came before is good. */
		snprintf(why, why_size, "%.200s", pcap_geterr(c->pcap));
		c->stats.cut = true;
	}
	return err;
}

static void on_pcapng_frame(void *ctx, const struct lp_pcapng_frame *f)
{
	struct lp_capture *c = ctx;

	c->stats.frames++;
	if (!lp_packet_link(f->link)) {
		c->stats.unread++;
		c->link = f->link;
	} else {
		read_frame(c, f->link, f->bytes, f->wire_len, f->time_ns);
	}
}

static int on_secrets(void *ctx, struct lp_span text)
{
	struct lp_capture *c = ctx;

	if (c->secrets && c->secrets(c->secrets_ctx, text))
		c->secrets = NULL; /* no room for more: what they are for is said to lack a key */
	return 0;
}

/* All that is left of the file. 0; what lp_pcapng_feed() said; or -EIO. */
static int feed_pcapng(struct lp_pcapng *ng, struct file *f)
{
	static char buf[64 * 1024];
	int err = 0;
	ssize_t n = 0;

	while (!err && (n = read_gz(f, buf, sizeof(buf))) > 0)
		err = lp_pcapng_feed(ng, lp_span_of(buf, (size_t)n));
	return err ? err : n < 0 ? -EIO : 0;
}

/*
 * A capture that learnt secrets late has them behind the packets they are for: where it can be
 * read twice, all of them come first. True where that was done; what is wrong with the file shows
 * when its packets are read.
 */
static bool read_secrets_first(struct lp_capture *c, struct file *f)
{
	struct lp_pcapng ng = {.sink = {NULL, on_secrets, c}};

	if (!f->regular || !c->secrets)
		return false;
	(void)!feed_pcapng(&ng, f);
	lp_pcapng_fini(&ng);
	f->n_head = 0;
	gzclearerr(f->gz); /* of a torn file: it ends there the second time, too */
	return gzrewind(f->gz) == 0;
}

static int read_pcapng(struct lp_capture *c, struct file *f, char *why, size_t why_size)
{
	struct lp_pcapng ng = {.sink = {on_pcapng_frame, on_secrets, c}};
	int err = 0;

	if (read_secrets_first(c, f))
		ng.sink.secrets = NULL;
	c->defrag = lp_defrag_new();
	err = c->defrag ? feed_pcapng(&ng, f) : -ENOMEM;
	if (err == -ENOMEM) {
		snprintf(why, why_size, "out of memory");
	} else if (err == -EBADMSG && !c->stats.frames) {
		snprintf(why, why_size, "not a capture: a block of it makes no sense");
	} else if (c->stats.frames && c->stats.unread == c->stats.frames) {
		say_link(c->link, why, why_size);
		err = -EPROTONOSUPPORT;
	} else if (err || !lp_pcapng_whole(&ng)) {
		/* What came before is good. */
		c->stats.cut = true;
		snprintf(why, why_size, "%s",
			 err == -EBADMSG ? "a block of it makes no sense"
					 : "in the middle of a block");
		err = 0;
	}
	lp_pcapng_fini(&ng);
	return err;
}

int lp_capture_file(const char *path, struct lp_flows *flows,
		    int (*secrets)(void *ctx, struct lp_span text), void *ctx,
		    struct lp_capture_stats *stats, char *why, size_t why_size)
{
	struct lp_capture c = {.flows = flows};
	struct file f = {.n_head = 0};
	int err = open_file(path, &f);
	const char *packed;

	*stats = c.stats;
	if (err) {
		snprintf(why, why_size, "%s", strerror(-err));
		return err;
	}
	c.secrets = secrets;
	c.secrets_ctx = ctx;
	packed = f.n_head == sizeof(f.head) ? unpacker(f.head) : NULL;
	if (packed) {
		snprintf(why, why_size,
			 "not a capture but a compressed file: %s FILE | leastpriv pcap -", packed);
		err = -EBADMSG;
	} else if (f.n_head == sizeof(f.head) && lp_pcapng_starts(f.head)) {
		err = read_pcapng(&c, &f, why, why_size);
	} else {
		err = read_pcap(&c, &f, flows, why, why_size);
	}
	*stats = c.stats;
	end(&c);
	gzclose_r(f.gz);
	return err;
}

/* --- several files ---------------------------------------------------------------------------- */

struct begun {
	char *path;
	uint64_t time_ns; /* of the first packet; 0: none that can be read */
	size_t nth;
};

static void on_first(void *ctx, const struct lp_pcapng_frame *f)
{
	uint64_t *ns = ctx;

	if (!*ns)
		*ns = f->time_ns;
}

static uint64_t first_of_pcapng(struct file *f)
{
	uint64_t ns = 0;
	struct lp_pcapng ng = {.sink = {on_first, NULL, &ns}};
	char buf[4096];
	ssize_t n;

	while (!ns && (n = read_gz(f, buf, sizeof(buf))) > 0)
		if (lp_pcapng_feed(&ng, lp_span_of(buf, (size_t)n)))
			break;
	lp_pcapng_fini(&ng);
	return ns;
}

static void on_first_frame(u_char *ctx, const struct pcap_pkthdr *h, const u_char *bytes)
{
	union {
		u_char *bytes;
		uint64_t *ns;
	} u = {ctx};

	(void)bytes;
	*u.ns = (uint64_t)h->ts.tv_sec * 1000000000u + (uint64_t)h->ts.tv_usec;
}

static uint64_t first_of_pcap(struct file *f)
{
	const cookie_io_functions_t io = {.read = read_gz};
	char error[PCAP_ERRBUF_SIZE] = "";
	FILE *in = fopencookie(f, "rb", io);
	pcap_t *pcap =
		in ? pcap_fopen_offline_with_tstamp_precision(in, PCAP_TSTAMP_PRECISION_NANO, error)
		   : NULL;
	uint64_t ns = 0;
	union {
		uint64_t *ns;
		u_char *bytes;
	} u = {&ns};

	if (pcap) {
		(void)pcap_dispatch(pcap, 1, on_first_frame, u.bytes);
		pcap_close(pcap);
	} else if (in) {
		fclose(in);
	}
	return ns;
}

static bool is_regular(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISREG(st.st_mode);
}

/* Whatever is wrong with a file shows when all of it is read. */
static uint64_t first_time(const char *path)
{
	struct file f = {.n_head = 0};
	uint64_t ns;

	if (open_file(path, &f))
		return 0;
	ns = f.n_head == sizeof(f.head) && lp_pcapng_starts(f.head) ? first_of_pcapng(&f)
								    : first_of_pcap(&f);
	gzclose_r(f.gz);
	return ns;
}

static int by_time(const void *a, const void *b)
{
	const struct begun *x = a, *y = b;

	if (x->time_ns != y->time_ns)
		return x->time_ns < y->time_ns ? -1 : 1;
	return (x->nth > y->nth) - (x->nth < y->nth);
}

void lp_capture_sort(char **paths, size_t n)
{
	struct begun *all = n > 1 ? calloc(n, sizeof(*all)) : NULL;
	size_t i = 0;

	for (; all && i < n && is_regular(paths[i]); i++)
		all[i] = (struct begun){paths[i], first_time(paths[i]), i};
	if (all && i == n) {
		qsort(all, n, sizeof(*all), by_time);
		for (i = 0; i < n; i++)
			paths[i] = all[i].path;
	}
	free(all);
}

/* --- interfaces ------------------------------------------------------------------------------- */

static void on_ready(void *ctx)
{
	struct lp_capture *c = ctx;

	if (pcap_dispatch(c->pcap, BATCH, on_frame, context(c)) >= 0)
		return;
	lp_log(LP_LOG_WARN, "nothing more is captured: %.200s", pcap_geterr(c->pcap));
	lp_loop_remove(c->loop, &c->watch);
}

static int set_filter(pcap_t *pcap, const char *filter)
{
	struct bpf_program program;
	int err = pcap_compile(pcap, &program, filter, 1, PCAP_NETMASK_UNKNOWN);

	if (err)
		return err;
	err = pcap_setfilter(pcap, &program);
	pcap_freecode(&program);
	return err;
}

/*
 * Has the kernel, and it alone, apply `filter`. libpcap applies its own filter once more to what
 * the ring held when it was set, and there it cannot tell a frame's direction: it would drop them
 * all.
 */
static void filter_in_kernel(pcap_t *pcap, const char *filter)
{
	struct bpf_program program;
	struct sock_fprog kernel;

	if (pcap_compile(pcap, &program, filter, 1, PCAP_NETMASK_UNKNOWN))
		return;
	_Static_assert(sizeof(struct bpf_insn) == sizeof(struct sock_filter),
		       "one instruction set");
	kernel = (struct sock_fprog){.len = (unsigned short)program.bf_len,
				     .filter = (void *)program.bf_insns};
	(void)setsockopt(pcap_fileno(pcap), SOL_SOCKET, SO_ATTACH_FILTER, &kernel, sizeof(kernel));
	pcap_freecode(&program);
}

/* Frames with VLAN tags too, where the link has them; of a tagged frame all offsets differ. */
static int choose_filter(pcap_t *pcap, const char *interface, const char *filter, uint16_t csm_port)
{
	char plain[2048], tagged[2 * sizeof(plain) + 64];

	if (filter)
		return set_filter(pcap, filter);
	/* What logs has chosen already, and libpcap cannot look into it. */
	if (pcap_datalink(pcap) == DLT_NFLOG)
		return 0;
	snprintf(plain, sizeof(plain), FILTER, csm_port, csm_port, csm_port);
	if (!strcmp(interface, "lo")) {
		int err = set_filter(pcap, plain);

		/* There everything is sent and received: once is enough. */
		snprintf(tagged, sizeof(tagged), "inbound and (%s)", plain);
		if (!err)
			filter_in_kernel(pcap, tagged);
		return err;
	}
	snprintf(tagged, sizeof(tagged), "%s or (vlan and (%s))", plain, plain);
	return set_filter(pcap, tagged) ? set_filter(pcap, plain) : 0;
}

static int activate(pcap_t *pcap, char *why, size_t why_size)
{
	const char *more;
	int err;

	pcap_set_snaplen(pcap, SNAPLEN);
	pcap_set_timeout(pcap, TURN_MS);
	pcap_set_buffer_size(pcap, KERNEL_BYTES);
	pcap_set_tstamp_precision(pcap, PCAP_TSTAMP_PRECISION_NANO);
	err = pcap_activate(pcap);
	if (err >= 0)
		return 0;
	more = pcap_geterr(pcap);
	if (!*more || !strcmp(more, pcap_statustostr(err)))
		snprintf(why, why_size, "%.100s", pcap_statustostr(err));
	else
		snprintf(why, why_size, "%.100s: %.100s", pcap_statustostr(err), more);
	return err == PCAP_ERROR_PERM_DENIED ? -EPERM : -ENODEV;
}

int lp_capture_open(struct lp_capture **out, const char *interface, const char *filter,
		    uint16_t csm_port, struct lp_loop *loop, struct lp_flows *flows, char *why,
		    size_t why_size)
{
	char error[PCAP_ERRBUF_SIZE] = "";
	struct lp_capture *c = calloc(1, sizeof(*c));
	int err = -ENOMEM;

	*out = NULL;
	snprintf(why, why_size, "out of memory");
	if (!c)
		return err;
	c->pcap = pcap_create(interface, error);
	if (!c->pcap) {
		snprintf(why, why_size, "%.200s", error);
		goto fail;
	}
	err = activate(c->pcap, why, why_size);
	if (!err)
		err = begin(c, flows, why, why_size);
	if (err)
		goto fail;
	if (choose_filter(c->pcap, interface, filter, csm_port)) {
		snprintf(why, why_size, "the filter: %.200s", pcap_geterr(c->pcap));
		err = -EINVAL;
		goto fail;
	}
	pcap_setnonblock(c->pcap, 1, error);
	c->loop = loop;
	c->watch = (struct lp_watch){
		.fd = pcap_get_selectable_fd(c->pcap), .ready = on_ready, .ctx = c};
	err = lp_loop_add(loop, &c->watch);
	if (err) {
		snprintf(why, why_size, "%s", strerror(-err));
		goto fail;
	}
	*out = c;
	return 0;
fail:
	end(c);
	free(c);
	return err;
}

void lp_capture_stats(struct lp_capture *c, struct lp_capture_stats *stats)
{
	struct pcap_stat kernel;

	if (pcap_stats(c->pcap, &kernel) == 0)
		c->stats.dropped = (uint64_t)kernel.ps_drop + kernel.ps_ifdrop;
	*stats = c->stats;
}

void lp_capture_close(struct lp_capture *c)
{
	if (!c)
		return;
	/* A block that is not full yet is handed over when its time is up. */
	usleep(2 * TURN_MS * 1000);
	/* Where more always comes, that is younger than the end. */
	for (unsigned frames = 0;
	     frames < LAST_FRAMES && pcap_dispatch(c->pcap, BATCH, on_frame, context(c)) > 0;)
		frames += BATCH;
	lp_loop_remove(c->loop, &c->watch);
	end(c);
	free(c);
}
