# SPDX-License-Identifier: MIT
"""Results of a test in Python, in the Test Anything Protocol."""

done = failed = 0


class Skip(Exception):
    """What a test raises that cannot run here, with the reason."""


def check(ok, what, why=""):
    """`why` is a text, or many, of which 40 are printed."""
    global done, failed
    done += 1
    failed += not ok
    print("%sok %d - %s" % ("" if ok else "not ", done, what), flush=True)
    if not ok and why:
        for line in why[:40] if isinstance(why, list) else [why]:
            print("#   %.2000s" % (line,), flush=True)


def test(f):
    """Runs the function as one test; its docstring is the name."""
    try:
        f()
    except Skip as e:
        check(True, f"{f.__doc__} # SKIP {e}")
    except Exception as e:  # whatever went wrong is a failed test
        check(False, f.__doc__)
        print(*(f"# {line}" for line in repr(e).split("\\n")), sep="\n", flush=True)
    else:
        check(True, f.__doc__)


def plan():
    print("1..%d" % done)
