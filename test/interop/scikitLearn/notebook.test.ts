import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runProgram } from '../../../src/runProgram.js';
import { registerDefinition } from '../../../src/store/models.js';
import { flights, flightsDataset, flightsPath } from '../../artifacts/flights.js';
import { requireEnvironment } from '../../support/environment.js';
import { journeys } from '../../support/journeys.js';
import { createPlatform, type Platform } from '../../support/platform.js';
import { runTempered } from '../../support/temperedProgram.js';

const repository = fileURLToPath(new URL('../../../../', import.meta.url));
const exporter = join(repository, 'examples/notebook/export_model.py');
const notebook = join(repository, 'test/interop/scikitLearn/notebook.py');
const asOf = '2001-02-01T00:00:00Z';

interface Run {
  status: string;
  framework: string;
  parity: { rows: number; maxAbsoluteDifference: number };
}

describe('models that scikit-learn trained and skl2onnx exported', () => {
  let platform: Platform;
  let directory: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tempered-notebook-'));
    const python = requireEnvironment('TEMPERED_SCIKIT_LEARN_PYTHON');
    const PYTHONPATH = join(repository, 'examples/notebook');
    await runProgram(python, ['-B', notebook, flightsPath, directory], {
      timeoutMs: 120_000,
      environment: { ...process.env, PYTHONPATH },
    });
    platform = await createPlatform({ gpu: true, sources: { flights } });
    // Rejected by its validation, so that no rollout waits for traffic.
    await registerDefinition(
      platform.db,
      journeys({
        name: 'flight-delay',
        dataset: flightsDataset,
        features: [
          { name: 'hour', kind: 'numeric' },
          { name: 'distance', kind: 'numeric' },
        ],
        training: { days: 14, maxRows: 10_000 },
        validation: { days: 7, maxRows: 5000 },
        acceptance: { minRows: 500, minAuc: 0.999, maxLatencyP99Ms: 5000 },
      }),
    );
  });
  after(async () => {
    await platform.close();
    await rm(directory, { recursive: true, force: true });
  });

  async function importAndTrain(name: string) {
    const manifest = join(directory, name, 'manifest.json');
    const imported = await runTempered(['models', 'import', manifest], platform.environment);
    assert.equal(imported.code, 0, imported.stderr);
    return runTempered(['train', 'flight-delay', '--as-of', asOf], platform.environment);
  }

  /** Its run, and the AUC on flights that come after all that the notebook read. */
  async function trainedBy(name: string): Promise<{ run: Run; auc: number }> {
    const { code, stdout, stderr } = await importAndTrain(name);
    assert.equal(code, 0, stderr);
    const [, version] = /^version (\d+) of flight-delay: validation failed/.exec(stdout) ?? [];
    assert.ok(version !== undefined, stdout);
    const [found] = await platform
      .db('model_versions as v')
      .join('runs as r', 'r.id', 'v.run_id')
      .join('validations as j', (on) => on.on('j.model', 'v.model').on('j.version', 'v.version'))
      .where({ 'v.model': 'flight-delay', 'v.version': version })
      .select<(Run & { auc: number })[]>(
        ...['r.status', 'r.parity'],
        platform.db.raw(`r.params #>> '{framework,name}' as framework`),
        platform.db.raw(`(j.report #>> '{evaluation,candidate,auc}')::float8 as auc`),
      );
    assert.ok(found !== undefined);
    const { auc, ...run } = found;
    return { run, auc };
  }

  for (const name of ['logistic', 'boosted']) {
    it(`are trained, proven and validated like any other: ${name}`, async () => {
      const { run, auc } = await trainedBy(name);
      assert.equal(run.status, 'succeeded');
      assert.equal(run.framework, 'scikit-learn');
      assert.equal(run.parity.rows, 10_000);
      assert.ok(run.parity.maxAbsoluteDifference <= 1e-5);
      assert.ok(auc > 0.55, `AUC ${String(auc)}`);
    });
  }

  it('are refused, saying how to export them, where their probabilities are maps', async () => {
    const { code, stderr } = await importAndTrain('mapped');
    assert.equal(code, 1);
    assert.match(stderr, /ZipMap.*zipmap=False/s);
  });

  it('are exported by the lines that the guide shows', async () => {
    const guide = await readFile(join(repository, 'docs/guides/training.md'), 'utf8');
    const [, shown] = /```python\n(.*?)```/s.exec(guide) ?? [];
    assert.equal(shown, await readFile(exporter, 'utf8'));
  });
});
