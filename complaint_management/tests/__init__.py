from . import (
    test_access,
    test_assignment,
    test_guard,
    test_intake,
    test_priority,
    test_reclassification,
    test_search,
    test_stage,
    test_approval,
    test_report,
)
