import { Client, Connection } from '@temporalio/client';
import assert from 'node:assert/strict';
import { fork, type ChildProcess } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { openDatabase } from '../../src/store/database.js';
import { listApiKeys } from '../../src/store/apiKeys.js';
import { commandLineOf } from '../../src/workers/local/processes.js';

const program = fileURLToPath(new URL('stackProgram.js', import.meta.url));
const stackSchema = z.object({
  addresses: z.object({ gateway: z.string() }),
  apiKey: z.string(),
  databaseUrl: z.string(),
  temporalAddress: z.string(),
});
type Stack = z.output<typeof stackSchema> & { process: ChildProcess };

let dataDirectory: string;
before(async () => {
  dataDirectory = await mkdtemp(join(tmpdir(), 'tempered-stack-'));
});
after(async () => {
  for (const pid of await processesOfStack()) process.kill(pid, 'SIGKILL');
  await untilNoProcessIsLeft();
  await rm(dataDirectory, { recursive: true, force: true });
});

test('a stack whose every process was killed goes on with its state, and stops without a trace', async () => {
  const first = await startStack();
  await startWorkflow(first, 'kept-over-kills');

  await refusesASecondStart();

  const gateway = await pidOf('gateway');
  process.kill(gateway, 'SIGKILL');
  await untilAnswers(first);
  assert.notEqual(await pidOf('gateway'), gateway, 'the gateway that answers should be a new process');

  for (const pid of await processesOfStack()) process.kill(pid, 'SIGKILL');
  await untilNoProcessIsLeft();
  const second = await startStack();
  await untilAnswers(second);
  assert.equal(second.apiKey, first.apiKey);
  assert.equal(await countApiKeys(second), 1);
  assert.equal(await workflowStatus(second, 'kept-over-kills'), 'RUNNING');

  second.process.kill('SIGTERM');
  assert.equal(await exitCodeOf(second.process), 0);
  assert.deepEqual(await processesOfStack(), []);
  assert.deepEqual(await readdir(join(dataDirectory, 'lock')), [], 'the lock should be given back');
});

test('secrets in the data directory are readable by their owner only', async () => {
  for (const file of ['api-key', 'postgres-password', 'stack.json']) {
    const { mode } = await stat(join(dataDirectory, file));
    assert.equal(mode & 0o077, 0, `${file} is readable by others`);
  }
});

async function startStack(): Promise<Stack> {
  const child = fork(program, [dataDirectory], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text));
  const message = await messageOrEndOf(child);
  const stack = stackSchema.safeParse(message);
  assert.ok(stack.success, `the stack did not start: ${JSON.stringify(message)}\n${said}`);
  return { ...stack.data, process: child };
}

function messageOrEndOf(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve) => {
    child.once('message', resolve);
    child.once('exit', (code) => resolve(`exit code ${String(code)}`));
  });
}

function exitCodeOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once('exit', resolve));
}

async function refusesASecondStart(): Promise<void> {
  const child = fork(program, [dataDirectory], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  assert.match(JSON.stringify(await messageOrEndOf(child)), /Process \d+ has been running on/);
}

/** Waits until the gateway answers; fails the test by its time limit. */
async function untilAnswers({ addresses }: Stack): Promise<void> {
  for (;;) {
    const answer = await fetch(`${addresses.gateway}/v2/health/live`).catch(() => null);
    if (answer?.ok === true) return;
    await sleep(100);
  }
}

async function startWorkflow(stack: Stack, workflowId: string): Promise<void> {
  await withClient(stack, (client) =>
    client.workflow.start('anything', { taskQueue: 'nobody-listens', workflowId }),
  );
}

async function workflowStatus(stack: Stack, workflowId: string): Promise<string> {
  return withClient(
    stack,
    async (client) => (await client.workflow.getHandle(workflowId).describe()).status.name,
  );
}

async function withClient<T>({ temporalAddress }: Stack, work: (client: Client) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address: temporalAddress });
  try {
    return await work(new Client({ connection }));
  } finally {
    await connection.close();
  }
}

async function countApiKeys({ databaseUrl }: Stack): Promise<number> {
  const db = openDatabase(databaseUrl);
  try {
    return (await listApiKeys(db)).length;
  } finally {
    await db.destroy();
  }
}

async function pidOf(service: string): Promise<number> {
  for (const pid of await processesOfStack()) {
    if ((await commandLineOf(pid))?.includes(service) === true) return pid;
  }
  throw new Error(`no process of the ${service} runs`);
}

/** Every process that names the data directory in its command line, and PostgreSQL's backends, which do not. */
async function processesOfStack(): Promise<number[]> {
  const all = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found: number[] = [];
  for (const pid of all) {
    const commandLine = await commandLineOf(pid);
    const ours = commandLine?.some((arg) => arg.startsWith(dataDirectory)) === true;
    if (ours || (await isChildOf(pid, found))) found.push(pid);
  }
  return found;
}

async function isChildOf(pid: number, parents: number[]): Promise<boolean> {
  const status = await readFile(`/proc/${String(pid)}/status`, 'utf8').catch(() => '');
  return (
    parents.includes(Number(/^PPid:\s+(\d+)$/m.exec(status)?.[1])) && (await commandLineOf(pid)) !== null
  );
}

async function untilNoProcessIsLeft(): Promise<void> {
  while ((await processesOfStack()).length > 0) await sleep(50);
}
