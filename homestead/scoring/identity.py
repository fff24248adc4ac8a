"""What a rerun takes over from a job's first run: its time, and the secret of its log's ids."""

import os
import time

import msgspec

from homestead.scoring.parts.store import PartStore

_SECRET_BYTES = 16


class JobIdentity(msgspec.Struct):
    """What a rerun takes over: the job's time, and what the ids of its log are made from."""

    started_at: float
    secret: str


def identity_name(job: str) -> str:
    """Return the name of the file that keeps it."""
    return f"_job-{job}.json"


def identity_of(store: PartStore, job: str) -> JobIdentity:
    """Return the job's time and secret, made by its first run."""
    name = identity_name(job)
    if name not in store.names():
        made = JobIdentity(time.time(), os.urandom(_SECRET_BYTES).hex())
        store.write(name, msgspec.json.encode(made))
    return msgspec.json.decode(store.read(name), type=JobIdentity)
