from . import (
    complaint_approval_refuse,
    complaint_cancel,
    complaint_close,
    complaint_escalate,
    complaint_escalate_outcome,
    complaint_merge,
    complaint_quick_entry,
    complaint_reclassify,
    complaint_register,
    complaint_reopen,
)
