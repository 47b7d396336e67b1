import json
from pathlib import Path

import sklearn
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType


def export_model(model, frame, trained_until, folder):
    """Write a fitted binary classifier and its manifest for `tempered models import`.

    frame holds a few rows of the features, its columns in the order of the training."""
    columns = list(frame.columns)
    onnx = to_onnx(
        model,
        initial_types=[("X", FloatTensorType([None, len(columns)]))],
        options={"zipmap": False},
    )
    scores = model.predict_proba(frame)[:, 1]
    manifest = {
        "model": "flight-delay",
        "file": "model.onnx",
        "framework": {"name": "scikit-learn", "version": sklearn.__version__},
        "trainedUntil": trained_until.isoformat() + "Z",
        "inputs": {"X": columns},
        "output": {"name": "probabilities", "column": 1},
        "samples": [
            {"inputs": row, "score": float(score)}
            for row, score in zip(frame.to_dict("records"), scores)
        ],
    }
    Path(folder, "model.onnx").write_bytes(onnx.SerializeToString())
    Path(folder, "manifest.json").write_text(json.dumps(manifest))
