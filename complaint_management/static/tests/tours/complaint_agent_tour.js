import { registry } from "@web/core/registry";

/** Choose ``label`` in the selection field ``name``. */
function choose(name, label, within = ".o_form_view") {
    return [
        {
            content: `open ${name}`,
            trigger: `${within} .o_field_widget[name=${name}] input`,
            run: "click",
        },
        {
            content: `choose ${label}`,
            trigger: `.o_select_menu_item:contains(${label})`,
            run: "click",
        },
        {
            content: `${label} is chosen`,
            trigger: `${within} .o_field_widget[name=${name}] input:value(${label})`,
        },
    ];
}

/** Choose ``label`` in the many2one field ``name``, by typing and Enter. */
function find(name, label, within = ".o_form_view") {
    return [
        {
            content: `type in ${name}`,
            trigger: `${within} .o_field_widget[name=${name}] input`,
            run: `edit ${label}`,
        },
        {
            content: `take ${label}`,
            trigger: `.o-autocomplete--dropdown-item:contains(${label})`,
            run: "click",
        },
    ];
}

/** Open the page ``name`` of the form. */
function page(name) {
    return {
        content: `open the page ${name}`,
        trigger: `.o_notebook .nav-link[name=${name}]`,
        run: "click",
    };
}

/** Write ``text`` in the rich text field ``name``. */
function write(name, text) {
    return {
        content: `write ${name}`,
        trigger: `.o_field_widget[name=${name}] .odoo-editor-editable`,
        run: `editor ${text}`,
    };
}

/** Go on with the key, and arrive in ``stage``. */
function nextStep(stage) {
    return [
        {
            content: "next step",
            trigger: ".o_form_view button[name=action_next_stage]:enabled",
            run: "press alt+g",
        },
        {
            content: `arrive in ${stage}`,
            trigger: `.o_statusbar_status .o_arrow_button_current:contains(${stage})`,
        },
    ];
}

/** Be refused, see ``missing`` in the message, and close it. */
function refusal(missing) {
    return [
        {
            content: "be told what is missing",
            trigger: `.modal .modal-body:contains(Still missing):contains(${missing})`,
        },
        {
            content: "close the message",
            trigger: ".modal .modal-footer button.btn-primary",
            run: "click",
        },
        {
            content: "the message is gone",
            trigger: "body:not(:has(.modal))",
        },
    ];
}

registry.category("web_tour.tours").add("complaint_agent_tour", {
    steps: () => [
        {
            content: "register a call",
            trigger: ".o_complaint_kanban .o-kanban-button-new, .o-kanban-button-new",
            run: "click",
        },
        {
            content: "the subject has the focus",
            trigger: ".modal .o_field_widget[name=name] input:focus",
            run: "edit The kettle leaks",
        },
        ...find("partner_id", "Clara Buyer", ".modal"),
        {
            content: "the customer's other case is like it",
            trigger: ".modal .o_field_widget[name=duplicate_ids]:contains(kettle leaks)",
        },
        {
            content: "register by the key",
            trigger: ".modal button[name=action_register]",
            run: "press alt+q",
        },
        {
            content: "the case is open",
            trigger: ".o_form_view .o_field_widget[name=reference]:contains(CMP/)",
        },
        ...nextStep("Assessment"),
        {
            content: "see what is missing",
            trigger: ".alert-warning:contains(Investigation):contains(Urgency):contains(Owner)",
        },
        {
            content: "go on all the same",
            trigger: "button[name=action_next_stage]:enabled",
            run: "click",
        },
        ...refusal("Urgency"),
        ...find("category_id", "Kettle Trouble"),
        ...choose("severity", "Minor"),
        ...choose("urgency", "Normal"),
        ...choose("complexity", "Simple"),
        {
            content: "take the case",
            trigger: "button[name=action_assign_to_me]:enabled",
            run: "click",
        },
        {
            content: "nothing is missing any more",
            trigger: ".o_form_view:not(:has(.alert-warning))",
        },
        ...nextStep("Investigation"),
        page("investigation"),
        write("findings", "The seal is too short"),
        ...nextStep("Resolution"),
        page("resolution"),
        ...choose("resolution_kind", "Replacement"),
        write("resolution", "A new kettle is on its way"),
        ...nextStep("Implementation"),
        {
            content: "tell the customer",
            trigger: "button[name=action_communicated]:enabled",
            run: "click",
        },
        {
            content: "it is recorded",
            trigger: ".o_form_view:not(:has(button[name=action_communicated]))",
        },
        ...nextStep("Follow-up"),
        {
            content: "close",
            trigger: "button[name=action_next_stage]:enabled",
            run: "press alt+g",
        },
        ...choose("outcome", "Upheld", ".modal"),
        ...choose("confirmation", "Confirmed by the Customer", ".modal"),
        {
            content: "close the case",
            trigger: ".modal button[name=action_close_case]",
            run: "click",
        },
        {
            content: "it is closed",
            trigger: ".o_statusbar_status .o_arrow_button_current:contains(Closed)",
        },
        {
            content: "nothing goes on",
            trigger: ".o_form_view:not(:has(button[name=action_next_stage]))",
        },
    ],
});

registry.category("web_tour.tours").add("complaint_drag_tour", {
    steps: () => [
        {
            content: "drag an unfinished case into Closed",
            trigger:
                ".o_kanban_group:contains(New) .o_kanban_record:contains(My kettle leaks)",
            run: "drag_and_drop (.o_kanban_group:contains(Closed))",
        },
        ...refusal("Outcome"),
        {
            content: "it is where it was",
            trigger:
                ".o_kanban_group:contains(New) .o_kanban_record:contains(My kettle leaks)",
        },
    ],
});
