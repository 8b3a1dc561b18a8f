"""Starting and ending exactly our own processes."""
import ctypes
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

_PR_SET_PDEATHSIG = 1


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def die_with_parent():
    """For preexec_fn: a test run that is killed leaves no server behind."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def start_time(pid):
    """The kernel's start time of a process, which tells it from a later one with the same number; None when gone."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as stat:
            fields = stat.read().rsplit(b")", 1)[1].split()
    except OSError:
        return None
    return None if fields[0] == b"Z" else int(fields[19])


def end_group(pid, seconds=10):
    """SIGTERM to the group that `pid` leads, SIGKILL when it lingers."""
    _signal_group(pid, signal.SIGTERM)
    deadline = time.monotonic() + seconds
    while start_time(pid) is not None and time.monotonic() < deadline:
        _reap(pid)
        time.sleep(0.02)
    _signal_group(pid, signal.SIGKILL)
    _reap(pid)


def _signal_group(pid, number):
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        pass


def _reap(pid):
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        pass


def answers(url):
    try:
        with urllib.request.urlopen(url, timeout=2):
            return True
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False


def wait_until(condition, what, seconds=30, pause=0.02):
    """Polls; raises with `what` when the deadline passes."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds} s in vain: {what}")
        time.sleep(pause)


def run(command, **options):
    """Runs to the end; text output; never raises on a bad exit code."""
    return subprocess.run(command, capture_output=True, text=True, timeout=60, **options)
