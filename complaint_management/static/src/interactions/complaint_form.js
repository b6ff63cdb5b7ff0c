import { registry } from "@web/core/registry";
import { Interaction } from "@web/public/interaction";

/**
 * Shows only the products of the chosen order. Without JavaScript they are all there,
 * under the numbers of their orders.
 */
export class ComplaintForm extends Interaction {
    static selector = ".o_complaint_form";
    dynamicContent = {
        "select[name='order']": { "t-on-change": this.narrowProducts },
    };

    start() {
        this.narrowProducts();
    }

    narrowProducts() {
        const order = this.el.querySelector("select[name='order']");
        const product = this.el.querySelector("select[name='line']");
        if (!order || !product) {
            return;
        }
        for (const group of product.querySelectorAll("optgroup")) {
            const other = Boolean(order.value) && group.dataset.order !== order.value;
            group.hidden = other;
            group.disabled = other;
        }
        if (product.selectedOptions[0]?.closest("optgroup")?.disabled) {
            product.value = "";
        }
    }
}

registry
    .category("public.interactions")
    .add("complaint_management.complaint_form", ComplaintForm);
