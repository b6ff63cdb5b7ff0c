from . import feedback, form_guard, lodging, portal, resolution, thread
