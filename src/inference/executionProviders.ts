/** Which execution providers of ONNX Runtime this machine has: asked of the runtime, and proven by running a graph. */
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { messageOf } from '../domain/errors.js';
import { ProgramFailed, runProgram } from '../runProgram.js';

export interface ExecutionProvider {
  name: string;
  /** False for one whose libraries do not come with onnxruntime-node. */
  bundled: boolean;
}

export type ProviderProof =
  | { state: 'ok'; maxAbsoluteDifference: number }
  /** The machine lacks the device, or the libraries that do not come with ONNX Runtime. */
  | { state: 'not here'; reason: string }
  | { state: 'failed'; reason: string };

const listSchema = z.array(z.object({ name: z.string(), bundled: z.boolean() }));
const answerSchema = z.strictObject({ scores: z.array(z.number()) });

const program = fileURLToPath(new URL('providerProcess.js', import.meta.url));
/** CUDA and WebGPU compile their kernels first. */
const timeoutMs = 60_000;
/** Providers add in orders of their own. */
const tolerance = 1e-4;

/** How each kind of provider says that its device or its libraries are missing. */
const absences = [
  /Failed to get a WebGPU adapter: [^\n]*/,
  /Failed to load shared library|cannot open shared object file/,
  /no CUDA-capable device|CUDA driver version is insufficient/,
];

/** The providers that this build of ONNX Runtime knows. */
export async function listExecutionProviders(): Promise<ExecutionProvider[]> {
  return listSchema.parse(JSON.parse(await runProgram(process.execPath, [program], { timeoutMs })));
}

/**
 * Runs a graph wholly on one provider and compares its answer with the CPU's, in a process of its own: a driver that
 * does not fit may end the process, or never return.
 *
 * @param modelPath - a graph with one FP32 input `x`, [batch, 1]
 */
export async function proveExecutionProvider(name: string, modelPath: string): Promise<ProviderProof> {
  try {
    const expected = await scoresOn('cpu', modelPath);
    const scores = name === 'cpu' ? expected : await scoresOn(name, modelPath);
    const differences = expected.map((score, i) => Math.abs(score - (scores[i] ?? Number.NaN)));
    const maxAbsoluteDifference = Math.max(...differences);
    if (maxAbsoluteDifference <= tolerance) return { state: 'ok', maxAbsoluteDifference };
    return {
      state: 'failed',
      reason: `it computes wrongly: ${scores.join(', ')} instead of ${expected.join(', ')}`,
    };
  } catch (error) {
    const said = error instanceof ProgramFailed && error.said !== '' ? error.said : messageOf(error);
    const absence = absences.map((pattern) => pattern.exec(said)?.[0]).find((found) => found !== undefined);
    if (absence !== undefined) return { state: 'not here', reason: absence };
    return { state: 'failed', reason: messageOf(error) };
  }
}

async function scoresOn(provider: string, modelPath: string): Promise<number[]> {
  const output = await runProgram(process.execPath, [program, provider, modelPath], { timeoutMs });
  return answerSchema.parse(JSON.parse(output)).scores;
}
