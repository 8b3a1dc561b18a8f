"""A real nginx that lets only some paths of real servers through and answers 404 to all others, as servers do that know less.

    with Proxy(folder, {"chat only": [("= /v1/chat/completions", "http://127.0.0.1:1234")]}) as proxy:
        proxy.url("chat only")
"""
import shutil
import subprocess

from support import processes

FRAME = """daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_max_body_size 0;
    client_body_temp_path {folder}/bodies;
    proxy_temp_path {folder}/replies;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{servers}}}
"""
SERVER = """    server {{
        listen 127.0.0.1:{port};
        proxy_buffering off;
        proxy_http_version 1.1;
        proxy_read_timeout 300s;
        location / {{ return 404 "no such page\\n"; }}
{locations}    }}
"""
LOCATION = "        location {path} {{ proxy_pass {url}; proxy_set_header Host $proxy_host; }}\n"


def missing():
    return None if shutil.which("nginx") else "nginx is not installed; install it with: apt-get install nginx-light"


class Proxy:
    """`rules`: for each server's name the locations that it has, in nginx's words, with the address behind each."""

    def __init__(self, folder, rules):
        self.folder, self.rules = folder, rules
        self.ports = {name: processes.free_port() for name in rules}
        self.process = None

    def url(self, name):
        return f"http://127.0.0.1:{self.ports[name]}"

    def __enter__(self):
        config = self.folder / "nginx.conf"
        config.write_text(FRAME.format(folder=self.folder, servers="".join(self._server(name) for name in self.rules)))
        self.process = subprocess.Popen(["nginx", "-c", str(config), "-e", str(self.folder / "error.log")],
                                        stdin=subprocess.DEVNULL, preexec_fn=processes.die_with_parent)
        for name in self.rules:
            processes.wait_until(lambda: processes.answers(self.url(name)), f"nginx does not answer; see {self.folder}/error.log")
        return self

    def _server(self, name):
        locations = "".join(LOCATION.format(path=path, url=url) for path, url in self.rules[name])
        return SERVER.format(port=self.ports[name], locations=locations)

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(20)
