/* SPDX-License-Identifier: MIT */
#include "text.h"

#include <errno.h>
#include <stdbool.h>

int lp_text_end(FILE *out, char *const *text)
{
	bool failed = !out || ferror(out);

	if (out && fclose(out))
		failed = true;
	return failed || !*text ? -ENOMEM : 0;
}
