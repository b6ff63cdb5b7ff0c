"""The whole chain by RPC: from the complaint to an action that did not work.

Four people, each with no more than their role, do by JSON-2 what a company's own
program would: the agent works and investigates, the manager approves and closes,
quality reviews. What somebody may not do yet, or at all, is tried as well.
"""

import base64
from datetime import date, timedelta
from types import SimpleNamespace

import pytest

from .server import PASSWORD

CASE = "complaint.complaint"
ACTION = "complaint.corrective.action"
INVESTIGATION = "complaint.investigation"


@pytest.fixture(scope="module")
def people(server):
    """Return ``call(model, method, **arguments)`` of each role, by name."""
    admin = server.xmlrpc("admin", "admin")

    def person(login, role):
        group = f"complaint_management.group_complaint_{role}"
        __, group_id = admin(
            "ir.model.data", "check_object_reference", *group.split(".")
        )
        values = {
            "login": login,
            "name": f"{login.title()} {role.title()}",
            "email": f"{login}@kettle.example.com",
            "password": PASSWORD,
            "group_ids": [[4, group_id]],
        }
        user_id = admin("res.users", "create", values)
        call = server.json2(server.api_key(login, PASSWORD))

        def act(model, method, *ids, **arguments):
            return call(model, method, **({"ids": ids} if ids else {}), **arguments)

        act.id = user_id
        return act

    people = SimpleNamespace(
        agent=person("anna", "user"),
        manager=person("mara", "manager"),
        quality=person("quinn", "quality"),
    )
    [team] = admin("complaint.team", "search", [], limit=1)
    members = {"member_ids": [[4, people.agent.id]], "user_id": people.manager.id}
    admin("complaint.team", "write", [team], members)
    return people


@pytest.fixture(scope="module")
def chain(people):
    """Walk the chain; return what came of it."""
    agent, manager, quality = people.agent, people.manager, people.quality
    refused = {}

    def refuse(what, call, *args, **kwargs):
        with pytest.raises(RuntimeError) as error:
            call(*args, **kwargs)
        refused[what] = str(error.value)

    [category] = agent(
        "complaint.category", "search", domain=[["child_ids", "=", False]], limit=1
    )
    [cause] = agent("complaint.root.cause", "search", domain=[], limit=1)
    [case] = agent(
        CASE,
        "create",
        vals_list=[
            {
                "name": "The kettle caught fire",
                "description": "<p>It burned when I switched it on.</p>",
                "partner_name": "Frieda Fire",
                "partner_email": "frieda@home.example.org",
                "channel": "phone",
                "user_id": agent.id,
                "category_id": category,
                "severity": "critical",
                "urgency": "high",
                "complexity": "complex",
                "safety": True,
            }
        ],
    )
    for __ in range(2):
        agent(CASE, "action_next_stage", case)

    # Containment: at once, and proven.
    [containment] = agent(
        ACTION,
        "create",
        vals_list=[
            {
                "name": "Stop the sale of the batch",
                "kind": "containment",
                "complaint_ids": [[4, case]],
                "plan": "<p>Block the batch in the warehouse.</p>",
            }
        ],
    )
    agent(ACTION, "action_start", containment)
    refuse("without evidence", agent, ACTION, "action_done", containment)
    agent(ACTION, "write", containment, vals={"evidence": "<p>Blocked at 10:30.</p>"})
    agent(ACTION, "action_done", containment)

    # Investigation: the case does not go on before it is signed.
    agent(CASE, "write", case, vals={"findings": "<p>A cable chafes.</p>"})
    refuse("without investigation", agent, CASE, "action_next_stage", case)
    opened = agent(CASE, "action_open_investigation", case)
    investigation = opened["res_id"]
    agent(INVESTIGATION, "action_start", investigation)
    refuse("incomplete", agent, INVESTIGATION, "action_sign", investigation)
    [photo] = agent(
        "ir.attachment",
        "create",
        vals_list=[
            {
                "name": "cable.txt",
                "datas": base64.b64encode(b"a chafed cable").decode(),
                "res_model": INVESTIGATION,
                "res_id": investigation,
            }
        ],
    )
    agent(
        INVESTIGATION,
        "write",
        investigation,
        vals={
            "problem": "<p>Kettles of one batch burn when switched on.</p>",
            "evidence_ids": [
                [
                    0,
                    0,
                    {
                        "name": "The kettle itself",
                        "shows": "The cable is chafed at the handle.",
                        "given_by": "Frieda Fire",
                        "attachment_ids": [[4, photo]],
                    },
                ]
            ],
            "why_ids": [
                [0, 0, {"name": "Why did it burn?", "because": "A cable was bare."}],
                [0, 0, {"name": "Why was it bare?", "because": "It is too long."}],
            ],
            "findings": "<p>The cable is 2 cm too long and chafes.</p>",
            "root_cause_id": cause,
            "escape_cause": "The final check does not look under the handle.",
            "similar": "possible",
            "similar_note": "All kettles of the batch.",
            "conclusion": "<p>The cable must be shorter.</p>",
        },
    )
    agent(INVESTIGATION, "search_similar", investigation)
    agent(INVESTIGATION, "action_sign", investigation)
    refuse(
        "signed",
        agent,
        INVESTIGATION,
        "write",
        investigation,
        vals={"findings": "<p>Nothing was found.</p>"},
    )
    manager(INVESTIGATION, "action_review", investigation)
    agent(CASE, "action_next_stage", case)

    # The action against the cause, and the resolution: each approved by another.
    today = date.today()
    [action] = agent(
        ACTION,
        "create",
        vals_list=[
            {
                "name": "Shorten the cable",
                "kind": "corrective",
                "complaint_ids": [[4, case]],
                "plan": "<p>Change the drawing, tell the supplier.</p>",
                "cost": 5000,
                "user_id": agent.id,
                "date_due": str(today + timedelta(days=30)),
                "step_ids": [[0, 0, {"name": "Change the drawing"}]],
            }
        ],
    )
    refuse("without approval", agent, ACTION, "action_start", action)
    agent(ACTION, "action_request_approval", action)
    refuse("own action", agent, ACTION, "action_approve", action)
    manager(ACTION, "action_approve", action)
    agent(ACTION, "action_start", action)

    resolution = {
        "resolution_kind": "refund",
        "resolution": "<p>You get your money back.</p>",
        "redress_amount": 60,
    }
    agent(CASE, "write", case, vals=resolution)
    refuse("not approved", agent, CASE, "action_communicated", case)
    agent(CASE, "action_request_approval", case)
    refuse("own resolution", agent, CASE, "action_approve", case)
    manager(CASE, "action_approve", case)
    agent(CASE, "action_communicated", case)
    for __ in range(2):
        agent(CASE, "action_next_stage", case)

    # Closing: not with the action open.
    [closing] = agent(
        "complaint.stage", "search", domain=[["phase", "=", "closed"]], limit=1
    )
    ended = {"outcome": "upheld", "confirmation": "confirmed", "stage_id": closing}
    refuse("action open", agent, CASE, "write", case, vals=ended)
    [step] = agent(
        "complaint.corrective.action.step",
        "search",
        domain=[["action_id", "=", action]],
    )
    agent("complaint.corrective.action.step", "write", step, vals={"done": True})
    completed = {
        "evidence": "<p>Drawing 12 of today.</p>",
        "effectiveness_criterion": "No kettle burns within three months.",
        "effectiveness_date": str(today + timedelta(days=90)),
        "reviewer_id": quality.id,
        "date_due": str(today),
    }
    refuse("without criterion", agent, ACTION, "action_done", action)
    agent(ACTION, "write", action, vals=completed)
    # Three months pass: agreed on in advance, so before it is done.
    agent(ACTION, "write", action, vals={"effectiveness_date": str(today)})
    agent(ACTION, "action_done", action)
    agent(CASE, "write", case, vals=ended)

    # The effect: judged by another, and the action goes on.
    review = {"result": "not_effective", "note": "Another kettle burned."}
    refuse("no way on", quality, ACTION, "review_effectiveness", action, **review)
    due = str(today + timedelta(days=14))
    review |= {"follow_up": "reopen", "date_due": due}
    refuse("own effect", agent, ACTION, "review_effectiveness", action, **review)
    quality(ACTION, "review_effectiveness", action, **review)
    manager(CASE, "reopen", case, reason="Another kettle burned")
    return SimpleNamespace(
        case=case,
        action=action,
        investigation=investigation,
        cause=cause,
        refused=refused,
        due=due,
    )


