import type { Knex } from 'knex';

/** Online features, how far each view has been materialized, and which models a new view was announced to. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table online_feature_views (
      -- Stands for the view's version in every row, in four bytes.
      id integer generated always as identity primary key,
      view text not null,
      version integer not null,
      -- Everything that was known before it is in the online store; null before the first materialization.
      watermark timestamptz,
      unique (view, version),
      foreign key (view, version) references feature_view_versions
    );
    insert into online_feature_views (view, version) select view, version from feature_view_versions;

    -- The latest value per entity. Without a foreign key, whose check of each row would cost as much as writing it; only
    -- a materialization writes here, and it holds the row of its view.
    create table online_features (
      view_id integer not null,
      entity_key text collate "C" not null check (octet_length(entity_key) <= 1024),
      event_time timestamptz not null,
      ingestion_time timestamptz not null,
      -- The values, in alphabetical order of the features' names.
      features json not null,
      primary key (view_id, entity_key)
    ) with (fillfactor = 85);

    -- The values before the latest, of views that keep them.
    create table online_feature_history (
      view_id integer not null,
      entity_key text collate "C" not null check (octet_length(entity_key) <= 1024),
      event_time timestamptz not null,
      ingestion_time timestamptz not null,
      features json not null,
      primary key (view_id, entity_key, event_time, ingestion_time)
    );
    create index online_feature_history_by_time on online_feature_history (view_id, event_time);

    create table feature_materializations (
      id uuid primary key,
      view text not null,
      version integer not null,
      kind text not null check (kind in ('incremental', 'backfill')),
      -- Of the times at which rows became known: from (null: from the first row on) up to, not at, to.
      known_from timestamptz,
      known_to timestamptz not null,
      row_count bigint not null check (row_count >= 0),
      statistics jsonb not null,
      workflow_id text not null,
      completed_at timestamptz not null default now(),
      check (known_from < known_to),
      foreign key (view, version) references feature_view_versions
    );
    create index feature_materializations_by_view on feature_materializations (view, version, completed_at desc);

    -- Which features of a prediction were looked up for which entities, and whether their values were fresh.
    alter table predictions add column looked_up jsonb;

    create table feature_announcements (
      view text not null,
      version integer not null,
      model text not null references models,
      -- The columns of the model's dataset that could be the entity's keys: key → column.
      keys jsonb not null,
      announced_at timestamptz not null default now(),
      -- When a retraining was started because the model's definition had come to use the view.
      answered_at timestamptz,
      primary key (view, version, model),
      foreign key (view, version) references feature_view_versions
    );
    create index feature_announcements_by_model on feature_announcements (model, announced_at desc);

    create function announce_features() returns trigger language plpgsql as $$
    begin
      perform pg_notify('tempered_features', new.view || '@' || new.version || ':' || new.model);
      return null;
    end $$;
    create trigger announce_features after insert on feature_announcements
      for each row execute function announce_features();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table feature_announcements, feature_materializations, online_feature_history, online_features,
      online_feature_views;
    alter table predictions drop column looked_up;
    drop function announce_features;
  `);
}
