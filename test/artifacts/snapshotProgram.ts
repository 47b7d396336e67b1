/** Program of a child process: takes a snapshot of a source given as JSON, and prints its rows and its peak memory. */
import { openFileSystemArtifactStore } from '../../src/artifacts/fileSystem.js';
import { snapshotDataset } from '../../src/artifacts/snapshot.js';
import { sourceConfigurationSchema } from '../../src/domain/sourceConfiguration.js';

const [, , source = '', store = ''] = process.argv;
const { rowCount } = await snapshotDataset(
  {
    source: { name: 'flights', configuration: sourceConfigurationSchema.parse(JSON.parse(source)) },
    dataset: {
      source: 'flights',
      columns: {
        departure: 'date',
        distance: 'distance::DOUBLE + hash(date, origin, destination) / 1e20',
        origin: 'origin',
        destination: 'destination',
        late: 'delay > 15',
      },
      eventTime: 'departure',
      target: 'late',
      outcomeDelayHours: 0,
      checks: [
        { kind: 'non-null', column: 'origin', maxShare: 0 },
        { kind: 'range', column: 'distance', min: 0, max: 10_000, maxShare: 0 },
        { kind: 'freshness', maxAgeHours: 24 },
      ],
    },
    window: { from: '2001-01-01T00:00:00Z', to: '2001-07-02T00:00:00Z' },
    maxRows: 3_000_000,
  },
  openFileSystemArtifactStore(store),
);
// Kilobytes, by getrusage.
console.log(JSON.stringify({ rowCount, maxRssBytes: process.resourceUsage().maxRSS * 1024 }));
