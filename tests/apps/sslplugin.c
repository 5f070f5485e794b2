/* SPDX-License-Identifier: MIT */
/*
 * A plug-in that speaks through the libssl it is linked with. Its functions end in jumps, so the
 * hooks see the return address of whoever called the plug-in.
 */
void *SSL_new(void *ctx);
void SSL_free(void *s);
int SSL_write(void *s, const void *buf, int len);

void *plugin_new(void);
void plugin_free(void *s);
int plugin_write(void *s, const void *buf, int len);
int plugin_write_here(void *s, const void *buf, int len);

void *plugin_new(void)
{
	void *volatile s = SSL_new((void *)0);

	return s;
}

void plugin_free(void *s)
{
	SSL_free(s);
}

/* A tail call ... */
int plugin_write(void *s, const void *buf, int len)
{
	return SSL_write(s, buf, len);
}

/* ... and one that comes back here. */
int plugin_write_here(void *s, const void *buf, int len)
{
	volatile int r = SSL_write(s, buf, len);

	return r;
}
