"""What the runners of peers.py share: a process that works on the jobs of standard input, one JSON line in, one out.

It is imported first, as what libraries print is no reply and the time that they take to load counts.
"""

import json
import os
import sys
import threading
import time
import traceback

start = time.perf_counter()
replies = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
driver = os.getppid()
EPISODES = 20


def watch():
    """A driver that was killed leaves nobody behind."""
    while os.getppid() == driver:
        time.sleep(1)
    os._exit(1)


threading.Thread(target=watch, daemon=True).start()


def limit_xla():
    """One thread for JAX, which is to be imported afterwards."""
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"


def work(learn, measure, versions):
    """Says hello, and does what each job asks for."""
    def reply(value):
        print(json.dumps(value), file=replies, flush=True)

    reply({"versions": versions, "start": time.perf_counter() - start})
    for line in sys.stdin:
        try:
            job = json.loads(line)
            reply({"learning": learn, "speed": measure}[job["what"]](job))
        except Exception as error:
            traceback.print_exc()
            reply({"error": f"{type(error).__name__}: {error}"})
