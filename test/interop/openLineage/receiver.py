"""An OpenLineage endpoint that takes an event only if OpenLineage's own classes can hold it.

Each event is taken apart into the client's generated classes, whose constructors know every property of the
specification, and put together again; what comes out must be what went in.
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from openlineage.client import event_v2, facet_v2
from openlineage.client.generated import tags_run
from openlineage.client.generated.base import EventType, RunFacet
from openlineage.client.serde import Serde

OWN = "tempered_"

FACETS = {
    "schema": facet_v2.schema_dataset.SchemaDatasetFacet,
    "dataSource": facet_v2.datasource_dataset.DatasourceDatasetFacet,
    "version": facet_v2.dataset_version_dataset.DatasetVersionDatasetFacet,
    "ownership": facet_v2.ownership_job.OwnershipJobFacet,
    "jobType": facet_v2.job_type_job.JobTypeJobFacet,
    "dataQualityMetrics": facet_v2.data_quality_metrics_input_dataset.DataQualityMetricsInputDatasetFacet,
    "dataQualityAssertions": facet_v2.data_quality_assertions_dataset.DataQualityAssertionsDatasetFacet,
    "outputStatistics": facet_v2.output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet,
    "parent": facet_v2.parent_run.ParentRunFacet,
    "errorMessage": facet_v2.error_message_run.ErrorMessageRunFacet,
    "processing_engine": facet_v2.processing_engine_run.ProcessingEngineRunFacet,
    "tags": tags_run.TagsRunFacet,
}
DOCUMENTATION = {
    "dataset": facet_v2.documentation_dataset.DocumentationDatasetFacet,
    "job": facet_v2.documentation_job.DocumentationJobFacet,
}
PARTS = {
    "fields": lambda values: [facet_v2.schema_dataset.SchemaDatasetFacetFields(**v) for v in values],
    "owners": lambda values: [facet_v2.ownership_job.Owner(**v) for v in values],
    "assertions": lambda values: [facet_v2.data_quality_assertions_dataset.Assertion(**v) for v in values],
    "columnMetrics": lambda values: {
        k: facet_v2.data_quality_metrics_input_dataset.ColumnMetrics(**v) for k, v in values.items()
    },
    "run": lambda value: facet_v2.parent_run.Run(**value),
    "job": lambda value: facet_v2.parent_run.Job(**value),
    "tags": lambda values: [tags_run.TagsRunFacetFields(**v) for v in values],
}


def facet(name, given, place):
    content = {k: v for k, v in given.items() if k not in ("_producer", "_schemaURL")}
    if name.startswith(OWN):
        made = RunFacet(producer=given["_producer"])
        known = made
    else:
        kind = DOCUMENTATION[place] if name == "documentation" else FACETS[name]
        parts = {k: PARTS[k](v) if k in PARTS else v for k, v in content.items()}
        made = known = kind(producer=given["_producer"], **parts)
    if known._schemaURL != given["_schemaURL"]:
        raise ValueError(f"{name} names the schema {given['_schemaURL']}, not {known._schemaURL}")
    return made


def facets(given, place):
    return {name: facet(name, value, place) for name, value in given.items()}


def dataset(kind, given):
    names = {"inputFacets", "outputFacets", "facets"}
    content = {k: facets(v, "dataset") if k in names else v for k, v in given.items()}
    return kind(**content)


def event(given):
    made = event_v2.RunEvent(
        eventType=EventType(given["eventType"]),
        eventTime=given["eventTime"],
        producer=given["producer"],
        run=event_v2.Run(runId=given["run"]["runId"], facets=facets(given["run"]["facets"], "run")),
        job=event_v2.Job(
            namespace=given["job"]["namespace"],
            name=given["job"]["name"],
            facets=facets(given["job"]["facets"], "job"),
        ),
        inputs=[dataset(event_v2.InputDataset, each) for each in given["inputs"]],
        outputs=[dataset(event_v2.OutputDataset, each) for each in given["outputs"]],
    )
    again = json.loads(Serde.to_json(made))
    if pruned(again) != pruned(given):
        raise ValueError(f"{pruned(given)} came out as {pruned(again)}")
    if made.schemaURL != given["schemaURL"]:
        raise ValueError(f"it names the schema {given['schemaURL']}")


def pruned(value):
    """Without what is empty, which the client leaves out, and without what only we understand."""
    if isinstance(value, dict):
        kept = {k: pruned(v) for k, v in value.items() if not k.startswith(OWN)}
        return {k: v for k, v in kept.items() if v not in (None, {}, [])}
    if isinstance(value, list):
        return [pruned(each) for each in value]
    return value


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        try:
            event(json.loads(body))
            status, answer = 201, b""
        except Exception as error:  # Whatever the client's classes complain of.
            status, answer = 422, f"{type(error).__name__}: {error}".encode()
        self.send_response(status)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *args):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
print(server.server_address[1], flush=True)
# Ends with its parent, which closes this process's input.
import threading

threading.Thread(target=lambda: (sys.stdin.read(), server.shutdown()), daemon=True).start()
server.serve_forever()
