/** A worker of its own for trainInChild.test: trains without end, and tells its parent once training is under way. */
import { openFileSystemArtifactStore } from '../../src/artifacts/fileSystem.js';
import { noResources } from '../../src/training/resources.js';
import { trainInChild } from '../../src/training/trainInChild.js';
import { flightJob, flightTrainer } from './flights.js';

const [datasetPath = '', artifactsDirectory = ''] = process.argv.slice(2);

await trainInChild(
  { ...flightJob, trainer: { ...flightTrainer, epochs: 10_000 } },
  {
    datasetPath,
    artifacts: openFileSystemArtifactStore(artifactsDirectory),
    checkpointSha256: null,
    spentBefore: noResources,
    signal: new AbortController().signal,
    onProgress: (progress) => process.send?.(progress),
  },
);
