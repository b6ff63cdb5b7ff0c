import { registry } from "@web/core/registry";

import {
    choose,
    click,
    find,
    nextStep,
    page,
    press,
    refusal,
    type,
    write,
} from "./complaint_tour_steps";

/** Add an action to the case in the dialog of its list. */
function addAction(name, kind, ...more) {
    return [
        click(
            "add an action",
            ".o_field_widget[name=corrective_action_ids] .o_field_x2many_list_row_add a"
        ),
        click("none of those that are there", ".modal .o_create_button"),
        type("name", name, ".modal"),
        ...choose("kind", kind, ".modal"),
        write("plan", name, ".modal"),
        ...more,
        click("save the action", ".modal .o_form_button_save"),
        {
            content: "it is on the case",
            trigger: `body:not(:has(.modal)) .o_field_widget[name=corrective_action_ids] .o_data_row:contains(${name})`,
        },
    ];
}

/** Be in ``state`` of the status bar. */
function arrive(state) {
    return {
        content: `arrive in ${state}`,
        trigger: `.o_statusbar_status .o_arrow_button_current:contains(${state})`,
    };
}

/** The agent takes the case in, judges it, and plans what is to be done. */
registry.category("web_tour.tours").add("complaint_chain_plan", {
    steps: () => [
        click("register a call", ".o-kanban-button-new"),
        type("name", "The kettle caught fire", ".modal"),
        ...find("partner_id", "Clara Buyer", ".modal"),
        ...find("category_id", "Kettle Trouble", ".modal"),
        ...choose("severity", "Critical", ".modal"),
        ...choose("urgency", "High", ".modal"),
        press("action_register", ".modal"),
        {
            content: "the case is open",
            trigger: ".o_form_view .o_field_widget[name=reference]:contains(CMP/)",
        },
        ...choose("complexity", "Complex"),
        page("investigation"),
        click("somebody could be hurt", ".o_field_widget[name=safety] input"),
        press("action_assign_to_me"),
        ...nextStep("Assessment"),
        ...nextStep("Investigation"),
        ...addAction("Stop the sale of the batch", "Containment"),
        ...addAction(
            "Shorten the cable",
            "Corrective Action",
            page("effectiveness", ".modal"),
            type("effectiveness_criterion", "No kettle burns", ".modal")
        ),
        // Saves what was added.
        press("action_open_investigation", ".o_form_view .tab-pane"),
        { content: "a page of its own", trigger: ".o_form_view [name=problem]" },
    ],
});

/** The batch is held back at once, and that is proven. */
registry.category("web_tour.tours").add("complaint_chain_contain", {
    steps: () => [
        press("action_start"),
        arrive("In Progress"),
        press("action_done"),
        click("told to prove it", ".modal:contains(evidence of completion) .btn-primary"),
        page("evidence"),
        write("evidence", "Blocked at 10:30"),
        press("action_done"),
        arrive("Done"),
    ],
});

/** The agent finds out why, and signs. */
registry.category("web_tour.tours").add("complaint_chain_investigate", {
    steps: () => [
        press("action_start"),
        arrive("In Progress"),
        press("action_sign"),
        click("be sure", ".modal-footer .btn-primary"),
        ...refusal("5-Why"),
        write("problem", "Kettles of one batch burn"),
        page("evidence"),
        click(
            "add evidence",
            ".o_field_widget[name=evidence_ids] .o_field_x2many_list_row_add a"
        ),
        type("name", "The kettle itself", ".modal"),
        type("given_by", "Clara", ".modal"),
        type("shows", "The cable is chafed", ".modal"),
        click("save the evidence", ".modal .o_form_button_save"),
        page("causes"),
        click("ask why", ".o_field_widget[name=why_ids] .o_field_x2many_list_row_add a"),
        type("name", "Why did it burn?", ".o_field_widget[name=why_ids]"),
        type("because", "A cable was bare", ".o_field_widget[name=why_ids]"),
        ...find("root_cause_id", "Packing"),
        type("escape_cause", "Nobody looks under the handle"),
        page("similar"),
        ...choose("similar", "They could occur"),
        type("similar_note", "All kettles of the batch"),
        page("result"),
        write("findings", "The cable is too long"),
        write("conclusion", "The cable must be shorter"),
        press("action_search_similar"),
        {
            content: "nothing like it",
            trigger: ".o_view_nocontent:contains(No similar case)",
        },
        click("back", ".o_breadcrumb a:contains(Investigation)"),
        page("similar"),
        {
            content: "the search is on record",
            trigger: ".o_field_widget[name=search_ids] .o_data_row",
        },
        press("action_sign"),
        click("be sure", ".modal-footer .btn-primary"),
        {
            content: "signed: nothing is to be written any more",
            trigger: ".alert-success:contains(Signed by)",
        },
    ],
});

