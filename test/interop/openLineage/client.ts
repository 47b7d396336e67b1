import { messageOf, TemperedError } from '../../../src/domain/errors.js';
import { pythonEnvironment } from '../../../bench/pythonEnvironment.js';

let made: string | null = null;

/** A Python that has OpenLineage's own client. */
export function findOpenLineageClient(environment: NodeJS.ProcessEnv): Promise<string | null> {
  return Promise.resolve(environment['TEMPERED_OPENLINEAGE_PYTHON'] ?? made);
}

/** @throws TemperedError `Unavailable` */
export async function installOpenLineageClient(say: (message: string) => void): Promise<void> {
  say('looking for a Python with openlineage-python');
  try {
    made = await pythonEnvironment(['openlineage-python==1.54.0']);
  } catch (error) {
    throw new TemperedError('Unavailable', messageOf(error), { cause: error });
  }
}
