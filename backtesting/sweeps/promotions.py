"""Promotions: a person's decision to trade a set of a completed sweep, and to trade it no more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.db.models.functions import Now

from backtesting.models import BacktestJob, Promotion

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, PermissionsMixin
    from django.db.models import QuerySet

    from backtesting.search.artifacts import SweepArtifacts, SweepResult

PERMISSION = "backtesting.add_promotion"


class PromotionError(ValueError):
    """A set cannot be promoted as asked; the message says why."""


def may_promote(user: PermissionsMixin | AnonymousUser) -> bool:
    """Say whether a user may promote sets and withdraw promotions: by permission, or as staff."""
    return bool(getattr(user, "is_staff", False)) or user.has_perm(PERMISSION)


def promote(
    job: BacktestJob,
    artifacts: SweepArtifacts,
    result: SweepResult,
    by: AbstractBaseUser,
    *,
    note: str = "",
    is_confirmed: bool = False,
) -> Promotion:
    """Promote a set; one that is not promotion_ready only when confirmed, with a note.

    Raises PromotionError.
    """
    _check(job, result, note.strip(), is_confirmed=is_confirmed)
    try:
        with transaction.atomic():
            return Promotion.objects.create(
                job=job,
                job_number=job.pk,
                index=result.index,
                config=result.parameters.config(artifacts.base).as_json(),
                universe=list(result.parameters.universe or artifacts.symbols),
                was_ready=result.promotion_ready,
                was_robust=result.robust,
                by_id=by.pk,
                by_name=by.get_username(),
                note=note.strip(),
            )
    except IntegrityError:
        raise PromotionError(
            f"set {result.index} is promoted already; withdraw that first"
        ) from None


def withdraw(promotion_id: int, by: AbstractBaseUser) -> bool:
    """Withdraw a promotion; False: it was withdrawn before, or never there."""
    current = Promotion.objects.filter(pk=promotion_id, withdrawn_at=None)
    changed = current.update(
        withdrawn_at=Now(), withdrawn_by_id=by.pk, withdrawn_by_name=by.get_username()
    )
    return changed == 1


def promotions_for(user: AbstractBaseUser | AnonymousUser) -> QuerySet[Promotion]:
    """Return the promotions a user may see, newest first: of their jobs or by them; staff all."""
    found = Promotion.objects.order_by("-at", "-id")
    if getattr(user, "is_staff", False):
        return found
    return found.filter(Q(job__owner_id=user.pk) | Q(by_id=user.pk)) if user.pk else found.none()


def promoted_sets(job_id: int) -> dict[int, Promotion]:
    """Return the promotions of a sweep that stand, by index of the set."""
    standing = Promotion.objects.filter(job_number=job_id, withdrawn_at=None)
    return {promotion.index: promotion for promotion in standing}


def as_json(promotion: Promotion) -> dict[str, Any]:
    """Return a promotion as plain values, as `manage.py promoted --json` prints it."""
    return {
        "job": promotion.job_number,
        "index": promotion.index,
        "config": promotion.config,
        "universe": promotion.universe,
        "was_ready": promotion.was_ready,
        "was_robust": promotion.was_robust,
        "by": promotion.by_name,
        "at": promotion.at.isoformat(),
        "note": promotion.note,
    }


def _check(job: BacktestJob, result: SweepResult, note: str, *, is_confirmed: bool) -> None:
    if job.status != BacktestJob.Status.COMPLETED:
        raise PromotionError(f"{job} is {job.status}; only sets of a completed sweep are promoted")
    if result.promotion_ready:
        return
    if not is_confirmed or not note:
        failed = len(result.failed_gates)
        raise PromotionError(
            f"set {result.index} is not promotion_ready (gates failed: {failed}); to promote it "
            "all the same, confirm that, and write in the note why"
        )
