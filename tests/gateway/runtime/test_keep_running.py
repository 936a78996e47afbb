"""The gateway ends when one of its threads is dead, and not because the whole process stood still for a while."""

import signal
import subprocess
import sys
import time

PROGRAM = """
import sys, threading, time
from gateway.runtime import threads

threads.LOOK_EVERY, threads.STOPPED, threads.SILENT_TOO_LONG = 0.05, 0.5, 1.0

class Turns:
    def __init__(self):
        self.last_beat = time.monotonic()
        self.over = threading.Event()
    def stop(self):
        self.over.set()
    def run(self):
        print("turns", flush=True)
        while not self.over.wait(0.3):
            self.last_beat = time.monotonic()
            if sys.argv[1] == "hangs":
                self.over.wait()

sys.exit(threads.keep_running([Turns()], unwatched=[]))
"""


def started(how: str) -> subprocess.Popen[bytes]:
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, how], stdout=subprocess.PIPE)
    assert process.stdout is not None
    with process.stdout as told:
        assert told.readline() == b"turns\n"
    return process


def test_a_process_that_was_stopped_and_goes_on_is_not_taken_for_dead() -> None:
    process = started("turns")
    process.send_signal(signal.SIGSTOP)
    time.sleep(1.5)  # what is tested is that time passes
    process.send_signal(signal.SIGCONT)
    try:
        process.wait(0.2)
    except subprocess.TimeoutExpired:
        process.terminate()
    assert process.wait(10) == 0


def test_a_thread_that_hangs_ends_the_process() -> None:
    assert started("hangs").wait(20) == 70
