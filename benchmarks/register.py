"""Fill a database with a register: the same cases for every application.

One case for each stage is made through the application itself. All others are copies
of these by SQL, moved in time, with their own number, subject, customer, team and
owner, and with the rows that hang on them: commitments, decisions, followers,
activities, tags. So each application stores what it stores in real life.
"""

import random

from apps import APPS, END_STAGES, OPEN_CASES, OPEN_STAGES, TEAMS, team_members

# Found in so many cases, however large the register is.
RARE_WORD, RARE_CASES = "Vesuvio", 20
# Found in one case of twenty.
COMMON_WORD = "kettle"
PRODUCTS = [
    "kettle",
    "toaster",
    "blender",
    "lamp",
    "office chair",
    "desk",
    "bookcase",
    "coffee machine",
    "vacuum cleaner",
    "headset",
    "keyboard",
    "monitor",
    "router",
    "water filter",
    "fan",
    "heater",
    "suitcase",
    "backpack",
    "wall clock",
    "mattress",
]
TROUBLES = [
    "arrived broken",
    "is not what I ordered",
    "came three weeks late",
    "makes a loud noise",
    "stopped working after a day",
    "was charged twice",
    "has a missing part",
    "is the wrong colour",
    "leaks",
    "smells of burning",
    "was never delivered",
    "does not switch on",
    "has scratches",
    "was returned but not refunded",
    "overheats",
    "came without an invoice",
]
FIRST = [
    "Ana",
    "Ben",
    "Chloe",
    "David",
    "Eva",
    "Felix",
    "Greta",
    "Hugo",
    "Ines",
    "Jan",
    "Karla",
    "Leo",
    "Mia",
    "Noah",
]
LAST = [
    "Adler",
    "Brandt",
    "Costa",
    "Dubois",
    "Evans",
    "Fischer",
    "Garcia",
    "Horvat",
    "Ivanov",
    "Jansen",
]


