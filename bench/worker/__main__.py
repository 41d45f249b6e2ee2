"""`python -m bench.worker DESCRIPTOR FOLDER`: a worker, which `bench.running.workers` starts."""

import socket
import sys

from bench.threads import one_thread

one_thread()

if __name__ == "__main__":
    from bench.worker.kernel.inheritance import guarded

    guarded(int(sys.argv[1]))
    from bench.worker.kernel.unlisted_folders import find_modules_there
    from bench.worker.server import Server

    find_modules_there()
    Server(socket.socket(fileno=int(sys.argv[1])), sys.argv[2]).serve()
