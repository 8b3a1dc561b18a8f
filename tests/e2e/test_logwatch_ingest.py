"""aihub-logwatch ingest counts every line of a log once, whatever becomes of the log or of the program."""
import gzip
import json
import os
import random
import re
import shutil
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request

import pytest
from support import processes
from support.paths import ROOT
from support.logwatch_program import line, lines, names, watch  # noqa: F401


def append(path, text):
    with open(path, "a") as file:
        file.write(text)


def test_what_was_read_is_not_read_again(watch):
    watch.log.write_text(lines(0, 10))
    assert [watch.ingest(), watch.ingest()] == [10, 0]
    append(watch.log, lines(10, 13))
    assert [watch.ingest(), watch.ingest()] == [3, 0]
    assert watch.names() == names(0, 13)


def test_identical_requests_all_count(watch):
    watch.log.write_text(line("/same") * 7)
    assert watch.ingest() == 7
    append(watch.log, line("/same") * 5)
    assert watch.ingest() == 5
    assert watch.names() == ["/same"] * 12


def test_half_a_last_line_waits_for_its_rest(watch):
    text = lines(0, 3)
    for cut in (len(text) - 1, len(text) - 40, len(text) - len(line("/2", 2)) + 1):
        log = watch.folder / f"cut-{cut}.log"
        log.write_text(text[:cut])
        assert watch.ingest(log) == 2
        assert watch.ingest(log) == 0
        append(log, text[cut:])
        assert watch.ingest(log) == 1
    assert watch.names() == names(0, 3) * 3


def test_a_log_that_does_not_begin_with_a_whole_line_waits(watch):
    text = lines(0, 1)
    watch.log.write_text(text[:20])
    assert watch.ingest() == 0
    append(watch.log, text[20:])
    assert watch.ingest() == 1


def test_a_log_that_was_renamed_is_read_to_its_end_first(watch):
    watch.log.write_text(lines(0, 5))
    watch.ingest()
    append(watch.log, lines(5, 8))
    watch.log.rename(watch.folder / "access.log.1")
    watch.log.write_text(lines(8, 10))
    assert watch.ingest() == 5
    assert watch.names() == names(0, 10)


def test_a_writer_may_go_on_in_the_renamed_file_for_a_while(watch):
    watch.log.write_text(lines(0, 5))
    watch.ingest()
    watch.log.rename(watch.folder / "access.log.1")
    append(watch.folder / "access.log.1", lines(5, 6))
    watch.log.write_text("")
    assert watch.ingest() == 1
    append(watch.folder / "access.log.1", lines(6, 8))
    append(watch.log, lines(8, 9))
    assert watch.ingest() == 3
    assert watch.names() == names(0, 9)


def test_several_rotations_while_nobody_read(watch):
    watch.log.write_text(lines(0, 5))
    watch.ingest()
    append(watch.log, lines(5, 8))
    for older in (3, 2):
        if (watch.folder / f"access.log.{older - 1}").exists():
            (watch.folder / f"access.log.{older - 1}").rename(watch.folder / f"access.log.{older}")
    watch.log.rename(watch.folder / "access.log.1")
    watch.log.write_text(lines(8, 10))
    watch.ingest()
    (watch.folder / "access.log.1").rename(watch.folder / "access.log.2")
    watch.log.rename(watch.folder / "access.log.1")
    watch.log.write_text(lines(10, 11))
    assert watch.ingest() == 1
    assert watch.names() == names(0, 11)


@pytest.mark.parametrize("name", ["access.log.1.gz", "access.log-20260131.gz"])
def test_a_log_that_was_packed_is_read_to_its_end(watch, name):
    watch.log.write_text(lines(0, 5))
    watch.ingest()
    with gzip.open(watch.folder / name, "wt") as packed:
        packed.write(lines(0, 9))
    watch.log.unlink()
    watch.log.write_text(lines(9, 12))
    assert watch.ingest() == 7
    assert watch.ingest() == 0
    assert watch.names() == names(0, 12)
    assert sorted(row["state"] for row in watch.offsets()) == ["complete", "live"]


