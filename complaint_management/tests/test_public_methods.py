import inspect
from pathlib import Path

from lxml import etree

from odoo.tests import TransactionCase, tagged

from .promise import promise

# Why a method may be called from outside. What has no reason is ``@api.private`` or
# begins with an underscore.
BUTTON = "a button of a view of the model calls it"
SCRIPT = "docs/api.md offers it to scripts"
MIXIN = "a button of another model with the same mixin calls it"
BASE = "it extends a method that is public in Odoo, and asks for the same rights"
ORM = {
    "copy_data",
    "create",
    "default_get",
    "fields_get",
    "load",
    "onchange",
    "unlink",
    "write",
}
APPROVAL = {
    "action_approve": BUTTON,
    "action_delegate_approval": BUTTON,
    "action_refuse": BUTTON,
    "action_request_approval": BUTTON,
}
DOCUMENT = {"action_new_complaint": BUTTON, "action_view_complaints": BUTTON}
PUBLIC = {
    "account.move": {**DOCUMENT, "button_cancel": BASE, "button_draft": BASE},
    "ir.actions.server": {"run": BASE},
    "mail.activity.mixin": {
        "activity_feedback": BASE,
        "activity_reschedule": BASE,
        "activity_schedule": BASE,
        "activity_unlink": BASE,
    },
    "mail.thread": {"message_get_followers": BASE, "message_notify": BASE},
    "rating.rating": {"reset": BASE},
    "res.partner": {"action_view_complaints": BUTTON},
    "sale.order": DOCUMENT,
    "sale.order.line": {"action_new_complaint": BUTTON},
    "complaint.approval.delegate": {"action_delegate": BUTTON},
    "complaint.approval.refuse": {"action_refuse": BUTTON},
    "complaint.call": {"action_log": BUTTON},
    "complaint.cancel": {"action_cancel_case": BUTTON},
    "complaint.category": {"action_view_complaints": BUTTON},
    "complaint.close": {"action_close_case": BUTTON},
    "complaint.complaint": {
        **APPROVAL,
        "action_assign_by_rule": BUTTON,
        "action_assign_to_me": BUTTON,
        "action_communicated": BUTTON,
        "action_final_resolution": BUTTON,
        "action_give_outcome": BUTTON,
        "action_next_stage": BUTTON,
        "action_open_escalate": BUTTON,
        "action_open_holding_letter": BUTTON,
        "action_open_investigation": BUTTON,
        "action_open_merge": BUTTON,
        "action_open_policy": BUTTON,
        "action_open_remedy": BUTTON,
        "action_print_holding_letter": BUTTON,
        "action_propose": BUTTON,
        "action_reopen_unhappy": BUTTON,
        "action_stop_waiting": BUTTON,
        "action_view_escalations": BUTTON,
        "action_view_feedback": BUTTON,
        "action_view_history": BUTTON,
        "action_view_refunds": BUTTON,
        "action_view_replacements": BUTTON,
        "action_verify_record": BUTTON,
        "action_wait_customer": BUTTON,
        "action_write_customer": BUTTON,
        "cancel": SCRIPT,
        "escalate": SCRIPT,
        "extend": SCRIPT,
        "get_portal_url": BASE,
        "keep_commitment": SCRIPT,
        "merge_into": SCRIPT,
        "message_post": SCRIPT,
        "propose_resolution": SCRIPT,
        "reclassify": SCRIPT,
        "reopen": SCRIPT,
        "send_holding_letter": SCRIPT,
    },
    "complaint.consent": {"action_record": BUTTON},
    "complaint.corrective.action": {
        **APPROVAL,
        "action_delegate_approval": MIXIN,
        "action_cancel": BUTTON,
        "action_done": BUTTON,
        "action_plan": BUTTON,
        "action_review": BUTTON,
        "action_start": BUTTON,
        "action_view_complaints": BUTTON,
        "action_view_recurrences": BUTTON,
        "message_post": BASE,
        "review_effectiveness": SCRIPT,
    },
    "complaint.corrective.action.cancel": {"action_confirm": BUTTON},
    "complaint.effectiveness": {"action_review": BUTTON},
    "complaint.escalate": {"action_escalate": BUTTON},
    "complaint.escalate.outcome": {"action_give_outcome": BUTTON},
    "complaint.escalation": {"action_open_outcome": BUTTON, "give_outcome": SCRIPT},
    "complaint.extend": {"action_extend": BUTTON},
    "complaint.feedback": {
        "action_decide": BUTTON,
        "action_done": BUTTON,
        "action_make_complaint": BUTTON,
        "action_open_review": BUTTON,
        "action_plan_improvement": BUTTON,
        "action_review": BUTTON,
        "action_thank": BUTTON,
        "action_thanked": BUTTON,
        "action_verify_record": BUTTON,
        "action_view_complaint": BUTTON,
        "get_portal_url": BASE,
        "message_post": BASE,
    },
    "complaint.feedback.review": {"action_decide": BUTTON},
    "complaint.holding.letter": {"action_print": BUTTON, "action_send": BUTTON},
    "complaint.investigation": {
        "action_open_reason": BUTTON,
        "action_review": BUTTON,
        "action_search_similar": BUTTON,
        "action_sign": BUTTON,
        "action_start": BUTTON,
        "action_verify_evidence": BUTTON,
        "action_view_case": BUTTON,
        "message_post": BASE,
        "search_similar": SCRIPT,
        "verify_evidence": SCRIPT,
    },
    "complaint.investigation.question": {
        "action_ask": BUTTON,
        "action_withdraw": BUTTON,
        "message_post": BASE,
    },
    "complaint.investigation.reason": {"action_confirm": BUTTON},
    "complaint.investigation.search": {"action_view_cases": BUTTON},
    "complaint.keep": {"action_keep": BUTTON},
    "complaint.management.review": {
        "action_close": BUTTON,
        "action_hold": BUTTON,
        "action_take_figures": BUTTON,
        "action_view_actions": BUTTON,
    },
    "complaint.management.review.decision": {"action_make_action": BUTTON},
    "complaint.merge": {"action_merge": BUTTON},
    "complaint.quick.entry": {"action_register": BUTTON, "action_register_new": BUTTON},
    "complaint.reclassify": {"action_reclassify": BUTTON},
    "complaint.register": {"action_print": BUTTON},
    "complaint.remedy": {"action_make": BUTTON},
    "complaint.reopen": {"action_reopen": BUTTON},
    "complaint.sla.policy": {"action_apply": BUTTON},
    "complaint.sla.status": {"action_extend": BUTTON, "action_keep": BUTTON},
    "complaint.team": {"action_view_open": BUTTON},
    "complaint.verify": {"action_verify": BUTTON},
    "complaint.verify.line": {"action_open_record": BUTTON},
    "complaint.withdraw": {"action_withdraw": BUTTON},
}
GUIDE = Path(__file__).parents[2] / "docs" / "api.md"


