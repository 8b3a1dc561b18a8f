"""What is metered equals what the servers counted, for every API, streamed or not, translated or not, finished or left."""
import os

from support.metering import prove

SEED = 20240917
COUNT = int(os.environ.get("AIHUB_REQUESTS", "1000"))  # fewer do for a quick look; of other seeds: make drill


def test_a_thousand_mixed_requests_are_metered_as_their_servers_counted_them(tmp_path, ollama_server):
    problems = prove(tmp_path, ollama_server, COUNT, SEED)
    assert not problems, "\n".join(problems[:20])