def test_old_logs_are_read_when_they_are_named_and_only_once(watch):
    with gzip.open(watch.folder / "access.log.2.gz", "wt") as packed:
        packed.write(lines(0, 5))
    (watch.folder / "access.log.1").write_text(lines(5, 9))
    watch.log.write_text(lines(9, 12))
    files = [watch.folder / "access.log.2.gz", watch.folder / "access.log.1", watch.log]
    assert watch.ingest(*files) == 12
    assert watch.ingest(*files) == 0
    watch.log.rename(watch.folder / "access.log.new")
    os.rename(watch.folder / "access.log.1", watch.folder / "access.log.3")
    (watch.folder / "access.log.new").rename(watch.folder / "access.log.1")
    watch.log.write_text(lines(12, 13))
    assert watch.ingest(*files) == 1
    assert watch.names() == names(0, 13)


def truncate_after_copy(log, copy):
    shutil.copyfile(log, copy)
    os.truncate(log, 0)


@pytest.mark.parametrize("after", [1, 3, 40], ids=["smaller", "about as large", "larger"])
def test_a_log_that_was_copied_and_truncated(watch, after):
    """Smaller than before, and grown past where it was read: both are told by its beginning, and the copy is read to its end."""
    watch.log.write_text(lines(0, 5))
    watch.ingest()
    append(watch.log, lines(5, 8))
    truncate_after_copy(watch.log, watch.folder / "access.log.1")
    append(watch.log, lines(8, 8 + after))
    assert watch.ingest() == 3 + after
    assert watch.ingest() == 0
    assert watch.names() == names(0, 8 + after)


def test_a_truncated_log_without_a_copy_says_what_is_lost(watch):
    watch.log.write_text(lines(0, 5))
    watch.ingest()
    watch.log.write_text(lines(5, 30))
    result = watch("ingest", "--json", watch.log)
    assert result.returncode == 0 and json.loads(result.stdout)["files"][0]["lines"] == 25
    assert "lost" in result.stderr
    assert watch("ingest", watch.log).stderr == ""
    assert watch.names() == names(0, 30)


def test_a_file_that_got_the_number_of_a_removed_one_is_new(watch):
    watch.log.write_text(lines(0, 5))
    watch.ingest()
    inode = watch.log.stat().st_ino
    with open(watch.log, "r+") as file:  # the same inode, another content, no shorter than before
        file.write(lines(100, 106))
    assert watch.log.stat().st_ino == inode
    assert watch.ingest() == 6
    assert watch.names() == names(0, 5) + names(100, 106)


def test_a_log_that_is_replaced_by_a_longer_copy_of_itself_goes_on(watch):
    """As rsync does it: another file, the same beginning."""
    watch.log.write_text(lines(0, 5))
    watch.ingest()
    (watch.folder / "incoming").write_text(lines(0, 9))
    (watch.folder / "incoming").replace(watch.log)
    assert watch.ingest() == 4
    assert watch.names() == names(0, 9)


def test_zeros_where_a_log_was_truncated_under_its_writer(watch):
    """A writer that does not append goes on at its old position, and the file has a hole before it."""
    with open(watch.log, "w") as writer:
        writer.write(lines(0, 50))
        writer.flush()
        watch.ingest()
        truncate_after_copy(watch.log, watch.folder / "access.log.1")
        writer.write(lines(50, 53))
        writer.flush()
    assert watch.log.read_bytes().startswith(b"\0" * 4096)
    assert watch.ingest() == 3
    append(watch.log, lines(53, 54))
    assert watch.ingest() == 1
    assert watch.names() == names(0, 54)


def test_a_hole_larger_than_any_line(watch):
    with open(watch.log, "wb") as file:
        file.seek(5_000_000)
        file.write(lines(0, 2).encode())
    assert watch.ingest() == 2
    assert watch.names() == names(0, 2)


