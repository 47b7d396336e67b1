import type { ArtifactStore } from '../artifacts/store.js';
import { TemperedError } from '../domain/errors.js';
import type { TrainerSpec } from '../domain/trainerDefinition.js';

/**
 * Path of the file that a trainer consists of; null for the built-in ones.
 *
 * @throws TemperedError `InvalidInput` for a module that nobody configured; and as the artifact store's `fetch`
 */
export async function findTrainerFile(
  trainer: TrainerSpec,
  {
    artifacts,
    trainerModules = {},
  }: { artifacts: ArtifactStore; trainerModules?: Readonly<Record<string, string>> | undefined },
): Promise<string | null> {
  if (trainer.name === 'onnx') return artifacts.fetch(trainer.modelSha256);
  if (trainer.name !== 'module') return null;
  const path = Object.hasOwn(trainerModules, trainer.module) ? trainerModules[trainer.module] : undefined;
  if (path !== undefined) return path;
  const known = Object.keys(trainerModules).join(', ') || 'none';
  throw new TemperedError(
    'InvalidInput',
    `The definition names the trainer module "${trainer.module}", which this worker does not know (it knows: ${known}). ` +
      'Add it to TEMPERED_TRAINERS of the GPU worker.',
  );
}
