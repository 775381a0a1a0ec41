"""The source of a request, as limits count it and emails name it."""

import ipaddress

from allauth.account.adapter import get_adapter
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

IPV6_PREFIX = 64  # a subscriber's allocation: any address in it may be theirs


def address_of(request: HttpRequest) -> str:
    """The client's address behind the trusted proxies; “unknown” where there is none."""
    try:
        return str(get_adapter(request).get_client_ip(request))
    except PermissionDenied:
        return "unknown"


def network_of(request: HttpRequest) -> str:
    """The source that limits count: an IPv4 address, or the /64 network of an IPv6 address."""
    address = address_of(request)
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.IPv6Network((parsed, IPV6_PREFIX), strict=False))
    return str(parsed)
