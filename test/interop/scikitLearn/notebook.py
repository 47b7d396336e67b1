"""What a notebook does: notebook.py FLIGHTS FOLDER trains scikit-learn's models on the first flights of 2001, and leaves each
in a folder of its own beneath FOLDER, ready for import. Takes export_model from PYTHONPATH."""

import sys
from pathlib import Path

import pyarrow.dataset as ds
from export_model import export_model
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

flights, folder = sys.argv[1], Path(sys.argv[2])
columns = ["hour", "distance"]

frame = ds.dataset(flights).head(20_000).to_pandas()
frame = frame.sort_values(["date", "origin", "destination", "distance"])
frame["hour"] = frame["date"].dt.hour
features, late = frame[columns], frame["delay"] > 15
rows, trained_until = features.head(50), frame["date"].max()

models = {
    "logistic": make_pipeline(StandardScaler(), LogisticRegression()),
    "boosted": GradientBoostingClassifier(n_estimators=30, random_state=17),
}
for name, model in models.items():
    model.fit(features, late)
    (folder / name).mkdir()
    export_model(model, rows, trained_until, folder / name)

# The same with the exporter's defaults, by which probabilities are maps.
(folder / "mapped").mkdir()
export_model(models["logistic"], rows, trained_until, folder / "mapped")
matrix = [("X", FloatTensorType([None, len(columns)]))]
mapped = to_onnx(models["logistic"], initial_types=matrix)
(folder / "mapped" / "model.onnx").write_bytes(mapped.SerializeToString())
