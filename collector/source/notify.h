/* SPDX-License-Identifier: MIT */
#ifndef LP_NOTIFY_H
#define LP_NOTIFY_H

/*
 * Tells a service manager how the program is, as sd_notify(3) does: one datagram to the Unix socket
 * in $NOTIFY_SOCKET. `state` is for example "READY=1". Does nothing where nobody asked, and never
 * fails the program. No state: safe from any thread.
 */
void lp_notify(const char *state);

#endif
