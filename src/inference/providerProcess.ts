/**
 * Program of a child process. `providerProcess.js` prints the execution providers of this ONNX Runtime as JSON;
 * `providerProcess.js <provider> <model>` runs the graph on that one alone, and prints its scores.
 */
import { InferenceSession, listSupportedBackends, Tensor } from 'onnxruntime-node';
import { messageOf } from '../domain/errors.js';
import { scoreOutput } from '../domain/tensor.js';

const inputs = Float32Array.of(-3, -0.5, 0, 0.25, 2, 40);

try {
  const [, , provider, modelPath] = process.argv;
  const answer =
    provider === undefined || modelPath === undefined
      ? listSupportedBackends()
      : { scores: await scoresOn(provider, modelPath) };
  process.stdout.write(JSON.stringify(answer));
} catch (error) {
  process.stderr.write(messageOf(error));
  process.exitCode = 1;
}

async function scoresOn(provider: string, modelPath: string): Promise<number[]> {
  const session = await InferenceSession.create(modelPath, {
    executionProviders: [provider],
    // What a provider cannot run would quietly go to the CPU.
    ...(provider !== 'cpu' && { extra: { session: { disable_cpu_ep_fallback: '1' } } }),
  });
  const x = new Tensor('float32', inputs, [inputs.length, 1]);
  const scores = (await session.run({ x }))[scoreOutput]?.data;
  if (!(scores instanceof Float32Array)) throw new Error('the graph answers no FP32 scores');
  return Array.from(scores);
}
