"""Certificates made for a test."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PEM, NO_SECRET = serialization.Encoding.PEM, serialization.NoEncryption()


class Certificate:
    def __init__(self, folder: Path, name: str, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
        self.certificate, self.key = folder / f"{name}.pem", folder / f"{name}.key"
        self.certificate.write_bytes(certificate.public_bytes(PEM))
        self.key.touch(mode=0o600)
        self.key.write_bytes(key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, NO_SECRET))


class Authority:
    """A certificate authority; `certificate` is what its clients trust."""

    def __init__(self, folder: Path, name: str = "authority", ends: timedelta = timedelta(days=100)) -> None:
        self.folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        own = self._builder(self._name, self._key, ends)
        own = own.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        self.certificate = Certificate(folder, name, own.sign(self._key, hashes.SHA256()), self._key).certificate

    def _builder(self, name: x509.Name, key: ec.EllipticCurvePrivateKey, ends: timedelta) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=10))
            .not_valid_after(now + ends)
        )

    def issue(self, name: str, *hosts: str, ends: timedelta = timedelta(days=50)) -> Certificate:
        """Issues a certificate for a client or for a server with these names; expired when `ends` is negative."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = self._builder(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]), key, ends)
        if hosts:
            builder = builder.add_extension(x509.SubjectAlternativeName([_alternative(host) for host in hosts]), False)
        return Certificate(self.folder, name, builder.sign(self._key, hashes.SHA256()), key)


def _alternative(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
