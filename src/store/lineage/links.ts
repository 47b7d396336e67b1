/** Every way in which one recorded thing comes from another. The whole shape of lineage is this table. */
import type { LineageDirection, LineageKind } from '../../domain/lineage.js';

export interface LineageLink {
  from: LineageKind;
  to: LineageKind;
  /** What `from` is to `to`, in words said of `to`: it was "trained on" `from`. */
  relation: string;
  /** Selects the key columns of `from` as `up_…`, those of `to` as `down_…`, and when the link came to be as `at`. */
  sql: string;
  /** The one direction it is followed in; both where left out. */
  only?: LineageDirection;
}

export const lineageLinks: readonly LineageLink[] = [
  {
    from: 'source',
    to: 'dataset',
    relation: 'snapshot of',
    sql: `select manifest ->> 'source' as up_name, manifest ->> 'sourceSha256' as up_digest, id as down_digest,
      created_at as at from dataset_versions`,
  },
  // The source of a view's features. Downstream it leads by way of the view.
  {
    from: 'source',
    to: 'dataset',
    relation: 'features from',
    only: 'upstream',
    sql: `select joined ->> 'source' as up_name, joined ->> 'sourceSha256' as up_digest, id as down_digest,
        created_at as at
      from dataset_versions, jsonb_array_elements(manifest -> 'featureViews') as joined`,
  },
  // A manifest says which views were joined; by a view, datasets are found through the definitions that use it.
  {
    from: 'feature-view',
    to: 'dataset',
    relation: 'features of',
    only: 'upstream',
    sql: `select joined ->> 'view' as up_view, (joined ->> 'version')::integer as up_version, id as down_digest,
        created_at as at
      from dataset_versions, jsonb_array_elements(manifest -> 'featureViews') as joined`,
  },
  {
    from: 'feature-view',
    to: 'dataset',
    relation: 'features of',
    only: 'downstream',
    sql: `select view as up_view, version as up_version, training_dataset_id as down_digest, started_at as at
      from model_feature_views
      join runs on runs.definition_digest = model_feature_views.definition_digest
      join dataset_versions on dataset_versions.id = training_dataset_id
      where manifest -> 'featureViews' @> jsonb_build_array(jsonb_build_object('view', view, 'version', version))`,
  },
  {
    from: 'feature-view',
    to: 'definition',
    relation: 'uses',
    sql: `select view as up_view, version as up_version, definition_digest as down_digest, created_at as at
      from model_feature_views join model_definitions on digest = definition_digest`,
  },
  {
    from: 'definition',
    to: 'run',
    relation: 'defined by',
    sql: 'select definition_digest as up_digest, id as down_id, started_at as at from runs',
  },
  {
    from: 'dataset',
    to: 'run',
    relation: 'trained on',
    sql: 'select training_dataset_id as up_digest, id as down_id, started_at as at from runs',
  },
  {
    from: 'run',
    to: 'version',
    relation: 'made by',
    sql: 'select run_id as up_id, model as down_model, version as down_version, created_at as at from model_versions',
  },
  {
    from: 'version',
    to: 'validation',
    relation: 'candidate',
    sql: 'select model as up_model, version as up_version, id as down_id, created_at as at from validations',
  },
  {
    from: 'version',
    to: 'validation',
    relation: 'champion to beat',
    sql: `select model as up_model, champion_version as up_version, id as down_id, created_at as at
      from validations`,
  },
  {
    from: 'dataset',
    to: 'validation',
    relation: 'held out',
    sql: `select dataset_id as up_digest, id as down_id, created_at as at from validations
      union all select champion_dataset_id, id, created_at from validations`,
  },
  {
    from: 'validation',
    to: 'rollout',
    relation: 'permitted by',
    sql: 'select validation_id as up_id, id as down_id, started_at as at from rollouts',
  },
  {
    from: 'rollout',
    to: 'deployment',
    relation: 'stage of',
    sql: `select rollout_id as up_id, model as down_model, epoch as down_epoch, created_at as at
      from deployments where rollout_id is not null`,
  },
  {
    from: 'rollout',
    to: 'deployment',
    relation: 'champion promoted by',
    sql: `select champions.rollout_id as up_id, deployments.model as down_model, deployments.epoch as down_epoch,
        deployments.created_at as at
      from deployments
      join champions on champions.model = deployments.model and champions.version = deployments.champion_version
      where champions.rollout_id is not null`,
  },
  {
    from: 'version',
    to: 'deployment',
    relation: 'champion',
    sql: `select model as up_model, champion_version as up_version, model as down_model, epoch as down_epoch,
      created_at as at from deployments`,
  },
  {
    from: 'version',
    to: 'deployment',
    relation: 'challenger',
    sql: `select model as up_model, challenger_version as up_version, model as down_model, epoch as down_epoch,
      created_at as at from deployments where challenger_version is not null`,
  },
  {
    from: 'deployment',
    to: 'predictions',
    relation: 'answered under',
    sql: `select model as up_model, epoch as up_epoch, model as down_model, epoch as down_epoch, created_at as at
      from deployments`,
  },
  // Of a deployment's predictions only their number is told; of one prediction, everything.
  {
    from: 'deployment',
    to: 'prediction',
    relation: 'answered under',
    only: 'upstream',
    sql: `select model as up_model, epoch as up_epoch, id as down_id, recorded_at as at
      from predictions where epoch is not null`,
  },
  {
    from: 'version',
    to: 'prediction',
    relation: 'answered by',
    only: 'upstream',
    sql: `select model as up_model, version as up_version, id as down_id, recorded_at as at
      from predictions where version is not null`,
  },
  // An artifact is told with what it belongs to; its own lineage is for those who have nothing but its hash.
  {
    from: 'run',
    to: 'artifact',
    relation: 'made by',
    only: 'upstream',
    sql: `select run_id as up_id, artifact_sha256 as down_digest, started_at as at
      from run_artifacts join runs on runs.id = run_id`,
  },
  {
    from: 'dataset',
    to: 'artifact',
    relation: 'rows of',
    only: 'upstream',
    sql: 'select id as up_digest, parquet_sha256 as down_digest, created_at as at from dataset_versions',
  },
  {
    from: 'validation',
    to: 'artifact',
    relation: 'reference profile of',
    only: 'upstream',
    sql: 'select id as up_id, reference_profile_sha256 as down_digest, created_at as at from validations',
  },
  {
    from: 'artifact',
    to: 'version',
    relation: 'graph',
    only: 'downstream',
    sql: `select artifact_sha256 as up_digest, model as down_model, version as down_version, created_at as at
      from model_versions`,
  },
  {
    from: 'artifact',
    to: 'run',
    relation: 'trained on',
    only: 'downstream',
    sql: `select parquet_sha256 as up_digest, runs.id as down_id, started_at as at
      from dataset_versions join runs on training_dataset_id = dataset_versions.id`,
  },
];
