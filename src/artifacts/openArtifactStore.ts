import { join } from 'node:path';
import { cacheDirectory } from '../cacheDirectory.js';
import type { Config } from '../config.js';
import { openFileSystemArtifactStore } from './fileSystem.js';
import { openS3ArtifactStore } from './s3.js';
import type { ArtifactStore } from './store.js';

/** Opens the artifact store that the settings name: a folder, or s3://bucket/prefix. */
export function openArtifactStore(
  config: Pick<
    Config,
    | 'TEMPERED_ARTIFACTS'
    | 'TEMPERED_S3_ENDPOINT'
    | 'TEMPERED_ARTIFACT_CACHE_DIR'
    | 'TEMPERED_ARTIFACT_CACHE_MAX_BYTES'
  >,
): ArtifactStore {
  const location = config.TEMPERED_ARTIFACTS;
  if (!location.startsWith('s3://')) return openFileSystemArtifactStore(location);
  return openS3ArtifactStore({
    url: location,
    endpoint: config.TEMPERED_S3_ENDPOINT,
    cacheDirectory: config.TEMPERED_ARTIFACT_CACHE_DIR ?? join(cacheDirectory(), 'artifacts'),
    cacheMaxBytes: config.TEMPERED_ARTIFACT_CACHE_MAX_BYTES,
  });
}
