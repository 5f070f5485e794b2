/* SPDX-License-Identifier: MIT */
#ifndef LP_REPORT_PAGE_H
#define LP_REPORT_PAGE_H

/* What every report has: style and script, each a list of parts that ends with NULL. */

extern const char *const lp_report_style[];
extern const char *const lp_report_script[];

#endif
