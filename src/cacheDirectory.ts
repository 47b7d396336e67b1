import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where downloads and builds are kept for every checkout of this user: Temporal's program, TensorFlow's binding. */
export function cacheDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  const given = environment['XDG_CACHE_HOME'];
  const caches = given === undefined || given === '' ? join(homedir(), '.cache') : given;
  return join(caches, 'tempered');
}
