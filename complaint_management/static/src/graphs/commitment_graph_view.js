import { registry } from "@web/core/registry";
import { GraphRenderer } from "@web/views/graph/graph_renderer";
import { graphView } from "@web/views/graph/graph_view";

// Okabe and Ito: told apart by who sees colours differently, too.
const STATE_COLORS = {
    met: "#009E73",
    late: "#D55E00",
    running: "#B8BCC2",
    paused: "#7A828C",
};

/** A bar that is split by state shows what was kept in green and what was late in red. */
class CommitmentGraphRenderer extends GraphRenderer {
    getBarChartData() {
        const data = super.getBarChartData();
        const { groupBy } = this.model.metaData;
        if (groupBy.length === 2 && groupBy[1].fieldName === "state") {
            for (const dataset of this.model.data.datasets) {
                const [identifier] = dataset.identifiers;
                const [, { state }] = JSON.parse(identifier);
                dataset.backgroundColor = STATE_COLORS[state] || dataset.backgroundColor;
            }
        }
        return data;
    }
}

registry.category("views").add("complaint_commitment_graph", {
    ...graphView,
    Renderer: CommitmentGraphRenderer,
});
