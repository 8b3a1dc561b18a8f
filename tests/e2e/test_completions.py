"""The files under completions/ are what the programs print, and bash can complete with them."""
import subprocess

import pytest
from support.paths import ROOT, binary


@pytest.mark.parametrize("tool", ["aihub-keys", "aihub-logwatch", "aihub-serve"])
def test_the_committed_completion_is_what_the_program_prints(tool):
    printed = subprocess.run([binary(tool), "completion", "bash"], capture_output=True, text=True, check=True).stdout
    assert printed == (ROOT / "completions" / f"{tool}.bash").read_text()


@pytest.mark.parametrize("words, expected", [
    ("aihub-serve rel", "reload"),
    ("aihub-serve --log-format j", "json"),
    ("aihub-keys del", "delete"),
    ("aihub-logwatch ing", "ingest"),
    ("aihub-logwatch report --by sc", "scope"),
    ("aihub-keys list --format n", "ndjson"),
])
def test_bash_completes_the_word_at_the_cursor(words, expected):
    tool, last = words.split()[0], len(words.split()) - 1
    script = (f". {ROOT}/completions/{tool}.bash; COMP_WORDS=({words}); COMP_CWORD={last}; "
              f"_{tool.replace('-', '_')}; echo \"${{COMPREPLY[*]}}\"")
    answer = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == expected