def is_private(cls, name):
    """Tell whether RPC refuses the method, as Odoo does (``get_public_method``)."""
    return any(
        getattr(getattr(base, name, None), "_api_private", False) for base in cls.mro()
    )


def own_public_methods(env, addon):
    """Return ``{model: {name: whether Odoo has a public method of that name}}``.

    Only what classes of ``addon`` define: on the product's own models with their
    mixins, on Odoo's models for themselves.
    """
    found = {}
    for model, cls in env.registry.items():
        is_ours = model.startswith("complaint.")
        if is_ours and cls._abstract:
            continue
        own = [
            base
            for base in cls.mro()
            if base.__module__.startswith(f"odoo.addons.{addon}.")
            and (
                base._name.startswith("complaint.") if is_ours else base._name == model
            )
        ]
        others = [k for k in cls.mro() if k.__module__.startswith("odoo.")]
        names = {
            name
            for base in own
            for name, value in vars(base).items()
            if not name.startswith("_") and inspect.isfunction(value)
        }
        public = {name for name in names - ORM if not is_private(cls, name)}
        if public:
            found[model] = {
                name: any(name in vars(base) for base in others if base not in own)
                for name in public
            }
    return found


def buttons(env, addon):
    """Return ``{(model, method)}`` of the buttons in the views of ``addon``."""
    found = set()

    def walk(node, model):
        if node.tag == "button" and node.get("type") == "object":
            found.add((model, node.get("name")))
        if node.tag in ("kanban", "list") and node.get("type") == "object":
            found.add((model, node.get("action")))
        below = model
        if node.tag == "field" and len(node) and model in env:
            field = env[model]._fields.get(node.get("name"))
            below = field.comodel_name if field and field.comodel_name else model
        for child in node.iterchildren(etree.Element):
            walk(child, below)

    views = env["ir.ui.view"].search([("model", "!=", False)])
    for view in views.filtered(lambda v: (v.xml_id or "").startswith(f"{addon}.")):
        walk(etree.fromstring(view.arch_db), view.model)
        # What an extension puts into the list of another model stands at its place.
        combined = etree.fromstring(view.get_combined_arch())
        walk(combined, view.model)
    return found


class PublicMethods:
    """Each method that can be called from outside stands in a list, with a reason."""

    maxDiff = None
    addon = "complaint_management"
    public = PUBLIC

    def setUp(self):
        super().setUp()
        self.found = own_public_methods(self.env, self.addon)

    @promise(
        "Each method that can be called from outside stands in a list, with the reason",
        "1.1.6, 4.1.3",
    )
    def test_every_public_method_is_argued_for(self):
        self.assertEqual(
            {model: sorted(methods) for model, methods in self.found.items()},
            {model: sorted(methods) for model, methods in self.public.items()},
            "A method can be called by RPC, or cannot any more: is it @api.private?",
        )

    @promise(
        "Each of them is really called by a button, or offered to scripts",
        "1.1.6",
    )
    def test_every_reason_is_true(self):
        clicked = buttons(self.env, self.addon)
        guide = GUIDE.read_text() if GUIDE.exists() else ""
        for model, methods in self.public.items():
            for name, reason in methods.items():
                with self.subTest(model=model, method=name):
                    if reason == BUTTON:
                        self.assertTrue((model, name) in clicked)
                    elif reason == MIXIN:
                        self.assertTrue(name in {method for __, method in clicked})
                    elif reason == BASE:
                        self.assertTrue(self.found[model][name])
                    elif guide:
                        self.assertTrue(f"`{name}`" in guide or f'"{name}"' in guide)

    @promise(
        "None of them takes values that the superuser creates a record of",
        "5.1.2",
    )
    def test_nothing_public_takes_what_the_superuser_creates(self):
        """A method that is handed values asks for the rights of who hands them over."""
        for model, methods in self.found.items():
            for name in methods:
                taken = set(
                    inspect.signature(getattr(self.env[model], name)).parameters
                )
                taken &= {"vals", "vals_list", "msg_dict", "custom_values"}
                with self.subTest(model=model, method=name):
                    self.assertFalse(taken)


@tagged("post_install", "-at_install")
class TestPublicMethods(PublicMethods, TransactionCase):
    pass
