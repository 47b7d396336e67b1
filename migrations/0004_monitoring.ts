import type { Knex } from 'knex';

/** What monitoring found in each window, and the retrainings it started. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table monitoring_windows (
      model text not null,
      version integer not null,
      window_from timestamptz not null,
      window_to timestamptz not null,
      status text not null check (status in ('stable', 'drifted', 'inconclusive')),
      report jsonb not null,
      created_at timestamptz not null default now(),
      primary key (model, version, window_from),
      check (window_from < window_to),
      foreign key (model, version) references model_versions
    );

    create table retrainings (
      id uuid primary key,
      model text not null,
      champion_version integer not null,
      window_from timestamptz not null,
      window_to timestamptz not null,
      reason text not null,
      workflow_id text not null,
      created_at timestamptz not null default now(),
      -- A window that drifted starts at most one retraining.
      unique (model, champion_version, window_from),
      foreign key (model, champion_version, window_from) references monitoring_windows
    );
    create index retrainings_by_model on retrainings (model, window_to desc);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table retrainings, monitoring_windows');
}
