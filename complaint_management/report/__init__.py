from . import (
    complaint_form_report,
    complaint_investigation_report,
    complaint_register_report,
)
