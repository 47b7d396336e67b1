import { z } from 'zod';

/** What is shown of a training's heartbeat (TrainingProgress). */
export const trainingHeartbeatSchema = z.object({
  epoch: z.number(),
  epochs: z.number(),
  /** Null where the trainer measures none. */
  loss: z.number().nullable(),
  /** `validationLoss` is absent where the trainer holds no rows out. */
  metrics: z.looseObject({ validationLoss: z.number().optional() }),
});

export type TrainingHeartbeat = z.output<typeof trainingHeartbeatSchema>;

const bars = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;
const epochsShown = 30;

/** `epoch 3 of 10, loss 0.4321, validation loss 0.4456`, with those losses that there are. */
export function describeTraining({ epoch, epochs, loss, metrics }: TrainingHeartbeat): string {
  const { validationLoss = null } = metrics;
  const training = loss === null ? '' : `, loss ${loss.toFixed(4)}`;
  const validation = validationLoss === null ? '' : `, validation loss ${validationLoss.toFixed(4)}`;
  return `epoch ${String(epoch)} of ${String(epochs)}${training}${validation}`;
}

/** The losses of a training, as far as its heartbeats were seen: one bar per epoch, and when it will be done. */
export class LossCurve {
  private newest: TrainingHeartbeat | null = null;
  private losses = new Map<number, number>();
  /** When the first epoch and the newest one were seen to begin. */
  private firstEpoch: { epoch: number; atMs: number } | null = null;
  private newestEpoch: { epoch: number; atMs: number } | null = null;

  /** @param nowMs - of any clock that never goes back */
  add(seen: TrainingHeartbeat, nowMs: number): void {
    // A training that goes back is another one, or one that went on from an earlier checkpoint.
    if (this.newest !== null && seen.epoch < this.newest.epoch) {
      this.losses = new Map([...this.losses].filter(([epoch]) => epoch < seen.epoch));
      this.firstEpoch = null;
      this.newestEpoch = null;
    }
    this.newest = seen;
    if (seen.loss !== null) this.losses.set(seen.epoch, seen.loss);
    this.firstEpoch ??= { epoch: seen.epoch, atMs: nowMs };
    if (this.newestEpoch?.epoch !== seen.epoch) this.newestEpoch = { epoch: seen.epoch, atMs: nowMs };
  }

  /** `█▅▃▂▁ epoch 5 of 10, loss 0.4321, 12 s left`. */
  render(nowMs: number): string {
    if (this.newest === null) return '';
    const leftMs = this.leftMs(this.newest.epochs, nowMs);
    const left = leftMs === null ? '' : `, ${describeDuration(leftMs)} left`;
    return `${this.sparkline()} ${describeTraining(this.newest)}${left}`.trimStart();
  }

  private sparkline(): string {
    const losses = [...this.losses.values()].slice(-epochsShown);
    const [least, most] = [Math.min(...losses), Math.max(...losses)];
    return losses
      .map((loss) => {
        const height = most === least ? 0 : (loss - least) / (most - least);
        return bars[Math.round(height * (bars.length - 1))] ?? bars[0];
      })
      .join('');
  }

  /** From the pace of the epochs that were seen to begin and to end; null before there is one. */
  private leftMs(epochs: number, nowMs: number): number | null {
    const { firstEpoch: first, newestEpoch: newest } = this;
    if (first === null || newest === null || newest.epoch === first.epoch) return null;
    const msPerEpoch = (newest.atMs - first.atMs) / (newest.epoch - first.epoch);
    return Math.max(0, newest.atMs + msPerEpoch * (epochs - newest.epoch + 1) - nowMs);
  }
}

function describeDuration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 90 ? `${String(seconds)} s` : `${String(Math.round(seconds / 60))} min`;
}
