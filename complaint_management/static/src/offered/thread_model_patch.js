import { Thread } from "@mail/core/common/thread_model";
import { fields } from "@mail/model/export";
import { patch } from "@web/core/utils/patch";

patch(Thread.prototype, {
    setup() {
        super.setup(...arguments);
        /** Whether the user may log notes on the case, and write to nobody outside. */
        this.complaint_notes_only = fields.Attr(false);
    },
});
