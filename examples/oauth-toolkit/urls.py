"""OAuth's own pages, and what one gets for a token."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.urls import include, path
from oauth2_provider.decorators import protected_resource


@protected_resource(scopes=["read"])
def me(request: HttpRequest) -> JsonResponse:
    """Says whose token it is."""
    return JsonResponse({"username": request.resource_owner.get_username()})


urlpatterns = [
    path("oauth/", include("oauth2_provider.urls", namespace="oauth2_provider")),
    path("me/", me),
]
