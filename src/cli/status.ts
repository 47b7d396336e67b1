import type { Command } from 'commander';
import type { Acknowledgement, Deployment } from '../domain/deployment.js';
import type { Database } from '../store/database.js';
import { readDeployment } from '../store/deployments.js';
import { listAnnouncements, type FeatureAnnouncement } from '../store/featureAnnouncements.js';
import { readAcknowledgement } from '../store/gateways.js';
import { readModel } from '../store/models.js';
import { readLatestRollout } from '../store/rollouts.js';
import { listValidations } from '../store/validations.js';
import { listModelVersions } from '../store/versions.js';
import { withDatabase, type DataDirectoryOption } from './settings.js';
import { table } from './table.js';
import { versionedName } from './versionedName.js';

export function addStatusCommand(program: Command): void {
  program
    .command('status')
    .description('show what serves a model, its versions, their verdicts and the newest rollout')
    .argument('<model>')
    .action(async (model: string, _options: unknown, command: Command) => {
      console.log(
        await withDatabase(command.optsWithGlobals<DataDirectoryOption>(), (db) => describeModel(db, model)),
      );
    });
}

async function describeModel(db: Database, model: string): Promise<string> {
  const { definition } = await readModel(db, model);
  const [deployment, versions, validations, rollout, announcements] = await Promise.all([
    readDeployment(db, model),
    listModelVersions(db, model, { limit: 20 }),
    listValidations(db, model),
    readLatestRollout(db, model, { decisions: 1 }),
    listAnnouncements(db, { model }, { limit: 5 }),
  ]);
  const acknowledgement = deployment === null ? null : await readAcknowledgement(db, model, deployment.epoch);
  // The newest comes first, so it is the one kept.
  const verdicts = new Map(validations.map(({ version, verdict }) => [version, verdict] as const).reverse());
  const lines = [
    `${model}: ${definition.description}`,
    describeDeployment(deployment, acknowledgement),
    rollout === null
      ? 'no rollout yet'
      : `newest rollout: version ${String(rollout.version)}, ${rollout.status}` +
        ` (${rollout.reason ?? rollout.decisions[0]?.reason ?? 'no decision yet'})`,
    ...(announcements.length === 0 ? [] : [describeAnnouncements(announcements)]),
    '',
    table(
      ['version', 'kind', 'verdict', 'created', 'artifact'],
      versions.map(({ version, kind, createdAt, artifactSha256 }) => [
        version,
        kind,
        verdicts.get(version) ?? null,
        createdAt.toISOString(),
        artifactSha256.slice(0, 12),
      ]),
    ),
  ];
  return lines.join('\n');
}

function describeAnnouncements(announcements: readonly FeatureAnnouncement[]): string {
  const named = announcements.map(({ view, version }) => versionedName(view, version));
  return `new features it could use: ${named.join(', ')} (tempered features show <view>)`;
}

function describeDeployment(deployment: Deployment | null, acknowledgement: Acknowledgement | null): string {
  if (deployment === null || acknowledgement === null) return 'nothing serves yet';
  const { epoch, championVersion, challengerVersion, challengerWeight } = deployment;
  const challenger =
    challengerVersion === null
      ? ''
      : `, version ${String(challengerVersion)} gets ${String(Math.round(challengerWeight * 100))} %`;
  const { acknowledgedReplicas, liveReplicas } = acknowledgement;
  return (
    `epoch ${String(epoch)}: version ${String(championVersion)} serves${challenger}; acknowledged by ` +
    `${String(acknowledgedReplicas)} of ${String(liveReplicas)} live gateways`
  );
}
