"""Client in a pod of its own: keep-alive connections that send the same bodies again and again.

Uses only the standard library. Options in ``/e2e/plan.json``: host, path, seconds, connections,
pause (seconds between two requests of a connection), prefix (of the request ids), bodies, and
optionally requests (their number) and patient. It ends earlier once there is ``/stop/now``. Prints
one line of JSON: the ids of the requests that were answered with 200, the last answers, and the
number of errors by kind.
"""

import collections
import http.client
import json
import pathlib
import sys
import threading
import time
from typing import Any

PLAN = json.loads(pathlib.Path("/e2e/plan.json").read_text())
STOP = pathlib.Path("/stop/now")
LOCK = threading.Lock()
answered: list[str] = []
answers: collections.deque[Any] = collections.deque(maxlen=10)
errors: collections.Counter[str] = collections.Counter()


def send(connection: http.client.HTTPConnection, request_id: str, body: dict[str, Any]) -> None:
    """Send one request; a patient client retries when the server says so (503, Retry-After)."""
    text = json.dumps({**body, "meta": {"puid": request_id}})
    for _ in range(20):
        connection.request("POST", PLAN["path"], text, {"Content-Type": "application/json"})
        response = connection.getresponse()
        content = response.read()
        if response.status != 503 or not PLAN.get("patient"):
            break
        time.sleep(0.5)
    with LOCK:
        if response.status == 200:
            answered.append(request_id)
            answers.append(json.loads(content))
        else:
            errors[f"{response.status} {content[:100].decode()}"] += 1


def run(thread_number: int) -> None:
    """Send requests on one connection until the time or the number of requests is used up."""
    end = time.monotonic() + PLAN["seconds"]
    limit = PLAN.get("requests", 10**9)
    connection = http.client.HTTPConnection(PLAN["host"], timeout=10)
    number = thread_number
    while time.monotonic() < end and number < limit and not STOP.exists():
        request_id = f"{PLAN['prefix']}-{number}"
        try:
            send(connection, request_id, PLAN["bodies"][number % len(PLAN["bodies"])])
        except (OSError, http.client.HTTPException) as error:
            with LOCK:
                errors[type(error).__name__] += 1
            connection.close()
            time.sleep(0.2)
        number += PLAN["connections"]
        time.sleep(PLAN["pause"])
    connection.close()


threads = [threading.Thread(target=run, args=(n,)) for n in range(PLAN["connections"])]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
result = {"answered": answered, "answers": list(answers), "errors": errors}
sys.stdout.write("RESULT " + json.dumps(result) + "\n")
