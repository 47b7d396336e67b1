import { defineSearchAttributeKey } from '@temporalio/common';
import {
  defineQuery,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';

/** What a workflow answers to the `status` query and shows as its current details. */
export interface WorkflowStatus {
  workflow: string;
  /** What it is about: a model, or a feature view. */
  model: string | null;
  view: string | null;
  version: number | null;
  stage: string;
  detail: string;
  since: string;
}

export const statusQuery = defineQuery<WorkflowStatus>('status');

const modelAttribute = defineSearchAttributeKey('TemperedModel', 'KEYWORD');
const viewAttribute = defineSearchAttributeKey('TemperedFeatureView', 'KEYWORD');
const versionAttribute = defineSearchAttributeKey('TemperedVersion', 'KEYWORD');
const stageAttribute = defineSearchAttributeKey('TemperedStage', 'KEYWORD');

/** What a workflow is about, as its input names it. */
export type WorkflowSubject = { model: string } | { view: string };

/** Keeps query, current details and search attributes saying the same thing. */
export class StatusReporter {
  private status: WorkflowStatus;

  constructor(private readonly subject: WorkflowSubject) {
    this.status = {
      workflow: workflowInfo().workflowType,
      model: 'model' in subject ? subject.model : null,
      view: 'view' in subject ? subject.view : null,
      version: null,
      stage: 'starting',
      detail: '',
      since: new Date().toISOString(),
    };
    setHandler(statusQuery, () => this.status, {
      description:
        'Where this workflow stands: its model or feature view, version, stage and what it waits for',
    });
    upsertSearchAttributes([
      'model' in subject
        ? { key: modelAttribute, value: subject.model }
        : { key: viewAttribute, value: subject.view },
    ]);
  }

  /** Enters a stage. */
  enter(stage: string, detail: string): void {
    this.status = { ...this.status, stage, detail, since: new Date().toISOString() };
    upsertSearchAttributes([{ key: stageAttribute, value: stage }]);
    this.show();
  }

  /** Says more about the stage it is in. */
  describe(detail: string): void {
    if (detail === this.status.detail) return;
    this.status = { ...this.status, detail };
    this.show();
  }

  /** Names the version that this is about. */
  setVersion(version: number): void {
    this.status = { ...this.status, version };
    upsertSearchAttributes([{ key: versionAttribute, value: String(version) }]);
    this.show();
  }

  private show(): void {
    const { version, stage, detail } = this.status;
    const name = 'model' in this.subject ? this.subject.model : this.subject.view;
    setCurrentDetails(
      `**${name}${version === null ? '' : ` version ${String(version)}`}** — ${stage}\n\n${detail}`,
    );
  }
}
