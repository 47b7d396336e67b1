import type { WriteStream } from 'node:tty';

/** Tells a person what goes on: one spinning line on a terminal, a line for each change elsewhere. */
export interface Progress {
  /** What goes on now. */
  show(message: string): void;
  /** Leaves the line for good, and a last message in its place. */
  end(message?: string): void;
}

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const frameEveryMs = 100;

export function createProgress(stream: WriteStream = process.stderr): Progress {
  return stream.isTTY ? spinner(stream) : plainLines(stream);
}

function plainLines(stream: WriteStream): Progress {
  let last = '';
  const write = (message: string): void => {
    if (message !== last) stream.write(`${message}\n`);
    last = message;
  };
  return {
    show: write,
    end: (message) => {
      if (message !== undefined) write(message);
    },
  };
}

function spinner(stream: WriteStream): Progress {
  let frame = 0;
  let current = '';
  let timer: NodeJS.Timeout | undefined;
  const draw = (): void => {
    frame = (frame + 1) % frames.length;
    stream.write(`\r\x1b[2K${`${frames[frame] ?? ''} ${current}`.slice(0, stream.columns - 1)}`);
  };
  return {
    show(message) {
      current = message;
      timer ??= setInterval(draw, frameEveryMs).unref();
      draw();
    },
    end(message) {
      clearInterval(timer);
      timer = undefined;
      stream.write(`\r\x1b[2K${message === undefined ? '' : `${message}\n`}`);
    },
  };
}