@pytest.mark.parametrize(
    "what, message",
    [
        ("without evidence", "evidence of completion"),
        ("without investigation", "needs a full one, signed"),
        ("incomplete", "Why It Escaped"),
        ("signed", "stays as it is"),
        ("without approval", "pproval"),
        ("own action", "only a manager"),
        ("not approved", "Approval"),
        ("own resolution", "only a manager"),
        ("action open", "Shorten the cable"),
        ("without criterion", "Criterion"),
        ("own effect", "owner does not judge"),
        ("no way on", "Choose which"),
    ],
)
def test_refused(chain, what, message):
    assert message in chain.refused[what]


def test_investigation_gave_the_case_its_cause(chain, people):
    [case] = people.agent(
        CASE, "read", chain.case, fields=["findings", "root_cause_id"]
    )
    assert "2 cm too long" in case["findings"]
    assert case["root_cause_id"][0] == chain.cause
    changed = people.agent(INVESTIGATION, "verify_evidence", chain.investigation)
    assert changed == []


def test_action_is_taken_up_again(chain, people):
    [action] = people.agent(
        ACTION,
        "read",
        chain.action,
        fields=["state", "ineffective_count", "date_due", "effectiveness_note"],
    )
    del action["id"]
    assert action == {
        "state": "in_progress",
        "ineffective_count": 1,
        "date_due": chain.due,
        "effectiveness_note": "Another kettle burned.",
    }


def test_case_is_open_again(chain, people):
    [case] = people.agent(CASE, "read", chain.case, fields=["phase", "date_closed"])
    assert case["phase"] not in ("closed", "cancelled")
    assert not case["date_closed"]


def test_the_log_tells_it_all(chain, people):
    lines = people.quality(
        "complaint.decision",
        "search_read",
        domain=[["complaint_id", "=", chain.case]],
        fields=["type", "user_id"],
        order="id",
    )
    told = [line["type"] for line in lines]
    assert told.count("approval") == 2  # the action and the resolution
    for kind in ("escalation", "signing", "review", "effectiveness", "closing"):
        assert kind in told
    assert told[-1] == "reopening"
    approvers = {line["user_id"][0] for line in lines if line["type"] == "approval"}
    assert approvers == {people.manager.id}


def test_nobody_rewrites_the_log(chain, people):
    [line] = people.manager(
        "complaint.decision",
        "search",
        domain=[["complaint_id", "=", chain.case]],
        limit=1,
    )
    for method, arguments in [("write", {"vals": {"reason": "?"}}), ("unlink", {})]:
        with pytest.raises(RuntimeError):
            people.manager("complaint.decision", method, line, **arguments)
