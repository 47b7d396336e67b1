import type { Arm } from '../domain/deployment.js';
import type { ArmSummary, StageEvidence } from '../domain/rollout.js';
import type { Database } from './database.js';

/** SQL for the log loss of prediction `p` with outcome `o` (null without one), clipped like `logLossOf` in statistics/. */
export const logLossSql =
  'case o.label when 1 then -ln(greatest(p.score, 1e-7)) when 0 then -ln(greatest(1 - p.score, 1e-7)) end';

interface ArmRow {
  arm: Arm;
  requests: number;
  failed: number;
  latency_p99_ms: number | null;
  outcomes: number;
  mean_log_loss: number | null;
  log_loss_variance: number | null;
}

/** What was recorded of both arms during one epoch of a rollout. */
export async function readStageEvidence(
  db: Database,
  stage: { model: string; epoch: number; championVersion: number; challengerVersion: number },
): Promise<StageEvidence> {
  const { rows } = await db.raw<{ rows: ArmRow[] }>(
    `select p.arm,
            count(*) as requests,
            count(*) filter (where p.status = 'failed') as failed,
            percentile_disc(0.99) within group (order by p.latency_ms) as latency_p99_ms,
            count(o.label) as outcomes,
            avg(${logLossSql}) as mean_log_loss,
            var_samp(${logLossSql}) as log_loss_variance
       from predictions p
       left join outcomes o on o.prediction_id = p.id and p.status = 'answered'
      where p.model = ? and p.epoch = ? and p.arm is not null and p.status <> 'rejected'
      group by p.arm`,
    [stage.model, stage.epoch],
  );
  const summary = (arm: Arm, version: number): ArmSummary => {
    const row = rows.find((candidate) => candidate.arm === arm);
    return {
      version,
      requests: row?.requests ?? 0,
      failed: row?.failed ?? 0,
      latencyP99Ms: row?.latency_p99_ms ?? null,
      outcomes: row?.outcomes ?? 0,
      meanLogLoss: row?.mean_log_loss ?? null,
      logLossVariance: row?.log_loss_variance ?? null,
    };
  };
  return {
    champion: summary('champion', stage.championVersion),
    challenger: summary('challenger', stage.challengerVersion),
  };
}
