"""A client in a pod of its own: keep-alive connections that send each body again and again.

Standard library only. Reads ``/e2e/plan.json``: host, path, seconds, connections, pause (seconds
between a connection's requests), prefix (of the request ids), bodies, patient. Prints one line of
JSON: the ids that were answered with 200, the last answers, and by kind what went wrong.
"""

import collections
import http.client
import json
import pathlib
import sys
import threading
import time

PLAN = json.loads(pathlib.Path("/e2e/plan.json").read_text())
FOUND: dict = {"answered": [], "answers": [], "wrong": collections.Counter()}
LOCK = threading.Lock()


def one(connection: http.client.HTTPConnection, number: str, body: dict) -> None:
    """Ask once; a patient client asks again where it is told to (503, Retry-After)."""
    text = json.dumps({**body, "meta": {"puid": number}})
    for _ in range(20):
        connection.request("POST", PLAN["path"], text, {"Content-Type": "application/json"})
        response = connection.getresponse()
        content = response.read()
        if response.status != 503 or not PLAN.get("patient"):
            break
        time.sleep(0.5)
    with LOCK:
        if response.status == 200:
            FOUND["answered"].append(number)
            FOUND["answers"] = [*FOUND["answers"][-9:], json.loads(content)]
        else:
            FOUND["wrong"][f"{response.status} {content[:100].decode()}"] += 1


def run(thread: int) -> None:
    end = time.monotonic() + PLAN["seconds"]
    limit = PLAN.get("requests", 10**9)
    connection = http.client.HTTPConnection(PLAN["host"], timeout=10)
    count = thread
    while time.monotonic() < end and count < limit:
        number = f"{PLAN['prefix']}-{count}"
        try:
            one(connection, number, PLAN["bodies"][count % len(PLAN["bodies"])])
        except (OSError, http.client.HTTPException) as error:
            with LOCK:
                FOUND["wrong"][type(error).__name__] += 1
            connection.close()
            time.sleep(0.2)
        count += PLAN["connections"]
        time.sleep(PLAN["pause"])
    connection.close()


threads = [threading.Thread(target=run, args=(n,)) for n in range(PLAN["connections"])]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
sys.stdout.write("RESULT " + json.dumps(FOUND) + "\n")
