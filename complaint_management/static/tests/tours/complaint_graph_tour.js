import { registry } from "@web/core/registry";

/** Compare what the chart shows with what it should. */
function check(what, shown, expected) {
    if (JSON.stringify(shown) !== JSON.stringify(expected)) {
        throw new Error(`${what}: ${JSON.stringify(shown)}, not ${JSON.stringify(expected)}`);
    }
}

const getChart = (canvas) => window.Chart.getChart(canvas);
const CANVAS = ".o_graph_renderer canvas";

registry.category("web_tour.tours").add("complaint_pareto_tour", {
    steps: () => [
        {
            content: "bars from the highest to the lowest, and the line up to all of them",
            trigger: CANVAS,
            run() {
                const { data, scales } = getChart(this.anchor);
                const [bars, line] = data.datasets;
                check("causes", data.labels, ["Packing", "Rain", "Glue"]);
                check("bars", bars.data, [5, 3, 2]);
                check("type", line.type, "line");
                check("line", line.data, [50, 80, 100]);
                check("axis", [scales.share.min, scales.share.max], [0, 100]);
                check("side", scales.share.position, "right");
            },
        },
        {
            content: "the other way round",
            trigger: ".o_graph_button[data-tooltip=Ascending]",
            run: "click",
        },
        {
            content: "a share added up from below says nothing",
            trigger: ".o_graph_button[data-tooltip=Ascending].active",
            run() {
                const { data, scales } = getChart(document.querySelector(CANVAS));
                check("bars", data.datasets.map((dataset) => dataset.data), [[2, 3, 5]]);
                check("axis", "share" in scales, false);
            },
        },
    ],
});

registry.category("web_tour.tours").add("complaint_commitment_graph_tour", {
    steps: () => [
        {
            content: "kept is green, late is red",
            trigger: CANVAS,
            run() {
                const colors = Object.fromEntries(
                    getChart(this.anchor).data.datasets.map((dataset) => [
                        dataset.label,
                        dataset.backgroundColor,
                    ])
                );
                check("met", colors.Met, "#009E73");
                check("late", colors.Late, "#D55E00");
            },
        },
    ],
});
