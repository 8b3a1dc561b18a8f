"""What the kernel knows of a process and its children: CPU time and memory."""
import os
import pathlib
import threading

TICKS = os.sysconf("SC_CLK_TCK")


def tree(pid):
    """The process and all below it."""
    found = [pid]
    for parent in found:
        try:
            for task in pathlib.Path(f"/proc/{parent}/task").iterdir():
                found += [int(child) for child in (task / "children").read_text().split()]
        except OSError:
            pass  # it ended while we looked
    return found


def cpu_seconds(pid):
    """User and system time so far."""
    total = 0
    for member in tree(pid):
        try:
            fields = pathlib.Path(f"/proc/{member}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


def status_kilobytes(pid, field):
    total = 0
    for member in tree(pid):
        try:
            lines = pathlib.Path(f"/proc/{member}/status").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith(field + ":"))
    return total


def resident_kilobytes(pid):
    return status_kilobytes(pid, "VmRSS")


def forget_peak(pid):
    for member in tree(pid):
        pathlib.Path(f"/proc/{member}/clear_refs").write_text("5")


def peak_kilobytes(pid):
    """The most resident memory since forget_peak()."""
    return status_kilobytes(pid, "VmHWM")


class Sampler:
    """The most resident memory of a whole tree while the block runs."""

    def __init__(self, pid):
        self.pid = pid
        self.peak = 0
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._sample, daemon=True)

    def _sample(self):
        while not self.over.wait(0.2):
            self.peak = max(self.peak, resident_kilobytes(self.pid))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()
