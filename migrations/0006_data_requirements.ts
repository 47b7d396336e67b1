import type { Knex } from 'knex';

/** Reports for the people who deliver data: what was held against each snapshot, and what was not met. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table data_requirements (
      -- The report as JSON; the same findings on the same data are the same report.
      id sha256 primary key references artifacts,
      markdown_sha256 sha256 not null references artifacts,
      model text not null references models,
      source text not null,
      window_from timestamptz not null,
      window_to timestamptz not null,
      checks integer not null check (checks > 0),
      unmet integer not null check (unmet between 0 and checks),
      created_at timestamptz not null default now(),
      check (window_from < window_to)
    );
    create index data_requirements_by_model on data_requirements (model, created_at desc, id);
    create index data_requirements_by_markdown on data_requirements (markdown_sha256);
    create trigger is_kept before update or delete on data_requirements
      for each row execute function refuse_change();
    create trigger is_never_emptied before truncate on data_requirements
      for each statement execute function refuse_change();

    create index dataset_versions_by_age on dataset_versions (created_at desc, id);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table data_requirements; drop index dataset_versions_by_age;');
}
