/**
 * Program of a child process: `stackProgram.js <data directory>` runs a local stack until SIGTERM and sends its
 * addresses over IPC. A process of its own, because the test kills it.
 */
import { messageOf } from '../../src/domain/errors.js';
import { startLocalStack } from '../../src/workers/local/stack.js';

const [, , dataDirectory] = process.argv;
if (dataDirectory === undefined) throw new Error('usage: stackProgram.js <data directory>');
try {
  const stack = await startLocalStack({
    dataDirectory,
    sources: {},
    onProgress: (message) => console.error(message),
  });
  process.send?.(stack);
  process.once('SIGTERM', () => {
    void stack.stop().then(() => process.disconnect());
  });
} catch (error) {
  process.send?.({ error: messageOf(error) });
  process.exit(1);
}
