/* SPDX-License-Identifier: MIT */
#ifndef LP_MARK_H
#define LP_MARK_H

/*
 * Where the shim calls a TLS library's own function in place of the program, it passes this in the
 * register of a sixth argument, which none of those functions has. The eBPF probe knows by it that
 * the shim reports the call. For C and for the programs in the kernel.
 */
#define LP_SHIM_MARK 0x6c7073a4d93be217ull

#endif
