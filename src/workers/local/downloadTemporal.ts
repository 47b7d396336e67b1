/**
 * Program of a child process: `downloadTemporal.js <folder> <version>` brings the Temporal CLI into the folder, or
 * says on its last line why not. The SDK can only download on its way to starting a server, inside a runtime of its
 * own; here neither stays behind.
 */
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { messageOf } from '../../domain/errors.js';

const [, , downloadDir, version] = process.argv;
if (downloadDir === undefined || version === undefined) {
  throw new Error('usage: downloadTemporal.js <folder> <version>');
}
try {
  const environment = await TestWorkflowEnvironment.createLocal({
    server: { executable: { type: 'cached-download', downloadDir, version } },
  });
  await environment.teardown();
  process.exit(0);
} catch (error) {
  console.error(messageOf(error));
  process.exit(1);
}
