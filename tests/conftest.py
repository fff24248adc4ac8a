"""Shared fixtures: the small second problem, settings of one test, and servers of Debian."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import psycopg
import pytest

from homestead.cli.demo.server import free_port
from homestead.database.engine import open_engine
from homestead.database.migrations.upgrade import upgrade
from homestead.problem.loader import load_problem
from homestead.problem.schema import Problem
from homestead.setting_values import sqlite_url
from homestead.settings import Settings

if TYPE_CHECKING:
    from tests.components import TrainedHome

os.environ["DO_NOT_TRACK"] = "1"
os.environ.setdefault("OMP_NUM_THREADS", "1")
# Other tests keep each core busy, so that a worker at idle priority could wait for minutes.
os.environ.setdefault("HOMESTEAD_WORKER_PRIORITY", "normal")
# nohup and some runners ignore it, and so would each process that a test starts.
signal.signal(signal.SIGHUP, signal.SIG_DFL)
# In URLs these characters mean something else, or another character.
ODD_NAME = "a home %25 %20?#é'+&;"
CHURN = Path(__file__).parent / "problems" / "churn.yaml"


@pytest.fixture(scope="session")
def churn() -> Problem:
    """Load the small classification problem."""
    return load_problem(CHURN)


@pytest.fixture(scope="session")
def trained_home(tmp_path_factory: pytest.TempPathFactory, churn: Problem) -> "TrainedHome":
    """Return a home in which each component's function has run once."""
    from tests.components import TrainedHome

    return TrainedHome(tmp_path_factory.mktemp("components"), churn)


def settings_at(home: Path) -> Settings:
    """Return embedded settings below a folder."""
    return Settings(
        home=home,
        tracking_uri=sqlite_url(home / "mlflow.db"),
        database_url=sqlite_url(home / "homestead.db"),
        redis_connection="",
        feast_registry=sqlite_url(home / "feast" / "registry.db"),
    )


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Return embedded settings of one test."""
    return settings_at(tmp_path / "home")


@pytest.fixture(scope="session")
def program() -> Callable[[str, str], str]:
    """Return a function that finds a program; without it a test is skipped, and fails in CI."""
    # Debian installs PostgreSQL's programs outside the PATH.
    postgresql_folders = sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin")), reverse=True)
    folders = os.pathsep.join([os.environ.get("PATH", os.defpath), *postgresql_folders])

    def find(name: str, package: str) -> str:
        path = shutil.which(name, path=folders)
        if path is None:
            message = f"needs {name}: apt-get install {package}"
            if os.environ.get("CI") == "true":
                pytest.fail(message)
            pytest.skip(message)
        return path

    return find


class Redis:
    """A Redis server on this machine that keeps nothing on disk."""

    def __init__(self, path: str, folder: Path, *options: str) -> None:
        self.address = f"127.0.0.1:{free_port()}"
        self._command = [
            *(path, "--port", self.address.rpartition(":")[2], "--bind", "127.0.0.1"),
            *("--save", "", "--dir", str(folder), "--daemonize", "no"),
            *options,
        ]
        self.start()

    def start(self) -> None:
        """Start the server and wait until it listens."""
        self.process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)
        host, _, port = self.address.rpartition(":")
        for _ in range(200):
            try:
                socket.create_connection((host, int(port)), 1).close()
                return
            except OSError:
                time.sleep(0.02)
        raise AssertionError("redis-server does not listen")

    def stop(self) -> None:
        """Stop the server; its data is lost."""
        self.process.kill()
        self.process.wait()


@pytest.fixture(scope="module")
def redis_server(
    program: Callable[[str, str], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Redis]:
    """Start a Redis server for one test module."""
    server = Redis(program("redis-server", "redis-server"), tmp_path_factory.mktemp("redis"))
    yield server
    server.stop()


@pytest.fixture(scope="module")
def redis(redis_server: Redis) -> str:
    """Return the address of the module's Redis server."""
    return redis_server.address


class PostgreSQL:
    """A PostgreSQL server on this machine, with a data folder of its own."""

    def __init__(self, initdb: str, postgres: str) -> None:
        self.port = free_port()
        # Not pytest's folder, which only its owner may enter: PostgreSQL refuses to run as root.
        folder = tempfile.mkdtemp(prefix="postgresql-")
        user: dict[str, Any] = {}
        if os.geteuid() == 0:
            shutil.chown(folder, "nobody", "nogroup")
            user = {"user": "nobody", "group": "nogroup", "extra_groups": []}
        self._folder = folder
        subprocess.run(
            [
                *(initdb, "--pgdata", f"{folder}/data", "--username", "homestead"),
                *("--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--no-sync"),
            ],
            stdout=subprocess.DEVNULL,
            check=True,
            cwd="/",
            **user,
        )
        # Without vacuum the rows of a table keep the order of their insertion.
        settings = ("fsync=off", "autovacuum=off", "listen_addresses=127.0.0.1")
        self.process = subprocess.Popen(
            [
                *(postgres, "-D", f"{folder}/data", "-k", folder, "-p", str(self.port)),
                *(part for setting in settings for part in ("-c", setting)),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            **user,
        )
        for _ in range(600):
            try:
                psycopg.connect(self._address("postgres")).close()
                return
            except psycopg.OperationalError:
                time.sleep(0.05)
        raise AssertionError("postgres does not listen")

    def _address(self, database: str) -> str:
        return f"postgresql://homestead@127.0.0.1:{self.port}/{database}"

    def new_database(self) -> str:
        """Create an empty database and return its SQLAlchemy URL."""
        name = f"log_{uuid4().hex}"
        with psycopg.connect(self._address("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self._address(name).replace("://", "+psycopg://")

    def migrated_database(self) -> str:
        """Create a database with our tables and return its URL for SQLAlchemy."""
        url = self.new_database()
        engine = open_engine(url)
        upgrade(engine)
        engine.dispose()
        return url

    def stop(self) -> None:
        """Stop the server at once; its data is lost."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait()
        shutil.rmtree(self._folder)


@pytest.fixture(scope="session")
def postgresql(program: Callable[[str, str], str]) -> Iterator[PostgreSQL]:
    """Start a PostgreSQL server for the session."""
    server = PostgreSQL(program("initdb", "postgresql"), program("postgres", "postgresql"))
    yield server
    server.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return a database with our tables: a sqlite file that gets them on opening, PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'log.db'}"
    server: PostgreSQL = request.getfixturevalue("postgresql")
    return server.migrated_database()
