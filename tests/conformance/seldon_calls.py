"""Run in Seldon's environment: its client against a server. Prints JSON.

usage: seldon_calls.py HOST:PORT ROWS
"""

import json
import sys
from functools import partial
from typing import Any

import numpy as np
from seldon_core.seldon_client import SeldonClient
from seldon_core.utils import seldon_message_to_json


def main(address: str, rows: list[dict[str, Any]]) -> None:
    api = SeldonClient(gateway="ambassador", gateway_endpoint=address)
    # A gateway takes its prefix (/seldon/<namespace>/<deployment>) off; here there is none.
    predict = partial(api.predict, gateway_prefix="")
    wrapper = SeldonClient(microservice_endpoint=address)
    # As model inputs: the plan's position, the value, 0 or 1, years, the share.
    plans = ["basic", "plus", "pro"]
    matrix = np.array(
        [
            [
                plans.index(row["plan"]),
                row["satisfaction"],
                row["paperless"],
                row["months"] / 12,
                row["trouble"],
            ]
            for row in rows
            if row["satisfaction"] is not None
        ],
        dtype=float,
    )
    found: dict[str, Any] = {"matrix": matrix.tolist()}
    for kind in ("tensor", "ndarray"):
        found[f"api_{kind}"] = told(predict(data=matrix, payload_type=kind))
        found[f"wrapper_{kind}"] = told(
            wrapper.microservice(data=matrix, method="predict", payload_type=kind)
        )
    found["json"] = told(predict(json_data=rows))
    found["wrapper_json"] = told(wrapper.microservice(json_data=rows, method="predict"))
    found["refused"] = told(predict(json_data={**rows[0], "colour": "red"}))
    answered = predict(data=matrix[:1], payload_type="ndarray", client_return_type="proto")
    feedback = api.feedback(
        prediction_request=answered.request,
        prediction_response=answered.response,
        reward=1.0,
        gateway_prefix="",
    )
    found["feedback"] = told(feedback)
    asked = wrapper.microservice(data=matrix[:1], method="predict")
    found["wrapper_feedback"] = told(
        wrapper.microservice_feedback(asked.request, asked.response, 1.0)
    )
    print(json.dumps(found))  # noqa: T201


def told(answer: Any) -> dict[str, Any]:
    response = answer.response
    if response is not None and not isinstance(response, dict):
        response = seldon_message_to_json(response)
    return {"success": answer.success, "msg": answer.msg, "response": response}


if __name__ == "__main__":
    main(sys.argv[1], json.loads(sys.argv[2]))
