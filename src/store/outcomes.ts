import type { Database } from './database.js';

/** What really happened to a predicted row. */
export interface Outcome {
  predictionId: string;
  label: 0 | 1;
  observedAt: Date;
}

/** What became of a list of outcomes: ids by what was wrong with them, counts of the rest. */
export interface OutcomesRecorded {
  recorded: number;
  /** Known before, with the same label. */
  repeated: number;
  /** No answered prediction has this id. */
  unknown: string[];
  /** Known with another label, which stays. */
  conflicts: string[];
}

/**
 * Records outcomes, once for each prediction: what was recorded first stays, so a client may send a list again after
 * it lost the answer.
 */
export async function recordOutcomes(
  db: Database,
  outcomes: readonly Outcome[],
  apiKeyId: string,
): Promise<OutcomesRecorded> {
  const ids = outcomes.map(({ predictionId }) => predictionId);
  const inserted = await insertNew(db, outcomes, apiKeyId);
  const labels = await readLabels(db, ids);
  const result: OutcomesRecorded = { recorded: inserted.size, repeated: 0, unknown: [], conflicts: [] };
  for (const { predictionId, label } of outcomes) {
    const known = labels.get(predictionId);
    if (known === undefined) result.unknown.push(predictionId);
    else if (known !== label) result.conflicts.push(predictionId);
    // The first mention of a prediction recorded now is the recording itself.
    else if (!inserted.delete(predictionId)) result.repeated++;
  }
  return result;
}

/** @returns ids of the predictions that had no outcome before */
async function insertNew(db: Database, outcomes: readonly Outcome[], apiKeyId: string): Promise<Set<string>> {
  const { rows } = await db.raw<{ rows: { prediction_id: string }[] }>(
    `insert into outcomes (prediction_id, label, observed_at, api_key_id)
     select given.prediction_id, given.label, given.observed_at, ?::uuid
     from json_to_recordset(?::json) as given (prediction_id uuid, label double precision, observed_at timestamptz)
     join predictions on predictions.id = given.prediction_id and predictions.status = 'answered'
     on conflict (prediction_id) do nothing
     returning prediction_id`,
    [
      apiKeyId,
      JSON.stringify(
        outcomes.map(({ predictionId, label, observedAt }) => ({
          prediction_id: predictionId,
          label,
          observed_at: observedAt,
        })),
      ),
    ],
  );
  return new Set(rows.map((row) => row.prediction_id));
}

async function readLabels(db: Database, ids: string[]): Promise<Map<string, number>> {
  const rows = await db('outcomes')
    .whereIn('prediction_id', ids)
    .select<{ prediction_id: string; label: number }[]>('prediction_id', 'label');
  return new Map(rows.map((row) => [row.prediction_id, row.label]));
}
