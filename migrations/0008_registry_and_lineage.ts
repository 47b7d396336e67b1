import type { Knex } from 'knex';

/** Tables whose rows lineage and audit rest on, by what may still happen to a row. */
const neverChanged = [
  'model_definitions',
  'dataset_versions',
  'run_artifacts',
  'model_aliases',
  'predictions',
  'outcomes',
  'monitoring_windows',
  'retrainings',
];
const neverRemoved = ['models', 'runs', 'run_metrics', 'rollouts', 'api_keys'];
/** Made append-only by 0002, which left truncation open. */
const appendOnlyBefore = ['deployments', 'rollout_decisions', 'validations', 'champions', 'model_versions'];

/**
 * The registry's second half: what runs cost and made, tags, aliases, soft deletion; what served at any past moment;
 * the outbox of OpenLineage events; and that nothing lineage or audit needs can be removed.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table runs
      add cpu_seconds double precision check (cpu_seconds >= 0),
      add gpu_seconds double precision check (gpu_seconds >= 0),
      add tags jsonb not null default '{}' check (jsonb_typeof(tags) = 'object'),
      add deleted_at timestamptz,
      add deleted_by text,
      add constraint only_ended_runs_are_deleted check (deleted_at is null or status <> 'running'),
      add constraint runs_are_deleted_by_someone check ((deleted_at is null) = (deleted_by is null));
    create index runs_by_start on runs (started_at desc, id);
    create index runs_by_dataset on runs (training_dataset_id);
    create index runs_by_definition on runs (definition_digest);
    create index runs_by_tags on runs using gin (tags jsonb_path_ops);

    create table run_artifacts (
      run_id uuid not null references runs,
      name text not null,
      artifact_sha256 sha256 not null references artifacts,
      primary key (run_id, name)
    );
    create index run_artifacts_by_artifact on run_artifacts (artifact_sha256);
    insert into run_artifacts (run_id, name, artifact_sha256)
      select run_id, 'model', artifact_sha256 from model_versions;

    alter table models
      add deleted_at timestamptz,
      add deleted_by text,
      add constraint models_are_deleted_by_someone check ((deleted_at is null) = (deleted_by is null));

    -- Each row is a move of an alias; the newest one holds. "champion" and "challenger" follow from deployments.
    create table model_aliases (
      model text not null references models,
      alias text not null check (
        alias ~ '^[a-z][a-z0-9]*(-[a-z0-9]+)*$' and alias !~ '^v[0-9]+$' and alias not in ('champion', 'challenger')),
      sequence integer not null check (sequence > 0),
      -- Null: the alias names nothing from here on.
      version integer,
      actor text not null,
      reason text not null,
      set_at timestamptz not null default clock_timestamp(),
      primary key (model, alias, sequence),
      foreign key (model, version) references model_versions
    );

    -- Epochs of a model are numbered under a lock. The moment is taken there too, so that it rises with the epoch:
    -- now() is the transaction's beginning, which may lie before the epoch that this one waited for. In milliseconds, as
    -- everyone who reads it has it, so that an epoch serves at the very moment it says.
    alter table deployments alter created_at set default date_trunc('milliseconds', clock_timestamp());
    create index deployments_by_time on deployments (model, created_at desc, epoch desc);

    -- What lineage is asked by, against the direction of the foreign keys.
    create index deployments_by_champion on deployments (model, champion_version, epoch);
    create index deployments_by_challenger on deployments (model, challenger_version, epoch);
    create index model_versions_by_artifact on model_versions (artifact_sha256);
    create index dataset_versions_by_artifact on dataset_versions (parquet_sha256);
    create index dataset_versions_by_source on dataset_versions ((manifest ->> 'source'), (manifest ->> 'sourceSha256'));
    create index validations_by_dataset on validations (dataset_id);
    create index validations_by_champion_dataset on validations (champion_dataset_id);
    create index validations_by_profile on validations (reference_profile_sha256);
    create index rollouts_by_validation on rollouts (validation_id);
  `);
  await knex.raw(runsKeepTheirLineage);
  for (const table of neverChanged) await refuse(knex, table, 'update or delete');
  for (const table of neverRemoved) await refuse(knex, table, 'delete');
  for (const table of [...neverChanged, ...neverRemoved, ...appendOnlyBefore]) {
    await knex.raw(
      `create trigger is_never_emptied before truncate on ${table} for each statement execute function refuse_change()`,
    );
  }
  await knex.raw(outbox);
}

async function refuse(knex: Knex, table: string, operations: string): Promise<void> {
  await knex.raw(
    `create trigger is_kept before ${operations} on ${table} for each row execute function refuse_change()`,
  );
}

const runsKeepTheirLineage = `
  create function keep_lineage_of_run() returns trigger language plpgsql as $$
  begin
    if (new.id, new.model, new.definition_digest, new.training_dataset_id, new.trainer, new.params, new.seed,
        new.permuted_labels, new.workflow_id, new.started_at)
      is distinct from
       (old.id, old.model, old.definition_digest, old.training_dataset_id, old.trainer, old.params, old.seed,
        old.permuted_labels, old.workflow_id, old.started_at) then
      raise exception 'what run % was given never changes', old.id using errcode = 'restrict_violation';
    end if;
    if old.status <> 'running' and
      (new.status, new.environment, new.parity, new.error, new.ended_at, new.cpu_seconds, new.gpu_seconds)
      is distinct from
      (old.status, old.environment, old.parity, old.error, old.ended_at, old.cpu_seconds, old.gpu_seconds) then
      raise exception 'run % has ended; its results never change', old.id using errcode = 'restrict_violation';
    end if;
    if new.deleted_at is not null and exists (select from model_versions where run_id = new.id) then
      raise exception 'run % made a model version, which needs it', new.id
        using errcode = 'restrict_violation', constraint = 'versions_need_their_runs';
    end if;
    return new;
  end $$;
  create trigger runs_keep_their_lineage before update on runs
    for each row execute function keep_lineage_of_run();

  create function refuse_version_of_deleted_run() returns trigger language plpgsql as $$
  begin
    -- The lock makes a deletion under way wait for this version, and see it.
    perform from runs where id = new.run_id and deleted_at is not null for share;
    if found then
      raise exception 'run % is deleted', new.run_id
        using errcode = 'restrict_violation', constraint = 'versions_need_their_runs';
    end if;
    return new;
  end $$;
  create trigger versions_need_their_runs before insert on model_versions
    for each row execute function refuse_version_of_deleted_run();
`;

const outbox = `
  -- What is still to be told to an OpenLineage endpoint. Triggers write it, so no state change can forget to, and none
  -- is told that did not happen. The event itself is made when it is sent, from rows that never change.
  create table openlineage_events (
    id bigint generated always as identity primary key,
    subject_kind text not null check (subject_kind in ('dataset', 'run', 'version', 'validation')),
    -- Id of the dataset version, run or validation; of a model version, the id of its run.
    subject text not null,
    event_type text not null check (event_type in ('START', 'COMPLETE', 'FAIL', 'ABORT')),
    occurred_at timestamptz not null default clock_timestamp(),
    attempts integer not null default 0,
    last_error text,
    delivered_at timestamptz,
    -- The endpoint said that it will never take this one.
    refused_at timestamptz,
    check (delivered_at is null or refused_at is null)
  );
  create index openlineage_events_pending on openlineage_events (id)
    where delivered_at is null and refused_at is null;
  create index openlineage_events_settled on openlineage_events (coalesce(delivered_at, refused_at))
    where delivered_at is not null or refused_at is not null;

  create function tell_of_run() returns trigger language plpgsql as $$
  begin
    if tg_op = 'INSERT' then
      insert into openlineage_events (subject_kind, subject, event_type) values ('run', new.id, 'START');
    end if;
    if new.status <> 'running' and (tg_op = 'INSERT' or old.status = 'running') then
      insert into openlineage_events (subject_kind, subject, event_type) values ('run', new.id,
        case new.status when 'succeeded' then 'COMPLETE' when 'failed' then 'FAIL' else 'ABORT' end);
    end if;
    return null;
  end $$;
  create trigger tells_openlineage after insert or update of status on runs
    for each row execute function tell_of_run();

  create function tell_of_dataset() returns trigger language plpgsql as $$
  begin
    insert into openlineage_events (subject_kind, subject, event_type)
      values ('dataset', new.id, 'START'), ('dataset', new.id, 'COMPLETE');
    return null;
  end $$;
  create trigger tells_openlineage after insert on dataset_versions
    for each row execute function tell_of_dataset();

  create function tell_of_version() returns trigger language plpgsql as $$
  begin
    insert into openlineage_events (subject_kind, subject, event_type)
      values ('version', new.run_id, 'START'), ('version', new.run_id, 'COMPLETE');
    return null;
  end $$;
  create trigger tells_openlineage after insert on model_versions
    for each row execute function tell_of_version();

  create function tell_of_validation() returns trigger language plpgsql as $$
  begin
    insert into openlineage_events (subject_kind, subject, event_type)
      values ('validation', new.id, 'START'), ('validation', new.id, 'COMPLETE');
    return null;
  end $$;
  create trigger tells_openlineage after insert on validations
    for each row execute function tell_of_validation();
`;

export async function down(knex: Knex): Promise<void> {
  for (const table of ['runs', 'dataset_versions', 'model_versions', 'validations']) {
    await knex.raw(`drop trigger tells_openlineage on ${table}`);
  }
  for (const table of [...neverChanged, ...neverRemoved]) await knex.raw(`drop trigger is_kept on ${table}`);
  for (const table of [...neverChanged, ...neverRemoved, ...appendOnlyBefore]) {
    await knex.raw(`drop trigger is_never_emptied on ${table}`);
  }
  await knex.raw(`
    drop trigger runs_keep_their_lineage on runs;
    drop trigger versions_need_their_runs on model_versions;
    drop function tell_of_run, tell_of_dataset, tell_of_version, tell_of_validation, keep_lineage_of_run,
      refuse_version_of_deleted_run;
    drop table openlineage_events, model_aliases, run_artifacts;
    drop index deployments_by_time, deployments_by_champion, deployments_by_challenger, model_versions_by_artifact,
      dataset_versions_by_artifact, dataset_versions_by_source, validations_by_dataset, validations_by_champion_dataset, validations_by_profile,
      rollouts_by_validation, runs_by_start, runs_by_dataset, runs_by_definition;
    alter table deployments alter created_at set default now();
    alter table models drop deleted_at, drop deleted_by;
    alter table runs drop cpu_seconds, drop gpu_seconds, drop tags, drop deleted_at, drop deleted_by;
  `);
}
