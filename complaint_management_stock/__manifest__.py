{
    "name": "Complaint Management: Returns",
    "summary": "Take delivered goods back from the case, by Inventory's own return",
    "version": "19.0.1.1.0",
    "category": "Services/Complaints",
    "author": "Complaint Management contributors",
    "website": "https://github.com/complaint-management/complaint-management",
    "license": "LGPL-3",
    "depends": ["complaint_management", "sale_stock"],
    "auto_install": True,
    "data": [
        "wizard/stock_picking_return_views.xml",
        "views/complaint_complaint_views.xml",
        "views/stock_picking_views.xml",
    ],
}
