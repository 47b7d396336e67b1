import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { readModel, registerDefinition } from '../../src/store/models.js';
import { journeys } from '../support/journeys.js';
import { createPlatform, type Platform } from '../support/platform.js';
import { runTempered } from '../support/temperedProgram.js';

let platform: Platform;
before(async () => {
  platform = await createPlatform({ gpu: true });
});
after(() => platform.close());

test('tempered tune shows every trial, the best first, and registers its parameters when told to', async () => {
  const { db, environment } = platform;
  await registerDefinition(
    db,
    journeys({
      trainer: { name: 'logistic', epochs: 2, batchSize: 64 },
      tuning: {
        method: 'random',
        metric: 'auc',
        trials: 3,
        holdOutDays: 4,
        space: { learningRate: { choice: [0.0001, 0.1, 1e38] } },
      },
    }),
  );
  const { code, stdout, stderr } = await runTempered(['tune', 'journeys', '--apply'], environment);
  assert.equal(code, 0, stderr);
  const [header = '', first = '', second = '', third = ''] = stdout.split('\n');
  assert.match(header, /^trial +rung +learningRate +log loss +AUC +status +run$/);
  assert.match(first, /^\d +1 +0\.1 +\d\.\d{4} +0\.\d{4} +succeeded +[0-9a-f]{8}$/);
  assert.match(second, /^\d +1 +0\.0001 +\d\.\d{4} +0\.\d{4} +succeeded/);
  assert.match(third, /^\d +1 +1e\+38 +– +– +failed/);
  assert.match(
    stdout,
    /^best: trial \d \(run .*\); 1 of 3 runs failed; all are kept: tempered runs list --tag search=/m,
  );
  assert.match(stdout, /"learningRate": 0\.1\b/);

  const { definition, definitionDigest } = await readModel(db, 'journeys');
  assert.ok('learningRate' in definition.trainer);
  assert.equal(definition.trainer.learningRate, 0.1);
  assert.ok(stdout.includes(`journeys is registered (definition ${definitionDigest.slice(0, 12)})`));
});
