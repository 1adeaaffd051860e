"""Three ways to log in, and what one gets for it."""

from __future__ import annotations

from django.contrib.auth import authenticate, login
from django.urls import include, path
from rest_framework.authtoken.views import obtain_auth_token
from rest_framework.decorators import api_view, permission_classes
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import CharField, Serializer


class Login(Serializer):
    username = CharField()
    password = CharField(trim_whitespace=False)


@api_view(["POST"])
@permission_classes([AllowAny])
def session_login(request: Request) -> Response:
    """Logs in with a session, for scripts of the site's own pages."""
    sent = Login(data=request.data)
    sent.is_valid(raise_exception=True)
    user = authenticate(request, **sent.validated_data)
    if user is None:
        raise AuthenticationFailed
    login(request, user)
    return Response({"username": user.get_username()})


@api_view(["GET", "POST"])
def me(request: Request) -> Response:
    """Says who asks: with a password in every request (basic), a session or a token."""
    return Response({"username": request.user.get_username()})


urlpatterns = [
    path("login/", session_login),
    path("token/", obtain_auth_token),
    path("me/", me),
    path("pages/", include("rest_framework.urls")),
]
