import type { Knex } from 'knex';

/** API keys, recorded predictions and the outcomes that arrive later. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table api_keys (
      id uuid primary key,
      name text not null,
      -- SHA-256 of the secret; the secret itself (256 random bits) is shown once and never stored.
      secret_sha256 sha256 not null,
      scopes text[] not null check (scopes <@ array['predict', 'status', 'operate', 'admin'] and cardinality(scopes) > 0),
      created_at timestamptz not null default now(),
      expires_at timestamptz,
      revoked_at timestamptz
    );

    -- One row for each row of a request; a request that failed as a whole has one row without a score.
    create table predictions (
      id uuid primary key,
      request_id uuid not null,
      model text not null,
      -- Null where the request failed before it reached an arm.
      version integer,
      arm text check (arm in ('champion', 'challenger')),
      epoch integer,
      routing_key text,
      event_time timestamptz not null,
      recorded_at timestamptz not null default now(),
      -- answered; rejected: the caller's fault (4xx); failed: ours (5xx).
      status text not null check (status in ('answered', 'rejected', 'failed')),
      error text,
      inputs jsonb,
      outputs jsonb,
      score double precision,
      latency_ms double precision not null check (latency_ms >= 0),
      api_key_id uuid not null references api_keys,
      check ((status = 'answered') = (error is null)),
      check (status <> 'answered' or (version is not null and arm is not null and epoch is not null and outputs is not null))
    );
    create index predictions_by_request on predictions (request_id);
    create index predictions_by_epoch on predictions (model, epoch, arm);
    create index predictions_by_event_time on predictions (model, version, event_time);

    create table outcomes (
      prediction_id uuid primary key references predictions,
      label double precision not null check (label in (0, 1)),
      observed_at timestamptz not null,
      recorded_at timestamptz not null default now(),
      api_key_id uuid not null references api_keys
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table outcomes, predictions, api_keys');
}
