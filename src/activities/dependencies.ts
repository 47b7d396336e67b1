import type { ArtifactStore } from '../artifacts/store.js';
import type { InferencePool } from '../inference/pool.js';
import type { Database } from '../store/database.js';
import type { SourceConfiguration } from '../domain/sourceConfiguration.js';

/** What the activities of the control worker work with. */
export interface ControlDependencies {
  db: Database;
  artifacts: ArtifactStore;
  /** The data sources that definitions may name. */
  sources: Readonly<Record<string, SourceConfiguration>>;
}

/** What the activities of the GPU worker work with. */
export interface GpuDependencies {
  db: Database;
  artifacts: ArtifactStore;
  inference: InferencePool;
  /** The user's own trainers that definitions may name: name → path of an ES module. */
  trainerModules?: Readonly<Record<string, string>>;
}
