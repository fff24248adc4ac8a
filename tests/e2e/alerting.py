"""Program for a pod of retraining: serves the webhook and sends it one alert, twice, in a group."""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request

os.environ["HOMESTEAD_ALERTS_TOKEN"] = TOKEN = "end-to-end"  # noqa: S105
PORT = 9003
ALERT = {
    "labels": {"alertname": "HomesteadDrift", "model": "house_price"},
    "annotations": {"summary": "inputs drifted"},
    "startsAt": "2026-11-27T10:00:00Z",
}
GROUP = {
    "status": "firing",
    "alerts": [
        {**ALERT, "status": "firing", "fingerprint": sys.argv[1]},
        {**ALERT, "status": "resolved", "fingerprint": "over"},
    ],
}


def send(token: str) -> int:
    request = urllib.request.Request(
        f"http://127.0.0.1:{PORT}/alerts",
        json.dumps(GROUP).encode(),
        {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code


server = subprocess.Popen([sys.executable, "-m", "homestead", "retrain", "serve"])
try:
    for _ in range(120):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{PORT}/healthz", timeout=5).close()
            break
        except OSError:
            time.sleep(1)
    sys.stdout.write(f"STATUSES {send('wrong')} {send(TOKEN)} {send(TOKEN)}\n")
finally:
    server.terminate()
    server.wait(60)