/** Somebody else looks over it. */
registry.category("web_tour.tours").add("complaint_chain_review", {
    steps: () => [
        press("action_review"),
        {
            content: "reviewed",
            trigger: ".alert-success:contains(Reviewed by)",
        },
    ],
});

/** The agent decides on the resolution, and asks for its approval. */
registry.category("web_tour.tours").add("complaint_chain_resolve", {
    steps: () => [
        ...nextStep("Resolution"),
        page("resolution"),
        ...choose("resolution_kind", "Refund"),
        write("resolution", "You get your money back"),
        press("action_request_approval"),
        {
            content: "it waits",
            trigger: ".alert-info:contains(To approve):contains(Mara Manager)",
        },
    ],
});

registry.category("web_tour.tours").add("complaint_chain_ask", {
    steps: () => [
        press("action_request_approval"),
        { content: "it waits", trigger: ".alert-warning:contains(Mara Manager)" },
    ],
});

registry.category("web_tour.tours").add("complaint_chain_approve", {
    steps: () => [
        press("action_approve"),
        {
            content: "nothing to decide any more",
            trigger: ".o_form_view:not(:has(button[name=action_approve]))",
        },
    ],
});

/** The cure is carried out. */
registry.category("web_tour.tours").add("complaint_chain_cure", {
    steps: () => [
        press("action_start"),
        arrive("In Progress"),
        page("evidence"),
        write("evidence", "Drawing 12"),
        press("action_done"),
        arrive("Done"),
    ],
});

/** The customer is told, and the case is closed. */
registry.category("web_tour.tours").add("complaint_chain_close", {
    steps: () => [
        press("action_communicated"),
        {
            content: "it is recorded",
            trigger: ".o_form_view:not(:has(button[name=action_communicated]))",
        },
        ...nextStep("Implementation"),
        ...nextStep("Follow-up"),
        press("action_next_stage"),
        ...choose("outcome", "Upheld", ".modal"),
        ...choose("confirmation", "Confirmed by the Customer", ".modal"),
        press("action_close_case", ".modal"),
        arrive("Closed"),
    ],
});

/** Months later somebody else judges the effect: there is none. */
registry.category("web_tour.tours").add("complaint_chain_judge", {
    steps: () => [
        press("action_review"),
        click("it did not work", ".modal .o_radio_item:contains(Not Effective) input"),
        type("note", "Another kettle burned", ".modal"),
        click("go on with it", ".modal .o_field_widget[name=follow_up] .o_radio_item:first input"),
        {
            content: "until when",
            trigger: ".modal .o_field_widget[name=date_due] :is(input, button)",
            run: "click",
        },
        click("the last day that is shown", ".o_datetime_picker .o_date_item_cell:last"),
        press("action_review", ".modal"),
        arrive("In Progress"),
        { content: "for all to see", trigger: ".alert-danger:contains(Another kettle)" },
    ],
});

/** The manager opens the case again. */
registry.category("web_tour.tours").add("complaint_chain_reopen", {
    steps: () => [
        click("reopen", ".o_statusbar_buttons button:contains(Reopen)"),
        type("reason", "Another kettle burned", ".modal"),
        press("action_reopen", ".modal"),
        {
            content: "the case is open",
            trigger: ".o_form_view button[name=action_next_stage]",
        },
    ],
});
