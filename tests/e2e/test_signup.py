"""Requests for an account: anybody makes them, an admin decides."""
import pytest

from support.api import Api, admin_of


@pytest.fixture
def front(gateway, mock):
    return gateway({"mock": mock.service()})


def test_a_request_is_made_seen_approved_and_becomes_a_user_with_a_key(front):
    admin = admin_of(front)
    asked = Api(front).post("/api/signup", {"email": "new@example.org", "tier": "sub", "message": "please"})
    assert asked == {"status": "pending", "message": "Your request has been submitted"}
    row = admin.get("/admin/api/signups")[0]
    assert (row["email"], row["tier"], row["message"], row["status"]) == ("new@example.org", "sub", "please", "pending")
    approved = admin.post(f"/admin/api/signups/{row['id']}/approve")
    assert approved["status"] == "approved" and approved["email"] == "new@example.org" and approved["tier"] == "sub"
    me = Api(front, approved["api_key"]).get("/user/api/me")
    assert me["id"] == approved["user_id"] and me["tier"] == "sub" and [key["name"] for key in me["api_keys"]] == ["default"]
    assert admin.post(f"/admin/api/signups/{row['id']}/approve", status=400)["detail"] == "Request already processed"
    actions = [entry["action"] for entry in admin.get("/admin/api/audit")]
    assert "signup.approve" in actions and "user.add" in actions and "key.add" in actions


def test_a_request_is_rejected(front):
    admin = admin_of(front)
    Api(front).post("/api/signup", {"email": "no@example.org"})
    number = admin.get("/admin/api/signups")[0]["id"]
    assert admin.post(f"/admin/api/signups/{number}/reject") == {"status": "rejected"}
    assert admin.get("/admin/api/signups")[0]["status"] == "rejected"
    assert admin.post(f"/admin/api/signups/{number}/approve", status=400)["detail"] == "Request already processed"


def test_who_asks_twice_or_is_known_is_told_so(front):
    Api(front).post("/api/signup", {"email": "once@example.org"})
    again = Api(front).post("/api/signup", {"email": "once@example.org"}, status=400)
    assert again["detail"] == "Signup request already pending"
    admin_of(front).post("/admin/api/users", {"email": "known@example.org"})
    known = Api(front).post("/api/signup", {"email": "known@example.org"}, status=400)
    assert known["detail"] == "Email already registered"


def test_a_request_that_nobody_made_is_not_found(front):
    for number in ("99", "-1", "x", "99999999999999999999"):
        assert admin_of(front).post(f"/admin/api/signups/{number}/reject", status=404)["detail"] == "Request not found"


@pytest.mark.parametrize("body, field", [({}, "email: is missing"), ({"email": "nobody"}, "address"),
                                         ({"email": "a@example.org", "tier": "gold"}, "tier"),
                                         ({"email": "a@example.org", "tier": "admin"}, "tier admin"),
                                         ({"email": "a@example.org", "message": "x" * 3000}, "message"),
                                         ({"email": "a@example.org", "admin": True}, "admin: is no field")])
def test_a_bad_request_is_refused_with_its_field(front, body, field):
    assert field in Api(front).post("/api/signup", body, status=422)["detail"]
    assert admin_of(front).get("/admin/api/signups") == []


def test_one_address_cannot_fill_the_list(front):
    for number in range(10):
        Api(front).post("/api/signup", {"email": f"n{number}@example.org"})
    refused = Api(front).call("POST", "/api/signup", {"email": "n10@example.org"})
    assert refused.status == 429 and refused.get("Retry-After") == "60"
    assert len(admin_of(front).get("/admin/api/signups")) == 10


def test_a_large_body_is_refused(front):
    assert Api(front).call("POST", "/api/signup", b"x" * 20_000).status == 413
