"""FastAPI with a Pydantic body."""

import sys

import uvicorn
from fastapi import FastAPI
from onnx_file import Onnx
from pydantic import BaseModel

app = FastAPI()
model = Onnx()


class Request(BaseModel):
    rows: list[list[float]]


class Answer(BaseModel):
    prediction: list[float]


@app.post("/predict")
async def predict(request: Request) -> Answer:
    return Answer(prediction=model.predict(request.rows).tolist())


if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), log_level="warning", access_log=False)
