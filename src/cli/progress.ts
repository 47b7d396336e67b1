import type { WriteStream } from 'node:tty';
import ora from 'ora';

/** Tells a person what goes on: one spinning line on a terminal, a line for each change elsewhere. */
export interface Progress {
  /** Whether the line rewrites itself, so that it may change at every look. */
  readonly live: boolean;
  /** What goes on now. */
  show(message: string): void;
  /** Leaves the line for good, and a last message in its place. */
  end(message?: string): void;
}

export function createProgress(stream: WriteStream = process.stderr): Progress {
  // A terminal without a width (a bare pseudo-terminal) cannot show a line that rewrites itself.
  return stream.isTTY && stream.columns > 0 ? spinner(stream) : plainLines(stream);
}

function plainLines(stream: WriteStream): Progress {
  let last = '';
  const write = (message: string): void => {
    if (message !== last) stream.write(`${message}\n`);
    last = message;
  };
  return {
    live: false,
    show: write,
    end: (message) => {
      if (message !== undefined) write(message);
    },
  };
}

function spinner(stream: WriteStream): Progress {
  const line = ora({ stream, discardStdin: false });
  return {
    live: true,
    show(message) {
      if (line.isSpinning) line.text = message;
      else line.start(message);
    },
    end(message) {
      line.stop();
      if (message !== undefined) stream.write(`${message}\n`);
    },
  };
}
