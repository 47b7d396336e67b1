/** What a local stack leaves in its data directory for its next start, and for the commands that talk to it. */
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { parse } from '../../domain/parse.js';
import { choosePort } from './ports.js';
import { isErrno } from './processes.js';

const port = z.int().min(1).max(65535);
const portsSchema = z.strictObject({ postgres: port, temporal: port, temporalUi: port, gateway: port });
export type StackPorts = z.output<typeof portsSchema>;

const stackStateSchema = z.strictObject({
  ports: portsSchema,
  databaseUrl: z.string(),
  temporalAddress: z.string(),
  temporalNamespace: z.string(),
});
export type StackState = z.output<typeof stackStateSchema>;

const usualPorts: StackPorts = { postgres: 5433, temporal: 7233, temporalUi: 8233, gateway: 8080 };

/** The state of the stack that has or had this data directory, or null where there was none yet. */
export async function readStackState(dataDirectory: string): Promise<StackState | null> {
  const file = join(dataDirectory, 'stack.json');
  try {
    return parse(stackStateSchema, JSON.parse(await readFile(file, 'utf8')), file);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return null;
    throw error;
  }
}

/** Readable by its owner only: it holds the database's password. */
export async function writeStackState(dataDirectory: string, state: StackState): Promise<void> {
  const file = join(dataDirectory, 'stack.json');
  await writeFile(`${file}.unfinished`, JSON.stringify(state, null, 2), { mode: 0o600 });
  await rename(`${file}.unfinished`, file);
}

/** The ports of the last start, or the usual ones; another free one for each that somebody else has. */
export async function choosePorts(preferred: StackPorts = usualPorts): Promise<StackPorts> {
  return {
    postgres: await choosePort(preferred.postgres),
    temporal: await choosePort(preferred.temporal),
    temporalUi: await choosePort(preferred.temporalUi),
    gateway: await choosePort(preferred.gateway),
  };
}
