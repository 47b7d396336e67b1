import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProgramFailed, runProgram } from '../src/runProgram.js';

const run = (script: string, timeoutMs = 60_000) =>
  runProgram(process.execPath, ['--eval', script], { timeoutMs });

test('a program that ends well gives what it wrote', async () => {
  assert.equal(await run('console.log(6 * 7)'), '42\n');
});

test('a program that fails tells how it ended and what it said last', async () => {
  await assert.rejects(run('console.error("no space left"); process.exit(4)'), (error) => {
    assert.ok(error instanceof ProgramFailed);
    assert.equal(error.exitCode, 4);
    assert.equal(error.message, 'it ended with exit code 4: no space left');
    return true;
  });
  await assert.rejects(run('process.kill(process.pid, "SIGSEGV")'), /it ended with signal SIGSEGV/);
});

test('a program that does not end is killed', async () => {
  await assert.rejects(run('setInterval(() => undefined, 1000)', 300), /it did not end within 0\.3 s/);
});

test('a program that is not there is an error', async () => {
  await assert.rejects(runProgram('no-such-program', [], { timeoutMs: 1000 }), { code: 'ENOENT' });
});
