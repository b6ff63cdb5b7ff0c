"""Turn the figures into the table of results.md, and judge them."""

from apps import APPS

OWN, HELPDESK, PROJECT = (cls.label for cls in APPS)
MAX_GROWTH = 1.5
MAX_QUERIES = {"create 100": 400}
# At most this part of the time that helpdesk_mgmt needs.
MAX_PART = {"kanban": 0.5, "list of 80": 0.5, "text search": 0.2}


def render(data):
    figures = {(r["line"], r["size"], r["app"]): r for r in data["results"]}
    lines = list(dict.fromkeys(r["line"] for r in data["results"]))
    sizes = sorted({r["size"] for r in data["results"]})
    facts = data["facts"]
    text = ["# Results", ""]
    text.append(
        f"{facts['date']}, Odoo {facts['odoo']}, PostgreSQL {facts['postgresql']}, Python "
        f"{facts['python']}, {facts['processor']}. Median of {facts['repeat']} rounds: "
        "milliseconds, and queries in brackets."
    )
    for size in sizes:
        text += ["", f"## {size:,} cases", ""]
        text += table(figures, lines, size, sizes[0])
    if len(sizes) > 1:
        text += ["", f"## Growth from {sizes[0]:,} to {sizes[-1]:,} cases", ""]
        text += growth_table(figures, lines, sizes[0], sizes[-1])
    text += ["", "## Targets", ""]
    text += target_table(figures, lines, sizes)
    return "\n".join(text) + "\n"


def table(figures, lines, size, smallest):
    rows = [
        f"| operation | {OWN} | {HELPDESK} | {PROJECT} | of {HELPDESK} | of {PROJECT} |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for line in lines:
        own, *others = (figures[line, size, app] for app in (OWN, HELPDESK, PROJECT))
        cells = [f"{f['ms']:,.1f} ({f['queries']:,})" for f in (own, *others)]
        cells += [f"{own['ms'] / other['ms']:.0%}" for other in others]
        rows.append(f"| {line} | {' | '.join(cells)} |")
    return rows


def growth_table(figures, lines, small, large):
    rows = [
        f"| operation | {OWN} | {HELPDESK} | {PROJECT} |",
        "|---|---:|---:|---:|",
    ]
    for line in lines:
        cells = [
            f"×{growth(figures, line, app, small, large):.2f}"
            for app in (OWN, HELPDESK, PROJECT)
        ]
        rows.append(f"| {line} | {' | '.join(cells)} |")
    return rows


def growth(figures, line, app, small, large):
    return figures[line, large, app]["ms"] / figures[line, small, app]["ms"]


def target_table(figures, lines, sizes):
    small, large = sizes[0], sizes[-1]
    rows = [
        f"| operation | at {large:,} | target | |",
        "|---|---:|---:|---|",
    ]
    for line, value, shown, limit, wanted in targets(figures, lines, small, large):
        verdict = "PASS" if value <= limit else "**MISS**"
        rows.append(f"| {line} | {shown} | {wanted} | {verdict} |")
    return rows


def targets(figures, lines, small, large):
    for line in lines:
        own = figures[line, large, OWN]
        for app in (HELPDESK, PROJECT):
            part = own["ms"] / figures[line, large, app]["ms"]
            limit = MAX_PART.get(line, 1) if app == HELPDESK else 1
            wanted = f"at most {limit:.0%} of {app}"
            yield line, part, f"{part:.0%}", limit, wanted
        if line in MAX_QUERIES:
            limit = MAX_QUERIES[line]
            queries = own["queries"]
            yield line, queries, f"{queries} queries", limit, f"at most {limit} queries"
        if small != large:
            factor = growth(figures, line, OWN, small, large)
            wanted = f"grows at most ×{MAX_GROWTH} from {small:,}"
            yield line, factor, f"×{factor:.2f}", MAX_GROWTH, wanted
