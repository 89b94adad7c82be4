"""Who may do what: one table from act to the least role that may do it, and which acts only look."""

from __future__ import annotations

import enum


class Role(enum.StrEnum):
    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"


class Act(enum.StrEnum):
    """Everything the operators' door can be asked; the audit calls an act by this name."""

    SEE_MACHINES = "see_machines"
    SEE_INSTALLS = "see_installs"
    SEE_LOG = "see_log"
    SEE_IMAGES = "see_images"
    SEE_STATUS = "see_status"
    SEE_LIMITS = "see_limits"
    SEE_AUDIT = "see_audit"
    SEE_TOKENS = "see_tokens"
    PLAN_INSTALLS = "plan_installs"
    IMPORT_MACHINES = "import_machines"
    SET_MACHINES = "set_machines"
    PROTECT_MACHINES = "protect_machines"
    UNPROTECT_MACHINES = "unprotect_machines"
    ARM_INSTALLS = "arm_installs"
    RETRY_INSTALLS = "retry_installs"
    CANCEL_INSTALLS = "cancel_installs"
    CHANGE_LIMITS = "change_limits"
    APPROVE_HOLDS = "approve_holds"
    ADD_IMAGES = "add_images"
    MAKE_TOKENS = "make_tokens"
    REVOKE_TOKENS = "revoke_tokens"


LEAST: dict[Act, Role] = {
    Act.SEE_MACHINES: Role.VIEWER,
    Act.SEE_INSTALLS: Role.VIEWER,
    Act.SEE_LOG: Role.VIEWER,
    Act.SEE_IMAGES: Role.VIEWER,
    Act.SEE_STATUS: Role.VIEWER,
    Act.SEE_LIMITS: Role.VIEWER,
    Act.PLAN_INSTALLS: Role.VIEWER,
    Act.SEE_AUDIT: Role.OPERATOR,  # it names persons
    Act.IMPORT_MACHINES: Role.OPERATOR,
    Act.SET_MACHINES: Role.OPERATOR,
    Act.PROTECT_MACHINES: Role.OPERATOR,
    Act.ARM_INSTALLS: Role.OPERATOR,
    Act.RETRY_INSTALLS: Role.OPERATOR,
    Act.CANCEL_INSTALLS: Role.OPERATOR,
    Act.CHANGE_LIMITS: Role.OPERATOR,
    Act.APPROVE_HOLDS: Role.OPERATOR,
    # Whoever may install may not also take away what keeps an install off.
    Act.UNPROTECT_MACHINES: Role.ADMIN,
    # An image runs as root on every machine that gets it.
    Act.ADD_IMAGES: Role.ADMIN,
    Act.SEE_TOKENS: Role.ADMIN,
    Act.MAKE_TOKENS: Role.ADMIN,
    Act.REVOKE_TOKENS: Role.ADMIN,
}

# They write nothing; every other act leaves its row in the audit.
LOOKS = frozenset(
    {
        Act.SEE_MACHINES, Act.SEE_INSTALLS, Act.SEE_LOG, Act.SEE_IMAGES, Act.SEE_STATUS, Act.SEE_LIMITS, Act.SEE_AUDIT,
        Act.SEE_TOKENS, Act.PLAN_INSTALLS,
    }
)  # fmt: skip

_RANK = {Role.VIEWER: 0, Role.OPERATOR: 1, Role.ADMIN: 2}


def allowed(role: Role, act: Act) -> bool:
    return _RANK[role] >= _RANK[LEAST[act]]