def fill(env, size, agents):
    """Make customers and ``size`` cases for each application."""
    make_customers(env, max(500, size // 5))
    make_cases(env, size, agents)
    for cls in APPS:
        copy_cases(env, cls(env), agents)
    env.cr.commit()
    env.cr._cnx.autocommit = True
    env.cr.execute("VACUUM ANALYZE")
    env.cr._cnx.autocommit = False


def pick(names, salt, number="i"):
    """Return SQL that picks one of ``names`` by chance, the same in every run."""
    quoted = ",".join("'" + name.replace("'", "''") + "'" for name in names)
    return f"(ARRAY[{quoted}])[1 + {dice(len(names), salt, number)}]"


def dice(sides, salt, number="i"):
    return f"mod(hashint8({number}::bigint * 1000003 + {salt}) & 2147483647, {sides})"


def make_customers(env, count):
    """Make companies (one customer in four) and people, half of them in companies."""
    company, person = env["res.partner"].create(
        [
            {
                "name": "Company",
                "is_company": True,
                "email": "info@company.example.com",
            },
            {"name": "Person", "email": "person@person.example.com"},
        ]
    )
    env.flush_all()
    first_id = person.id + 1000
    companies = count // 4
    name = f"{pick(FIRST, 1)} || ' ' || {pick(LAST, 2)} || ' ' || i"
    employer = f"CASE WHEN mod(i, 2) = 0 THEN {first_id} + {dice(companies, 3)} END"
    copy_rows(
        env,
        "res_partner",
        f"t.id = {company.id}",
        f"generate_series(0, {companies - 1}) i",
        {
            "id": f"{first_id} + i",
            "name": f"{pick(LAST, 4)} || ' Trading ' || i",
            "complete_name": f"{pick(LAST, 4)} || ' Trading ' || i",
            "email": "'office@c' || i || '.example.com'",
            "email_normalized": "'office@c' || i || '.example.com'",
            "commercial_partner_id": f"{first_id} + i",
        },
    )
    copy_rows(
        env,
        "res_partner",
        f"t.id = {person.id}",
        f"generate_series({companies}, {count - 1}) i",
        {
            "id": f"{first_id} + i",
            "name": name,
            "complete_name": name,
            "email": "'person' || i || '@mail.example.com'",
            "email_normalized": "'person' || i || '@mail.example.com'",
            "parent_id": employer,
            "commercial_partner_id": f"coalesce({employer}, {first_id} + i)",
        },
    )
    env.cr.execute(
        """
        UPDATE res_partner p SET complete_name = c.name || ', ' || p.name
          FROM res_partner c WHERE c.id = p.parent_id AND p.id >= %s
        """,
        [first_id],
    )
    set_sequence(env, "res_partner")
    env.cr.execute(
        """
        CREATE TABLE bench_customer AS
        SELECT row_number() OVER (ORDER BY p.id) - 1 AS number, p.id, p.name, p.email,
               c.id AS commercial_id, c.name AS commercial_name
          FROM res_partner p JOIN res_partner c ON c.id = p.commercial_partner_id
         WHERE p.id >= %s AND NOT p.is_company
        """,
        [first_id],
    )


def make_cases(env, size, agents):
    """Write the register that all applications get, into the table ``bench_case``.

    Most cases are closed, over five years; a fixed number is open, of the last weeks.
    """
    closed = size - OPEN_CASES
    stages = [n for n, (__, share) in enumerate(OPEN_STAGES) for __ in range(share)]
    random.Random(1).shuffle(stages)
    members = [team_members(number, agents).ids for number in range(TEAMS)]
    width = min(map(len, members))
    env.cr.execute("SELECT count(*) FROM bench_customer")
    customers = env.cr.fetchone()[0]
    ends = sum(share for __, share in END_STAGES)
    subject = (
        f"'The ' || {pick(PRODUCTS, 11)} || ' ' || {pick(TROUBLES, 12)}"
        f" || CASE WHEN mod(i, greatest({size} / {RARE_CASES}, 1)) = 7"
        f" THEN ' ({RARE_WORD})' ELSE '' END || ', order SO' || lpad(i::text, 6, '0')"
    )
    env.cr.execute(
        f"""
        CREATE TABLE bench_case AS
        WITH cases AS (
            SELECT i AS number, {subject} AS subject, {dice(TEAMS, 13)} AS team,
                   {dice(customers, 14)} AS customer, {dice(width, 15)} AS owner,
                   (ARRAY['minor', 'minor', 'minor', 'major', 'major', 'critical'])
                       [1 + {dice(6, 16)}] AS severity,
                   (ARRAY['low', 'normal', 'normal', 'normal', 'high'])
                       [1 + {dice(5, 17)}] AS urgency,
                   {dice(100, 18)} = 0 AS confidential,
                   CASE WHEN i > {closed} THEN (%(stages)s)[i - {closed}]
                        WHEN {dice(ends, 19)} = 0 THEN {len(OPEN_STAGES) + 1}
                        ELSE {len(OPEN_STAGES)} END AS stage,
                   date_trunc('second', now() at time zone 'UTC')
                   - CASE WHEN i > {closed}
                          THEN interval '1 minute' * ({dice(60 * 24 * 60, 20)})
                          ELSE interval '1825 days' - interval '1 second'
                               * (1805.0 * 86400 * i / {closed}) END AS received
              FROM generate_series(1, {size}) i)
        SELECT c.*, p.priority, u.id AS partner_id, u.name AS partner_name,
               u.email AS partner_email, u.commercial_id, u.commercial_name,
               (%(owners)s)[1 + c.team * {width} + c.owner] AS owner_id,
               0 AS owner_partner_id
          FROM cases c JOIN bench_customer u ON u.number = c.customer
          JOIN complaint_priority_rule p ON p.company_id IS NULL
               AND p.severity = c.severity AND p.urgency = c.urgency
         ORDER BY c.number
        """,
        {"stages": stages, "owners": [id for ids in members for id in ids[:width]]},
    )
    env.cr.execute(
        """
        UPDATE bench_case c SET owner_partner_id = u.partner_id
          FROM res_users u WHERE u.id = c.owner_id;
        ALTER TABLE bench_case ADD PRIMARY KEY (number);
        ANALYZE bench_case
        """
    )


def copy_cases(env, app, agents):
    model = env[app.model]
    env.cr.execute("SELECT * FROM bench_case ORDER BY number DESC LIMIT 1")
    case = dict(
        zip([d.name for d in env.cr.description], env.cr.fetchone(), strict=True)
    )
    case.update(team=0, owner_id=agents[0].id)
    templates = []
    for stage, stage_id in enumerate(app.stage_ids):
        # The owner enters the case, as when a customer calls, and works it so far.
        template = (
            model.with_user(agents[0])
            .sudo()
            .with_context(mail_notify_force_send=False)
            .create({**app.values(case), **app.template_values(0)})
        )
        if stage:
            template.with_context(tracking_disable=True).write(
                {**app.template_values(stage), "stage_id": stage_id}
            )
        if stage < len(OPEN_STAGES):
            template.activity_schedule(
                "mail.mail_activity_data_call",
                summary="Call the customer",
                user_id=agents[0].id,
            )
        templates.append(template)
    env.cr.flush()
    first_id = max(template.id for template in templates) + 1000
    params = {
        "teams": app.team_ids,
        "categories": getattr(app, "category_ids", [0]),
    }
    for stage, template in enumerate(templates):
        # A case of the benchmark is its template, moved to when it came in.
        received = template[app.date]
        env.cr.execute(
            "CREATE TEMP VIEW bench_stage AS SELECT *, %s + number AS id,"
            " received - %s::timestamp AS shift FROM bench_case WHERE stage = %s",
            [first_id, received, stage],
        )
        copy_rows(
            env,
            model._table,
            f"t.id = {template.id}",
            "bench_stage c",
            {"id": "c.id", **app.columns()},
            params,
            shift=True,
        )
        copy_children(env, app, template, agents[0])
        env.cr.execute("DROP VIEW bench_stage")
    set_sequence(env, model._table)
    tag(env, app, first_id)
    for template in templates:
        template.with_context(tracking_disable=True).active = False
    env.cr.commit()


def copy_children(env, app, template, owner):
    for table, column, values in app.children(env):
        copy_rows(
            env,
            table,
            f"t.{column} = {template.id}",
            "bench_stage c",
            {column: "c.id", **values},
            shift=True,
        )
    on_case = f"t.res_model = '{app.model}' AND t.res_id = {template.id}"
    copy_rows(
        env,
        "mail_followers",
        on_case,
        "bench_stage c",
        {
            "res_id": "c.id",
            "partner_id": f"CASE t.partner_id"
            f" WHEN {template.partner_id.id} THEN c.partner_id"
            f" WHEN {owner.partner_id.id} THEN c.owner_partner_id"
            f" ELSE t.partner_id END",
        },
        conflict="ON CONFLICT DO NOTHING",
    )
    env.cr.execute(
        """
        ANALYZE mail_followers;
        INSERT INTO mail_followers_mail_message_subtype_rel
        SELECT n.id, r.mail_message_subtype_id
          FROM mail_followers t
          JOIN mail_followers_mail_message_subtype_rel r ON r.mail_followers_id = t.id
          JOIN bench_stage c ON TRUE
          JOIN mail_followers n ON n.res_model = t.res_model AND n.res_id = c.id
               AND n.partner_id = CASE t.partner_id WHEN %s THEN c.partner_id
                   WHEN %s THEN c.owner_partner_id ELSE t.partner_id END
         WHERE t.res_model = %s AND t.res_id = %s
        ON CONFLICT DO NOTHING
        """,
        [template.partner_id.id, owner.partner_id.id, app.model, template.id],
    )
    copy_rows(
        env,
        "mail_activity",
        on_case,
        "bench_stage c",
        {
            "res_id": "c.id",
            "res_name": "c.subject",
            "user_id": "c.owner_id",
            "date_deadline": "current_date + mod(c.number, 9) - 3",
        },
        where="mod(c.number, 2) = 0",
    )


def tag(env, app, first_id):
    """Give one case in three a tag."""
    table, column = app.tag_table
    case = f"{env[app.model]._table}_id"
    env.cr.execute(
        f"INSERT INTO {table} ({case}, {column})"
        f" SELECT %s + number, (%s)[1 + mod(number, 5)] FROM bench_case WHERE mod(number, 3) = 0",
        [first_id, app.tag_ids],
    )


def copy_rows(
    env, table, rows, times, values, params=None, where="TRUE", shift=False, conflict=""
):
    """Insert copies of the rows of ``table``.

    :param rows: SQL condition on ``t``, the rows to copy
    :param times: SQL of what is joined: one copy for each of its rows
    :param values: ``{column: SQL}`` that differs from the copied row
    :param shift: whether moments move by the column ``shift`` of ``c``
    """
    env.cr.execute(
        "SELECT column_name, data_type FROM information_schema.columns"
        " WHERE table_schema = current_schema AND table_name = %s"
        " AND is_generated = 'NEVER'",
        [table],
    )
    columns = {}
    for name, kind in env.cr.fetchall():
        if name in values:
            columns[name] = values[name]
        elif name == "id":
            columns[name] = f"nextval('{table}_id_seq')"
        elif shift and kind.startswith("timestamp"):
            columns[name] = f't."{name}" + c.shift'
        else:
            columns[name] = f't."{name}"'
    unknown = set(values) - set(columns)
    if unknown:
        raise ValueError(f"{table} has no columns {unknown}")
    names = ", ".join(f'"{name}"' for name in columns)
    env.cr.execute(
        f"INSERT INTO {table} ({names})"
        f" SELECT {', '.join(columns.values())} FROM {table} t, {times}"
        f" WHERE {rows} AND {where} {conflict}",
        params,
    )


def set_sequence(env, table):
    env.cr.execute(f"SELECT setval('{table}_id_seq', max(id)) FROM {table}")


def check(env, app):
    """Stop when what SQL wrote is not what the application itself would compute."""
    model = env[app.model].with_context(active_test=False)
    env.cr.execute("SELECT max(number) FROM bench_case")
    size = env.cr.fetchone()[0]
    records = model.search([], order="id desc", limit=1) | model.search(
        [], order="id desc", offset=size // 2, limit=20
    )
    names = [
        name
        for name in (
            "search_text",
            "email_normalized",
            "commercial_partner_id",
            "priority",
            "phase",
        )
        if name in model._fields and model._fields[name].compute
    ]
    before = {name: [record[name] for record in records] for name in names}
    for name in names:
        env.add_to_compute(model._fields[name], records)
    env.flush_all()
    for name in names:
        after = [record[name] for record in records]
        if after != before[name]:
            raise ValueError(
                f"{app.model}.{name}: {before[name][:2]} should be {after[:2]}"
            )
    env.cr.rollback()
