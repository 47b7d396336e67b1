import type { Knex } from 'knex';

/**
 * Rollouts, deployments and the gateways that follow them. Invariant 2 (no deployment without validation and an
 * A/B) is held by foreign keys: a rollout needs a passed validation of that very version against that very champion,
 * and a champion is either the baseline or a version with a rollout that promoted it.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table rollouts (
      id uuid primary key,
      model text not null,
      version integer not null,
      champion_version integer not null check (champion_version <> version),
      validation_id uuid not null,
      verdict text not null default 'passed' check (verdict = 'passed'),
      status text not null check (status in ('running', 'promoted', 'rolled-back')),
      reason text,
      started_at timestamptz not null default now(),
      ended_at timestamptz,
      check ((status = 'running') = (ended_at is null)),
      foreign key (validation_id, model, version, champion_version, verdict)
        references validations (id, model, version, champion_version, verdict),
      unique (id, model, version),
      unique (id, model, version, status)
    );
    create unique index one_running_rollout_per_model on rollouts (model) where status = 'running';
    create index rollouts_by_model on rollouts (model, started_at desc);

    create table rollout_decisions (
      rollout_id uuid not null references rollouts,
      sequence integer not null check (sequence >= 0),
      stage integer not null check (stage >= 0),
      action text not null check (action in ('continue', 'hold', 'roll-back')),
      reason text not null,
      evidence jsonb not null,
      decided_at timestamptz not null default now(),
      primary key (rollout_id, sequence)
    );

    create table champions (
      model text not null,
      version integer not null,
      baseline_kind text check (baseline_kind = 'baseline'),
      rollout_id uuid,
      rollout_status text check (rollout_status = 'promoted'),
      created_at timestamptz not null default now(),
      primary key (model, version),
      check ((baseline_kind is null) <> (rollout_id is null)),
      check ((rollout_id is null) = (rollout_status is null)),
      foreign key (model, version, baseline_kind) references model_versions (model, version, kind),
      foreign key (rollout_id, model, version, rollout_status) references rollouts (id, model, version, status)
    );

    create table deployments (
      model text not null,
      epoch integer not null check (epoch > 0),
      champion_version integer not null,
      challenger_version integer,
      challenger_weight double precision not null check (challenger_weight >= 0 and challenger_weight <= 1),
      rollout_id uuid,
      cause text not null check (cause in ('baseline', 'stage', 'promote', 'roll-back')),
      reason text not null,
      actor text not null,
      -- Activities may run twice (invariant 8): the same key names the same epoch.
      idempotency_key text not null unique,
      created_at timestamptz not null default now(),
      primary key (model, epoch),
      check ((challenger_version is null) = (rollout_id is null)),
      check (challenger_version is not null or challenger_weight = 0),
      foreign key (model, champion_version) references champions (model, version),
      foreign key (rollout_id, model, challenger_version) references rollouts (id, model, version)
    );
    create index deployments_by_rollout on deployments (rollout_id, epoch);

    create function announce_deployment() returns trigger language plpgsql as $$
    begin
      perform pg_notify('tempered_deployments', new.model || ':' || new.epoch);
      return null;
    end $$;
    create trigger announce_deployment after insert on deployments
      for each row execute function announce_deployment();

    create function refuse_change() returns trigger language plpgsql as $$
    begin
      raise exception '% rows are never changed or removed', tg_table_name using errcode = 'restrict_violation';
    end $$;
    create trigger deployments_are_append_only before update or delete on deployments
      for each row execute function refuse_change();
    create trigger rollout_decisions_are_append_only before update or delete on rollout_decisions
      for each row execute function refuse_change();
    create trigger validations_are_append_only before update or delete on validations
      for each row execute function refuse_change();
    create trigger champions_are_append_only before update or delete on champions
      for each row execute function refuse_change();
    create trigger model_versions_are_append_only before update or delete on model_versions
      for each row execute function refuse_change();

    create table gateway_replicas (
      id uuid primary key,
      address text not null,
      started_at timestamptz not null default now(),
      lease_expires_at timestamptz not null
    );
    create index gateway_replicas_by_lease on gateway_replicas (lease_expires_at);

    create table gateway_acknowledgements (
      replica_id uuid not null references gateway_replicas on delete cascade,
      model text not null,
      epoch integer not null,
      -- Null: took the epoch over. Otherwise why it could not, and goes on serving what it had.
      refusal text,
      acknowledged_at timestamptz not null default now(),
      primary key (replica_id, model),
      foreign key (model, epoch) references deployments (model, epoch)
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop trigger validations_are_append_only on validations;
    drop trigger model_versions_are_append_only on model_versions;
    drop table gateway_acknowledgements, gateway_replicas, deployments, champions, rollout_decisions, rollouts;
    drop function announce_deployment, refuse_change;
  `);
}
