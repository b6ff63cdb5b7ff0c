from . import portal, resolution
