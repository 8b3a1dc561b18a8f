"""The configuration over the admin API: shown without secrets, patched in the file, in force at once."""
import json
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from support import keychain, processes
from support.api import Api, admin_of
from support.raw import ask, bearer

CONFIG = "/admin/api/config"


@pytest.fixture
def front(gateway, mock):
    return gateway({"mock": mock.service()})


@pytest.fixture
def admin(front):
    return admin_of(front)


def document(front):
    return json.loads(front.config.read_text())


def audit(admin):
    return [row for row in admin.get("/admin/api/audit") if row["action"].startswith("config.")]


def test_what_counts_is_shown_with_its_origins(front, admin, mock):
    shown = admin.get(CONFIG)
    assert shown["auth"] is True and shown["rate_limits"] == {"payg": 5, "sub": 10}
    assert shown["services"]["mock"]["url"] == mock.service()["url"]
    assert shown["_file"] == str(front.config) and shown["_origins"]["drain"] == "flag --drain"


def test_a_secret_is_shown_by_its_ends_only(gateway, mock):
    secrets = {"admin_key": keychain.remember("sk-admin-abcdefghij-0001"), "hf_token": keychain.remember("hf_qwertyuiopas-0002"),
               "dashboard_api_keys": [keychain.remember("dash-key-zxcvbnm-0003")]}
    service = {**mock.service(), "key": keychain.remember("upstream-key-poiuy-0004", travels=True)}
    front = gateway({"mock": service}, secrets)
    reply = Api(front, secrets["admin_key"]).call("GET", CONFIG)
    shown = reply.json()
    assert shown["admin_key"] == shown["admin_key_display"] == "sk-a…0001" and shown["hf_token"] == "hf_q…0002"
    assert shown["dashboard_api_keys"] == ["dash…0003"] and shown["services"]["mock"]["key"] == "upst…0004"
    for piece in ("abcdefghij", "qwertyuiopas", "zxcvbnm", "poiuy"):
        assert piece not in reply.text


def test_what_was_shown_can_be_sent_back_and_keeps_every_secret(gateway, mock):
    front = gateway({"mock": mock.service()}, {"dashboard_api_keys": [keychain.remember("dash-key-roundtrip-0005")],
                                              "hf_token": keychain.remember("hf_roundtrip-0006")})
    admin = admin_of(front)
    shown = admin.get(CONFIG)
    shown["queue_timeout"] = "7s"
    changed = admin.patch(CONFIG, shown)["changed"]
    assert changed == {"queue_timeout": {"from": "30s", "to": "7s"}}
    assert ask(front.address, "GET", "/v1/models", bearer("dash-key-roundtrip-0005")).status == 200
    assert document(front)["hf_token"] == "hf_roundtrip-0006"


def test_a_patch_is_merged_deep_and_in_force_in_the_next_request(front, admin):
    front.write_config(pricing={"input_per_1k": 1, "output_per_1k": 2})
    changed = admin.patch(CONFIG, {"pricing": {"input_per_1k": 3}, "body_limit": "1KB"})
    assert changed["status"] == "updated" and changed["needs_restart"] == [] and changed["overridden"] == []
    assert changed["changed"].keys() == {"body_limit", "services.mock.body_limit", "pricing.input_per_1k",
                                         "pricing.output_per_1k"}
    assert document(front)["pricing"] == {"input_per_1k": 3, "output_per_1k": 2}
    assert ask(front.url, "POST", "/mock/x", bearer(front.client_key), b"x" * 2000).status == 413
    assert admin.get(CONFIG)["pricing"]["input_per_1k"] == 3
    admin.patch(CONFIG, {"body_limit": None})
    assert "body_limit" not in document(front)
    assert ask(front.url, "POST", "/mock/x", bearer(front.client_key), b"x" * 2000).status == 200


def test_services_come_and_go(front, admin, new_mock):
    other = new_mock(models=["other"])
    admin.patch(CONFIG, {"services": {"other": other.service()}})
    assert ask(front.url, "GET", "/other/x", bearer(front.client_key)).status == 200
    assert ask(front.url, "GET", "/mock/x", bearer(front.client_key)).status == 200
    admin.patch(CONFIG, {"services": {"other": None}})
    assert ask(front.url, "GET", "/other/x", bearer(front.client_key)).status == 404


@pytest.mark.parametrize("patch, said", [
    ({"rate_limits": {"payg": -1}}, "rate_limits.payg"), ({"nonsense": 1}, "nonsense: unknown key"),
    ({"services": {"mock": {"url": "gopher://x"}}}, "services.mock.url"), ({"aliases": {"a": "a"}}, "a"),
    ({"base_path": "/v1"}, "base_path"), ({}, "empty"), (b"nothing", "no JSON")])
def test_a_patch_that_makes_no_sense_changes_nothing(front, admin, patch, said):
    before = front.config.read_bytes()
    reply = admin.expect(422, "PATCH", CONFIG, patch)
    assert said in reply["detail"], reply
    assert front.config.read_bytes() == before and audit(admin) == []
    assert not list(front.folder.glob("aihub.json.*"))


