/** What a Temporal cluster must have before our workers start: the namespace and our search attributes. */
import { isGrpcServiceError, type ConnectionLike } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, TemperedError } from '../domain/errors.js';

/** Search attributes of our workflows, by which a person filters them in the Temporal UI. */
export const searchAttributeNames = [
  'TemperedModel',
  'TemperedFeatureView',
  'TemperedVersion',
  'TemperedStage',
] as const;

/** `temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD` */
const keyword = 2;
const grpcAlreadyExists = 6;
const retention = '30 days';
/** Servers refresh their caches of namespaces and search attributes every ten seconds or so. */
const visibleWithinMs = 60_000;

/**
 * Makes the namespace and our search attributes where they are missing, and waits until the server knows them.
 * Safe to run again and from several processes at once.
 *
 * @throws TemperedError `Unavailable` where the server refuses, saying what to do by hand
 */
export async function ensureNamespace(connection: ConnectionLike, namespace: string): Promise<void> {
  await ensureRegistered(connection, namespace);
  const missing = await missingSearchAttributes(connection, namespace);
  if (missing.length === 0) return;
  try {
    await connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(missing.map((name) => [name, keyword])),
    });
  } catch (error) {
    if (!hasGrpcCode(error, grpcAlreadyExists)) throw refused(namespace, missing, error);
  }
  await untilVisible(connection, namespace);
}

async function ensureRegistered(connection: ConnectionLike, namespace: string): Promise<void> {
  try {
    await connection.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: msToTs(retention),
    });
  } catch (error) {
    if (hasGrpcCode(error, grpcAlreadyExists)) return;
    // A worker's key may use a namespace without being allowed to register one (Temporal Cloud).
    await connection.workflowService.describeNamespace({ namespace }).catch(() => {
      throw new TemperedError(
        'Unavailable',
        `Temporal has no namespace "${namespace}" and would not register it (${messageOf(error)}). Create it by hand, ` +
          'or set TEMPORAL_NAMESPACE to one that exists.',
        { cause: error },
      );
    });
  }
}

async function missingSearchAttributes(connection: ConnectionLike, namespace: string): Promise<string[]> {
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    return searchAttributeNames.filter((name) => !(name in customAttributes));
  } catch (error) {
    throw refused(namespace, [...searchAttributeNames], error);
  }
}

/** A query that names the attributes fails until the server's cache holds them. */
async function untilVisible(connection: ConnectionLike, namespace: string): Promise<void> {
  const query = searchAttributeNames.map((name) => `${name} = 'none'`).join(' or ');
  const deadline = Date.now() + visibleWithinMs;
  for (;;) {
    try {
      await connection.workflowService.countWorkflowExecutions({ namespace, query });
      return;
    } catch (error) {
      if (Date.now() >= deadline) throw refused(namespace, [...searchAttributeNames], error);
      await sleep(100);
    }
  }
}

function refused(namespace: string, names: string[], error: unknown): TemperedError {
  return new TemperedError(
    'Unavailable',
    `Temporal did not take the search attributes ${names.join(', ')} (${messageOf(error)}). Create them by hand, of ` +
      `type Keyword, in namespace "${namespace}": temporal operator search-attribute create.`,
    { cause: error },
  );
}

function hasGrpcCode(error: unknown, code: number): boolean {
  if (!isGrpcServiceError(error)) return false;
  const actual: number = error.code;
  return actual === code;
}
