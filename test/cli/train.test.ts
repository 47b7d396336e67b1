import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { readModel, registerDefinition } from '../../src/store/models.js';
import { journeys } from '../support/journeys.js';
import { createPlatform, type Platform } from '../support/platform.js';
import { runTempered } from '../support/temperedProgram.js';

let platform: Platform;
let directory: string;
before(async () => {
  platform = await createPlatform({ gpu: true });
  directory = await mkdtemp(join(tmpdir(), 'tempered-train-'));
});
after(async () => {
  await rm(directory, { recursive: true, force: true });
  await platform.close();
});

/** Rejected by its validation, so that no rollout waits for traffic. */
const unreachable = journeys({ acceptance: { minRows: 500, minAuc: 0.999, maxLatencyP99Ms: 5000 } });

describe('tempered train', () => {
  it('takes a definition from a file: registers it, trains, and says one line for each change', async () => {
    const file = join(directory, 'journeys.json');
    await writeFile(
      file,
      JSON.stringify({ ...unreachable, trainer: { ...unreachable.trainer, epochs: 40, batchSize: 16 } }),
    );
    const { code, stdout, stderr } = await runTempered(['train', file, '--watch'], platform.environment);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^version 2 of journeys: validation failed, rejected\n$/);
    const { definitionDigest } = await readModel(platform.db, 'journeys');
    const lines = stderr.trimEnd().split('\n');
    assert.equal(lines[0], `journeys is registered (definition ${definitionDigest.slice(0, 12)})`);
    assert.ok(
      lines.some((line) => /^training · run .* · epoch \d+ of 40, loss 0\.\d{4}$/.test(line)),
      stderr,
    );
    // A stage may come back between two children, but nothing is said twice in a row.
    assert.ok(
      lines.every((line, i) => line !== lines[i - 1]),
      stderr,
    );
  });

  it('takes the name of a registered model', async () => {
    await registerDefinition(platform.db, { ...unreachable, trainer: { name: 'logistic', epochs: 1 } });
    const { code, stdout, stderr } = await runTempered(['train', 'journeys'], platform.environment);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^version 3 of journeys: /);
    assert.doesNotMatch(stderr, /is registered/);
  });

  it('says which file cannot be read, and which model is not registered', async () => {
    const absent = await runTempered(['train', join(directory, 'absent.json')], platform.environment);
    assert.equal(absent.code, 1);
    assert.match(absent.stderr, /absent\.json could not be read/);
    const unknown = await runTempered(['train', 'unknown-model'], platform.environment);
    assert.equal(unknown.code, 1);
    assert.match(unknown.stderr, /There is no model "unknown-model"/);
  });
});