def test_the_sentence_names_file_line_and_key(front, admin):
    said = admin.patch(CONFIG, {"tiers": {"team": {"weight": 0}}}, status=422)["detail"]
    assert said.startswith(f"{front.config}:") and "tiers.team.weight" in said and "; " in said


def test_https_cannot_be_switched_on_and_the_file_stays(front, admin):
    before = front.config.read_bytes()
    said = admin.patch(CONFIG, {"tls_certificate": "x.pem", "tls_key": "y.pem"}, status=422)["detail"]
    assert "HTTPS" in said and front.config.read_bytes() == before


def test_comments_order_and_mode_of_the_file_stay(front, admin):
    text = front.config.read_text()
    commented = text.replace("{\n", "{\n  // Who reads this?\n", 1).replace('"services"', '"drain": "3s", // patience\n  "services"')
    front.config.write_text(commented)
    front.config.chmod(0o640)
    admin.patch(CONFIG, {"drain": "4s", "queue_timeout": "9s"})
    after = front.config.read_text()
    assert "// Who reads this?" in after and '"drain": "4s", // patience' in after and '"queue_timeout": "9s"' in after
    assert stat.S_IMODE(front.config.stat().st_mode) == 0o640
    assert after.index('"drain"') < after.index('"services"') < after.index('"queue_timeout"')


def test_a_link_to_the_file_stays_one(front, admin):
    real = front.folder / "real.json"
    front.config.rename(real)
    front.config.symlink_to(real)
    admin.patch(CONFIG, {"queue_timeout": "9s"})
    assert front.config.is_symlink() and json.loads(real.read_text())["queue_timeout"] == "9s"


def test_what_needs_a_restart_or_is_said_elsewhere_is_named(front, admin):
    changed = admin.patch(CONFIG, {"base_path": "/llm", "drain": "9s"})
    assert changed["needs_restart"] == ["base_path"] and changed["overridden"] == ["drain"]
    assert ask(front.url, "GET", "/api/tags", bearer(front.client_key)).status == 200
    assert "config.needs_restart" in front.stderr()


def test_every_change_is_in_the_trail_without_its_secret(front, admin):
    secret = keychain.remember("hf_neverinthetrail-0007")
    admin.patch(CONFIG, {"hf_token": secret, "queue_timeout": "8s"})
    row = audit(admin)[0]
    assert (row["actor"], row["source"], row["action"], row["target"]) == ("admin", "127.0.0.1", "config.change", str(front.config))
    assert row["detail"]["queue_timeout"] == {"from": "30s", "to": "8s"} and row["detail"]["hf_token"]["to"] == "hf_n…0007"
    assert secret not in json.dumps(audit(admin)) + front.stderr()


def test_patches_at_the_same_time_all_arrive(front, admin):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: admin.patch(CONFIG, {"aliases": {f"a{number}": "mock"}}), range(24)))
    assert set(document(front)["aliases"]) == {f"a{number}" for number in range(24)}
    assert set(admin.get(CONFIG)["aliases"]) == {f"a{number}" for number in range(24)}
    assert len(audit(admin)) == 24


def test_a_file_that_is_broken_by_hand_is_not_touched(front, admin):
    front.config.write_text('{"drain": ')
    said = admin.patch(CONFIG, {"drain": "4s"}, status=409)["detail"]
    assert said.startswith(f"{front.config}:1: ") and "correct the file first" in said
    assert front.config.read_text() == '{"drain": '


def test_a_file_that_cannot_be_written_is_said_and_nothing_changes(front, admin):
    """A folder that takes no new file: what root may do anywhere but below /proc."""
    front.config.unlink()
    front.config.symlink_to("/proc/self/cmdline")
    reply = admin.call("PATCH", CONFIG, {"queue_timeout": "9s"})
    assert reply.status in (409, 500) and "queue_timeout" not in reply.text
    assert admin.get(CONFIG)["queue_timeout"] == "30s"


def test_without_a_file_one_is_made_where_the_next_start_finds_it(gateway, mock):
    made = gateway.prepare()
    made.config.unlink()
    made.command = lambda *verbs: [part for part in type(made).command(made, *verbs)
                                   if part not in ("--config", str(made.config))]
    made.start()
    admin = admin_of(made)
    assert admin.get(CONFIG)["_file"] is None
    changed = admin.patch(CONFIG, {"services": {"mock": mock.service()}})
    place = made.folder / ".config" / "aihub" / "aihub.json"
    assert changed["file"] == str(place) and stat.S_IMODE(place.stat().st_mode) == 0o600
    assert ask(made.url, "GET", "/mock/x", bearer(made.client_key)).status == 200
    made.stop()
    made.start()
    assert ask(made.url, "GET", "/mock/x", bearer(made.client_key)).status == 200


def test_a_reload_after_a_patch_finds_the_same(front, admin):
    admin.patch(CONFIG, {"queue_timeout": "8s"})
    told = processes.run(front.command("reload"), env=front.environment, cwd=front.folder)
    assert told.returncode == 0, told.stderr
    assert admin.get(CONFIG)["queue_timeout"] == "8s"
