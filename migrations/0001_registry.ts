import type { Knex } from 'knex';

/** Models and their definitions, artifacts, dataset versions, runs, model versions, validations. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create domain sha256 as text check (value ~ '^[0-9a-f]{64}$');

    create table model_definitions (
      digest sha256 primary key,
      model text not null check (model ~ '^[a-z][a-z0-9]*(-[a-z0-9]+)*$'),
      definition jsonb not null,
      created_at timestamptz not null default now(),
      unique (model, digest)
    );

    create table models (
      name text primary key,
      definition_digest sha256 not null,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      foreign key (name, definition_digest) references model_definitions (model, digest)
    );

    create table artifacts (
      sha256 sha256 primary key,
      bytes bigint not null check (bytes >= 0),
      kind text not null check (kind in ('dataset', 'model', 'reference-profile')),
      created_at timestamptz not null default now()
    );

    create table dataset_versions (
      id sha256 primary key,
      manifest jsonb not null,
      parquet_sha256 sha256 not null references artifacts,
      row_count bigint not null check (row_count >= 0),
      created_at timestamptz not null default now()
    );

    create table runs (
      id uuid primary key,
      model text not null references models,
      definition_digest sha256 not null references model_definitions,
      -- Invariant 3: no training on data without a version and lineage.
      training_dataset_id sha256 not null references dataset_versions,
      trainer text not null,
      params jsonb not null,
      seed bigint not null,
      permuted_labels boolean not null default false,
      status text not null check (status in ('running', 'succeeded', 'failed', 'cancelled')),
      environment jsonb,
      parity jsonb,
      error text,
      workflow_id text not null,
      started_at timestamptz not null default now(),
      ended_at timestamptz,
      check ((status = 'running') = (ended_at is null))
    );
    create index runs_by_model on runs (model, started_at desc);

    create table run_metrics (
      run_id uuid not null references runs,
      name text not null,
      step integer not null,
      value double precision not null,
      primary key (run_id, name, step)
    );

    create table model_versions (
      model text not null references models,
      version integer not null check (version > 0),
      kind text not null check (kind in ('baseline', 'trained')),
      run_id uuid not null unique references runs,
      definition_digest sha256 not null references model_definitions,
      artifact_sha256 sha256 not null references artifacts,
      signature jsonb not null,
      created_at timestamptz not null default now(),
      primary key (model, version),
      unique (model, version, kind)
    );

    create table validations (
      id uuid primary key,
      model text not null,
      version integer not null,
      champion_version integer not null,
      verdict text not null check (verdict in ('passed', 'failed', 'inconclusive')),
      report jsonb not null,
      dataset_id sha256 not null references dataset_versions,
      champion_dataset_id sha256 not null references dataset_versions,
      reference_profile_sha256 sha256 not null references artifacts,
      created_at timestamptz not null default now(),
      foreign key (model, version) references model_versions,
      foreign key (model, champion_version) references model_versions,
      unique (id, model, version, champion_version, verdict)
    );
    create index validations_by_version on validations (model, version, created_at desc);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table validations, model_versions, run_metrics, runs, dataset_versions, artifacts, models, model_definitions;
    drop domain sha256;
  `);
}
