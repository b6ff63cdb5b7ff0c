from . import feedback, form_guard, lodging, portal, rating, resolution, thread
