"""Joins a folder's features.parquet onto its entities.parquet with Feast, once for each line that it reads.

Each line names the Parquet file to write; it answers with a line of its own: the seconds that the join took.
"""

import os
import sys
import time
from datetime import timedelta

import pandas as pd
import pyarrow.parquet as pq
from feast import Entity, FeatureStore, FeatureView, Field, RepoConfig, ValueType
from feast.infra.offline_stores.duckdb import DuckDBOfflineStoreConfig
from feast.infra.offline_stores.file_source import FileSource
from feast.types import Float64

directory, ttl_hours, features = sys.argv[1], float(sys.argv[2]), sys.argv[3].split(",")

store = FeatureStore(
    config=RepoConfig(
        project="bench",
        provider="local",
        registry=os.path.join(directory, "registry.db"),
        online_store=None,
        offline_store=DuckDBOfflineStoreConfig(),
        entity_key_serialization_version=3,
    )
)
driver = Entity(name="driver", join_keys=["driver"], value_type=ValueType.INT64)
view = FeatureView(
    name="drivers",
    entities=[driver],
    ttl=timedelta(hours=ttl_hours),
    schema=[Field(name=name, dtype=Float64) for name in features],
    source=FileSource(
        name="features",
        path=os.path.join(directory, "features.parquet"),
        timestamp_field="event_timestamp",
        created_timestamp_column="created",
    ),
    online=False,
)
store.apply([driver, view])
print("ready", flush=True)

for line in sys.stdin:
    started = time.perf_counter()
    entities = pd.read_parquet(os.path.join(directory, "entities.parquet"))
    job = store.get_historical_features(entity_df=entities, features=[f"drivers:{name}" for name in features])
    pq.write_table(job.to_arrow(), line.strip())
    print(time.perf_counter() - started, flush=True)
