import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { formatPercentage } from "@web/views/fields/formatters";
import { GraphModel } from "@web/views/graph/graph_model";
import { GraphRenderer } from "@web/views/graph/graph_renderer";
import { graphView } from "@web/views/graph/graph_view";

const SHARE_AXIS = "share";

/**
 * Bars from the highest to the lowest, and a line that adds up their share of the whole:
 * which few causes make most of the cases. Sorted otherwise it is the usual bar chart.
 */
class ParetoGraphModel extends GraphModel {
    _getLineOverlayDataset() {
        const { datasets, labels } = this.data;
        const heights = labels.map((_, index) =>
            datasets.reduce((sum, dataset) => sum + dataset.data[index], 0)
        );
        const total = heights.reduce((sum, height) => sum + height, 0);
        if (this.metaData.order !== "DESC" || total <= 0) {
            return super._getLineOverlayDataset();
        }
        let sum = 0;
        return {
            label: _t("Cumulative share"),
            data: heights.map((height) => ((sum += height) * 100) / total),
            trueLabels: labels,
            yAxisID: SHARE_AXIS,
            clip: false, // the last point lies on the edge
        };
    }
}

class ParetoGraphRenderer extends GraphRenderer {
    getScaleOptions() {
        const scales = super.getScaleOptions();
        if (this.model.lineOverlayDataset?.yAxisID === SHARE_AXIS) {
            scales[SHARE_AXIS] = {
                ...scales.y,
                position: "right",
                title: { text: this.model.lineOverlayDataset.label },
                ticks: { ...scales.y.ticks, callback: (value) => formatPercentage(value / 100) },
                grid: { display: false },
                max: 100,
            };
        }
        return scales;
    }

    getTooltipItems(data, metaData, tooltipModel) {
        const isShare = (point) => point.dataset.yAxisID === SHARE_AXIS;
        const bars = tooltipModel.dataPoints.filter((point) => !isShare(point));
        const shares = tooltipModel.dataPoints.filter(isShare).map((point) => ({
            label: `${point.label}: ${point.dataset.label}`,
            value: formatPercentage(point.raw / 100, { digits: [16, 1] }),
            boxColor: point.dataset.backgroundColor,
        }));
        return [...super.getTooltipItems(data, metaData, { dataPoints: bars }), ...shares];
    }
}

registry.category("views").add("complaint_pareto_graph", {
    ...graphView,
    Model: ParetoGraphModel,
    Renderer: ParetoGraphRenderer,
});
