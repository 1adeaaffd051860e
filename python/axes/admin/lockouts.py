"""The page of those who are locked out now, and the way to let them in again."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import SEARCH_VAR, ChangeList
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from axes._axes import Lockout, locks_out
from axes.admin.reason import ReasonForm
from axes.admin.words import described, refused, time_left, whom
from axes.clock import moment
from axes.conf import engine
from axes.exceptions import AxesStoreError
from axes.handlers.proxy import AxesProxyHandler
from axes.models import Tally

# The button in a row, which unlocks nothing else.
ROW_BUTTON = "unlock_one"
# What Django heads the column of checkboxes with; since 5.2 it does so elsewhere.
SELECT_ALL = getattr(admin.ModelAdmin.action_checkbox, "short_description", "")
# How many are unlocked with one reason at most.
MOST_AT_ONCE = 300
# No list has that many pages.
MOST_PAGES = 10**9


class LockoutList(ChangeList):
    """A list of what the handler says, in the dress of Django's lists."""

    def get_queryset(self, request: HttpRequest, *args: Any, **kwargs: Any) -> QuerySet[Any]:
        return super().get_queryset(request, *args, **kwargs).none()

    def get_results(self, request: HttpRequest) -> None:
        if not 1 <= self.page_num <= MOST_PAGES:
            raise IncorrectLookupParameters
        start = (self.page_num - 1) * self.list_per_page
        try:
            lockouts, total = AxesProxyHandler.lockouts(
                search=self.query, start=start, stop=start + self.list_per_page
            )
        except AxesStoreError as error:
            messages.error(request, str(_("Nobody can tell who is locked out: %s") % error))
            lockouts, total = [], 0
        self.paginator = Paginator(range(total), self.list_per_page)
        if self.page_num > self.paginator.num_pages:
            raise IncorrectLookupParameters
        self.result_list = [row_of(lockout) for lockout in lockouts]
        self.result_count = total
        self.full_result_count = None if self.query else total
        self.show_full_result_count = False
        self.show_admin_actions = True
        self.can_show_all = False
        self.multi_page = total > self.list_per_page


class LockoutAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Who is locked out under the policy as it is now, and why.

    Whoever may view attempts may look, and whoever may delete them may unlock: that is what lifting
    a lockout does.
    """

    list_display = ("locked_out", "failed_logins", "limit", "since", "until")
    list_display_links = None
    search_fields = ("username", "network")
    search_help_text = _("A username or an address, or a part of one")
    list_per_page = 100
    show_full_result_count = False
    actions = ["unlock"]

    class Media:
        css = {"all": ["axes/admin.css"]}

    # What may be done here.

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return has_permission(request, "view") or has_permission(request, "change")

    def has_unlock_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request) and has_permission(request, "delete")

    # The list.

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.changelist_view)
        return [path("", view, name=f"{self.opts.app_label}_{self.opts.model_name}_changelist")]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[LockoutList]:
        return LockoutList

    def get_list_display(self, request: HttpRequest) -> tuple[Any, ...]:
        columns = tuple(super().get_list_display(request))
        return (*columns, "unlock_button") if self.has_unlock_permission(request) else columns

    @admin.display(description=SELECT_ALL)
    def action_checkbox(self, obj: Any) -> SafeString:
        attributes = {"class": "action-select", "aria-label": obj.shown}
        checkbox = forms.CheckboxInput(attributes, check_test=lambda _value: False)
        return checkbox.render(ACTION_CHECKBOX_NAME, obj.pk)

    @admin.display(description=_("Locked Out"))
    def locked_out(self, tally: Any) -> str:
        lines = ((line,) for line in described(tally.lockout))
        return format_html_join("", '<div class="axes-value">{}</div>', lines)

    @admin.display(description=_("Failed Logins"))
    def failed_logins(self, tally: Any) -> int:
        return int(tally.lockout.failures)

    @admin.display(description=_("Failure limit"))
    def limit(self, tally: Any) -> str:
        limit = tally.lockout.limit
        return str(_("set by code")) if limit is None else str(limit)

    @admin.display(description=_("Since"))
    def since(self, tally: Any) -> Any:
        return moment(tally.lockout.since)

    @admin.display(description=_("Until"))
    def until(self, tally: Any) -> str:
        lockout: Lockout = tally.lockout
        return format_html("{}{}", time_left(lockout.until), refused(lockout.refused_anyway))

    @admin.display(description="")
    def unlock_button(self, tally: Any) -> str:
        label = _("Unlock %(whom)s") % {"whom": tally.shown}
        button = (
            '<button type="submit" name="{}" value="{}" class="button" aria-label="{}">{}</button>'
        )
        return format_html(button, ROW_BUTTON, tally.pk, label, _("Unlock"))

    # The way in.

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if request.method == "POST":
            if not self.has_unlock_permission(request):
                raise PermissionDenied
            if ROW_BUTTON in request.POST:
                return self.ask(request, [request.POST[ROW_BUTTON]])
        context = {"title": _("Locked out now"), **(extra_context or {})}
        if not locks_out(engine()):
            context.setdefault("subtitle", _("The settings say that nobody is locked out."))
        return super().changelist_view(request, context)

    @admin.action(description=_("Unlock the selected"), permissions=["unlock"])
    def unlock(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse:
        scope_keys = request.POST.getlist(ACTION_CHECKBOX_NAME)
        if request.POST.get("select_across") == "1":
            search = request.GET.get(SEARCH_VAR, "")
            lockouts, _total = AxesProxyHandler.lockouts(search=search, stop=MOST_AT_ONCE)
            scope_keys = [lockout.scope_key for lockout in lockouts]
        return self.ask(request, scope_keys)

    def ask(self, request: HttpRequest, scope_keys: list[str]) -> HttpResponse:
        """Shows what will be unlocked and asks why; unlocks it once that is said."""
        try:
            lockouts = AxesProxyHandler.lockouts_of(scope_keys[:MOST_AT_ONCE])
        except ValueError as error:
            raise SuspiciousOperation(str(error)) from error
        if not lockouts:
            self.message_user(request, _("Nothing to unlock: it is over."), messages.WARNING)
            return HttpResponseRedirect(request.get_full_path())
        form = ReasonForm(request.POST if "reason" in request.POST else None)
        if form.is_valid():
            self.lift(request, lockouts, form.cleaned_data["reason"])
            return HttpResponseRedirect(request.get_full_path())
        context = {
            **self.admin_site.each_context(request),
            "title": _("Unlock"),
            "opts": self.opts,
            "rows": [row_of(lockout) for lockout in lockouts],
            "form": form,
            "media": self.media,
            "action_checkbox_name": ACTION_CHECKBOX_NAME,
        }
        request.current_app = self.admin_site.name
        template = f"admin/{self.opts.app_label}/{self.opts.model_name}/unlock_confirmation.html"
        return TemplateResponse(request, template, context)

    def lift(self, request: HttpRequest, lockouts: list[Lockout], reason: str) -> None:
        """Unlocks ``lockouts`` and notes who did it and why."""
        lifted = 0
        for lockout in lockouts:
            by = f"user {request.user.pk}"
            if AxesProxyHandler.unlock(lockout.scope_key, by=by, reason=reason):
                lifted += 1
                note(request, lockout, reason)
        text = ngettext("%(n)d lockout lifted.", "%(n)d lockouts lifted.", lifted)
        self.message_user(request, text % {"n": lifted}, messages.SUCCESS)


def has_permission(request: HttpRequest, action: str) -> bool:
    """Whether the user may do that with access attempts."""
    return bool(request.user.has_perm(f"axes.{action}_accessattempt"))


def row_of(lockout: Lockout) -> Tally:
    """What Django's list takes for a row."""
    row: Any = Tally(scope_key=lockout.scope_key, scope=lockout.scope, failures=lockout.failures)
    row.lockout = lockout
    row.shown = whom(lockout)
    return row  # type: ignore[no-any-return]


def note(request: HttpRequest, lockout: Lockout, reason: str) -> None:
    """Adds to the log of what is done in the admin site."""
    from django.contrib.admin.models import DELETION, LogEntry
    from django.contrib.contenttypes.models import ContentType

    user: Any = request.user
    LogEntry.objects.create(
        user_id=user.pk,
        content_type=ContentType.objects.get_for_model(Tally),
        object_id=lockout.scope_key,
        object_repr=whom(lockout)[:200],
        action_flag=DELETION,
        change_message=str(_("Unlocked: %(reason)s") % {"reason": reason}),
    )
