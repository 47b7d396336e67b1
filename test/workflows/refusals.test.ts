import type { Workflow } from '@temporalio/common';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { controlTaskQueue } from '../../src/domain/names.js';
import type { ModelDefinitionInput } from '../../src/domain/modelDefinition.js';
import { registerDefinition } from '../../src/store/models.js';
import {
  modelLifecycle,
  monitorModel,
  rollbackModel,
  rolloutModel,
  trainModel,
  validateModel,
} from '../../src/workflows/index.js';
import { journeys } from '../support/journeys.js';
import { createPlatform, type Platform } from '../support/platform.js';
import { registerModel } from '../support/registry.js';
import { failureOf } from '../support/workflows.js';

let platform: Platform;
before(async () => {
  platform = await createPlatform({ gpu: true });
});
after(() => platform.close());

/** Starts it as the Temporal UI would: with whatever JSON a person typed. */
async function refusal(workflow: Workflow, input: unknown): Promise<{ type: string; message: string }> {
  const handle = await platform.client.workflow.start(workflow, {
    taskQueue: controlTaskQueue,
    workflowId: randomUUID(),
    args: [input],
  });
  const { type, message } = await failureOf(handle);
  return { type: type ?? '', message };
}

const workflows = { trainModel, validateModel, rolloutModel, rollbackModel, monitorModel, modelLifecycle };
const versioned = new Set(['validateModel', 'rolloutModel']);

for (const [name, workflow] of Object.entries(workflows)) {
  const needed = versioned.has(name) ? { version: 1 } : {};

  describe(`${name} fails at once, naming what is wrong, for`, () => {
    const wrong: [what: string, input: unknown, message: RegExp][] = [
      ['no input', undefined, /\(the whole\): .*expected object/],
      ['an empty object', {}, /model: .*expected string/],
      ['a field of the wrong type', { ...needed, model: 5 }, /model: .*expected string/],
      ['a name that is none', { ...needed, model: 'Journeys!' }, /model: must be lower-case words/],
      ['a misspelt field', { ...needed, model: 'journeys', verison: 2 }, /"verison"/],
    ];
    for (const [what, input, message] of wrong) {
      it(what, async () => {
        const failure = await refusal(workflow, input);
        assert.equal(failure.type, 'InvalidInput');
        assert.ok(failure.message.startsWith(`The input of ${name} is not valid.`), failure.message);
        assert.match(failure.message, message);
      });
    }

    it('a model that is not there', async () => {
      const failure = await refusal(workflow, { ...needed, model: 'nobody' });
      assert.equal(failure.type, 'NotFound');
      assert.match(failure.message, /There is no model "nobody"\. Register it with: tempered models apply/);
    });
  });
}

describe('a version that is not there', () => {
  const model = 'versioned';
  before(async () => {
    const { deployBaseline } = await registerModel(platform.db, journeys({ name: model }));
    await deployBaseline();
  });

  for (const name of ['validateModel', 'rolloutModel'] as const) {
    it(`is named by ${name}`, async () => {
      const failure = await refusal(workflows[name], { model, version: 7 });
      assert.deepEqual(failure, { type: 'NotFound', message: `There is no version 7 of model "${model}".` });
    });
  }
});

describe('a definition that its data cannot carry', () => {
  const { dataset, features } = journeys();
  const withColumns = (columns: Record<string, string>): ModelDefinitionInput['dataset'] => ({
    ...dataset,
    columns: { ...dataset.columns, ...columns },
  });
  const cases: {
    what: string;
    change: Partial<ModelDefinitionInput>;
    asOf?: string;
    type: string;
    message: RegExp;
  }[] = [
    {
      what: 'a column that the source does not have',
      change: { dataset: withColumns({ load: 'loda' }) },
      type: 'InvalidInput',
      message:
        /dataset\.columns\.load names the column "loda", .*There are: departure, load, carrier, gap, delay/,
    },
    {
      what: 'SQL that is none',
      change: { dataset: withColumns({ load: 'load +' }) },
      type: 'InvalidInput',
      message: /dataset\.columns\.load is not an SQL expression/,
    },
    {
      what: 'a source that the worker does not know',
      change: { dataset: { ...dataset, source: 'elsewhere' } },
      type: 'InvalidInput',
      message: /data source "elsewhere", which this worker does not know \(it knows: rows\)/,
    },
    {
      what: 'a window without rows',
      change: {},
      asOf: '2000-01-01T00:00:00Z',
      type: 'UnusableData',
      message: /holds no rows: the source covers 2001-01-01.*Choose an asOf within that, or widen the window/,
    },
    {
      what: 'a target of one class',
      change: { dataset: withColumns({ late: 'delay > 1000' }) },
      type: 'UnusableData',
      message:
        /target "late" needs rows of both classes, but all 3360 rows have false\. Widen training\.days/,
    },
    {
      what: 'a target that is neither true nor false',
      change: { dataset: withColumns({ late: 'delay' }) },
      type: 'UnusableData',
      message: /"late" is neither true\/false nor 1\/0.*Make its expression a comparison/,
    },
    {
      what: 'missing numbers in a feature without a policy',
      change: {
        dataset: withColumns({ gap: 'gap' }),
        features: [...features, { name: 'gap', kind: 'numeric' }],
      },
      type: 'UnusableData',
      message: /"gap".*missing/,
    },
    {
      what: 'a feature whose column is of another type',
      change: { features: [{ name: 'carrier', kind: 'numeric' }] },
      type: 'UnusableData',
      message: /Column "carrier" is VARCHAR, but its feature needs a number/,
    },
  ];
  for (const [i, { what, change, asOf, type, message }] of cases.entries()) {
    it(`fails its lifecycle, saying what to do: ${what}`, async () => {
      const name = `unusable-${String(i)}`;
      await registerDefinition(platform.db, journeys({ ...change, name }));
      const failure = await refusal(modelLifecycle, { model: name, ...(asOf === undefined ? {} : { asOf }) });
      assert.equal(failure.type, type, failure.message);
      assert.match(failure.message, message);
      const left = await platform.db('model_versions').where({ model: name, kind: 'trained' });
      assert.deepEqual(left, []);
    });
  }
});
