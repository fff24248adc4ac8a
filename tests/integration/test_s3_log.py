"""The prediction log in an object store, by the accounts and rights of our manifests."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa

from homestead.database.engine import open_database
from homestead.errors import UserError
from homestead.prediction_log.entries import LogLine
from homestead.prediction_log.parquet.log import ParquetLog
from homestead.prediction_log.parquet.retention import delete_hours_older_than
from homestead.prediction_log.read_window import read_window
from homestead.prediction_log.shipper import Shipper
from homestead.prediction_log.spool import Spool
from homestead.problem.schema import Problem
from homestead.steps.labels.add import add_label_table
from tests.certified import release
from tests.conftest import settings_at
from tests.factories import prediction_entry
from tests.s3_gateway import Gateway, s3_gateway
from tests.serving import FULL, Server, World, ask
from tests.unit.prediction_log.parquet.filled_log import logged_rows

ROOT = "s3://homestead/log"


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with s3_gateway(tmp_path_factory.mktemp("s3") / "data") as running:
        yield running


@pytest.fixture
def become(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Return a function that makes this process use the gateway as an account."""
    import s3fs

    def become(account: str) -> None:
        for name, value in gateway.environment(account).items():
            monkeypatch.setenv(name, value)
        s3fs.S3FileSystem.clear_instance_cache()

    return become


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[sa.Engine]:
    opened = open_database(f"sqlite:///{tmp_path}/log.db")
    yield opened
    opened.dispose()


def _spool(folder: Path, *lines: LogLine) -> Path:
    spool = Spool(folder)
    for line in lines:
        spool.append(line)
    spool.close()
    return folder


def _ship(folder: Path, engine: sa.Engine) -> str:
    shipper = Shipper(folder, engine, parquet_root=ROOT)
    shipper.ship()
    return shipper.error


def test_a_stopped_server_leaves_its_rows_to_drift_and_labels(
    tmp_path: Path,
    world: World,
    churn: Problem,
    become: Callable[[str], None],
) -> None:
    settings = settings_at(tmp_path / "home").model_copy(update={"log_uri": ROOT})
    release(settings, "churn", world.models["boosting"])
    become("log")
    server = Server(settings.home, HOMESTEAD_LOG_URI=ROOT)
    try:
        ids = [ask(server, FULL).json()["meta"]["tags"]["prediction_id"] for _ in range(30)]
    finally:
        server.stop_later()
        server.process.wait(120)
    assert not list((settings.home / "spool" / "churn").glob("*.jsonl"))

    become("drift")
    engine = open_database(settings.database_url)
    window = read_window(ParquetLog(engine, ROOT), "churn")
    assert window.rows == len(window.inputs) == 30
    assert set(window.inputs["satisfaction"]) == {7.5}

    become("reader")
    labels = tmp_path / "labels.csv"
    pd.DataFrame({"prediction_id": ids, "outcome": "left"}).to_csv(labels, index=False)
    assert add_label_table(churn, str(labels), settings, lambda _: None).joined == 30
    engine.dispose()


def test_a_write_that_is_repeated_doubles_nothing(
    tmp_path: Path, engine: sa.Engine, gateway: Gateway, become: Callable[[str], None]
) -> None:
    entries = [prediction_entry(f"p{number}", 1.0, 2.0) for number in range(50)]
    spool = _spool(tmp_path / "spool", *entries)
    copy = shutil.copytree(spool, tmp_path / "copy")
    become("log")
    assert _ship(spool, engine) == ""
    written = gateway.objects("log/predictions/problem=homes")
    # As if the server had been killed between the object and the end of its segment.
    assert _ship(copy, engine) == ""
    assert gateway.objects("log/predictions/problem=homes") == written
    assert len(written) == 1
    become("reader")
    assert len(logged_rows(ParquetLog(engine, ROOT))) == 100


def test_each_account_may_do_its_part_alone(
    tmp_path: Path, engine: sa.Engine, gateway: Gateway, become: Callable[[str], None]
) -> None:
    old = prediction_entry("old", 1.0)
    old.problem = "rights"
    spool = _spool(tmp_path / "spool", old)
    for stranger in ("reader", "drift", "retention"):
        become(stranger)
        assert _ship(spool, engine), f"{stranger} wrote into the log"
    # The rows wait for an account that may write.
    assert list(spool.glob("*.jsonl"))
    become("log")
    assert _ship(spool, engine) == ""
    assert not list(spool.glob("*.jsonl"))
    with pytest.raises(UserError, match="needs the right to delete objects"):
        delete_hours_older_than(ROOT, "rights", days=1)
    assert gateway.objects("log/predictions/problem=rights")
    become("retention")
    assert delete_hours_older_than(ROOT, "rights", days=1) == 1
    assert not gateway.objects("log/predictions/problem=rights")
