import { type Command } from 'commander';
import { z } from 'zod';
import { TemperedError } from '../domain/errors.js';
import { parse } from '../domain/parse.js';
import { createApiKey, listApiKeys, revokeApiKey, scopeSchema, type ApiKey } from '../store/apiKeys.js';
import { withDatabase, type DataDirectoryOption } from './settings.js';
import { table } from './table.js';

interface CreateOptions extends DataDirectoryOption {
  name: string;
  scope: string[];
}

export function addKeysCommand(program: Command): void {
  const keys = program.command('keys').description('make, list and revoke API keys of the gateway');
  keys
    .command('create')
    .description('make a key and print it, once: only its hash is stored')
    .requiredOption('--name <name>', 'who or what will use it')
    .requiredOption('--scope <scope...>', `what it may do: ${scopeSchema.options.join(', ')}`)
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<CreateOptions>();
      const scopes = parse(z.array(scopeSchema), options.scope, '--scope');
      const { key } = await withDatabase(options, (db) => createApiKey(db, { name: options.name, scopes }));
      console.log(key);
    });
  keys
    .command('list')
    .description('list all keys, without their secrets')
    .action(async (_options: unknown, command: Command) => {
      const found = await withDatabase(command.optsWithGlobals<DataDirectoryOption>(), listApiKeys);
      console.log(
        table(
          ['id', 'name', 'scopes', 'created', 'state'],
          found.map((key) => [
            key.id,
            key.name,
            key.scopes.join(','),
            key.createdAt.toISOString(),
            stateOf(key),
          ]),
        ),
      );
    });
  keys
    .command('revoke')
    .description('end a key for good')
    .argument('<id>', 'id of the key, from "keys list"')
    .action(async (id: string, _options: unknown, command: Command) => {
      const keyId = parse(z.uuid(), id, 'The id');
      const revoked = await withDatabase(command.optsWithGlobals<DataDirectoryOption>(), (db) =>
        revokeApiKey(db, keyId),
      );
      if (!revoked) throw new TemperedError('NotFound', `There is no key ${keyId}. See: tempered keys list`);
      console.log(`revoked ${keyId}`);
    });
}

function stateOf({ revokedAt, expiresAt }: ApiKey): string {
  if (revokedAt !== null) return `revoked ${revokedAt.toISOString()}`;
  if (expiresAt === null) return 'valid';
  return `${expiresAt <= new Date() ? 'expired' : 'valid until'} ${expiresAt.toISOString()}`;
}
