{
    "name": "Complaint Management: Repairs",
    "summary": "Draft repair orders from the case, in the Repairs app",
    "version": "19.0.1.1.0",
    "category": "Services/Complaints",
    "author": "Complaint Management contributors",
    "website": "https://github.com/complaint-management/complaint-management",
    "license": "LGPL-3",
    "depends": ["complaint_management", "repair"],
    "auto_install": True,
    "data": [
        "views/complaint_complaint_views.xml",
        "views/repair_order_views.xml",
    ],
}
