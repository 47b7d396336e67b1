import type { Knex } from 'knex';

const before = "('dataset', 'model', 'reference-profile')";
const after = "('dataset', 'model', 'reference-profile', 'checkpoint', 'data-requirements', 'feature-rows')";

/** What runs, dataset versions and feature views keep in the artifact store beside data and models. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`alter table artifacts drop constraint artifacts_kind_check, add check (kind in ${after})`);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`alter table artifacts drop constraint artifacts_kind_check, add check (kind in ${before})`);
}
