import { registry } from "@web/core/registry";
import { formView } from "@web/views/form/form_view";
import { kanbanView } from "@web/views/kanban/kanban_view";
import { listView } from "@web/views/list/list_view";

const ENDED = ["closed", "cancelled"];

/** Offer to archive ended cases only: the server refuses any other. */
function archivesEndedOnly(view, getRecords) {
    class Controller extends view.Controller {
        getStaticActionMenuItems() {
            const items = super.getStaticActionMenuItems();
            const { isAvailable } = items.archive;
            items.archive.isAvailable = () =>
                isAvailable() &&
                getRecords(this.model.root).every((record) => ENDED.includes(record.data.phase));
            return items;
        }
    }
    return { ...view, Controller };
}

const views = registry.category("views");
views.add(
    "complaint_form",
    archivesEndedOnly(formView, (root) => [root])
);
views.add(
    "complaint_list",
    archivesEndedOnly(listView, (root) => root.selection)
);
views.add(
    "complaint_kanban",
    archivesEndedOnly(kanbanView, (root) => root.selection)
);
