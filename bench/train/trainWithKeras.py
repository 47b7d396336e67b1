"""One training by Keras, as a data scientist would write it: trainWithKeras.py SNAPSHOT AIRPORTS THREADS JOB (all but the first
as JSON) prints its seconds and its losses as JSON."""

import json
import os
import sys
import time

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
import numpy as np
import pyarrow.parquet as pq
import keras
import tensorflow as tf

snapshot, airports, threads, job = sys.argv[1], *map(json.loads, sys.argv[2:])
tf.config.threading.set_intra_op_parallelism_threads(threads)
tf.config.threading.set_inter_op_parallelism_threads(threads)
keras.utils.set_random_seed(17)

table = pq.read_table(snapshot)
column = lambda name: table[name].to_numpy()
distance = column("distance").astype(np.float32)
distance = (distance - distance.mean()) / distance.std()
columns = np.concatenate(
    [
        distance[:, None],
        np.eye(24, dtype=np.float32)[column("hour").astype(np.int64)],
        np.eye(7, dtype=np.float32)[column("weekday").astype(np.int64) - 1],
    ],
    axis=1,
)
position = {name: i for i, name in enumerate(airports)}
places = {
    name: np.array([position[value] for value in table[name].to_pylist()], dtype=np.int32)
    for name in ("origin", "destination")
}
late = column("late").astype(np.float32)

inputs = [keras.Input((columns.shape[1],))] + [keras.Input((), dtype=tf.int32) for _ in places]
blocks = [inputs[0]]
for place, given in zip(places, inputs[1:]):
    blocks.append(keras.layers.Embedding(len(airports) + 1, job["embeddings"][place])(given))
values = keras.layers.Concatenate()(blocks)
for units in job["hiddenUnits"]:
    values = keras.layers.Dense(units, activation="relu")(values)
model = keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(values))
model.compile(keras.optimizers.Adam(job["learningRate"]), loss="binary_crossentropy")

started = time.perf_counter()
history = model.fit(
    [columns, *places.values()], late, batch_size=job["batchSize"], epochs=job["epochs"], shuffle=True, verbose=0
)
print(json.dumps({
    "fitSeconds": time.perf_counter() - started,
    "losses": history.history["loss"],
    "library": {"tensorflow": tf.__version__, "keras": keras.__version__},
}))
