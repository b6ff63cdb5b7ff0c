/** Steps that the tours of cases, investigations and actions have in common. */

/** Choose ``label`` in the selection field ``name``. */
export function choose(name, label, within = ".o_form_view") {
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
export function find(name, label, within = ".o_form_view") {
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
export function page(name, within = ".o_form_view") {
    return {
        content: `open the page ${name}`,
        trigger: `${within} .o_notebook .nav-link[name=${name}]`,
        run: "click",
    };
}

/** Write ``text`` in the rich text field ``name``. */
export function write(name, text, within = ".o_form_view") {
    return {
        content: `write ${name}`,
        trigger: `${within} .o_field_widget[name=${name}] .odoo-editor-editable`,
        run: `editor ${text}`,
    };
}

/** Go on with the key, and arrive in ``stage``. */
export function nextStep(stage) {
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
export function refusal(missing) {
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

/** Click what ``trigger`` finds. */
export function click(content, trigger) {
    return { content, trigger, run: "click" };
}

/** Click the button of the form that calls the method ``name``. */
export function press(name, within = ".o_form_view") {
    return click(name, `${within} button[name=${name}]:enabled`);
}

/** Type ``text`` in the field ``name``, of one line or more. */
export function type(name, text, within = ".o_form_view") {
    return {
        content: `type ${name}`,
        trigger: `${within} .o_field_widget[name=${name}] :is(input, textarea)`,
        run: `edit ${text}`,
    };
}
