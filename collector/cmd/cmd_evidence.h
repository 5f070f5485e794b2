/* SPDX-License-Identifier: MIT */
#ifndef LP_EVIDENCE_H
#define LP_EVIDENCE_H

/* What the subcommands that read call logs share. */

#include "policy/ledger.h"

/*
 * Reads call logs ("-" is standard input) into a new ledger. Lines that cannot be used and files
 * that cannot be read are reported on stderr. 0, or the exit status to end with; *out is then not
 * set. A file without a single line that can be used counts as one that cannot be read.
 */
LP_MUST_USE int lp_read_evidence(char *const *files, int n_files, struct lp_ledger **out);

#endif
