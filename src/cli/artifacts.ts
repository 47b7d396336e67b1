import { InvalidArgumentError, type Command } from 'commander';
import { openArtifactStore } from '../artifacts/openArtifactStore.js';
import { collectGarbage } from './collectGarbage.js';
import { readSettings, withDatabase, type DataDirectoryOption } from './settings.js';

interface GcOptions extends DataDirectoryOption {
  dryRun?: boolean;
  olderThanHours: number;
}

export function addArtifactsCommand(program: Command): void {
  const artifacts = program.command('artifacts').description('look after the artifact store');
  artifacts
    .command('gc')
    .description('remove what nothing in the database refers to, and what was left half-written')
    .option('--dry-run', 'only list it')
    .option(
      '--older-than-hours <hours>',
      'leave alone what is younger: it may be about to be recorded',
      parseHours,
      24,
    )
    .action(async (_options: unknown, command: Command) => {
      const { dryRun = false, olderThanHours, ...option } = command.optsWithGlobals<GcOptions>();
      const store = openArtifactStore(await readSettings(option));
      const before = new Date(Date.now() - olderThanHours * 3_600_000);
      await withDatabase(option, async (db) => {
        let count = 0;
        let bytes = 0;
        for await (const found of collectGarbage({ db, artifacts: store, before, dryRun })) {
          count += 1;
          if ('sha256' in found) bytes += found.bytes;
          console.log(describe(found));
        }
        console.log(`${dryRun ? 'would remove' : 'removed'} ${String(count)} (${megabytes(bytes)})`);
      });
    });
}

function describe(
  found: { sha256: string; bytes: number; storedAt: Date } | { name: string; startedAt: Date },
) {
  return 'sha256' in found
    ? `${found.sha256}  ${megabytes(found.bytes)}  stored ${found.storedAt.toISOString()}`
    : `unfinished ${found.name}, begun ${found.startedAt.toISOString()}`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function parseHours(text: string): number {
  const hours = Number(text);
  if (text.trim() !== '' && Number.isFinite(hours) && hours >= 0) return hours;
  throw new InvalidArgumentError('must be a number of hours, 0 or more');
}
