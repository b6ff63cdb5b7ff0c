import { registry } from "@web/core/registry";

/** Go to what waits for a decision, in two clicks from anywhere. */
function openApprovals() {
    return [
        {
            content: "open the activity menu",
            trigger: ".o_menu_systray .fa-clock-o",
            run: "click",
        },
        {
            content: "go to the resolutions to approve",
            trigger: ".o-mail-ActivityGroup:contains(Resolutions to approve: 2)",
            run: "click",
        },
    ];
}

/** Say why not, in the dialog that refusing opens. */
function refuse() {
    return [
        {
            content: "say why",
            trigger: ".modal .o_field_widget[name=reason] textarea",
            run: "edit Ask the laboratory first",
        },
        {
            content: "refuse",
            trigger: ".modal .modal-footer button.btn-primary",
            run: "click",
        },
        {
            content: "it is decided",
            trigger:
                "body:not(:has(.modal)):not(:has(.o_data_row)):not(:has(.o_kanban_record button))",
        },
    ];
}

registry.category("web_tour.tours").add("complaint_approval_tour", {
    steps: () => [
        ...openApprovals(),
        {
            content: "look at a case",
            trigger: ".o_data_row td[name=name]:contains(Kettle on fire)",
            run: "click",
        },
        {
            content: "mark the activity as done, without deciding",
            trigger: ".o-mail-Activity-markDone",
            run: "click",
        },
        {
            content: "done",
            trigger: ".o-mail-ActivityMarkAsDone button[aria-label=Done]",
            run: "click",
        },
        {
            content: "it still waits for the decision",
            trigger:
                ".o_form_view:not(:has(.o-mail-Activity)) button[name=action_approve]",
        },
        ...openApprovals(),
        {
            content: "approve one",
            trigger:
                ".o_data_row:contains(Kettle on fire) button[name=action_approve]",
            run: "click",
        },
        {
            content: "refuse the other",
            trigger:
                ".o_list_view:not(:contains(Kettle on fire)) .o_data_row:contains(Lid lost) button[name=action_refuse]",
            run: "click",
        },
        ...refuse(),
    ],
});

registry.category("web_tour.tours").add("complaint_approval_phone_tour", {
    steps: () => [
        ...openApprovals(),
        {
            content: "approve one",
            trigger:
                ".o_kanban_record:contains(Kettle on fire) button[name=action_approve]",
            run: "click",
        },
        {
            content: "refuse the other",
            trigger:
                ".o_kanban_view:not(:contains(Kettle on fire)) .o_kanban_record:contains(Lid lost) button[name=action_refuse]",
            run: "click",
        },
        ...refuse(),
    ],
});
