import { ActivityMenu } from "@mail/core/web/activity_menu";
import { patch } from "@web/core/utils/patch";

patch(ActivityMenu.prototype, {
    /** What waits for an approval opens where it is decided. */
    openActivityGroup(group, filter, newWindow) {
        if (group.type !== "complaint_approval") {
            return super.openActivityGroup(...arguments);
        }
        this.dropdown.close();
        this.action.doAction(group.action, {
            newWindow,
            clearBreadcrumbs: true,
            additionalContext: group.context,
        });
    },
});
