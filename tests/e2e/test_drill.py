"""The short form of `make drill`: real servers die, hang, slow down and fail under load, and nobody notices."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "drill"))
from drill import Drill  # noqa: E402

SEED = 20240917


def test_what_a_healthy_server_can_serve_is_served_whatever_happens_to_the_others(tmp_path):
    assert Drill(tmp_path, rounds=10, seed=SEED).run() == []
