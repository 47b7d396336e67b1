import { pythonEnvironment } from '../../../bench/pythonEnvironment.js';
import { messageOf, TemperedError } from '../../../src/domain/errors.js';

const requirements = [
  'scikit-learn==1.7.2',
  'skl2onnx==1.19.1',
  'onnx==1.17.0',
  'protobuf==5.29.5', // Newer ones refuse what skl2onnx writes of gradient-boosted trees.
  'packaging==25.0', // skl2onnx needs it without saying so.
  'numpy==2.2.6',
  'pandas==2.3.3',
  'pyarrow==21.0.0',
];

let made: string | null = null;

/** A Python that trains scikit-learn's models and exports them. */
export function findScikitLearn(environment: NodeJS.ProcessEnv): Promise<string | null> {
  return Promise.resolve(environment['TEMPERED_SCIKIT_LEARN_PYTHON'] ?? made);
}

/** @throws TemperedError `Unavailable` */
export async function installScikitLearn(say: (message: string) => void): Promise<void> {
  say('looking for a Python with scikit-learn and skl2onnx');
  try {
    made = await pythonEnvironment(requirements);
  } catch (error) {
    throw new TemperedError('Unavailable', messageOf(error), { cause: error });
  }
}
