"""Which network addresses an outgoing request may reach (RFC 6890 and the IANA special registries).

Pure Python: no Django, no network. `caretrack/settings.py` parses the operator's list with it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network

# On the internet IPv6 uses only the global unicast space (RFC 4291, section 2.4).
GLOBAL_UNICAST_V6 = ip_network("2000::/3")
# `is_global` of the standard library treats these as global, or differs between versions.
NEVER_PUBLIC = tuple(
    ip_network(network)
    for network in (
        "100.64.0.0/10",  # carrier-grade NAT, and the metadata service of one cloud
        "168.63.129.16/32",  # the platform service of one cloud, inside its public space
        "192.0.0.0/24",  # IETF protocol assignments, and the metadata service of one cloud
        "192.88.99.0/24",  # relays of 6to4
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
        "2001::/23",  # IETF protocol assignments, including Teredo, which embeds an IPv4 address
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4, which embeds an IPv4 address
        "3fff::/20",  # documentation
    )
)
HOST_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(\.(?!-)[a-z0-9_-]{1,63})*")


def is_public(address: str) -> bool:
    """Whether an address belongs to the public internet.

    Private, loopback, link-local, shared, multicast and reserved addresses do not. Neither do IPv6
    forms that embed an IPv4 address (mapped, compatible, NAT64, 6to4, Teredo): that address must be
    checked as IPv4.
    """
    parsed = ip_address(address)
    if parsed.version == 6 and parsed not in GLOBAL_UNICAST_V6:
        return False
    return parsed.is_global and not any(parsed in network for network in NEVER_PUBLIC)


@dataclass(frozen=True)
class AllowList:
    """Internal destinations that an operator permits."""

    names: frozenset[str] = field(default_factory=frozenset)
    networks: tuple[Network, ...] = ()

    @classmethod
    def parse(cls, entries: Iterable[str]) -> "AllowList":
        """Parse host names and networks. Raises ValueError for an entry that is neither."""
        names, networks = set(), []
        for entry in entries:
            text = entry.strip().lower().rstrip(".")
            try:
                networks.append(ip_network(text))
            except ValueError:
                if not HOST_NAME.fullmatch(text) or not re.search("[a-z]", text):
                    message = f"{entry!r} is neither a host name nor a network such as 10.2.0.0/16"
                    raise ValueError(message) from None
                names.add(text)
        return cls(frozenset(names), tuple(networks))

    def covers(self, host: str, address: str) -> bool:
        """Whether the list permits this address of this host."""
        parsed = ip_address(address)
        return host in self.names or any(parsed in network for network in self.networks)

    def may_cover(self, host: str) -> bool:
        """Whether the list could permit a host whose addresses are not known yet."""
        return host in self.names or bool(self.networks)
