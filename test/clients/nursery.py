"""Runs programs, each in a process of its own that begins with what the first one (an argument) has imported.

An order is a line of JSON on standard input: `program`, `environment`, and `output` and `errors`, the files that it
writes to. Each is answered with a line: the status that its process ended with.
"""

import json
import os
import sys
import traceback


def run(program, environment, output, errors):
    for name, descriptor in ((output, 1), (errors, 2)):
        os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT), descriptor)
    os.environ.clear()
    os.environ.update(environment)
    try:
        exec(compile(program, "program", "exec"), {"__name__": "__main__"})
        return 0
    except BaseException:
        traceback.print_exc()
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


exec(sys.argv[1], {})
for line in sys.stdin:
    process = os.fork()
    if process == 0:
        os._exit(run(**json.loads(line)))
    print(os.waitpid(process, 0)[1], flush=True)
