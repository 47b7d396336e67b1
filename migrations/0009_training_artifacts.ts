import type { Knex } from 'knex';

/**
 * Artifacts that a training needs beside its data: checkpoints while it runs, and imported models. Whoever collects
 * garbage in the artifact store spares what these tables refer to.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table run_checkpoints (
      run_id uuid not null references runs,
      epoch integer not null check (epoch > 0),
      artifact_sha256 sha256 not null references artifacts,
      created_at timestamptz not null default now(),
      primary key (run_id, epoch)
    );
    create index run_checkpoints_by_artifact on run_checkpoints (artifact_sha256);

    -- Only a run that is under way goes on from a checkpoint; nothing else refers to one.
    create function drop_checkpoints_of_ended_run() returns trigger language plpgsql as $$
    begin
      delete from run_checkpoints where run_id = new.id;
      return null;
    end $$;
    create trigger ended_runs_keep_no_checkpoints after update of status on runs
      for each row when (new.status <> 'running') execute function drop_checkpoints_of_ended_run();

    create table definition_artifacts (
      definition_digest sha256 not null references model_definitions,
      -- What it is to the definition: "imported-model".
      name text not null,
      artifact_sha256 sha256 not null references artifacts,
      primary key (definition_digest, name)
    );
    create index definition_artifacts_by_artifact on definition_artifacts (artifact_sha256);
    create trigger is_kept before update or delete on definition_artifacts
      for each row execute function refuse_change();
    create trigger is_never_emptied before truncate on definition_artifacts
      for each statement execute function refuse_change();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop trigger ended_runs_keep_no_checkpoints on runs;
    drop table definition_artifacts, run_checkpoints;
    drop function drop_checkpoints_of_ended_run;
  `);
}
