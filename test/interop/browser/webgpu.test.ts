import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { requireEnvironment } from '../../support/environment.js';
import { runTempered } from '../../support/temperedProgram.js';

/** Chromium brings a Vulkan driver that computes on the CPU: slow, but WebGPU runs on it as on any GPU. */
const folders = ['/usr/lib/chromium', '/usr/lib/chromium-browser', '/opt/google/chrome'];

test('the doctor proves the WebGPU provider by running a network on it', async (context) => {
  const chromium = await realpath(requireEnvironment('TEMPERED_CHROMIUM'));
  const folder = [dirname(chromium), ...folders].find((at) =>
    existsSync(join(at, 'vk_swiftshader_icd.json')),
  );
  if (folder === undefined) {
    context.skip(`SKIPPED: ${chromium} has no vk_swiftshader_icd.json beside it`);
    return;
  }
  const { stdout } = await runTempered(['doctor'], {
    VK_ICD_FILENAMES: join(folder, 'vk_swiftshader_icd.json'),
    LD_LIBRARY_PATH: folder,
  });
  assert.match(stdout, /^webgpu +ok +ran a network, and answered as the CPU does/m);
});
