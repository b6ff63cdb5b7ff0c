from . import controllers, models, report, wizard, demo
from .hooks import post_init_hook
