/** Which execution providers of ONNX Runtime work on this machine, each proven by running a graph on it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { scoreOutput } from '../../domain/tensor.js';
import { listExecutionProviders, proveExecutionProvider } from '../../inference/executionProviders.js';
import { GraphBuilder } from '../../training/onnx/graphBuilder.js';
import type { Finding } from './finding.js';

export async function findExecutionProviders(): Promise<Finding[]> {
  const folder = await mkdtemp(join(tmpdir(), 'tempered-doctor-'));
  try {
    const modelPath = join(folder, 'network.onnx');
    await writeFile(modelPath, exportSmallNetwork());
    const findings: Finding[] = [];
    for (const { name, bundled } of await listExecutionProviders()) {
      const proof = await proveExecutionProvider(name, modelPath);
      if (proof.state === 'ok') {
        findings.push({ what: name, state: 'ok', detail: 'ran a network, and answered as the CPU does' });
      } else {
        const libraries = bundled ? '' : '; its libraries do not come with onnxruntime-node';
        const state = proof.state === 'failed' ? 'FAILED' : 'not here';
        findings.push({ what: name, state, detail: `${proof.reason}${libraries}` });
      }
    }
    return findings;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** One hidden layer of 16, whose weights are all different. */
export function exportSmallNetwork(): Uint8Array {
  const graph = new GraphBuilder([{ name: 'x', kind: 'numeric' }]);
  const units = 16;
  const ramp = (from: number) => Float32Array.from({ length: units }, (_, i) => from + i / units);
  const hidden = graph.add('MatMul', ['x', graph.floats(ramp(-0.5), [1, units])]);
  const rectified = graph.add('Relu', [graph.add('Add', [hidden, graph.floats(ramp(-0.25), [units])])]);
  const logit = graph.add('MatMul', [rectified, graph.floats(ramp(-0.75), [units, 1])]);
  graph.add('Sigmoid', [logit], { output: scoreOutput });
  return graph.finish();
}
