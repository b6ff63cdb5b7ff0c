def post_init_hook(env):
    """Give every existing company what a new one gets: its own numbering."""
    env["res.company"].search([])._create_complaint_sequences()
