"""Redis as larger sites run it, on this machine: a cluster, Sentinels, TLS with a CA of its own."""

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import redis
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from homestead.cli.demo.server import free_port
from tests.conftest import Redis

PASSWORD = "p@ss,word"  # noqa: S105 - of servers that end with the test
QUOTED = "p%40ss%2Cword"
# What a server needs: reads, the slots, and ASKING for those that move.
READER_RIGHTS = ("-@all", "+@read", "+@connection", "+cluster|slots", "+command")


@dataclass(frozen=True)
class Certificates:
    """Files of a CA and of a server's certificate, which is valid for the name localhost only."""

    ca: Path
    certificate: Path
    key: Path

    @property
    def options(self) -> list[str]:
        """Return options of redis-server."""
        files = ("--tls-cert-file", str(self.certificate), "--tls-key-file", str(self.key))
        return [*files, "--tls-ca-cert-file", str(self.ca), "--tls-auth-clients", "no"]


def make_certificates(folder: Path) -> Certificates:
    """Write a CA and a certificate of localhost that it has signed."""
    ca_key, server_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    ca_name, name = (
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)]) for text in ("test CA", "redis")
    )
    now = datetime.now(UTC)

    def signed(subject: x509.Name, key: Any, *extensions: tuple[Any, bool]) -> x509.Certificate:
        identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key())
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(ca_name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(days=1))
        )
        for extension, critical in [*extensions, (identifier, False), (issuer, False)]:
            builder = builder.add_extension(extension, critical)
        return builder.sign(ca_key, hashes.SHA256())

    usage = dict.fromkeys(
        (
            *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment"),
            *("key_agreement", "encipher_only", "decipher_only"),
        ),
        False,
    )
    signs = x509.KeyUsage(key_cert_sign=True, crl_sign=True, **usage)
    ca = signed(ca_name, ca_key, (x509.BasicConstraints(True, None), True), (signs, True))
    hosts = x509.SubjectAlternativeName([x509.DNSName("localhost")])
    server = signed(name, server_key, (hosts, False))
    pem = serialization.Encoding.PEM
    files = Certificates(*(folder / file for file in ("ca.pem", "server.pem", "server.key")))
    files.ca.write_bytes(ca.public_bytes(pem))
    files.certificate.write_bytes(server.public_bytes(pem))
    files.key.write_bytes(
        server_key.private_bytes(
            pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return files


class ClusterNode(Redis):
    """A node with TLS, which also listens without it."""

    def __init__(self, path: str, folder: Path, certificates: Certificates) -> None:
        folder.mkdir()
        self.tls_port, self.bus_port = free_port(), free_port()
        super().__init__(
            path,
            folder,
            *("--cluster-enabled", "yes", "--cluster-port", str(self.bus_port)),
            # The others go on while one is away.
            *("--cluster-require-full-coverage", "no", "--cluster-node-timeout", "2000"),
            *("--tls-port", str(self.tls_port), "--tls-cluster", "yes", *certificates.options),
            *("--requirepass", PASSWORD, "--masterauth", PASSWORD),
        )

    @property
    def client(self) -> Any:
        """Return a client of this node alone, without TLS."""
        host, _, port = self.address.partition(":")
        return redis.Redis(host, int(port), password=PASSWORD)


@dataclass(frozen=True)
class Cluster:
    """A Redis Cluster of three masters, which name each other by addresses."""

    nodes: list[ClusterNode]
    certificates: Certificates

    def restart(self, number: int) -> None:
        """Start a node that was stopped, without its rows, and wait until all know of it."""
        self.nodes[number].start()
        wait_until(lambda: bool(self.nodes[number].client.ping()))
        self.allow_reader(number)
        self.wait_until_complete()

    def allow_reader(self, number: int) -> None:
        """Give a node the account ``reader``."""
        rights = (f">{PASSWORD}", "~*", *READER_RIGHTS)
        self.nodes[number].client.execute_command("ACL SETUSER", "reader", "on", *rights)

    def wait_until_complete(self) -> None:
        """Wait until each node knows that all slots are served."""
        wait_until(lambda: all(_knows_all(node.client) for node in self.nodes))

    def url(self, user: str = "", tls: bool = True, nodes: int = 3) -> str:
        """Return the address, with TLS that of names."""
        hosts = ",".join(
            f"localhost:{node.tls_port}" if tls else node.address for node in self.nodes[:nodes]
        )
        query = f"?ssl_ca_certs={self.certificates.ca}" if tls else ""
        return f"redis{'s' * tls}-cluster://{user}:{QUOTED}@{hosts}{query}"


@contextmanager
def running_cluster(program: Callable[[str, str], str], folder: Path) -> Iterator[Cluster]:
    """Run a cluster with a user ``reader``."""
    certificates = make_certificates(folder)
    path = program("redis-server", "redis-server")
    with ExitStack() as stack:
        nodes = []
        for number in range(3):
            nodes.append(ClusterNode(path, folder / str(number), certificates))
            stack.callback(nodes[-1].stop)
        for number, node in enumerate(nodes):
            slots = (number * 16_384 // 3, (number + 1) * 16_384 // 3 - 1)
            node.client.execute_command("CLUSTER ADDSLOTSRANGE", *slots)
            first = nodes[0]
            meet = ("127.0.0.1", first.address.partition(":")[2], first.bus_port)
            node.client.execute_command("CLUSTER MEET", *meet) if number else None
        cluster = Cluster(nodes, certificates)
        for number in range(3):
            cluster.allow_reader(number)
        cluster.wait_until_complete()
        yield cluster


def _knows_all(client: Any) -> bool:
    info = client.execute_command("CLUSTER INFO")
    return bool(info["cluster_state"] == "ok") and bool(info["cluster_slots_ok"] == "16384")


def wait_until(condition: Callable[[], bool], timeout_s: float = 20) -> None:
    """Wait until a condition holds; errors of a server that is not ready count as no."""
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            if condition():
                return
        except redis.RedisError:
            pass
        assert time.monotonic() < deadline, "it takes too long"
        time.sleep(0.05)


class TlsRedis(Redis):
    """A Redis server that listens with TLS only."""

    def start(self) -> None:
        """Start the server and wait until it listens."""
        if "--port" in self._command:
            self._command[self._command.index("--port")] = "--tls-port"
            self._command += ["--port", "0"]
        super().start()


@dataclass(frozen=True)
class SentinelService:
    """A master and its replica, which a Sentinel watches; all have TLS only."""

    master: Redis
    replica: Redis
    url: str


@contextmanager
def running_sentinel(program: Callable[[str, str], str], folder: Path) -> Iterator[SentinelService]:
    """Run a service ``main``."""
    certificates = make_certificates(folder)
    path = program("redis-server", "redis-server")
    tls = [*certificates.options, "--tls-replication", "yes"]
    login = ["--requirepass", PASSWORD, "--masterauth", PASSWORD]
    with ExitStack() as stack:
        servers: list[Redis] = []
        for number in range(2):
            (folder / str(number)).mkdir()
            more = ["--replicaof", *servers[0].address.split(":")] if number else []
            servers.append(TlsRedis(path, folder / str(number), *tls, *login, *more))
            stack.callback(servers[-1].stop)
        sentinel_port = free_port()
        file = folder / "sentinel.conf"
        lines = [
            *(f"tls-port {sentinel_port}", "port 0", "tls-replication yes", "bind 127.0.0.1"),
            *(f"tls-cert-file {certificates.certificate}", f"tls-key-file {certificates.key}"),
            *(f"tls-ca-cert-file {certificates.ca}", "tls-auth-clients no", f"dir {folder}"),
            f"sentinel monitor main {servers[0].address.replace(':', ' ')} 1",
            f'sentinel auth-pass main "{PASSWORD}"',
            *("sentinel down-after-milliseconds main 500", "sentinel failover-timeout main 2000"),
        ]
        file.write_text("\n".join(lines))
        process = subprocess.Popen([path, str(file), "--sentinel"], stdout=subprocess.DEVNULL)
        stack.callback(process.wait)
        stack.callback(process.kill)
        options: dict[str, Any] = {"ssl": True, "ssl_ca_certs": str(certificates.ca)}
        sentinel: Any = redis.Redis("localhost", sentinel_port, **options)
        wait_until(lambda: sentinel.sentinel_master("main")["num-slaves"] == 1)
        query = f"?ssl_ca_certs={certificates.ca}"
        url = f"rediss-sentinel://:{QUOTED}@localhost:{sentinel_port}/main{query}"
        yield SentinelService(servers[0], servers[1], url)
