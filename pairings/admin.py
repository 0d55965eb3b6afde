"""Pairings in the admin: to search, to enable, to correct a rule; never to rename or delete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin, messages

from pairings.models import Pairing

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.forms import ModelForm
    from django.http import HttpRequest

    PairingModelAdmin = admin.ModelAdmin[Pairing]
else:
    PairingModelAdmin = admin.ModelAdmin  # takes no type parameter at run time

_IDENTITY = ("symbol", "base", "quote")
_FEES = ("taker_fee", "maker_fee")
_OVERRIDES = ("order_min_override", "cost_min_override")
_FROM_KRAKEN = ("fee_tiers", "kraken_key", "altname", "wsname", "status")


@admin.register(Pairing)
class PairingAdmin(PairingModelAdmin):
    list_display = (
        "symbol",
        "enabled",
        "is_known",
        "status",
        "taker_fee",
        "maker_fee",
        "lot_decimals",
        "order_min",
        "cost_min",
        "rules_as_of",
    )
    list_filter = ("enabled", "inferred", "status", "quote")
    search_fields = ("symbol", "altname", "wsname", "kraken_key")
    ordering = ("symbol",)
    actions = ("enable", "disable")
    fieldsets = (
        (None, {"fields": (*_IDENTITY, "enabled", "inferred")}),
        (
            "Rules",
            {
                "fields": (
                    ("lot_decimals", "price_decimals", "cost_decimals"),
                    ("order_min", "cost_min", "tick_size"),
                    _OVERRIDES,
                    _FEES,
                    "fee_tiers",
                    ("rules_as_of", "updated_at"),
                )
            },
        ),
        ("Kraken's names", {"fields": (("kraken_key", "altname", "wsname"), "status")}),
    )

    @admin.display(boolean=True, description="rules known", ordering="inferred")
    def is_known(self, pairing: Pairing) -> bool:
        """Mark an inferred pairing with a cross: nobody stated its rules."""
        return not pairing.inferred

    def get_readonly_fields(
        self, request: HttpRequest, obj: Pairing | None = None
    ) -> tuple[str, ...]:
        """Lock what a run relies on: snapshots refer to the symbol, tiers begin with the fee."""
        locked = (*_FROM_KRAKEN, "inferred", "rules_as_of", "updated_at")
        if obj is None:
            return locked
        return (*_IDENTITY, *locked, *(_FEES if obj.fee_tiers else ()))

    def has_delete_permission(self, request: HttpRequest, obj: Pairing | None = None) -> bool:
        # A replay would go on with inferred rules in silence; to leave a pairing out, disable it.
        return False

    def save_model(
        self,
        request: HttpRequest,
        obj: Pairing,
        form: ModelForm[Pairing],
        change: bool,  # noqa: FBT001 - Django's own signature
    ) -> None:
        if set(form.changed_data) - {"enabled", *_OVERRIDES}:
            obj.inferred = False  # somebody has stated its rules now
        super().save_model(request, obj, form, change)

    @admin.action(description="Enable selected pairings", permissions=["change"])
    def enable(self, request: HttpRequest, queryset: QuerySet[Pairing]) -> None:
        chosen = Pairing.objects.filter(pk__in=queryset.values("pk"))
        count, refused = chosen.tradable().update(enabled=True), chosen.not_tradable()
        self.message_user(request, f"{count} pairings are enabled.")
        if refused:
            names = ", ".join(f"{pairing} ({pairing.status})" for pairing in refused)
            self.message_user(
                request, f"Left as they were, for they are not online: {names}.", messages.WARNING
            )

    @admin.action(description="Disable selected pairings", permissions=["change"])
    def disable(self, request: HttpRequest, queryset: QuerySet[Pairing]) -> None:
        count = Pairing.objects.filter(pk__in=queryset.values("pk")).update(enabled=False)
        self.message_user(request, f"{count} pairings are disabled.")