def test_a_line_that_is_too_long_is_told_and_passed_over(watch):
    long = line("/" + "x" * 3_000_000)
    watch.log.write_text(lines(0, 2) + long + lines(2, 4))
    result = watch("ingest", "--max-bad", "1", "--json", watch.log)
    assert result.returncode == 0
    assert json.loads(result.stdout)["files"][0] | {"file": ""} == {
        "file": "", "lines": 5, "bad_lines": 1, "position": watch.log.stat().st_size}
    assert re.search(r"access\.log:3: .*longer than 1 MB", result.stderr)
    assert watch.names() == names(0, 4)
    append(watch.log, long[:-1])
    assert watch.ingest() == 0
    append(watch.log, "\n" + lines(4, 5))
    assert json.loads(watch("ingest", "--max-bad", "1", "--json", watch.log).stdout)["files"][0]["lines"] == 2
    assert watch.names() == names(0, 5)


def test_a_line_of_just_under_a_megabyte_counts(watch):
    watch.log.write_text(line("/" + "y" * 1_000_000))
    assert watch.ingest() == 1
    assert len(watch.names()[0]) == 1_000_001


def test_bytes_that_are_no_text_are_kept_from_programs(watch):
    watch.log.write_bytes(line("/1", agent="AGENT").encode().replace(b"AGENT", b"\xff\xfe\x80 bad") + lines(2, 3).encode())
    assert watch.ingest() == 2
    assert watch.query("SELECT user_agent FROM access_events WHERE request_uri = '/1'") == [{"user_agent": "\ufffd" * 3 + " bad"}]


def test_a_symbolic_link_that_comes_to_mean_another_file(watch):
    (watch.folder / "monday.log").write_text(lines(0, 5))
    watch.log.symlink_to("monday.log")
    watch.ingest()
    append(watch.folder / "monday.log", lines(5, 7))
    (watch.folder / "tuesday.log").write_text(lines(7, 9))
    watch.log.unlink()
    watch.log.symlink_to("tuesday.log")
    assert watch.ingest() == 4
    assert watch.names() == names(0, 9)


def test_a_log_that_is_not_there_yet(watch):
    result = watch("ingest", watch.log)
    assert (result.returncode, result.stdout) == (3, "")
    assert result.stderr.startswith("aihub-logwatch: there is no file ")
    watch.log.write_text(lines(0, 2))
    assert watch.ingest() == 2


def test_a_log_between_renaming_and_its_return(watch):
    watch.log.write_text(lines(0, 2))
    watch.ingest()
    append(watch.log, lines(2, 3))
    watch.log.rename(watch.folder / "access.log.1")
    result = watch("ingest", "--json", watch.log)
    assert result.returncode == 0 and json.loads(result.stdout)["files"][0]["lines"] == 1
    assert "there is no file" in result.stderr
    watch.log.write_text(lines(3, 4))
    assert watch.ingest() == 1
    assert watch.names() == names(0, 4)


def test_one_log_that_is_missing_does_not_keep_the_others_waiting(watch):
    watch.log.write_text(lines(0, 2))
    assert watch("ingest", watch.folder / "none.log", watch.log).returncode == 3
    assert watch.names() == names(0, 2)


