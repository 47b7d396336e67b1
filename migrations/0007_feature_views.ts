import type { Knex } from 'knex';

/** Entities and feature views, each a list of versions that only grows, and which model definitions use which. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table entities (
      name text primary key check (name ~ '^[A-Za-z_][A-Za-z0-9_]*$'),
      created_at timestamptz not null default now()
    );

    create table entity_versions (
      entity text not null references entities,
      version integer not null check (version > 0),
      digest sha256 not null,
      definition jsonb not null,
      created_at timestamptz not null default now(),
      primary key (entity, version)
    );

    create table feature_views (
      name text primary key check (name ~ '^[a-z][a-z0-9]*(-[a-z0-9]+)*$'),
      created_at timestamptz not null default now()
    );

    create table feature_view_versions (
      view text not null references feature_views,
      version integer not null check (version > 0),
      digest sha256 not null,
      definition jsonb not null,
      entity text not null,
      entity_version integer not null,
      created_at timestamptz not null default now(),
      primary key (view, version),
      foreign key (entity, entity_version) references entity_versions
    );
    create index feature_view_versions_by_entity on feature_view_versions (entity, entity_version);

    create table model_feature_views (
      definition_digest sha256 not null references model_definitions,
      view text not null,
      version integer not null,
      primary key (definition_digest, view, version),
      foreign key (view, version) references feature_view_versions
    );
    create index model_feature_views_by_view on model_feature_views (view, version);

    create trigger entity_versions_are_append_only before update or delete on entity_versions
      for each row execute function refuse_change();
    create trigger feature_view_versions_are_append_only before update or delete on feature_view_versions
      for each row execute function refuse_change();
    create trigger model_feature_views_are_append_only before update or delete on model_feature_views
      for each row execute function refuse_change();
    create trigger is_never_emptied before truncate on entity_versions
      for each statement execute function refuse_change();
    create trigger is_never_emptied before truncate on feature_view_versions
      for each statement execute function refuse_change();
    create trigger is_never_emptied before truncate on model_feature_views
      for each statement execute function refuse_change();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(
    'drop table model_feature_views, feature_view_versions, feature_views, entity_versions, entities',
  );
}
