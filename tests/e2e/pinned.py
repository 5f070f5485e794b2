# SPDX-License-Identifier: MIT
"""Imported first: the test goes on with the botocore that the tables were made from, in build/venv
where it is not at hand, or is skipped."""
import os
import sys

VERSION = "1.43.11"
VENV = os.path.join(os.environ.get("BUILD", "build"), "venv", "bin", "python")

try:
    import botocore.loaders
    usable = botocore.__version__ == VERSION
except ImportError:
    usable = False
if not usable:
    if os.environ.get("LP_IN_VENV") or not os.path.exists(VENV):
        print("1..0 # SKIP botocore %s is not here: make demo or make check fetch it" % VERSION)
        sys.exit(0)
    os.environ["LP_IN_VENV"] = "1"
    os.execv(VENV, [VENV] + sys.argv)
