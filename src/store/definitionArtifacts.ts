import { TemperedError } from '../domain/errors.js';
import type { ModelDefinition } from '../domain/modelDefinition.js';
import type { Database } from './database.js';

/**
 * Records what a definition needs of the artifact store, so that it is never collected as garbage. Recording it again
 * changes nothing.
 *
 * @throws TemperedError `InvalidInput` for an imported model that is not in the artifact store
 */
export async function recordDefinitionArtifacts(
  db: Database,
  digest: string,
  { trainer }: ModelDefinition,
): Promise<void> {
  if (trainer.name !== 'onnx') return;
  const found = await db('artifacts')
    .where({ sha256: trainer.modelSha256 })
    .select<{ sha256: string }[]>('sha256');
  if (found.length === 0) {
    throw new TemperedError(
      'InvalidInput',
      `The definition names the imported model ${trainer.modelSha256}, which is not in the artifact store. Import it with: tempered models import <manifest>`,
    );
  }
  await db('definition_artifacts')
    .insert({ definition_digest: digest, name: 'imported-model', artifact_sha256: trainer.modelSha256 })
    .onConflict(['definition_digest', 'name'])
    .ignore();
}
