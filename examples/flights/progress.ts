import ora from 'ora';

export interface Step {
  /** What is going on right now; on a terminal it replaces the line before. */
  update(text: string): void;
  succeed(text: string): void;
  fail(text: string): void;
}

const barWidth = 24;

/** A spinner on a terminal; elsewhere one plain line for each thing that is new. */
export function beginStep(title: string): Step {
  const startedAt = Date.now();
  const seconds = () => `${((Date.now() - startedAt) / 1000).toFixed(1)} s`;
  // A terminal without a width (a bare pseudo-terminal) cannot show a line that rewrites itself.
  if (!process.stdout.isTTY || process.stdout.columns === 0) {
    let last = '';
    console.log(`… ${title}`);
    return {
      update(text) {
        if (text !== last) console.log(`  ${text}`);
        last = text;
      },
      succeed: (text) => console.log(`✔ ${title}: ${text} (${seconds()})`),
      fail: (text) => console.error(`✖ ${title}: ${text} (${seconds()})`),
    };
  }
  const spinner = ora({ text: title, stream: process.stdout, discardStdin: false }).start();
  return {
    update(text) {
      spinner.text = `${title}: ${text}`;
    },
    succeed: (text) => void spinner.succeed(`${title}: ${text} (${seconds()})`),
    fail: (text) => void spinner.fail(`${title}: ${text} (${seconds()})`),
  };
}

/** A bar such as `██████░░░░ 3/5`. */
export function bar(done: number, total: number): string {
  const filled = Math.round((done / total) * barWidth);
  return `${'█'.repeat(filled)}${'░'.repeat(barWidth - filled)} ${String(done)}/${String(total)}`;
}
