"""The calls that Odoo's web client makes, built from the views as it builds them."""

from lxml import etree

from odoo.tools.safe_eval import safe_eval

ACTIVITY = (
    "activity_exception_decoration",
    "activity_exception_icon",
    "activity_state",
    "activity_summary",
    "activity_type_icon",
    "activity_type_id",
)
# What a widget reads besides its own field.
WIDGET_FIELDS = {
    "kanban_activity": ACTIVITY,
    "list_activity": ACTIVITY,
    "rotting": ("is_rotting",),
    "badge_rotting": ("is_rotting", "rotting_days"),
    "name_with_subtask_count": ("subtask_count", "closed_subtask_count"),
    "subtask_counter": ("subtask_count", "closed_subtask_count"),
}
TAG_WIDGETS = ("many2many_tags", "many2many_avatar_user", "many2many_tags_avatar")
LIMIT, COUNT_LIMIT = 80, 10001


class Client:
    """A user's web client, on the views of one application."""

    def __init__(self, env, app):
        self.app = app
        self.model = env[app.model]
        self.kanban = self._load(app.kanban_action, "kanban")
        self.list = self._load(app.list_action, "list")
        self.search = etree.fromstring(self.list["views"]["search"]["arch"])

    def _load(self, xmlid, kind):
        env = self.model.env
        # sudo: the web client loads actions by the server too.
        action = env.ref(xmlid).sudo()._get_action_dict()
        views = {name: view for view, name in action["views"]}
        views["search"] = (action["search_view_id"] or [False])[0]
        loaded = self.model.get_views(
            [(views.get(kind, False), kind), (views["search"], "search")],
            {"toolbar": False},
        )
        arch = etree.fromstring(loaded["views"][kind]["arch"])
        return {
            "views": loaded["views"],
            "arch": arch,
            "domain": safe_eval(action["domain"] or "[]", {"uid": env.uid})
            + self.app.client_domain,
            "order": self._order(arch),
            "specification": self._specification(
                arch, loaded["models"][self.app.model]
            ),
            "fields": loaded["models"][self.app.model]["fields"],
        }

    def _order(self, arch):
        handle = arch.xpath("//field[@widget='handle']")
        if handle and not arch.get("default_order"):
            return f"{handle[0].get('name')} ASC, id ASC"
        return arch.get("default_order") or ""

    def _specification(self, arch, model):
        fields = model["fields"]
        specification = {}
        for node in arch.iter("field", "widget"):
            if node.tag == "field" and node.getparent().tag == "groupby":
                continue
            name, widget = node.get("name"), node.get("widget")
            if node.tag == "widget":
                names = WIDGET_FIELDS.get(name, ())
            else:
                names = (name, *WIDGET_FIELDS.get(widget, ()))
            for name in names:
                if name in fields:
                    # A field that stands there twice is read as the visible one is.
                    read = self._read(fields[name], node)
                    if len(str(read)) > len(str(specification.get(name, ""))):
                        specification[name] = read
        return specification

    def _read(self, field, node):
        hidden = {node.get("invisible"), node.get("column_invisible")} & {"1", "True"}
        if field["type"] == "many2one":
            return {"fields": {} if hidden else {"display_name": {}}}
        if field["type"] not in ("one2many", "many2many"):
            return {}
        if hidden:
            return {}
        shown = {}
        widget = node.get("widget")
        if widget in TAG_WIDGETS or (field["type"] == "many2many" and not widget):
            shown["display_name"] = {}
            color = safe_eval(node.get("options") or "{}").get("color_field")
            if color:
                shown[color] = {}
        return {"fields": shown}

    # What the user chose in the search box

    def open_domain(self):
        """Return the domain of the application's own filter for open cases."""
        (node,) = self.search.xpath(f"//filter[@name='{self.app.open_filter}']")
        return safe_eval(node.get("domain"))

    def text_domain(self, text):
        """Return the domain of the first field of the search box, for ``text``."""
        node = self.search.xpath("//field")[0]
        domain = node.get("filter_domain")
        if domain:
            return safe_eval(domain, {"self": text})
        return [(node.get("name"), "ilike", text)]

    # Calls

    def open_kanban(self, domain):
        """Open the kanban: its columns with their first cards, and the progress bars."""
        model, view = self.model, self.kanban
        domain = view["domain"] + domain
        group = view["arch"].get("default_group_by")
        result = model.with_context(read_group_expand=True).web_read_group(
            domain,
            [group],
            [],
            order=view["order"],
            auto_unfold=True,
            opening_info=[],
            unfold_read_specification=view["specification"],
            unfold_read_default_limit=LIMIT,
            groupby_read_specification={},
        )
        bar = view["arch"].find("progressbar")
        if bar is not None:
            model.read_progress_bar(
                domain,
                group,
                {"field": bar.get("field"), "colors": safe_eval(bar.get("colors"))},
            )
        return sum(len(group.get("__records", ())) for group in result["groups"])

    def open_list(self, domain):
        """Open the list: 80 records, and how many there are."""
        view = self.list
        return len(
            self.model.with_context(bin_size=True).web_search_read(
                view["domain"] + domain,
                view["specification"],
                offset=0,
                order=view["order"],
                limit=LIMIT,
                count_limit=COUNT_LIMIT,
            )["records"]
        )

    def open_months(self, domain):
        """Group the list by month."""
        view = self.list
        sums = [
            f"{name}:{view['fields'][name]['aggregator']}"
            for name in view["specification"]
            if view["fields"][name].get("aggregator")
            and view["fields"][name]["type"] in ("integer", "float", "monetary")
        ]
        result = self.model.with_context(read_group_expand=True).web_read_group(
            view["domain"] + domain,
            [f"{self.app.date}:month"],
            sums,
            order="",
            limit=80,
            auto_unfold=False,
            opening_info=[],
            unfold_read_specification=view["specification"],
            unfold_read_default_limit=LIMIT,
            groupby_read_specification={},
        )
        return len(result["groups"])

    def move(self, record_id, stage_id):
        """Drag a card to another column; it is read again afterwards."""
        record = self.model.browse(record_id)
        record.web_save({"stage_id": stage_id}, self.kanban["specification"])
        self.model.env.cr.flush()
        return 1
