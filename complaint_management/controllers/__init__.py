from . import form_guard, lodging, portal, resolution
