/** Program of the local stack's child processes: `main.js <service> <data directory>`. */
import { readConfig } from '../../config.js';
import { runProcess } from './processMain.js';
import { isServiceName, services } from './services.js';

// The data directory is there for the next start, which finds orphans by it.
const [, , name] = process.argv;
if (name === undefined || !isServiceName(name)) {
  throw new Error(`usage: main.js <${Object.keys(services).join(' | ')}> <data directory>`);
}
await runProcess(name, readConfig(), services[name]);
