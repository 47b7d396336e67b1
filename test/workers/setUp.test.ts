import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { ensureNamespace, searchAttributeNames } from '../../src/workers/setUp.js';
import { createTestNamespace, type TestNamespace } from '../support/temporal.js';

let temporal: TestNamespace;
before(async () => {
  temporal = await createTestNamespace();
});
after(() => temporal.close());

test('a namespace that was just set up takes workflows with our search attributes and finds them', async () => {
  const { client } = temporal;
  const workflowId = randomUUID();
  await client.workflow.start('anything', {
    taskQueue: 'nobody-listens',
    workflowId,
    typedSearchAttributes: searchAttributeNames.map((name) => ({
      key: defineSearchAttributeKey(name, SearchAttributeType.KEYWORD),
      value: 'flight-delay',
    })),
  });
  const described = await client.workflow.getHandle(workflowId).describe();
  const [name] = searchAttributeNames;
  const key = defineSearchAttributeKey(name, SearchAttributeType.KEYWORD);
  assert.equal(described.typedSearchAttributes.get(key), 'flight-delay');
});

test('setting a namespace up again changes nothing', async () => {
  const { client, namespace } = temporal;
  await ensureNamespace(client.connection, namespace);
  const { customAttributes } = await client.connection.operatorService.listSearchAttributes({ namespace });
  for (const name of searchAttributeNames) assert.ok(name in customAttributes, `${name} is missing`);
});
