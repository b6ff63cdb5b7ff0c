from . import complaint_complaint
from . import stock_picking
from . import sale_order
from . import stock_move
