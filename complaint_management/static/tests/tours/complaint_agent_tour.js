import { registry } from "@web/core/registry";

import { choose, find, nextStep, page, refusal, write } from "./complaint_tour_steps";

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
