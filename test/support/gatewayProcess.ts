/** A gateway as a process of its own, for tests that kill it. Says its address to the parent, and stops with it. */
import pino from 'pino';
import { startGateway } from '../../src/api/startGateway.js';
import { openFileSystemArtifactStore } from '../../src/artifacts/fileSystem.js';
import { openDatabase } from '../../src/store/database.js';
import { requireEnvironment } from './environment.js';

const databaseUrl = requireEnvironment('DATABASE_URL');
const { url } = await startGateway({
  databaseUrl,
  host: '127.0.0.1',
  port: 0,
  inferenceThreads: 1,
  maxBodyBytes: 100_000,
  db: openDatabase(databaseUrl),
  artifacts: openFileSystemArtifactStore(requireEnvironment('TEMPERED_ARTIFACTS')),
  log: pino({ level: 'silent' }),
});
process.on('disconnect', () => process.exit(1));
process.send?.({ url });
