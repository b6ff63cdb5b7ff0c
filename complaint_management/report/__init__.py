from . import (
    complaint_8d_report,
    complaint_corrective_action_report,
    complaint_form_report,
    complaint_investigation_report,
    complaint_register_report,
)
