from . import (
    test_access,
    test_guard,
    test_intake,
    test_stage,
    test_approval,
)
