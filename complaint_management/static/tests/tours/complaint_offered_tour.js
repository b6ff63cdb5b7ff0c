import { registry } from "@web/core/registry";

const SEND = ".o-mail-Chatter-sendMessage";
const ACTIONS = ".o_cp_action_menus .fa-cog";
const MENU = ".o-dropdown--menu .o_menu_item";

const openActions = [
    { content: "open the actions", trigger: ACTIONS, run: "click" },
    { content: "they are shown", trigger: `${MENU}:contains(Print), ${MENU}` },
];

registry.category("web_tour.tours").add("complaint_notes_only_tour", {
    steps: () => [
        { content: "a note can be logged", trigger: ".o-mail-Chatter-logNote:enabled" },
        { content: "nothing can be sent", trigger: `${SEND}:disabled` },
    ],
});

registry.category("web_tour.tours").add("complaint_open_case_tour", {
    steps: () => [
        { content: "who works the case may send", trigger: `${SEND}:enabled` },
        ...openActions,
        {
            content: "an open case is not archived",
            trigger: `.o-dropdown--menu:not(:has(.o_menu_item:contains(Archive)))`,
        },
    ],
});

registry.category("web_tour.tours").add("complaint_ended_case_tour", {
    steps: () => [
        ...openActions,
        { content: "an ended case can be", trigger: `${MENU}:contains(Archive)` },
    ],
});
