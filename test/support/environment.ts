/** Reads what test/run.ts hands to every test file. */
export function requireEnvironment(name: string): string {
  const value = process.env[name];
  if (value === undefined) {
    throw new Error(`${name} is not set: run this test through "npm test -- <folder or file>"`);
  }
  return value;
}
