from . import complaint_complaint
from . import repair_order
