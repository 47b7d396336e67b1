/** An inference thread that dies, as of a crash, when it is told to over the port it was given. */
import { MessagePort, workerData } from 'node:worker_threads';
import '../../src/inference/thread.js';

const death: unknown = workerData;
if (!(death instanceof MessagePort)) throw new Error('mortalThread.js needs a port as its workerData');
death.once('message', () => process.exit(7));
death.unref();