def test_a_damaged_packed_log_does_not_keep_the_present_one_waiting(watch):
    watch.log.write_text(lines(0, 300))
    watch.ingest()
    whole = gzip.compress(lines(0, 3000).encode())
    (watch.folder / "access.log.1.gz").write_bytes(whole[:len(whole) // 2])
    watch.log.unlink()
    watch.log.write_text(lines(3000, 3002))
    result = watch("ingest", watch.log)
    assert result.returncode == 0 and "cannot be unpacked" in result.stderr
    stored = watch.names()
    assert stored[-2:] == names(3000, 3002)
    assert 300 < len(stored) - 2 < 3000 and stored[:-2] == names(0, len(stored) - 2)
    assert watch.ingest() == 0


def test_a_program_that_is_killed_counts_nothing_twice_and_leaves_nothing_out(watch):
    total, dice, killed = 120_000, random.Random(7), 0
    watch.log.write_text(lines(0, total))
    whole = time.monotonic()
    watch("ingest", "--db", watch.folder / "trial.db", watch.log)
    whole = time.monotonic() - whole
    for _ in range(12):
        child = watch.start("ingest", watch.log)
        time.sleep(dice.random() * whole)  # where it is hit is left to chance; what must hold does not depend on it
        child.send_signal(signal.SIGKILL)
        child.communicate()
        killed += child.returncode == -signal.SIGKILL
    assert killed > 0
    watch.ingest()
    counted = watch.query("SELECT count(*) AS rows, count(DISTINCT request_uri) AS names FROM access_events")
    assert counted == [{"rows": total, "names": total}]
    assert watch.query("SELECT sum(requests) AS all_of_them FROM access_minutes") == [{"all_of_them": total}]


def test_several_programs_at_once_share_a_log(watch):
    total = 60_000
    watch.log.write_text(lines(0, total // 2))
    children = [watch.start("ingest", "--json", watch.log) for _ in range(4)]
    append(watch.log, lines(total // 2, total))
    shared = 0
    for child in children:
        out, error = child.communicate(timeout=60)
        assert child.returncode == 0, error
        shared += json.loads(out)["files"][0]["lines"]
    assert shared + watch.ingest() == total
    assert watch.query("SELECT count(*) AS rows, count(DISTINCT request_uri) AS names FROM access_events") == [
        {"rows": total, "names": total}]
    assert len(watch.offsets()) == 1


class Life:
    """A log with its writer, which logrotate's ways happen to in any order."""

    def __init__(self, folder, log, dice):
        self.folder, self.log, self.dice, self.written = folder, log, dice, 0
        self.writer = open(log, "a")
        self.moved = False  # renamed, and its writer does not know yet

    def write(self):
        more = self.dice.randrange(1, 12)
        self.writer.write(lines(self.written, self.written + more))
        self.writer.flush()
        self.written += more

    def others(self):
        return sorted((path for path in self.folder.glob("access.log.*")), key=lambda path: -int(path.name.split(".")[2]))

    def shift(self):
        for path in self.others():
            name, log, number, *packed = path.name.split(".")
            path.rename(self.folder / ".".join([name, log, str(int(number) + 1), *packed]))

    def rename(self):
        self.reopen()
        self.shift()
        self.log.rename(self.folder / "access.log.1")
        self.moved = True

    def reopen(self):
        if self.moved:
            self.writer.close()
            self.writer = open(self.log, "a")
            self.moved = False

    def copy_and_truncate(self):
        self.reopen()
        self.shift()
        truncate_after_copy(self.log, self.folder / "access.log.1")

    def pack(self):
        self.reopen()
        for path in self.others():
            if not path.name.endswith(".gz"):
                (self.folder / (path.name + ".gz")).write_bytes(gzip.compress(path.read_bytes()))
                path.unlink()


@pytest.mark.parametrize("seed", range(12))
def test_whatever_happens_to_a_log_in_any_order(watch, seed):
    """Many random steps, of which each may be rotation, packing, a pass that is killed or a pass that ends."""
    dice = random.Random(seed)
    life = Life(watch.folder, watch.log, dice)
    life.write()
    watch.ingest()
    for _ in range(60):
        step = dice.choice(["write"] * 4 + ["ingest"] * 2 + ["kill", "rename", "reopen", "copy_and_truncate", "pack"])
        if step == "ingest":
            watch("ingest", watch.log)
        elif step == "kill":
            child = watch.start("ingest", watch.log)
            time.sleep(dice.random() * 0.01)  # it may be hit anywhere, or not at all
            child.kill()
            child.communicate()
        else:
            getattr(life, step)()
    life.reopen()
    life.write()
    watch("ingest", watch.log)
    assert sorted(watch.names()) == sorted(names(0, life.written))


def test_what_comes_from_a_pipe_is_stored_while_it_is_open(watch):
    child = subprocess.Popen(watch.command("ingest", "-"), env=watch.environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    child.stdin.write(lines(0, 3).encode())
    child.stdin.flush()
    processes.wait_until(lambda: watch.db.exists() and watch("sql", "SELECT 1").returncode == 0 and watch.names() == names(0, 3),
                         "the first lines", 20, pause=0.1)
    child.stdin.write(lines(3, 5).encode()[:-1])
    child.stdin.close()
    assert child.wait(timeout=20) == 0
    assert watch.names() == names(0, 5)


def test_bad_lines_are_shown_and_counted(watch):
    watch.log.write_text(lines(0, 10) + "nonsense\n" + '{"time":"2026-01-31T08:00:00Z","status":"odd"}\n' + lines(10, 12))
    result = watch("ingest", watch.log)
    assert result.returncode == 1
    assert [re.search(r"access\.log:(\d+): .", text).group(1) for text in result.stderr.splitlines()] == ["11", "12"]
    assert watch.names() == names(0, 12)
    for limit, code in (("2", 0), ("1", 1), ("20%", 0), ("10%", 1)):
        watch.ok("offsets", "reset", watch.log)
        assert watch("ingest", "--max-bad", limit, watch.log).returncode == code
    refused = watch("ingest", "--max-bad", "many", watch.log)
    assert refused.returncode == 2 and "--max-bad many" in refused.stderr


def test_a_line_without_a_time_is_told(watch):
    watch.log.write_text('{"remote_addr":"192.0.2.1","request":"GET / HTTP/1.1","status":200}\n')
    result = watch("ingest", watch.log)
    assert result.returncode == 1 and "when the request was" in result.stderr


def test_the_state_file_of_an_older_program_is_gone_on_from(watch):
    text = lines(0, 8)
    watch.log.write_text(text)
    state = watch.folder / "monitoring_state.json"
    in_the_middle = len(lines(0, 3)) + 10
    state.write_text(json.dumps({"position": in_the_middle, "inode": watch.log.stat().st_ino}))
    assert watch.ingest(watch.log, environment={"MONITORING_STATE_PATH": str(state)}) == 5
    assert watch.names() == names(3, 8)
    assert json.loads(state.read_text()) == {"position": len(text), "inode": watch.log.stat().st_ino}
    state.write_text(json.dumps({"position": 0, "inode": watch.log.stat().st_ino}))
    assert watch.ingest("--state", state, watch.log) == 0, "the database knows better"


def test_the_state_of_another_file_is_not_believed(watch):
    watch.log.write_text(lines(0, 3))
    state = watch.folder / "state.json"
    state.write_text(json.dumps({"position": len(lines(0, 2)), "inode": watch.log.stat().st_ino + 1}))
    assert watch.ingest("--state", state, watch.log) == 3
    state.write_text("no JSON")
    assert watch("ingest", "--state", state, watch.log).returncode == 6


def test_offsets_go_out_and_come_in(watch):
    watch.log.write_text(lines(0, 4))
    watch.ingest()
    state = watch.folder / "state.json"
    state.write_text(watch.ok("offsets", "export", watch.log))
    assert json.loads(state.read_text())["position"] == watch.log.stat().st_size
    assert watch("offsets", "import", state, watch.log).returncode == 7
    watch.ok("offsets", "reset", watch.log)
    assert watch("offsets", "reset", watch.log).returncode == 3
    watch.ok("offsets", "import", state, watch.log)
    append(watch.log, lines(4, 5))
    assert watch.ingest() == 1
    assert watch.names() == names(0, 5)


def test_the_events_have_the_columns_that_older_dashboards_ask_for(watch):
    watch.log.write_text(json.dumps({
        "time": "2026-01-31T09:30:00+01:00", "remote_addr": "10.0.0.9", "forwarded_for": "198.51.100.4, 10.0.0.9", "request_method": "GET",
        "request_uri": "/wp-admin/x?a=1", "status": 404, "request_time": 0.25, "body_bytes_sent": 5, "bytes_sent": 50, "api_key": "-",
        "upstream_addr": "127.0.0.1:1", "upstream_status": "404", "upstream_response_time": "0.200", "user_agent": "t"}) + "\n")
    watch.ingest("--trusted-proxies", "10.0.0.0/8", watch.log)
    [row] = watch.query("SELECT * FROM access_events")
    wanted = {"timestamp": "2026-01-31T08:30:00+00:00", "remote_addr": "10.0.0.9", "forwarded_for": '["198.51.100.4","10.0.0.9"]',
              "client_ip": "198.51.100.4", "network_scope": "Public", "request_method": "GET", "request_uri": "/wp-admin/x?a=1",
              "request_path": "/wp-admin/x", "status": 404, "status_family": "4xx", "request_time_ms": 250, "body_bytes_sent": 5,
              "bytes_sent": 50, "api_key": "(none)", "referer": "", "user_agent": "t", "upstream_addr": "127.0.0.1:1",
              "upstream_status": "404", "upstream_response_time_ms": 200, "flags": '["client_error","no_api_key","suspicious_path"]',
              "is_flagged": 1}
    assert {name: row[name] for name in wanted} | {"network_scope": "Public"} == wanted
    assert watch.query("SELECT count(*) AS n FROM access_events WHERE timestamp >= '2026-01-31T08:00:00'") == [{"n": 1}]


def test_a_query_may_only_read(watch):
    watch.log.write_text(lines(0, 1))
    watch.ingest()
    for sql in ("DELETE FROM access_rows", "SELECT 1; SELECT 2", "SELECT nothing FROM nowhere", "", "ATTACH 'x.db' AS x; DROP TABLE users"):
        result = watch("sql", sql)
        assert (result.returncode, result.stdout) == (2, ""), sql
        assert len(result.stderr.splitlines()) == 1
    assert watch.names() == names(0, 1)


def test_reports_group_what_the_rows_say(watch):
    watch.log.write_text("".join(line(f"/{number % 3}", number, status=(200, 404, 502)[number % 3]) for number in range(90)))
    watch.ingest()
    for by, rows in (("status", {"200": 30, "404": 30, "502": 30}), ("path", {"/0": 30, "/1": 30, "/2": 30}),
                     ("ip", {"192.0.2.7": 90}), ("key", {"ahk_…1234": 90}), ("ua", {"tester": 90}), ("model", {"(none)": 90})):
        for since in ("ever", "2026-01-31", "2026-01-31T07:59:59Z"):
            groups = json.loads(watch.ok("report", "--json", "--since", since, "--by", by))["groups"]
            assert {group[by]: group["requests"] for group in groups} == rows, (by, since)
    [group] = json.loads(watch.ok("report", "--json", "--since", "2026-01-31T08:00:30Z", "--until", "2026-01-31T08:01:00Z", "--by", "ip"))["groups"]
    assert group == {"ip": "192.0.2.7", "requests": 30, "client_errors": 10, "server_errors": 10, "bytes_sent": 6000, "mean_ms": 12}
    assert watch.ok("report", "--since", "1h") == "status\trequests\tclient_errors\tserver_errors\tbytes_sent\tmean_ms\n"


@pytest.mark.parametrize("arguments", [["report"], ["sql", "SELECT 1"], ["offsets", "list"], ["offsets", "export", "x"], ["offsets", "reset", "x"]])
def test_where_nothing_was_read_no_database_is_made(watch, arguments):
    result = watch(*arguments)
    assert (result.returncode, result.stdout) == (3, "")
    assert "aihub-logwatch ingest FILE" in result.stderr
    assert not watch.db.exists()


NGINX = """
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
    log_format ours escape=json '{{"time":"$time_iso8601","remote_addr":"$remote_addr","forwarded_for":"$http_x_forwarded_for",'
        '"request_method":"$request_method","request_uri":"$request_uri","status":"$status","request_time":"$request_time",'
        '"body_bytes_sent":"$body_bytes_sent","bytes_sent":"$bytes_sent","http_referer":"$http_referer",'
        '"user_agent":"$http_user_agent","api_key":"$http_x_api_key"}}';
    access_log {folder}/access.json ours;
    access_log {folder}/combined.log combined;
    client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
    uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
    server {{
        listen 127.0.0.1:{port};
        location / {{ return 200 "ok"; }}
        location /missing {{ return 404; }}
    }}
}}
"""


class Load:
    """Clients that ask until they are told to stop; `asked` holds what was answered."""

    def __init__(self, url, asked=()):
        self.url, self.asked, self.ending = url, list(asked), threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(number,)) for number in range(2)]
        for thread in self.threads:
            thread.start()

    def run(self, number):
        count = len(self.asked)  # no request is like another, as the beginning of a log is what it is known by
        while not self.ending.is_set():
            path = ("/missing/" if count % 5 == 0 else "/") + f"{number}-{count}"
            try:
                urllib.request.urlopen(self.url + path).read()
            except urllib.error.HTTPError as refused:
                refused.read()
            self.asked.append(path)
            count += 1

    def wait_for(self, more):
        wanted = len(self.asked) + more
        processes.wait_until(lambda: len(self.asked) >= wanted, f"{more} more requests", 60, pause=0.01)

    def stop(self):
        self.ending.set()
        for thread in self.threads:
            thread.join()


@pytest.mark.parametrize("way", ["create", "copytruncate"])
def test_a_real_nginx_under_load_while_logrotate_rotates(watch, way):
    """As many requests in the database as were answered, by both formats, while the logs are rotated, packed and read."""
    if not shutil.which("nginx") or not shutil.which("logrotate"):
        pytest.skip("nginx or logrotate is not installed")
    folder = watch.folder
    port = processes.free_port()
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port) + ("user root;\n" if os.geteuid() == 0 else ""))
    nginx = subprocess.Popen(["nginx", "-p", folder, "-c", folder / "nginx.conf", "-e", folder / "error.log", "-g", "daemon off;"],
                             preexec_fn=processes.die_with_parent)
    logs = [folder / "access.json", folder / "combined.log"]
    signal_nginx = "" if way == "copytruncate" else f"postrotate\n kill -USR1 $(cat {folder}/nginx.pid)\n endscript\n"
    (folder / "rotate").write_text(f"{logs[0]} {logs[1]} {{\n rotate 9\n compress\n delaycompress\n {way}\n"
                                   f" sharedscripts\n {signal_nginx}}}\n")
    try:
        processes.wait_until(lambda: processes.answers(f"http://127.0.0.1:{port}/"), "nginx", 20)
        load = Load(f"http://127.0.0.1:{port}")
        try:
            for _ in range(4):
                load.wait_for(150)
                watch.ingest(*logs)
                load.wait_for(50)
                if way == "copytruncate":  # what is written between copy and truncation is lost, whoever reads
                    load.stop()
                rotated = processes.run([shutil.which("logrotate"), "-f", "-s", folder / "rotate.state", folder / "rotate"])
                assert rotated.returncode == 0, rotated.stderr
                if way == "copytruncate":
                    load = Load(load.url, load.asked)
            load.wait_for(50)
        finally:
            load.stop()
        os.kill(nginx.pid, signal.SIGQUIT)
        assert nginx.wait(timeout=20) == 0
    finally:
        if nginx.poll() is None:
            nginx.terminate()
            nginx.wait(timeout=20)
    watch.ingest(*logs)
    assert len(list(folder.glob("access.json*.gz"))) >= 2
    stored = [name for name in watch.names() if re.fullmatch(r"/(missing/)?\d-\d+", name)]
    assert sorted(stored) == sorted(load.asked * 2)
    assert watch.query("SELECT count(*) AS n FROM access_events WHERE status = 404") == [
        {"n": 2 * sum(path.startswith("/missing/") for path in load.asked)}]


def test_the_man_page_names_every_option_and_exit_code(watch):
    page = (ROOT / "man" / "aihub-logwatch.1").read_text()
    commands = re.findall(r"^        (\S+)\) words=", (ROOT / "completions" / "aihub-logwatch.bash").read_text(), re.M)
    helps = "".join(watch.ok(*command.split("/"), "--help") for command in commands if command != "*")
    options = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", "".join(re.findall(r"options:\n(.*?)\n\n", helps, re.S))))
    assert {"--max-bad", "--since", "--db"} <= options
    for option in options:
        assert re.search(rf"Fl {re.escape(option[1:])}\b", page), f"{option} is missing"
    assert set(re.findall(r"^\.It (\d)$", page, re.M)) == {"0", "1", "2", "3", "6", "7"}


def test_the_man_page_is_clean():
    if not shutil.which("mandoc"):
        pytest.skip("mandoc is not installed")
    said = processes.run(["mandoc", "-Tlint", "-Wwarning", str(ROOT / "man" / "aihub-logwatch.1")])
    assert said.stdout == "" and said.returncode == 0
